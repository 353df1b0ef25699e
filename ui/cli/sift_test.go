package cli

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/ui"
	"trailsift/ui/widget/shell"
)

// sifted are the lists whose lines are kept, dropped and kept alone: the keys that lead there, and the
// filter of what is listed.
var sifted = []struct {
	name, base string
	keys       []string
	each       bool // looked at in every run of the tests, not just the nightly one
	counts     bool // a line begins with, or adds up to, what keeping it shows
	h          int  // rows of the screen; 0: so few that no bars are drawn, nor asked for
}{
	{name: "actors", keys: []string{"4"}},
	{name: "card", keys: []string{"4", "j", "j", "j", "j", "j", "enter"}, base: "actor:arn:aws:iam::111122223333:user/svc-backup-legacy"},
	{name: "encryption by bucket", keys: []string{"5"}, base: "enc:* -enc:n/a", counts: true, each: true},
	{name: "encryption by prefix", keys: []string{"5", "o"}, base: "enc:* -enc:n/a", counts: true},
	{name: "encryption by actor", keys: []string{"5", "o", "o"}, base: "enc:* -enc:n/a", counts: true},
	{name: "encryption by key", keys: []string{"5", "o", "o", "o"}, base: "enc:* -enc:n/a", counts: true},
	{name: "findings", keys: []string{"5", "tab"}, counts: true, h: 40},
	{name: "story", keys: []string{"/", `'object:"acme-finance/reports/2026 q1/statement-001.xlsx"`, "enter", "O"}, base: `object:"acme-finance/reports/2026 q1/statement-001.xlsx"`},
	{name: "deletes", keys: []string{":", "':deletes", "enter"}},
	{name: "objects", keys: []string{"3"}, counts: true},
	{name: "objects below", keys: []string{"3", "enter"}, counts: true},
}

// testSifting holds what + - and = on lists open to what the lines show: what is kept and what is dropped
// are together what was listed.
func testSifting(t *testing.T, s *session, p *program) {
	lines, nightly := 1, os.Getenv("TRAILSIFT_NIGHTLY") != ""
	if nightly {
		lines = 12
	}
	for _, list := range sifted {
		if !nightly && !list.each {
			continue
		}
		t.Run(list.name, func(t *testing.T) {
			o, err := p.screenOptions(t.Context(), s, true)
			if err != nil {
				t.Fatal(err)
			}
			o.Note, o.Clock = nil, fixedNow
			if list.h == 0 {
				list.h = 19
			}
			h := ui.NewHeadless(o, 119, list.h) // so narrow that there is no panel of facets
			for _, k := range append([]string{"esc"}, list.keys...) {
				if text, ok := strings.CutPrefix(k, "'"); ok {
					h.Type(text)
				} else {
					h.Press(k)
				}
			}
			base, err := filter.Parse(list.base, filter.Context{})
			if err != nil {
				t.Fatal(err)
			}
			for range lines {
				siftLine(t, h, s, base, list.counts)
				if before := h.Screen(); t.Failed() || func() bool { h.Press("j"); return h.Screen() == before }() {
					return
				}
			}
		})
	}
}

// siftLine presses the three keys on the line under the cursor.
func siftLine(t *testing.T, h *ui.Headless, s *session, base model.Filter, counts bool) {
	t.Helper()
	count := func(f model.Filter) int64 {
		n, err := s.engine.Count(t.Context(), model.Query{Filter: f})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	at := cursorLine(h)
	if at == "" {
		t.Fatalf("there is no cursor:\n%s", h.Screen())
	}
	shown := map[string]int64{}
	for _, key := range []string{"+", "-", "="} {
		h.Press(key)
		screen := h.Screen()
		q, n, ok := h.Listed()
		if !ok {
			if key == "+" || !strings.Contains(screen, "cannot be") {
				t.Errorf("%s opens no list on %q:\n%s", key, at, screen)
			}
			continue
		}
		shown[key] = n
		if want := count(q.Filter); n != want {
			t.Errorf("%s on %q lists %d of %d rows of %s", key, at, n, want, filter.Print(q.Filter))
		}
		if key == "-" && !strings.Contains(screen, "other buckets are left out too") {
			left := q.Filter.Terms[len(q.Filter.Terms)-1]
			kept := left
			kept.Not = !left.Not
			gone := count(base.With(kept))
			if n != count(base)-gone {
				t.Errorf("- on %q leaves %d of %d rows, and %d are gone: %s", at, n, count(base), gone, filter.Print(q.Filter))
			}
			if gone != shown["+"] && !strings.Contains(screen, shell.CopiesToo) {
				t.Errorf("- on %q drops %d rows, + keeps %d, and nothing is said of it: %s\n%s", at, gone, shown["+"], filter.Print(q.Filter), screen)
			}
		}
		h.Press("q")
		if now := cursorLine(h); now != at {
			t.Errorf("%s on %q came back to %q", key, at, now)
		}
	}
	if n, ok := shown["="]; ok && n != shown["+"] {
		t.Errorf("= on %q lists %d rows, + %d", at, n, shown["+"])
	}
	t.Logf("%d %d %d %s", shown["+"], shown["-"], shown["="], at)
	if numbers := numbersOf(at); counts && !slices.Contains(numbers, shown["+"]) {
		t.Errorf("+ on %q lists %d rows; the line counts %v", at, shown["+"], numbers)
	}
}

// cursorLine is the line of the cursor; of two lists on screen the lower one has the keys.
func cursorLine(h *ui.Headless) (line string) {
	for l := range strings.SplitSeq(h.Screen(), "\n") {
		if strings.HasPrefix(l, ">") {
			line = strings.TrimRight(l, " ")
		}
	}
	return line
}

var whole = regexp.MustCompile(`^([0-9]{1,3}(?: [0-9]{3})*)(?: [a-z].*)?$`)

// numbersOf are the whole numbers between the gaps of a line up to its first time, and their sum.
func numbersOf(line string) []int64 {
	var out []int64
	sum := int64(0)
	line, _, _ = strings.Cut(line, " 2026-")
	for _, cell := range regexp.MustCompile(` {2,}`).Split(line, -1) {
		if m := whole.FindStringSubmatch(cell); m != nil {
			n, _ := strconv.ParseInt(strings.ReplaceAll(m[1], " ", ""), 10, 64)
			out, sum = append(out, n), sum+n
		}
	}
	return append(out, sum)
}
