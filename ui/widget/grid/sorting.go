package grid

import (
	"cmp"
	"slices"

	"trailsift/ui/theme"
)

// Sorting is the column that rows in memory are sorted by. These columns are no fields: an arrow in the
// name marks the one.
type Sorting struct {
	Column int
	Desc   bool
}

// Press sorts by a column: the first one, which holds names, upwards at first, numbers downwards, and
// the other way round when pressed again.
func (s *Sorting) Press(col int) {
	s.Desc = s.Column != col && col != 0 || s.Column == col && !s.Desc
	s.Column = col
}

// Heads is the columns with the arrow.
func (s Sorting) Heads(th *theme.Theme, columns []Column) []Column {
	out := slices.Clone(columns)
	arrow := th.Up
	if s.Desc {
		arrow = th.Down
	}
	out[s.Column].Name += arrow
	return out
}

// SortRows puts a list in the order of s. by compares by each column, smaller first; ties go by the
// first one.
func SortRows[T any](s Sorting, list []T, by []func(a, b T) int) {
	slices.SortStableFunc(list, func(a, b T) int {
		c := by[s.Column](a, b)
		if s.Desc {
			c = -c
		}
		return cmp.Or(c, by[0](a, b))
	})
}
