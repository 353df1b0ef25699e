package shell

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
)

// Ask is the newest question that a screen asked of its engine. Answers to older ones are dropped.
// The zero value has asked nothing.
type Ask[T any] struct {
	id     int // 0 while nothing is awaited
	cancel context.CancelFunc
}

type answer[T any] struct {
	id    int
	value T
	err   error
}

// Begin gives up what was asked before and has work asked outside Update.
func (a *Ask[T]) Begin(sh Shell, work func(ctx context.Context) (T, error)) tea.Cmd {
	a.Stop()
	ctx, cancel := context.WithCancel(context.Background())
	a.id, a.cancel = sh.NextID(), cancel
	id := a.id
	return func() tea.Msg {
		defer cancel()
		value, err := work(ctx)
		return answer[T]{id, value, err}
	}
}

// Receive takes the answer out of msg; mine is false for every other message, and for the answer to a
// question that was given up.
func (a *Ask[T]) Receive(msg tea.Msg) (value T, mine bool, err error) {
	m, ok := msg.(answer[T])
	if !ok || a.id == 0 || m.id != a.id {
		return value, false, nil
	}
	a.id = 0
	return m.value, !errors.Is(m.err, context.Canceled), m.err
}

// Waiting tells that an answer is awaited.
func (a *Ask[T]) Waiting() bool { return a.id != 0 }

// Stop gives the question up and tells whether there was one.
func (a *Ask[T]) Stop() bool {
	if a.id == 0 {
		return false
	}
	a.cancel()
	a.id = 0
	return true
}

// Still gives a screen without text of its own the methods it does not need.
type Still struct{}

// Typing is false.
func (Still) Typing() bool { return false }

// Type ignores the key.
func (Still) Type(tea.KeyPressMsg) tea.Cmd { return nil }

// Paste ignores the text.
func (Still) Paste(string) tea.Cmd { return nil }

// SetOverview is of no use to it.
func (Still) SetOverview(model.Overview, bool) tea.Cmd { return nil }

// Status is empty: the screen says it all.
func (Still) Status() string { return "" }

// Back has nothing to leave.
func (Still) Back() (tea.Cmd, bool) { return nil, false }
