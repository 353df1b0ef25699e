package explore

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/layout"
	"trailsift/ui/widget/detail"
)

// record is the fetching of the record under the cursor.
type record struct {
	seq     int // numbers requests
	id      model.RecordID
	cancel  context.CancelFunc
	waiting bool
}

// recordPause is how long the cursor must rest before its record is read: each reading hashes the
// whole member again.
const recordPause = 60 * time.Millisecond

type recordDue struct{ seq int }

type recordReady struct {
	seq int
	doc *detail.Doc
	err error
}

// follow lets detail and bars follow the cursor.
func (e *Explore) follow() tea.Cmd {
	row, ok := e.grid.Current()
	e.prove(row, ok)
	if !ok {
		if e.grid.Total() == 0 && e.result.opened {
			e.record.cancel()
			e.record = record{cancel: func() {}} // one that comes late is of no row
			e.detail.SetNote("no record under the cursor")
		}
		return nil
	}
	if t, ok := rowTime(row); ok {
		e.bars.SetCursor(t)
	}
	if e.cut.Detail.Empty() || e.want.Proof || row.ID == e.record.id {
		return nil
	}
	e.record.cancel()
	e.record = record{seq: e.shell.NextID(), id: row.ID, cancel: func() {}, waiting: true}
	e.detail.SetStale()
	return e.shell.After(recordPause, recordDue{e.record.seq})
}

// reread asks for the record shown again: settling and verifying change what is known about it.
func (e *Explore) reread() tea.Cmd {
	if e.record.id == (model.RecordID{}) || e.record.waiting {
		return nil
	}
	e.record = record{seq: e.shell.NextID(), id: e.record.id, cancel: func() {}, waiting: true}
	return e.receiveDue(recordDue{e.record.seq})
}

func (e *Explore) receiveDue(m recordDue) tea.Cmd {
	if m.seq != e.record.seq {
		return nil
	}
	ctx, cancel := begin()
	e.record.cancel = cancel
	seq, id, b, th := m.seq, e.record.id, e.backend, e.theme
	return func() tea.Msg {
		defer cancel()
		d, err := b.Record(ctx, id)
		if err != nil {
			return recordReady{seq: seq, err: err}
		}
		return recordReady{seq: seq, doc: detail.Build(th, d)}
	}
}

func (e *Explore) receiveRecord(m recordReady) tea.Cmd {
	if m.seq != e.record.seq {
		return nil
	}
	e.record.waiting = false
	if m.err != nil {
		e.detail.SetNote("could not read the record: " + safe.New(m.err.Error()).String())
		return nil
	}
	e.detail.Set(m.doc)
	return nil
}

// openDetail is enter on a row: the detail gets the keys, and the screen where there is little room.
func (e *Explore) openDetail() tea.Cmd {
	if _, ok := e.grid.Current(); !ok {
		return nil
	}
	e.want.Detail, e.want.Proof = true, false
	e.focus = layout.Detail
	if cut := layout.NewExplore(e.w, e.h, e.want); cut.Detail.H < 16 {
		e.want.Zoom = layout.Detail
	}
	return e.arrange()
}
