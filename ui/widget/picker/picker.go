// Package picker lists the values of one field, or of a few that belong together, with exact counts.
// It must not know how they are counted or what choosing one does.
package picker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/line"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// Spec describes a picker.
type Spec struct {
	ID     int // of the result; answers with another are not ours
	Title  string
	Remark string // our own words on what the counts are under
	// Count asks for the facets; it runs outside Update.
	Count func(ctx context.Context) ([]model.Facet, error)
	// Choose acts on a value; nil stands for rows without one.
	Choose func(a keys.Action, f model.Field, v any) tea.Cmd
}

// FacetsMsg answers Count. Its lines are made where the counting was done: a field may have a
// million values.
type FacetsMsg struct {
	ID      int
	items   []item
	several bool
	other   int64
	err     error
}

type item struct {
	field model.Field
	value any
	count int64
	lower string // for narrowing
}

// Picker is the overlay.
type Picker struct {
	shell.Base
	theme    *theme.Theme
	spec     Spec
	cancel   context.CancelFunc
	items    []item
	shown    []int
	several  bool // more than one field
	other    int64
	counted  bool
	failed   error
	search   line.Line
	typing   bool
	rare     bool
	row, top int
}

// New opens a picker and asks for its values.
func New(th *theme.Theme, spec Spec) (*Picker, tea.Cmd) {
	ctx, cancel := context.WithCancel(context.Background())
	p := &Picker{theme: th, spec: spec, cancel: cancel}
	return p, func() tea.Msg {
		defer cancel()
		fs, err := spec.Count(ctx)
		return FacetsMsg{spec.ID, items(fs), len(fs) > 1, unlisted(fs), err}
	}
}

// unlisted is how many rows have values that an answer has no room for.
func unlisted(fs []model.Facet) (n int64) {
	for _, f := range fs {
		n += f.Other
	}
	return n
}

func items(fs []model.Facet) []item {
	var out []item
	for _, f := range fs {
		for _, v := range f.Values {
			out = append(out, item{f.Field, v.Value, v.Count, strings.ToLower(string(f.Field) + " " + value.Plain(v.Value))})
		}
		if f.Absent > 0 {
			out = append(out, item{f.Field, nil, f.Absent, string(f.Field) + " " + value.Absent})
		}
	}
	return out
}

// Pane is where the picker's keys are looked up.
func (p *Picker) Pane() keys.Pane { return keys.Picker }

// Title is the heading.
func (p *Picker) Title() string { return p.spec.Title }

// Typing tells that letters narrow.
func (p *Picker) Typing() bool { return p.typing }

// Pending tells that the counts are awaited.
func (p *Picker) Pending() bool { return !p.counted && p.failed == nil && !p.Closed }

// Close gives up the counting.
func (p *Picker) Close() {
	p.cancel()
	p.Base.Close()
}

// Receive takes the counts.
func (p *Picker) Receive(msg tea.Msg) tea.Cmd {
	m, ok := msg.(FacetsMsg)
	if !ok || m.ID != p.spec.ID {
		return nil
	}
	if m.err != nil {
		if !errors.Is(m.err, context.Canceled) {
			p.failed = m.err
		}
		return nil
	}
	p.counted, p.items, p.several, p.other = true, m.items, m.several, m.other
	p.narrow()
	return nil
}

// Type narrows; the first letter that is no key of the picker begins it too.
func (p *Picker) Type(k tea.KeyPressMsg) tea.Cmd {
	if !p.typing && k.Text == "" {
		return nil
	}
	p.typing = true
	if p.search.Type(k) {
		p.narrow()
	}
	return nil
}

// Paste narrows by text.
func (p *Picker) Paste(text string) tea.Cmd {
	p.typing = true
	p.search.Insert(text)
	p.narrow()
	return nil
}

func (p *Picker) narrow() {
	p.shown, p.row, p.top = p.shown[:0], 0, 0
	want := strings.ToLower(p.search.String())
	for i, it := range p.items {
		if want == "" || strings.Contains(it.lower, want) {
			p.shown = append(p.shown, i)
		}
	}
	switch {
	case p.rare && !p.several:
		// The values come most frequent first; only the count of absent ones stands elsewhere.
		slices.Reverse(p.shown)
		if len(p.shown) > 0 && p.items[p.shown[0]].value == nil {
			absent := p.shown[0]
			at := slices.IndexFunc(p.shown[1:], func(i int) bool { return p.items[i].count > p.items[absent].count })
			if at < 0 {
				at = len(p.shown) - 1
			}
			copy(p.shown, p.shown[1:at+1])
			p.shown[at] = absent
		}
	case p.rare:
		slices.SortStableFunc(p.shown, func(a, b int) int {
			return int(min(1, max(-1, p.items[a].count-p.items[b].count)))
		})
	}
}

// Act moves, narrows, or chooses.
func (p *Picker) Act(a keys.Action) tea.Cmd {
	page := 10
	switch a {
	case keys.Up:
		p.row--
	case keys.Down:
		p.row++
	case keys.PageUp, keys.HalfUp:
		p.row -= page
	case keys.PageDown, keys.HalfDown:
		p.row += page
	case keys.First:
		p.row = 0
	case keys.Last:
		p.row = len(p.shown) - 1
	case keys.Narrow:
		p.typing = true
	case keys.RareFirst:
		p.rare = !p.rare
		p.narrow()
	case keys.Back:
		p.Close()
	case keys.Open, keys.Keep:
		return p.choose(keys.Keep)
	case keys.Drop, keys.Only:
		return p.choose(a)
	}
	p.row = max(0, min(p.row, len(p.shown)-1))
	return nil
}

func (p *Picker) choose(a keys.Action) tea.Cmd {
	if p.row >= len(p.shown) {
		return nil
	}
	it := p.items[p.shown[p.row]]
	p.Close()
	return p.spec.Choose(a, it.field, it.value)
}

// Mouse puts the cursor on a value, and keeps one that is clicked twice; the right button drops it.
func (p *Picker) Mouse(m shell.Mouse) tea.Cmd {
	n := p.top + m.Y - 1
	if m.Gesture != shell.Click || m.Y < 1 || n < 0 || n >= len(p.shown) {
		return nil
	}
	p.row = n
	switch {
	case m.Right:
		return p.choose(keys.Drop)
	case m.Double:
		return p.choose(keys.Keep)
	}
	return nil
}

// Size asks for a line a value.
func (p *Picker) Size(w, h int) (int, int) {
	return min(w, 76), min(h, max(8, min(len(p.items), 24)+3))
}

// Lines draws the search line, the values, and what they add up to.
func (p *Picker) Lines(w, h int) []string {
	head := p.theme.Paint(theme.Dim, grid.Fit(p.spec.Remark, w, grid.CutTail, p.theme.Cut))
	if p.typing {
		head = grid.Fit("/ ", min(2, w), grid.CutTail, "") + p.search.View(p.theme, max(0, w-2))
	}
	out := []string{head}
	rows := max(0, h-2)
	if p.row < p.top {
		p.top = p.row
	}
	if p.row >= p.top+rows {
		p.top = p.row - rows + 1
	}
	width := 1
	for i := p.top; i < len(p.shown) && i < p.top+rows; i++ {
		width = max(width, len(value.Count(p.items[p.shown[i]].count)))
	}
	for i := max(0, p.top); i < len(p.shown) && i < p.top+rows; i++ {
		out = append(out, p.line(p.items[p.shown[i]], w, width, i == p.row))
	}
	for len(out) < h-1 {
		out = append(out, "")
	}
	return append(out[:max(0, h-1)], p.theme.Paint(theme.Dim, grid.Fit(p.foot(), w, grid.CutTail, p.theme.Cut)))
}

func (p *Picker) line(it item, w, cw int, here bool) string {
	text := p.theme.Show(value.Short(it.value).String())
	if it.value == nil {
		text = value.Absent
	} else if text == "" {
		text = `""`
	}
	if it.field == model.FieldIntegrity {
		text = p.theme.BadgeOf(value.Plain(it.value)).Glyph + " " + text
	}
	name := ""
	if p.several {
		name = grid.Fit(string(it.field), 8, grid.CutTail, p.theme.Cut) + " "
	}
	n := value.Count(it.count)
	mark := "  "
	if here {
		mark = p.theme.Cursor + " "
	}
	room := max(0, w-2-len(name)-cw-1)
	body := name + grid.Fit(text, room, grid.CutMiddle, p.theme.Cut) + " " + strings.Repeat(" ", max(0, cw-len(n))) + n
	if here {
		body = p.theme.Paint(theme.Select, body)
	}
	return mark + body
}

func (p *Picker) foot() string {
	switch {
	case p.failed != nil:
		return "could not count: " + p.theme.Show(value.Text(p.failed.Error()).String())
	case !p.counted:
		return "counting" + p.theme.Cut
	case len(p.items) == 0:
		return "no values: no row is left to count"
	case len(p.shown) == 0:
		return "no value has that text"
	}
	order := "most first"
	if p.rare {
		order = "rarest first"
	}
	if p.other > 0 {
		order += "  " + value.Count(p.other) + " rows in others"
	}
	return fmt.Sprintf("%d/%s  %s   + keep  - drop  = only  r order  / search", p.row+1, value.Of(int64(len(p.shown)), "value", "values"), order)
}
