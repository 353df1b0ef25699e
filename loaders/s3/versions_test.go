package s3

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"

	"trailsift/model"
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

// aging is a bucket that keeps versions, in which every key was written twice.
func aging(t *testing.T, keys ...string) *server {
	t.Helper()
	s := versioned(t)
	for _, content := range []string{"older", "newer"} {
		for _, k := range keys {
			s.put(t, k, content, nil)
		}
	}
	return s
}

// hauled is what of a bucket is wanted, older versions included.
func hauled(t *testing.T, s *server, want Pruning, span model.Span, all bool) (*Layout, *Haul) {
	t.Helper()
	want.Versions = true
	l := discover(t, s.client(t, Options{Attempts: 2}), want)
	ids, _, _ := l.Choose([]string{"s3://" + bucket}, all)
	hauls, err := l.Count(t.Context(), ids, span, nil)
	if err != nil {
		t.Fatal(err)
	}
	return l, Join(hauls...)
}

func TestOlderVersionsAreThoseOfWhatIsTaken(t *testing.T) {
	const one, two = "111122223333", "444455556666"
	var keys []string
	for day := range 6 {
		for _, account := range []string{one, two} {
			keys = append(keys, logKey("AWSLogs/", account, "us-east-1", march.AddDate(0, 0, day)))
		}
	}
	s := aging(t, keys...)
	span := model.Span{From: march.AddDate(0, 0, 3), To: march.AddDate(0, 0, 3).Add(time.Hour)}
	l, h := hauled(t, s, Pruning{Accounts: []string{one}}, span, false)
	// The log of the hour and of the day its stragglers may take, twice.
	if h.Older != 2 || len(h.Objects) != 4 || h.Volume.Objects != 4 {
		t.Errorf("%d objects, %d of them older versions", h.Volume.Objects, h.Older)
	}
	if n := s.asking(two); n != 0 {
		t.Errorf("an account that nobody asked for was listed %d times", n)
	}
	if s.count("") != int(l.Lists+h.Volume.Lists) {
		t.Errorf("%d requests, %d + %d of them told", s.count(""), l.Lists, h.Volume.Lists)
	}
}

func TestOlderVersionsOfFoldersThatAreGoneAreFound(t *testing.T) {
	log, access, loose := logKey("AWSLogs/", "111122223333", "us-east-1", march), accessKey("logs/", march), "notes/todo.txt"
	s := aging(t, log, access, loose)
	for _, k := range []string{log, access, loose} {
		if _, err := s.backend.DeleteObject(bucket, k); err != nil {
			t.Fatal(err)
		}
	}
	for all, want := range map[bool]int{false: 4, true: 6} {
		if _, h := hauled(t, s, Pruning{}, model.Span{}, all); h.Older != want || len(h.Objects) != want {
			t.Errorf("all %v: %d objects, %d of them older versions, not %d", all, len(h.Objects), h.Older, want)
		}
	}
}

func TestVersionsThatCannotBeListedKeepNothingElseFromBeingTaken(t *testing.T) {
	s := aging(t, logKey("AWSLogs/", "111122223333", "us-east-1", march))
	for _, status := range []int{403, 500} {
		s.inject(func(w http.ResponseWriter, r *http.Request) bool {
			return r.URL.Query().Has("versions") && deny(w, status, map[int]string{403: "AccessDenied", 500: "InternalError"}[status])
		})
		_, h := hauled(t, s, Pruning{}, model.Span{}, false)
		if len(h.Objects) != 1 || len(h.Closed) != 1 || !strings.Contains(h.Closed[0].Why, "older versions of what lies here cannot be listed: ") {
			t.Errorf("%d: %+v, closed %+v", status, h.Objects, h.Closed)
		}
	}
}
