package cli

import (
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/ui"
)

// live runs the interface as its program does: what a key asks for is answered beside it, and the answers
// come in whenever they are there.
type live struct {
	*ui.Headless
	t       testing.TB
	answers chan tea.Msg
	running atomic.Int64
	seen    func() // called when an answer has been taken and drawn; may be nil
}

func newLive(t testing.TB, h *ui.Headless) *live {
	return &live{Headless: h, t: t, answers: make(chan tea.Msg, 1<<16)}
}

// start runs cmd and what it is put together of.
func (s *live) start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	s.running.Add(1)
	go func() { s.answers <- cmd() }()
}

// take hands over one answer.
func (s *live) take(msg tea.Msg) {
	s.running.Add(-1)
	switch m := msg.(type) {
	case nil, tea.QuitMsg: // nothing here ends because somebody leaves
	case tea.BatchMsg:
		for _, c := range m {
			s.start(c)
		}
	default:
		s.start(s.Take(m))
		if s.seen != nil {
			s.seen()
		}
	}
}

// drain takes the answers there are, or, patiently, all that are still to come.
func (s *live) drain(all bool) {
	s.t.Helper()
	for s.running.Load() > 0 {
		if !all {
			select {
			case m := <-s.answers:
				s.take(m)
				continue
			default:
				return
			}
		}
		select {
		case m := <-s.answers:
			s.take(m)
		case <-time.After(2 * time.Minute):
			s.t.Fatalf("%d answers never came; %q is awaited:\n%s", s.running.Load(), s.Awaited(), s.Screen())
		}
	}
}
