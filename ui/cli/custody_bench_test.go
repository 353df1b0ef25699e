package cli

import (
	"os"
	"testing"
	"time"

	"trailsift/model/integrity"
)

// BenchmarkVerifyCase verifies the case in TRAILSIFT_CASE again and again, as the key R does on its
// screen. What it finds stands in the case after the first time.
func BenchmarkVerifyCase(b *testing.B) {
	dir := os.Getenv("TRAILSIFT_CASE")
	if dir == "" {
		b.Skip("SKIPPED: TRAILSIFT_CASE names no case")
	}
	p := &program{stdout: discard{}, stderr: discard{}, now: time.Now, getenv: os.Getenv, wait: time.Minute}
	s, err := p.openSession(dir, false)
	if err != nil {
		b.Fatal(err)
	}
	defer s.close()
	for b.Loop() {
		r, err := s.Verify(b.Context(), nil)
		if err != nil {
			b.Fatal(err)
		}
		if r.Result != integrity.ResultSelfConsistent && r.Result != integrity.ResultVerifiedWithin {
			b.Fatalf("the case is %s: %+v", r.Result, r.Digests)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "wall-s")
}
