package ui

import (
	"strings"
	"testing"
)

func TestKeepDropAndOnlyOnBars(t *testing.T) {
	p := startAt(t, newMemory(600), 160, 50, nil)
	p.press("esc", "shift+tab", "shift+tab", "home", "-")
	p.shows("[1 since:2026-03-01T02:11:00Z]", "599 of 600")
	p.press("end", "-")
	p.shows("[2 until:2026-03-01T03:20:00Z]")
	p.press("home", "right", "-")
	p.shows("a filter leaves out time at either end only")
	p.press("right")
	p.hides("at either end only")
	p.shows("ok", "denied", "failed; enter keeps")
	p.press("+")
	p.shows("[1 since:2026-03-01T02:13:00Z] [2 until:2026-03-01T02:14:00Z]", "enter keeps") // the bars still have the keys
	p.press("-")
	p.hides("-op:", "-integrity:")
}

// Every screen that lists values keeps, drops and keeps only what is under its cursor, and those that
// list none say so.
func TestKeepDropAndOnlyOnEveryScreen(t *testing.T) {
	for name, c := range map[string]struct {
		keys             []string
		keep, drop, only string
	}{
		"buckets":                   {[]string{"l", "l", "+", "3"}, "op:GetObject bucket:acme-finance", "op:GetObject -bucket:acme-finance", "op:GetObject bucket:acme-finance"},
		"groups":                    {[]string{"2", "down", "enter"}, "outcome:denied ip:", "outcome:denied -ip:", "outcome:denied ip:"},
		"groups, the second column": {[]string{"2", "down", "enter", "right"}, "outcome:denied ip:", "outcome:denied -actor:", "outcome:denied actor:"},
	} {
		for key, want := range map[string]string{"+": c.keep, "-": c.drop, "=": c.only} {
			t.Run(name+" "+key, func(t *testing.T) {
				p := startAt(t, newMemory(600), 160, 50, nil)
				p.press(append([]string{"esc"}, c.keys...)...)
				p.press(key)
				if line := strings.Split(p.screen(), "\n")[1]; !strings.HasPrefix(line, " / "+want) {
					t.Errorf("lists %q, want %q", strings.TrimSpace(line), want)
				}
			})
		}
	}
	for _, screen := range []string{"2", "6", "7", "8"} {
		for _, key := range []string{"+", "-", "="} {
			p := startAt(t, newMemory(600), 120, 40, nil)
			p.press("esc", screen, key)
			p.shows("what is listed here is no value of a filter: " + key)
		}
	}
}
