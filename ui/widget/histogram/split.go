package histogram

import (
	"strings"

	"trailsift/model"
	"trailsift/ui/theme"
	"trailsift/ui/widget/shell"
)

// kind is what became of requests. A bar is built of them from the ground up in this order.
type kind uint8

const (
	ok kind = iota
	denied
	failed
	kinds
)

var kindRoles = [kinds]theme.Role{theme.Text, theme.Warn, theme.Bad}

func parts(b model.Bar) [kinds]int64 { return [kinds]int64{b.OK, b.Denied, b.Failed} }

// most is the kind that half of the bar's requests or more are of, refused ones before others.
func most(b model.Bar) kind {
	switch n := total(b); {
	case 2*(b.Denied+b.Failed) < n:
		return ok
	case b.Denied >= b.Failed:
		return denied
	}
	return failed
}

// tops are the heights, in steps, up to which a bar of filled steps is of each kind.
func tops(b model.Bar, filled int64) (out [kinds]int64) {
	var sum int64
	n := max(1, total(b))
	for k, part := range parts(b) {
		sum += part
		out[k] = (sum*filled + n/2) / n
	}
	return out
}

// row draws the level-th of high lines of all bars, stretched over w cells. A bar in several lines is
// split by its requests; one in a single line has the role of most of them.
func (g *Histogram) row(w, level, high int, peak int64) string {
	steps := int64(len(g.theme.Levels) - 1)
	bars := len(g.bars.Bars)
	var b strings.Builder
	role := theme.Text
	for x := range w {
		bar := highest(g.bars.Bars[x*bars/w : max(x*bars/w+1, (x+1)*bars/w)])
		filled := int64(0)
		if n := total(bar); peak > 0 && n > 0 {
			filled = max(1, n*steps*int64(high)/peak)
		}
		want, glyph := g.cell(bar, filled, int64(level)*steps, high)
		switch {
		case g.stale:
			want = theme.Dim
		case g.choice.focus && g.picked(x, w), !g.choice.focus && g.holds(bar):
			want = theme.Select
		}
		if want != role {
			if role != theme.Text {
				b.WriteString(g.theme.Off())
			}
			b.WriteString(g.theme.On(want))
			role = want
		}
		b.WriteString(glyph)
	}
	if role != theme.Text {
		b.WriteString(g.theme.Off())
	}
	return shell.Pad(b.String(), w)
}

// cell is what a bar of filled steps looks like from the step from on, one cell high.
func (g *Histogram) cell(b model.Bar, filled, from int64, high int) (theme.Role, string) {
	levels := g.theme.Levels
	steps := int64(len(levels) - 1)
	here := min(steps, max(0, filled-from))
	if high == 1 || here == 0 {
		return kindRoles[most(b)], levels[here]
	}
	var best kind
	var size, below int64
	for k, top := range tops(b, filled) {
		if n := min(top, from+here) - max(below, from); n > size {
			best, size = kind(k), n
		}
		below = top
	}
	switch {
	case best != ok && 2*size > steps:
		return kindRoles[best], g.theme.Shades[best-1]
	case size < here:
		best = ok // too little of it to be drawn
	}
	return kindRoles[best], levels[here]
}

// signs is the line below the bars: which of them hold denied or failed requests or both, in a
// capital letter where half of the bar's requests or more are such. While the widget has the keys,
// the ends of the choice are marked instead.
func (g *Histogram) signs(w int) string {
	n := len(g.bars.Bars)
	out := make([]string, w)
	for x := range out {
		var bar model.Bar
		for _, b := range g.bars.Bars[x*n/w : max(x*n/w+1, (x+1)*n/w)] {
			bar.OK, bar.Denied, bar.Failed = bar.OK+b.OK, bar.Denied+b.Denied, bar.Failed+b.Failed
		}
		sign, role := " ", theme.Text
		switch {
		case g.choice.focus && g.picked(x, w):
			sign, role = g.theme.Up, theme.Focus
		case bar.Denied > 0 && bar.Failed > 0:
			sign, role = "*", theme.Bad
		case bar.Denied > 0:
			sign, role = "!", theme.Warn
		case bar.Failed > 0:
			sign, role = "x", theme.Bad
		}
		if most(bar) != ok {
			if i := strings.Index("!x*", sign); i >= 0 {
				sign = "DFB"[i : i+1]
			}
		}
		out[x] = g.theme.Paint(role, sign)
	}
	return strings.Join(out, "")
}

// legend explains the signs.
func (g *Histogram) legend() string {
	switch {
	case g.h > Low:
		return "! denied x failed * both D F B most"
	case g.w < 60:
		return ""
	}
	return "!D deny xF fail"
}
