package s3

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
)

// versioned is a bucket that keeps versions.
func versioned(t *testing.T) *server {
	t.Helper()
	s := newServer(t)
	v := gofakes3.VersioningConfiguration{}
	v.SetEnabled(true)
	if err := s.backend.SetVersioningConfiguration(bucket, v); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestS12OlderVersionsAreListedAndFetched(t *testing.T) {
	s := versioned(t)
	for _, content := range []string{"first", "second", "third"} {
		s.put(t, "changed", content, nil)
		s.put(t, "gone", content, nil)
	}
	s.put(t, "kept", "only", nil)
	if _, err := s.backend.DeleteObject(bucket, "gone"); err != nil {
		t.Fatal(err)
	}
	c, ev := s.client(t, Options{}), evidence(t)
	got := map[string]int{}
	err := c.Older(t.Context(), bucket, "", func(o Object) error {
		text := fetched(t.Context(), c.Version(o, ev))
		got[o.Key+" "+text]++
		if !strings.HasPrefix(o.Locator(), "s3://"+bucket+"/"+o.Key+"?versionId=") {
			t.Errorf("%s", o.Locator())
		}
		return nil
	})
	want := map[string]int{"changed first": 1, "changed second": 1, "gone first": 1, "gone second": 1, "gone third": 1}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v %v", got, err)
	}
}

func TestVersionsThatMayNotBeListedSayWhatItNeeds(t *testing.T) {
	s := versioned(t)
	s.inject(func(w http.ResponseWriter, _ *http.Request) bool { return deny(w, 403, "AccessDenied") })
	err := s.client(t, Options{}).Older(t.Context(), bucket, "k", func(Object) error { return nil })
	var known *Error
	if !errors.As(err, &known) || !strings.Contains(known.Hint, "s3:ListBucketVersions") {
		t.Errorf("%v", err)
	}
}

func TestS21AnEndlessListingOfVersionsIsGivenUp(t *testing.T) {
	s := versioned(t)
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Type", "application/xml")
		fmt.Fprint(w, `<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker><NextVersionIdMarker>v</NextVersionIdMarker></ListVersionsResult>`)
		return true
	})
	err := s.client(t, Options{}).Older(t.Context(), bucket, "", func(Object) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "does not end") {
		t.Errorf("%v", err)
	}
}
