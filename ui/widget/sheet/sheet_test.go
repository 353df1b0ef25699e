package sheet

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"trailsift/ui/keys"
	"trailsift/ui/theme"
)

// page has a heading, two lines that lead somewhere, a remark, then the same again.
func page(parts int) []Line[int] {
	var out []Line[int]
	say := func(text string, head, stop bool) {
		n := len(out)
		out = append(out, Line[int]{Draw: func(int) string { return text }, Head: head, Stop: stop, Of: n})
	}
	for p := range parts {
		say(fmt.Sprint("part ", p), true, false)
		say(fmt.Sprint("a", p), false, true)
		say(fmt.Sprint("b", p), false, true)
		say("a remark", false, false)
	}
	return out
}

func TestTheCursorStandsOnLinesThatLeadSomewhere(t *testing.T) {
	s := New[int](theme.New(true))
	s.SetSize(20, 4)
	s.Set(page(3))
	for _, c := range []struct {
		act  keys.Action
		want int
	}{
		{"", 1}, {keys.Up, 1}, {keys.Down, 2}, {keys.Down, 5}, {keys.Up, 2}, {keys.NextPane, 5}, {keys.NextPane, 9}, {keys.NextPane, 1}, {keys.PrevPane, 9}, {keys.PrevPane, 5},
		{keys.Last, 10}, {keys.Down, 10}, {keys.First, 1}, {keys.PageDown, 5}, {keys.PageUp, 2}, {keys.HalfDown, 5},
	} {
		if c.act != "" && !s.Act(c.act) {
			t.Errorf("%s is no movement", c.act)
		}
		if of, ok := s.Current(); !ok || of != c.want {
			t.Errorf("after %q the cursor is on %d, want %d", c.act, of, c.want)
		}
		if text := ansi.Strip(strings.Join(s.Lines(), "\n")); !strings.Contains(text, fmt.Sprintf("> %s%d", []string{"", "a", "b"}[c.want%4], c.want/4)) {
			t.Errorf("after %q the cursor's line is not on screen:\n%s", c.act, text)
		}
	}
	if s.Act(keys.Open) {
		t.Error("opening is taken for a movement")
	}
	if !s.Clipped() || len(s.Lines()) != 4 {
		t.Errorf("%d lines on screen", len(s.Lines()))
	}
}

func TestAHeadingStaysInSightAboveItsFirstLine(t *testing.T) {
	s := New[int](theme.New(true))
	s.SetSize(20, 3)
	s.Set(page(3))
	s.GoTo(4) // the heading of part 1: its first line gets the cursor
	if of, _ := s.Current(); of != 5 {
		t.Errorf("the cursor is on %d", of)
	}
	if text := strings.Join(s.Lines(), "\n"); !strings.Contains(text, "part 1") {
		t.Errorf("the heading is out of sight:\n%s", text)
	}
}

func TestPagesWithoutStopsOrLinesAreStill(t *testing.T) {
	s := New[int](theme.New(true))
	for _, lines := range [][]Line[int]{nil, {{Draw: func(int) string { return "only words" }}}} {
		s.Set(lines)
		s.SetSize(10, 2)
		for _, a := range []keys.Action{keys.Up, keys.Down, keys.PageDown, keys.Last, keys.First, keys.NextPane, keys.PrevPane} {
			s.Act(a)
			if _, ok := s.Current(); ok {
				t.Errorf("%s leads somewhere", a)
			}
		}
		if s.Hit(0) || len(s.Lines()) != len(lines) {
			t.Errorf("%q", s.Lines())
		}
	}
}
