// Package heat draws hours as a strip: one line a day, one cell an hour, each cell a sign and a letter.
// It must not know what the cells were found from.
package heat

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
)

const (
	hours     = 24
	dateWidth = 8 // margin, month and day, two blanks
)

// Strip is the widget.
type Strip struct {
	theme  *theme.Theme
	day    time.Time // midnight before the first cell
	cells  []Cell    // from day on
	rows   []int     // days on show, by number
	only   bool      // days with a problem
	cursor int       // cell
	marked bool
	focus  bool
	w, h   int
	top    int
	lines  []string
	dirty  bool
	notes  func(day time.Time) string
}

// New returns an empty strip.
func New(th *theme.Theme) *Strip { return &Strip{theme: th, dirty: true} }

// Set shows cells, the first of which is the hour that begins at from.
func (s *Strip) Set(from time.Time, list []Cell) {
	from = from.UTC().Truncate(time.Hour)
	s.day = from.Truncate(hours * time.Hour)
	lead := int(from.Sub(s.day) / time.Hour)
	s.cells = append(make([]Cell, lead, lead+len(list)), list...)
	s.choose()
}

// SetOnly leaves out the days without a problem, and brings them back.
func (s *Strip) SetOnly(on bool) { s.only = on; s.choose() }

// choose lists the days on show and puts the cursor on the first problem.
func (s *Strip) choose() {
	s.rows, s.top, s.dirty, s.marked = s.rows[:0:0], 0, true, false
	for d := 0; d*hours < len(s.cells); d++ {
		if !s.only || s.worst(d).Problem() {
			s.rows = append(s.rows, d)
		}
	}
	s.cursor = max(0, slices.IndexFunc(s.cells, Cell.Problem))
	s.settle()
}

// SetNotes has what of tells of a day, made printable, stand beside it after the words of its cells.
func (s *Strip) SetNotes(of func(day time.Time) string) { s.notes, s.dirty = of, true }

func (s *Strip) ofDay(d int) []Cell {
	return s.cells[d*hours : min(len(s.cells), (d+1)*hours)]
}

func (s *Strip) worst(d int) Cell { return slices.Max(s.ofDay(d)) }

// SetSize gives the strip w by h cells, its heading included.
func (s *Strip) SetSize(w, h int) { s.w, s.h, s.dirty = w, h, true; s.settle() }

// SetFocus tells whether the strip has the keys.
func (s *Strip) SetFocus(on bool) { s.dirty = s.dirty || s.focus != on; s.focus = on }

// SetCursor marks the hour of t.
func (s *Strip) SetCursor(t time.Time) {
	if len(s.cells) == 0 {
		return
	}
	at := int(t.UTC().Sub(s.day) / time.Hour)
	s.cursor, s.marked, s.dirty = max(0, min(at, len(s.cells)-1)), true, true
	s.settle()
}

// Unmark leaves no hour marked.
func (s *Strip) Unmark() { s.marked, s.dirty = false, true }

// Cursor is the beginning of the marked hour.
func (s *Strip) Cursor() time.Time { return s.day.Add(time.Duration(s.cursor) * time.Hour) }

// At is the cell under the cursor.
func (s *Strip) At() Cell {
	if s.cursor >= len(s.cells) {
		return None
	}
	return s.cells[s.cursor]
}

// Act moves the cursor; false when the act is no movement.
func (s *Strip) Act(a keys.Action) bool {
	at := s.cursor
	page := max(1, s.h-2) * hours
	switch a {
	case keys.Left:
		at--
	case keys.Right:
		at++
	case keys.Up:
		at -= hours
	case keys.Down:
		at += hours
	case keys.PageUp:
		at -= page
	case keys.PageDown:
		at += page
	case keys.HalfUp:
		at -= page / 2
	case keys.HalfDown:
		at += page / 2
	case keys.First:
		at = 0
	case keys.Last:
		at = len(s.cells) - 1
	case keys.NextBad, keys.PrevBad:
		return s.seek(a == keys.NextBad)
	default:
		return false
	}
	if len(s.cells) > 0 {
		s.cursor, s.marked, s.dirty = max(0, min(at, len(s.cells)-1)), true, true
		s.settle()
	}
	return true
}

// seek goes to the next or previous stretch of problems; the cells of one are passed over.
func (s *Strip) seek(forward bool) bool {
	step := -1
	if forward {
		step = 1
	}
	for i, was := s.cursor+step, s.At(); i >= 0 && i < len(s.cells); i += step {
		if c := s.cells[i]; c.Problem() && c != was {
			s.cursor, s.marked, s.dirty = i, true, true
			s.settle()
			return true
		}
		was = s.cells[i]
	}
	return true
}

// settle keeps the cursor's day on screen.
func (s *Strip) settle() {
	at := slices.Index(s.rows, s.cursor/hours)
	size := max(1, s.h-1)
	if at >= 0 && at < s.top {
		s.top = at
	}
	if at >= s.top+size {
		s.top = at - size + 1
	}
	s.top = max(0, min(s.top, len(s.rows)-size))
}

// pair tells that there is room for sign and letter of every hour.
func (s *Strip) pair() bool { return s.w >= dateWidth+2*hours+3 }

// Width is how many cells the hours take in a strip of w cells.
func (s *Strip) Width() int {
	if s.pair() {
		return dateWidth + 2*hours + 3
	}
	return dateWidth + hours
}

// Lines draws the strip; the result is kept until something changes.
func (s *Strip) Lines() []string {
	if !s.dirty {
		return s.lines
	}
	s.dirty, s.lines = false, s.lines[:0:0]
	if s.w <= 0 || s.h <= 0 {
		return nil
	}
	s.lines = append(s.lines, s.heading())
	for i := s.top; i < s.top+s.h-1; i++ {
		if i < len(s.rows) {
			s.lines = append(s.lines, s.line(s.rows[i]))
		} else {
			s.lines = append(s.lines, strings.Repeat(" ", s.w))
		}
	}
	return s.lines
}

func (s *Strip) heading() string {
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", dateWidth))
	each := 6
	if s.pair() {
		each = 13
	}
	for h := 0; h < hours; h += 6 {
		b.WriteString(grid.Fit(fmt.Sprintf("%02d", h), each, grid.CutTail, ""))
	}
	return s.theme.Paint(theme.Dim, grid.Fit(b.String(), s.w, grid.CutTail, s.theme.Cut))
}

func (s *Strip) line(d int) string {
	date := s.day.AddDate(0, 0, d)
	mark := " "
	if s.marked && s.cursor/hours == d {
		mark = s.theme.Cursor
	}
	var b strings.Builder
	b.WriteString(mark + date.Format("01-02") + "  ")
	for h, c := range s.ofDay(d) {
		if s.pair() && h > 0 && h%6 == 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s.cell(d*hours+h, c))
	}
	used := s.used(len(s.ofDay(d)))
	room := s.w - used
	if room <= 0 {
		return b.String()
	}
	words := ""
	if gap := s.Width() - used + 2; room > gap+8 {
		words = strings.Repeat(" ", gap) + s.words(d)
	}
	return b.String() + grid.Fit(words, room, grid.CutTail, s.theme.Cut)
}

// used is the width of a line of n hours.
func (s *Strip) used(n int) int {
	if s.pair() {
		return dateWidth + 2*n + max(0, (n-1)/6)
	}
	return dateWidth + n
}

func (s *Strip) cell(i int, c Cell) string {
	sign := Sign(s.theme, c)
	text := sign.Glyph + c.Letter()
	if !s.pair() {
		text = c.Letter()
		if text == " " {
			text = sign.Glyph
		}
	}
	role := sign.Role
	if s.marked && i == s.cursor {
		role = theme.Select
	}
	return s.theme.Paint(role, text)
}

// words explains the letters of a day, the worst first.
func (s *Strip) words(d int) string {
	count := [cells]int{}
	for _, c := range s.ofDay(d) {
		count[c]++
	}
	var parts []string
	for c := cells - 1; c > Good; c-- {
		if count[c] > 0 && !looks[c].quiet {
			parts = append(parts, Sign(s.theme, c).Glyph+c.Letter()+" "+looks[c].word)
		}
	}
	if s.notes != nil {
		if note := s.notes(s.day.AddDate(0, 0, d)); note != "" {
			parts = append(parts, note)
		}
	}
	return strings.Join(parts, ", ")
}

// Rows is how many days there are to show.
func (s *Strip) Rows() int { return len(s.rows) }

// Span tells which of the days are on screen, in words; empty when all are.
func (s *Strip) Span() string {
	if n := max(0, s.h-1); n > 0 && len(s.rows) > n {
		last := min(len(s.rows), s.top+n)
		return fmt.Sprintf("days %d-%d of %d", s.top+1, last, len(s.rows))
	}
	return ""
}
