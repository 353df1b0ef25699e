package shell

import (
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
)

// Move is where a movement takes the cursor of a list of n rows from row; page is how far a page goes.
func Move(a keys.Action, row, n, page int) int {
	switch a {
	case keys.Up:
		row--
	case keys.Down:
		row++
	case keys.PageUp, keys.HalfUp:
		row -= page
	case keys.PageDown, keys.HalfDown:
		row += page
	case keys.First:
		row = 0
	case keys.Last:
		row = n - 1
	}
	return max(0, min(row, n-1))
}

// page is how far a page goes in an overlay.
const page = 10

// Choices is an overlay's list of lines with a cursor. Its zero value stands on the first line.
type Choices struct{ Row int }

// Move does a movement among n lines.
func (c *Choices) Move(a keys.Action, n int) { c.Row = Move(a, c.Row, n, page) }

// Lines draws at most h of n lines around the cursor, w cells wide. line tells one.
func (c *Choices) Lines(th *theme.Theme, w, h, n int, line func(i int) (string, theme.Role)) []string {
	var out []string
	for i := max(0, min(c.Row-h/2, n-h)); i < n && len(out) < h; i++ {
		text, role := line(i)
		text = grid.Fit(text, max(0, w-2), grid.CutTail, th.Cut)
		if i == c.Row {
			out = append(out, th.Cursor+" "+th.Paint(theme.Select, text))
		} else {
			out = append(out, "  "+th.Paint(role, text))
		}
	}
	return out
}

// Foot is the last line of an overlay: which keys do what.
func Foot(th *theme.Theme, w int, text string) string {
	return th.Paint(theme.Dim, grid.Fit(text, w, grid.CutTail, th.Cut))
}
