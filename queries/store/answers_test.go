package store

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"trailsift/model"
)

// askAll is one question of each kind that is remembered.
func askAll(t *testing.T, e *Engine, q model.Query, span model.Span, fields []model.Field, start int64, id model.RecordID) []any {
	t.Helper()
	ctx := context.Background()
	var out []any
	take := func(v any, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		out = append(out, v)
	}
	take(e.Count(ctx, q))
	take(e.Facets(ctx, q, fields, 3))
	take(e.Bars(ctx, q, span, 40))
	take(e.Page(ctx, q, fields, start, 20))
	take(e.Position(ctx, q, id))
	return out
}

// TestARememberedAnswerIsTheOneAskedAnew asks one engine again and again and, each time, another that has
// never been asked; between, more is loaded, verdicts change, and the database is closed.
func TestARememberedAnswerIsTheOneAskedAnew(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	c, all := randomCase(t, r)
	derive(t, c)
	e := c.Engine(nil)
	fields := []model.Field{model.FieldTime, model.FieldOp, model.FieldIntegrity, model.FieldKey, model.FieldMember, model.FieldFlags}
	var queries []model.Query
	for range 12 {
		queries = append(queries, model.Query{Filter: randomFilter(r), Sort: model.Sort{Field: fields[r.IntN(4)], Desc: r.IntN(2) == 0}})
	}
	queries = append(queries, model.Query{})
	again := func(when string) {
		t.Helper()
		for _, q := range queries {
			start, id := int64(r.IntN(2)*20), all[r.IntN(2)].row.ID
			for range 2 {
				got := askAll(t, e, q, model.Span{}, fields, start, id)
				want := askAll(t, c.Engine(nil), q, model.Span{}, fields, start, id)
				for i := range want {
					if !reflect.DeepEqual(got[i], want[i]) {
						t.Fatalf("%s, %+v: remembered %+v\nand anew %+v", when, q, got[i], want[i])
					}
				}
			}
		}
	}
	again("at first")
	if err := c.Release(); err != nil {
		t.Fatal(err)
	}
	again("after the database was closed")
	loadSynthetic(t, c, model.CloudTrail, 1, []int{300})
	again("after more was loaded")
	derive(t, c)
	again("after it was settled")
	if err := c.write(context.Background(), func(db *sql.DB) error {
		_, err := db.Exec(`update ct_events set integrity = ?`, int(model.Altered))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	derive(t, c)
	again("after the verdicts changed")
}

// TestAnAnswerIsRememberedWhileTheDatabaseIsClosed opens nothing for what was answered before, and
// everything for what another process may have changed.
func TestAnAnswerIsRememberedWhileTheDatabaseIsClosed(t *testing.T) {
	c := newTestCase(t)
	loadSynthetic(t, c, model.CloudTrail, 1, []int{50})
	e := c.Engine(nil)
	ctx := context.Background()
	count := func() int64 {
		t.Helper()
		n, err := e.Count(ctx, model.Query{})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	closed := func() {
		t.Helper()
		if err := c.Release(); err != nil {
			t.Fatal(err)
		}
	}
	before := count()
	closed()
	if n := count(); n != before || c.h != nil {
		t.Errorf("%d of %d, the database open: %t", n, before, c.h != nil)
	}
	other, err := Open(c.Dir(), testOptions())
	if err != nil {
		t.Fatal(err)
	}
	loadSynthetic(t, other, model.CloudTrail, 1, []int{0, 0, 25})
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != before+25 {
		t.Errorf("%d rows after another process loaded 25 more than %d", n, before)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := e.Count(ctx, model.Query{}); err == nil {
		t.Errorf("a closed case counts %d rows", n)
	}
}

func TestAnswersAreForgottenWhenTheyAreMany(t *testing.T) {
	var m memory
	m.keep(given{"large", 0, answersKept})
	if _, ok := m.find("large"); ok {
		t.Error("one that would drive out all others is kept")
	}
	const half = answersKept / 4
	for _, key := range []string{"a", "b", "c", "d"} {
		m.keep(given{key, key, half})
	}
	m.find("a")
	m.keep(given{"c", "c again", half})
	m.keep(given{"e", "e", half})
	for key, want := range map[string]any{"a": "a", "b": nil, "c": "c again", "d": "d", "e": "e"} {
		if got, _ := m.find(key); got != want {
			t.Errorf("%s is %v, not %v", key, got, want)
		}
	}
	if m.weight != answersKept || m.order.Len() != 4 {
		t.Errorf("%d pieces in %d answers", m.weight, m.order.Len())
	}
}

// TestBarsAreTheSameWhetherTheirSpanIsKnownOrNot asks for bars over the rows' own span and over the same
// span by name, coarse and fine ones.
func TestBarsAreTheSameWhetherTheirSpanIsKnownOrNot(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	c, _ := randomCase(t, r)
	e := c.Engine(nil)
	e.forgetful = true
	ctx := context.Background()
	for i := range 40 {
		if i == 20 {
			derive(t, c)
		}
		q := model.Query{Filter: randomFilter(r)}
		var own model.Span
		for _, row := range collect(t, e, q, []model.Field{model.FieldTime}) {
			at, dated := row.Values[0].(time.Time)
			if dated && (own.From.IsZero() || at.Before(own.From)) {
				own.From = at
			}
			if end := at.Add(time.Second); dated && end.After(own.To) {
				own.To = end
			}
		}
		n := 1 + r.IntN(60)
		if i%3 == 0 {
			n *= 1000
		}
		got, err := e.Bars(ctx, q, model.Span{}, n)
		if err != nil {
			t.Fatal(err)
		}
		if own.IsZero() {
			if len(got.Bars) != 0 {
				t.Errorf("%+v: bars of no time: %+v", q.Filter, got)
			}
			continue
		}
		want, err := e.Bars(ctx, q, own, n)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v in %d bars: %+v\nand over its own span %+v, %v", q.Filter, n, got, want, err)
		}
	}
}
