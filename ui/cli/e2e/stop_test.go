package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// paste hands text over as a terminal does with what is pasted: in one piece.
func (m *terminal) paste(text string) {
	m.t.Helper()
	m.tmux("set-buffer", "--", text)
	m.tmux("paste-buffer", "-p")
}

func TestStory21StopsAQuery(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.filter("op:GetObject")
	n := headless(t, "op:GetObject")
	m.kept(n)
	// Every text of every record is searched for each of these: it takes many seconds.
	var slow strings.Builder
	for i := range 250 {
		fmt.Fprintf(&slow, ` -"word %d"`, i)
	}
	m.keys("/")
	m.paste(slow.String())
	m.now("Enter") // what is counted while typing takes as long
	m.until("reading rows")
	m.now("Escape")
	s := m.until("stopped: these are the rows of the view before")
	if !strings.Contains(s, "[1 op") || strings.Contains(s, "[2 ") {
		t.Errorf("the rows of one filter stand under another:\n%s", s)
	}
	m.now("j")
	m.until("· 2 of " + n)
	m.now("l", "l", "-")
	m.until("[2 op≠GetObject]")
	m.until("no request matches")
	m.keys("u")
	m.kept(n)
}

func TestU13ADumbTerminalIsPointedToTheCommands(t *testing.T) {
	t.Parallel()
	m := start(t, 80, 24, []string{"TERM=dumb"}, "open", demo)
	m.until("the terminal cannot place text (TERM=dumb)", "trailsift query CASE", "EXIT 2")
}
