package store

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"time"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

// Sizes of a search, in rows. Tests lower them.
var (
	searchFrom  int64 = 50_000  // a smaller case is asked at once
	searchFirst int64 = 1 << 15 // read by the first step
	searchStep  int64 = 1 << 17 // read by a later step at most: a row group or two of either table
	searchKept        = 500_000 // remembered of a search at most
)

const keptSearches = 4

// found is what a search found: the places of rows in the tables, ascending.
type found struct {
	terms []model.Term
	rows  map[model.Log][]int64
}

// search is one under way.
type search struct {
	e     *Engine
	q     model.Query
	of    *handle
	steps []model.Span // newest first; a zero one is of rows without a time
	sizes []int64
	next  int
	so    model.Found
	rows  map[model.Log][]int64
	ticks map[tick]int64 // rows by minute and outcome; the keys have no number
}

var _ model.Searcher = (*Engine)(nil)

// Search begins to look for what f keeps. It is nil for a filter that looks into no text, for one whose
// rows a search has found already, for a small case and for one that is being written.
func (e *Engine) Search(ctx context.Context, f model.Filter) (model.Search, error) {
	if !model.Searches(f) {
		return nil, nil
	}
	s, err := ask(ctx, e, "prepare a search", func(ctx context.Context, db *sql.DB) (*search, error) {
		known, _ := e.searched(f)
		if known != nil || !e.settled() || !sqlgen.CountsOnce(f) {
			return nil, nil
		}
		if p := e.remembered(f); p != nil && p.ticks != nil {
			return nil, nil // too many to remember, but it is known where they lie
		}
		s := &search{e: e, q: model.Query{Filter: f, Sort: model.Sort{Desc: true}}, rows: map[model.Log][]int64{}, ticks: map[tick]int64{}}
		s.of = e.lent()
		return s, s.plan(ctx, db)
	})
	if s == nil || err != nil || s.so.Total < searchFrom {
		return nil, err
	}
	return s, nil
}

// plan cuts the time that is searched into steps, from the newest on.
func (s *search) plan(ctx context.Context, db *sql.DB) error {
	a, err := askedBy(s.q)
	if err != nil {
		return err
	}
	p := s.e.remembered(model.Filter{})
	if p == nil {
		all, err := s.e.branches(model.Query{})
		if err == nil {
			p, err = s.e.index(ctx, db, model.Filter{}, all)
		}
		if err != nil {
			return err
		}
	}
	size := searchFirst
	var step model.Span
	var rows int64
	end := func() {
		if rows > 0 {
			s.steps, s.sizes = append(s.steps, step), append(s.sizes, rows)
			s.so.Total += rows
			step, rows, size = model.Span{}, 0, min(2*size, searchStep)
		}
	}
	if a.window.IsZero() {
		rows = p.undated
		end()
	}
	for i := len(p.starts) - 1; i >= 0; i-- {
		at := p.span(i, i)
		if !a.window.To.IsZero() && !at.From.Before(a.window.To) || !a.window.From.IsZero() && !at.To.After(a.window.From) {
			continue
		}
		if rows == 0 {
			step.To = at.To
		}
		step.From = at.From
		if rows += p.before[i+1] - p.before[i]; rows >= size {
			end()
		}
	}
	end()
	return nil
}

// Next reads the next stretch of time.
func (s *search) Next(ctx context.Context, fields []model.Field, n int) (model.Found, error) {
	return ask(ctx, s.e, "search", func(ctx context.Context, db *sql.DB) (model.Found, error) {
		s.so.Rows = nil
		if s.next < len(s.steps) {
			if err := s.read(ctx, db, fields, n); err != nil {
				return s.so, err
			}
		}
		if s.next == len(s.steps) && !s.so.Done {
			s.so.Done = true
			s.keep()
		}
		return s.so, nil
	})
}

func (s *search) read(ctx context.Context, db *sql.DB, fields []model.Field, n int) error {
	all, err := s.e.branches(s.q)
	if err != nil {
		return err
	}
	part := slice{sort: s.q.Sort, more: "time is null", rowids: true, outcomes: true}
	if at := s.steps[s.next]; !at.To.IsZero() {
		part.more, part.args = "time >= ? and time < ?", []any{at.From, at.To}
	}
	if len(all) > 0 {
		text, args, err := listSQL(all, nil, part)
		if err != nil {
			return err
		}
		places, err := placesOf(ctx, db, text, args)
		if err != nil {
			return err
		}
		if s.so.Rows, err = s.e.rowsOf(ctx, db, s.q.Filter, places[:min(n, len(places))], fields); err != nil {
			return err
		}
		s.so.Count += int64(len(places))
		for _, p := range places {
			minute := tick{outcome: p.outcome}
			if at, dated := p.at.(time.Time); dated {
				minute.dated, minute.start = true, floorTo(at.Unix(), indexWidth)
			}
			s.ticks[minute]++
			if s.so.Count <= int64(searchKept) {
				s.rows[p.id.Log] = append(s.rows[p.id.Log], p.rowid)
			}
		}
	}
	s.so.Read += s.sizes[s.next]
	s.next++
	return nil
}

// keep remembers what was found, when the database is still the one that was read: how many rows every
// minute has, so that a page is looked for in its own minutes only, and, when they are not too many, the
// rows themselves.
func (s *search) keep() {
	e := s.e
	if s.of == nil || e.lent() != s.of || s.of.mode != modeRead {
		return
	}
	counted := make([]tick, 0, len(s.ticks))
	for t, n := range s.ticks {
		t.n = n
		counted = append(counted, t)
	}
	p := newPlan(s.q.Filter, indexWidth, counted)
	p.ticks = counted
	e.remember(p)
	e.keepCount(s.q, counted)
	if s.so.Count > int64(searchKept) {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	f := &found{terms: active(s.q.Filter), rows: s.rows}
	for _, rows := range f.rows {
		slices.Sort(rows)
	}
	e.found = append([]*found{f}, e.found[:min(len(e.found), keptSearches-1)]...)
}

func active(f model.Filter) []model.Term {
	return slices.DeleteFunc(slices.Clone(f.Terms), func(t model.Term) bool { return t.Off })
}

func sameTerm(a, b model.Term) bool {
	return model.Filter{Terms: []model.Term{a}}.Equal(model.Filter{Terms: []model.Term{b}})
}

// searched is what a search found of conditions that are all among those of f, and the others of f.
func (e *Engine) searched(f model.Filter) (*found, model.Filter) {
	if !model.Searches(f) || !sqlgen.CountsOnce(f) {
		return nil, f
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, k := range e.found {
		rest := active(f)
		all := true
		for _, t := range k.terms {
			at := slices.IndexFunc(rest, func(o model.Term) bool { return sameTerm(t, o) })
			if all = at >= 0; !all {
				break
			}
			rest = slices.Delete(rest, at, at+1)
		}
		if out := (model.Filter{Terms: rest}); all && sqlgen.CountsOnce(out) {
			copy(e.found[1:i+1], e.found[:i])
			e.found[0] = k
			return k, out
		}
	}
	return nil, f
}

// narrow narrows a branch to the rows that were found in its table.
func (k *found) narrow(b sqlgen.Branch) sqlgen.Branch {
	rows := k.rows[b.Log]
	if len(rows) == 0 {
		b.Where, b.Args = "false", nil
		return b
	}
	list := make([]byte, 0, 9*len(rows))
	for i, n := range rows {
		if i > 0 {
			list = append(list, ' ')
		}
		list = strconv.AppendInt(list, n, 10)
	}
	b.Where = "(" + b.Where + ") and rowid between ? and ? and rowid in (select cast(unnest(string_split(?, ' ')) as bigint))"
	b.Args = append(b.Args[:len(b.Args):len(b.Args)], rows[0], rows[len(rows)-1], string(list))
	return b
}
