package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
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
)

const demoBucket = "demo-logs"

// bucket is one bucket of an S3 server in this process, whose answers a test may delay or spoil.
type bucket struct {
	name    string
	url     string
	backend *s3mem.Backend
	fake    http.Handler
	delay   time.Duration // before every answer

	mu    sync.Mutex
	gets  map[string]int // of objects, by path
	other int            // requests that are no such GET
	fault func(w http.ResponseWriter, r *http.Request) bool
}

// serve puts the files below root into a bucket. Signatures are where CloudTrail puts them, in the
// metadata of the digests; metadata.json itself stays outside.
func serve(t testing.TB, root string) *bucket {
	t.Helper()
	b := newBucket(t, demoBucket)
	b.fill(t, root)
	return b
}

// fill puts the files below root into the bucket. Where a folder has the bucket's name, only what lies in
// it goes there, and the keys.
func (b *bucket) fill(t testing.TB, root string) {
	t.Helper()
	signed := map[string]map[string]string{}
	text, err := os.ReadFile(filepath.Join(root, "metadata.json"))
	if err == nil {
		err = json.Unmarshal(text, &signed)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	_, err = os.Stat(filepath.Join(root, b.name))
	own := err == nil
	err = filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "metadata.json" {
			return err
		}
		content, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		key, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		key = filepath.ToSlash(key)
		inside, its := strings.CutPrefix(key, b.name+"/")
		if its || !own || strings.HasPrefix(key, "keys/") {
			b.put(t, inside, content, signed[key])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func newBucket(t testing.TB, name string) *bucket {
	t.Helper()
	b := &bucket{name: name, backend: s3mem.New(), gets: map[string]int{}}
	if err := b.backend.CreateBucket(name); err != nil {
		t.Fatal(err)
	}
	b.fake = gofakes3.New(b.backend).Server()
	server := httptest.NewServer(http.HandlerFunc(b.answer))
	t.Cleanup(server.Close)
	b.url = server.URL
	standIn(t)
	return b
}

// standIn has the environment hold credentials that are nobody's.
func standIn(t testing.TB) {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
	} {
		t.Setenv(name, value)
	}
}

// load is the command line that loads what lies below some prefixes of the bucket, all of it when none
// is named.
func (b *bucket) load(dir string, prefixes ...string) []string {
	args := []string{"load", "--all", "--case", dir, "--endpoint-url", b.url}
	for _, prefix := range prefixes {
		args = append(args, "s3://"+b.name+"/"+prefix)
	}
	if len(prefixes) == 0 {
		args = append(args, "s3://"+b.name)
	}
	return args
}

// spoil does something to requests before they are answered; nil ends that.
func (b *bucket) spoil(fault func(w http.ResponseWriter, r *http.Request) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fault = fault
}

func isGetObject(r *http.Request) bool {
	return r.Method == http.MethodGet && !r.URL.Query().Has("list-type") && strings.Count(r.URL.Path, "/") > 1
}

func (b *bucket) put(t testing.TB, key string, content []byte, signed map[string]string) {
	t.Helper()
	meta := map[string]string{}
	for name, value := range signed {
		meta["X-Amz-Meta-"+name] = value
	}
	if _, err := b.backend.PutObject(b.name, key, meta, bytes.NewReader(content), int64(len(content)), nil); err != nil {
		t.Fatal(err)
	}
}

func (b *bucket) answer(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	if isGetObject(r) {
		b.gets[r.URL.Path]++
	} else {
		b.other++
	}
	fault := b.fault
	b.mu.Unlock()
	time.Sleep(b.delay)
	if fault == nil || !fault(w, r) {
		b.fake.ServeHTTP(w, r)
	}
}

// asked gives how often each object was asked for, and forgets it.
func (b *bucket) asked() map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	gets := maps.Clone(b.gets)
	clear(b.gets)
	return gets
}
