// Package theme says how the interface looks: roles instead of colours, and for every state a glyph
// and a word, so that colour never carries a meaning alone. It must not know screens, widgets or
// what a text is about; it is handed roles and gives escape sequences and signs.
package theme

import (
	"strconv"
	"strings"

	"trailsift/model"
)

// Role is what a piece of text is for.
type Role uint8

// The roles. Colours are the terminal's own sixteen, so the user's scheme rules; without colour the
// attributes and the glyphs remain.
const (
	Text   Role = iota
	Dim         // labels and stale rows, never data
	Accent      // names of fields, keys of the keyboard
	Good
	Warn
	Bad
	Title  // headings of panes
	Focus  // heading of the pane that has the keys
	Select // the cell or line under the cursor
	Row    // the row under the cursor
	Hit    // what a search found
	roles
)

const reset = "\x1b[m"

var sgr = [roles]string{
	Text: "", Dim: "\x1b[2m", Accent: "\x1b[36m", Good: "\x1b[32m", Warn: "\x1b[33m", Bad: "\x1b[1;31m",
	Title: "\x1b[1m", Focus: "\x1b[1;36m", Select: "\x1b[7m", Row: "\x1b[1m", Hit: "\x1b[4m",
}

// Glyphs are the signs a terminal can show.
type Glyphs struct {
	Cursor, Rule, Bar, Cut, Busy string
	More, Less, Up, Down         string
	Levels                       []string  // of a histogram bar, from empty to full
	Shades                       [2]string // of a cell of a bar that is denied, and failed
	Done, Left                   string    // of a progress bar
	Tilde                        string    // before a provisional count
	Dot                          string    // between two pieces of a line
	Mark                         string    // before a marked row
	Near                         string    // after a time with a neighbour within a second
	None                         string    // in place of a number that does not exist
}

var unicodeGlyphs = Glyphs{
	Cursor: "▸", Rule: "─", Bar: "│", Cut: "…", Busy: "●", More: "▸", Less: "◂", Up: "▲", Down: "▼",
	Levels: []string{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}, Shades: [2]string{"▒", "░"}, Done: "▓", Left: "░", Tilde: "~", Dot: "·", None: "–", Near: "≈", Mark: "★",
}

var asciiGlyphs = Glyphs{
	Cursor: ">", Rule: "-", Bar: "|", Cut: "~", Busy: "*", More: ">", Less: "<", Up: "^", Down: "v",
	Levels: []string{" ", ".", ":", "-", "=", "+", "%", "@", "#"}, Shades: [2]string{"!", "x"}, Done: "#", Left: ".", Tilde: "~", Dot: ".", None: "-", Near: "~", Mark: "*",
}

// Theme is one look.
type Theme struct {
	Glyphs
	ASCII bool
}

// New returns the theme; with ascii set every sign of our own is plain ASCII.
func New(ascii bool) *Theme {
	if ascii {
		return &Theme{Glyphs: asciiGlyphs, ASCII: true}
	}
	return &Theme{Glyphs: unicodeGlyphs}
}

// On begins a stretch of text in the given roles; Off ends every stretch.
func (t *Theme) On(rs ...Role) string {
	if len(rs) == 1 {
		return sgr[rs[0]]
	}
	var b strings.Builder
	for _, r := range rs {
		b.WriteString(sgr[r])
	}
	return b.String()
}

// Off ends what On began.
func (t *Theme) Off() string { return reset }

// Paint returns s in role r. Styles do not nest: paint pieces and join them.
func (t *Theme) Paint(r Role, s string) string {
	if r == Text || s == "" {
		return s
	}
	return sgr[r] + s + reset
}

// Show returns s as this theme's terminal can print it: in ASCII every other character is spelt as
// its code point.
func (t *Theme) Show(s string) string {
	if !t.ASCII || isASCII(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r < 0x7f {
			b.WriteRune(r)
			continue
		}
		b.WriteString("<U+")
		h := strings.ToUpper(strconv.FormatInt(int64(r), 16))
		b.WriteString(strings.Repeat("0", max(0, 4-len(h))) + h + ">")
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// Sign is a state as it is shown: one cell, a word, a role and a sentence.
type Sign struct {
	Glyph, Word string
	Role        Role
	Means       string
}

var badges = map[model.Integrity][2]Sign{
	model.Verified:     pair("✓", "+", "verified", Good, "the file is what CloudTrail delivered"),
	model.Altered:      pair("✗", "x", "altered", Bad, "the file does not match what CloudTrail delivered"),
	model.Unlisted:     pair("!", "!", "unlisted", Bad, "a digest covers its hour and does not name the file"),
	model.Unverifiable: pair("?", "?", "unverifiable", Warn, "nothing proven names the file"),
	model.Uncovered:    pair("·", ".", "uncovered", Warn, "no digest covers its time"),
	model.Pending:      pair("~", "~", "pending", Warn, "newer than the newest digest"),
	model.NotChecked:   pair("○", "o", "not-checked", Dim, "verification has not been run"),
	model.IntegrityNA:  pair("-", "-", "n/a", Dim, "digests do not exist for this kind of file"),
}

func pair(uni, ascii, word string, r Role, means string) [2]Sign {
	return [2]Sign{{uni, word, r, means}, {ascii, word, r, means}}
}

// Badge is the sign of an integrity.
func (t *Theme) Badge(i model.Integrity) Sign {
	p, ok := badges[i]
	if !ok {
		p = badges[model.NotChecked]
	}
	if t.ASCII {
		return p[1]
	}
	return p[0]
}

// BadgeOf is the sign of the integrity called name.
func (t *Theme) BadgeOf(name string) Sign {
	for i, n := range model.IntegrityNames {
		if n == name {
			return t.Badge(model.Integrity(i + 1))
		}
	}
	return t.Badge(model.NotChecked)
}

// OutcomeRole is the role of an outcome's text; the word is always printed beside it.
func OutcomeRole(name string) Role {
	switch name {
	case model.Denied.String():
		return Warn
	case model.Failed.String():
		return Bad
	}
	return Text
}
