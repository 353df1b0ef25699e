package cli

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
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

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
