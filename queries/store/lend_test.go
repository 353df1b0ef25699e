package store

import (
	"context"
	"errors"
	"sync"
	"testing"

	"trailsift/model"
)

func TestReadersLoadsAndReleasesMixFreely(t *testing.T) {
	c := newTestCase(t)
	ctx := context.Background()
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			last := int64(0)
			for range 60 {
				db, done, err := c.DB(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				var n int64
				err = db.QueryRow(`select count(*) from ct_events`).Scan(&n)
				done()
				if err != nil || n < last {
					t.Errorf("%d rows after %d, %v", n, last, err)
				}
				last = n
				if err := c.Release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 3 {
		s, err := c.Load(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		first, err := s.Reserve(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		w, err := s.Writer(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(loadMember(ctx, w, model.CloudTrail, first, 100), w.Close(ctx)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Close(ctx); err != nil {
			t.Fatal(err)
		}
		if err := c.Settle(ctx, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	if n := number(t, c, `select count(*) from ct_events`); n != 300 {
		t.Errorf("%d rows, want 300", n)
	}
}

func TestASettleThatIsCancelledLeavesTheCaseProvisional(t *testing.T) {
	c := newTestCase(t)
	loadSynthetic(t, c, model.CloudTrail, 1, []int{100})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := c.Settle(ctx, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a cancellation", err)
	}
	if ok, err := c.Settled(context.Background()); ok || err != nil {
		t.Errorf("settled is %v, %v", ok, err)
	}
	if err := c.Settle(context.Background(), nil, nil); err != nil {
		t.Fatal(err)
	}
}

func TestAClosedCaseSaysSo(t *testing.T) {
	c := newTestCase(t)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.DB(context.Background()); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}
