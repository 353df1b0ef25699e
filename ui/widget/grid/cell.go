package grid

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"trailsift/model/safe"
	"trailsift/ui/theme"
)

// Cell is one printable value. It can only be made of sanitised text.
type Cell struct {
	text  string
	width int
	role  theme.Role
}

// cellLimit bounds the cells kept of one value; the detail shows the rest.
const cellLimit = 400

// Text is a cell of foreign text. A theme without Unicode spells what it cannot show.
func Text(th *theme.Theme, s safe.Text, r theme.Role) Cell { return newCell(th.Show(s.String()), r) }

// Word is a cell of our own words; it must not hold anything read from evidence.
func Word(s string, r theme.Role) Cell { return newCell(s, r) }

func newCell(s string, r theme.Role) Cell {
	w := Width(s)
	if w > cellLimit {
		s = ansi.Truncate(s, cellLimit, "")
		w = Width(s)
	}
	return Cell{text: s, width: w, role: r}
}

// String is the cell's text.
func (c Cell) String() string { return c.text }

// Width is the number of terminal cells s takes; s holds no escape sequences that act.
func Width(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 || s[i] == 0x1b {
			return ansi.StringWidth(s)
		}
	}
	return len(s)
}

// Cut says where a text that is too long loses its middle part.
type Cut uint8

// The cuts.
const (
	CutTail Cut = iota
	CutHead
	CutMiddle
)

// Fit returns s in exactly w cells, cut where asked with mark in place of what is missing.
func Fit(s string, w int, cut Cut, mark string) string {
	n := Width(s)
	if n <= w {
		return s + spaces(w-n)
	}
	if w <= 0 {
		return ""
	}
	if w == 1 {
		return mark
	}
	var head, tail string
	switch cut {
	case CutHead:
		tail = last(s, n, w-1)
	case CutMiddle:
		head = first(s, w/3)
		tail = last(s, n, w-1-Width(head))
	default:
		head = first(s, w-1)
	}
	out := head + mark + tail
	return out + spaces(w-Width(out))
}

func first(s string, w int) string {
	if isASCII(s) {
		return s[:min(w, len(s))]
	}
	return ansi.Truncate(s, w, "")
}

// last is the longest tail of s, which is n cells wide, that fits into w cells. A wide character
// that would be split is left out.
func last(s string, n, w int) string {
	if isASCII(s) {
		return s[max(0, len(s)-w):]
	}
	for skip := n - w; skip <= n; skip++ {
		if t := ansi.TruncateLeft(s, skip, ""); Width(t) <= w {
			return t
		}
	}
	return ""
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

const blanks = "                                                                                                                                "

func spaces(n int) string {
	if n <= 0 {
		return ""
	}
	if n <= len(blanks) {
		return blanks[:n]
	}
	return strings.Repeat(" ", n)
}
