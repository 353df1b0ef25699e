package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// repaintAfter is how long after a change of size, and after the last answer that came because of it, the
// screen is drawn anew.
const repaintAfter = 300 * time.Millisecond

// repaint draws the whole screen anew when a change of size has come to rest. Terminals move what they
// show when they are resized, and the renderer, which writes only what it believes to have changed, then
// leaves the ends of older lines standing under answers that come late.
type repaint struct {
	asked   int
	pending bool
}

// repaintDue asks for the repaint that was the last one to be asked for so far.
type repaintDue struct{ asked int }

// soon asks for a repaint.
func (p *repaint) soon(after func(time.Duration, tea.Msg) tea.Cmd) tea.Cmd {
	p.pending = true
	p.asked++
	return after(repaintAfter, repaintDue{p.asked})
}

// late puts a repaint off that is still to come: an answer has been drawn.
func (p *repaint) late(after func(time.Duration, tea.Msg) tea.Cmd) tea.Cmd {
	if !p.pending {
		return nil
	}
	return p.soon(after)
}

// due draws anew, unless something came in between.
func (p *repaint) due(m repaintDue) tea.Cmd {
	if m.asked != p.asked {
		return nil
	}
	p.pending = false
	return tea.ClearScreen
}
