// Package offers lists what could complete the text of a line, and writes one after the other into it.
// It must not know what the text means: whoever owns the line says what may stand in it.
package offers

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/line"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// Counter counts the values of fields.
type Counter interface {
	Facets(ctx context.Context, q model.Query, fields []model.Field, top int) ([]model.Facet, error)
}

// Offers are what could complete a line; each Next takes the next one. The zero value offers nothing.
type Offers struct {
	list     []filter.Suggestion
	at       int // taken, -1 before the first
	from, to int // the bytes of the text that a completion replaces
	counting shell.Ask[counted]
}

// counted are the completions found among the values of a field.
type counted struct {
	field model.Field
	found []filter.Suggestion
}

// Told is what the counting of values came to.
type Told struct {
	Field model.Field
	None  bool // nothing completes the text
	Taken bool // the only completion was written into the line
}

// Any tells that something is on offer.
func (o *Offers) Any() bool { return len(o.list) > 0 }

// Waiting tells that values are being counted.
func (o *Offers) Waiting() bool { return o.counting.Waiting() }

// Clear forgets the offers, and gives up what is being counted.
func (o *Offers) Clear() {
	o.counting.Stop()
	o.list = nil
}

// Set offers what was found.
func (o *Offers) Set(found []filter.Suggestion) {
	o.Clear()
	o.list, o.at = found, -1
	if len(found) > 0 {
		o.from, o.to = found[0].From, found[0].To
	}
}

// Next writes the next offer into l. One that has no other beside it is on offer no more.
func (o *Offers) Next(l *line.Line) {
	o.at = (o.at + 1) % len(o.list)
	text, taken := l.String(), o.list[o.at].Text
	l.Set(text[:o.from] + taken + text[o.to:])
	o.to = o.from + len(taken)
	l.SetCursor(o.to)
	if len(o.list) == 1 {
		o.list = nil
	}
}

// Count counts the values of f among what q keeps; find says which of them complete the text.
func (o *Offers) Count(sh shell.Shell, b Counter, q model.Query, f model.Field, find func(have []filter.ValueCount) []filter.Suggestion) tea.Cmd {
	o.Clear()
	return o.counting.Begin(sh, func(ctx context.Context) (counted, error) {
		fs, err := b.Facets(ctx, q, []model.Field{f}, 0)
		if err != nil || len(fs) == 0 {
			return counted{field: f}, err
		}
		have := make([]filter.ValueCount, 0, len(fs[0].Values))
		for _, v := range fs[0].Values {
			have = append(have, filter.ValueCount{Value: value.Plain(v.Value), Count: v.Count})
		}
		return counted{f, find(have)}, nil
	})
}

// Receive takes what was counted for l, whose text has not changed since: Clear would have been called.
// mine is false for every other message.
func (o *Offers) Receive(msg tea.Msg, l *line.Line) (told Told, mine bool, err error) {
	c, mine, err := o.counting.Receive(msg)
	if !mine || err != nil {
		return told, mine, err
	}
	o.Set(c.found)
	told = Told{Field: c.field, None: len(c.found) == 0, Taken: len(c.found) == 1}
	if told.Taken {
		o.Next(l)
	}
	return told, true, nil
}

// View shows the offers from the taken one on in w cells.
func (o *Offers) View(th *theme.Theme, w int) string {
	var b strings.Builder
	used := 0
	for i := max(0, o.at); i < len(o.list); i++ {
		s := th.Show(o.list[i].Show)
		if o.list[i].Count >= 0 {
			s += " " + value.Count(o.list[i].Count)
		}
		s = grid.Fit(s, min(grid.Width(s), max(0, w-used-2)), grid.CutTail, th.Cut)
		if s == "" {
			break
		}
		used += grid.Width(s) + 2
		role := theme.Text
		if i == o.at {
			role = theme.Select
		}
		b.WriteString(th.Paint(role, s) + "  ")
	}
	return b.String()
}
