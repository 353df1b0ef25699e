package explore

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/filter"
)

// complete offers what the filter language says may stand at the cursor: names and operators of
// fields, or the values of a field under the other conditions with counts. A second tab takes the
// next one.
func (e *Explore) complete() tea.Cmd {
	if e.edit.offers.Any() {
		e.take()
		return nil
	}
	text, cursor := e.edit.line.String(), e.edit.line.Cursor()
	var wanted model.Field
	found := filter.Complete(text, cursor, func(f model.Field) []filter.ValueCount {
		wanted = f
		return nil
	})
	if _, ok := model.Lookup(wanted); ok {
		return e.edit.offers.Count(e.shell, e.backend, e.others(text, cursor), wanted, func(have []filter.ValueCount) []filter.Suggestion {
			return spaced(text, filter.Complete(text, cursor, func(model.Field) []filter.ValueCount { return have }))
		})
	}
	if len(found) == 0 {
		return e.say("there is nothing to offer here")
	}
	e.edit.offers.Set(spaced(text, found))
	e.take()
	return nil
}

// others are the conditions written before the one that is being typed.
func (e *Explore) others(text string, cursor int) (q model.Query) {
	if parsed, err := e.read(text[:filter.WordStart(text, cursor)]); err == nil {
		q.Filter = parsed
	}
	return q
}

// spaced has a value followed by a space where the next condition may begin.
func spaced(text string, found []filter.Suggestion) []filter.Suggestion {
	for i, s := range found {
		before := text[filter.WordStart(text, s.From):s.From]
		if strings.HasSuffix(before, ":") && s.To == len(text) {
			found[i].Text += " "
		}
	}
	return found
}

// take writes the next completion into the text; it is run when the keys rest or at enter.
func (e *Explore) take() {
	e.edit.offers.Next(e.edit.line)
	e.taken()
}

func (e *Explore) taken() {
	e.parse()
	if text := e.edit.line.String(); strings.HasSuffix(text[:e.edit.line.Cursor()], ":") {
		e.edit.wrong = ""
	}
}

// receiveOffers offers the values that were found.
func (e *Explore) receiveOffers(msg tea.Msg) tea.Cmd {
	told, mine, err := e.edit.offers.Receive(msg, e.edit.line)
	switch {
	case !mine || !e.edit.on:
	case err != nil:
		return e.report("count values", err)
	case told.None:
		return e.say("no value of " + string(told.Field) + " holds that under the other conditions")
	case told.Taken:
		e.taken()
	}
	return nil
}
