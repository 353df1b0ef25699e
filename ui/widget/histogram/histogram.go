// Package histogram draws requests over time: as one line, or as three with an axis, split into ok,
// denied and failed, and below them signs of the same and what the evidence covers. It must not know
// how the bars were counted, nor how coverage is judged.
package histogram

import (
	"strings"
	"time"

	"trailsift/model"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// Histogram is the widget.
type Histogram struct {
	theme   *theme.Theme
	bars    model.Bars
	known   bool
	stopped bool // nothing was counted, and nothing is awaited
	stale   bool
	cursor  time.Time
	cover   Cover
	choice  choice
	w, h    int
	lines   []string
	dirty   bool
}

// New returns an empty histogram.
func New(th *theme.Theme) *Histogram { return &Histogram{theme: th, dirty: true} }

// Set shows bars.
func (g *Histogram) Set(b model.Bars) {
	at, was := g.Chosen()
	g.bars, g.known, g.stale, g.stopped, g.dirty = b, true, false, false, true
	g.choice.from, g.choice.to = 0, 0
	if was {
		g.choose(at.From)
	}
}

// Bars is what is shown.
func (g *Histogram) Bars() model.Bars { return g.bars }

// SetStale dims the bars while newer ones are awaited.
func (g *Histogram) SetStale(on bool) { g.stale, g.dirty = on, true }

// Forget shows no bars: none were counted, and none are awaited.
func (g *Histogram) Forget() {
	g.bars, g.known, g.stopped, g.dirty = model.Bars{}, false, true, true
}

// SetCursor marks the bar that holds t.
func (g *Histogram) SetCursor(t time.Time) {
	if !t.Equal(g.cursor) {
		g.cursor, g.dirty = t, true
	}
}

// SetSize gives the widget w by h cells.
func (g *Histogram) SetSize(w, h int) { g.w, g.h, g.dirty = w, h, true }

// Slots is how many bars fit.
func Slots(w, h int) int {
	if h > Low {
		return max(1, w-8)
	}
	return max(1, w-edge(w)*2-20)
}

// edge is the width of one end label in a one-line histogram.
func edge(w int) int {
	if w < 60 {
		return 0
	}
	return 12
}

// Lines draws it.
func (g *Histogram) Lines() []string {
	if !g.dirty {
		return g.lines
	}
	g.dirty = false
	switch {
	case g.w <= 0 || g.h <= 0:
		g.lines = nil
	case !g.known || len(g.bars.Bars) == 0:
		g.lines = shell.Block([]string{" " + g.theme.Paint(theme.Dim, grid.Fit(g.nothing(), g.w-1, grid.CutTail, g.theme.Cut))}, g.w, g.h)
	case g.h <= Low:
		g.lines = shell.Block(g.one(), g.w, g.h)
	default:
		g.lines = shell.Block(g.tall(), g.w, g.h)
	}
	return g.lines
}

func (g *Histogram) nothing() string {
	if g.stopped {
		return "not counted over time"
	}
	if !g.known {
		return "counting over time" + g.theme.Cut
	}
	if g.bars.Undated > 0 {
		return value.Of(g.bars.Undated, "row without a time", "rows without a time")
	}
	return "nothing to count over time"
}

func total(b model.Bar) int64 { return b.OK + b.Denied + b.Failed }

func (g *Histogram) peak() (n int64, at time.Time) {
	for _, b := range g.bars.Bars {
		if total(b) > n {
			n, at = total(b), b.Start
		}
	}
	return n, at
}

// Low is the height up to which the bars are one line high, with signs below them; in a line more the
// coverage follows.
const (
	Low     = 3
	covered = 3
)

func (g *Histogram) one() []string {
	n, _ := g.peak()
	from, to, _ := g.ends()
	left, room := g.place()
	dim := func(s string) string { return g.theme.Paint(theme.Dim, s) }
	margin, gap := strings.Repeat(" ", left), strings.Repeat(" ", len(to)+3)
	out := []string{
		shell.Pad(" "+from+" "+g.row(room, 0, 1, n)+" "+to+"  "+dim(g.remark()), g.w),
		shell.Pad(margin+g.signs(room)+gap+dim(g.legend()), g.w),
	}
	if g.h >= covered {
		out = append(out, shell.Pad(g.coverLabel(left)+g.coverRow(room)+gap+dim(g.coverLegend()), g.w))
	}
	return out
}

func (g *Histogram) remark() string {
	n, _ := g.peak()
	return "peak " + value.Count(n) + "/" + value.Duration(g.bars.Width)
}

// ends are the labels left and right of a line of bars, and the room that what follows them takes.
func (g *Histogram) ends() (from, to string, side int) {
	layout := "01-02 15:04"
	switch long := g.bars.Span.To.Sub(g.bars.Span.From); {
	case long <= 24*time.Hour:
		layout = "15:04"
	case long > 360*24*time.Hour: // a day and a month alone could be of any of the years
		layout = "2006-01-02 "
	}
	if edge(g.w) > 0 {
		from, to = g.bars.Span.From.UTC().Format(layout), g.bars.Span.To.UTC().Format(layout)
	}
	return from, to, max(grid.Width(g.remark()), grid.Width(g.legend()), grid.Width(g.coverLegend()))
}

func (g *Histogram) tall() []string {
	n, at := g.peak()
	remark := "peak " + value.Count(n) + " at " + value.Time(at)
	out := []string{shell.Rule(g.theme, g.w, g.choice.focus, " Requests over time "+g.theme.Dot+" "+value.Duration(g.bars.Width)+" a bar ", remark)}
	high := g.h - 4
	room := Slots(g.w, g.h)
	for i := range high {
		label := "       "
		switch i {
		case 0:
			label = pad(value.Count(n), 6) + " "
		case high - 1:
			label = pad("0", 6) + " "
		}
		out = append(out, label+g.theme.Paint(theme.Dim, g.theme.Bar)+g.row(room, high-1-i, high, n))
	}
	bar := g.theme.Paint(theme.Dim, g.theme.Bar)
	out = append(out, "       "+bar+g.signs(room), "  logs "+bar+g.coverRow(room))
	from, to := value.Time(g.bars.Span.From), value.Time(g.bars.Span.To)
	undated := ""
	if g.bars.Undated > 0 {
		undated = "and " + value.Of(g.bars.Undated, "row without a time", "rows without a time")
	}
	room = g.w - 10 - len(from) - len(to)
	for _, legend := range []string{g.legend() + "  " + g.coverLegend(), g.coverLegend()} {
		if with := strings.TrimSpace(undated + "  " + legend); grid.Width(with) <= room {
			undated = with
			break
		}
	}
	gap := max(1, g.w-8-len(from)-len(to)-grid.Width(undated))
	return append(out, g.theme.Paint(theme.Dim, "        "+from+strings.Repeat(" ", gap/2)+undated+strings.Repeat(" ", gap-gap/2)+to))
}

func pad(s string, w int) string { return strings.Repeat(" ", max(0, w-len(s))) + s }

// highest is the bar a cell shows where there are more bars than cells: a peak is never left out.
func highest(bars []model.Bar) model.Bar {
	top := bars[0]
	for _, b := range bars[1:] {
		if total(b) > total(top) {
			top = b
		}
	}
	return top
}

func (g *Histogram) holds(b model.Bar) bool {
	return !g.cursor.IsZero() && !g.cursor.Before(b.Start) && g.cursor.Before(b.Start.Add(g.bars.Width))
}
