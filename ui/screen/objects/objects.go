// Package objects is the screen of buckets, prefixes and keys as a tree, with what was asked of each.
// It must not know how an engine adds them up.
package objects

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// Backend is what the screen asks of an engine.
type Backend interface {
	Nodes(ctx context.Context, q model.Query, bucket, prefix string, limit int) ([]model.Node, error)
	Count(ctx context.Context, q model.Query) (int64, error)
	NodeNames(ctx context.Context, q model.Query, bucket, prefix string, limit int) ([]model.Node, error)
}

// Bounder tells for nodes between which bounds the content lies that reads took.
type Bounder interface {
	Bounded(ctx context.Context, f model.Filter, bucket, prefix string, nodes []model.Node) ([]model.Node, error)
}

// nodesListed bounds one level; filters reach what lies beyond.
const nodesListed = 20_000

// level is one place in the tree and where the cursor stood in it.
type level struct {
	bucket, prefix string
	row            int64
}

// Objects is the screen.
type Objects struct {
	shell.Still
	shell.Question[[]model.Node]
	shell   shell.Shell
	theme   *theme.Theme
	backend Backend
	bounder Bounder // nil: nothing is told of what left
	print   func(model.Filter) string
	filter  model.Filter // of the rows that are added up
	path    []level      // the last one is shown
	nodes   []model.Node
	sorted  grid.Sorting
	covers  shell.Covers
	columns []grid.Column
	by      []func(a, b model.Node) int
	grid    *grid.Grid
	w, h    int
}

// columns are what can be sorted by, in the order of the grid.
var columns = []grid.Column{
	{Name: "NAME", Min: 18, Want: 80, Priority: 0, Cut: grid.CutMiddle, Elastic: true},
	{Name: "ROWS", Min: 10, Want: 12, Priority: 1, Right: true},
	{Name: "DENIED", Min: 8, Want: 10, Priority: 2, Right: true},
	{Name: "FAILED", Min: 8, Want: 10, Priority: 7, Right: true},
	{Name: "LEAST", Min: 9, Want: 9, Priority: 3, Right: true},
	{Name: "MOST", Min: 9, Want: 9, Priority: 4, Right: true},
	{Name: "OUT", Min: 9, Want: 9, Priority: 5, Right: true},
	{Name: "IN", Min: 9, Want: 9, Priority: 8, Right: true},
	{Name: "ACTORS", Min: 7, Want: 8, Priority: 6, Right: true},
	{Name: "LAST SEEN", Min: 20, Want: 20, Priority: 9},
}

// by orders nodes by a column, smaller first.
var by = []func(a, b model.Node) int{
	func(a, b model.Node) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Bucket, b.Bucket), cmp.Compare(a.Key, b.Key))
	},
	func(a, b model.Node) int { return cmp.Compare(a.Requests, b.Requests) },
	func(a, b model.Node) int { return cmp.Compare(a.Denied, b.Denied) },
	func(a, b model.Node) int { return cmp.Compare(a.Failed, b.Failed) },
	func(a, b model.Node) int { return cmp.Compare(a.Least, b.Least) },
	func(a, b model.Node) int { return cmp.Compare(most(a), most(b)) },
	func(a, b model.Node) int { return cmp.Compare(a.BytesOut, b.BytesOut) },
	func(a, b model.Node) int { return cmp.Compare(a.BytesIn, b.BytesIn) },
	func(a, b model.Node) int { return cmp.Compare(a.Actors, b.Actors) },
	func(a, b model.Node) int { return a.Last.Compare(b.Last) },
}

// The columns of what left.
const firstBound, behindBounds = 4, 6

// told leaves the columns of what left out, where nobody tells them.
func told[T any](bounder Bounder, of []T) []T {
	if bounder == nil {
		return slices.Concat(of[:firstBound], of[behindBounds:])
	}
	return of
}

// most is the upper bound of a node; nothing bounds what nothing tells.
func most(n model.Node) int64 {
	if n.Unbounded {
		return math.MaxInt64
	}
	return n.Most
}

// New returns the screen; print writes a filter as text, and bounder may be nil.
func New(sh shell.Shell, b Backend, bounder Bounder, covers shell.Covers, print func(model.Filter) string) *Objects {
	o := &Objects{shell: sh, theme: sh.Theme(), backend: b, bounder: bounder, covers: covers, print: print, path: []level{{}}, sorted: grid.Sorting{Column: 1, Desc: true}}
	o.Doing, o.Cannot = "adding up objects", "could not list the objects"
	o.columns, o.by = told(bounder, columns), told(bounder, by)
	o.grid = grid.New(o.theme, o.columns)
	o.grid.SetFocus(true)
	return o
}

// Title names the screen in the header.
func (o *Objects) Title() string { return "Objects" }

// Pane is the pane that has the keys.
func (o *Objects) Pane() keys.Pane { return keys.Objects }

// Looking is the filter whose rows it tells of.
func (o *Objects) Looking() model.Filter { return o.filter }

// SetFilter has the tree add up the rows of f only. It takes effect when the screen is opened.
func (o *Objects) SetFilter(f model.Filter) {
	if !f.Equal(o.filter) {
		o.filter, o.path, o.Known = f, []level{{}}, false
	}
}

func (o *Objects) here() *level { return &o.path[len(o.path)-1] }

// Open asks for the level that is shown.
func (o *Objects) Open() tea.Cmd {
	b, q, l := o.backend, model.Query{Filter: o.filter}, *o.here()
	var summed, outside []model.Node
	parts := []model.Part[[]model.Node]{
		{Doing: "names", Peek: true, Do: func(ctx context.Context) ([]model.Node, error) {
			return b.NodeNames(ctx, q, l.bucket, l.prefix, nodesListed)
		}},
		{Doing: "bytes, actors and times", Do: func(ctx context.Context) (_ []model.Node, err error) {
			summed, err = b.Nodes(ctx, q, l.bucket, l.prefix, nodesListed)
			if err == nil && l.bucket == "" {
				outside, err = bucketless(ctx, b, q)
			}
			return slices.Concat(summed, outside), err // which the screen sorts
		}},
	}
	if o.bounder != nil {
		bounded := model.Part[[]model.Node]{Doing: "what left", Do: func(ctx context.Context) ([]model.Node, error) {
			all, err := o.bounder.Bounded(ctx, q.Filter, l.bucket, l.prefix, summed)
			return slices.Concat(all, outside), err
		}}
		parts = append(parts, bounded)
	}
	return o.BeginParts(o.shell, parts, func(n []model.Node) bool { return len(n) == 0 }, o.covers, q)
}

// bucketless are the requests of q that are about no bucket, as a node; none where there are none.
func bucketless(ctx context.Context, b Backend, q model.Query) ([]model.Node, error) {
	n := model.Node{Kind: model.NodeNoKey}
	for _, t := range Terms(n) {
		q.Filter = q.Filter.With(t)
	}
	for _, c := range []struct {
		into *int64
		f    model.Filter
	}{{&n.Requests, q.Filter}, {&n.Denied, q.Filter.With(value.Term(model.FieldOutcome, model.Denied.String(), false))}, {&n.Failed, q.Filter.With(value.Term(model.FieldOutcome, model.Failed.String(), false))}} {
		var err error
		if *c.into, err = b.Count(ctx, model.Query{Filter: c.f}); err != nil || n.Requests == 0 {
			return nil, err
		}
	}
	return []model.Node{n}, nil
}

// Twin is the command that counts the requests of what is listed.
func (o *Objects) Twin() shell.Twin {
	t := shell.Twin{Verb: "query", Words: []string{"--group-by=bucket"}, Filter: o.filter}
	if l := o.here(); l.bucket != "" {
		n := model.Node{Kind: model.NodeBucket, Bucket: l.bucket, Key: l.prefix}
		if l.prefix != "" {
			n.Kind = model.NodePrefix
		}
		for _, term := range Terms(n) {
			t.Filter = t.Filter.With(term)
		}
		t.Words[0] = "--group-by=key"
	}
	return t
}

// enter asks for a level that was not shown: what there is belongs to another one.
func (o *Objects) enter() tea.Cmd {
	o.Known, o.nodes = false, nil
	return tea.Batch(o.fill(0), o.Open())
}

// Refresh asks again.
func (o *Objects) Refresh() tea.Cmd { return o.Open() }

// Receive takes the nodes of the level.
func (o *Objects) Receive(msg tea.Msg) tea.Cmd {
	was, had := o.current()
	row, names := o.here().row, o.Known && o.SoFar
	nodes, ok := o.Take(msg)
	if !ok {
		return o.More()
	}
	o.nodes = nodes
	if names && had { // the cursor stays on what it was moved to
		row = o.grid.Cursor()
	}
	cmd := o.fill(row)
	same := func(n model.Node) bool { return n.Kind == was.Kind && n.Bucket == was.Bucket && n.Key == was.Key }
	if i := slices.IndexFunc(o.nodes, same); names && had && i >= 0 {
		cmd = o.grid.GoTo(int64(i))
	}
	return tea.Batch(cmd, o.More())
}

// fill sorts the nodes and puts the cursor on a row.
func (o *Objects) fill(row int64) tea.Cmd {
	grid.SortRows(o.sorted, o.nodes, o.by)
	rows := make([]grid.Row, len(o.nodes))
	for i, n := range o.nodes {
		rows[i] = o.row(n)
	}
	o.grid.SetRows(rows)
	o.grid.SetColumns(o.sorted.Heads(o.theme, o.columns))
	return o.grid.GoTo(row)
}

func (o *Objects) current() (model.Node, bool) {
	i, ok := o.grid.Index(len(o.nodes))
	if !ok {
		return model.Node{}, false
	}
	return o.nodes[i], true
}

// Resize gives the screen w by h cells.
func (o *Objects) Resize(w, h int) tea.Cmd {
	o.w, o.h = w, h
	return o.grid.SetSize(w, h-2)
}

// Act does an act.
func (o *Objects) Act(a keys.Action) tea.Cmd {
	switch a {
	case keys.SortColumn:
		_, col := o.grid.Column()
		o.sorted.Press(col)
		return o.fill(0)
	case keys.ClearAll:
		o.SetFilter(model.Filter{})
		return o.Open()
	case keys.Open, keys.Keep, keys.Drop, keys.Only, keys.Copy, keys.ShowStory:
		n, ok := o.current()
		if !ok {
			o.shell.Notice(theme.Warn, "there is nothing under the cursor")
			return nil
		}
		return o.onNode(a, n)
	}
	cmd, _ := o.grid.Act(a)
	return cmd
}

func (o *Objects) onNode(a keys.Action, n model.Node) tea.Cmd {
	path := strings.TrimSuffix(n.Bucket+"/"+n.Key, "/")
	if outside(n) {
		path = "no bucket"
	}
	switch {
	case outside(n) && (a == keys.Copy || a == keys.ShowStory):
		o.shell.Notice(theme.Warn, "these requests are about no bucket; enter lists them")
		return nil
	case a == keys.Copy:
		return o.shell.Copy("s3://" + n.Bucket + "/" + n.Key)
	case a == keys.ShowStory && n.Kind == model.NodeKey:
		return o.shell.ShowObject(n.Bucket + "/" + n.Key)
	case a == keys.ShowStory && n.Kind != model.NodeNoKey:
		return o.shell.ShowObject(n.Bucket + "/" + n.Key + "*")
	case a == keys.ShowStory:
		o.shell.Notice(theme.Warn, "the bucket itself is no object; its keys have stories")
		return nil
	case a == keys.Open && (n.Kind == model.NodeBucket || n.Kind == model.NodePrefix):
		o.here().row = o.grid.Cursor()
		o.path = append(o.path, level{bucket: n.Bucket, prefix: n.Key})
		return o.enter()
	case a == keys.Only:
		return shell.Sift(o.shell, a, path, o.filter, Terms(n))
	case a == keys.Drop:
		return o.shell.ShowFilter("without "+path, o.without(n))
	}
	f := o.filter
	for _, t := range Terms(n) {
		f = f.With(t)
	}
	return o.shell.ShowFilter(path, f)
}

// Mouse scrolls, sorts by a heading, and opens what is clicked twice.
func (o *Objects) Mouse(m shell.Mouse) tea.Cmd {
	if len(o.nodes) == 0 {
		return nil
	}
	return shell.Point(o.grid, m, 2, o.Act)
}

// Back goes a level up, the cursor where it was.
func (o *Objects) Back() (tea.Cmd, bool) {
	if len(o.path) == 1 {
		return nil, false
	}
	o.path = o.path[:len(o.path)-1]
	return o.enter(), true
}
