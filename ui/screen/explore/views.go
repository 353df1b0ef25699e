package explore

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// entry is a line of the history: a view of this session, or a filter text typed in an earlier one.
type entry struct {
	view view
	here bool   // on screen now
	text string // typed in an earlier session; empty: a view
}

// views is the overlay of what was looked at so far, the newest first. Going to one is a step of its
// own, which undo takes back.
type views struct {
	shell.Base
	explore *Explore
	list    []entry
	choices shell.Choices
}

func (e *Explore) askViews() tea.Cmd {
	v := &views{explore: e}
	filtered := func(x view) { // steps that only changed the looks are none of a filter
		if x.look == nil {
			v.list = append(v.list, entry{view: x})
		}
	}
	for _, x := range e.history.future {
		filtered(x)
	}
	v.choices.Row = len(v.list)
	v.list = append(v.list, entry{view: e.seen(), here: true})
	typed := map[string]bool{}
	for _, x := range slices.Backward(e.history.past) {
		filtered(x)
	}
	for _, x := range v.list {
		typed[e.options.Language.Print(x.view.filter)] = true
	}
	for _, text := range slices.Backward(e.edit.older) {
		if !typed[text] {
			typed[text] = true
			v.list = append(v.list, entry{text: text})
		}
	}
	e.shell.Push(v)
	return nil
}

// Pane is where the overlay's keys are looked up.
func (v *views) Pane() keys.Pane { return keys.Views }

// Title is the heading.
func (v *views) Title() string { return "History" }

// Act moves, or goes to the view under the cursor.
func (v *views) Act(a keys.Action) tea.Cmd {
	switch a {
	case keys.Open:
		v.Close()
		return v.goTo(v.list[v.choices.Row])
	case keys.Back:
		v.Close()
	default:
		v.choices.Move(a, len(v.list))
	}
	return nil
}

func (v *views) goTo(x entry) tea.Cmd {
	if x.text == "" {
		if x.view.equal(v.explore.view) {
			return nil
		}
		v.explore.remember(v.explore.seen())
		return v.explore.again(x.view)
	}
	f, err := v.explore.read(x.text)
	if err != nil {
		return v.explore.say(safe.New(err.Error()).String())
	}
	return v.explore.filterBy(f)
}

// Size asks for a line a view.
func (v *views) Size(w, h int) (int, int) { return min(w, 110), min(h, len(v.list)+1) }

// Lines draws the views.
func (v *views) Lines(w, h int) []string {
	e := v.explore
	out := v.choices.Lines(e.theme, w, h-1, len(v.list), func(i int) (string, theme.Role) {
		x := v.list[i]
		rows, sign, text, role := "", "  ", x.text, theme.Dim
		if x.text == "" {
			text, role = e.options.Language.Print(x.view.filter), theme.Text
			if x.view.counted {
				rows = value.Count(x.view.rows)
			}
			if s := x.view.sort; s.Field != "" || s.Desc {
				text += "  by " + string(sortField(s))
				if s.Desc {
					text += ", the largest first"
				}
			}
		}
		if text == "" {
			text = "no filter"
		}
		if x.here {
			sign, role = "= ", theme.Accent
		}
		return sign + grid.Fit(rows, 11, grid.CutTail, "") + " " + e.theme.Show(safe.New(text).String()), role
	})
	return append(out, shell.Foot(e.theme, w, "enter goes there, u comes back  = is on screen  dim: typed in an earlier session"))
}
