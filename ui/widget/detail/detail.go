// Package detail shows one record in full: its fields, where it was found, and its bytes as they
// stand in the evidence. It must not know how a record is fetched or what a filter does with a value.
package detail

import (
	"strings"

	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
)

// Detail is the widget. It keeps its own window of wrapped lines.
type Detail struct {
	theme *theme.Theme
	doc   *Doc
	note  string // why there is no record
	focus bool
	stale bool
	w, h  int
	row   int   // entry under the cursor
	view  []int // entries that are shown: what is folded hides the rest
	folds map[string]bool
	top   int // first wrapped line on screen

	wrapped   []wrapped
	starts    []int // of each entry in wrapped
	wrapWidth int
	wrapDoc   *Doc
	cut       bool // values take one line each
	lines     []string
	dirty     bool
}

type wrapped struct {
	entry int
	text  string
	first bool
}

const labelWidth = 11

// New returns an empty detail.
func New(th *theme.Theme) *Detail { return &Detail{theme: th, dirty: true, folds: map[string]bool{}} }

// Set shows doc. The cursor stays on the entry of the same name, so that stepping through records
// compares like with like.
func (d *Detail) Set(doc *Doc) {
	if doc != nil && d.doc != nil && doc.ID == d.doc.ID && len(doc.Entries) == len(d.doc.Entries) {
		d.doc, d.note, d.stale, d.dirty = doc, "", false, true // read again; nobody has moved
		return
	}
	label, path := "", ""
	if e, ok := d.Current(); ok {
		label, path = e.Label, e.Path
	}
	d.doc, d.note, d.stale, d.dirty = doc, "", false, true
	d.row, d.top = 0, 0
	d.unfold()
	if doc == nil || label+path == "" {
		return
	}
	for i, e := range doc.Entries {
		if e.Label == label && e.Path == path && !e.Head {
			d.row = i
			d.unfold()
			return
		}
	}
}

// SetNote shows a sentence instead of a record.
func (d *Detail) SetNote(s string) { d.doc, d.note, d.dirty = nil, s, true }

// SetStale dims the record while another one is awaited.
func (d *Detail) SetStale() { d.stale, d.dirty = true, true }

// SetSize gives the widget w by h cells.
func (d *Detail) SetSize(w, h int) { d.w, d.h, d.dirty = w, h, true }

// SetWrap breaks long values into lines, or cuts them to one.
func (d *Detail) SetWrap(on bool) { d.cut, d.wrapDoc, d.dirty = !on, nil, true }

// SetFocus tells whether the widget has the keys.
func (d *Detail) SetFocus(on bool) { d.dirty = d.dirty || d.focus != on; d.focus = on }

// Doc is what is shown.
func (d *Detail) Doc() *Doc { return d.doc }

// Current is the entry under the cursor.
func (d *Detail) Current() (Entry, bool) {
	if d.doc == nil || d.row >= len(d.doc.Entries) {
		return Entry{}, false
	}
	return d.doc.Entries[d.row], true
}

// Act moves the cursor; false when the act is no movement.
func (d *Detail) Act(a keys.Action) bool {
	if d.doc == nil {
		return false
	}
	row, last := d.place(), len(d.view)-1
	step := max(1, d.h-1)
	switch a {
	case keys.Up:
		row--
	case keys.Down:
		row++
	case keys.PageUp:
		row -= step
	case keys.PageDown:
		row += step
	case keys.HalfUp:
		row -= step / 2
	case keys.HalfDown:
		row += step / 2
	case keys.First:
		row = 0
	case keys.Last:
		row = last
	case keys.Left:
		d.fold()
		return true
	case keys.Right:
		if e, ok := d.Current(); ok && d.folds[e.Node] {
			d.Fold()
		}
		return true
	default:
		return false
	}
	d.dirty = true
	if last >= 0 {
		d.row = d.view[max(0, min(row, last))]
	}
	return true
}

// compact tells that only the summary fits.
func (d *Detail) compact() bool { return !d.focus && d.h <= 8 && d.doc != nil }

// Lines draws the record.
func (d *Detail) Lines() []string {
	if !d.dirty {
		return d.lines
	}
	d.dirty = false
	switch {
	case d.w <= 0 || d.h <= 0:
		d.lines = nil
	case d.doc == nil:
		var out []string
		for _, l := range shell.Wrap(d.note, max(1, d.w-1)) {
			out = append(out, " "+l)
		}
		d.lines = shell.Block(out, d.w, d.h)
	case d.compact():
		d.lines = shell.Block(d.summary(), d.w, d.h)
	default:
		d.lines = shell.Block(d.window(), d.w, d.h)
	}
	return d.lines
}

func (d *Detail) role(r theme.Role) theme.Role {
	if d.stale {
		return theme.Dim
	}
	return r
}

func (d *Detail) summary() []string {
	var out []string
	for _, e := range d.doc.Summary {
		label := ""
		if e.Label != "" {
			label = e.Label + strings.Repeat(" ", max(1, 6-len(e.Label)))
		}
		out = append(out, " "+d.theme.Paint(theme.Dim, label)+
			d.theme.Paint(d.role(e.Role), grid.Fit(e.Text, max(0, d.w-1-len(label)), grid.CutMiddle, d.theme.Cut)))
	}
	return out
}

// wrap breaks the entries into lines once for a width.
func (d *Detail) wrap() {
	if d.wrapDoc == d.doc && d.wrapWidth == d.w {
		return
	}
	d.wrapDoc, d.wrapWidth = d.doc, d.w
	d.wrapped, d.starts = nil, nil
	for _, i := range d.view {
		e := d.doc.Entries[i]
		d.starts = append(d.starts, len(d.wrapped))
		room := d.w - 2
		text := e.Text
		if e.Opens && d.folds[e.Node] {
			text += " " + d.theme.Cut + " folded"
		}
		if e.Head {
			text = e.Label
		} else if e.Label != "" {
			room -= labelWidth + 1
		}
		if d.cut {
			text = grid.Fit(text, min(max(4, room), grid.Width(text)), grid.CutTail, d.theme.Cut)
		}
		for j, l := range shell.Wrap(text, max(4, room)) {
			d.wrapped = append(d.wrapped, wrapped{i, l, j == 0})
		}
	}
}

func (d *Detail) window() []string {
	d.wrap()
	if len(d.wrapped) == 0 {
		return nil
	}
	row := d.place()
	from := d.starts[row]
	to := len(d.wrapped)
	if row+1 < len(d.starts) {
		to = d.starts[row+1]
	}
	if to > d.top+d.h {
		d.top = to - d.h
	}
	if from < d.top {
		d.top = from
	}
	d.top = max(0, min(d.top, len(d.wrapped)-d.h))
	var out []string
	for _, l := range d.wrapped[d.top:min(len(d.wrapped), d.top+d.h)] {
		out = append(out, d.line(l))
	}
	return out
}

func (d *Detail) line(l wrapped) string {
	e := d.doc.Entries[l.entry]
	here := l.entry == d.row && d.focus
	mark := " "
	if here && l.first {
		mark = d.theme.Cursor
	}
	if e.Head {
		return mark + d.theme.Paint(theme.Title, grid.Fit(l.text, max(0, d.w-1), grid.CutTail, d.theme.Cut))
	}
	label := ""
	if e.Label != "" {
		label = strings.Repeat(" ", labelWidth+1)
		if l.first {
			label = grid.Fit(e.Label, labelWidth, grid.CutTail, d.theme.Cut) + " "
		}
	}
	role := d.role(e.Role)
	if here {
		role = theme.Select
	}
	return mark + d.theme.Paint(theme.Accent, label) + d.theme.Paint(role, l.text)
}
