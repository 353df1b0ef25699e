package objects

import (
	"strings"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// name is what a node is called below its level.
func (o *Objects) name(n model.Node) string {
	switch {
	case outside(n):
		return "(no bucket)"
	case n.Kind == model.NodeBucket:
		return n.Bucket
	case n.Kind == model.NodeNoKey:
		return "(the bucket itself)"
	}
	name := n.Key[len(o.here().prefix):]
	if name == "" {
		return "(the key that ends here)"
	}
	return name
}

func (o *Objects) row(n model.Node) grid.Row {
	num := func(v int64, r theme.Role) grid.Cell {
		switch {
		case v < 0:
			return grid.Word(o.theme.Cut, theme.Dim)
		case v == 0:
			r = theme.Text
		}
		return grid.Word(value.Count(v), r)
	}
	size := func(v int64) grid.Cell {
		if v < 0 {
			return num(v, theme.Text)
		}
		return grid.Word(value.Bytes(v), theme.Text)
	}
	last := ""
	switch {
	case !n.Last.IsZero():
		last = value.Time(n.Last)
	case n.Actors < 0:
		last = o.theme.Cut
	}
	role := theme.Text
	if n.Kind != model.NodeKey {
		role = theme.Accent
	}
	least, bound := size(n.Least), size(n.Most)
	switch {
	case o.SoFar:
		least, bound = num(model.NotYet, theme.Text), num(model.NotYet, theme.Text)
	case n.Unbounded:
		bound = grid.Word("no bound", theme.Warn)
	}
	cells := []grid.Cell{
		grid.Text(o.theme, value.Short(o.name(n)), role), num(n.Requests, theme.Text), num(n.Denied, theme.Warn), num(n.Failed, theme.Bad),
		least, bound, size(n.BytesOut), size(n.BytesIn), num(n.Actors, theme.Text), grid.Word(last, theme.Text),
	}
	if outside(n) {
		for i := firstBound; i < len(cells); i++ {
			cells[i] = grid.Word(o.theme.None, theme.Dim) // there is no object whose bytes could be added up
		}
	}
	return grid.Row{Cells: told(o.bounder, cells)}
}

// left says between which bounds the content lies that the reads of the level took.
func (o *Objects) left() string {
	if o.bounder == nil || !o.Known || o.SoFar || len(o.nodes) == nodesListed {
		return ""
	}
	var all model.Node
	for _, n := range o.nodes {
		all.Least, all.Most, all.Unbounded = all.Least+n.Least, all.Most+n.Most, all.Unbounded || n.Unbounded
	}
	switch {
	case all.Unbounded:
		return "reads took at least " + value.Bytes(all.Least) + "; "
	case all.Least == all.Most:
		return "reads took " + value.Bytes(all.Least) + "; "
	}
	return "reads took " + value.Bytes(all.Least) + " to " + value.Bytes(all.Most) + "; "
}

// Lines draws the body.
func (o *Objects) Lines() []string {
	if o.w <= 0 || o.h <= 0 {
		return nil
	}
	l := *o.here()
	where := "all buckets"
	if l.bucket != "" {
		where = "s3://" + o.theme.Show(safe.New(l.bucket+"/"+l.prefix).String())
	}
	remark := value.Of(int64(len(o.nodes)), "entry", "entries") + o.Remark()
	switch {
	case len(o.nodes) == nodesListed:
		remark = "the " + value.Count(nodesListed) + " with the most rows"
	case !o.Known:
		remark = ""
	}
	title := "Objects in " + where
	title = grid.Fit(title, min(grid.Width(title), max(10, o.w-grid.Width(remark)-6)), grid.CutMiddle, o.theme.Cut)
	under := "every request; + opens the list of an entry, - of all others"
	if len(o.filter.Terms) > 0 {
		under = "under the filter " + o.theme.Show(safe.New(o.print(o.filter)).String()) + "   0 clears it"
	}
	left := o.left()
	if len(o.filter.Terms) == 0 && grid.Width(left)+grid.Width(under) > o.w-1 {
		if under = "every request"; grid.Width(left)+grid.Width(under) > o.w-1 {
			left, under = strings.TrimSuffix(left, "; "), ""
		}
	}
	out := []string{
		shell.Rule(o.theme, o.w, true, title, remark),
		shell.Pad(" "+o.theme.Paint(theme.Dim, grid.Fit(left, min(grid.Width(left), max(0, o.w-1)), grid.CutTail, o.theme.Cut)+grid.Fit(under, max(0, o.w-1-grid.Width(left)), grid.CutMiddle, o.theme.Cut)), o.w),
	}
	if why := o.Excuse(o.theme, o.w, o.h-2, len(o.nodes) == 0, "no request names a bucket here"); why != nil {
		return append(out, why...)
	}
	return append(out, shell.Block(o.grid.Lines(), o.w, o.h-2)...)
}

// Status is the full path under the cursor.
func (o *Objects) Status() string {
	n, ok := o.current()
	if !ok {
		return ""
	}
	if outside(n) {
		return "requests that are about no bucket"
	}
	return o.theme.Show(safe.Cut("s3://"+n.Bucket+"/"+n.Key, 512).String())
}
