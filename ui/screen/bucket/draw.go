package bucket

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// Resize gives the screen w by h cells.
func (s *Bucket) Resize(w, h int) tea.Cmd {
	s.w, s.h = w, h
	return s.grid.SetSize(w, max(2, h-2-len(s.below())))
}

// fill puts the tree into the grid.
func (s *Bucket) fill() {
	s.shown = visible(s.tree)
	live := map[int]model.Volume{}
	if s.counting.Waiting() {
		live = s.progress.copy()
	}
	rows := make([]grid.Row, len(s.shown))
	for i, n := range s.shown {
		rows[i] = s.row(n, live)
	}
	s.grid.SetRows(rows)
}

// row is one line of the tree. Counts of what is not counted to its end have a tilde; what is not ticked
// and was never counted has none.
func (s *Bucket) row(n *node, live map[int]model.Volume) grid.Row {
	var sum model.Volume
	ticked, counted, begun := 0, 0, 0
	ids := n.streams()
	for _, id := range ids {
		if s.ticked[id] {
			ticked++
		}
		if v, ok := s.volumes[id]; ok {
			counted++
			sum.Add(v)
		} else if v, ok := live[id]; ok {
			begun++
			sum.Add(v)
		}
	}
	box, role := "[ ]", theme.Text
	switch {
	case ticked == len(ids):
		box, role = "[x]", theme.Good
	case ticked > 0:
		box, role = "[-]", theme.Warn
	}
	objects, bytes, from, to := "", "", "", ""
	if counted+begun > 0 {
		mark := ""
		if counted < len(ids) {
			mark = s.theme.Tilde
		}
		objects, bytes = mark+value.Count(sum.Objects), mark+value.Bytes(sum.Bytes)
		if counted == len(ids) && sum.Objects > 0 {
			from, to = sum.First.UTC().Format(time.DateOnly), sum.Last.UTC().Format(time.DateOnly)
		}
	}
	return grid.Row{Cells: []grid.Cell{
		grid.Word(box, role), grid.Text(s.theme, safe.New(strings.Repeat("  ", n.depth)+s.sign(n)+n.name), nameRole(n)),
		grid.Word(objects, theme.Text), grid.Word(bytes, theme.Text), grid.Word(from, theme.Text), grid.Word(to, theme.Text),
		grid.Text(s.theme, safe.New(s.remark(n, sum)), theme.Warn),
	}}
}

func (s *Bucket) sign(n *node) string {
	switch {
	case len(n.below) == 0:
		return ""
	case n.closed:
		return "+ "
	}
	return "- "
}

func nameRole(n *node) theme.Role {
	if n.stream < 0 {
		return theme.Accent
	}
	return theme.Text
}

func (s *Bucket) remark(n *node, v model.Volume) string {
	if v.Archived > 0 && n.stream >= 0 {
		return value.Of(v.Archived, "archived object", "archived objects")
	}
	return n.remark
}

// below are the lines under the tree: what is ticked, and what it costs.
func (s *Bucket) below() []string {
	if s.h < 9 {
		return s.sums()[:1]
	}
	lines := s.sums()
	for _, c := range s.found.Layout.Closed {
		lines = append(lines, "not listed: s3://"+safe.New(c.Bucket+"/"+c.Prefix).String()+": "+safe.New(c.Why).String())
	}
	for _, l := range s.found.Left {
		lines = append(lines, safe.New(l).String())
	}
	return lines[:min(len(lines), max(4, s.h/3))]
}

// sums are what is ticked and what taking it costs.
func (s *Bucket) sums() []string {
	if !s.known {
		return []string{""}
	}
	e := s.estimate()
	mark := ""
	if len(s.uncounted()) > 0 {
		mark = s.theme.Tilde
	}
	out := []string{
		fmt.Sprintf("%s%s, %s, %s, %s", mark, value.Of(e.Objects, "object", "objects"), value.Bytes(e.Bytes), value.Dollars(e.Requests+e.Retrieval), duration(e.Duration)),
		fmt.Sprintf("%s%s LIST and %s%s GET: %s; retrieval fees of archive classes: %s", mark, value.Count(e.Lists), mark, value.Count(e.Gets), value.Dollars(e.Requests), value.Dollars(e.Retrieval)),
		fmt.Sprintf("transfer out of the bucket's Region: %s at most; list prices of us-east-1", value.Dollars(e.Transfer)),
	}
	if e.Archived > 0 {
		out = append(out, value.Of(e.Archived, "archived object needs", "archived objects need")+" a restore and "+map[bool]string{true: "is", false: "are"}[e.Archived == 1]+" left out ("+value.Bytes(e.ArchivedBytes)+")")
	}
	if e.Late > 0 {
		out = append(out, value.Of(e.Late, "object", "objects")+" came while the bucket was listed; a later load takes them")
	}
	return out
}

func duration(d time.Duration) string {
	if d < time.Second {
		return "1s"
	}
	return value.Duration(d.Round(time.Second))
}

// Lines draws the body.
func (s *Bucket) Lines() []string {
	if s.w <= 0 || s.h <= 0 {
		return nil
	}
	span := "all of the time"
	if !s.span.IsZero() {
		span = value.Span(s.span)
	}
	title := s.theme.Show(safe.New(s.options.Name).String())
	title = grid.Fit(title, min(grid.Width(title), max(10, s.w-grid.Width(span)-6)), grid.CutMiddle, s.theme.Cut)
	out := []string{shell.Rule(s.theme, s.w, true, title, span)}
	low := s.below()
	body := max(2, s.h-2-len(low))
	switch {
	case s.failed != "" && len(s.tree) == 0:
		var lines []string
		for _, l := range shell.Wrap(s.failed, max(1, s.w-2)) {
			lines = append(lines, "  "+l)
		}
		out = append(out, shell.Block(append(lines, "  r tries again, esc leaves"), s.w, body)...)
	case !s.known && s.looking.Waiting():
		out = append(out, shell.Block([]string{"  " + s.Pending() + s.theme.Cut}, s.w, body)...)
	case !s.known:
		out = append(out, shell.Block([]string{"  stopped; r looks again, esc leaves"}, s.w, body)...)
	case len(s.tree) == 0:
		out = append(out, shell.Block([]string{"  nothing lies here"}, s.w, body)...)
	default:
		out = append(out, shell.Block(s.grid.Lines(), s.w, body)...)
	}
	remark := "enter begins"
	if !s.known {
		remark = ""
	} else if s.counting.Waiting() {
		remark = "counting" + s.theme.Cut
	} else if len(s.uncounted()) > 0 {
		remark = "not counted; r counts"
	}
	out = append(out, shell.Rule(s.theme, s.w, false, "ticked", remark))
	for _, l := range low {
		out = append(out, shell.Pad(" "+grid.Fit(s.theme.Show(l), max(0, s.w-1), grid.CutTail, s.theme.Cut), s.w))
	}
	return shell.Block(out, s.w, s.h)
}

// Status is the whole prefix under the cursor.
func (s *Bucket) Status() string {
	n, ok := s.current()
	if !ok || n.stream < 0 {
		return ""
	}
	x := s.found.Layout.Streams[n.stream]
	return s.theme.Show(safe.Cut("s3://"+x.Bucket+"/"+x.Prefix, 512).String())
}

// Mouse scrolls, moves the cursor, and ticks what is clicked twice.
func (s *Bucket) Mouse(m shell.Mouse) tea.Cmd {
	return shell.Point(s.grid, m, 1, func(a keys.Action) tea.Cmd {
		switch a {
		case keys.Open:
			a = keys.Toggle
		case keys.SortColumn:
			return nil
		}
		return s.Act(a)
	})
}
