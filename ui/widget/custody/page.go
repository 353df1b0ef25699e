package custody

import (
	"trailsift/model/safe"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
)

const labelWidth = 9

// Page is a text, label by label.
type Page struct {
	theme *theme.Theme
	w     int
	lines []string
}

// Say adds our own words and foreign ones, sanitised here; long ones are broken at their ends.
func (p *Page) Say(label, text string) { p.Put(label, theme.Text, text) }

// Put is Say in another role.
func (p *Page) Put(label string, r theme.Role, text string) {
	room := max(8, p.w-labelWidth)
	for i, l := range shell.Wrap(p.theme.Show(safe.New(text).String()), room) {
		if i > 0 {
			label = ""
		}
		p.lines = append(p.lines, p.theme.Paint(theme.Dim, grid.Fit(label, labelWidth, grid.CutTail, ""))+p.theme.Paint(r, l))
	}
}

// Name adds a name on one line, its end in sight.
func (p *Page) Name(label, text string) {
	p.lines = append(p.lines, p.theme.Paint(theme.Dim, grid.Fit(label, labelWidth, grid.CutTail, ""))+
		grid.Fit(p.theme.Show(safe.New(text).String()), max(8, p.w-labelWidth), grid.CutHead, p.theme.Cut))
}

// NewPage begins a text of w cells.
func NewPage(th *theme.Theme, w int) *Page { return &Page{theme: th, w: w} }

// Lines is the text.
func (p *Page) Lines() []string { return p.lines }
