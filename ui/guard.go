package ui

import (
	tea "charm.land/bubbletea/v2"

	"trailsift/model"
)

// guarded is a model whose panics, and those of what it asks, end the program as a *model.Bug: Bubble Tea
// would print the stack over the screen that it restores.
type guarded struct {
	tea.Model
	send func(tea.Msg) // to the program; it may wait
	bug  *model.Bug
}

// broke is the bug of a command.
type broke struct{ bug *model.Bug }

// Init begins.
func (g *guarded) Init() (cmd tea.Cmd) {
	defer func() {
		if p := recover(); p != nil {
			cmd = g.end(model.Caught(p))
		}
	}()
	return guard(g.Model.Init())
}

// Update hands msg on.
func (g *guarded) Update(msg tea.Msg) (m tea.Model, cmd tea.Cmd) {
	defer func() {
		if p := recover(); p != nil {
			m, cmd = g, g.end(model.Caught(p))
		}
	}()
	if b, ok := msg.(broke); ok {
		return g, g.end(b.bug)
	}
	if g.bug != nil {
		return g, tea.Quit
	}
	g.Model, cmd = g.Model.Update(msg)
	return g, guard(cmd)
}

// View draws; nothing once something broke.
func (g *guarded) View() (v tea.View) {
	if g.bug != nil {
		return tea.View{}
	}
	defer func() {
		if p := recover(); p != nil {
			v = tea.View{}
			g.end(model.Caught(p))
			go g.send(tea.Quit())
		}
	}()
	return g.Model.View()
}

// end keeps the first bug and leaves.
func (g *guarded) end(b *model.Bug) tea.Cmd {
	if g.bug == nil {
		g.bug = b
	}
	return tea.Quit
}

// guard makes a command, and those it turns into, hand in its panic as a message.
func guard(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if p := recover(); p != nil {
				msg = broke{model.Caught(p)}
			}
		}()
		msg = cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i := range batch {
				batch[i] = guard(batch[i])
			}
		}
		return msg
	}
}
