package explore

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/value"
)

// hint is one completion of the word under the cursor.
type hint struct {
	text  string // what replaces the word
	show  string // printable
	count int64  // of a value; -1 where nothing is counted
}

// hints are the completions on offer; tab walks through them.
type hints struct {
	list     []hint
	at       int // chosen, -1 before the first tab took one
	from, to int // the bytes of the text that a completion replaces
}

// suggested are the values found for a completion of text.
type suggested struct {
	field model.Field
	text  string
	found []filter.Suggestion
}

// complete offers what the filter language says may stand at the cursor: names and operators of
// fields, or the values of a field under the other conditions with counts. A second tab takes the
// next one.
func (e *Explore) complete() tea.Cmd {
	if len(e.edit.hints.list) > 0 {
		e.take((e.edit.hints.at + 1) % len(e.edit.hints.list))
		return nil
	}
	text, cursor := e.edit.line.String(), e.edit.line.Cursor()
	var wanted model.Field
	found := filter.Complete(text, cursor, func(f model.Field) []filter.ValueCount {
		wanted = f
		return nil
	})
	e.edit.hints = hints{at: -1}
	if _, ok := model.Lookup(wanted); ok && wanted != model.FieldObject {
		return e.askValues(wanted, text, cursor)
	}
	if len(found) == 0 {
		return e.say("there is nothing to offer here")
	}
	e.offer(text, found)
	e.take(0)
	return nil
}

// offer lists suggestions. A value is followed by a space where the next condition may begin.
func (e *Explore) offer(text string, found []filter.Suggestion) {
	h := &e.edit.hints
	for _, s := range found {
		h.from, h.to = s.From, s.To
		before := text[filter.WordStart(text, s.From):s.From]
		if strings.HasSuffix(before, ":") && s.To == len(text) {
			s.Text += " "
		}
		h.list = append(h.list, hint{s.Text, s.Show, s.Count})
	}
}

// askValues counts the values of f under the conditions written before the one that is being typed.
func (e *Explore) askValues(f model.Field, text string, cursor int) tea.Cmd {
	var q model.Query
	if parsed, err := e.read(text[:filter.WordStart(text, cursor)]); err == nil {
		q.Filter = parsed
	}
	b := e.backend
	return e.edit.values.Begin(e.shell, func(ctx context.Context) (suggested, error) {
		fs, err := b.Facets(ctx, q, []model.Field{f}, 0)
		if err != nil || len(fs) == 0 {
			return suggested{field: f}, err
		}
		counted := func(model.Field) []filter.ValueCount { return counts(fs[0]) }
		return suggested{f, text, filter.Complete(text, cursor, counted)}, nil
	})
}

func counts(f model.Facet) []filter.ValueCount {
	out := make([]filter.ValueCount, 0, len(f.Values))
	for _, v := range f.Values {
		out = append(out, filter.ValueCount{Value: value.Plain(v.Value), Count: v.Count})
	}
	return out
}

// receiveSuggested offers the values that were found; the text has not changed since they were asked
// for, or the question had been given up.
func (e *Explore) receiveSuggested(msg tea.Msg) tea.Cmd {
	m, mine, err := e.edit.values.Receive(msg)
	switch {
	case !mine || !e.edit.on:
		return nil
	case err != nil:
		return e.report("count values", err)
	case len(m.found) == 0:
		return e.say("no value of " + string(m.field) + " holds that under the other conditions")
	}
	e.offer(m.text, m.found)
	if len(m.found) == 1 {
		e.take(0)
	}
	return nil
}

// take writes completion i into the text; it is run when the keys rest or at enter.
func (e *Explore) take(i int) {
	h := &e.edit.hints
	text := e.edit.line.String()
	e.edit.line.Set(text[:h.from] + h.list[i].text + text[h.to:])
	h.at, h.to = i, h.from+len(h.list[i].text)
	e.edit.line.SetCursor(h.to)
	e.parse()
	if strings.HasSuffix(h.list[i].text, ":") {
		e.edit.wrong = ""
	}
	if len(h.list) == 1 {
		*h = hints{}
	}
}

// draw shows the completions around the chosen one in w cells.
func (h *hints) draw(th *theme.Theme, w int) string {
	var b strings.Builder
	used := 0
	for i := max(0, h.at); i < len(h.list); i++ {
		s := th.Show(h.list[i].show)
		if h.list[i].count >= 0 {
			s += " " + value.Count(h.list[i].count)
		}
		s = grid.Fit(s, min(grid.Width(s), max(0, w-used-2)), grid.CutTail, th.Cut)
		if s == "" {
			break
		}
		used += grid.Width(s) + 2
		role := theme.Text
		if i == h.at {
			role = theme.Select
		}
		b.WriteString(th.Paint(role, s) + "  ")
	}
	return b.String()
}
