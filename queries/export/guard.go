package export

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// starters are what a spreadsheet takes for the beginning of a formula, full-width forms too.
const starters = "=+-@\uFF1D\uFF0B\uFF0D\uFF20"

// guard puts an apostrophe before a cell that a spreadsheet might run. Spreadsheets skip spaces and
// quotes before they look.
func guard(cell string) (string, bool) {
	for _, r := range cell {
		switch {
		case strings.ContainsRune(starters+"\t\r\n", r):
			return "'" + cell, true
		case r == '"' || r == '\'' || r == ' ' || r == '\u00A0' || r == '\uFEFF' || unicode.Is(unicode.Zs, r):
			continue
		}
		return cell, false
	}
	return cell, false
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
