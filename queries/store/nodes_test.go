package store

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

// slowNodes walks all rows.
func slowNodes(rows []model.Row, at map[model.Field]int, bucket, prefix string) []model.Node {
	type sums struct {
		model.Node
		actors map[string]bool
	}
	found := map[model.Node]*sums{}
	for _, r := range rows {
		b, hasBucket := r.Values[at[model.FieldBucket]].(string)
		key, hasKey := r.Values[at[model.FieldKey]].(string)
		id := model.Node{Kind: model.NodeBucket, Bucket: b}
		if bucket != "" {
			if b != bucket || (prefix != "" && !(hasKey && strings.HasPrefix(key, prefix))) {
				continue
			}
			id = model.Node{Kind: model.NodeNoKey, Bucket: b}
			if hasKey {
				id.Kind, id.Key = model.NodeKey, key
				if head, _, ok := strings.Cut(key[len(prefix):], "/"); ok {
					id.Kind, id.Key = model.NodePrefix, prefix+head+"/"
				}
			}
		} else if !hasBucket {
			continue
		}
		s := found[id]
		if s == nil {
			s = &sums{Node: id, actors: map[string]bool{}}
			found[id] = s
		}
		s.Requests++
		switch r.Values[at[model.FieldOutcome]] {
		case "denied":
			s.Denied++
		case "failed":
			s.Failed++
		}
		for f, to := range map[model.Field]*int64{model.FieldBytesOut: &s.BytesOut, model.FieldBytesIn: &s.BytesIn} {
			if n, ok := r.Values[at[f]].(int64); ok {
				*to += n
			}
		}
		if a, ok := r.Values[at[model.FieldActor]].(string); ok {
			s.actors[a] = true
		}
		if t, ok := r.Values[at[model.FieldTime]].(time.Time); ok && t.After(s.Last) {
			s.Last = t
		}
	}
	var out []model.Node
	for _, s := range found {
		s.Node.Actors = int64(len(s.actors))
		out = append(out, s.Node)
	}
	slices.SortFunc(out, func(a, b model.Node) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Kind/model.NodeNoKey, b.Kind/model.NodeNoKey), cmp.Compare(a.Bucket, b.Bucket), cmp.Compare(a.Key, b.Key))
	})
	return out
}

func TestNodesAddUpWhatAWalkOverAllRowsAddsUp(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 4))
	c, _ := randomCase(t, r)
	e := c.Engine(nil)
	ctx := context.Background()
	at := map[model.Field]int{}
	for i, f := range model.Columns() {
		at[f] = i
	}
	for _, q := range []model.Query{{}, {Filter: model.Filter{}.With(model.Term{Field: model.FieldOutcome, Values: []model.Value{{Text: "denied"}}})}} {
		p, err := e.Page(ctx, q, model.Columns(), 0, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		var visit func(bucket, prefix string, depth int)
		visit = func(bucket, prefix string, depth int) {
			got, err := e.Nodes(ctx, q, bucket, prefix, 0)
			if err != nil {
				t.Fatal(err)
			}
			want := slowNodes(p.Rows, at, bucket, prefix)
			if !slices.Equal(got, want) {
				t.Errorf("below %q %q:\n%+v\nwant\n%+v", bucket, prefix, got, want)
			}
			for i, n := range want {
				want[i] = model.Node{Kind: n.Kind, Bucket: n.Bucket, Key: n.Key, Requests: n.Requests,
					Denied: model.NotYet, Failed: model.NotYet, BytesOut: model.NotYet, BytesIn: model.NotYet, Actors: model.NotYet}
			}
			if names, err := e.NodeNames(ctx, q, bucket, prefix, 0); err != nil || !slices.Equal(names, want) {
				t.Errorf("the names below %q %q:\n%+v\nwant\n%+v (%v)", bucket, prefix, names, want, err)
			}
			for _, n := range got {
				if n.Kind == model.NodeBucket || n.Kind == model.NodePrefix && depth < 5 {
					visit(n.Bucket, n.Key, depth+1)
				}
			}
		}
		visit("", "", 0)
	}
	if got, err := e.Nodes(ctx, model.Query{}, "", "", 2); err != nil || len(got) != 2 {
		t.Errorf("limited to 2: %d, %v", len(got), err)
	}
}
