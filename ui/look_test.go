package ui

import (
	"testing"

	"trailsift/model"
	"trailsift/ui/keys"
)

func TestRLooksForNewEvidenceOnceAtATime(t *testing.T) {
	asked := 0
	p := start80(t, newMemory(20), func(o *Options) {
		o.Look = func() *Load {
			asked++
			return &Load{Name: "new evidence", Progress: &model.Progress{}, Done: make(chan error)}
		}
	})
	p.press("esc", "7")
	p.root.act(keys.LookAgain) // its command waits for the load; the test sends what it would
	p.press("R")
	p.shows("being loaded already")
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	p.send(jobDone{p.root.jobs.list[0].id, "nothing new was loaded", nil})
	p.shows("nothing new was loaded")
}

func TestRSaysWhereASessionCannotLoad(t *testing.T) {
	p := start80(t, newMemory(20), nil)
	p.press("esc", "R")
	p.shows("cannot load evidence")
}
