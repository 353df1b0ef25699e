package ui

import (
	"strings"
	"testing"
)

func TestEveryScreenHasACommandThatTellsTheSame(t *testing.T) {
	for name, c := range map[string]struct {
		keys []string
		want string
	}{
		"the list":           {[]string{"l", "l", "+", "s"}, "trailsift query acme-2026-03 --sort=op op:GetObject"},
		"a filter with a -":  {[]string{"l", "l", "-"}, "trailsift query acme-2026-03 -- -op:GetObject"},
		"questions":          {[]string{"2"}, "trailsift preset list acme-2026-03"},
		"groups":             {[]string{"2", "down", "enter"}, "trailsift preset run acme-2026-03 denied-by-ip"},
		"buckets":            {[]string{"3"}, "trailsift query acme-2026-03 --group-by=bucket"},
		"a prefix":           {[]string{"3", "enter", "enter"}, "trailsift query acme-2026-03 --group-by=key 'bucket:acme-finance key:finance/*'"},
		"writes":             {[]string{"5", "o"}, "trailsift audit encryption acme-2026-03 --by=prefix --over=hour"},
		"verification":       {[]string{"6"}, "trailsift verify acme-2026-03"},
		"members":            {[]string{"7"}, "trailsift case info acme-2026-03 --members"},
		"the notebook":       {[]string{"8"}, "trailsift case notebook acme-2026-03"},
		"writes of a filter": {[]string{"l", "l", "+", "5"}, "trailsift audit encryption acme-2026-03 --by=bucket --over=hour op:GetObject"},
	} {
		t.Run(name, func(t *testing.T) {
			p := startAt(t, newMemory(600), 120, 40, nil)
			p.press(append([]string{"esc"}, c.keys...)...)
			p.press(":")
			p.typeText("cmd")
			p.press("enter")
			said := strings.Join(strings.Fields(strings.ReplaceAll(p.screen(), "│", " ")), " ")
			if !strings.Contains(said, c.want+" ") {
				t.Errorf("no %q on\n%s", c.want, p.screen())
			}
		})
	}
}
