package explore

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/widget/dialog"
	"trailsift/ui/widget/picker"
	"trailsift/ui/widget/value"
)

// picks are the fields behind the letters after f. A status is an HTTP status only in one of the two
// logs, so outcome and error stand beside it.
var picks = map[keys.Action][]model.Field{
	keys.PickObject: {model.FieldObject},
	keys.PickIP:     {model.FieldIP},
	keys.PickOp:     {model.FieldOp},
	keys.PickEnc:    {model.FieldEnc},
	keys.PickActor:  {model.FieldActor},
	keys.PickKey:    {model.FieldAccessKey},
	keys.PickStatus: {model.FieldOutcome, model.FieldStatus, model.FieldError},
	keys.PickBucket: {model.FieldBucket},
	keys.PickBadge:  {model.FieldIntegrity},
}

// pick lists the values of fields with their counts under the other conditions: a condition on the
// field itself would leave nothing to choose from.
func (e *Explore) pick(fs ...model.Field) tea.Cmd {
	q := e.view.query()
	left := without(q.Filter, fs)
	remark := "counts under the present filter"
	if len(left.Terms) < len(q.Filter.Terms) {
		remark = "counts without the filter's own conditions on " + join(fs)
	}
	if fs[0] == model.FieldObject {
		remark += "; copies under both"
	}
	q.Filter = left
	b := e.backend
	p, cmd := picker.New(e.theme, picker.Spec{
		ID: e.shell.NextID(), Title: "Values of " + join(fs), Remark: remark,
		Count: func(ctx context.Context) ([]model.Facet, error) { return b.Facets(ctx, q, fs, 0) },
		Choose: func(a keys.Action, f model.Field, v any) tea.Cmd {
			if f == model.FieldObject && v == nil {
				f = model.FieldKey // a request without a key is about no object
			}
			t := value.Term(f, v, a == keys.Drop)
			if a == keys.Keep && v != nil {
				return e.keepAmong(t)
			}
			return e.apply(a, t)
		},
	})
	e.shell.Push(p)
	return cmd
}

// keepAmong adds a value to what the filter already keeps of its field, so that picking twice means
// either of the two.
func (e *Explore) keepAmong(t model.Term) tea.Cmd {
	f := e.view.filter
	for i, had := range f.Terms {
		if had.Field != t.Field || had.Path != t.Path || had.Op != model.Equals || had.Not || had.Off {
			continue
		}
		for _, v := range had.Values {
			if v == t.Values[0] {
				return e.say("the filter already keeps " + safe.New(v.Text).String())
			}
		}
		more := had
		more.Values = append(append([]model.Value(nil), had.Values...), t.Values...)
		return e.filterBy(f.Replace(i, more))
	}
	return e.apply(keys.Keep, t)
}

func without(f model.Filter, fs []model.Field) model.Filter {
	var out model.Filter
	for _, t := range f.Terms {
		ours := false
		for _, x := range fs {
			ours = ours || t.Field == x
		}
		if !ours {
			out = out.With(t)
		}
	}
	return out
}

func join(fs []model.Field) string {
	names := make([]string, len(fs))
	for i, f := range fs {
		names[i] = string(f)
	}
	return strings.Join(names, ", ")
}

// window is what since and until of f leave open, if anything.
func window(f model.Filter) model.Span {
	var s model.Span
	for _, t := range f.Terms {
		if t.Off || t.Not || len(t.Values) != 1 {
			continue
		}
		at, err := time.Parse(time.RFC3339, t.Values[0].Text)
		if err != nil {
			continue
		}
		switch t.Field {
		case model.FieldSince:
			s.From = at
		case model.FieldUntil:
			s.To = at
		}
	}
	return s
}

// within returns the view's filter with another window.
func (e *Explore) within(s model.Span) tea.Cmd {
	f := without(e.view.filter, bounds)
	if !s.From.IsZero() {
		f = f.With(value.Term(model.FieldSince, s.From, false))
	}
	if !s.To.IsZero() {
		f = f.With(value.Term(model.FieldUntil, s.To, false))
	}
	return e.filterBy(f)
}

var bounds = []model.Field{model.FieldSince, model.FieldUntil}

// read parses text, counting times from the end of the evidence.
func (e *Explore) read(text string) (model.Filter, error) {
	return e.options.Language.Parse(strings.TrimSpace(text), e.over.Span.To)
}

// shown is the stretch of time being looked at.
func (e *Explore) shown() model.Span {
	s := window(e.view.filter)
	if s.From.IsZero() {
		s.From = e.over.Span.From
	}
	if s.To.IsZero() {
		s.To = e.over.Span.To
	}
	return s
}

// zoomTime halves the window around the cursor's time, or doubles it.
func (e *Explore) zoomTime(in bool) tea.Cmd {
	s := e.shown()
	if s.From.IsZero() || !s.To.After(s.From) {
		return e.say("there is no stretch of time to zoom")
	}
	d := s.To.Sub(s.From)
	centre := s.From.Add(d / 2)
	if row, ok := e.grid.Current(); ok {
		if t, ok := rowTime(row); ok && in {
			centre = t
		}
	}
	if in {
		d = max(2*time.Second, d/2)
	} else {
		d *= 2
	}
	from := centre.Add(-d / 2).Truncate(time.Second)
	to := from.Add(d).Truncate(time.Second)
	if in && from.Before(s.From) {
		from, to = s.From, s.From.Add(to.Sub(from))
	} else if in && to.After(s.To) {
		from, to = s.To.Add(-to.Sub(from)), s.To
	}
	if !in && !from.After(e.over.Span.From) && !to.Before(e.over.Span.To) {
		return e.within(model.Span{})
	}
	return e.within(model.Span{From: from, To: to})
}

func (e *Explore) shiftTime(by int) tea.Cmd {
	s := e.shown()
	if s.From.IsZero() || !s.To.After(s.From) {
		return e.say("there is no stretch of time to shift")
	}
	d := time.Duration(by) * (s.To.Sub(s.From) / 2).Truncate(time.Second)
	return e.within(model.Span{From: s.From.Add(d), To: s.To.Add(d)})
}

// pickTime asks for both ends of the window.
func (e *Explore) pickTime() tea.Cmd {
	w := window(e.view.filter)
	stamp := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	e.shell.Push(dialog.New(e.theme, dialog.Spec{
		Title: "Stretch of time", Yes: "keeps it",
		Fields: []dialog.Field{
			{Label: "since", Text: stamp(w.From), Help: "2026-03-01T02:00Z, or -7d from the end of the evidence; empty: open"},
			{Label: "until", Text: stamp(w.To), Help: "a time, or +90m from since; empty: open"},
		},
		Says: func(dialog.Answer) []string {
			return []string{"the evidence spans " + value.Span(e.over.Span)}
		},
		Do: func(a dialog.Answer) (tea.Cmd, string) {
			text := ""
			if s := strings.TrimSpace(a[0]); s != "" {
				text = "since:" + s
			}
			if s := strings.TrimSpace(a[1]); s != "" {
				text += " until:" + s
			}
			ends, err := e.read(text)
			if err != nil {
				return nil, safe.New(err.Error()).String()
			}
			f := without(e.view.filter, bounds)
			for _, t := range ends.Terms {
				f = f.With(t)
			}
			return e.filterBy(f), ""
		},
	}))
	return nil
}

// askTime goes to the first row at or after a time; the filter stays.
func (e *Explore) askTime() tea.Cmd {
	text, near := "", e.formSpan().From
	if row, ok := e.grid.Current(); ok {
		if t, ok := rowTime(row); ok {
			text, near = t.UTC().Format(time.RFC3339), t
		}
	}
	e.shell.Push(dialog.New(e.theme, dialog.Spec{
		Title: "Go to time", Yes: "goes there",
		Fields: []dialog.Field{{Label: "time", Text: text, Replace: true, Help: "as the list prints it: 02:12 on the day of the cursor, 03-06 02:10:15, 2026-03-06 02:10; UTC unless a zone follows; or -7d from the end"}},
		Do: func(a dialog.Answer) (tea.Cmd, string) {
			at, ok := e.moment(a[0], near)
			if !ok {
				return nil, safe.Cut(strings.TrimSpace(a[0]), 40).String() + " is no time; write 02:12:00, 03-06 02:10 or 2026-03-06T02:10:15Z"
			}
			if e.sortedField() != model.FieldTime {
				return nil, "the list is not sorted by time; s on the TIME column sorts it"
			}
			return e.goTo(at), ""
		},
	}))
	return nil
}

func (e *Explore) goTo(t time.Time) tea.Cmd {
	ctx, cancel := begin()
	e.chain(cancel)
	e.result.sought.stop()
	e.result.sought.what = "looking for the row at that time"
	id, q, b := e.result.id, e.view.query(), e.backend
	return func() tea.Msg {
		row, err := rowAt(ctx, b, q, t)
		return located{id, row, "row at that time", err}
	}
}
