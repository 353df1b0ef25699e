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
	// What could have been recorded. The letter of a recorded hour tells what a verification says of it.
	RecordedPlain // nothing of it can be verified
	RecordedProven
	RecordedOpen
	RecordedAltered
	NothingRecorded
	NotSelected
	Unknown
	NotWhole
	cells
)

type look struct {
	glyph, ascii string
	letter       string
	role         theme.Role
	word         string
	quiet        bool // wants no look, and no word beside its day
}

// looks gives every cell a sign, a letter and words: the sign tells good from bad, the letter what it
// is, and colour only repeats it.
var looks = [cells]look{
	None:       {glyph: " ", ascii: " ", letter: " ", role: theme.Text, word: "outside the chain"},
	Good:       {glyph: "✓", ascii: "+", letter: " ", role: theme.Good, word: "proven by signature"},
	Linked:     {glyph: "✓", ascii: "+", letter: "s", role: theme.Good, word: "signature missing: hash only"},
	Backfill:   {glyph: "✓", ascii: "+", letter: "b", role: theme.Good, word: "backfill digest"},
	Pending:    {glyph: "~", ascii: "~", letter: "p", role: theme.Warn, word: "log pending"},
	Unproven:   {glyph: "?", ascii: "?", letter: "k", role: theme.Warn, word: "digest not proven"},
	Unreadable: {glyph: "?", ascii: "?", letter: "r", role: theme.Warn, word: "log unreadable"},
	Hole:       {glyph: "·", ascii: ".", letter: "h", role: theme.Warn, word: "hole: no digest"},
	Gap:        {glyph: "·", ascii: ".", letter: "g", role: theme.Warn, word: "gap: no digest"},
	Outside:    {glyph: "·", ascii: ".", letter: "o", role: theme.Warn, word: "log outside coverage"},
	Absent:     {glyph: "✗", ascii: "x", letter: "d", role: theme.Bad, word: "digest missing"},
	Invalid:    {glyph: "✗", ascii: "x", letter: "i", role: theme.Bad, word: "digest invalid"},
	Unlisted:   {glyph: "!", ascii: "!", letter: "u", role: theme.Bad, word: "log unlisted"},
	Missing:    {glyph: "✗", ascii: "x", letter: "m", role: theme.Bad, word: "log missing"},
	Altered:    {glyph: "✗", ascii: "x", letter: "a", role: theme.Bad, word: "log altered"},

	RecordedPlain:   {glyph: "█", ascii: "#", letter: " ", role: theme.Good, word: "recorded", quiet: true},
	RecordedProven:  {glyph: "█", ascii: "#", letter: "v", role: theme.Good, word: "recorded, verified", quiet: true},
	RecordedOpen:    {glyph: "█", ascii: "#", letter: "o", role: theme.Text, word: "recorded, not all proven", quiet: true},
	RecordedAltered: {glyph: "█", ascii: "#", letter: "x", role: theme.Bad, word: "recorded, altered or unlisted"},
	NothingRecorded: {glyph: "·", ascii: ".", letter: "n", role: theme.Dim, word: "nothing recorded", quiet: true},
	NotSelected:     {glyph: "–", ascii: "-", letter: "s", role: theme.Warn, word: "not selected"},
	Unknown:         {glyph: "?", ascii: "?", letter: "u", role: theme.Warn, word: "unknown"},
	NotWhole:        {glyph: "!", ascii: "!", letter: "g", role: theme.Bad, word: "gap"},
}

// Problem tells that a cell wants a look.
func (c Cell) Problem() bool { return c >= Pending && !looks[c].quiet }

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
