package heat

import "trailsift/ui/theme"

// Cell is what is known of one hour. The greater one is the one to show of several.
type Cell uint8

// The cells. None stands outside of every window that is asked about.
const (
	None Cell = iota
	Good
	Linked
	Backfill
	Pending
	Unproven
	Unreadable
	Hole
	Gap
	Outside
	Absent
	Invalid
	Unlisted
	Missing
	Altered
	cells
)

type look struct {
	glyph, ascii string
	letter       string
	role         theme.Role
	word         string
}

// looks gives every cell a sign, a letter and words: the sign tells good from bad, the letter what it
// is, and colour only repeats it.
var looks = [cells]look{
	None:       {" ", " ", " ", theme.Text, "outside the chain"},
	Good:       {"✓", "+", " ", theme.Good, "proven by signature"},
	Linked:     {"✓", "+", "s", theme.Good, "signature missing: hash only"},
	Backfill:   {"✓", "+", "b", theme.Good, "backfill digest"},
	Pending:    {"~", "~", "p", theme.Warn, "log pending"},
	Unproven:   {"?", "?", "k", theme.Warn, "digest not proven"},
	Unreadable: {"?", "?", "r", theme.Warn, "log unreadable"},
	Hole:       {"·", ".", "h", theme.Warn, "hole: no digest"},
	Gap:        {"·", ".", "g", theme.Warn, "gap: no digest"},
	Outside:    {"·", ".", "o", theme.Warn, "log outside coverage"},
	Absent:     {"✗", "x", "d", theme.Bad, "digest missing"},
	Invalid:    {"✗", "x", "i", theme.Bad, "digest invalid"},
	Unlisted:   {"!", "!", "u", theme.Bad, "log unlisted"},
	Missing:    {"✗", "x", "m", theme.Bad, "log missing"},
	Altered:    {"✗", "x", "a", theme.Bad, "log altered"},
}

// Problem tells that a cell wants a look.
func (c Cell) Problem() bool { return c >= Pending }

// Sign is how a cell is shown.
func Sign(th *theme.Theme, c Cell) theme.Sign {
	l := looks[c]
	s := theme.Sign{Glyph: l.glyph, Word: l.word, Role: l.role}
	if th.ASCII {
		s.Glyph = l.ascii
	}
	return s
}

// Letter is the letter of a cell, a blank for one that is plainly good.
func (c Cell) Letter() string { return looks[c].letter }
