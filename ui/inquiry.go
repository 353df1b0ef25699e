package ui

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
	"trailsift/ui/keys"
	"trailsift/ui/screen/actors"
	"trailsift/ui/screen/coverage"
	"trailsift/ui/screen/encryption"
	"trailsift/ui/screen/objects"
	"trailsift/ui/screen/story"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// Auditor answers the standard questions of an incident.
type Auditor interface {
	encryption.Backend
	actors.Backend
	story.Backend
	coverage.Backend
	objects.Bounder
	// Hours tells what was recorded in every hour of span, and of those without records why.
	Hours(ctx context.Context, span model.Span) (answer.Coverage, error)
}

// covers tells what the evidence could have shown, for answers that are empty.
func (r *Root) covers(ctx context.Context, q model.Query) (model.Coverage, error) {
	c, err := r.options.Backend.Coverage(ctx, q)
	if r.arriving.Load() {
		for i := range c.Missing {
			c.Missing[i] += " yet"
		}
	}
	return c, err
}

// read reads a filter that stands in an answer.
func (r *Root) read(text string) (model.Filter, error) {
	return r.options.Language.Parse(text, r.summary.over.Span.To)
}

// newObjects, newEncryption, actorOptions, storyOptions and newCoverage keep an absent auditor a nil of the interface that is
// asked for.
func (r *Root) newObjects() *objects.Objects {
	var b objects.Bounder
	if r.options.Auditor != nil {
		b = r.options.Auditor
	}
	return objects.New(r, r.options.Backend, b, r.covers, r.options.Language.Print)
}

func (r *Root) newEncryption() *encryption.Encryption {
	var b encryption.Backend
	if r.options.Auditor != nil {
		b = r.options.Auditor
	}
	return encryption.New(r, b, r.covers, r.read, r.options.Language.Print)
}

func (r *Root) actorOptions() actors.Options {
	o := actors.Options{Covers: r.covers, Parse: r.read, Print: r.options.Language.Print, Case: r.options.Case}
	if r.options.Auditor != nil {
		o.Backend = r.options.Auditor
	}
	return o
}

func (r *Root) storyOptions() story.Options {
	o := story.Options{Covers: r.covers, Term: objectTerm, Print: r.options.Language.Print, Case: r.options.Case}
	if r.options.Auditor != nil {
		o.Backend = r.options.Auditor
	}
	return o
}

func (r *Root) newCoverage() *coverage.Coverage {
	var b coverage.Backend
	if r.options.Auditor != nil {
		b = r.options.Auditor
	}
	return coverage.New(r, b, r.options.Case)
}

// ShowActor opens the card of an actor among all requests.
func (r *Root) ShowActor(value string) tea.Cmd {
	return r.ShowScreen(actors.NewCard(r, r.actorOptions(), model.Filter{}, value))
}

// ShowObject opens the story of an object, or of a prefix that ends in a star.
func (r *Root) ShowObject(name string) tea.Cmd {
	return r.ShowScreen(story.New(r, r.storyOptions(), name))
}

// ShowDeletes opens the ledger of the deletes that f keeps.
func (r *Root) ShowDeletes(f model.Filter) tea.Cmd {
	return r.ShowScreen(story.NewDeletes(r, r.storyOptions(), f))
}

// showDeletes opens the ledger of what is being looked at.
func (r *Root) showDeletes() tea.Cmd {
	switch s := r.top().(type) {
	case shell.Narrowed:
		return r.ShowDeletes(s.Looking())
	case *story.Story:
		return s.Act(keys.ShowDels)
	}
	return r.ShowDeletes(model.Filter{})
}

// objectTerm keeps what is about an object, or about a prefix that ends in a star.
func objectTerm(name string) model.Term {
	if prefix, ok := strings.CutSuffix(name, "*"); ok {
		return filter.BeginsWith(model.FieldObject, prefix)
	}
	return value.Term(model.FieldObject, name, false)
}
