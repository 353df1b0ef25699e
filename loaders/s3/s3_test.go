package s3

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trailsift/loaders/source"
)

func TestObjectsAreCopiedOnceWithTheirSidecars(t *testing.T) {
	s := newServer(t)
	s.put(t, "AWSLogs/a.json.gz", "log", nil)
	s.put(t, "AWSLogs/digest.json.gz", "digest", map[string]string{"X-Amz-Meta-Signature": strings.Repeat("ab", 256), "X-Amz-Meta-Signature-Algorithm": "SHA256withRSA"})
	s.put(t, "AWSLogs/folder/", "", nil)
	c, ev := s.client(t, Options{}), evidence(t)
	for range 2 {
		got := fetchAll(t, c, ev)
		if got["AWSLogs/a.json.gz"] != "log" || got["AWSLogs/digest.json.gz"] != "digest" || len(got) != 2 {
			t.Errorf("%q", got)
		}
	}
	if n := s.count("GET /" + bucket + "/AWSLogs/"); n != 2 {
		t.Errorf("%d objects were fetched; the second load should fetch none", n)
	}
	text, err := os.ReadFile(ev.Dir() + "/" + source.RemotePath(bucket, "AWSLogs/digest.json.gz") + ".meta.json")
	if err != nil {
		t.Fatal(err)
	}
	var meta source.Sidecar
	if err := json.Unmarshal(text, &meta); err != nil {
		t.Fatal(err)
	}
	if meta.Metadata["signature"] != strings.Repeat("ab", 256) || meta.ETag == "" || meta.Size != 6 || meta.FetchedBy != "examiner" ||
		meta.Source != "s3://acme-logs/AWSLogs/digest.json.gz" || meta.FetchedAt.Unix() != 1_750_000_000 || meta.LastModified.IsZero() {
		t.Errorf("%s", text)
	}
}

func TestNamesLeaveOutTheFolderThatWasAskedFor(t *testing.T) {
	s := newServer(t)
	for _, k := range []string{"logs/2024-01", "logs/2024-02", "other"} {
		s.put(t, k, "x", nil)
	}
	c := s.client(t, Options{})
	all, err := c.Candidates(t.Context(), []string{"s3://acme-logs/logs/2024", "s3://acme-logs/logs/"}, evidence(t), nil)
	if err != nil || len(all) != 2 || all[0].Name != "2024-01" || all[0].Locator != "s3://acme-logs/logs/2024-01" {
		t.Errorf("%v %+v", err, all)
	}
}

func TestS01SlowDownIsWaitedOut(t *testing.T) {
	s := newServer(t)
	s.put(t, "k", "content", nil)
	var asked atomic.Int64
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		return isGet(r) && asked.Add(1) <= 6 && deny(w, 503, "SlowDown")
	})
	c := s.client(t, Options{})
	if got := fetchAll(t, c, evidence(t)); got["k"] != "content" {
		t.Errorf("%q", got)
	}
	if c.gate.limit >= gateStart {
		t.Errorf("still %d requests side by side", c.gate.limit)
	}
}

func TestS02AnExpiredTokenIsRenewedOrNamed(t *testing.T) {
	s := newServer(t)
	s.put(t, "k", "content", nil)
	var asked atomic.Int64
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		return isGet(r) && asked.Add(1) <= 1 && deny(w, 400, "ExpiredToken")
	})
	c, ev := s.client(t, Options{}), evidence(t)
	if got := fetchAll(t, c, ev); got["k"] != "content" {
		t.Errorf("%q", got)
	}
	s.put(t, "later", "content", nil)
	s.inject(func(w http.ResponseWriter, r *http.Request) bool { return isGet(r) && deny(w, 400, "ExpiredToken") })
	if got := fetchAll(t, c, ev)["later"]; got != "error: s3://acme-logs/later: the session token has expired" {
		t.Errorf("%q", got)
	}
}

func TestS02ATokenThatExpiresBehindABrokenBodyIsRenewedToo(t *testing.T) {
	s := newServer(t)
	s.put(t, "k", strings.Repeat("content", 100), nil)
	breaks, asked := broken(s, 1)
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		if isGet(r) && asked.Load() == 1 {
			asked.Add(1)
			return deny(w, 400, "ExpiredToken")
		}
		return breaks(w, r)
	})
	if got := fetchAll(t, s.client(t, Options{}), evidence(t)); got["k"] != strings.Repeat("content", 100) {
		t.Errorf("%q", got)
	}
}

func TestS03DeniedKeysAreNamedAndTheOthersCome(t *testing.T) {
	s := newServer(t)
	for _, k := range []string{"a", "secret", "z"} {
		s.put(t, k, "content of "+k, nil)
	}
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		return isGet(r) && strings.HasSuffix(r.URL.Path, "/secret") && deny(w, 403, "AccessDenied")
	})
	got := fetchAll(t, s.client(t, Options{}), evidence(t))
	if got["a"] != "content of a" || got["z"] != "content of z" || got["secret"] != "error: s3://acme-logs/secret: access is denied" {
		t.Errorf("%q", got)
	}
	if n := s.count("GET /" + bucket + "/secret"); n != 1 {
		t.Errorf("a denied object was asked for %d times", n)
	}
}

func TestS05TheBucketsRegionIsFound(t *testing.T) {
	s := newServer(t)
	s.put(t, "k", "content", nil)
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/") {
			return false
		}
		w.Header().Set("X-Amz-Bucket-Region", "eu-west-1")
		return deny(w, 301, "PermanentRedirect")
	})
	if got := fetchAll(t, s.client(t, Options{}), evidence(t)); got["k"] != "content" {
		t.Errorf("%q", got)
	}
}

// broken sends only part of a body, n times.
func broken(s *server, times int64) (fault, *atomic.Int64) {
	var asked atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !isGet(r) || asked.Add(1) > times {
			return false
		}
		rec := s.said(w, r)
		w.Header().Set("Content-Length", fmt.Sprint(rec.Body.Len()))
		w.WriteHeader(rec.Code)
		w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
		panic(http.ErrAbortHandler)
	}, &asked
}

func TestS07ABodyThatBreaksIsReadAgain(t *testing.T) {
	s := newServer(t)
	content := strings.Repeat("0123456789", 50_000)
	s.put(t, "k", content, nil)
	f, asked := broken(s, 3)
	s.inject(f)
	ev := evidence(t)
	if got := fetchAll(t, s.client(t, Options{}), ev); got["k"] != content || asked.Load() != 4 {
		t.Errorf("%d bytes after %d tries", len(got["k"]), asked.Load())
	}
}

func TestS07ABodyThatAlwaysBreaksLeavesNothing(t *testing.T) {
	s := newServer(t)
	s.put(t, "k", strings.Repeat("0123456789", 50_000), nil)
	f, asked := broken(s, 1000)
	s.inject(f)
	ev := evidence(t)
	got := fetchAll(t, s.client(t, Options{Attempts: 3}), ev)["k"]
	if !strings.HasPrefix(got, "error: s3://acme-logs/k: ") || asked.Load() != 3 {
		t.Errorf("%d tries: %.100q", asked.Load(), got)
	}
	if names, _ := readAll(t, ev.Dir()); len(names) != 0 {
		t.Errorf("left behind: %q", names)
	}
}

func TestS08AServerThatStallsIsGivenUp(t *testing.T) {
	for name, stall := range map[string]func(w http.ResponseWriter){
		"before its headers": func(http.ResponseWriter) {},
		"within the body": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "7")
			w.Header().Set("ETag", `"9a0364b9e99bb480dd25e1f0284c8555"`)
			w.Write([]byte("con"))
			w.(http.Flusher).Flush()
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.put(t, "k", "content", nil)
			s.inject(func(w http.ResponseWriter, r *http.Request) bool {
				if isGet(r) {
					stall(w)
					<-r.Context().Done()
				}
				return isGet(r)
			})
			got := fetchAll(t, s.client(t, Options{Idle: 50 * time.Millisecond, Attempts: 2}), evidence(t))["k"]
			if got != "error: s3://acme-logs/k: the server stopped sending for 50ms" {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestS09AWrongChecksumIsRejected(t *testing.T) {
	s := newServer(t)
	s.put(t, "k", "content", nil)
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		if !isGet(r) {
			return false
		}
		rec := s.said(w, r)
		w.Header().Set("X-Amz-Checksum-Crc32", "AAAAAA==")
		w.Write(rec.Body.Bytes())
		return true
	})
	ev := evidence(t)
	got := fetchAll(t, s.client(t, Options{Attempts: 2}), ev)["k"]
	if got != "error: s3://acme-logs/k: what arrived does not match the checksum that S3 sent with it" {
		t.Errorf("%q", got)
	}
	if names, _ := readAll(t, ev.Dir()); len(names) != 0 {
		t.Errorf("left behind: %q", names)
	}
}

func TestS10AnObjectThatChangedIsFetchedAsItIsNow(t *testing.T) {
	s := newServer(t)
	s.put(t, "k", "old", nil)
	c, ev := s.client(t, Options{}), evidence(t)
	all, err := c.Candidates(t.Context(), []string{"s3://" + bucket}, ev, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.put(t, "k", "newer", nil)
	if got := fetched(t.Context(), all[0]); got != "newer" {
		t.Errorf("without If-Match: %q", got)
	}
	s.put(t, "k", "newest", nil)
	const old = `"149603e6c03516362a8da23f624db945"` // of "old", as it was listed
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		return isGet(r) && r.Header.Get("If-Match") == old && deny(w, 412, "PreconditionFailed")
	})
	if got := fetched(t.Context(), all[0]); got != "newest" {
		t.Errorf("with If-Match: %q", got)
	}
	if names, text := readAll(t, ev.Dir()); len(names) != 4 || !strings.Contains(text, "newer") {
		t.Errorf("both copies should be there: %q", names)
	}
}

func TestS10AnObjectThatKeepsChangingIsGivenUp(t *testing.T) {
	s := newServer(t)
	s.put(t, "k", "content", nil)
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		return isGet(r) && deny(w, 412, "PreconditionFailed")
	})
	got := fetchAll(t, s.client(t, Options{}), evidence(t))["k"]
	if got != "error: s3://acme-logs/k: it keeps changing while it is fetched" {
		t.Errorf("%q", got)
	}
}

var hostileKeys = []string{
	"a b", "a+b", "a%20b", "a%2Fb", "ünïcode/日本", "a//b", "/abs", "../../etc/passwd", "..", "x/../y", "esc\x1b[31m", "new\nline",
	strings.Repeat("k", 1024), strings.Repeat("d/", 512), "a.meta.json", "a&<>\"'", "CON", "~x", "%", "trailing/",
}

func TestS11HostileKeysNeverBecomePaths(t *testing.T) {
	s := newServer(t)
	for _, k := range hostileKeys {
		s.put(t, k, "content of "+k, nil)
	}
	s.inject((&lister{s: s}).serve)
	ev := evidence(t)
	got := fetchAll(t, s.client(t, Options{}), ev)
	for _, k := range hostileKeys {
		if got[k] != "content of "+k {
			t.Errorf("%.40q: %.120q", k, got[k])
		}
	}
	names, _ := readAll(t, ev.Dir())
	if len(names) != 2*len(hostileKeys) {
		t.Errorf("%d files for %d objects", len(names), len(hostileKeys))
	}
	for _, n := range names {
		if strings.ContainsAny(n, "\x1b\n") || !strings.HasPrefix(n, bucket) && !strings.HasPrefix(n, "local/~") {
			t.Errorf("a copy at %q", n)
		}
	}
}

func TestKeysAreDecodedOnlyWhenTheAnswerSaysSo(t *testing.T) {
	s := newServer(t) // which ignores EncodingType
	s.put(t, "100%25+x", "content", nil)
	if got := fetchAll(t, s.client(t, Options{}), evidence(t)); got["100%25+x"] != "content" {
		t.Errorf("%q", got)
	}
}

func TestS13AnObjectThatVanishedIsNamed(t *testing.T) {
	s := newServer(t)
	s.put(t, "k", "content", nil)
	c, ev := s.client(t, Options{}), evidence(t)
	all, err := c.Candidates(t.Context(), []string{"s3://" + bucket}, ev, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.backend.DeleteObject(bucket, "k"); err != nil {
		t.Fatal(err)
	}
	if got := fetched(t.Context(), all[0]); got != "error: s3://acme-logs/k: it was deleted after it was listed" {
		t.Errorf("%q", got)
	}
}

func TestS06AnArchivedObjectIsNamed(t *testing.T) {
	s := newServer(t)
	s.put(t, "k", "content", nil)
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		return isGet(r) && deny(w, 403, "InvalidObjectState")
	})
	c := s.client(t, Options{})
	if got := fetchAll(t, c, evidence(t))["k"]; got != "error: s3://acme-logs/k: it is archived in Glacier" {
		t.Errorf("%q", got)
	}
}

// U15: the screen owns the terminal while objects come. The SDK tells of every object without a checksum
// on standard error, unless it is told not to.
func TestU15TheSDKIsSilentAboutObjectsWithoutChecksums(t *testing.T) {
	said, err := os.CreateTemp(t.TempDir(), "stderr")
	if err != nil {
		t.Fatal(err)
	}
	terminal := os.Stderr
	os.Stderr = said
	defer func() { os.Stderr = terminal; said.Close() }()
	s := newServer(t)
	s.put(t, "k", "content", nil)
	if got := fetchAll(t, s.client(t, Options{}), evidence(t)); got["k"] != "content" {
		t.Errorf("%q", got)
	}
	if text, err := os.ReadFile(said.Name()); err != nil || len(text) > 0 {
		t.Errorf("standard error got %q, %v", text, err)
	}
}
