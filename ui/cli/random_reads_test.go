package cli

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"trailsift/model"
	"trailsift/queries/inquiry"
)

// plainReads is what both logs tell of the successful reads of one object.
type plainReads struct {
	bucket, key                string
	events, lines, alone, mute int64 // alone: lines of requests no event tells; mute: events that tell no bytes
	sentByEvents, sentByLines  int64
	sentAlone, most, size      int64 // most of one read; size is -1 where no line tells it
	upper                      int64 // of what was sent, request by request
	dark                       bool  // of some read no log tells the bytes
}

func successfulRead(p *plain) bool {
	return p.op == "GetObject" && p.outcome == "ok" && p.key != "" && !p.dup
}

// reads are the events that f keeps, and the lines that f keeps or that tell of the same requests.
func (w *world) reads(f plainFilter) map[string]*plainReads {
	out := map[string]*plainReads{}
	of := func(p *plain) *plainReads {
		name := p.bucket + "/" + p.key
		if out[name] == nil {
			out[name] = &plainReads{bucket: p.bucket, key: p.key, size: -1}
		}
		return out[name]
	}
	var events []*plain
	kept := map[*plain]bool{}
	for _, p := range w.shown(f) {
		if successfulRead(p) {
			kept[p] = true
			if p.log == "cloudtrail" {
				events = append(events, p)
			}
		}
	}
	sent := map[*plain]int64{} // by the lines of an event
	for _, l := range w.all {
		if l.log != "access" || !successfulRead(l) {
			continue
		}
		var mine *plain // of several events the one that tells the least
		for _, e := range events {
			if oneRequest(e, l) {
				kept[l] = true
				if e.bucket == l.bucket && e.key == l.key && (mine == nil || atLeast0(e.out) < atLeast0(mine.out)) {
					mine = e
				}
			}
		}
		if !kept[l] {
			continue
		}
		r := of(l)
		r.lines, r.sentByLines, r.most, r.size = r.lines+1, r.sentByLines+atLeast0(l.out), max(r.most, l.out), max(r.size, l.size)
		switch {
		case !l.fold:
			r.alone, r.sentAlone, r.upper = r.alone+1, r.sentAlone+atLeast0(l.out), r.upper+atLeast0(l.out)
		case mine == nil:
			r.upper += atLeast0(l.out)
		default:
			sent[mine] += atLeast0(l.out)
		}
	}
	for _, e := range events {
		r := of(e)
		r.events, r.sentByEvents, r.most = r.events+1, r.sentByEvents+atLeast0(e.out), max(r.most, e.out)
		if e.out < 0 {
			r.mute++
		}
		if _, ok := sent[e]; e.out < 0 && !ok {
			r.dark = true
		}
		r.upper += max(atLeast0(e.out), sent[e])
	}
	return out
}

// randomReads holds the estimate of what was taken against the raw records, and against the bytes that
// the reads really took.
func randomReads(t *testing.T, w *world, f plainFilter) {
	x, err := inquiry.Exfiltration(context.Background(), w.engine, w.filter(t, f))
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	var events, lines, alone, mute, byEvents, byLines, byAlone, partial, unknown int64
	bounds := map[string][2]int64{}
	for name, r := range w.reads(f) {
		want = append(want, fmt.Sprintf("%s %d reads, %d and %d bytes, size %d, at least %d", name, r.events+r.alone, r.sentByEvents, r.sentByLines, r.size, r.most))
		events, lines, alone, mute = events+r.events, lines+r.lines, alone+r.alone, mute+r.mute
		byEvents, byLines, byAlone = byEvents+r.sentByEvents, byLines+r.sentByLines, byAlone+r.sentAlone
		switch {
		case r.size < 0:
			unknown++
		case r.most < r.size:
			partial++
		}
	}
	for _, o := range x.Largest {
		size := int64(-1)
		if o.Size != nil {
			size = *o.Size
		}
		name := o.Bucket + "/" + o.Key
		bounds[name] = [2]int64{o.Least, o.Most}
		got = append(got, fmt.Sprintf("%s %d reads, %d and %d bytes, size %d, at least %d", name, o.Reads, o.CloudTrailBytes, o.AccessBytes, size, o.Least))
	}
	differ(t, "reads", f, got, want)
	sums := [...]int64{x.Objects, x.CloudTrailReads, x.AccessReads, x.AccessOnlyReads, x.ReadsWithoutBytes, x.CloudTrailBytes, x.AccessBytes, x.AccessOnlyBytes, x.PartialObjects, x.SizeUnknown}
	if plain := [...]int64{int64(len(want)), events, lines, alone, mute, byEvents, byLines, byAlone, partial, unknown}; sums != plain {
		t.Errorf("%q: sums %v, want %v", f.text, sums, plain)
	}
	for name, r := range w.reads(f) {
		limit := r.upper
		if r.dark && r.size > 0 {
			limit = max(limit, r.size)
		}
		if r.size >= 0 {
			limit = max(min(limit, r.size), r.most)
		}
		if b := bounds[name]; b[1] < limit {
			t.Errorf("%q: %s: at most %d bytes, want %d or more", f.text, name, b[1], limit)
		}
		if f.text == "" {
			w.holdsTruth(t, name, r, bounds[name])
		}
	}
	w.boundsOfNodes(t, f, "", "", bounds)
}

// boundsOfNodes holds what the tree of objects tells of what was taken against the objects below each node.
func (w *world) boundsOfNodes(t *testing.T, f plainFilter, bucket, prefix string, of map[string][2]int64) {
	t.Helper()
	ctx, asked := context.Background(), w.filter(t, f)
	nodes, err := w.engine.Nodes(ctx, model.Query{Filter: asked}, bucket, prefix, 0)
	if err != nil {
		t.Fatal(err)
	}
	if nodes, err = inquiry.Bounded(ctx, w.engine, asked, bucket, prefix, nodes); err != nil {
		t.Fatal(err)
	}
	for i, n := range nodes {
		want := [2]int64{}
		for name, b := range of {
			at, below := strings.CutPrefix(name, n.Bucket+"/")
			if below && (n.Kind == model.NodeBucket || n.Kind == model.NodeKey && at == n.Key || n.Kind == model.NodePrefix && strings.HasPrefix(at, n.Key)) {
				want[0], want[1] = want[0]+b[0], want[1]+b[1]
			}
		}
		if got := [2]int64{n.Least, n.Most}; got != want {
			t.Errorf("%q: node %d of %s/%s: between %v, want %v", f.text, n.Kind, n.Bucket, n.Key, got, want)
		}
		if i == 0 && (n.Kind == model.NodeBucket || n.Kind == model.NodePrefix) {
			w.boundsOfNodes(t, f, n.Bucket, n.Key, of)
		}
	}
}

// holdsTruth tells whether the bytes that reads really took of an object lie between two bounds.
func (w *world) holdsTruth(t *testing.T, name string, r *plainReads, bounds [2]int64) {
	t.Helper()
	bytes := map[int64]bool{}
	for _, s := range w.chaos.taken[name] {
		for i := s.from; i < s.to; i++ {
			bytes[i] = true
		}
	}
	if n := int64(len(bytes)); n < bounds[0] || n > bounds[1] && (!r.dark || r.size >= 0) {
		t.Errorf("%s: %d bytes were taken, between %d and %d by the estimate", name, n, bounds[0], bounds[1])
	}
}
