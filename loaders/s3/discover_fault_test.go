package s3

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

// lister lists as S3 does where gofakes3 does not: encoded when asked to, in pages of any size, common
// prefixes once. Its clock stands still.
type lister struct {
	s       *server
	page    int                          // keys; 0: 1,000
	late    func(key string) bool        // written after the first listing began
	before  func(prefix, after string)   // called before a page is made
	reorder func(keys []string) []string // of a page
	deny    func(prefix string) bool     // nil: nothing
	region  string                       // where the bucket is; empty: wherever it is asked for
	plain   bool                         // pays no heed to the encoding that is asked for
}

var clock = time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)

func (l *lister) serve(w http.ResponseWriter, r *http.Request) bool {
	if !isList(r) {
		return false
	}
	q := r.URL.Query()
	w.Header().Set("Date", clock.Format(http.TimeFormat))
	prefix, after := q.Get("prefix"), q.Get("start-after")
	if token := q.Get("continuation-token"); token != "" {
		after, _ = url.QueryUnescape(token)
	}
	switch {
	case l.region != "" && !strings.Contains(r.Header.Get("Authorization"), "/"+l.region+"/"):
		w.Header().Set("X-Amz-Bucket-Region", l.region)
		return deny(w, 301, "PermanentRedirect")
	case l.deny != nil && l.deny(prefix):
		return deny(w, 403, "AccessDenied")
	}
	if l.before != nil {
		l.before(prefix, after)
	}
	objects := l.s.objects()
	keys := slices.Sorted(maps.Keys(objects))
	write := func(s string) string {
		if q.Get("encoding-type") == "url" && !l.plain {
			return url.QueryEscape(s)
		}
		var b strings.Builder
		xml.EscapeText(&b, []byte(s))
		return b.String()
	}
	most := l.page
	if most == 0 {
		most = 1000
	}
	var contents, common, last string
	var page []string
	n, truncated := 0, false
	for _, k := range keys {
		if !strings.HasPrefix(k, prefix) || k <= after || strings.HasSuffix(after, "/") && q.Get("delimiter") != "" && strings.HasPrefix(k, after) && after != prefix {
			continue
		}
		folder := ""
		if i := strings.Index(k[len(prefix):], "/"); i >= 0 && q.Get("delimiter") == "/" {
			folder = k[:len(prefix)+i+1]
		}
		if folder != "" && folder == last {
			continue
		}
		if n == most {
			truncated = true
			break
		}
		if n++; folder != "" {
			common += "<CommonPrefixes><Prefix>" + write(folder) + "</Prefix></CommonPrefixes>"
			last = folder
			continue
		}
		page, last = append(page, k), k
	}
	shown := page
	if l.reorder != nil {
		shown = l.reorder(slices.Clone(page))
	}
	for _, k := range shown {
		at := clock.Add(-time.Hour)
		if l.late != nil && l.late(k) {
			at = clock.Add(time.Minute)
		}
		contents += "<Contents><Key>" + write(k) + "</Key><Size>" + fmt.Sprint(objects[k].Size) + "</Size><ETag>" + objects[k].ETag + "</ETag><LastModified>" + at.Format(time.RFC3339) + "</LastModified></Contents>"
	}
	if q.Get("encoding-type") == "url" && !l.plain {
		contents += "<EncodingType>url</EncodingType>"
	}
	fmt.Fprintf(w, "<ListBucketResult><IsTruncated>%v</IsTruncated><NextContinuationToken>%s</NextContinuationToken>%s%s</ListBucketResult>", truncated, url.QueryEscape(last), contents, common)
	return true
}

func TestS11HostileKeysAreFoundAsTheyAre(t *testing.T) {
	keys := []string{
		logKey("AWSLogs/", "111122223333", "us-east-1", march),
		"AWSLogs/../../etc/passwd", "AWSLogs//111122223333/CloudTrail/us-east-1/2026/03/08/x", "a b+c%2Fd/ü/\x1b[2J/2026", "new\nline/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/08/y",
		"\u202e/logs/" + accessKey("", march), "&<>\"'/" + strings.Repeat("é", 500), "%41WSLogs/z", "..", "trail/",
		"trail/.." + accessKey("", march), "2026-13-99-99-99-99-0123456789ABCDEF", accessKey("2026-", march), accessKey("\x01", march), accessKey("among/", march), "among/2readme", "among/1", "among/3", "/abs", "//",
	}
	for _, page := range []int{1, 3, 1000} {
		s := stand(t, keys...)
		l := &lister{s: s, page: page}
		s.inject(l.serve)
		layout := discover(t, s.client(t, Options{}), Pruning{})
		if got := counted(t, layout, model.Span{}); !slices.Equal(got, real(keys)) {
			t.Errorf("pages of %d: %q\nnot %q", page, got, real(keys))
		}
	}
}

func TestS14AListingThatGrowsIsASnapshot(t *testing.T) {
	s := newServer(t)
	at := func(i int) string {
		return logKey("AWSLogs/", "111122223333", "us-east-1", march.Add(time.Duration(i)*time.Minute))
	}
	for i := range 50 {
		s.put(t, at(10*i), "x", nil)
	}
	grown := 0
	l := &lister{s: s, page: 10, late: func(key string) bool { return !strings.Contains(key, "0Z_") }}
	l.before = func(prefix, after string) {
		if strings.Contains(prefix, "us-east-1") && grown < 30 {
			grown++
			s.put(t, at(501+10*grown), "x", nil) // after all others
			s.put(t, at(-9-10*grown), "x", nil)  // before the cursor
		}
	}
	s.inject(l.serve)
	layout := discover(t, s.client(t, Options{}), Pruning{})
	hauls, err := layout.Count(t.Context(), []int{0}, model.Span{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if v := hauls[0].Volume; v.Objects != 50 || v.Late == 0 || len(hauls[0].Objects) != 50 {
		t.Errorf("%+v", v)
	}
}

func TestS05DiscoveryFollowsTheBucketToItsRegion(t *testing.T) {
	s := stand(t, logKey("AWSLogs/", "111122223333", "us-east-1", march), logKey("AWSLogs/", "111122223333", "eu-west-1", march))
	s.inject((&lister{s: s, region: "eu-central-1"}).serve)
	l := discover(t, s.client(t, Options{}), Pruning{})
	if keys := counted(t, l, model.Span{}); len(keys) != 2 || s.count("") > int(l.Lists)+4 {
		t.Errorf("%q after %d requests, %d told", keys, s.count(""), l.Lists)
	}
}

func TestS03WhatMayNotBeListedIsNamedAndTheRestIsFound(t *testing.T) {
	mine, other := logKey("AWSLogs/", "111122223333", "us-east-1", march), logKey("AWSLogs/", "444455556666", "us-east-1", march)
	west := logKey("AWSLogs/", "111122223333", "us-west-2", march)
	tests := map[string]struct {
		deny   func(prefix string) bool
		keys   []string
		closed []string // where, in the layout and then in the listing
		err    string
	}{
		"one account":              {func(p string) bool { return strings.Contains(p, "444") }, []string{mine, west}, []string{"AWSLogs/444455556666/"}, ""},
		"a stream when it is read": {func(p string) bool { return strings.Contains(p, "west") }, []string{mine, other}, []string{"AWSLogs/111122223333/CloudTrail/us-west-2/"}, ""},
		"all but AWSLogs":          {func(p string) bool { return !strings.HasPrefix(p, "AWSLogs/") }, []string{mine, west, other}, []string{""}, ""},
		"everything":               {func(string) bool { return true }, nil, nil, "s3://acme-logs/: it may not be listed: access is denied"},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			s := stand(t, mine, other, west)
			s.inject((&lister{s: s, deny: c.deny}).serve)
			l, err := s.client(t, Options{}).Discover(t.Context(), []string{"s3://" + bucket}, Pruning{}, nil)
			if c.err != "" {
				var e *Error
				if !errors.As(err, &e) || e.Error() != c.err || !strings.Contains(e.Hint, "s3:ListBucket") {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			ids, _, _ := l.Choose(nil, false)
			hauls, err := l.Count(t.Context(), ids, model.Span{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			h := Join(hauls...)
			var keys, closed []string
			for _, o := range h.Objects {
				keys = append(keys, o.Key)
			}
			for _, x := range append(l.Closed, h.Closed...) {
				closed = append(closed, x.Prefix)
			}
			if !slices.Equal(keys, c.keys) || !slices.Equal(closed, c.closed) {
				t.Errorf("found %q, closed %q", keys, closed)
			}
		})
	}
}

func TestAnEndpointThatIsNoS3IsNamed(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter){
		"a web page":               func(w http.ResponseWriter) { fmt.Fprint(w, "<!DOCTYPE html><html><body>hello</body></html>") },
		"JSON":                     func(w http.ResponseWriter) { fmt.Fprint(w, `{"ok":true}`) },
		"nothing":                  func(w http.ResponseWriter) {},
		"a page that is not there": func(w http.ResponseWriter) { http.Error(w, "<html>not found", 404) },
		"a redirect":               func(w http.ResponseWriter) { w.Header().Set("Location", "http://169.254.169.254/"); w.WriteHeader(302) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.inject(func(w http.ResponseWriter, r *http.Request) bool { answer(w); return true })
			l, err := s.client(t, Options{Attempts: 2}).Discover(t.Context(), []string{"s3://" + bucket}, Pruning{}, nil)
			if err == nil {
				t.Fatalf("found %q", told(l))
			}
			var e *Error
			if !errors.As(err, &e) || e.What == "" || strings.Contains(e.Error(), "html") {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestS21HostileListingsEnd(t *testing.T) {
	for name, answer := range map[string]string{
		"the same page for ever":   `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken><CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes></ListBucketResult>`,
		"no token":                 `<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>k</Key></Contents></ListBucketResult>`,
		"folders without an end":   `<ListBucketResult><IsTruncated>false</IsTruncated><CommonPrefixes><Prefix>PREFIXa/</Prefix></CommonPrefixes></ListBucketResult>`,
		"years without an end":     `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken><Contents><Key>2026-03-08-02-00-00-0123456789ABCDEF</Key><Size>1</Size></Contents></ListBucketResult>`,
		"folders nobody asked for": `<ListBucketResult><IsTruncated>false</IsTruncated><CommonPrefixes><Prefix>AWSLogs/</Prefix></CommonPrefixes></ListBucketResult>`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.inject(func(w http.ResponseWriter, r *http.Request) bool {
				fmt.Fprint(w, strings.ReplaceAll(answer, "PREFIX", r.URL.Query().Get("prefix")))
				return true
			})
			l, err := s.client(t, Options{Pages: 50}).Discover(t.Context(), []string{"s3://" + bucket}, Pruning{}, nil)
			if err == nil {
				_, err = l.Count(t.Context(), []int{0}[:min(1, len(l.Streams))], model.Span{}, nil)
			}
			if n := s.count(""); n > 200 {
				t.Errorf("%d requests: %v", n, err)
			}
		})
	}
}

func TestAListingOutOfOrderIsReadToItsEnd(t *testing.T) {
	s := newServer(t)
	for i := range 100 {
		s.put(t, logKey("AWSLogs/", "111122223333", "us-east-1", march.AddDate(0, 0, i)), "x", nil)
	}
	s.inject((&lister{s: s, page: 10, reorder: func(keys []string) []string { slices.Reverse(keys); return keys }}).serve)
	l := discover(t, s.client(t, Options{}), Pruning{})
	hauls, err := l.Count(t.Context(), []int{0}, model.Span{From: march.AddDate(0, 0, 50), To: march.AddDate(0, 0, 52)}, nil)
	// Three days and the one its stragglers may take.
	if err != nil || len(hauls[0].Objects) != 4 {
		t.Errorf("%v, %+v", err, hauls)
	}
}

func TestCountingStopsWhenItIsToldTo(t *testing.T) {
	s := stand(t, logKey("AWSLogs/", "111122223333", "us-east-1", march))
	l := discover(t, s.client(t, Options{}), Pruning{})
	ctx, cancel := context.WithCancel(t.Context())
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		cancel()
		<-r.Context().Done()
		return true
	})
	if _, err := l.Count(ctx, []int{0}, model.Span{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func FuzzLayout(f *testing.F) {
	for _, k := range []string{"", "/", "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/08/x", "o-exampleorgid/AWSLogs/o-exampleorgid/111122223333/", accessKey("logs/", march),
		"t-111122223333/us-east-1/b/2026/03/08/" + accessKey("", march), "AWSLogs//CloudTrail/", "\xff/AWSLogs/\x00/"} {
		f.Add(k)
	}
	f.Fuzz(func(t *testing.T, key string) {
		s := locate(key)
		if !strings.HasPrefix(key, s.root) || s.root != "" && !strings.HasSuffix(s.root, "/") {
			t.Errorf("%q has the root %q", key, s.root)
		}
		if prefix, year, ok := splitAccess(key); ok && (!strings.HasPrefix(key, prefix+year) || key < prefix+"2" || key > prefix+"3") {
			t.Errorf("%q: %q %q", key, prefix, year)
		}
		if s.account != "" && !isAccount(s.account) || s.region != "" && !IsRegion(s.region) {
			t.Errorf("%q: %+v", key, s)
		}
		span := model.Span{From: march, To: march.Add(time.Hour)}
		for _, d := range []dating{undated, byFolder, byEvent, byName, byTouched} {
			after, stop := bounds(d, s.root, s.kind, span)
			if stop != "" && after >= stop {
				t.Errorf("%q: from %q to %q", key, after, stop)
			}
		}
	})
}

func TestWhoeverIsNotKnownIsNotToldOfAFolder(t *testing.T) {
	s := newServer(t)
	s.inject(func(w http.ResponseWriter, _ *http.Request) bool { return deny(w, 403, "SignatureDoesNotMatch") })
	_, err := s.client(t, Options{}).Discover(t.Context(), []string{"s3://" + bucket}, Pruning{}, nil)
	if err == nil || !strings.HasSuffix(err.Error(), "the secret key does not belong to the access key") {
		t.Errorf("%v", err)
	}
}
