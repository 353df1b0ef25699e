package actors

import (
	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/dialog"
	"trailsift/ui/widget/sheet"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// way is where a line of a card leads.
type way struct {
	terms []model.Term // keep the line's requests among the card's; none: the card's own
	whole bool         // the terms stand alone, not among the card's requests
	title string
	card  string // the value whose card A draws; empty: none
	text  string // what y copies
}

// Card is what the evidence tells of one actor.
type Card struct {
	shell.Still
	shell.Question[answer.Card]
	shell   shell.Shell
	theme   *theme.Theme
	options Options
	filter  model.Filter // the requests that are looked at
	value   string
	card    answer.Card
	own     model.Filter // of the actor's requests
	sheet   *sheet.Sheet[way]
	w, h    int
}

// NewCard returns the card of an actor among the requests that f keeps.
func NewCard(sh shell.Shell, o Options, f model.Filter, value string) *Card {
	c := &Card{shell: sh, theme: sh.Theme(), options: o, filter: f, value: value}
	c.Doing, c.Cannot = "drawing the card", "could not draw the card"
	c.sheet = sheet.New[way](c.theme)
	return c
}

// Title names the screen in the header.
func (c *Card) Title() string { return "Actor " + safe.Cut(c.value, 60).String() }

// Pane is the pane that has the keys.
func (c *Card) Pane() keys.Pane { return keys.Card }

// Open asks for the card.
func (c *Card) Open() tea.Cmd {
	if c.options.Backend == nil {
		c.Failed = "this session cannot draw cards; trailsift actor can"
		return nil
	}
	return c.BeginParts(c.shell, c.options.Backend.Actor(c.filter, c.value), unknown, c.options.Covers, model.Query{Filter: c.filter})
}

// Refresh asks again.
func (c *Card) Refresh() tea.Cmd { return c.Open() }

// Receive takes the card.
func (c *Card) Receive(msg tea.Msg) tea.Cmd {
	a, ok := c.Take(msg)
	if !ok {
		return c.More()
	}
	own, err := c.options.Parse(a.Filter)
	if err != nil {
		c.Stop()
		c.Failed = "the card's filter cannot be read: " + safe.New(err.Error()).String()
		return nil
	}
	c.card, c.own = a, own
	c.sheet.Set(c.lines())
	return c.More()
}

// Resize gives the screen w by h cells.
func (c *Card) Resize(w, h int) tea.Cmd {
	c.w, c.h = w, h
	c.sheet.SetSize(w, max(0, h-1))
	return nil
}

// Act walks through the card, or opens what the line under the cursor stands for.
func (c *Card) Act(a keys.Action) tea.Cmd {
	if c.sheet.Act(a) {
		return nil
	}
	if a == keys.ShowCmd {
		return dialog.Command(c.shell, command(c.options, c.value, c.options.Print(c.filter)))
	}
	w, ok := c.sheet.Current()
	if !ok {
		return nil
	}
	switch a {
	case keys.Open, keys.Keep:
		return shell.Sift(c.shell, keys.Keep, w.title, c.among(w), w.terms)
	case keys.Only:
		return shell.Sift(c.shell, a, w.title, c.among(w), w.terms)
	case keys.Drop:
		if w.whole || len(w.terms) != 1 {
			c.shell.Notice(theme.Warn, "this line cannot be dropped from the card's requests")
			return nil
		}
		t := w.terms[0]
		t.Not = !t.Not
		return c.shell.ShowFilter("without "+w.title, c.own.With(t))
	case keys.ShowCard:
		if w.card == "" || w.card == c.value {
			c.shell.Notice(theme.Warn, "this line names no other actor")
			return nil
		}
		return c.shell.ShowActor(w.card)
	case keys.Copy:
		return c.shell.Copy(w.text)
	}
	return nil
}

// among is the filter that a line's conditions are added to.
func (c *Card) among(w way) model.Filter {
	if w.whole {
		return model.Filter{}
	}
	return c.own
}

// Mouse scrolls, and opens what is clicked twice.
func (c *Card) Mouse(m shell.Mouse) tea.Cmd {
	return shell.PointLines(c.sheet, m, 1, c.Act)
}

// unknown tells that nothing is recorded of an actor: neither a request, nor that it was issued to anybody.
func unknown(a answer.Card) bool { return a.Requests == 0 && len(a.Lineage) == 0 }

// Lines draws the card.
func (c *Card) Lines() []string {
	if c.w <= 0 || c.h <= 0 {
		return nil
	}
	remark := ""
	if c.Known {
		remark = c.card.Kind + c.Remark()
	}
	if len(c.filter.Terms) > 0 {
		remark += " under " + c.theme.Show(safe.Cut(c.options.Print(c.filter), max(10, c.w/2)).String())
	}
	out := []string{shell.Rule(c.theme, c.w, true, c.theme.Show(safe.Cut(c.value, 300).String()), remark)}
	means := "no request of it is recorded; it was taken for this kind of value: " + c.card.Kind
	if why := c.Excuse(c.theme, c.w, c.h-1, unknown(c.card), means); why != nil {
		return append(out, why...)
	}
	return append(out, shell.Block(c.sheet.Lines(), c.w, c.h-1)...)
}

// Status is the line under the cursor in full.
func (c *Card) Status() string {
	w, ok := c.sheet.Current()
	if !ok || unknown(c.card) {
		return ""
	}
	return c.theme.Show(safe.Cut(w.text, 512).String())
}

// term keeps a value of a field.
func term(f model.Field, v string) model.Term { return value.Term(f, v, false) }
