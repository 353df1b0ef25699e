package heat

import (
	"strings"
	"testing"
	"time"

	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
)

var first = time.Date(2026, 3, 1, 22, 0, 0, 0, time.UTC)

// sample is 5 days: two hours of the first, a bad third one, nothing on the last but one hour.
func sample() []Cell {
	list := make([]Cell, 2+24*3+1)
	for i := range list {
		list[i] = Good
	}
	list[2+24+6], list[2+24+7], list[2+24+12] = Altered, Gap, Gap
	list[2+24+13], list[5] = Gap, Linked
	return list
}

func draw(s *Strip) string {
	var out []string
	for _, l := range s.Lines() {
		var b strings.Builder
		esc := false
		for _, r := range l {
			switch {
			case r == '\x1b':
				esc = true
			case !esc:
				b.WriteRune(r)
			case r == 'm':
				esc = false
			}
		}
		out = append(out, strings.TrimRight(b.String(), " "))
	}
	return strings.Join(out, "\n")
}

func TestEveryHourHasASignAndALetter(t *testing.T) {
	s := New(theme.New(false))
	s.SetSize(100, 6)
	s.Set(first, sample())
	want := `        00           06           12           18
 03-01                                                 ✓ ✓
 03-02  ✓ ✓ ✓ ✓s✓ ✓  ✓ ✓ ✓ ✓ ✓ ✓  ✓ ✓ ✓ ✓ ✓ ✓  ✓ ✓ ✓ ✓ ✓ ✓   ✓s signature missing: hash only
 03-03  ✓ ✓ ✓ ✓ ✓ ✓  ✗a·g✓ ✓ ✓ ✓  ·g·g✓ ✓ ✓ ✓  ✓ ✓ ✓ ✓ ✓ ✓   ✗a log altered, ·g gap: no digest
 03-04  ✓ ✓ ✓ ✓ ✓ ✓  ✓ ✓ ✓ ✓ ✓ ✓  ✓ ✓ ✓ ✓ ✓ ✓  ✓ ✓ ✓ ✓ ✓ ✓
 03-05  ✓`
	if got := draw(s); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	a := New(theme.New(true))
	a.SetSize(40, 4)
	a.Set(first, sample())
	want = `        00    06    12    18
 03-01                        ++
 03-02  +++s++++++++++++++++++++
 03-03  ++++++ag++++gg++++++++++`
	if got := draw(a); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNoTwoCellsLookAlikeWithoutColour(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		th, seen := theme.New(ascii), map[string]Cell{}
		for c := None; c < cells; c++ {
			look := Sign(th, c).Glyph + c.Letter()
			if was, twice := seen[look]; twice {
				t.Errorf("cells %d and %d both look like %q", was, c, look)
			}
			seen[look] = c
			if Sign(th, c).Word == "" || grid.Width(look) != 2 {
				t.Errorf("cell %d is %q, %q", c, look, Sign(th, c).Word)
			}
		}
	}
}

func TestTheCursorMovesByHourAndDayAndToProblems(t *testing.T) {
	s := New(theme.New(false))
	s.SetSize(60, 3)
	s.Set(first, sample())
	steps := []struct {
		act  keys.Action
		want string
	}{
		{keys.First, "03-01 00"}, {keys.Right, "03-01 01"}, {keys.Down, "03-02 01"}, {keys.Left, "03-02 00"},
		{keys.NextBad, "03-03 06"}, {keys.NextBad, "03-03 07"}, {keys.NextBad, "03-03 12"}, {keys.NextBad, "03-03 12"},
		{keys.PrevBad, "03-03 07"}, {keys.PrevBad, "03-03 06"}, {keys.Last, "03-05 00"}, {keys.PageDown, "03-05 00"}, {keys.PageUp, "03-04 00"},
	}
	for _, x := range steps {
		if !s.Act(x.act) {
			t.Errorf("%s is no movement", x.act)
		}
		if got := s.Cursor().Format("01-02 15"); got != x.want {
			t.Errorf("after %s at %s, want %s", x.act, got, x.want)
		}
		if day := s.Cursor().Format("01-02"); !strings.Contains(draw(s), day) {
			t.Errorf("after %s the day %s is not on screen:\n%s", x.act, day, draw(s))
		}
	}
	if s.Act(keys.Open) {
		t.Error("enter is no movement")
	}
	if got := s.Span(); got != "days 4-5 of 5" {
		t.Errorf("span %q", got)
	}
	s.SetOnly(true)
	if s.Rows() != 1 || !strings.Contains(draw(s), "03-03") || strings.Contains(draw(s), "03-02") {
		t.Errorf("only problems:\n%s", draw(s))
	}
}

func TestAStripFitsEverySize(t *testing.T) {
	for _, list := range [][]Cell{nil, {Good}, sample()} {
		s := New(theme.New(false))
		s.Set(first, list)
		s.SetCursor(first.Add(-time.Hour))
		s.SetCursor(first.Add(1000 * time.Hour))
		for w := range 130 {
			for _, h := range []int{0, 1, 2, 7} {
				s.SetSize(w, h)
				lines := s.Lines()
				if w > 0 && len(lines) != h {
					t.Fatalf("%d lines at %dx%d", len(lines), w, h)
				}
				for _, l := range lines {
					if w >= dateWidth+hours && grid.Width(l) > w {
						t.Fatalf("%q is wider than %d", l, w)
					}
				}
			}
		}
	}
}
