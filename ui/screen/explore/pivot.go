package explore

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// around is how far "time around" reaches to either side.
const around = 5 * time.Minute

// pivotFields are what the pivots of a row are made of.
var pivotFields = []model.Field{
	model.FieldTime, model.FieldBucket, model.FieldKey, model.FieldIP, model.FieldActor, model.FieldAccessKey,
	model.FieldSession, model.FieldIssuer, model.FieldRequestID,
}

// pivotOrder is the order in which the pivots are listed, with the letter that key tables know.
var pivotOrder = []struct {
	act          keys.Action
	letter, name string
}{
	{keys.PivotObject, "o", "object"}, {keys.PivotIP, "i", "ip"}, {keys.PivotActor, "a", "actor"}, {keys.PivotKey, "k", "access key"},
	{keys.PivotSession, "s", "session"}, {keys.PivotRequest, "r", "request, both logs"}, {keys.PivotTime, "t", "time around"},
}

// pivot is one way on from a row.
type pivot struct {
	filter  model.Filter
	text    string // the value, printable
	missing string // why the row has no such way on
	count   int64
	counted bool
	failed  error
}

// pivots is the overlay that offers the ways on from a row with the number of requests behind each.
type pivots struct {
	shell.Base
	explore *Explore
	id      int
	from    anchor
	ctx     context.Context
	cancel  context.CancelFunc
	list    []pivot     // nil until the row's values are here
	chosen  keys.Action // asked for before they were
	failed  error
	row     int
}

type pivotsReady struct {
	id   int
	list []pivot
	err  error
}

type pivotCounted struct {
	id, place int
	count     int64
	err       error
}

// askPivots opens the overlay for the row under the cursor.
func (e *Explore) askPivots() tea.Cmd {
	row, ok := e.grid.Current()
	if !ok {
		return e.say("there is no request under the cursor to go on from")
	}
	ctx, cancel := begin()
	p := &pivots{explore: e, id: e.shell.NextID(), from: e.anchor(), ctx: ctx, cancel: cancel}
	e.shell.Push(p)
	b, q, n, id := e.backend, e.view.query(), e.grid.Cursor(), p.id
	return func() tea.Msg {
		page, err := b.Page(ctx, q, pivotFields, n, 1)
		if err == nil && (len(page.Rows) != 1 || page.Rows[0].ID != row.ID) {
			err = errors.New("the list has changed meanwhile; press p again")
		}
		if err != nil {
			return pivotsReady{id: id, err: err}
		}
		values := map[model.Field]any{}
		for i, f := range pivotFields {
			values[f] = page.Rows[0].Values[i]
		}
		return pivotsReady{id: id, list: pivotsOf(values)}
	}
}

// pivotsOf is what a row of these values leads to, in pivotOrder. A pivot looks at the whole case,
// whatever the filter it was taken under.
func pivotsOf(values map[model.Field]any) []pivot {
	same := func(f model.Field, v any) pivot {
		if value.Plain(v) == "" {
			return pivot{missing: "the record has none"}
		}
		return pivot{filter: model.Filter{}.With(value.Term(f, v, false)), text: value.Short(v).String()}
	}
	object := same(model.FieldBucket, values[model.FieldBucket])
	if key := value.Plain(values[model.FieldKey]); key != "" && object.missing == "" {
		object = same(model.FieldObject, value.Plain(values[model.FieldBucket])+"/"+key)
	}
	session := same(model.FieldSession, values[model.FieldSession])
	if issuer := values[model.FieldIssuer]; issuer != nil && session.missing == "" {
		// A session's name is chosen by who assumes the role: it names a session only with the role.
		session.filter = session.filter.With(value.Term(model.FieldIssuer, issuer, false))
		session.text += " of " + value.Short(issuer).String()
	}
	request := same(model.FieldRequestID, values[model.FieldRequestID])
	if request.missing == "" {
		request.filter = request.filter.With(value.Term(model.FieldRecords, "all", false))
	}
	near := pivot{missing: "the record has no time"}
	if t, ok := values[model.FieldTime].(time.Time); ok {
		near = pivot{text: value.Time(t) + " and " + value.Duration(around) + " to either side"}
		near.filter = model.Filter{}.With(value.Term(model.FieldSince, t.Add(-around), false)).With(value.Term(model.FieldUntil, t.Add(around+time.Second), false))
	}
	return []pivot{object, same(model.FieldIP, values[model.FieldIP]), same(model.FieldActor, values[model.FieldActor]),
		same(model.FieldAccessKey, values[model.FieldAccessKey]), session, request, near}
}

// Pane is where the overlay's keys are looked up.
func (p *pivots) Pane() keys.Pane { return keys.Pivots }

// Title is the heading.
func (p *pivots) Title() string { return "Go on from this request" }

// Pending tells that counts are awaited.
func (p *pivots) Pending() bool {
	if p.Closed || p.failed != nil {
		return false
	}
	for _, x := range p.list {
		if x.missing == "" && !x.counted && x.failed == nil {
			return true
		}
	}
	return p.list == nil
}

// Close gives up the counting.
func (p *pivots) Close() {
	p.cancel()
	p.Base.Close()
}

// Receive takes the row's values and the counts.
func (p *pivots) Receive(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case pivotsReady:
		if m.id != p.id || p.Closed {
			return nil
		}
		p.list, p.failed = m.list, m.err
		if p.chosen != "" && m.err == nil {
			return p.choose(p.chosen)
		}
		return p.countAll()
	case pivotCounted:
		if m.id != p.id || p.Closed {
			return nil
		}
		x := &p.list[m.place]
		x.count, x.counted, x.failed = m.count, m.err == nil, m.err
	}
	return nil
}

func (p *pivots) countAll() tea.Cmd {
	var cmds []tea.Cmd
	for i, x := range p.list {
		if x.missing != "" {
			continue
		}
		b, ctx, id, q := p.explore.backend, p.ctx, p.id, model.Query{Filter: x.filter}
		cmds = append(cmds, func() tea.Msg {
			n, err := b.Count(ctx, q)
			return pivotCounted{id, i, n, err}
		})
	}
	return tea.Batch(cmds...)
}

// Act moves, or goes on.
func (p *pivots) Act(a keys.Action) tea.Cmd {
	switch a {
	case keys.Up:
		p.row = max(0, p.row-1)
	case keys.Down:
		p.row = min(len(pivotOrder)-1, p.row+1)
	case keys.Open:
		return p.choose(pivotOrder[p.row].act)
	case keys.Back:
		p.Close()
	default:
		return p.choose(a)
	}
	return nil
}

// choose pushes the list behind a pivot; the cursor stands on the request it was taken from.
func (p *pivots) choose(a keys.Action) tea.Cmd {
	for i, o := range pivotOrder {
		if o.act != a {
			continue
		}
		p.row = i
		if p.list == nil {
			p.chosen = a
			return nil
		}
		x, e := p.list[i], p.explore
		if x.missing != "" {
			return e.say("no way on by " + o.name + ": " + x.missing)
		}
		p.Close()
		return e.push(o.name+" "+x.text, x.filter, p.from)
	}
	return nil
}

// push shows a list with a filter of its own over this one, the cursor on a record if it is in there.
func (e *Explore) push(title string, f model.Filter, at anchor) tea.Cmd {
	child := New(e.shell, e.backend, e.options, safe.Cut(title, 60).String(), f)
	child.trail, child.seed = e.Trail(), at
	return e.shell.ShowScreen(child)
}

// Trail names the pushed lists that lead to this one, itself last.
func (e *Explore) Trail() []string {
	if e.title == rootTitle {
		return nil
	}
	return append(append([]string(nil), e.trail...), e.title)
}

// Size asks for a line a pivot and one of help.
func (p *pivots) Size(w, h int) (int, int) { return min(w, 92), min(h, len(pivotOrder)+1) }

// Lines draws the pivots with their counts.
func (p *pivots) Lines(w, h int) []string {
	th := p.explore.theme
	var out []string
	top := max(0, p.row-(h-2))
	for i := top; i < len(pivotOrder) && len(out) < h-1; i++ {
		count, text, role := th.Cut, "", theme.Text
		switch {
		case p.failed != nil:
			count = "?"
		case p.list == nil:
		case p.list[i].missing != "":
			count, text, role = th.None, p.list[i].missing, theme.Dim
		default:
			x := p.list[i]
			text = th.Show(x.text)
			if x.counted {
				count = value.Count(x.count)
			} else if x.failed != nil {
				count = "?"
			}
		}
		line := fmt.Sprintf("%s %-18s %9s  ", pivotOrder[i].letter, pivotOrder[i].name, count)
		line = grid.Fit(line+text, max(0, w-2), grid.CutTail, th.Cut)
		mark := "  "
		if i == p.row {
			mark, role = th.Cursor+" ", theme.Select
		}
		out = append(out, mark+th.Paint(role, line))
	}
	foot := "a letter or enter opens it, q comes back here"
	if p.failed != nil {
		foot = "could not read the request: " + th.Show(safe.New(p.failed.Error()).String())
	}
	return append(out, th.Paint(theme.Dim, grid.Fit(foot, w, grid.CutTail, th.Cut)))
}
