package ui

import (
	"context"
	"errors"
	"testing"
	"time"

	"trailsift/model"
)

func TestTheIncidentWindowIsSetClearedAndPutBack(t *testing.T) {
	m := newMemory(600)
	p := start80(t, m, nil)
	p.press("esc", "W")
	p.shows("Incident window", "now: no window is set", "2026-03-01T02:10:58Z", "verification is judged over it")
	p.press("ctrl+u")
	p.typeText("2026-03-01T02:00")
	p.press("tab", "ctrl+u")
	p.typeText("2026-03-02")
	p.shows("then: 2026-03-01 02:00:00Z to 2026-03-02 00:00:00Z (22h0m0s)")
	p.press("enter")
	p.shows("the incident window is 2026-03-01 02:00:00Z to 2026-03-02 00:00:00Z")
	if want := (model.Span{From: time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC), To: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)}); m.over.Window != want {
		t.Fatalf("set %v", m.over.Window)
	}
	p.press("b")
	p.shows("incident window: 2026-03-01 02:00:00Z to 2026-03-02 00:00:00Z")
	p.press("esc", "W", "down", "down", "right")
	p.shows("now: 2026-03-01 02:00:00Z", "without one verification is judged over the evidence's own span")
	p.press("enter")
	p.shows("no incident window is set")
	if !m.over.Window.IsZero() {
		t.Errorf("cleared to %v", m.over.Window)
	}
	p.press("W", "down", "down", "right")
	p.shows("[put back]", "then: 2026-03-01 02:00:00Z")
	p.press("enter")
	if m.over.Window.To.Day() != 2 {
		t.Errorf("put back %v", m.over.Window)
	}
}

func TestTheIncidentWindowBeginsWithTheFiltersOwn(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "i", "W")
	p.shows("Incident window", "2026-03-01T02:")
	p.hides("2026-03-01T03:20:52Z")
	p.press("esc", "6", "W")
	p.shows("Incident window")
}

func TestAWrongIncidentWindowIsRefusedWithAReason(t *testing.T) {
	for typed, want := range map[string]string{"yesterday": "from:", "": "a window has two ends: from is empty", "2027-01-01": "is not before"} {
		p := start80(t, newMemory(600), nil)
		p.press("esc", "W", "ctrl+u")
		p.typeText(typed)
		p.press("enter")
		p.shows("Incident window", want)
	}
	m := newMemory(600)
	p := start80(t, m, func(o *Options) {
		o.SetWindow = func(context.Context, model.Span) error { return errors.New("disk full") }
	})
	p.press("esc", "W", "enter")
	p.shows("incident window failed: disk full")
	p = start80(t, m, func(o *Options) { o.SetWindow = nil })
	p.press("esc", "W")
	p.shows("this session cannot set the incident window")
}
