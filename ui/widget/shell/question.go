package shell

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/theme"
)

// Covers tells what the evidence could have shown of a query.
type Covers func(ctx context.Context, q model.Query) (model.Coverage, error)

// replied is an answer and, when it is empty, what it is to be held against.
type replied[T any] struct {
	value  T
	covers *model.Coverage
}

// Question is the one answer that a screen shows. It tells what is awaited, what failed, and holds an
// empty answer against what the evidence covers. A screen that embeds it has the methods for these.
type Question[T any] struct {
	Doing  string // what is awaited: "auditing the writes"
	Cannot string // begins the sentence of a failure: "could not audit the writes"
	Known  bool   // an answer is here
	Failed string // why there is none, in a sentence
	shell  Shell
	ask    Ask[replied[T]]
	covers *model.Coverage
}

// Begin asks. empty, which may be nil, tells an answer that holds nothing: covers is asked about q then.
func (a *Question[T]) Begin(sh Shell, work func(ctx context.Context) (T, error), empty func(T) bool, covers Covers, q model.Query) tea.Cmd {
	a.shell, a.Failed = sh, ""
	return a.ask.Begin(sh, func(ctx context.Context) (replied[T], error) {
		v, err := work(ctx)
		if err != nil || empty == nil || covers == nil || !empty(v) {
			return replied[T]{value: v}, err
		}
		c, err := covers(ctx, q)
		return replied[T]{v, &c}, err
	})
}

// Take takes the answer out of msg; ok is false for every other message and for a failure, which is
// told.
func (a *Question[T]) Take(msg tea.Msg) (value T, ok bool) {
	r, mine, err := a.ask.Receive(msg)
	if !mine {
		return r.value, false
	}
	if err != nil {
		a.Failed = a.Cannot + ": " + safe.New(err.Error()).String()
		a.shell.Notice(theme.Bad, a.Failed)
		return r.value, false
	}
	a.Known, a.covers = true, r.covers
	return r.value, true
}

// Excuse is what stands in place of the answer: why it is not there, that it is awaited, or what an
// empty one means, in h lines of w cells. It is nil when there is an answer to show.
func (a *Question[T]) Excuse(th *theme.Theme, w, h int, empty bool, means string) []string {
	var says []string
	switch {
	case a.Failed != "":
		says = []string{a.Failed}
	case !a.Known:
		says = []string{a.Doing + th.Cut}
	case !empty:
		return nil
	default:
		says = []string{means}
		if a.covers != nil {
			says = append(append(says, ""), CoverageWords(th, *a.covers)...)
		}
	}
	var out []string
	for _, s := range says {
		if s == "" {
			out = append(out, "")
		}
		for _, l := range Wrap(s, max(1, w-4)) {
			out = append(out, "  "+l)
		}
	}
	return Block(out, w, h)
}

// Pending says what is awaited.
func (a *Question[T]) Pending() string {
	if a.ask.Waiting() {
		return a.Doing
	}
	return ""
}

// Waiting tells that the answer is awaited.
func (a *Question[T]) Waiting() bool { return a.ask.Waiting() }

// Peel gives the question up.
func (a *Question[T]) Peel() tea.Cmd { a.ask.Stop(); return nil }

// Stop gives the question up and tells whether there was one.
func (a *Question[T]) Stop() bool { return a.ask.Stop() }
