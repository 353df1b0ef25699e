package inquiry

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"trailsift/model"
)

// pile is requests of a case as plain values; it answers Tally by going through them.
type pile struct {
	Source
	rows []struct {
		actor, ip, key any
		at             time.Time
		bytes          int64
	}
}

func (p pile) Tally(_ context.Context, q model.Query, by model.TallyBy) ([]model.Tally, error) {
	groups, objects := map[string]*model.Tally{}, map[string]map[any]bool{}
	var order []string
	for _, r := range p.rows {
		values := map[model.Field]any{model.FieldActor: r.actor, model.FieldIP: r.ip, model.FieldKey: r.key}
		if slices.ContainsFunc(q.Filter.Terms, func(t model.Term) bool { return t.Op == model.Present && values[t.Field] == nil }) {
			continue
		}
		t := model.Tally{}
		for _, f := range by.Fields {
			t.Values = append(t.Values, values[f])
		}
		if by.Width > 0 {
			t.Start = r.at.Truncate(by.Width)
		}
		id := fmt.Sprintf("%q %v", t.Values, t.Start)
		if groups[id] == nil {
			groups[id], objects[id] = &t, map[any]bool{}
			order = append(order, id)
		}
		g := groups[id]
		g.Requests++
		g.CloudTrailOut += r.bytes
		if r.key != nil {
			objects[id][r.key] = true
		}
		g.Objects = int64(len(objects[id]))
	}
	var out []model.Tally
	for _, id := range order {
		out = append(out, *groups[id])
	}
	return out, nil
}

// TestSumsTellWhatReachesABound holds the bounds against a plain count, with absent values, values
// that are empty, and one actor that does nearly everything.
func TestSumsTellWhatReachesABound(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	some := func(texts ...any) any { return texts[min(r.IntN(len(texts)), r.IntN(len(texts)))] }
	for range 200 {
		var p pile
		for range r.IntN(300) {
			p.rows = append(p.rows, struct {
				actor, ip, key any
				at             time.Time
				bytes          int64
			}{some("a", "b", "", nil), some("1", "2", "3", nil), some("x", "y", "z", "w", nil), time.Unix(r.Int64N(7200), 0).UTC(), r.Int64N(100)})
		}
		by := model.Sums{By: []model.Field{model.FieldActor}, Width: []time.Duration{0, time.Hour}[r.IntN(2)],
			Least: []model.Bound{{Of: model.SumObjects, Least: r.Int64N(6)}, {Of: model.FieldIP, Least: r.Int64N(5)}, {Of: model.SumBytes, Least: r.Int64N(5000)}}}
		type group struct {
			n, bytes  int64
			keys, ips map[any]bool
		}
		want := map[string]*group{}
		for _, x := range p.rows {
			start := time.Unix(0, 0).UTC()
			if by.Width > 0 {
				start = x.at.Truncate(by.Width)
			}
			id := fmt.Sprintf("%#v %d", x.actor, start.Unix())
			if want[id] == nil {
				want[id] = &group{keys: map[any]bool{}, ips: map[any]bool{}}
			}
			g := want[id]
			g.n, g.bytes = g.n+1, g.bytes+x.bytes
			if x.key != nil {
				g.keys[x.key] = true
			}
			if x.ip != nil {
				g.ips[x.ip] = true
			}
		}
		for id, g := range want {
			if int64(len(g.keys)) < by.Least[0].Least && int64(len(g.ips)) < by.Least[1].Least && g.bytes < by.Least[2].Least {
				delete(want, id)
			}
		}
		got, err := Sums(context.Background(), p, model.Query{}, by)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%d groups, %v; want %d by %+v", len(got), err, len(want), by.Least)
		}
		for _, s := range got {
			start := int64(0)
			if s.Start != nil {
				start = s.Start.Unix()
			}
			g := want[fmt.Sprintf("%#v %d", s.Values[0], start)]
			if g == nil || g.n != s.Requests || int64(len(g.keys)) != s.Objects || int64(len(g.ips)) != s.Distinct[0] || g.bytes != s.CloudTrailOut {
				t.Fatalf("%+v, want %+v", s, g)
			}
		}
	}
}

// TestEveryDifferenceIsOfOneKind holds the kinds of change to their words.
func TestEveryDifferenceIsOfOneKind(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 500 {
		before, after := map[string]int64{}, map[string]int64{}
		for _, v := range []string{"a", "b", "c", "d"} {
			if n := r.Int64N(40); n > 0 {
				before[v] = n
			}
			if n := r.Int64N(40); n > 0 {
				after[v] = n
			}
		}
		scale := []float64{0.5, 1, 3}[r.IntN(3)]
		told := map[string]string{}
		for _, d := range deltas("op", before, after, scale) {
			if told[d.Value] != "" || d.Before != before[d.Value] || d.After != after[d.Value] {
				t.Fatalf("%+v of %v and %v", d, before, after)
			}
			told[d.Value] = d.Change
		}
		for _, v := range []string{"a", "b", "c", "d"} {
			b, a := float64(before[v])*scale, float64(after[v])
			want := ""
			switch {
			case a == 0 && b == 0:
			case b == 0:
				want = "new"
			case a == 0:
				want = "gone"
			case a >= 2*b:
				want = "grown"
			case 2*a <= b:
				want = "shrunk"
			}
			if told[v] != want {
				t.Fatalf("%s: %g of %g expected is %q, want %q", v, a, b, told[v], want)
			}
		}
	}
}
