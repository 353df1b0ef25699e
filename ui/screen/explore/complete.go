package explore

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/value"
)

// hint is one completion of the word under the cursor.
type hint struct {
	text  string // what replaces the word
	show  string // printable
	count int64  // of a value; -1 for a field
}

// hints are the completions on offer; tab walks through them.
type hints struct {
	list     []hint
	at       int // chosen, -1 before the first tab took one
	from, to int // the bytes of the text that a completion replaces
	id       int // of the question for values
}

type suggested struct {
	id    int
	facet model.Facet
	err   error
}

// valuesOffered bounds how many values are asked for a completion.
const valuesOffered = 50

// complete offers field names, or the values of a field under the other conditions with counts. A
// second tab takes the next one.
func (e *Explore) complete() tea.Cmd {
	if len(e.edit.hints.list) > 0 {
		e.take((e.edit.hints.at + 1) % len(e.edit.hints.list))
		return nil
	}
	text := e.edit.line.String()[:e.edit.line.Cursor()]
	from := strings.LastIndexByte(text, ' ') + 1
	word := text[from:]
	bare := strings.TrimPrefix(word, "-")
	from += len(word) - len(bare)
	name, part, isValue := strings.Cut(bare, ":")
	e.edit.hints = hints{at: -1, from: from, to: e.edit.line.Cursor()}
	if !isValue {
		e.offerFields(bare)
		return nil
	}
	in, ok := model.Lookup(model.Field(name))
	if !ok || in.Filter && len(in.Values) == 0 {
		return e.say("there are no values to offer here")
	}
	if in.Filter {
		for _, v := range in.Values {
			e.edit.hints.list = append(e.edit.hints.list, hint{name + ":" + v + " ", v, -1})
		}
		e.take(0)
		return nil
	}
	return e.askValues(model.Field(name), text[:from], part)
}

func (e *Explore) offerFields(prefix string) {
	for _, in := range model.Fields {
		if strings.HasPrefix(string(in.Field), strings.ToLower(prefix)) {
			e.edit.hints.list = append(e.edit.hints.list, hint{string(in.Field) + ":", string(in.Field), -1})
		}
	}
	if len(e.edit.hints.list) == 0 {
		e.edit.wrong = "no field begins with " + safe.New(prefix).String()
		return
	}
	e.take(0)
}

// askValues counts the values of f under the conditions written before the word.
func (e *Explore) askValues(f model.Field, before, part string) tea.Cmd {
	var q model.Query
	if parsed, err := e.read(strings.TrimSuffix(strings.TrimSpace(before), "-")); err == nil {
		q.Filter = parsed
	}
	ctx, cancel := begin()
	e.chain(cancel)
	id := e.shell.NextID()
	e.edit.hints.id = id
	b := e.backend
	return func() tea.Msg {
		fs, err := b.Facets(ctx, q, []model.Field{f}, 0)
		if err != nil || len(fs) == 0 {
			return suggested{id: id, err: err}
		}
		return suggested{id: id, facet: only(fs[0], part)}
	}
}

// only keeps the values that begin with part.
func only(f model.Facet, part string) model.Facet {
	part = strings.ToLower(strings.Trim(part, `"`))
	var vs []model.FacetValue
	for _, v := range f.Values {
		if strings.HasPrefix(strings.ToLower(value.Plain(v.Value)), part) && len(vs) < valuesOffered {
			vs = append(vs, v)
		}
	}
	f.Values = vs
	return f
}

func (e *Explore) receiveSuggested(m suggested) tea.Cmd {
	if m.id != e.edit.hints.id || !e.edit.on {
		return nil
	}
	e.result.waiting--
	e.edit.hints.id = 0
	if m.err != nil {
		return e.report("count values", m.err)
	}
	if len(m.facet.Values) == 0 {
		return e.say("no value of " + string(m.facet.Field) + " begins like that under the other conditions")
	}
	for _, v := range m.facet.Values {
		term := e.options.Language.Print(model.Filter{Terms: []model.Term{value.Term(m.facet.Field, v.Value, false)}})
		e.edit.hints.list = append(e.edit.hints.list, hint{term + " ", value.Text(v.Value).String(), v.Count})
	}
	if len(e.edit.hints.list) == 1 {
		e.take(0)
	}
	return nil
}

// take writes completion i into the text; it is run when the keys rest or at enter.
func (e *Explore) take(i int) {
	h := &e.edit.hints
	text := e.edit.line.String()
	e.edit.line.Set(text[:h.from] + h.list[i].text + text[h.to:])
	h.at, h.to = i, h.from+len(h.list[i].text)
	e.edit.line.SetCursor(h.to)
	e.parse()
	if strings.HasSuffix(h.list[i].text, ":") {
		e.edit.wrong = ""
	}
	if len(h.list) == 1 {
		*h = hints{}
	}
}

// draw shows the completions around the chosen one in w cells.
func (h *hints) draw(th *theme.Theme, w int) string {
	var b strings.Builder
	used := 0
	for i := max(0, h.at); i < len(h.list); i++ {
		s := th.Show(h.list[i].show)
		if h.list[i].count >= 0 {
			s += " " + value.Count(h.list[i].count)
		}
		s = grid.Fit(s, min(grid.Width(s), max(0, w-used-2)), grid.CutTail, th.Cut)
		if s == "" {
			break
		}
		used += grid.Width(s) + 2
		role := theme.Text
		if i == h.at {
			role = theme.Select
		}
		b.WriteString(th.Paint(role, s) + "  ")
	}
	return b.String()
}
