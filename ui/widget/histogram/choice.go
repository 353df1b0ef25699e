package histogram

import (
	"fmt"
	"time"

	"trailsift/model"
	"trailsift/ui/keys"
	"trailsift/ui/widget/value"
)

// choice is the bar under the cursor, or the stretch of bars that is brushed.
type choice struct {
	focus    bool
	brush    bool
	from, to int // from is where a brush began
}

// SetFocus tells whether the widget has the keys; the cursor then begins at the bar of the list's row.
func (g *Histogram) SetFocus(on bool) {
	if on == g.choice.focus {
		return
	}
	g.choice.focus, g.choice.brush, g.dirty = on, false, true
	if on {
		g.choose(g.cursor)
	}
}

func (g *Histogram) choose(t time.Time) {
	g.choice.from = 0
	for i, b := range g.bars.Bars {
		if !t.Before(b.Start) {
			g.choice.from = i
		}
	}
	g.choice.to = g.choice.from
}

// Brush begins to stretch the choice from the bar under the cursor, or gives the stretch up.
func (g *Histogram) Brush(on bool) {
	g.choice.brush, g.dirty = on, true
	g.choice.from = g.choice.to
}

// Brushing tells that a stretch is being chosen.
func (g *Histogram) Brushing() bool { return g.choice.brush }

// Act moves the cursor, and with it the end of a brush; false when the act is no movement.
func (g *Histogram) Act(a keys.Action) bool {
	step := max(1, len(g.bars.Bars)/10)
	to := g.choice.to
	switch a {
	case keys.Left:
		to--
	case keys.Right:
		to++
	case keys.PageUp, keys.HalfUp, keys.ScrollLeft:
		to -= step
	case keys.PageDown, keys.HalfDown, keys.ScrollMore:
		to += step
	case keys.First:
		to = 0
	case keys.Last:
		to = len(g.bars.Bars) - 1
	default:
		return false
	}
	g.MoveTo(to)
	return true
}

// MoveTo puts the cursor on bar i.
func (g *Histogram) MoveTo(i int) {
	g.choice.to, g.dirty = max(0, min(i, len(g.bars.Bars)-1)), true
	if !g.choice.brush {
		g.choice.from = g.choice.to
	}
}

// BarAt is the bar drawn in column x of the widget.
func (g *Histogram) BarAt(x int) (int, bool) {
	left, room := g.place()
	if x -= left; x < 0 || x >= room || len(g.bars.Bars) == 0 {
		return 0, false
	}
	return x * len(g.bars.Bars) / room, true
}

// Chosen is the stretch of time of the choice; false while there is none.
func (g *Histogram) Chosen() (model.Span, bool) {
	from, to := min(g.choice.from, g.choice.to), max(g.choice.from, g.choice.to)
	if !g.choice.focus || to >= len(g.bars.Bars) {
		return model.Span{}, false
	}
	return model.Span{From: g.bars.Bars[from].Start, To: g.bars.Bars[to].Start.Add(g.bars.Width)}, true
}

// Says tells the choice in words.
func (g *Histogram) Says() string {
	span, ok := g.Chosen()
	if !ok {
		return "no bar is chosen"
	}
	var sum model.Bar
	for _, b := range g.bars.Bars[min(g.choice.from, g.choice.to) : max(g.choice.from, g.choice.to)+1] {
		sum.OK, sum.Denied, sum.Failed = sum.OK+b.OK, sum.Denied+b.Denied, sum.Failed+b.Failed
	}
	how := "enter keeps"
	if g.choice.brush {
		how = "enter, esc"
	}
	if !g.cover.From.IsZero() {
		how = g.coverOf(span).word + "; " + how
	}
	text := value.Span(span)
	switch from, to := value.Time(span.From), value.Time(span.To); {
	case from[:10] == to[:10]:
		text = from + " to " + to[11:]
	case from[:4] == to[:4]:
		text = from + " to " + to[5:]
	}
	return fmt.Sprintf("%s: %s ok %s denied %s failed; %s", text, value.Count(sum.OK), value.Count(sum.Denied), value.Count(sum.Failed), how)
}

// picked tells that cell x of w shows a bar of the choice.
func (g *Histogram) picked(x, w int) bool {
	n := len(g.bars.Bars)
	first, last := x*n/w, max(x*n/w+1, (x+1)*n/w)-1
	from, to := min(g.choice.from, g.choice.to), max(g.choice.from, g.choice.to)
	return last >= from && first <= to
}

// place is the first column of the bars and how many there are.
func (g *Histogram) place() (left, room int) {
	if g.h > Low {
		return 8, Slots(g.w, g.h)
	}
	from, to, side := g.ends()
	return len(from) + 2, max(1, g.w-len(from)-len(to)-side-5)
}
