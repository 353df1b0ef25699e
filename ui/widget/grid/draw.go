package grid

import (
	"strconv"
	"strings"

	"trailsift/ui/theme"
)

// Lines draws the grid: a heading and the rows, each exactly as wide as the grid. The result is kept
// until something changes.
func (g *Grid) Lines() []string {
	if !g.dirty {
		return g.lines
	}
	g.dirty = false
	g.lines = g.lines[:0:0]
	if g.w <= 0 || g.h <= 0 {
		return nil
	}
	ps := place(g.columns, g.left, g.w, g.margin())
	g.lines = append(g.lines, g.heading(ps))
	var b strings.Builder
	for i := int64(0); i < g.Rows(); i++ {
		b.Reset()
		g.writeRow(&b, ps, g.top+i)
		g.lines = append(g.lines, b.String())
	}
	return g.lines
}

func (g *Grid) heading(ps []placed) string {
	var b strings.Builder
	used := min(g.margin(), g.w)
	b.WriteString(spaces(used))
	for i, p := range ps {
		c := g.columns[p.index]
		name := c.Name
		if c.Field != "" && c.Field == g.sorted {
			name += g.arrow()
		}
		if i > 0 {
			b.WriteByte(' ')
			used++
		}
		if c.Right {
			b.WriteString(spaces(p.width-Width(name)) + Fit(name, min(p.width, Width(name)), CutTail, g.theme.Cut))
		} else {
			b.WriteString(Fit(name, p.width, CutTail, g.theme.Cut))
		}
		used += p.width
	}
	line := b.String() + spaces(g.w-used)
	if more := g.hidden(ps); more != "" && g.w > 2*len(more) {
		line = announce(line, more, g.w)
	}
	return g.theme.Paint(theme.Dim, Fit(line, g.w, CutTail, g.theme.Cut))
}

// announce puts what is hidden at the end of a heading of w cells, or where the heading has the room
// when a name stands at its end.
func announce(line, more string, w int) string {
	n := Width(more)
	room := strings.Repeat(" ", n+2)
	if i := strings.LastIndex(line, room); i >= 0 && !strings.HasSuffix(line, room[1:]) {
		return line[:i+1] + more + line[i+1+n:]
	}
	return Fit(line, w-n-1, CutTail, " ") + " " + more
}

func (g *Grid) arrow() string {
	if g.desc {
		return g.theme.Down
	}
	return g.theme.Up
}

// hidden announces columns that are not on screen: place of the cursor's column, count, direction.
func (g *Grid) hidden(ps []placed) string {
	if len(ps) == len(g.columns) {
		return ""
	}
	s := strconv.Itoa(g.col+1) + "/" + strconv.Itoa(len(g.columns)) + " "
	if g.left > 0 {
		s += g.theme.Less
	}
	if len(ps) == 0 || len(ps)+g.left < len(g.columns) {
		s += g.theme.More
	}
	return s
}

func (g *Grid) writeRow(b *strings.Builder, ps []placed, n int64) {
	if n >= g.total {
		b.WriteString(spaces(g.w))
		return
	}
	row, ok := g.at(n)
	here := n == g.row
	base := g.base(here)
	b.WriteString(base)
	used := 0
	if here {
		b.WriteString(g.theme.Cursor)
		used++
	}
	if g.marks != nil && ok && g.w >= markMargin {
		if sign := g.marks(row.ID); sign != "" {
			b.WriteString(spaces(1-used) + sign)
			used = 2
		}
	}
	b.WriteString(spaces(min(g.margin(), g.w) - used))
	used = min(g.margin(), g.w)
	for i, p := range ps {
		if i > 0 {
			b.WriteByte(' ')
			used++
		}
		used += p.width
		if !ok || p.index >= len(row.Cells) {
			b.WriteString(Fit(g.theme.Dot, p.width, CutTail, g.theme.Cut))
			continue
		}
		g.writeCell(b, row.Cells[p.index], p, base, here && p.index == g.col && g.focus)
	}
	b.WriteString(spaces(g.w - used))
	if base != "" {
		b.WriteString(g.theme.Off())
	}
}

func (g *Grid) base(here bool) string {
	switch {
	case g.dim:
		return g.theme.On(theme.Dim)
	case here:
		return g.theme.On(theme.Row)
	}
	return ""
}

func (g *Grid) writeCell(b *strings.Builder, c Cell, p placed, base string, selected bool) {
	style := g.theme.On(c.role)
	if g.dim {
		style = ""
	}
	if selected {
		style += g.theme.On(theme.Select)
	}
	b.WriteString(style)
	col := g.columns[p.index]
	switch {
	case c.width <= p.width && col.Right:
		b.WriteString(spaces(p.width - c.width))
		b.WriteString(c.text)
	case c.width <= p.width:
		b.WriteString(c.text)
		b.WriteString(spaces(p.width - c.width))
	default:
		b.WriteString(Fit(c.text, p.width, col.Cut, g.theme.Cut))
	}
	if style != "" {
		b.WriteString(g.theme.Off())
		b.WriteString(base)
	}
}
