package ui

import (
	"testing"

	tea "charm.land/bubbletea/v2"
)

// TestLeadsWaitForWhatIsLookedAt has a lead come due while rows are awaited: it is counted when they are
// there.
func TestLeadsWaitForWhatIsLookedAt(t *testing.T) {
	p := startAt(t, newMemory(600), 160, 50, nil)
	p.shows("leads")
	p.hides("leads…")
	_, rows := p.root.Update(keyPress("esc"))
	p.run(rows)
	_, rows = p.root.Update(keyPress("0"))
	_, keep := p.root.Update(keyPress("+"))
	leads := p.root.findLeads()
	if p.root.summary.held == nil || leads != nil {
		t.Fatal("a lead is counted while rows are awaited")
	}
	p.shows("esc stops")
	for _, cmd := range []tea.Cmd{rows, keep} {
		p.run(cmd)
	}
	p.root.summary.leading = true
	p.shows("looking for leads…")
	p.hides("esc stops") // which it does not
	p.root.summary.leading = false
	if p.root.summary.held != nil || p.root.summary.leading {
		t.Error("leads still wait when all is answered")
	}
}
