package filter

import (
	"flag"
	"os"
	"slices"
	"testing"
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
