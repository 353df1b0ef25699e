package ui

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

var chipEnds = regexp.MustCompile(`\[1 since:(\S+)\] \[2 until:(\S+)\]`)

func TestAStretchOfTimeIsBrushed(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "v", "right", "right")
	p.shows("enter, esc")
	said := p.screen()
	p.press("enter")
	ends := chipEnds.FindStringSubmatch(p.screen())
	if ends == nil {
		t.Fatalf("no window:\n%s", p.screen())
	}
	for _, e := range ends[1:] {
		at, err := time.Parse(time.RFC3339, e)
		if err != nil || !strings.Contains(said, at.Format("15:04:05Z")) {
			t.Errorf("the brush did not name %s:\n%s", e, said)
		}
	}
	p.press("u")
	p.shows("no filter", "600 of 600")
	p.press("v", "right", "esc")
	p.shows("no filter")
	p.hides("enter, esc")
}

func TestTheSumOfTheBarsIsTheCount(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "shift+tab")
	p.shows("enter keeps")
	p.press("home", "v", "end")
	p.shows("514 ok 55 denied 31 failed")
}

func TestBarsTellDeniedFailedAndMissingLogsBySigns(t *testing.T) {
	m := newMemory(60)
	for i := range m.rows {
		m.rows[i][model.FieldOutcome], m.rows[i][model.FieldLog] = "ok", "cloudtrail"
		// Half an hour without any log, then one with the access log too.
		if i >= 30 {
			m.rows[i][model.FieldTime] = m.rows[i][model.FieldTime].(time.Time).Add(30 * time.Minute)
			m.rows[i][model.FieldLog] = []string{"cloudtrail", "access"}[i%2]
		}
	}
	m.rows[2][model.FieldOutcome], m.rows[55][model.FieldOutcome] = "denied", "failed"
	m.summarise()
	p := startAt(t, m, 160, 50, nil)
	p.press("esc")
	var signs, logs string
	for _, l := range strings.Split(p.screen(), "\n") {
		if strings.HasPrefix(l, "  logs │") {
			logs = l
		} else if logs == "" {
			signs = l
		}
	}
	if !regexp.MustCompile(`!+ +x+`).MatchString(signs) {
		t.Errorf("signs are %q", signs)
	}
	if !regexp.MustCompile(`│c+·+─+$`).MatchString(strings.TrimRight(logs, " ")) {
		t.Errorf("coverage is %q", logs)
	}
	p.shows("! denied  x failed")
	p = start80(t, m, nil)
	p.press("esc")
	p.shows("!deny xfail ·no log")
}
