package store

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkSettleLarge settles a large case in which nothing is settled yet, then once more with
// nothing to change.
func BenchmarkSettleLarge(b *testing.B) {
	c := largeCase(b)
	ctx := context.Background()
	rows := number(b, c, `select (select count(*) from ct_events) + (select count(*) from al_events)`)
	best := map[string]float64{}
	for b.Loop() {
		c.Close()
		to := filepath.Join(b.TempDir(), "copy.case")
		if err := copyCase(c.Dir(), to); err != nil {
			b.Fatal(err)
		}
		again, err := Open(to, Options{})
		if err != nil {
			b.Fatal(err)
		}
		for _, when := range []string{"anew", "again"} {
			start, used := time.Now(), processorTime()
			if err := again.Settle(ctx, nil, nil); err != nil {
				b.Fatal(err)
			}
			if took := time.Since(start).Seconds(); best[when] == 0 || took < best[when] {
				best[when] = took
			}
			if cpu := (processorTime() - used).Seconds(); best["cpu-"+when] == 0 || cpu < best["cpu-"+when] {
				best["cpu-"+when] = cpu
			}
		}
		again.Close()
		if err := os.RemoveAll(to); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows), "records")
	for _, when := range []string{"anew", "again"} {
		b.ReportMetric(best[when], "s-"+when)
		b.ReportMetric(best["cpu-"+when], "cpu-s-"+when)
	}
}
