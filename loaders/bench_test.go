package loaders

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"trailsift/loaders/source"
)

// BenchmarkParseFloor loads the folder in TRAILSIFT_CORPUS, or the demo evidence, into nothing with two
// workers: what every load must at least cost. Rates are of expanded bytes and of records.
func BenchmarkParseFloor(b *testing.B) {
	dir := os.Getenv("TRAILSIFT_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "testdata", "demo")
	}
	var s Summary
	var records int64
	before := cpuSeconds()
	for b.Loop() {
		sink := &Void{}
		var err error
		s, err = Load(b.Context(), Request{Sources: []string{dir}, Sink: sink, Options: Options{Workers: 2, Copy: source.CopyNever}}, nil)
		if err != nil {
			b.Fatal(err)
		}
		records = sink.Records.Load()
	}
	b.SetBytes(s.Expanded)
	b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(s.Members.Loaded), "members")
	b.ReportMetric((cpuSeconds()-before)/float64(b.N), "cpu-s")
}

// cpuSeconds is the user and system time this process has used.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
