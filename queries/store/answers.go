package store

import (
	"container/list"
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"

	"trailsift/model"
)

// answersKept bounds what is remembered of answers, in pieces of about a hundred bytes.
const answersKept = 200_000

// memory is what was answered to whom and may be asked again: by undo, redo and whoever goes back. They
// hold for one state of the case, and the longest unused ones go first.
type memory struct {
	byKey  map[string]*list.Element
	order  *list.List // of given, most recently used first
	weight int
}

type given struct {
	key    string
	answer any
	weight int
}

// find is the answer that was given to a question, and whether there is one.
func (a *memory) find(key string) (any, bool) {
	at, ok := a.byKey[key]
	if !ok {
		return nil, false
	}
	a.order.MoveToFront(at)
	return at.Value.(given).answer, true
}

// keep remembers an answer, unless it is so large that it would drive out most of the others.
func (a *memory) keep(g given) {
	if g.weight > answersKept/4 {
		return
	}
	if a.byKey == nil {
		a.byKey, a.order = map[string]*list.Element{}, list.New()
	}
	if at, ok := a.byKey[g.key]; ok {
		a.drop(at)
	}
	a.byKey[g.key] = a.order.PushFront(g)
	a.weight += g.weight
	for a.weight > answersKept {
		a.drop(a.order.Back())
	}
}

func (a *memory) drop(at *list.Element) {
	g := a.order.Remove(at).(given)
	delete(a.byKey, g.key)
	a.weight -= g.weight
}

// stamp is the state of a case's files: whatever changes what the engine answers changes it.
type stamp [3]os.FileInfo

func (c *Case) stamp() stamp {
	var s stamp
	for i, name := range []string{databaseName, databaseName + ".wal", ledgerName} {
		// A file that is not there, or cannot be looked at, is as none.
		s[i], _ = os.Stat(c.path(name))
	}
	return s
}

// same tells that no file was written between two stamps.
func (s stamp) same(o stamp) bool {
	return s[0] != nil && slices.EqualFunc(s[:], o[:], func(a, b os.FileInfo) bool {
		if a == nil || b == nil {
			return a == nil && b == nil
		}
		return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
	})
}

// open is the database as it is open now, nil while it is closed; known is false when the case is closed,
// and while somebody opens or closes the database, for which nobody waits here.
func (c *Case) open() (h *handle, known bool) {
	if !c.mu.TryLock() {
		return nil, false
	}
	defer c.mu.Unlock()
	return c.h, !c.closed
}

// recalled is the answer to a question that was asked before, if nothing was written since. A database
// that was closed meanwhile is not opened for it.
func (e *Engine) recalled(key string) (any, bool) {
	h, known := e.c.open()
	if !known {
		return nil, false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.of == nil || e.of.mode != modeRead || h != nil && h != e.of || h == nil && !e.stamp.same(e.c.stamp()) {
		return nil, false
	}
	return e.answers.find(key)
}

// answered is ask for an answer that is remembered. own copies what its receiver might change, weigh
// tells the pieces of about a hundred bytes that it holds.
func answered[T any](ctx context.Context, e *Engine, what, key string, own func(T) T, weigh func(T) int, fn func(ctx context.Context, db *sql.DB) (T, error)) (T, error) {
	if e.forgetful {
		return ask(ctx, e, what, fn)
	}
	if v, ok := e.recalled(key); ok && ctx.Err() == nil {
		return own(v.(T)), nil
	}
	return ask(ctx, e, what, func(ctx context.Context, db *sql.DB) (T, error) {
		out, err := fn(ctx, db)
		if err == nil && ctx.Err() == nil && e.settled() {
			e.mu.Lock()
			e.answers.keep(given{key, own(out), weigh(out)})
			e.mu.Unlock()
		}
		return out, err
	})
}

// keepCount remembers how many rows q has where they were counted over time.
func (e *Engine) keepCount(q model.Query, found []tick) {
	n := int64(0)
	for _, t := range found {
		n += t.n
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answers.keep(given{countOf(q), n, 1})
}

// countOf names the question how many rows q has.
func countOf(q model.Query) string { return questionOf("count", unsorted(q)) }

// questionOf names a question. Terms that are switched off are not asked.
func questionOf(kind string, q model.Query, more ...any) string {
	return fmt.Sprintf("%s %q %t %#v %#v", kind, q.Sort.Field, q.Sort.Desc, active(q.Filter), more)
}

// unsorted is q for questions that have no order.
func unsorted(q model.Query) model.Query { return model.Query{Filter: q.Filter} }

func ownNumber(n int64) int64 { return n }

func weighNumber(int64) int { return 1 }

func ownPage(p model.Page) model.Page {
	p.Rows = slices.Clone(p.Rows)
	return p
}

func weighPage(p model.Page) (n int) {
	for _, r := range p.Rows {
		n++
		for _, v := range r.Values {
			n += weighValue(v)
		}
	}
	return n
}

func weighValue(v any) int {
	if s, ok := v.(string); ok {
		return 1 + len(s)/100
	}
	return 1
}

func ownFacets(fs []model.Facet) []model.Facet {
	fs = slices.Clone(fs)
	for i := range fs {
		fs[i].Values = slices.Clone(fs[i].Values)
	}
	return fs
}

func weighFacets(fs []model.Facet) (n int) {
	for _, f := range fs {
		n++
		for _, v := range f.Values {
			n += weighValue(v.Value)
		}
	}
	return n
}

func ownBars(b model.Bars) model.Bars {
	b.Bars = slices.Clone(b.Bars)
	return b
}

func weighBars(b model.Bars) int { return 1 + len(b.Bars) }
