package shell

import (
	"context"
	"errors"
	"testing"
)

// numbers is the part of a shell that questions need.
type numbers struct {
	Shell
	last int
}

func (n *numbers) NextID() int { n.last++; return n.last }

func TestOnlyTheNewestQuestionIsAnswered(t *testing.T) {
	sh, a := &numbers{}, Ask[string]{}
	says := func(text string, err error) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			if ctx.Err() != nil {
				return "", ctx.Err()
			}
			return text, err
		}
	}
	first, second := a.Begin(sh, says("first", nil)), a.Begin(sh, says("second", nil))
	if _, mine, _ := a.Receive(first()); mine || !a.Waiting() {
		t.Error("the answer to a question given up was taken")
	}
	if _, mine, _ := a.Receive("another message"); mine || !a.Waiting() {
		t.Error("a message that is no answer was taken")
	}
	if v, mine, err := a.Receive(second()); !mine || v != "second" || err != nil || a.Waiting() {
		t.Errorf("%q, %v, %v", v, mine, err)
	}
	wrong := errors.New("wrong")
	if _, mine, err := a.Receive(a.Begin(sh, says("", wrong))()); !mine || !errors.Is(err, wrong) {
		t.Errorf("a failure: %v, %v", mine, err)
	}
	stopped := a.Begin(sh, says("stopped", nil))
	if !a.Stop() || a.Stop() {
		t.Error("stopping tells whether there was a question")
	}
	if _, mine, _ := a.Receive(stopped()); mine {
		t.Error("a stopped question was answered")
	}
	if _, mine, _ := a.Receive(a.Begin(sh, says("", context.Canceled))()); mine || a.Waiting() {
		t.Error("an engine that gave up is still waited for")
	}
}
