package flatfile

import (
	"strings"
	"testing"
)

type card struct {
	Name  string   `yaml:"name"`
	Words []string `yaml:"words"`
}

var form = Form{Noun: "card", Bytes: 1 << 10, Lines: 20}

func TestWhatAFlatFileMayHold(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a name":                 {"name: x\nwords: [a, b]\n", ""},
		"an unknown member":      {"name: x\nsql: y\n", `card F, line 2: unknown field "sql"`},
		"a member twice":         {"name: x\nname: y\n", `card F, line 2: mapping key "name" already defined`},
		"an alias":               {"name: &a x\nwords: [*a]\n", "card F, line 1: anchors, aliases and tags are not taken"},
		"a tag":                  {"name: !!binary aGk=\n", "card F, line 1: anchors"},
		"nothing":                {"", "card F: a file holds one card"},
		"two documents":          {"name: x\n---\nname: y\n", "card F: a file holds one card"},
		"more than its bytes":    {"name: " + strings.Repeat("x", 1<<10), "card F is larger than 1 KiB"},
		"more than its lines":    {strings.Repeat("\n", 30) + "name: x", "card F, line 21: nested too deep, or too many lines"},
		"brackets without end":   {"words: " + strings.Repeat("[", 900), "card F, line 1: nested too deep"},
		"dashes without end":     {"words:\n" + strings.Repeat("- ", 400), "card F, line 2: nested too deep"},
		"a far indentation":      {"words:\n" + strings.Repeat(" ", 65) + "- a", "card F, line 2: nested too deep"},
		"a list where a text is": {"name: [a]\n", "card F, line 1:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := form.Read("F", []byte(c.text), &card{})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestMembersHavePlaces(t *testing.T) {
	var c card
	for text, want := range map[string]int{"name: x\n\nwords: [a]\n": 3, "words: []\n": 1, "name: x\n": 0} {
		p, err := form.Read("F", []byte(text), &c)
		if err != nil || p.Line("words") != want {
			t.Errorf("%q: line %d, %v; want %d", text, p.Line("words"), err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("name: x\nwords: [a, b]\n"))
	f.Add([]byte("name: &a x\n? *a\n"))
	f.Add([]byte("- - {[\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var c card
		p, err := form.Read("F", text, &c)
		if err == nil && p.Line("name") > strings.Count(string(text), "\n")+strings.Count(string(text), "\r")+1 {
			t.Errorf("a member stands on line %d of %q", p.Line("name"), text)
		}
	})
}
