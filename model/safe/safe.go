// Package safe makes text from evidence printable. A Text is the only thing a screen prints of what
// an attacker may have written: every character that could move the cursor, hide, reorder or imitate
// is replaced by a visible mark. It must not know where the text came from or how it is drawn.
package safe

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is text that cannot act on a terminal. Its zero value is empty. It is a struct so that no
// string becomes one by conversion.
type Text struct{ s string }

// String is the printable text: valid UTF-8 without control, format, private or unknown characters.
func (t Text) String() string { return t.s }

// Literal is for the program's own words. Never give it evidence.
func Literal(s string) Text { return Text{s} }

// marksLimit is how many combining marks one character keeps; the rest are cut with a visible mark.
const marksLimit = 8

// New makes s printable. Text that needs nothing is returned as it is, without allocating.
func New(s string) Text {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c > 0x7e {
			if clean(s, i) {
				return Text{s}
			}
			return Text{escape(s, i)}
		}
	}
	return Text{s}
}

// NewBytes is New for bytes.
func NewBytes(b []byte) Text { return New(string(b)) }

// Cut is New of at most limit characters of s; what is left out is told as …(+N), N in bytes.
func Cut(s string, limit int) Text {
	if len(s) <= limit {
		return New(s)
	}
	at, n := 0, 0
	for at < len(s) && n < limit {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
		n++
	}
	if at == len(s) {
		return New(s)
	}
	return Text{New(s[:at]).s + fmt.Sprintf("…(+%d)", len(s)-at)}
}

// Lines splits our own layout of a foreign text, such as indented JSON, at its newlines.
func Lines(s string) []Text {
	parts := strings.Split(s, "\n")
	out := make([]Text, len(parts))
	for i, p := range parts {
		out[i] = New(p)
	}
	return out
}

// clean tells that s, whose first at bytes are printable ASCII, needs no mark.
func clean(s string, at int) bool {
	marks := 0
	for i, r := range s[at:] {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[at+i:]); size == 1 {
				return false
			}
		}
		if joins(r) {
			if marks++; marks > marksLimit || at+i == 0 {
				return false
			}
			continue
		}
		marks = 0
		if r < 0x20 || r == 0x7f || r != ' ' && !printable(r) {
			return false
		}
	}
	return true
}

// joins tells that r is drawn into the cell of the character before it: combining marks, and the
// vowels and finals of Hangul, of which any number may follow one another.
func joins(r rune) bool {
	return unicode.Is(unicode.M, r) && !joinerOrSelector(r) || r >= 0x1161 && r <= 0x11ff || r >= 0xd7b0 && r <= 0xd7fb && printable(r)
}

// escape rewrites s, whose first at bytes are printable ASCII.
func escape(s string, at int) string {
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:at])
	marks := 0
	for at < len(s) {
		r, size := utf8.DecodeRuneInString(s[at:])
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02X`, s[at])
			at++
			marks = 0
			continue
		}
		if joins(r) {
			marks++
			switch {
			case at == 0 || marks > marksLimit+1:
			case marks == marksLimit+1:
				b.WriteString("<+marks>")
			default:
				b.WriteRune(r)
			}
			if at == 0 {
				writeCode(&b, r)
			}
			at += size
			continue
		}
		marks = 0
		writeRune(&b, r)
		at += size
	}
	return b.String()
}

func writeRune(b *strings.Builder, r rune) {
	switch {
	case r < 0x20:
		b.WriteRune('\u2400' + r) // control pictures
	case r == 0x7f:
		b.WriteRune('\u2421')
	case r >= 0x80 && r <= 0x9f:
		fmt.Fprintf(b, "<%02X>", r)
	case r == ' ' || printable(r):
		b.WriteRune(r)
	default:
		writeCode(b, r)
	}
}

func writeCode(b *strings.Builder, r rune) { fmt.Fprintf(b, "<U+%04X>", r) }

// printable keeps letters, numbers, punctuation and symbols that this program's Unicode tables know.
// Spaces other than the plain one, joiners, selectors, bidirectional controls, tags, private use and
// characters newer than the tables are not: they shift columns or hide.
func printable(r rune) bool {
	return unicode.IsPrint(r) && !joinerOrSelector(r) && !blank(r)
}

func joinerOrSelector(r rune) bool {
	return r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0100 && r <= 0xe01ef || r >= 0x180b && r <= 0x180f || r == 0x034f
}

// blank is what IsPrint passes although it draws nothing: fillers that look like a space.
func blank(r rune) bool {
	switch r {
	case 0x115f, 0x1160, 0x3164, 0xffa0, 0x2800, 0x17b4, 0x17b5:
		return true
	}
	return false
}
