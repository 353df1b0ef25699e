package explore

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/widget/line"
	"trailsift/ui/widget/offers"
)

// typingPause is how long the text must rest before it is run.
const typingPause = 250 * time.Millisecond

// olderKept bounds the filter texts that outlive the session.
const olderKept = 100

type typedPause struct{ seq int }

// editor is the filter bar while it has the keys.
type editor struct {
	on     bool
	line   *line.Line
	before view // what esc brings back
	seq    int  // of the last change; 0: nothing waits to be run
	wrong  string
	older  []string
	at     int // place in older while walking through it
	offers offers.Offers
}

func (d *editor) pending() bool { return d.on && d.seq != 0 && d.wrong == "" }

func (e *Explore) editText() tea.Cmd {
	e.edit.on, e.edit.before = true, e.seen()
	text := e.options.Language.Print(e.view.filter)
	if text != "" {
		text += " "
	}
	e.edit.line = line.New(text)
	e.edit.seq, e.edit.wrong = 0, ""
	e.edit.offers.Clear()
	e.edit.at = len(e.edit.older)
	return nil
}

// parse reads the text as it stands; an error is kept in words.
func (e *Explore) parse() (model.Filter, bool) {
	f, err := e.read(e.edit.line.String())
	if err != nil {
		e.edit.wrong = safe.New(err.Error()).String()
		return model.Filter{}, false
	}
	e.edit.wrong = ""
	return f, true
}

// Type edits the filter text, or what narrows the facets.
func (e *Explore) Type(k tea.KeyPressMsg) tea.Cmd {
	switch {
	case e.inFacets():
		return e.typeFacets(k)
	case !e.edit.on || !e.edit.line.Type(k):
		return nil
	}
	return e.typed()
}

// Paste puts text into the filter bar, opening it if need be; it is never taken for keys.
func (e *Explore) Paste(text string) tea.Cmd {
	if e.inFacets() {
		e.facets.search.Insert(text)
		return e.narrowedFacets()
	}
	if !e.edit.on {
		e.editText()
	}
	e.edit.line.Insert(text)
	return e.typed()
}

// typed judges the text at once and runs it when the keys rest.
func (e *Explore) typed() tea.Cmd {
	e.edit.offers.Clear()
	e.edit.seq = e.shell.NextID()
	e.parse()
	return e.shell.After(typingPause, typedPause{e.edit.seq})
}

func (e *Explore) receivePause(m typedPause) tea.Cmd {
	if !e.edit.on || m.seq != e.edit.seq {
		return nil
	}
	e.edit.seq = 0
	f, ok := e.parse()
	if !ok || e.unfinished() || f.Equal(e.view.filter) {
		return nil
	}
	e.view.filter = f
	return e.open()
}

// unfinished tells that the text ends in what may become the name of a field: running it as a bare
// word would empty the list for a moment.
func (e *Explore) unfinished() bool {
	text := e.edit.line.String()
	word := strings.TrimPrefix(text[strings.LastIndexByte(text, ' ')+1:], "-")
	if word == "" || strings.Contains(word, ":") {
		return strings.HasSuffix(word, ":")
	}
	for _, in := range model.Fields {
		if strings.HasPrefix(string(in.Field), word) {
			return true
		}
	}
	return strings.HasPrefix("json.", word)
}

func (e *Explore) editAct(a keys.Action) tea.Cmd {
	switch a {
	case keys.Open:
		return e.commit()
	case keys.Peel:
		e.edit.on = false
		e.edit.offers.Clear()
		if !e.view.equal(e.edit.before) {
			e.goal = e.edit.before.spot
			e.view = view{filter: e.edit.before.filter, sort: e.edit.before.sort}
			return e.open()
		}
	case keys.Complete:
		return e.complete()
	case keys.Older:
		e.walk(-1)
	case keys.Newer:
		e.walk(1)
	}
	return nil
}

// commit runs the text at once. Text that does not parse stays, with the reason.
func (e *Explore) commit() tea.Cmd {
	f, ok := e.parse()
	if !ok {
		return nil
	}
	e.edit.on, e.edit.seq = false, 0
	e.edit.offers.Clear()
	if text := e.options.Language.Print(f); text != "" && (len(e.edit.older) == 0 || e.edit.older[len(e.edit.older)-1] != text) {
		e.edit.older = append(e.edit.older, text)
		e.options.Settings.Older = append([]string(nil), e.edit.older[max(0, len(e.edit.older)-olderKept):]...)
	}
	if next := (view{filter: f, sort: e.view.sort}); !next.equal(e.edit.before) {
		e.remember(e.edit.before)
	}
	if f.Equal(e.view.filter) && (e.Pending() != "" || !e.lacking()) {
		return nil
	}
	e.view.filter = f
	return e.open()
}

func (e *Explore) walk(by int) {
	n := e.edit.at + by
	if n < 0 || n >= len(e.edit.older) {
		return
	}
	e.edit.at = n
	e.edit.line.Set(e.edit.older[n])
	e.edit.offers.Clear()
	e.parse()
}
