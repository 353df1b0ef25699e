package explore

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"sort"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/layout"
	"trailsift/ui/theme"
	"trailsift/ui/widget/dialog"
	"trailsift/ui/widget/value"
)

// badTerm keeps what was denied or failed.
var badTerm = model.Term{Field: model.FieldOutcome, Values: []model.Value{{Text: model.Denied.String()}, {Text: model.Failed.String()}}}

// seekPage is how many rows are looked at in one go for the nearest one.
const seekPage = 64

// findBad goes to the next or previous denied or failed row: first among the rows in memory, then
// wherever the engine finds it.
func (e *Explore) findBad(forward bool) tea.Cmd {
	if near := e.nearBad(forward); near >= 0 {
		return tea.Batch(e.grid.GoTo(near), e.follow())
	}
	return e.seek("denied or failed request", badTerm, forward)
}

func (e *Explore) nearBad(forward bool) int64 {
	step := int64(-1)
	if forward {
		step = 1
	}
	for n := e.grid.Cursor() + step; ; n += step {
		row, ok := e.grid.At(n)
		if !ok {
			return -1
		}
		if o := value.Plain(at(row.Values, model.FieldOutcome)); o == model.Denied.String() || o == model.Failed.String() {
			return n
		}
	}
}

// seek goes to the nearest row after or before the cursor that t keeps.
func (e *Explore) seek(what string, t model.Term, forward bool) tea.Cmd {
	row, ok := e.grid.Current()
	if !ok {
		return e.say("there is no row to start from")
	}
	where := " before this one"
	if forward {
		where = " after this one"
	}
	ctx, cancel := begin()
	e.chain(cancel)
	e.result.sought.stop()
	done := &model.Progress{}
	s := sought{what: "looking for a " + what + where}
	s.end = e.shell.Watch(s.what, done, cancel)
	e.result.sought = s
	id, q, b := e.result.id, e.view.query(), e.backend
	from := origin{n: e.grid.Cursor(), id: row.ID}
	from.time, from.timed = rowTime(row)
	return func() tea.Msg {
		n, err := nearest(ctx, b, q, t, from, forward, done)
		return located{id, n, what + where, err}
	}
}

// sought is a row that is being looked for, and what takes the strip of that away.
type sought struct {
	what string
	end  func(result string)
}

func (s *sought) stop() {
	if s.end != nil {
		s.end("")
	}
	*s = sought{}
}

// origin is where a search starts.
type origin struct {
	n     int64
	id    model.RecordID
	time  time.Time
	timed bool
}

// nearest is the row number in q of the row nearest to from that t keeps, or -1. A list in the order
// of time is searched from the time of the cursor on; any other by bisection, of which done tells how
// far it is.
func nearest(ctx context.Context, b Backend, q model.Query, t model.Term, from origin, forward bool, done *model.Progress) (int64, error) {
	part := model.Query{Filter: q.Filter.With(t), Sort: q.Sort}
	if !from.timed || q.Sort.Field != "" && q.Sort.Field != model.FieldTime {
		return bisect(ctx, b, q, part, from.n, forward, done)
	}
	later := forward != q.Sort.Desc
	bound := value.Term(model.FieldUntil, from.time.Add(time.Second), false)
	if later {
		bound = value.Term(model.FieldSince, from.time, false)
	}
	dated := model.Query{Filter: part.Filter.With(bound), Sort: model.Sort{Desc: !later}}
	for start := int64(0); ; start += seekPage {
		p, err := b.Page(ctx, dated, []model.Field{model.FieldTime}, start, seekPage)
		if err != nil {
			return -1, fmt.Errorf("search: %w", err)
		}
		for _, r := range p.Rows {
			at, ok := r.Values[0].(time.Time)
			if !ok {
				continue
			}
			if c := order(at, r.ID, from); later && c > 0 || !later && c < 0 {
				return b.Position(ctx, q, r.ID)
			}
		}
		if len(p.Rows) < seekPage {
			break
		}
	}
	if !later {
		return -1, nil
	}
	// Rows without a time stand after all others.
	undated := model.Query{Filter: part.Filter.With(value.Term(model.FieldTime, nil, false))}
	p, err := b.Page(ctx, undated, []model.Field{model.FieldTime}, 0, 1)
	if err != nil || len(p.Rows) == 0 {
		return -1, err
	}
	return bisect(ctx, b, q, part, from.n, forward, done)
}

// order compares a dated row with the start of a search in the total order of lists.
func order(t time.Time, id model.RecordID, from origin) int {
	return cmp.Or(t.Compare(from.time), cmp.Compare(id.Log, from.id.Log), cmp.Compare(id.Member, from.id.Member), cmp.Compare(id.Number, from.id.Number))
}

// bisect finds the row number in q of the nearest row of its part q2 after or before row here.
func bisect(ctx context.Context, b Backend, q, q2 model.Query, here int64, forward bool, done *model.Progress) (int64, error) {
	n, err := b.Count(ctx, q2)
	if err != nil {
		return -1, err
	}
	done.BytesTotal.Store(int64(bits.Len64(uint64(n))) + 2) // halvings, the count and the last look
	done.BytesDone.Store(1)
	position := func(k int) int64 {
		defer done.BytesDone.Add(1)
		var p model.Page
		if p, err = b.Page(ctx, q2, []model.Field{model.FieldTime}, int64(k), 1); err != nil || len(p.Rows) == 0 {
			return -1
		}
		var row int64
		row, err = b.Position(ctx, q, p.Rows[0].ID)
		return row
	}
	k := sort.Search(int(n), func(k int) bool {
		if err != nil {
			return true
		}
		row := position(k)
		return row > here || !forward && row >= here
	})
	if !forward {
		k--
	}
	if err != nil {
		return -1, fmt.Errorf("search: %w", err)
	}
	if k < 0 || k >= int(n) {
		return -1, nil
	}
	return position(k), err
}

// search is the text that n and N look for in the list; the list stays as it is.
type search struct {
	text string
}

func (s search) term() model.Term {
	return model.Term{Field: model.FieldAny, Op: model.Contains, Values: []model.Value{{Text: s.text}}}
}

// askSearch asks for a text to step through.
func (e *Explore) askSearch() tea.Cmd {
	e.shell.Push(dialog.New(e.theme, dialog.Spec{
		Title: "Search in the list", Yes: "goes to the next one",
		Fields: []dialog.Field{{Label: "text", Text: e.search.text, Help: "in any text column, upper and lower case alike; n and N step on"}},
		Says: func(dialog.Answer) []string {
			return []string{"nothing is filtered; in the detail, the record is searched"}
		},
		Do: func(a dialog.Answer) (tea.Cmd, string) {
			e.search.text = strings.TrimSpace(a[0])
			if e.search.text == "" {
				return nil, "a text is needed"
			}
			return e.findHit(true), ""
		},
	}))
	return nil
}

// findHit goes to the next or previous row that holds the text searched for.
func (e *Explore) findHit(forward bool) tea.Cmd {
	if e.search.text == "" {
		return e.askSearch()
	}
	if e.focus == layout.Detail {
		if !e.detail.Find(e.search.text, forward) {
			return e.say("the record holds no more of it in that direction")
		}
		return nil
	}
	return e.seek("row holding \""+safe.Cut(e.search.text, 40).String()+"\"", e.search.term(), forward)
}

// searchRemark tells of the text searched for.
func (e *Explore) searchRemark() string {
	if e.search.text == "" {
		return ""
	}
	return "n N " + e.theme.Paint(theme.Hit, e.theme.Show(safe.Cut(e.search.text, 16).String()))
}
