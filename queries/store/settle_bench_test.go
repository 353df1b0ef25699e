package store

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"trailsift/model"
)

// BenchmarkSettle settles a case in which both logs tell of the same requests, first anew, then with
// nothing to change. TRAILSIFT_SETTLE sets the thousands of records of each log.
func BenchmarkSettle(b *testing.B) {
	thousands := 200
	if n, err := strconv.Atoi(os.Getenv("TRAILSIFT_SETTLE")); err == nil && n > 0 {
		thousands = n
	}
	ctx := context.Background()
	for b.Loop() {
		c := newTestCase(b)
		s, err := c.Load(ctx, nil)
		if err != nil {
			b.Fatal(err)
		}
		done := make(chan error)
		for i, log := range []model.Log{model.CloudTrail, model.AccessLog} {
			w, err := s.Writer(ctx)
			if err != nil {
				b.Fatal(err)
			}
			go func() {
				records := make([]model.Record, 1000)
				var err error
				for k := 0; k < thousands && err == nil; k++ {
					id := model.MemberID(2*k+i+1) << 24
					for n := range records {
						records[n] = synthetic(log, model.MemberID(k+1)<<24, n)
					}
					if err = w.Write(ctx, &model.Batch{Member: id, Records: records}); err == nil {
						err = w.Finish(ctx, syntheticMember(log, id, len(records)))
					}
				}
				if err == nil {
					err = w.Close(ctx)
				}
				done <- err
			}()
		}
		for range 2 {
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		}
		if _, err := s.Close(ctx); err != nil {
			b.Fatal(err)
		}
		for _, when := range []string{"anew", "again"} {
			start := time.Now()
			if err := c.Settle(ctx, nil, nil); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(time.Since(start).Seconds(), "s-"+when)
		}
		if n := number(b, c, `select count(*) from al_events where fold = 1`); n == 0 {
			b.Error("no line was folded")
		}
		if info, err := os.Stat(c.path(databaseName)); err == nil {
			b.ReportMetric(float64(info.Size())/float64(thousands*2000), "bytes/record")
		}
	}
}
