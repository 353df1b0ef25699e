package ui

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
)

func TestFacetsTakeTheScreenWhereItIsNarrow(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "f", "f")
	p.shows("Facets", "▸op", "GetObject", "258")
	p.press("j", "+")
	p.shows("[1 op:GetObject]", "258 of 600", "Facets")
	p.press("q")
	p.shows("Events", "1 of 258")
}

func TestFacetsAreTurnedToTheRarest(t *testing.T) {
	m := newMemory(600)
	m.rows[77][model.FieldOp] = "GetBucketAcl"
	for i, ip := range []string{"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"} {
		m.rows[i][model.FieldIP] = ip
	}
	p := startAt(t, m, 120, 40, nil)
	p.press("esc")
	p.hides("GetBucketAcl")
	p.press("shift+tab", "r")
	p.shows("rarest first", "GetBucketAcl")
	p.press("r")
	p.hides("GetBucketAcl")
}

func TestWhichFacetsShowIsChosen(t *testing.T) {
	var book model.Notebook
	p := startAt(t, newMemory(600), 120, 40, func(o *Options) {
		o.Note = func(e model.NoteEntry) error { book = book.With(e); return nil }
	})
	p.press("esc", "shift+tab", "C", "space", "G", "space", "enter")
	p.hides("▸op ")
	p.shows("flags")
	p = startAt(t, newMemory(600), 120, 40, func(o *Options) { o.Notebook = book })
	p.press("esc")
	p.shows("flags")
	p.hides("▸op ")
}

func TestConditionsAreEditedAndSwitchedByNumber(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "l", "l", "+", "F", "e", "ctrl+u")
	p.typeText("op:(PutObject|HeadObject) outcome:ok")
	p.press("enter", "esc")
	p.shows("[1 op:(PutObject|HeadObject)] [2 outcome:ok]")
	p.send(tea.KeyPressMsg{Code: '1', Mod: tea.ModAlt})
	p.shows("[1 op:(PutObject|HeadObject) off]")
	p.send(tea.KeyPressMsg{Code: '9', Mod: tea.ModAlt})
	p.shows("the filter has no condition 9")
	p.press("F", "e", "ctrl+u")
	p.typeText("stauts:1")
	p.press("enter")
	p.shows("stauts")
	p.press("ctrl+u", "enter")
	p.shows("a condition is needed")
}

func TestTheFacetPanelIsNarrowedByTyping(t *testing.T) {
	m := newMemory(600)
	m.rows[77][model.FieldActor] = "seen-once"
	for i := range 40 {
		m.rows[100+i][model.FieldIP] = fmt.Sprintf("10.0.0.%d", i)
	}
	p := startAt(t, m, 120, 40, nil)
	p.press("esc", "shift+tab", "/")
	p.typeText("SEEN-o")
	p.shows("/ SEEN-o", "actor       1 of 4 values", "seen-once")
	p.hides("GetObject             ")
	p.press("enter", "=")
	p.shows("[1 actor:seen-once]", "1 of 600", "/ SEEN-o")
	p.press("esc")
	p.hides("/ SEEN-o", "1 of 4 values")
	p.press("u", "/")
	p.send(tea.PasteMsg{Content: "10.0.0.1"})
	p.shows("ip        11 of 44 values")
	p.press("down", "down", "enter", "-")
	p.shows("[1 -ip:10.0.0.1")
	p.press("r")
	p.shows("rarest first", "ip        10 of 43 values", "▸▁ 10.0.0.12")
	p.press("/")
	p.typeText("x")
	p.shows("no value holds that")
	p.press("esc", "tab")
	p.hides("no value holds that", "/ 10.0.0.1x")
}

func TestTheHistoryGoesBackToAnyFilter(t *testing.T) {
	var book model.Notebook
	p := start80(t, newMemory(600), func(o *Options) {
		o.Note = func(e model.NoteEntry) error { book = book.With(e); return nil }
	})
	p.press("esc", "l", "l", "+", "/")
	p.typeText("outcome:denied")
	p.press("enter", "l", "s", "U")
	p.shows("= 23", "op:GetObject outcome:denied  by status", "258         op:GetObject", "600         no filter")
	p.press("down", "down", "enter")
	p.shows("[1 op:GetObject]", "258 of 600")
	p.hides("[2 outcome")
	p.press("u")
	p.shows("[2 outcome:denied]", "23 of 600")
	p.run(p.root.Remember())
	p.press("U", "q")
	p.hides("History")

	p = start80(t, newMemory(600), func(o *Options) { o.Notebook = book })
	p.press("esc", "0", "U")
	p.shows("History", "= 600", "op:GetObject outcome:denied  by status")
	p.press("down", "enter")
	p.shows("[2 outcome:denied]")
}

func TestRarestFirstPutsAbsentValuesWhereTheirNumberStands(t *testing.T) {
	m := newMemory(600)
	m.rows[77][model.FieldActor] = "seen-once"
	for i := range 250 {
		m.rows[300+i][model.FieldActor] = nil
	}
	p := start80(t, m, nil)
	p.press("esc", "f", "a", "r")
	p.shows("▸ seen-once")
	p.press("G")
	p.shows("▸ (absent)", "250")
	p.press("up")
	p.hides("▸ (absent)", "▸ seen-once")
}

func TestTurningTheOrderOfFacetsNeverLeavesTheCursorOnAnotherValue(t *testing.T) {
	m := newMemory(600)
	for i := range 40 {
		m.rows[i*7][model.FieldIP] = "192.0.2." + strconv.Itoa(100+i)
	}
	p := startAt(t, m, 160, 50, nil)
	p.press("esc", "shift+tab")
	for range 40 {
		if regexp.MustCompile(`▸. 203\.0\.113\.7`).MatchString(p.screen()) {
			break
		}
		p.press("j")
	}
	p.press("r")
	p.shows("▸ip ")
}

func TestEveryChoiceAfterAFirstKeyFitsAndTimesAreToldWhole(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "f")
	p.shows("o object", "v badge", "f side")
	p.press("esc", "/")
	p.typeText("op:GetObject -ip:10.0.0.0/8 since:2026-03-01T02:00Z until:2026-03-01T03:00Z")
	p.press("enter")
	p.shows("[1 op:GetObject] [2 -ip:10.0.0.0/8] [3 since:2026-03-01T02:00Z] +1")
}

func TestEqualKeysOfTwoBucketsAreTwoObjects(t *testing.T) {
	m := newMemory(600)
	for i, r := range m.rows {
		r[model.FieldBucket], r[model.FieldKey] = "acme-a", "a.csv"
		if i%3 == 0 {
			r[model.FieldBucket] = "acme-b"
		}
		if i%100 == 7 {
			r[model.FieldKey] = nil
		}
	}
	for _, c := range []struct {
		name string
		keys []string
		want []string
	}{
		{"the first is kept", []string{"enter"}, []string{"[1 object:acme-a/a.csv]", "396 of 600"}},
		{"the second is kept", []string{"j", "+"}, []string{"[1 object:acme-b/a.csv]", "198 of 600"}},
		{"the second is dropped", []string{"j", "-"}, []string{"[1 -object:acme-b/a.csv]", "402 of 600"}},
		{"only the second", []string{"enter", "f", "o", "j", "="}, []string{"[1 object:acme-b/a.csv]", "198 of 600"}},
		{"either of the two", []string{"enter", "f", "o", "j", "+"}, []string{"[1 object:(acme-a/a.csv|acme-b/a.csv)]", "594 of 600"}},
		{"what is about no object", []string{"G", "enter"}, []string{"[1 -key:*]", "6 of 600"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := start80(t, m, nil)
			p.press("esc", "f", "o")
			p.shows("Values of object", "acme-a/a.csv", "396", "acme-b/a.csv", "198", "(absent)", "3 values")
			p.press(c.keys...)
			p.shows(c.want...)
		})
	}
}
