package cli

import (
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// BenchmarkBucket loads and verifies the corpus in TRAILSIFT_CORPUS from a bucket that answers after 20
// ms, beside getting its objects one after the other, as aws cloudtrail validate-logs does.
func BenchmarkBucket(b *testing.B) {
	corpus := os.Getenv("TRAILSIFT_CORPUS")
	if corpus == "" {
		b.Skip("SKIPPED: TRAILSIFT_CORPUS names no corpus")
	}
	bucket := serve(b, corpus)
	bucket.delay = 20 * time.Millisecond
	best, spoilt, cpu := time.Duration(1<<62), time.Duration(1<<62), time.Duration(0)
	for b.Loop() {
		spoilt = min(spoilt, bucket.loadSpoilt(b))
		dir := filepath.Join(b.TempDir(), "s3.case")
		start, used := time.Now(), processorTime(b)
		if code := Main(b.Context(), append(bucket.load(dir), "-q"), nil, io.Discard, os.Stderr); code != 0 {
			b.Fatalf("load: exit %d", code)
		}
		if took := time.Since(start); took < best {
			best, cpu = took, processorTime(b)-used
		}
		var report struct{ Logs struct{ Total, Valid int } }
		text, _ := command(b, "verify", "--format", "json", dir)
		if err := json.Unmarshal([]byte(text), &report); err != nil || report.Logs.Valid == 0 || report.Logs.Valid != report.Logs.Total {
			b.Fatalf("%d of %d logs are valid, %v", report.Logs.Valid, report.Logs.Total, err)
		}
	}
	paths := bucket.asked()
	start := time.Now()
	for path := range paths {
		resp, err := http.Get(bucket.url + path)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			b.Fatal(err)
		}
		resp.Body.Close()
	}
	single := time.Since(start)
	b.ReportMetric(float64(len(paths)), "objects")
	b.ReportMetric(best.Seconds(), "wall-s")
	b.ReportMetric(cpu.Seconds(), "cpu-s")
	b.ReportMetric(spoilt.Seconds(), "spoilt-s")
	b.ReportMetric(single.Seconds(), "single-s")
	b.ReportMetric(single.Seconds()/best.Seconds(), "times")
}

// loadSpoilt is how long a load takes while one answer in twenty asks to slow down.
func (b *bucket) loadSpoilt(t *testing.B) time.Duration {
	chance := rand.New(rand.NewPCG(20, 5))
	var mu sync.Mutex
	b.spoil(func(w http.ResponseWriter, _ *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if chance.IntN(20) > 0 {
			return false
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>")
		return true
	})
	defer b.spoil(nil)
	start := time.Now()
	if code := Main(t.Context(), append(b.load(filepath.Join(t.TempDir(), "spoilt.case")), "-q"), nil, io.Discard, os.Stderr); code != 0 {
		t.Fatalf("load under faults: exit %d", code)
	}
	return time.Since(start)
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
