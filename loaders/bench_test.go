package loaders

import (
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"trailsift/loaders/source"
	"trailsift/model/integrity"
)

// BenchmarkParseFloor loads the folder in TRAILSIFT_CORPUS, or the demo evidence, into nothing with two
// workers: what every load must at least cost. Rates are of expanded bytes and of records.
func BenchmarkParseFloor(b *testing.B) {
	dir := corpusDir()
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

// BenchmarkVerifyPlain verifies the plain files in TRAILSIFT_CORPUS, or the demo evidence, with two
// workers; BenchmarkHashFloor only reads, inflates and hashes them, with as many.
func BenchmarkVerifyPlain(b *testing.B) {
	dir := corpusDir()
	before := cpuSeconds()
	for b.Loop() {
		pile, err := Inspect(b.Context(), []string{dir}, Options{Workers: 2}, nil)
		if err != nil {
			b.Fatal(err)
		}
		in := integrity.Input{}
		pile.AddTo(&in)
		if r := integrity.Verify(in); r.Digests.Total == 0 || r.Logs.Total == 0 {
			b.Fatalf("nothing to verify in %s: %+v", dir, r)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "wall-s")
	b.ReportMetric((cpuSeconds()-before)/float64(b.N), "cpu-s")
}

func BenchmarkHashFloor(b *testing.B) {
	set, err := source.List(b.Context(), []string{corpusDir()}, source.Options{Copy: source.CopyNever})
	if err != nil {
		b.Fatal(err)
	}
	defer set.Close()
	before := cpuSeconds()
	var bytes atomic.Int64
	for b.Loop() {
		bytes.Store(0)
		var next atomic.Int64
		var workers sync.WaitGroup
		for range 2 {
			workers.Go(func() {
				parts, sum := source.NewParts(source.Limits{}), sha256.New()
				for i := next.Add(1) - 1; i < int64(set.Len()); i = next.Add(1) - 1 {
					stored, err := os.ReadFile(set.At(int(i)).Path)
					if err != nil {
						b.Error(err)
						return
					}
					parts.Reset(stored)
					_, _ = parts.Next()
					sum.Reset()
					n, err := io.Copy(sum, parts)
					if err != nil {
						b.Error(err)
						return
					}
					bytes.Add(n)
				}
			})
		}
		workers.Wait()
	}
	b.SetBytes(bytes.Load())
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "wall-s")
	b.ReportMetric((cpuSeconds()-before)/float64(b.N), "cpu-s")
}

func corpusDir() string {
	if dir := os.Getenv("TRAILSIFT_CORPUS"); dir != "" {
		return dir
	}
	return filepath.Join("..", "testdata", "demo")
}
