package grid

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
)

const million = int64(1_000_000)

// source answers fetches at once and remembers them.
type source struct {
	asked []int64
	fail  error
}

func (s *source) fetch(ctx context.Context, start int64, n int) ([]Row, error) {
	s.asked = append(s.asked, start/PageRows)
	if s.fail != nil {
		return nil, s.fail
	}
	var rows []Row
	for i := start; i < min(million, start+int64(n)); i++ {
		rows = append(rows, Row{Cells: []Cell{Word(fmt.Sprintf("row %d", i), theme.Text), Word("x", theme.Text)}})
	}
	return rows, ctx.Err()
}

func newGrid(s *source) (*Grid, tea.Cmd) {
	g := New(theme.New(false), []Column{{Name: "NAME", Min: 10, Want: 20, Elastic: true}, {Name: "B", Min: 3, Want: 3, Priority: 1}})
	g.SetFocus(true)
	g.SetSize(40, 21)
	return g, tea.Batch(g.Reset(1, s.fetch, million, 0, 0, nil), g.Ahead())
}

// settle runs what cmd asks for and gives the answers to g.
func settle(t *testing.T, g *Grid, cmd tea.Cmd) {
	t.Helper()
	if cmd == nil {
		return
	}
	switch m := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range m {
			settle(t, g, c)
		}
	case PageMsg:
		next, err := g.Receive(m)
		if err != nil {
			t.Fatal(err)
		}
		settle(t, g, next)
	}
}

func TestOnlyTheWindowIsFetched(t *testing.T) {
	s := &source{}
	g, cmd := newGrid(s)
	settle(t, g, cmd)
	if len(s.asked) != 2 {
		t.Errorf("asked for pages %v at the top, want the first two", s.asked)
	}
	s.asked = nil
	settle(t, g, g.Reset(2, s.fetch, million, 0, 0, nil))
	if len(s.asked) != 1 {
		t.Errorf("asked for pages %v before anything else is known of a result, want the first one", s.asked)
	}
	s.asked = nil
	cmd, _ = g.Act(keys.Last)
	if !strings.Contains(strings.Join(g.Lines(), ""), "·") {
		t.Error("rows that are not here yet have no placeholder")
	}
	settle(t, g, cmd)
	if len(s.asked) != 2 || g.Cursor() != million-1 {
		t.Errorf("asked for %v, cursor at %d", s.asked, g.Cursor())
	}
	if !strings.Contains(strings.Join(g.Lines(), ""), "row 999999") {
		t.Error("the last row is not shown")
	}
}

func TestPagesOfAnotherResultAreDropped(t *testing.T) {
	s := &source{}
	g, old := newGrid(s)
	cmd := g.Reset(2, s.fetch, million, 0, 0, nil)
	settle(t, g, old)
	if _, ok := g.Current(); ok {
		t.Error("a page of the old result was taken")
	}
	settle(t, g, cmd)
	if _, ok := g.Current(); !ok {
		t.Error("the page of the new result was not taken")
	}
}

func TestPagesOutsideTheWindowAreCancelled(t *testing.T) {
	s := &source{}
	g, first := newGrid(s)
	cmd, _ := g.Act(keys.Last)
	settle(t, g, first) // their contexts are cancelled by now
	if _, ok := g.At(0); ok {
		t.Error("a page that left the window was kept waiting for")
	}
	settle(t, g, cmd)
	if g.Pending() {
		t.Error("something is still pending")
	}
}

func TestAFailedPageIsReported(t *testing.T) {
	s := &source{fail: errors.New("no disk")}
	g, cmd := newGrid(s)
	batch := cmd().(tea.BatchMsg)
	if _, err := g.Receive(batch[0]().(PageMsg)); err == nil {
		t.Error("the failure was swallowed")
	}
}

func TestMemoryStaysAtAFewPages(t *testing.T) {
	s := &source{}
	g, cmd := newGrid(s)
	settle(t, g, cmd)
	random := rand.New(rand.NewSource(3))
	for range 300 {
		settle(t, g, g.GoTo(random.Int63n(million)))
		row, ok := g.Current()
		if !ok || row.Cells[0].String() != fmt.Sprintf("row %d", g.Cursor()) {
			t.Fatalf("row %d shows %v", g.Cursor(), row.Cells)
		}
		if len(g.pages) > pagesKept {
			t.Fatalf("%d pages are kept", len(g.pages))
		}
	}
}

func TestEveryMovementKeepsTheCursorOnScreen(t *testing.T) {
	s := &source{}
	g, cmd := newGrid(s)
	settle(t, g, cmd)
	acts := []keys.Action{keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.HalfUp, keys.HalfDown, keys.First, keys.Last, keys.Left, keys.Right, keys.ScrollLeft, keys.ScrollMore}
	random := rand.New(rand.NewSource(4))
	for range 2000 {
		if random.Intn(20) == 0 {
			settle(t, g, g.SetSize(1+random.Intn(60), 1+random.Intn(30)))
		}
		cmd, _ := g.Act(acts[random.Intn(len(acts))])
		settle(t, g, cmd)
		if g.row < 0 || g.row >= g.total || g.row < g.top || g.row >= g.top+max(1, g.Rows()) {
			t.Fatalf("cursor %d, first line %d, %d rows on screen", g.row, g.top, g.Rows())
		}
		for i, l := range g.Lines() {
			if w := Width(l); w != g.w {
				t.Fatalf("line %d is %d wide, want %d", i, w, g.w)
			}
		}
	}
}

func TestFitCutsAloudAndIsExact(t *testing.T) {
	tests := map[string]struct {
		in   string
		w    int
		cut  Cut
		want string
	}{
		"short text is padded":                          {"ab", 4, CutTail, "ab  "},
		"the tail is cut":                               {"abcdef", 4, CutTail, "abc…"},
		"the head is cut":                               {"abcdef", 4, CutHead, "…def"},
		"the middle is cut":                             {"abcdefghij", 7, CutMiddle, "ab…ghij"},
		"one cell is the mark":                          {"abc", 1, CutMiddle, "…"},
		"no cells are nothing":                          {"abc", 0, CutTail, ""},
		"a wide character is not split at the end":      {"漢字漢字", 4, CutTail, "漢… "},
		"a wide character is not split at the front":    {"漢字漢字", 4, CutHead, "…字 "},
		"a wide character is not split in the middle":   {"漢字漢字漢字", 7, CutMiddle, "漢…漢字"},
		"combining marks stay with what they belong to": {"e\u0301e\u0301e\u0301", 2, CutTail, "e\u0301…"},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			got := Fit(c.in, c.w, c.cut, "…")
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if Width(got) != c.w {
				t.Errorf("%q is %d wide, want %d", got, Width(got), c.w)
			}
		})
	}
}

func FuzzFitIsExact(f *testing.F) {
	f.Add("漢字/e\u0301\x1b[2J", 5, uint8(2))
	f.Add("", 0, uint8(0))
	f.Fuzz(func(t *testing.T, s string, w int, cut uint8) {
		if w < 0 || w > 300 {
			return
		}
		text := safe.New(s).String()
		if got := Fit(text, w, Cut(cut%3), "…"); Width(got) != w {
			t.Fatalf("%q in %d cells is %q, %d wide", text, w, got, Width(got))
		}
	})
}

func TestRowsAtHandAreDrawnWhenTheyComeOnScreen(t *testing.T) {
	g := New(theme.New(false), []Column{{Name: "NAME", Min: 10, Want: 20, Elastic: true}})
	g.SetSize(30, 11)
	drawn := 0
	g.SetRowsBy(int(million), func(i int) Row {
		drawn++
		return Row{Cells: []Cell{Word(fmt.Sprintf("row %d", i), theme.Text)}}
	})
	for _, c := range []struct {
		act  keys.Action
		want string
	}{{keys.Down, "row 1"}, {keys.Last, "row 999999"}, {keys.First, "row 0"}} {
		g.Act(c.act)
		if text := strings.Join(g.Lines(), "\n"); !strings.Contains(text, c.want) {
			t.Errorf("%s is not on screen:\n%s", c.want, text)
		}
	}
	if drawn > 3*PageRows {
		t.Errorf("%d rows were drawn for three screens", drawn)
	}
	g.SetRowsBy(0, func(int) Row { t.Error("a row of nothing"); return Row{} })
	_ = g.Lines()
}
