package ui

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
)

// brittle is a model that breaks where it is told to.
type brittle struct{ where string }

func (b brittle) Init() tea.Cmd { return b.cmd("init", "begin") }
func (b brittle) View() tea.View {
	b.breakAt("view")
	return tea.View{Content: "all is well"}
}
func (b brittle) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if msg == "begin" {
		b.breakAt("update")
		return b, tea.Batch(nil, b.cmd("command in a batch", "next"))
	}
	return b, nil
}

func (b brittle) cmd(where string, msg tea.Msg) tea.Cmd {
	return func() tea.Msg { b.breakAt(where); return msg }
}

func (b brittle) breakAt(where string) {
	if b.where == where {
		panic("broken in " + where)
	}
}

// U14: the terminal is given back and the caller gets the bug, with the stack and without a word on the
// screen, which Bubble Tea would print it on.
func TestU14APanicGivesTheTerminalBackAndReachesTheCaller(t *testing.T) {
	for _, where := range []string{"init", "update", "view", "command in a batch"} {
		t.Run(where, func(t *testing.T) {
			var screen bytes.Buffer
			g := &guarded{Model: brittle{where}}
			program := tea.NewProgram(g, tea.WithInput(nil), tea.WithOutput(&screen), tea.WithoutSignalHandler())
			g.send = program.Send
			if _, err := program.Run(); err != nil {
				t.Errorf("the program ended with %v", err)
			}
			if g.bug == nil || g.bug.Error() != "broken in "+where || !bytes.Contains(g.bug.Stack, []byte("brittle.breakAt")) {
				t.Fatalf("the bug is %v", g.bug)
			}
			if s := screen.String(); strings.Contains(s, "goroutine") || strings.Contains(s, "broken") {
				t.Errorf("the screen got %q", s)
			}
		})
	}
}

func TestU14ABugOfTheCaseComesBackFromRun(t *testing.T) {
	m := newMemory(10)
	m.hook = func(context.Context, string) error { panic("the engine broke") }
	var screen bytes.Buffer
	err := run(t.Context(), New(Options{Backend: m, Language: testLanguage, Case: "c"}),
		tea.WithInput(nil), tea.WithOutput(&screen), tea.WithoutSignalHandler(), tea.WithWindowSize(80, 24))
	var bug *model.Bug
	if !errors.As(err, &bug) || bug.Error() != "the engine broke" {
		t.Errorf("error %v", err)
	}
}
