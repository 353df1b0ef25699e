package s3

import (
	"context"
	"sync"
	"time"
)

// The gate starts with gateStart requests side by side and never lets more than gateMost through.
const (
	gateStart = 16
	gateMost  = 64
)

// One answer in twenty that asks to slow down is a bad moment of one of S3's many hosts: each such
// request waits by itself, and asking for less beside it would help nobody. More than tolerated of the
// last answers is a wish.
const (
	tolerated  = 0.15
	shareSpeed = 1.0 / 32 // weight of one answer among the last ones
)

// gate bounds how many objects are fetched side by side. It opens by one with every success until S3
// first wishes to be asked less; each wish halves it, after which it opens by one a round, and by one a
// success again when two rounds went by without another.
type gate struct {
	mu      sync.Mutex
	limit   int
	busy    int
	good    int     // successes since it last changed
	calm    int     // successes since it was last halved
	halved  int     // how often it was
	share   float64 // of the last answers since then, those that ask to slow down
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
		g.calm++
		g.good++
		if step := g.good >= g.limit || g.halved == 0 || g.calm > 2*g.limit; step && g.limit < gateMost {
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

// round tells in which round a request begins.
func (g *gate) round() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.halved
}

// heard takes an answer to a request of a round. Those of one round that are turned away together say one
// thing: what was asked before the gate was last halved says nothing about now.
func (g *gate) heard(round int, slow bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if round != g.halved {
		return
	}
	g.share -= g.share * shareSpeed
	if slow {
		g.share += shareSpeed
	}
	if slow && g.share > tolerated {
		g.limit, g.good, g.calm, g.halved, g.share = max(1, g.limit/2), 0, 0, g.halved+1, 0
	}
}

// rest gives the place away for a while: who waits asks nothing. It has a place again when it returns.
func (g *gate) rest(ctx context.Context, d time.Duration) error {
	g.leave(false)
	err := pause(ctx, d)
	if err == nil {
		err = g.enter(ctx)
	}
	if err != nil { // and leaves at once
		g.mu.Lock()
		g.busy++
		g.mu.Unlock()
	}
	return err
}
