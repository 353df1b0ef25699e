// Package dialog is a small form over the screen: text fields and choices, a text saying what will
// happen, and a place under them for what went wrong. It must not know what is done with the
// answers.
package dialog

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/line"
	"trailsift/ui/widget/offers"
	"trailsift/ui/widget/shell"
)

// Field is one line of the form: a text, or a choice when Choices is not empty.
type Field struct {
	Label   string
	Text    string
	Choices []string
	Chosen  int
	Help    string
	Values  *Values // complete the text; nil: nothing does
	Replace bool    // what is typed first takes the place of the text
}

// Values are those of a field of the evidence, counted where enter's act will look for them.
type Values struct {
	Shell   shell.Shell
	Counter offers.Counter
	Field   model.Field
	// Complete says which of them may complete a text.
	Complete func(text string, have []filter.ValueCount) []filter.Suggestion
}

// Answer is what enter found in the fields, in order: the text or the chosen word.
type Answer []string

// Spec describes a dialog.
type Spec struct {
	Title  string
	Fields []Field
	// Says tells in words what will happen; it is asked again at every change and may hold foreign
	// text only in sanitised form.
	Says func(Answer) []string
	// Warns, which may be nil, is what to think of before enter, in a sentence; empty: nothing.
	Warns func(Answer) string
	// First is what must go well before Do acts; nil: nothing must.
	First *First
	// Do acts on enter. A non-empty refusal keeps the dialog open and shows it.
	Do func(Answer) (cmd tea.Cmd, refusal string)
	// Yes names enter's act in the last line.
	Yes string
}

// First is work outside Update that enter begins with. What it fails with is shown under the fields,
// which stay as they are; a dialog that is given up stops it.
type First struct {
	Shell shell.Shell
	Doing string // what is said meanwhile
	Work  func(ctx context.Context, a Answer) error
}

// Dialog is the overlay.
type Dialog struct {
	shell.Base
	theme   *theme.Theme
	spec    Spec
	lines   []*line.Line
	row     int
	offers  offers.Offers   // of the row
	first   shell.Ask[bool] // under way; keys wait for it
	refusal string
}

// New opens a dialog.
func New(th *theme.Theme, spec Spec) *Dialog {
	d := &Dialog{theme: th, spec: spec}
	d.spec.Fields = append([]Field(nil), spec.Fields...)
	for _, f := range spec.Fields {
		d.lines = append(d.lines, line.New(f.Text))
	}
	return d
}

// Pane is where the dialog's keys are looked up.
func (d *Dialog) Pane() keys.Pane {
	if d.values() != nil {
		return keys.Param
	}
	return keys.Dialog
}

// values are what completes the field of the row.
func (d *Dialog) values() *Values {
	if len(d.lines) == 0 {
		return nil
	}
	return d.spec.Fields[d.row].Values
}

// Title is the heading.
func (d *Dialog) Title() string { return d.spec.Title }

// Typing tells that letters are text.
func (d *Dialog) Typing() bool { return true }

// Refuse shows why enter did nothing.
func (d *Dialog) Refuse(why string) { d.refusal = why }

// Answer is what the fields hold now.
func (d *Dialog) Answer() Answer {
	out := make(Answer, len(d.lines))
	for i, f := range d.spec.Fields {
		out[i] = d.lines[i].String()
		if len(f.Choices) > 0 {
			out[i] = f.Choices[f.Chosen]
		}
	}
	return out
}

// Act moves between fields and choices, or answers.
func (d *Dialog) Act(a keys.Action) tea.Cmd {
	n := len(d.lines)
	if d.first.Waiting() {
		return nil
	}
	switch a {
	case keys.NextField:
		d.row = (d.row + 1) % max(1, n)
		d.offers.Clear()
	case keys.PrevField:
		d.row = (d.row + n - 1) % max(1, n)
		d.offers.Clear()
	case keys.Complete:
		return d.complete()
	case keys.Left:
		d.turn(-1, "left")
	case keys.Right:
		d.turn(1, "right")
	case keys.Open:
		return d.enter()
	}
	return nil
}

// enter has the first work done, if there is any, else acts.
func (d *Dialog) enter() tea.Cmd {
	f, a := d.spec.First, d.Answer()
	if f == nil {
		return d.do(a)
	}
	d.refusal = ""
	return d.first.Begin(f.Shell, func(ctx context.Context) (bool, error) { return true, f.Work(ctx, a) })
}

func (d *Dialog) do(a Answer) tea.Cmd {
	cmd, refusal := d.spec.Do(a)
	d.refusal = refusal
	if refusal == "" {
		d.Close()
	}
	return cmd
}

func (d *Dialog) turn(by int, key string) {
	if len(d.lines) == 0 {
		return
	}
	f := &d.spec.Fields[d.row]
	if n := len(f.Choices); n > 0 {
		f.Chosen = (f.Chosen + by + n) % n
		d.refusal = ""
		return
	}
	code := tea.KeyLeft
	if key == "right" {
		code = tea.KeyRight
	}
	f.Replace = false
	d.lines[d.row].Type(tea.KeyPressMsg{Code: code})
	d.offers.Clear()
}

// Type edits the field; space turns a choice; without fields y and n answer.
func (d *Dialog) Type(k tea.KeyPressMsg) tea.Cmd {
	if d.first.Waiting() {
		return nil
	}
	if len(d.lines) == 0 {
		switch k.String() {
		case "y":
			return d.Act(keys.Open)
		case "n":
			d.Close()
		}
		return nil
	}
	if len(d.spec.Fields[d.row].Choices) > 0 {
		if k.String() == "space" {
			d.turn(1, "right")
		}
		return nil
	}
	f := &d.spec.Fields[d.row]
	if f.Replace && k.Text != "" {
		d.lines[d.row].Set("")
	}
	if d.lines[d.row].Type(k) {
		f.Replace = false
		d.refusal = ""
		d.offers.Clear()
	}
	return nil
}

// complete offers values for the text; a second tab takes the next one.
func (d *Dialog) complete() tea.Cmd {
	v := d.values()
	switch {
	case v == nil:
		return nil
	case d.offers.Any():
		d.offers.Next(d.lines[d.row])
		return nil
	}
	text := d.lines[d.row].String()
	return d.offers.Count(v.Shell, v.Counter, model.Query{}, v.Field, func(have []filter.ValueCount) []filter.Suggestion { return v.Complete(text, have) })
}

// Receive takes the end of the first work, or the values that were counted.
func (d *Dialog) Receive(msg tea.Msg) tea.Cmd {
	if _, mine, err := d.first.Receive(msg); mine {
		if err != nil {
			d.refusal = safe.New(err.Error()).String()
			return nil
		}
		return d.do(d.Answer())
	}
	if d.values() == nil {
		return nil
	}
	told, mine, err := d.offers.Receive(msg, d.lines[d.row])
	switch {
	case !mine:
	case err != nil:
		d.refusal = "could not count values: " + safe.New(err.Error()).String()
	case told.None:
		d.refusal = "no value of " + string(told.Field) + " holds that"
	}
	return nil
}

// Pending tells that values are being counted.
func (d *Dialog) Pending() bool { return d.offers.Waiting() || d.first.Waiting() }

// Close gives up what is being counted or tried.
func (d *Dialog) Close() { d.offers.Clear(); d.first.Stop(); d.Base.Close() }

// Paste puts text into the field.
func (d *Dialog) Paste(text string) tea.Cmd {
	if len(d.lines) > 0 && !d.first.Waiting() && len(d.spec.Fields[d.row].Choices) == 0 {
		if f := &d.spec.Fields[d.row]; f.Replace {
			d.lines[d.row].Set("")
			f.Replace = false
		}
		d.lines[d.row].Insert(text)
		d.offers.Clear()
	}
	return nil
}

// Size asks for what the fields and words need.
func (d *Dialog) Size(w, h int) (int, int) {
	w = min(w, 76)
	return w, min(h, len(d.Lines(w, h)))
}

// Lines draws the form.
func (d *Dialog) Lines(w, h int) []string {
	label := 0
	for _, f := range d.spec.Fields {
		label = max(label, grid.Width(f.Label)+1)
	}
	label = min(label, w/2)
	var out []string
	for i, f := range d.spec.Fields {
		name := grid.Fit(f.Label, label, grid.CutTail, d.theme.Cut)
		if i == d.row {
			name = d.theme.Paint(theme.Focus, name)
		}
		out = append(out, name+" "+d.value(i, f, max(0, w-label-1)))
		if f.Help != "" && i == d.row {
			for _, l := range shell.Wrap(f.Help, max(1, w-label-1)) {
				out = append(out, strings.Repeat(" ", label+1)+d.theme.Paint(theme.Dim, l))
			}
		}
		if i == d.row && d.offers.Any() {
			out = append(out, strings.Repeat(" ", label+1)+d.offers.View(d.theme, max(0, w-label-1)))
		}
	}
	say := func(r theme.Role, text string) {
		if text == "" {
			return
		}
		for _, l := range shell.Wrap(text, w) {
			out = append(out, d.theme.Paint(r, l))
		}
	}
	if d.spec.Says != nil && len(out) > 0 {
		out = append(out, "")
	}
	if d.spec.Warns != nil {
		say(theme.Warn, d.spec.Warns(d.Answer()))
	}
	if d.spec.Says != nil {
		for _, s := range d.spec.Says(d.Answer()) {
			out = append(out, shell.Wrap(s, w)...)
		}
	}
	say(theme.Bad, d.refusal)
	if d.first.Waiting() {
		say(theme.Warn, d.spec.First.Doing+d.theme.Cut)
	}
	foot := grid.Fit("enter "+d.spec.Yes+"   esc gives up", w, grid.CutTail, d.theme.Cut)
	if len(out) > h-1 {
		out = out[:max(0, h-1)]
	}
	return append(out, d.theme.Paint(theme.Dim, foot))
}

func (d *Dialog) value(i int, f Field, w int) string {
	if len(f.Choices) == 0 {
		if n := grid.Width(f.Text); i == d.row && f.Replace && n > 0 && n < w {
			return d.theme.Paint(theme.Select, d.theme.Show(safe.New(f.Text).String())) + strings.Repeat(" ", w-n)
		}
		if i == d.row {
			return d.lines[i].View(d.theme, w)
		}
		return d.lines[i].Plain(d.theme, w)
	}
	var b strings.Builder
	used := 0
	for j, c := range f.Choices {
		if j == f.Chosen {
			c = "[" + c + "]"
		} else {
			c = " " + c + " "
		}
		if used += grid.Width(c) + 1; used > w+1 {
			break
		}
		if j == f.Chosen {
			c = d.theme.Paint(theme.Select, c)
		}
		b.WriteString(c + " ")
	}
	return b.String()
}

// Command shows the command that tells without a screen what is on it; enter copies it.
func Command(sh shell.Shell, command string) tea.Cmd {
	th := sh.Theme()
	sh.Push(New(th, Spec{
		Title: "The same view without a screen", Yes: "copies it",
		Says: func(Answer) []string { return []string{th.Show(safe.New(command).String())} },
		Do:   func(Answer) (tea.Cmd, string) { return sh.Copy(command), "" },
	}))
	return nil
}
