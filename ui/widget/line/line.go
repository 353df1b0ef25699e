// Package line is a one-line text editor. What is typed or pasted is inert text: control characters
// are shown, never acted on. It must not know what the text means.
package line

import (
	"strings"
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"trailsift/model/safe"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
)

// Limit bounds the text in runes; what is pasted beyond it is not taken.
const Limit = 16 << 10

// Line is the editor; its zero value is empty.
type Line struct {
	text []rune
	pos  int
}

// New returns an editor holding text, the cursor at its end.
func New(text string) *Line {
	l := &Line{}
	l.Set(text)
	return l
}

// Set replaces the text.
func (l *Line) Set(text string) {
	l.text = nil
	l.pos = 0
	l.Insert(text)
}

// String is the text.
func (l *Line) String() string { return string(l.text) }

// Cursor is the byte offset of the cursor.
func (l *Line) Cursor() int { return len(string(l.text[:l.pos])) }

// SetCursor moves the cursor to a byte offset.
func (l *Line) SetCursor(offset int) {
	s := string(l.text)
	l.pos = min(len(l.text), utf8.RuneCountInString(s[:max(0, min(offset, len(s)))]))
}

// Insert puts text in at the cursor, line ends and tabs as spaces.
func (l *Line) Insert(text string) {
	text = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\t", " ").Replace(text)
	rs := []rune(text)
	rs = rs[:min(len(rs), max(0, Limit-len(l.text)))]
	tail := append([]rune(nil), l.text[l.pos:]...)
	l.text = append(append(l.text[:l.pos], rs...), tail...)
	l.pos += len(rs)
}

// Type takes a key; false when the key is none of an editor's.
func (l *Line) Type(k tea.KeyPressMsg) bool {
	if k.Text != "" && k.Mod&^tea.ModShift == 0 {
		l.Insert(k.Text)
		return true
	}
	switch k.String() {
	case "backspace":
		l.cut(l.pos-1, l.pos)
	case "delete":
		l.cut(l.pos, l.pos+1)
	case "left":
		l.pos = max(0, l.pos-1)
	case "right":
		l.pos = min(len(l.text), l.pos+1)
	case "home", "ctrl+a":
		l.pos = 0
	case "end", "ctrl+e":
		l.pos = len(l.text)
	case "ctrl+u":
		l.cut(0, l.pos)
	case "ctrl+k":
		l.cut(l.pos, len(l.text))
	case "ctrl+w":
		l.cut(l.word(), l.pos)
	default:
		return false
	}
	return true
}

func (l *Line) cut(from, to int) {
	from, to = max(0, from), min(to, len(l.text))
	if from >= to {
		return
	}
	l.text = append(l.text[:from], l.text[to:]...)
	l.pos = from
}

// word is where the word before the cursor begins.
func (l *Line) word() int {
	i := l.pos
	for i > 0 && unicode.IsSpace(l.text[i-1]) {
		i--
	}
	for i > 0 && !unicode.IsSpace(l.text[i-1]) {
		i--
	}
	return i
}

// View draws the part of the text around the cursor in exactly w cells.
func (l *Line) View(th *theme.Theme, w int) string {
	if w <= 0 {
		return ""
	}
	show := func(rs []rune) string { return th.Show(safe.New(string(rs)).String()) }
	at, rest := " ", ""
	if l.pos < len(l.text) {
		at = show(l.text[l.pos : l.pos+1])
		rest = show(l.text[l.pos+1 : min(len(l.text), l.pos+1+w)])
	}
	before := show(l.text[max(0, l.pos-4*w):l.pos])
	atWidth := grid.Width(at)
	if atWidth == 0 || atWidth > w {
		at, atWidth = " ", 1
	}
	room := w - atWidth
	if n := grid.Width(before); n > room {
		before = grid.Fit(before, room, grid.CutHead, th.Cut)
		rest = ""
	} else {
		rest = grid.Fit(rest, room-n, grid.CutTail, th.Cut)
	}
	return before + th.Paint(theme.Select, at) + rest
}

// Plain draws the text without a cursor in exactly w cells.
func (l *Line) Plain(th *theme.Theme, w int) string {
	return grid.Fit(th.Show(safe.New(string(l.text[:min(len(l.text), 4*max(1, w))])).String()), w, grid.CutTail, th.Cut)
}
