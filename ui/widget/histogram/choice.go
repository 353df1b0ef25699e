package histogram

import (
	"fmt"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/value"
)

// choice is the bar under the cursor, or the stretch of bars that is brushed.
type choice struct {
	focus    bool
	brush    bool
	from, to int // from is where a brush began
}

// Cover is how many records of each log there are at all, in bars like those that are shown.
type Cover struct {
	CloudTrail, Access model.Bars
}

// SetCover tells what the evidence covers. Bars of another span or width are not drawn.
func (g *Histogram) SetCover(c Cover) { g.cover, g.dirty = c, true }

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

// fits tells that bars are cut like those that are shown.
func (g *Histogram) fits(b model.Bars) bool {
	return len(b.Bars) == len(g.bars.Bars) && b.Width == g.bars.Width && b.Span.From.Equal(g.bars.Span.From)
}

// covered is which logs have records in the bars that cell x of w shows; known is false while nobody
// knows.
func (g *Histogram) covered(x, w int) (cloudtrail, access, known bool) {
	if !g.fits(g.cover.CloudTrail) && !g.fits(g.cover.Access) {
		return false, false, false
	}
	n := len(g.bars.Bars)
	any := func(b model.Bars) bool {
		return g.fits(b) && total(highest(b.Bars[x*n/w:max(x*n/w+1, (x+1)*n/w)])) > 0
	}
	return any(g.cover.CloudTrail), any(g.cover.Access), true
}

// signs is the line below the bars: which of them hold denied (!) or failed (x) requests or both (*),
// and, with cover, where no log has a record. While the widget has the keys, the ends of the choice
// are marked instead.
func (g *Histogram) signs(w int, cover bool) string {
	n := len(g.bars.Bars)
	out := make([]string, w)
	for x := range out {
		var bar model.Bar
		for _, b := range g.bars.Bars[x*n/w : max(x*n/w+1, (x+1)*n/w)] {
			bar.Denied, bar.Failed = bar.Denied+b.Denied, bar.Failed+b.Failed
		}
		cloudtrail, access, known := g.covered(x, w)
		switch {
		case g.choice.focus && g.picked(x, w):
			out[x] = g.theme.Paint(theme.Focus, g.theme.Up)
		case bar.Denied > 0 && bar.Failed > 0:
			out[x] = g.theme.Paint(theme.Bad, "*")
		case bar.Denied > 0:
			out[x] = g.theme.Paint(theme.Warn, "!")
		case bar.Failed > 0:
			out[x] = g.theme.Paint(theme.Bad, "x")
		case cover && known && !cloudtrail && !access:
			out[x] = g.theme.Dot
		default:
			out[x] = " "
		}
	}
	return strings.Join(out, "")
}

// coverRow tells of every cell which logs have records there.
func (g *Histogram) coverRow(w int) string {
	var b strings.Builder
	for x := range w {
		cloudtrail, access, known := g.covered(x, w)
		switch {
		case !known:
			b.WriteByte(' ')
		case cloudtrail && access:
			b.WriteString(g.theme.Rule)
		case cloudtrail:
			b.WriteByte('c')
		case access:
			b.WriteByte('a')
		default:
			b.WriteString(g.theme.Dot)
		}
	}
	return b.String()
}

// legend explains the signs.
func (g *Histogram) legend() string {
	switch {
	case g.h > low:
		return "! denied  x failed  * both   logs: " + g.theme.Rule + " both  c CloudTrail only  a access only  " + g.theme.Dot + " none"
	case g.w < 60:
		return ""
	}
	return "!deny xfail " + g.theme.Dot + "no log"
}

// place is the first column of the bars and how many there are.
func (g *Histogram) place() (left, room int) {
	if g.h > low {
		return 8, Slots(g.w, g.h)
	}
	from, to, side := g.ends()
	return len(from) + 2, max(1, g.w-len(from)-len(to)-side-5)
}
