package shell

import (
	"context"
	"fmt"

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
	Known  bool   // an answer is here, or a part of it
	SoFar  bool   // what is here is a part: nothing in it may look like the whole
	Failed string // why there is none, in a sentence
	shell  Shell
	ask    Ask[replied[T]]
	covers *model.Coverage
	parts  int       // of the question that is asked
	left   []part[T] // those still to come, the one that is asked for first
	quiet  bool      // a whole answer is shown; it stays until the next one is there
}

// part is a step towards the answer.
type part[T any] struct {
	doing string
	do    func(ctx context.Context) (replied[T], error)
}

// BeginParts asks for one part after the other; each is taken as soon as it is there, and More asks for
// the next. A whole answer that is shown is not replaced by parts of a newer one.
func (a *Question[T]) BeginParts(sh Shell, parts []model.Part[T], empty func(T) bool, covers Covers, q model.Query) tea.Cmd {
	a.shell, a.Failed, a.quiet = sh, "", a.Known && !a.SoFar
	a.left, a.parts = nil, len(parts)
	for i, p := range parts {
		if p.Peek && a.quiet {
			a.parts--
			continue
		}
		a.left = append(a.left, part[T]{p.Doing, func(ctx context.Context) (replied[T], error) {
			v, err := p.Do(ctx)
			if err != nil || i < len(parts)-1 || empty == nil || covers == nil || !empty(v) {
				return replied[T]{value: v}, err
			}
			c, err := covers(ctx, q)
			return replied[T]{v, &c}, err
		}})
	}
	return a.More()
}

// More asks for the next part; nil when none is left.
func (a *Question[T]) More() tea.Cmd {
	if len(a.left) == 0 || a.ask.Waiting() {
		return nil
	}
	return a.ask.Begin(a.shell, a.left[0].do)
}

// Begin asks. empty, which may be nil, tells an answer that holds nothing: covers is asked about q then.
func (a *Question[T]) Begin(sh Shell, work func(ctx context.Context) (T, error), empty func(T) bool, covers Covers, q model.Query) tea.Cmd {
	return a.BeginParts(sh, []model.Part[T]{{Do: work}}, empty, covers, q)
}

// Take takes the answer, or a part of it, out of msg; ok is false for every other message, for a part
// that is not to be shown, and for a failure, which is told. Whoever takes it goes on with More.
func (a *Question[T]) Take(msg tea.Msg) (value T, ok bool) {
	waited := a.ask.Waiting()
	r, mine, err := a.ask.Receive(msg)
	if !mine {
		if waited && !a.ask.Waiting() {
			a.left = nil // what was asked for gave up by itself
		}
		return r.value, false
	}
	if err != nil {
		a.left = nil
		a.Failed = a.Cannot + ": " + safe.New(err.Error()).String()
		a.shell.Notice(theme.Bad, a.Failed)
		return r.value, false
	}
	a.left = a.left[1:]
	if len(a.left) > 0 && a.quiet {
		return r.value, false
	}
	a.Known, a.SoFar, a.covers = true, len(a.left) > 0, r.covers
	return r.value, true
}

// Excuse is what stands in place of the answer: why it is not there, that it is awaited, or what an
// empty one means, in h lines of w cells. It is nil when there is an answer to show.
func (a *Question[T]) Excuse(th *theme.Theme, w, h int, empty bool, means string) []string {
	var says []string
	switch {
	case a.Failed != "":
		says = []string{a.Failed}
	case !a.Known, a.SoFar && empty:
		says = []string{a.Doing + th.Cut}
	case !empty:
		return nil
	default:
		says = []string{means}
		if words := a.Coverage(th); words != nil {
			says = append(append(says, ""), words...)
		}
	}
	var out []string
	for _, s := range says {
		for _, l := range Wrap(s, max(1, w-4)) {
			out = append(out, "  "+l)
		}
	}
	return Block(out, w, h)
}

// Coverage is what an empty answer is to be held against; nil for any other.
func (a *Question[T]) Coverage(th *theme.Theme) []string {
	if a.covers == nil {
		return nil
	}
	return CoverageWords(th, *a.covers)
}

// Pending says what is awaited, and which part of it.
func (a *Question[T]) Pending() string {
	switch {
	case !a.ask.Waiting():
		return ""
	case a.parts > 1:
		return fmt.Sprintf("%s, %d of %d: %s", a.Doing, a.parts-len(a.left)+1, a.parts, a.left[0].doing)
	}
	return a.Doing
}

// Remark is what stands behind a number of things while there may be more.
func (a *Question[T]) Remark() string {
	if a.SoFar {
		return " so far"
	}
	return ""
}

// Waiting tells that the answer is awaited.
func (a *Question[T]) Waiting() bool { return a.ask.Waiting() }

// Peel gives the question up.
func (a *Question[T]) Peel() tea.Cmd { a.Stop(); return nil }

// Stop gives the question up and tells whether there was one. What is shown of it stays.
func (a *Question[T]) Stop() bool { a.left = nil; return a.ask.Stop() }
