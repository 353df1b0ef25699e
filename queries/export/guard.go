package export

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// starters are what a spreadsheet takes for the beginning of a formula: the OWASP page on CSV
// injection names = + - @ tab and CR and their full-width forms; the small forms fold to the same.
const starters = "=+-@\uFF1D\uFF0B\uFF0D\uFF20\uFE66\uFE62\uFE63\uFE6B\t\r\n"

// guard puts an apostrophe before a cell that a spreadsheet might run. Spreadsheets skip what cannot
// be seen, and quotes, before they look.
func guard(cell string) (string, bool) {
	for _, r := range cell {
		switch {
		case strings.ContainsRune(starters, r):
			return "'" + cell, true
		case r == '"' || r == '\'' || invisible(r):
			continue
		}
		return cell, false
	}
	return cell, false
}

// invisible tells that r takes up nothing but room: spaces, byte order marks, zero-width characters,
// fillers, and marks that need a letter before them.
func invisible(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) ||
		unicode.In(r, unicode.Zs, unicode.Cf, unicode.Mn, unicode.Me, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// escape shows control and direction-changing characters by their code, except tab and line ends,
// which a quoted cell can hold.
func escape(cell string) (string, bool) {
	at := strings.IndexFunc(cell, hidden)
	if at < 0 && utf8.ValidString(cell) {
		return cell, false
	}
	var b strings.Builder
	for i := 0; i < len(cell); {
		r, n := utf8.DecodeRuneInString(cell[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, "<%02X>", cell[i])
		case hidden(r):
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteString(cell[i : i+n])
		}
		i += n
	}
	return b.String(), true
}

func hidden(r rune) bool {
	if r == '\t' || r == '\n' || r == '\r' {
		return false
	}
	return unicode.IsControl(r) || r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069' || r == '\u200E' || r == '\u200F' || r == '\u061C'
}
