package ui

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"
)

// waiting is what is awaited and since when. It is looked at once a second while anything is, so that who
// waits sees the time go by.
type waiting struct {
	what    string
	since   time.Time
	ticking bool
}

type waitTick struct{}

// follow takes note of what is awaited now.
func (w *waiting) follow(what string, now time.Time, after func(time.Duration, tea.Msg) tea.Cmd) tea.Cmd {
	if what != w.what {
		w.what, w.since = what, now
	}
	if what == "" || w.ticking {
		return nil
	}
	w.ticking = true
	return after(time.Second, waitTick{})
}

// took is how long it has been awaited, in words; empty for less than a second.
func (w *waiting) took(now time.Time) string {
	if d := now.Sub(w.since); w.what != "" && d >= time.Second {
		return fmt.Sprintf(" %d s", int(d/time.Second))
	}
	return ""
}
