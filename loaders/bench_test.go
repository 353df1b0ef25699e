package loaders

import (
	"os"
	"path/filepath"
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
}
