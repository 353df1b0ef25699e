package shell

import (
	"errors"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"trailsift/model/safe"
	"trailsift/ui/layout"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
)

// Pad returns s, which may hold styles, in exactly w cells.
func Pad(s string, w int) string {
	n := grid.Width(s)
	if n > w {
		s = ansi.Truncate(s, w, "")
		n = grid.Width(s)
	}
	return s + strings.Repeat(" ", max(0, w-n))
}

// Block returns lines as exactly h lines of w cells.
func Block(lines []string, w, h int) []string {
	out := make([]string, h)
	for i := range out {
		if i < len(lines) {
			out[i] = Pad(lines[i], w)
		} else {
			out[i] = strings.Repeat(" ", max(0, w))
		}
	}
	return out
}

// Rule is a heading line of w cells: a title at the left, a remark at the right, a rule between. The
// cut falls on the rule first, then on the remark.
func Rule(th *theme.Theme, w int, focus bool, title, remark string) string {
	if w <= 0 {
		return ""
	}
	role := theme.Title
	if focus {
		role = theme.Focus
	}
	title = grid.Fit(title, min(grid.Width(title), max(0, w-1)), grid.CutTail, th.Cut)
	left := w - 1 - grid.Width(title)
	if remark != "" {
		remark = " " + remark + " "
		if grid.Width(remark) > left-1 {
			remark = grid.Fit(remark, max(0, min(grid.Width(remark), left-1)), grid.CutTail, th.Cut)
		}
	}
	fill := max(0, left-grid.Width(remark))
	return th.Paint(theme.Dim, th.Rule) + th.Paint(role, title) + th.Paint(theme.Dim, strings.Repeat(th.Rule, fill)) + remark
}

// Room is where overlay o is drawn over sh lines of sw cells, its frame included; false where there is
// too little of it.
func Room(o Overlay, sw, sh int) (layout.Rect, bool) {
	w, h := o.Size(max(1, sw-4), max(1, sh-4))
	r := layout.Overlay(sw, sh, w+4, h+2)
	return r, r.W >= 5 && r.H >= 3
}

// Place draws overlay o over lines, which are sh lines of sw cells, with a frame of its own.
func Place(th *theme.Theme, lines []string, sw int, o Overlay) []string {
	sh := len(lines)
	r, ok := Room(o, sw, sh)
	if !ok {
		return lines
	}
	box := make([]string, 0, r.H)
	side := th.Paint(theme.Dim, th.Bar)
	box = append(box, Rule(th, r.W, true, " "+o.Title()+" ", ""))
	for _, l := range Block(o.Lines(r.W-4, r.H-2), r.W-4, r.H-2) {
		box = append(box, side+" "+l+" "+side)
	}
	box = append(box, th.Paint(theme.Dim, strings.Repeat(th.Rule, r.W)))
	out := append([]string(nil), lines...)
	for i, b := range box {
		y := r.Y + i
		if y >= sh {
			break
		}
		if r.W >= sw {
			out[y] = b
			continue
		}
		out[y] = Pad(ansi.Truncate(lines[y], r.X, ""), r.X) + "\x1b[m" + b + cutLeft(lines[y], r.X+r.W, sw)
	}
	return out
}

// cutLeft is what line shows from column x on, in w-x cells.
func cutLeft(line string, x, w int) string {
	s := ansi.TruncateLeft(line, x, "")
	if n := grid.Width(s); n < w-x {
		// A wide character was cut in two.
		s = strings.Repeat(" ", w-x-n) + s
	}
	return Pad(s, w-x) + "\x1b[m"
}

// Told is what an error says, and what to do about it where it knows that.
func Told(err error) string {
	text := safe.New(err.Error()).String()
	var hinted interface{ Advice() string }
	if errors.As(err, &hinted) && hinted.Advice() != "" {
		text += "; " + safe.New(hinted.Advice()).String()
	}
	return text
}

// Wrap breaks plain text at spaces into lines of at most w cells; words that are too long are cut
// into pieces.
func Wrap(s string, w int) []string {
	if w <= 0 {
		return nil
	}
	if grid.Width(s) <= w {
		return []string{s}
	}
	return strings.Split(ansi.Wrap(s, w, ""), "\n")
}
