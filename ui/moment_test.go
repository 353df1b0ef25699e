package ui

import (
	"testing"

	tea "charm.land/bubbletea/v2"
)

func TestGoToATimeAsTheListPrintsIt(t *testing.T) {
	for typed, want := range map[string]string{
		"02:12":                     "- 02:12:01",
		"02:12:00":                  "- 02:12:01",
		"02:12:15≈":                 "✓ 02:12:15",
		"03-01 02:12:00":            "- 02:12:01",
		"03-01T02:12":               "- 02:12:01",
		"03-01 07:42:00+05:30":      "- 02:12:01", // as in the second zone's column
		"07:42+05:30":               "- 02:12:01",
		"2026-03-01 02:12:00":       "- 02:12:01",
		"2026-03-01 02:12":          "- 02:12:01",
		"2026-02-28 21:12:00-05:00": "- 02:12:01",
		"2026-03-01T02:12:00Z":      "- 02:12:01",
		"2026-03-01t02:12z":         "- 02:12:01",
	} {
		p := start80(t, newMemory(600), nil)
		p.press("esc", "@")
		p.typeText(typed)
		p.press("enter")
		p.hides("Go to time")
		p.shows("▸  " + want)
		if t.Failed() {
			t.Fatalf("typed %q", typed)
		}
	}
}

func TestAWrongTimeIsSaidInTheWordsOfItsField(t *testing.T) {
	for _, typed := range []string{"noon", "25:00", "13-41 02:00", "0", "op:GetObject"} {
		p := start80(t, newMemory(60), nil)
		p.press("esc", "@")
		p.typeText(typed)
		p.press("enter")
		p.shows("Go to time", typed+" is no time; write 02:12:00")
		p.hides("since", "unknown")
	}
}

func TestWhatIsTypedOrPastedReplacesTheProposedTime(t *testing.T) {
	p := start80(t, newMemory(60), nil)
	p.press("esc", "@")
	p.shows("time  2026-03-01T02:10:58Z")
	p.send(tea.PasteMsg{Content: "02:1"})
	p.typeText("3")
	p.shows("time  02:13 ")
	p.press("esc", "@", "left", "backspace")
	p.typeText("9")
	p.shows("time  2026-03-01T02:10:59Z")
}
