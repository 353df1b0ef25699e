// Package palette lists acts by name: as help, where a search narrows by words, and as the command
// palette, where a fuzzy match finds an act and enter does it. It must not know what the acts do.
package palette

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/line"
	"trailsift/ui/widget/shell"
)

// Extra is something else that can be done by name: a standard question, for example.
type Extra struct {
	Kind string // stands where acts have their keys
	Name string
	Also string // another name it is found by
	Dim  bool   // it can be named, but not answered
	Do   func() tea.Cmd
}

// Palette is the overlay.
type Palette struct {
	shell.Base
	theme  *theme.Theme
	pane   keys.Pane
	title  string
	acts   []keys.Act
	extra  []Extra
	shown  []int // of acts, and from their number on of extra
	fuzzy  bool
	search line.Line
	row    int
	top    int
	rows   int // that fit
	do     func(keys.Action) tea.Cmd
}

// Help lists the keys of pane; typing narrows, enter does what the line says.
func Help(th *theme.Theme, pane keys.Pane, do func(keys.Action) tea.Cmd) *Palette {
	p := &Palette{theme: th, pane: keys.Help, title: "Keys of " + string(pane), acts: merged(keys.In(pane)), do: do}
	p.narrow()
	return p
}

// New is the command palette over pane, with what else goes by a name.
func New(th *theme.Theme, pane keys.Pane, do func(keys.Action) tea.Cmd, extra []Extra) *Palette {
	p := &Palette{theme: th, pane: keys.Palette, title: "Palette", acts: merged(keys.In(pane)), extra: extra, fuzzy: true, do: do}
	p.narrow()
	return p
}

// merged puts the keys of one act into one line.
func merged(acts []keys.Act) []keys.Act {
	var out []keys.Act
	at := map[keys.Action]int{}
	for _, a := range acts {
		i, ok := at[a.Action]
		if !ok {
			at[a.Action] = len(out)
			out = append(out, a)
			continue
		}
		out[i].Keys = append(append([]string(nil), out[i].Keys...), a.Keys...)
	}
	return out
}

// Pane is where the overlay's keys are looked up.
func (p *Palette) Pane() keys.Pane { return p.pane }

// Title is the heading.
func (p *Palette) Title() string { return p.title }

// Typing is always true: letters search.
func (p *Palette) Typing() bool { return true }

// Type narrows the list.
func (p *Palette) Type(k tea.KeyPressMsg) tea.Cmd {
	if p.search.Type(k) {
		p.narrow()
	}
	return nil
}

// Paste narrows the list.
func (p *Palette) Paste(text string) tea.Cmd {
	p.search.Insert(text)
	p.narrow()
	return nil
}

// Act moves, or does the act under the cursor.
func (p *Palette) Act(a keys.Action) tea.Cmd {
	switch a {
	case keys.Up, keys.Down, keys.PageUp, keys.PageDown:
		was := p.row
		p.row = shell.Move(a, p.row, len(p.shown), max(1, p.rows))
		if a == keys.PageUp || a == keys.PageDown {
			p.top = max(0, min(p.top+p.row-was, len(p.shown)-p.rows)) // what was seen makes room for a page
		}
	case keys.Open:
		p.Close()
		if p.row < 0 || p.row >= len(p.shown) {
			return nil
		}
		if i := p.shown[p.row]; i >= len(p.acts) {
			return p.extra[i-len(p.acts)].Do()
		}
		return p.do(p.acts[p.shown[p.row]].Action)
	}
	return nil
}

func (p *Palette) narrow() {
	p.row, p.top = 0, 0
	want := strings.ToLower(strings.TrimSpace(p.search.String()))
	if p.fuzzy && want != "" {
		p.shown = p.find(strings.TrimLeft(want, ":"))
		return
	}
	p.shown = nil
	for i := range p.Len() {
		if strings.Contains(strings.ToLower(p.String(i)), want) {
			p.shown = append(p.shown, i)
		}
	}
}

// String is all that entry i says.
func (p *Palette) String(i int) string {
	if i >= len(p.acts) {
		return p.extra[i-len(p.acts)].Name + " " + p.extra[i-len(p.acts)].Also
	}
	return text(p.acts[i])
}

// Len is how many entries there are.
func (p *Palette) Len() int { return len(p.acts) + len(p.extra) }

func text(a keys.Act) string {
	return string(a.Action) + " " + a.Short + " " + a.Help + " " + strings.Join(a.Keys, " ")
}

// Size asks for a line for every act.
func (p *Palette) Size(w, h int) (int, int) { return min(w, 84), min(h, p.Len()+2) }

// Lines draws the search line and the acts.
func (p *Palette) Lines(w, h int) []string {
	out := []string{grid.Fit("search: ", min(8, w), grid.CutTail, "") + p.search.View(p.theme, max(0, w-8))}
	rows := h - 2
	p.rows = rows
	if p.row < p.top {
		p.top = p.row
	}
	if p.row >= p.top+rows {
		p.top = p.row - rows + 1
	}
	for i := max(0, p.top); i < len(p.shown) && i < p.top+rows; i++ {
		out = append(out, p.line(p.shown[i], w, i == p.row))
	}
	if len(p.shown) == 0 {
		for _, l := range shell.Wrap(p.nothing(), max(1, w-2)) {
			out = append(out, "  "+p.theme.Paint(theme.Warn, l))
		}
		out = out[:min(len(out), max(1, h-1))]
	}
	for len(out) < h-1 {
		out = append(out, "")
	}
	foot := fmt.Sprintf("%d of %d   enter does it   esc closes", len(p.shown), p.Len())
	return append(out, p.theme.Paint(theme.Dim, grid.Fit(foot, w, grid.CutTail, p.theme.Cut)))
}

// nothing says that no entry answers to what was typed.
func (p *Palette) nothing() string {
	if p.fuzzy {
		return "no act and no question goes by that name; fewer letters find more"
	}
	return "no key of this pane says that; fewer letters find more, : lists every act by name"
}

func (p *Palette) line(i, w int, here bool) string {
	mark, ks, help, role := "  ", "", "", theme.Text
	if here {
		mark = p.theme.Cursor + " "
	}
	if i >= len(p.acts) {
		x := p.extra[i-len(p.acts)]
		ks, help = x.Kind, x.Name
		if x.Dim {
			role = theme.Dim
		}
	} else {
		a := p.acts[i]
		ks, help = strings.Join(a.Keys, "  "), a.Help
		if a.Short != "" && !strings.HasPrefix(strings.ToLower(a.Help), a.Short) {
			help = a.Short + ": " + a.Help
		}
	}
	kw := min(20, w/3)
	ks, help = grid.Fit(ks, kw, grid.CutTail, p.theme.Cut), grid.Fit(help, max(0, w-kw-3), grid.CutTail, p.theme.Cut)
	if here {
		return mark + p.theme.Paint(theme.Select, ks+" "+help)
	}
	return mark + p.theme.Paint(theme.Accent, ks) + " " + p.theme.Paint(role, help)
}
