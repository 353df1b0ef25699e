package ui

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"trailsift/ui/widget/grid"

	"trailsift/model"
)

func TestColumnsAreChosenOrderedAndWidened(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "C", "j", "j", "[", "j", "j", "space", "G", "space", "enter")
	p.shows("V OP         TIME▲     IP ")
	p.hides("ST ")
	p.press("C", "r")
	p.shows("TIME▲")
	p.press("l", "l", ">", ">", ">")
	p.shows("DeleteObject ")
	p.press("<", "<", "<", "<", "<")
	p.shows("Delet… ")
}

func TestAColumnIsMadeOfAnyValueInTheDetailAndSurvivesARestart(t *testing.T) {
	m := newMemory(600)
	for i := range m.rows {
		m.rows[i][model.JSONField("eventName")] = m.rows[i][model.FieldOp]
	}
	var book model.Notebook
	keep := func(o *Options) {
		o.Notebook = book
		o.Note = func(e model.NoteEntry) error { book = book.With(e); return nil }
	}
	p := startAt(t, m, 160, 50, keep)
	p.press("esc", "l", "enter", "end")
	for range 12 {
		p.press("up")
	}
	p.shows(`▸  "eventName": "GetObject"`)
	p.press("C", "esc")
	p.shows("TIME▲     eventName")
	p.press("l", "j", "j", "j", "+")
	p.shows("[1 json.eventName:PutObject]", "86 of 600")
	p.press("s")
	p.shows("cannot be sorted by a value of the JSON")
	p.press("j", "j")
	record := p.top(t)
	p.root.Remember()
	if err := p.root.notes.Drain(); err != nil {
		t.Fatal(err)
	}
	p = startAt(t, m, 160, 50, keep)
	p.press("esc")
	p.shows("TIME▲     eventName", "[1 json.eventName:PutObject]", "86 of 600", "3 of 86")
	if got := p.top(t); got != record {
		t.Errorf("the session goes on at record %v, want %v", got, record)
	}
}

func TestASecondTimeZoneStandsBesideUTC(t *testing.T) {
	p := startAt(t, newMemory(600), 120, 40, nil)
	p.press("esc", "T")
	p.typeText("No/Where")
	p.press("enter")
	p.shows("this host knows no such zone")
	p.press("ctrl+u")
	p.typeText("Asia/Kolkata")
	p.press("enter")
	p.shows("02:10:58", "Kolkata", "03-01 07:40:58+05:30")
	p.press("l", "l", "+")
	p.shows("[1 time:2026-03-01T02:10:58Z]")
	p.press("T")
	p.hides("Kolkata")
}

func TestNeighboursWithinASecondAreMarkedWhereOrderIsClaimed(t *testing.T) {
	m := newMemory(600)
	for i := range m.rows {
		if i%2 == 1 {
			m.rows[i][model.FieldTime] = m.rows[i-1][model.FieldTime]
		}
	}
	// The pair that stands on two pages.
	m.rows[256][model.FieldTime] = m.rows[255][model.FieldTime]
	p := startAt(t, m, 160, 50, nil)
	p.press("esc")
	p.press("l")
	p.shows("02:10:58≈", "within a second of a neighbour: their order is not known")
	p.press("l", "s")
	p.hides("≈")
	p.press("s", "s", "G")
	if s := p.screen(); strings.Count(s, "≈ ") < 20 {
		t.Errorf("few marks:\n%s", s)
	}
}

func TestLongValuesAreWrappedOrCut(t *testing.T) {
	m := newMemory(60)
	m.rows[0][model.FieldAgent] = strings.Repeat("agent ", 30) + "END"
	p := startAt(t, m, 160, 50, nil)
	p.press("esc")
	p.shows("END")
	p.press("w")
	p.hides("agent END")
	p.press("w")
	p.shows("END")
}

func TestASessionThatCannotBeReadIsAsNone(t *testing.T) {
	for _, text := range []string{"{", `{"filter":"stauts:1"}`, `{"settings":{"columns":[{"field":"no such"}],"zone":"../../x","zoned":true},"screen":"none","sort":{"Field":"zzz"}}`, `[]`} {
		p := start80(t, newMemory(60), func(o *Options) {
			o.Notebook = model.Notebook{}.With(model.NoteEntry{Kind: model.NoteSession, Text: text})
		})
		p.press("esc")
		p.shows("TIME▲", "60 of 60")
	}
}

func TestFiltersTypedBeforeAreThereInTheNextSession(t *testing.T) {
	var book model.Notebook
	keep := func(o *Options) {
		o.Notebook = book
		o.Note = func(e model.NoteEntry) error { book = book.With(e); return nil }
	}
	p := start80(t, newMemory(60), keep)
	p.press("esc", "/")
	p.typeText("op:PutObject")
	p.press("enter", "0")
	p.root.finish()
	p = start80(t, newMemory(60), keep)
	p.press("esc", "/", "up")
	p.shows("/ op:PutObject")
}

func TestASecondTimeZoneHidesNoMoreThanItMust(t *testing.T) {
	day := 24 * time.Hour
	for name, span := range map[string]time.Duration{"a day": 0, "a year": 20 * day, "years": 400 * day} {
		for _, size := range sizes {
			t.Run(name+" "+size.name, func(t *testing.T) {
				m := newMemory(600)
				m.rows[599][model.FieldTime] = start.Add(span + 2*time.Hour)
				m.summarise()
				p := startAt(t, m, size.w, size.h, func(o *Options) { o.Zone = "Asia/Tokyo" })
				p.press("esc", "T", "enter")
				heads := regexp.MustCompile(`(?m)^.*V TIME.*$`).FindString(p.screen())
				want := []string{"OP", "Tokyo", "OBJECT"}
				if size.w < 80 {
					want = want[:1]
				}
				for _, w := range want {
					if !strings.Contains(heads, w) {
						t.Errorf("no %s in %q", w, heads)
					}
				}
				if strings.Contains(heads, " IP ") && !strings.Contains(heads, "OBJECT") {
					t.Errorf("IP outlives OBJECT in %q", heads)
				}
				for _, l := range strings.Split(p.screen(), "\n") {
					if grid.Width(l) > size.w {
						t.Errorf("%q is wider than %d", l, size.w)
					}
				}
			})
		}
	}
}
