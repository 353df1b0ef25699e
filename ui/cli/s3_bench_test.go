package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
)

// BenchmarkBucket loads and verifies the corpus in TRAILSIFT_CORPUS from a bucket that answers after 20
// ms, beside getting its objects one after the other, as aws cloudtrail validate-logs does. The server is
// a process of its own, whose work is not counted with ours; the machine's cores are shared with it.
func BenchmarkBucket(b *testing.B) {
	corpus := os.Getenv("TRAILSIFT_CORPUS")
	if corpus == "" {
		b.Skip("SKIPPED: TRAILSIFT_CORPUS names no corpus")
	}
	calm, rough := startFar(b, corpus, "0"), startFar(b, corpus, "20")
	best, spoilt, cpu := time.Duration(1<<62), time.Duration(1<<62), time.Duration(0)
	for b.Loop() {
		took, _ := benchLoad(b, rough, filepath.Join(b.TempDir(), "spoilt.case"))
		spoilt = min(spoilt, took)
		dir := filepath.Join(b.TempDir(), "s3.case")
		if took, used := benchLoad(b, calm, dir); took < best {
			best, cpu = took, used
		}
		var report struct{ Logs struct{ Total, Valid int } }
		text, _ := command(b, "verify", "--format", "json", dir)
		if err := json.Unmarshal([]byte(text), &report); err != nil || report.Logs.Valid == 0 || report.Logs.Valid != report.Logs.Total {
			b.Fatalf("%d of %d logs are valid, %v", report.Logs.Valid, report.Logs.Total, err)
		}
	}
	paths := strings.Fields(get(b, calm.url+farAsked))
	start := time.Now()
	for _, path := range paths {
		get(b, calm.url+path)
	}
	single := time.Since(start)
	b.ReportMetric(float64(len(paths)), "objects")
	b.ReportMetric(best.Seconds(), "wall-s")
	b.ReportMetric(cpu.Seconds(), "cpu-s")
	b.ReportMetric(spoilt.Seconds(), "spoilt-s")
	b.ReportMetric(single.Seconds(), "single-s")
	b.ReportMetric(single.Seconds()/best.Seconds(), "times")
}

// benchLoad loads all of a bucket, and tells how long that took and how much work it was.
func benchLoad(b *testing.B, from *bucket, dir string) (took, cpu time.Duration) {
	start, used := time.Now(), processorTime(b)
	if code := Main(b.Context(), append(from.load(dir), "-q"), nil, io.Discard, os.Stderr); code != 0 {
		b.Fatalf("load: exit %d", code)
	}
	return time.Since(start), processorTime(b) - used
}

func get(b *testing.B, url string) string {
	resp, err := http.Get(url)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		b.Fatalf("%s: %s, %v", url, resp.Status, err)
	}
	return string(text)
}

// farAsked is where a server in a process of its own lists the paths it was asked for.
const farAsked = "/-asked"

// startFar serves a corpus from another process, until b ends. One answer in so many asks to slow down.
func startFar(b *testing.B, corpus, oneIn string) *bucket {
	standIn(b)
	c := exec.Command("far-bucket", corpus, oneIn)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe() // closed with this process: then it ends
	if err != nil {
		b.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		_ = c.Wait()
	})
	at := ""
	if _, err := fmt.Fscanln(out, &at); err != nil {
		b.Fatal(err)
	}
	return &bucket{name: demoBucket, url: at}
}

// farBucket is that process: far-bucket CORPUS ONE-IN. Objects are answered with what the fake server said
// of them before, since its way through one costs a good part of what a load does; all else it answers.
func farBucket() {
	b := serve(outside{}, os.Args[1])
	b.delay = 20 * time.Millisecond
	said := map[string]*httptest.ResponseRecorder{}
	page, err := b.backend.ListBucket(b.name, nil, gofakes3.ListBucketPage{})
	if err != nil {
		outside{}.Fatal(err)
	}
	for _, o := range page.Contents {
		path := (&url.URL{Path: "/" + b.name + "/" + o.Key}).EscapedPath()
		said[path] = httptest.NewRecorder()
		b.fake.ServeHTTP(said[path], httptest.NewRequest(http.MethodGet, path, nil))
	}
	oneIn, err := strconv.Atoi(os.Args[2])
	if err != nil {
		outside{}.Fatal(err)
	}
	chance := rand.New(rand.NewPCG(20, 5))
	var mu sync.Mutex
	b.spoil(func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		slow := oneIn > 0 && chance.IntN(oneIn) == 0
		mu.Unlock()
		known := said[r.URL.EscapedPath()]
		switch {
		case r.URL.Path == farAsked:
			for path := range b.asked() {
				fmt.Fprintln(w, path)
			}
		case slow:
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>")
		case known != nil && r.Method == http.MethodGet:
			maps.Copy(w.Header(), known.Header())
			w.WriteHeader(known.Code)
			_, _ = w.Write(known.Body.Bytes())
		default:
			return false
		}
		return true
	})
	fmt.Println(b.url)
	_, _ = io.Copy(io.Discard, os.Stdin) // until whoever started it is gone
}

// outside is a test where there is none.
type outside struct{ testing.TB }

func (outside) Helper()              {}
func (outside) Cleanup(func())       {}
func (outside) Setenv(key, v string) { os.Setenv(key, v) }
func (outside) Fatal(args ...any)    { fmt.Fprintln(os.Stderr, args...); os.Exit(1) }

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
