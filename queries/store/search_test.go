package store

import (
	"context"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"trailsift/model"
)

// smallSearches lets the smallest case be searched in many steps.
func smallSearches(t testing.TB, kept int) {
	from, first, step, most := searchFrom, searchFirst, searchStep, searchKept
	searchFrom, searchFirst, searchStep, searchKept = 1, 20, 100, kept
	t.Cleanup(func() { searchFrom, searchFirst, searchStep, searchKept = from, first, step, most })
}

// searchAll takes all steps of a search and returns what it told.
func searchAll(t *testing.T, s model.Search) (last model.Found, rows []model.Row, steps int) {
	t.Helper()
	for !last.Done {
		was := last
		var err error
		if last, err = s.Next(context.Background(), []model.Field{model.FieldTime, model.FieldOp}, 1000); err != nil {
			t.Fatal(err)
		}
		if last.Count < was.Count || last.Read < was.Read || last.Read > last.Total || int64(len(last.Rows)) != last.Count-was.Count {
			t.Fatalf("from %+v to %+v", was, last)
		}
		rows = append(rows, last.Rows...)
		steps++
	}
	if last.Read != last.Total {
		t.Errorf("done at %d of %d", last.Read, last.Total)
	}
	return last, rows, steps
}

func TestASearchFindsWhatTheFilterKeepsNewestFirst(t *testing.T) {
	for name, kept := range map[string]int{"remembered": 1000, "too much to remember": -1} {
		t.Run(name, func(t *testing.T) {
			smallSearches(t, kept)
			r := rand.New(rand.NewPCG(11, 12))
			c, _ := randomCase(t, r)
			derive(t, c)
			e := c.Engine(nil)
			ctx := context.Background()
			tried := 0
			for i := 0; i < 400 && tried < 2; i++ {
				q := model.Query{Filter: randomFilter(r)}
				s, err := e.Search(ctx, q.Filter)
				if err != nil {
					t.Fatal(err)
				}
				if s == nil {
					continue
				}
				tried++
				want := collect(t, e, q, []model.Field{model.FieldTime, model.FieldOp})
				last, rows, steps := searchAll(t, s)
				if last.Count != int64(len(want)) || last.Total > 200 && steps < 2 {
					t.Errorf("%+v: %d found in %d steps of %d rows; %d are listed", q.Filter, last.Count, steps, last.Total, len(want))
				}
				slices.Reverse(want)
				undated := 0
				for undated < len(want) && want[undated].Values[0] == nil {
					undated++
				}
				for i := range want {
					if i < len(rows) && (rows[i].ID != want[i].ID || rows[i].Values[1] != want[i].Values[1]) {
						t.Errorf("%+v: row %d from the newest is %v, not %v", q.Filter, i, rows[i], want[i])
						break
					}
				}
				slices.Reverse(want)
				narrower := model.Query{Filter: q.Filter.With(randomTerm(r))}
				before := collect(t, c.Engine(nil), narrower, nil)
				if again, err := e.Search(ctx, q.Filter); err != nil || again != nil {
					t.Errorf("%+v: searched again: %v, %v", q.Filter, again != nil, err)
				}
				for _, desc := range []bool{false, true} {
					ordered := model.Query{Filter: q.Filter, Sort: model.Sort{Desc: desc}}
					fields := []model.Field{model.FieldTime, model.FieldKey}
					for i := 0; i < len(want); i += 1 + len(want)/3 {
						got := askAll(t, e, ordered, model.Span{}, fields, int64(i), want[i].ID)
						if anew := askAll(t, c.Engine(nil), ordered, model.Span{}, fields, int64(i), want[i].ID); !reflect.DeepEqual(got, anew) {
							t.Fatalf("%+v from row %d: after the search %+v\nand without one %+v", ordered, i, got, anew)
						}
					}
				}
				if got := collect(t, e, q, []model.Field{model.FieldTime, model.FieldOp}); len(got) != len(want) {
					t.Errorf("%+v: %d rows after the search, %d before", q.Filter, len(got), len(want))
				}
				if got := collect(t, e, narrower, nil); len(got) != len(before) {
					t.Errorf("%+v: %d rows after the search, %d before", narrower.Filter, len(got), len(before))
				}
			}
			if tried < 2 {
				t.Fatalf("only %d filters were searches", tried)
			}
		})
	}
}

func TestWhatTheDatabaseHasByColumnsIsNoSearch(t *testing.T) {
	for name, c := range map[string]struct {
		term model.Term
		want bool
	}{
		"a word":              {model.Term{Field: model.FieldAny, Op: model.Contains, Values: values("pdf")}, true},
		"a path in the text":  {model.Term{Field: model.FieldJSON, Path: "requestParameters.x", Values: values("1")}, true},
		"a promoted path":     {model.Term{Field: model.FieldJSON, Path: "eventName", Values: values("GetObject")}, false},
		"an expression there": {model.Term{Field: model.FieldRequest, Op: model.Matches, Values: values("a+")}, true},
		"that there is one":   {model.Term{Field: model.FieldRequest, Op: model.Present}, false},
		"a word that is off":  {model.Term{Field: model.FieldAny, Op: model.Contains, Values: values("pdf"), Off: true}, false},
		"a column":            {model.Term{Field: model.FieldOp, Values: values("GetObject")}, false},
	} {
		if got := model.Searches(model.Filter{Terms: []model.Term{c.term}}); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
