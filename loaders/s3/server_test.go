package s3

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"trailsift/loaders/source"
	"trailsift/model"
)

// fault is what a test does to a request before gofakes3 sees it; it tells that it answered.
type fault func(w http.ResponseWriter, r *http.Request) bool

// server is S3 in this process. It accepts any signature and heeds no condition, so nothing about
// those is proven with it.
type server struct {
	*httptest.Server
	backend *s3mem.Backend
	fake    http.Handler

	mu       sync.Mutex
	fault    fault
	requests []string // METHOD path?query
	headers  []http.Header
}

const bucket = "acme-logs"

func newServer(t *testing.T) *server {
	t.Helper()
	at := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	backend := s3mem.New(s3mem.WithTimeSource(gofakes3.FixedTimeSource(at)))
	if err := backend.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	s := &server{backend: backend}
	s.fake = gofakes3.New(backend, gofakes3.WithTimeSkewLimit(0), gofakes3.WithTimeSource(gofakes3.FixedTimeSource(at))).Server()
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+r.URL.RequestURI())
	s.headers = append(s.headers, r.Header.Clone())
	f := s.fault
	s.mu.Unlock()
	if f == nil || !f(w, r) {
		s.fake.ServeHTTP(w, r)
	}
}

// said is what the fake server answers to r. Its headers are w's already, to be spoilt.
func (s *server) said(w http.ResponseWriter, r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	s.fake.ServeHTTP(rec, r)
	maps.Copy(w.Header(), rec.Header())
	return rec
}

func (s *server) inject(f fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// count is how many requests began so.
func (s *server) count(prefix string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.requests {
		if strings.HasPrefix(r, prefix) {
			n++
		}
	}
	return n
}

// asking is how many requests held text.
func (s *server) asking(text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.requests {
		if strings.Contains(r, text) {
			n++
		}
	}
	return n
}

func (s *server) put(t *testing.T, key, content string, metadata map[string]string) {
	t.Helper()
	if _, err := s.backend.PutObject(bucket, key, metadata, strings.NewReader(content), int64(len(content)), nil); err != nil {
		t.Fatal(err)
	}
}

// client is one with test credentials, no waiting and nothing of the host's configuration.
func (s *server) client(t *testing.T, opt Options) *Client {
	t.Helper()
	isolate(t)
	opt.Endpoint = s.URL
	if opt.backoff == nil {
		opt.backoff = func(int, error) time.Duration { return 0 }
	}
	c, err := Open(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const (
	testKeyID  = "AKIAIOSFODNN7EXAMPLE"
	testSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

func isolate(t *testing.T) {
	t.Helper()
	for _, name := range []string{"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE",
		"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, "")
	}
	none := filepath.Join(t.TempDir(), "none")
	t.Setenv("AWS_CONFIG_FILE", none)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", none)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_ACCESS_KEY_ID", testKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", testSecret)
}

func evidence(t *testing.T) *source.Evidence {
	t.Helper()
	ev, err := source.OpenEvidence(t.TempDir(), func() time.Time { return time.Unix(1_750_000_000, 0) }, "examiner")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ev.Close() })
	return ev
}

// Candidates is everything below places as a load takes it.
func (c *Client) Candidates(ctx context.Context, places []string, ev *source.Evidence, _ *model.Progress) ([]source.Candidate, error) {
	h, err := c.everything(ctx, places)
	if err != nil {
		return nil, err
	}
	return c.Take(h, places, ev), nil
}

// List calls each for everything below a prefix.
func (c *Client) List(ctx context.Context, bucket, prefix string, each func(Object) error) error {
	h, err := c.everything(ctx, []string{"s3://" + bucket + "/" + prefix})
	if err != nil {
		return err
	}
	for _, o := range h.Objects {
		if err := each(o); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) everything(ctx context.Context, places []string) (*Haul, error) {
	l, err := c.Discover(ctx, places, Pruning{}, nil)
	if err != nil {
		return nil, err
	}
	ids, _, _ := l.Choose(places, true)
	hauls, err := l.Count(ctx, ids, model.Span{}, nil)
	if err != nil {
		return nil, err
	}
	return Join(hauls...), nil
}

// fetchAll lists the bucket and fetches each object; by key, its content or the error's text.
func fetchAll(t *testing.T, c *Client, ev *source.Evidence) map[string]string {
	t.Helper()
	all, err := c.Candidates(t.Context(), []string{"s3://" + bucket}, ev, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, cand := range all {
		wg.Go(func() {
			text := fetched(t.Context(), cand)
			mu.Lock()
			defer mu.Unlock()
			got[cand.Name] = text
		})
	}
	wg.Wait()
	return got
}

func fetched(ctx context.Context, cand source.Candidate) string {
	if cand.Skip != "" {
		return "skipped: " + cand.Skip
	}
	copied, err := cand.Fetch(ctx)
	if err != nil {
		return "error: " + err.Error()
	}
	content, err := os.ReadFile(copied.Path)
	if err != nil {
		return "unreadable: " + err.Error()
	}
	return string(content)
}

// deny answers as S3 does.
func deny(w http.ResponseWriter, status int, code string) bool {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>%s for %s</Message></Error>`, code, code, testKeyID)
	return true
}

func isGet(r *http.Request) bool {
	return r.Method == http.MethodGet && !r.URL.Query().Has("list-type")
}

func isList(r *http.Request) bool { return r.URL.Query().Has("list-type") }

// objects are what the bucket holds, by key.
func (s *server) objects() map[string]*gofakes3.Content {
	list, err := s.backend.ListBucket(bucket, &gofakes3.Prefix{}, gofakes3.ListBucketPage{})
	if err != nil {
		return nil
	}
	all := map[string]*gofakes3.Content{}
	for _, o := range list.Contents {
		all[o.Key] = o
	}
	return all
}

func readAll(t *testing.T, dir string) (names []string, all string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		content, err := io.ReadAll(f)
		rel, _ := filepath.Rel(dir, path)
		names = append(names, rel)
		all += string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names, all
}

// rewriteListing changes the text of a listing on its way.
func (s *server) rewriteListing(w http.ResponseWriter, r *http.Request, change func(string) string) bool {
	if !isList(r) {
		return false
	}
	rec := httptest.NewRecorder()
	s.fake.ServeHTTP(rec, r)
	w.WriteHeader(rec.Code)
	io.WriteString(w, change(rec.Body.String()))
	return true
}
