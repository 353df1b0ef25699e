package cli

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailsift/ui"
)

var update = flag.Bool("update", false, "rewrite docs/screens.md")

// pictured are the screens of docs/screens.md: the keys that lead there from the opening of the demo. A
// key that begins with a quote is text to type.
var pictured = []struct {
	says string
	keys []string
}{
	{"The briefing, over the list, is what opening a case shows", nil},
	{"The list, kept to one key", []string{"/", "'access_key:AKIAQ7DEMOLEAKEDKEY1", "enter"}},
	{"The values of a field, with counts", []string{"esc", "f", "i"}},
	{"The card of an actor", []string{"/", "'access_key:AKIAQ7DEMOLEAKEDKEY1", "enter", "A"}},
	{"How writes were encrypted", []string{"esc", "5"}},
	{"What is proven, altered, missing, unlisted, uncovered", []string{"esc", "6", "c"}},
}

// testScreensOfTheDocuments holds docs/screens.md against the program; -update writes it.
func testScreensOfTheDocuments(t *testing.T, s *session, p *program, docs string) {
	var out strings.Builder
	out.WriteString("# Screens\n\nThis page is drawn by the program itself, over the demo evidence at 80x24: `make golden` writes it.\n")
	for _, x := range pictured {
		o, err := p.screenOptions(t.Context(), s, false)
		if err != nil {
			t.Fatal(err)
		}
		o.Note, o.Clock, o.ASCII, o.Case, o.Version, o.Zone = nil, fixedNow, false, "demo", "", ""
		h := ui.NewHeadless(o, 80, 24)
		for _, k := range x.keys {
			if text, ok := strings.CutPrefix(k, "'"); ok {
				h.Type(text)
			} else {
				h.Press(k)
			}
		}
		out.WriteString("\n## " + x.says + "\n\n")
		if len(x.keys) > 0 {
			out.WriteString("`" + strings.ReplaceAll(strings.Join(x.keys, "` `"), "'", "") + "`\n\n")
		}
		out.WriteString("```text\n" + h.Screen() + "```\n")
	}
	name := filepath.Join(docs, "screens.md")
	if *update {
		if err := os.WriteFile(name, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	had, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(had) != out.String() {
		t.Errorf("%s is not what the program draws (make golden writes it)", name)
	}
}
