package detail

import (
	"slices"
	"strings"
)

// unfold works out which entries are shown, and brings the cursor to one of them.
func (d *Detail) unfold() {
	d.view, d.wrapDoc, d.dirty = d.view[:0], nil, true
	if d.doc == nil {
		return
	}
	hidden := -1 // depth of the folded object or list we are in
	for i, e := range d.doc.Entries {
		if hidden >= 0 {
			if e.Closes && e.Depth == hidden {
				hidden = -1
			}
			continue
		}
		d.view = append(d.view, i)
		if e.Opens && d.folds[e.Node] {
			hidden = e.Depth
		}
	}
	if len(d.view) > 0 {
		d.row = d.view[d.place()]
	}
}

// place is where the cursor's entry stands among those that are shown, or the one before it.
func (d *Detail) place() int {
	i, ok := slices.BinarySearch(d.view, d.row)
	if !ok {
		i--
	}
	return max(0, i)
}

// Fold folds or unfolds the object or list under the cursor; false where there is none.
func (d *Detail) Fold() bool {
	e, ok := d.Current()
	if !ok || !e.Opens {
		return false
	}
	d.folds[e.Node] = !d.folds[e.Node]
	d.unfold()
	return true
}

// fold folds what is under the cursor, else goes up to what it lies in.
func (d *Detail) fold() {
	e, ok := d.Current()
	if !ok {
		return
	}
	if e.Opens && !d.folds[e.Node] {
		d.Fold()
		return
	}
	for i := d.row - 1; i >= 0; i-- {
		if up := d.doc.Entries[i]; up.Opens && up.Depth < e.Depth {
			d.row, d.dirty = i, true
			return
		}
	}
}

// Find goes to the next or previous entry that holds text, whatever its case, and unfolds it.
func (d *Detail) Find(text string, forward bool) bool {
	if d.doc == nil || text == "" {
		return false
	}
	text = strings.ToLower(text)
	step := -1
	if forward {
		step = 1
	}
	for i := d.row + step; i >= 0 && i < len(d.doc.Entries); i += step {
		e := d.doc.Entries[i]
		if strings.Contains(strings.ToLower(e.Label+" "+e.Text), text) {
			if _, shown := slices.BinarySearch(d.view, i); !shown {
				clear(d.folds)
			}
			d.row = i
			d.unfold()
			return true
		}
	}
	return false
}

// ClickAt puts the cursor on the entry drawn in line y; false where there is none.
func (d *Detail) ClickAt(y int) bool {
	if d.doc == nil || d.compact() || y < 0 || d.top+y >= len(d.wrapped) {
		return false
	}
	d.row, d.dirty = d.wrapped[d.top+y].entry, true
	return true
}
