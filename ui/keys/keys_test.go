package keys

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite generated files")

func TestNoKeyHasTwoActsInOnePane(t *testing.T) {
	for _, p := range append([]Pane{Everywhere, Explore}, Panes...) {
		seen := map[string]Action{}
		for _, a := range In(p) {
			for _, k := range a.Keys {
				if was, ok := seen[k]; ok && was != a.Action {
					t.Errorf("pane %s: key %q means %s and %s", p, k, was, a.Action)
				}
				seen[k] = a.Action
			}
		}
		for k := range seen {
			first, rest, pair := strings.Cut(k, " ")
			if act, ok := seen[first]; pair && rest != "" && ok {
				t.Errorf("pane %s: %q begins the pair %q and means %s", p, first, k, act)
			}
		}
	}
}

func TestNoKeyIsReservedByTerminals(t *testing.T) {
	reserved := map[string]bool{"ctrl+s": true, "ctrl+q": true, "ctrl+z": true, "ctrl+m": true, "ctrl+i": true,
		"ctrl+[": true, "ctrl+h": true, "ctrl+b": true, "ctrl+space": true}
	for _, a := range Table {
		for _, k := range a.Keys {
			if reserved[k] {
				t.Errorf("%s uses %q, which terminals keep for themselves", a.Action, k)
			}
		}
		if a.Help == "" {
			t.Errorf("%s has no help", a.Action)
		}
	}
}

func TestLookupFallsBackOnTheParents(t *testing.T) {
	tests := map[string]struct {
		pane   Pane
		key    string
		act    Action
		prefix bool
	}{
		"a pane has its own keys":           {Sources, "f", Problems, false},
		"Explore's keys hold in the list":   {List, "+", Keep, false},
		"q goes back everywhere":            {Presets, "q", Back, false},
		"f begins a pair in Explore":        {Detail, "f", "", true},
		"a pair is looked up as a whole":    {List, "f i", PickIP, false},
		"overlays stand alone":              {Help, "q", "", false},
		"a key nobody claims means nothing": {List, "ctrl+y", "", false},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			act, prefix := Lookup(c.pane, c.key)
			if act != c.act || prefix != c.prefix {
				t.Errorf("got %q %v, want %q %v", act, prefix, c.act, c.prefix)
			}
		})
	}
}

func TestTheReferenceIsUpToDate(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "keys.md")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(Reference()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("read the reference: %v (go test ./ui/keys -update writes it)", err)
	}
	if string(got) != Reference() {
		t.Error("docs/keys.md is stale: go test ./ui/keys -update")
	}
}
