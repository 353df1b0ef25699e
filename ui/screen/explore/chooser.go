package explore

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
)

// chooser is the overlay that chooses fields and their order: columns of the list or facets of the
// panel. The chosen ones stand first, in their order.
type chooser struct {
	shell.Base
	theme   *theme.Theme
	title   string
	fields  []model.Field
	chosen  int // how many of them, from the top, are chosen
	choices shell.Choices
	apply   func(chosen []model.Field) tea.Cmd // nothing chosen: as usual
}

// newChooser chooses the columns of the list.
func newChooser(e *Explore) *chooser {
	had := e.chosen()
	c := &chooser{theme: e.theme, title: "Columns"}
	for _, x := range had {
		c.fields = append(c.fields, x.Field)
	}
	c.chosen = len(c.fields)
	c.rest(model.Columns())
	c.apply = func(fs []model.Field) tea.Cmd {
		var cs []Chosen
		for _, f := range fs {
			i := slices.IndexFunc(had, func(x Chosen) bool { return x.Field == f })
			if i >= 0 {
				cs = append(cs, had[i])
			} else {
				cs = append(cs, Chosen{Field: f})
			}
		}
		return e.setColumns(cs)
	}
	return c
}

// rest adds the fields that are not chosen.
func (c *chooser) rest(fs []model.Field) {
	for _, f := range fs {
		in, _ := model.Lookup(f)
		if in.Kind != model.KindJSON && !slices.Contains(c.fields, f) {
			c.fields = append(c.fields, f)
		}
	}
}

// Pane is where the overlay's keys are looked up.
func (c *chooser) Pane() keys.Pane { return keys.Chooser }

// Title is the heading.
func (c *chooser) Title() string { return c.title }

// Act moves the cursor or a field, chooses, or takes the choice.
func (c *chooser) Act(a keys.Action) tea.Cmd {
	switch a {
	case keys.Toggle:
		c.toggle()
	case keys.MoveUp:
		c.move(-1)
	case keys.MoveDown:
		c.move(1)
	case keys.Usual:
		c.Close()
		return c.apply(nil)
	case keys.Open:
		c.Close()
		return c.apply(slices.Clone(c.fields[:c.chosen]))
	case keys.Back:
		c.Close()
	default:
		c.choices.Move(a, len(c.fields))
	}
	return nil
}

// toggle chooses the field under the cursor as the last one, or chooses it no more. The cursor goes
// on to the field that takes its place.
func (c *chooser) toggle() {
	f := c.fields[c.choices.Row]
	c.fields = slices.Delete(c.fields, c.choices.Row, c.choices.Row+1)
	if c.choices.Row < c.chosen {
		c.chosen--
		c.fields = slices.Insert(c.fields, c.chosen, f)
		return
	}
	c.fields = slices.Insert(c.fields, c.chosen, f)
	c.chosen++
	c.choices.Row++
}

// move shifts a chosen field among the chosen.
func (c *chooser) move(by int) {
	to := c.choices.Row + by
	if c.choices.Row >= c.chosen || to < 0 || to >= c.chosen {
		return
	}
	c.fields[c.choices.Row], c.fields[to] = c.fields[to], c.fields[c.choices.Row]
	c.choices.Row = to
}

// Size asks for a line a field.
func (c *chooser) Size(w, h int) (int, int) { return min(w, 76), min(h, len(c.fields)+1) }

// Lines draws the fields.
func (c *chooser) Lines(w, h int) []string {
	out := c.choices.Lines(c.theme, w, h-1, len(c.fields), func(i int) (string, theme.Role) {
		f := c.fields[i]
		in, _ := model.Lookup(f)
		state, help := "[ ] ", in.Help
		if i < c.chosen {
			state = "[x] "
		}
		if _, ok := model.JSONPath(f); ok {
			help = "a value of the record's JSON"
		}
		name := grid.Fit(c.theme.Show(safe.Cut(string(f), 60).String()), 18, grid.CutHead, c.theme.Cut)
		return state + name + " " + help, theme.Text
	})
	return append(out, shell.Foot(c.theme, w, "space on/off  [ ] order  r as usual  enter takes it  esc gives up"))
}
