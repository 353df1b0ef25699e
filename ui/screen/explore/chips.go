package explore

import (
	"fmt"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/dialog"
	"trailsift/ui/widget/shell"
)

// chips is the overlay that changes the conditions one by one. Every change is one step of undo.
type chips struct {
	shell.Base
	explore *Explore
	choices shell.Choices
}

func (e *Explore) editChips() tea.Cmd {
	if len(e.view.filter.Terms) == 0 {
		return e.say("the filter has no conditions; / types one, + keeps a value")
	}
	e.shell.Push(&chips{explore: e})
	return nil
}

// Pane is where the overlay's keys are looked up.
func (c *chips) Pane() keys.Pane { return keys.Chips }

// Title is the heading.
func (c *chips) Title() string { return "Conditions" }

// Act moves, switches, turns round or removes a condition.
func (c *chips) Act(a keys.Action) tea.Cmd {
	e := c.explore
	f := e.view.filter
	if c.choices.Row >= len(f.Terms) {
		c.Close()
		return nil
	}
	t := f.Terms[c.choices.Row]
	switch a {
	case keys.Toggle:
		t.Off = !t.Off
		return e.filterBy(f.Replace(c.choices.Row, t))
	case keys.EditChip:
		return e.editChip(c.choices.Row)
	case keys.Negate:
		if t.Field == model.FieldSince || t.Field == model.FieldUntil {
			return e.say("an end of the time window cannot be turned round")
		}
		t.Not = !t.Not
		return e.filterBy(f.Replace(c.choices.Row, t))
	case keys.Remove:
		cmd := e.filterBy(f.Without(c.choices.Row))
		c.choices.Row = max(0, min(c.choices.Row, len(f.Terms)-2))
		c.Closed = len(f.Terms) == 1
		return cmd
	case keys.Open, keys.Back:
		c.Close()
	default:
		c.choices.Move(a, len(f.Terms))
	}
	return nil
}

// toggleChip switches condition i off or on.
func (e *Explore) toggleChip(i int) tea.Cmd {
	f := e.view.filter
	if i >= len(f.Terms) {
		return e.say("the filter has no condition " + strconv.Itoa(i+1))
	}
	t := f.Terms[i]
	t.Off = !t.Off
	return e.filterBy(f.Replace(i, t))
}

// editChip edits condition i as text. It may become several.
func (e *Explore) editChip(i int) tea.Cmd {
	f := e.view.filter
	had := f.Terms[i]
	off := had.Off
	had.Off = false
	e.shell.Push(dialog.New(e.theme, dialog.Spec{
		Title: "Condition " + strconv.Itoa(i+1), Yes: "puts it in place",
		Fields: []dialog.Field{{Label: "text", Text: e.options.Language.Print(model.Filter{Terms: []model.Term{had}})}},
		Do: func(a dialog.Answer) (tea.Cmd, string) {
			g, err := e.read(a[0])
			switch {
			case err != nil:
				return nil, safe.New(err.Error()).String()
			case len(g.Terms) == 0:
				return nil, "a condition is needed; x in the list removes one"
			case i >= len(e.view.filter.Terms):
				return nil, "the filter has changed meanwhile"
			}
			terms := append([]model.Term(nil), e.view.filter.Terms[:i]...)
			for _, t := range g.Terms {
				t.Off = off
				terms = append(terms, t)
			}
			return e.filterBy(model.Filter{Terms: append(terms, e.view.filter.Terms[i+1:]...)}), ""
		},
	}))
	return nil
}

// Size asks for a line a condition.
func (c *chips) Size(w, h int) (int, int) {
	return min(w, 76), min(h, len(c.explore.view.filter.Terms)+1)
}

// Lines draws the conditions.
func (c *chips) Lines(w, h int) []string {
	e, terms := c.explore, c.explore.view.filter.Terms
	out := c.choices.Lines(e.theme, w, h-1, len(terms), func(i int) (string, theme.Role) {
		state := "on "
		if terms[i].Off {
			state = "off"
		}
		return fmt.Sprintf("%d %s  %s", i+1, state, e.chipText(terms[i])), theme.Text
	})
	return append(out, shell.Foot(e.theme, w, "space on/off   e edit   ! negate   x remove   enter done"))
}

// chipText is a condition as its chip prints it.
func (e *Explore) chipText(t model.Term) string {
	return e.theme.Show(safe.New(e.options.Language.Describe(t)).String())
}
