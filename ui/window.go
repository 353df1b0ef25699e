package ui

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/model/safe"
	"trailsift/ui/theme"
	"trailsift/ui/widget/dialog"
	"trailsift/ui/widget/value"
)

// The choices of the window dialog.
const (
	windowSet   = "set"
	windowClear = "clear"
	windowBack  = "put back"
)

// windowProposal is the span that the dialog begins with: what the screen looks at, else what is set.
func (r *Root) windowProposal() model.Span {
	if s, ok := r.top().(interface{ Span() model.Span }); ok {
		if span := s.Span(); !span.IsZero() {
			return span
		}
	}
	if !r.summary.over.Window.IsZero() {
		return r.summary.over.Window
	}
	return r.summary.over.Span
}

// askWindow opens the dialog for the span under investigation.
func (r *Root) askWindow() tea.Cmd {
	if r.options.SetWindow == nil {
		r.Notice(theme.Warn, "this session cannot set the incident window")
		return nil
	}
	propose := r.windowProposal()
	choices := []string{windowSet}
	if !r.summary.over.Window.IsZero() {
		choices = append(choices, windowClear)
	}
	if r.before != nil && *r.before != r.summary.over.Window {
		choices = append(choices, windowBack)
	}
	fields := []dialog.Field{
		{Label: "from", Text: momentText(propose.From), Help: "inclusive; UTC without a zone: 2026-03-01T02:00:00Z or 2026-03-01"},
		{Label: "until", Text: momentText(propose.To), Help: "exclusive"},
	}
	if len(choices) > 1 {
		fields = append(fields, dialog.Field{Label: "window", Choices: choices, Help: "left and right choose"})
	}
	r.Push(dialog.New(r.theme, dialog.Spec{
		Title: "Incident window", Yes: "does it; the act stands in the ledger", Fields: fields,
		Says: r.sayWindow,
		Do: func(a dialog.Answer) (tea.Cmd, string) {
			s, err := r.chosenWindow(a)
			if err != nil {
				return nil, safe.New(err.Error()).String()
			}
			return r.setWindow(s), ""
		},
	}))
	return nil
}

func momentText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// chosenWindow is what an answer asks for; the zero span is no window.
func (r *Root) chosenWindow(a dialog.Answer) (model.Span, error) {
	if len(a) > 2 {
		switch a[2] {
		case windowClear:
			return model.Span{}, nil
		case windowBack:
			return *r.before, nil
		}
	}
	var ends [2]time.Time
	for i, name := range []string{"from", "until"} {
		text := strings.TrimSpace(a[i])
		if text == "" {
			return model.Span{}, fmt.Errorf("a window has two ends: %s is empty", name)
		}
		at, err := filter.ParseTime(text)
		if err != nil {
			return model.Span{}, fmt.Errorf("%s: %w", name, err)
		}
		ends[i] = at.UTC()
	}
	if !ends[0].Before(ends[1]) {
		return model.Span{}, fmt.Errorf("from %s is not before until %s", value.Time(ends[0]), value.Time(ends[1]))
	}
	return model.Span{From: ends[0], To: ends[1]}, nil
}

// sayWindow tells what the answer will change.
func (r *Root) sayWindow(a dialog.Answer) []string {
	now := "now: no window is set"
	if w := r.summary.over.Window; !w.IsZero() {
		now = "now: " + value.Span(w)
	}
	s, err := r.chosenWindow(a)
	if err != nil {
		return []string{now}
	}
	out := []string{now}
	if s.IsZero() {
		return append(out, "without one verification is judged over the evidence's own span, and an empty answer tells of all that the evidence covers")
	}
	return append(out,
		"then: "+value.Span(s)+" ("+s.To.Sub(s.From).String()+")",
		"verification is judged over it: what no digest covers in it is said (6, then r)",
		"coverage and empty answers are stated against it; filters and records stay as they are")
}

// setWindow keeps the window, as a job after which every screen asks again.
func (r *Root) setWindow(s model.Span) tea.Cmd {
	set, was := r.options.SetWindow, r.summary.over.Window
	if was != s {
		r.before = &was
	}
	said := "the incident window is " + value.Span(s) + "; 6 and r judge the evidence over it"
	if s.IsZero() {
		said = "no incident window is set; 6 and r judge the evidence over its own span"
	}
	return r.Change("incident window", &model.Progress{}, func(ctx context.Context) (string, error) {
		if err := set(ctx, s); err != nil {
			return "", err
		}
		return said, nil
	})
}
