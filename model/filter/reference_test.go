package filter

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"trailsift/model"
)

var update = flag.Bool("update", false, "rewrite docs/filter.md")

const page = "../../docs/filter.md"

func TestReferenceIsNotStale(t *testing.T) {
	if *update {
		if err := os.WriteFile(page, []byte(Reference()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil || string(got) != Reference() {
		t.Errorf("docs/filter.md is stale (%v): run go test ./model/filter -update", err)
	}
}

func TestExamplesOfTheReferenceWork(t *testing.T) {
	for _, e := range slices.Concat(basics, windows, listed) {
		f := parse(t, e.text)
		if again := parse(t, Print(f)); !again.Equal(f) || len(f.Terms) == 0 {
			t.Errorf("%s, printed %s, is another filter", e.text, Print(f))
		}
	}
}

func TestTheGuideFitsATerminalAndLeavesNothingOut(t *testing.T) {
	g := Guide()
	for _, l := range strings.Split(g, "\n") {
		if n := utf8.RuneCountInString(l); n > 80 {
			t.Errorf("%d columns: %s", n, l)
		}
	}
	for _, in := range model.Fields {
		if !strings.Contains(g, "\n  "+string(in.Field)+" ") {
			t.Errorf("field %s is missing", in.Field)
		}
	}
	for _, e := range slices.Concat(basics, windows, listed) {
		if !strings.Contains(g, "\n  "+e.text+"\n") {
			t.Errorf("example %s is missing", e.text)
		}
	}
}
