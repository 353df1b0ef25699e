// Package sheet is a text to walk through: lines that lead somewhere, with headings and remarks between
// them that the cursor passes over. It must not know what the lines say or where they lead.
package sheet

import (
	"strings"

	"trailsift/ui/keys"
	"trailsift/ui/theme"
)

// Line is one line. Draw makes it w cells wide or less; Of is what the line stands for.
type Line[T any] struct {
	Draw func(w int) string
	Stop bool // the cursor may stand on it
	Head bool // begins a part
	Mark bool // wants a look; e goes from one to the next
	Of   T
}

// margin is what stands before a line: the cursor's sign and a blank.
const margin = 2

// Sheet is the widget; the zero value is empty and must be given a theme by New.
type Sheet[T any] struct {
	theme  *theme.Theme
	lines  []Line[T]
	cursor int
	top    int
	w, h   int
}

// New returns an empty sheet.
func New[T any](th *theme.Theme) *Sheet[T] { return &Sheet[T]{theme: th} }

// Set shows other lines; the cursor stays on the line of the same number where it can.
func (s *Sheet[T]) Set(lines []Line[T]) {
	s.lines = lines
	s.settle(1)
}

// SetSize gives the sheet w by h cells.
func (s *Sheet[T]) SetSize(w, h int) {
	s.w, s.h = w, h
	s.settle(1)
}

// Cursor is the number of the line under the cursor.
func (s *Sheet[T]) Cursor() int { return s.cursor }

// GoTo puts the cursor on line n, or on the next one where it may stand.
func (s *Sheet[T]) GoTo(n int) { s.cursor = n; s.settle(1) }

// Current is what the line under the cursor stands for.
func (s *Sheet[T]) Current() (of T, ok bool) {
	if s.cursor < 0 || s.cursor >= len(s.lines) || !s.lines[s.cursor].Stop {
		return of, false
	}
	return s.lines[s.cursor].Of, true
}

// Act moves the cursor; false when the act is no movement.
func (s *Sheet[T]) Act(a keys.Action) bool {
	page, dir := max(1, s.h-1), 1
	switch a {
	case keys.Up:
		s.cursor, dir = s.cursor-1, -1
	case keys.Down:
		s.cursor++
	case keys.PageUp:
		s.cursor, dir = s.cursor-page, -1
	case keys.PageDown:
		s.cursor += page
	case keys.HalfUp:
		s.cursor, dir = s.cursor-max(1, page/2), -1
	case keys.HalfDown:
		s.cursor += max(1, page/2)
	case keys.First:
		s.cursor = 0
	case keys.Last:
		s.cursor, dir = len(s.lines)-1, -1
	case keys.NextPane:
		s.part(1)
		return true
	case keys.PrevPane:
		s.part(-1)
		return true
	case keys.NextBad:
		s.marked(1)
	case keys.PrevBad:
		s.marked(-1)
	default:
		return false
	}
	s.settle(dir)
	return true
}

// marked goes to the next or previous line that wants a look, as far as there is one.
func (s *Sheet[T]) marked(by int) {
	for i := s.cursor + by; i >= 0 && i < len(s.lines); i += by {
		if s.lines[i].Mark {
			s.cursor = i
			return
		}
	}
}

// part goes to the next or previous heading, which it puts on top; after the last comes the first.
func (s *Sheet[T]) part(by int) {
	n := len(s.lines)
	at := s.cursor
	if by < 0 { // first to the heading of the part the cursor is in
		for at > 0 && !s.lines[at].Head {
			at--
		}
	}
	for i := 1; i <= n; i++ {
		if j := ((at+by*i)%n + n) % n; s.lines[j].Head {
			s.cursor = j
			s.settle(1)
			s.top = max(0, min(j, len(s.lines)-s.h))
			return
		}
	}
}

// settle puts the cursor on a line where it may stand, looking into dir first, and keeps it on screen
// with the lines above it up to its heading where they fit.
func (s *Sheet[T]) settle(dir int) {
	if len(s.lines) == 0 {
		s.cursor, s.top = 0, 0
		return
	}
	s.cursor = max(0, min(s.cursor, len(s.lines)-1))
	if !s.lines[s.cursor].Stop {
		if !s.seek(dir) {
			s.seek(-dir)
		}
	}
	lead := s.cursor
	for lead > 0 && s.cursor-lead < s.h-2 && !s.lines[lead-1].Stop {
		lead--
	}
	s.top = min(s.top, lead)
	if s.cursor >= s.top+s.h {
		s.top = s.cursor - s.h + 1
	}
	s.top = max(0, min(s.top, len(s.lines)-s.h))
}

func (s *Sheet[T]) seek(dir int) bool {
	for i := s.cursor; i >= 0 && i < len(s.lines); i += dir {
		if s.lines[i].Stop {
			s.cursor = i
			return true
		}
	}
	return false
}

// Hit puts the cursor on the line that is drawn at y; false where it may not stand.
func (s *Sheet[T]) Hit(y int) bool {
	n := s.top + y
	if y < 0 || y >= s.h || n >= len(s.lines) || !s.lines[n].Stop {
		return false
	}
	s.cursor = n
	s.settle(1)
	return true
}

// Lines draws what is on screen.
func (s *Sheet[T]) Lines() []string {
	var out []string
	for i := s.top; i < min(len(s.lines), s.top+s.h); i++ {
		mark := strings.Repeat(" ", margin)
		if i == s.cursor && s.lines[i].Stop {
			mark = s.theme.Paint(theme.Accent, s.theme.Cursor) + " "
		}
		out = append(out, mark+s.lines[i].Draw(max(1, s.w-margin)))
	}
	return out
}

// Clipped tells that there are more lines than fit.
func (s *Sheet[T]) Clipped() bool { return len(s.lines) > s.h }
