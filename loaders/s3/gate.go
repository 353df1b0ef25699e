package s3

import (
	"context"
	"sync"
)

// The gate starts with gateStart requests side by side and never lets more than gateMost through.
const (
	gateStart = 16
	gateMost  = 64
)

// gate bounds how many objects are fetched side by side: half as many after each SlowDown, one more
// after as many successes as it lets through.
type gate struct {
	mu      sync.Mutex
	limit   int
	busy    int
	good    int
	waiting []chan struct{}
}

func newGate() *gate { return &gate{limit: gateStart} }

func (g *gate) enter(ctx context.Context) error {
	g.mu.Lock()
	if g.busy < g.limit && len(g.waiting) == 0 {
		g.busy++
		g.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	g.waiting = append(g.waiting, turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, w := range g.waiting {
		if w == turn {
			g.waiting = append(g.waiting[:i], g.waiting[i+1:]...)
			return ctx.Err()
		}
	}
	g.busy-- // the turn came at the same moment
	g.wake()
	return ctx.Err()
}

func (g *gate) leave(ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy--
	if ok {
		if g.good++; g.good >= g.limit && g.limit < gateMost {
			g.limit, g.good = g.limit+1, 0
		}
	}
	g.wake()
}

func (g *gate) wake() {
	for g.busy < g.limit && len(g.waiting) > 0 {
		close(g.waiting[0])
		g.waiting = g.waiting[1:]
		g.busy++
	}
}

// slower halves what is let through.
func (g *gate) slower() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.limit, g.good = max(1, g.limit/2), 0
}
