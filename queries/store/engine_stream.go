package store

import (
	"context"
	"fmt"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

// streamed is how many rows travel together from the database to the reader of a stream.
const streamed = 512

// item is a row on its way, with its place in the member where that was asked for.
type item struct {
	row    model.Row
	off    int64
	length int64
}

// listing is which rows a stream is to have.
type listing struct {
	q      model.Query
	limit  int64 // 0: none
	places bool  // with their places in their members
	narrow func(sqlgen.Branch) sqlgen.Branch
}

// Stream calls each for every row in order until it returns an error. A limit of 0 is none.
func (e *Engine) Stream(ctx context.Context, q model.Query, fields []model.Field, limit int64, each func(model.Row) error) error {
	return e.stream(ctx, listing{q: q, limit: limit}, fields, func(i item) error { return each(i.row) })
}

// StreamRaw is Stream with the bytes of every record as they stand in the evidence. err says why
// they are not what was loaded; then raw is what stands there now, or nil.
func (e *Engine) StreamRaw(ctx context.Context, q model.Query, fields []model.Field, limit int64, each func(r model.Row, raw []byte, err error) error) error {
	if e.contents == nil {
		return fmt.Errorf("list records: the evidence cannot be read from here")
	}
	members, err := e.Members(ctx)
	if err != nil {
		return err
	}
	l := lender{contents: e.contents, members: map[model.MemberID]model.Member{}, held: map[model.MemberID]held{}}
	for _, m := range members {
		l.members[m.ID] = m
	}
	return e.stream(ctx, listing{q: q, limit: limit, places: true}, fields, func(i item) error {
		raw, err := l.raw(ctx, i.row.ID.Member, i.off, int(i.length))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return each(i.row, raw, err)
	})
}

func (e *Engine) stream(ctx context.Context, a listing, fields []model.Field, each func(item) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches := make(chan []item)
	failed := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				failed <- model.Caught(p)
			}
		}()
		failed <- e.produce(ctx, a, fields, batches)
	}()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case batch, ok := <-batches:
			if !ok {
				if err := ctx.Err(); err != nil {
					return err
				}
				err := <-failed
				if bug, ok := err.(*model.Bug); ok {
					panic(bug)
				}
				if err != nil {
					return fmt.Errorf("list records: %w", err)
				}
				return nil
			}
			for _, i := range batch {
				if err := each(i); err != nil {
					return err
				}
			}
		}
	}
}

// produce sends the rows and closes batches when they end, well or not.
func (e *Engine) produce(ctx context.Context, a listing, fields []model.Field, batches chan<- []item) error {
	defer close(batches)
	h, done, err := e.c.lend(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := e.follow(ctx, h); err != nil {
		return err
	}
	all, err := e.branches(a.q)
	if err != nil || len(all) == 0 {
		return err
	}
	if a.narrow != nil {
		for i := range all {
			all[i] = a.narrow(all[i])
		}
	}
	text, args, err := listSQL(all, fields, slice{sort: a.q.Sort, limit: a.limit, places: a.places})
	if err != nil {
		return err
	}
	if a.limit > 0 {
		text += fmt.Sprintf(" limit %d", a.limit)
	}
	rows, err := h.db.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	scan := newScanner(fields)
	if a.places {
		scan = scan.withMore(2) // offset and length
	}
	batch := make([]item, 0, streamed)
	send := func() error {
		lists := make([][]any, len(batch))
		for i := range batch {
			lists[i] = batch[i].row.Values
		}
		if err := e.nameMembers(ctx, h.db, fields, lists); err != nil {
			return err
		}
		select {
		case batches <- batch:
		case <-ctx.Done():
			return ctx.Err()
		}
		batch = make([]item, 0, streamed)
		return nil
	}
	for rows.Next() {
		r, err := scan.row(rows)
		if err != nil {
			return err
		}
		i := item{row: r}
		if n := len(fields) + 5; a.places {
			i.off, i.length = whole(scan.cells[n]), whole(scan.cells[n+1])
		}
		if batch = append(batch, i); len(batch) == streamed {
			if err := send(); err != nil {
				return err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return send()
}

// withMore makes room for n columns behind the fields.
func (s *scanner) withMore(n int) *scanner {
	s.cells = append(s.cells, make([]any, n)...)
	s.into = make([]any, len(s.cells))
	for i := range s.cells {
		s.into[i] = &s.cells[i]
	}
	return s
}

// Limits of the contents kept while raw records are read one after the other: reading a member again
// for each of its records would take the square of its size.
const (
	heldMember = 64 << 20
	heldAll    = 256 << 20
)

type held struct {
	content []byte
	err     error
}

// lender gives out pieces of members, keeping the last few whole.
type lender struct {
	contents model.Contents
	members  map[model.MemberID]model.Member
	held     map[model.MemberID]held
	order    []model.MemberID // oldest first
	size     int
}

func (l *lender) raw(ctx context.Context, id model.MemberID, off int64, length int) ([]byte, error) {
	m, ok := l.members[id]
	if !ok {
		return nil, fmt.Errorf("member %d: %w", id, ErrNoRecord)
	}
	if m.SizeContent > heldMember {
		return l.contents.Range(ctx, m, off, length)
	}
	h, ok := l.held[id]
	if !ok {
		h.content, h.err = l.contents.Range(ctx, m, 0, int(m.SizeContent))
		l.keep(id, h)
	}
	if off < 0 || length < 0 || off+int64(length) > int64(len(h.content)) {
		if h.err != nil {
			return nil, h.err
		}
		return nil, fmt.Errorf("%s: %w", m.Name, model.ErrChanged)
	}
	return h.content[off : off+int64(length)], h.err
}

func (l *lender) keep(id model.MemberID, h held) {
	for l.size+len(h.content) > heldAll && len(l.order) > 0 {
		l.size -= len(l.held[l.order[0]].content)
		delete(l.held, l.order[0])
		l.order = l.order[1:]
	}
	l.held[id], l.order, l.size = h, append(l.order, id), l.size+len(h.content)
}
