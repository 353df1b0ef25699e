package s3

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestTheGateHalvesAndGrows(t *testing.T) {
	g := newGate()
	for range gateStart {
		if err := g.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.enter(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("one more than the limit entered: %v", err)
	}
	for range 100 {
		g.heard(g.round(), true)
	}
	if g.limit != 1 {
		t.Errorf("limit %d after much slowing down", g.limit)
	}
	for range gateStart {
		g.leave(true)
	}
	for range 100 * gateMost {
		if err := g.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.leave(true)
	}
	if g.limit != gateMost || g.busy != 0 || len(g.waiting) != 0 {
		t.Errorf("%d of %d inside, %d waiting", g.busy, g.limit, len(g.waiting))
	}
}

func TestWhoWaitsAtTheGateComesInAsOthersLeave(t *testing.T) {
	g := newGate()
	for range 100 {
		g.heard(g.round(), true)
	}
	if err := g.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	for range 5 {
		go func() {
			err := g.enter(context.Background())
			if err == nil {
				g.leave(false)
			}
			done <- err
		}()
	}
	g.leave(false)
	for range 5 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestRequestsThatAreTurnedAwayTogetherHalveOnce(t *testing.T) {
	g := newGate()
	round := g.round()
	for range gateStart {
		g.heard(round, true)
	}
	if g.limit != gateStart/2 {
		t.Errorf("limit %d after one round was turned away", g.limit)
	}
	for range 5 * gateStart {
		if err := g.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.leave(true)
	}
	if g.limit <= gateStart {
		t.Errorf("limit %d after some calm rounds: it should have come back", g.limit)
	}
}

func TestTheWaitsOfAllAttemptsTakeAboutAMinute(t *testing.T) {
	var all time.Duration
	for attempt := 1; attempt < defaultAttempts; attempt++ {
		d := backoff(attempt, nil)
		if d > maxBackoff || attempt == 1 && d > 100*time.Millisecond {
			t.Errorf("%s before attempt %d", d, attempt+1)
		}
		all += d
	}
	if all < 30*time.Second || all > 90*time.Second {
		t.Errorf("%s in all", all)
	}
}
