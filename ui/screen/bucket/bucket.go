// Package bucket is the screen of what lies in a log bucket, before anything is taken: a tree to tick,
// with what it holds and costs. It must not know S3 or how a bucket is listed; it is told of streams and
// volumes, and hands back which to take.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/dialog"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// Found is what a look into the bucket gave.
type Found struct {
	Layout model.Layout
	Chosen []int    // ids of streams that are ticked at first
	Left   []string // what else is to be said
	Span   model.Span
}

// Backend looks into the bucket. Every call may take long and ends with its context.
type Backend interface {
	// Discover finds the streams; told hears of the requests so far.
	Discover(ctx context.Context, told func(lists int64)) (Found, error)
	// Count lists streams within a span; told hears what was met of each so far, from any goroutine.
	Count(ctx context.Context, ids []int, span model.Span, told func(id int, v model.Volume)) (map[int]model.Volume, error)
	Estimate(v model.Volume) model.Estimate
}

// Options is what else the screen is made of.
type Options struct {
	Name string // of what is looked into
	// Take begins to take streams within a span, and leaves the screen. Leave leaves it without.
	Take  func(ids []int, span model.Span) tea.Cmd
	Leave func() tea.Cmd
}

// drawEvery is how often progress is drawn while something is asked.
const drawEvery = 150 * time.Millisecond

type redraw struct{ id int }

// Bucket is the screen.
type Bucket struct {
	shell.Still
	shell    shell.Shell
	theme    *theme.Theme
	backend  Backend
	options  Options
	found    Found
	known    bool
	tree     []*node
	shown    []*node
	ticked   map[int]bool
	volumes  map[int]model.Volume
	lists    int64 // requests that counting took so far, whatever became of what they counted
	span     model.Span
	grid     *grid.Grid
	looking  shell.Ask[Found]
	counting shell.Ask[map[int]model.Volume]
	progress *progress
	drawn    int // the newest redraw that is due
	stopped  bool
	failed   string
	w, h     int
}

// progress is what a running question has met so far.
type progress struct {
	lists atomic.Int64
	mu    sync.Mutex
	seen  map[int]model.Volume
}

func (p *progress) tell(id int, v model.Volume) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[id] = v
}

func (p *progress) copy() map[int]model.Volume {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.seen)
}

// New returns the screen.
func New(sh shell.Shell, b Backend, o Options) *Bucket {
	s := &Bucket{shell: sh, theme: sh.Theme(), backend: b, options: o, ticked: map[int]bool{}, volumes: map[int]model.Volume{}, progress: &progress{seen: map[int]model.Volume{}}}
	s.grid = grid.New(s.theme, []grid.Column{
		{Name: "TAKE", Min: 4, Want: 4, Priority: 0},
		{Name: "WHAT", Min: 22, Want: 60, Priority: 1, Cut: grid.CutMiddle, Elastic: true},
		{Name: "OBJECTS", Min: 9, Want: 11, Priority: 2, Right: true},
		{Name: "BYTES", Min: 8, Want: 9, Priority: 3, Right: true},
		{Name: "FROM", Min: 10, Want: 10, Priority: 4},
		{Name: "TO", Min: 10, Want: 10, Priority: 5},
		{Name: "REMARK", Min: 16, Want: 60, Priority: 6},
	})
	s.grid.SetFocus(true)
	return s
}

// Title names the screen in the header.
func (s *Bucket) Title() string { return "Bucket" }

// Pane is the pane that has the keys.
func (s *Bucket) Pane() keys.Pane { return keys.Bucket }

// Open looks into the bucket.
func (s *Bucket) Open() tea.Cmd {
	s.failed, s.known = "", false
	b, p := s.backend, &progress{seen: map[int]model.Volume{}}
	s.progress = p
	return tea.Batch(s.looking.Begin(s.shell, func(ctx context.Context) (Found, error) { return b.Discover(ctx, p.lists.Store) }), s.drawSoon())
}

// Refresh keeps what was found: the case has nothing to do with it.
func (s *Bucket) Refresh() tea.Cmd { return nil }

// drawSoon draws what is in progress again and again while something is asked.
func (s *Bucket) drawSoon() tea.Cmd {
	s.drawn = s.shell.NextID()
	return s.shell.After(drawEvery, redraw{s.drawn})
}

// Receive takes what was found or counted.
func (s *Bucket) Receive(msg tea.Msg) tea.Cmd {
	if m, ok := msg.(redraw); ok && m.id == s.drawn {
		if !s.looking.Waiting() && !s.counting.Waiting() {
			return nil
		}
		s.fill()
		return s.drawSoon()
	}
	if found, mine, err := s.looking.Receive(msg); mine {
		return s.receiveFound(found, err)
	}
	counted, mine, err := s.counting.Receive(msg)
	if !mine {
		return nil
	}
	if err != nil {
		s.lists += met(s.progress.copy()).Lists
		s.fail("could not count", err)
		return nil
	}
	s.lists += met(counted).Lists
	maps.Copy(s.volumes, counted)
	s.fill()
	return s.count()
}

func (s *Bucket) receiveFound(found Found, err error) tea.Cmd {
	if err != nil {
		s.fail("could not look into the bucket", err)
		return nil
	}
	s.found, s.known, s.span = found, true, found.Span
	s.tree = grow(found.Layout)
	fold(s.tree, 40)
	clear(s.ticked)
	for _, id := range found.Chosen {
		s.ticked[id] = true
	}
	s.fill()
	return tea.Batch(s.Resize(s.w, s.h), s.count())
}

func (s *Bucket) fail(what string, err error) {
	s.failed = what + ": " + shell.Told(err)
	s.shell.Notice(theme.Bad, s.failed)
	s.fill()
}

// count asks for what is ticked and not counted yet, unless something is being counted.
func (s *Bucket) count() tea.Cmd {
	ids := s.uncounted()
	if len(ids) == 0 || s.counting.Waiting() || s.stopped {
		return nil
	}
	s.failed = ""
	b, span, p := s.backend, s.span, &progress{seen: map[int]model.Volume{}}
	s.progress = p
	return tea.Batch(s.counting.Begin(s.shell, func(ctx context.Context) (map[int]model.Volume, error) {
		return b.Count(ctx, ids, span, p.tell)
	}), s.drawSoon())
}

func (s *Bucket) chosen() []int { return slices.Sorted(maps.Keys(s.ticked)) }

func (s *Bucket) uncounted() (ids []int) {
	for _, id := range s.chosen() {
		if _, ok := s.volumes[id]; !ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// met adds up volumes.
func met(volumes map[int]model.Volume) (sum model.Volume) {
	for _, v := range volumes {
		sum.Add(v)
	}
	return sum
}

// estimate is what the ticked streams that are counted hold and cost, with every request that was made
// to find that out.
func (s *Bucket) estimate() model.Estimate {
	var sum model.Volume
	for _, id := range s.chosen() {
		sum.Add(s.volumes[id])
	}
	sum.Lists = s.lists + s.found.Layout.Lists
	return s.backend.Estimate(sum)
}

// stopCounting gives up counting; the requests it has made are made.
func (s *Bucket) stopCounting() bool {
	if !s.counting.Stop() {
		return false
	}
	s.lists += met(s.progress.copy()).Lists
	return true
}

// current is the node under the cursor.
func (s *Bucket) current() (*node, bool) {
	i, ok := s.grid.Index(len(s.shown))
	if !ok {
		return nil, false
	}
	return s.shown[i], true
}

// Act ticks, folds, counts, or begins.
func (s *Bucket) Act(a keys.Action) tea.Cmd {
	switch a {
	case keys.Toggle:
		return s.toggle()
	case keys.TickAll:
		return s.tickAll()
	case keys.Fold, keys.Unfold:
		if n, ok := s.current(); ok && len(n.below) > 0 {
			n.closed = a == keys.Fold
			s.fill()
		}
		return nil
	case keys.Rerun:
		s.stopped = false
		if !s.known {
			return s.Open()
		}
		return s.count()
	case keys.GoTime:
		if !s.known {
			s.shell.Notice(theme.Warn, "nothing is known of the bucket yet")
			return nil
		}
		s.askSpan()
		return nil
	case keys.Open:
		return s.begin()
	}
	cmd, _ := s.grid.Act(a)
	return cmd
}

// toggle ticks what is under the cursor, with all below it, or takes the ticks away.
func (s *Bucket) toggle() tea.Cmd {
	n, ok := s.current()
	if !ok {
		return nil
	}
	s.tick(n.streams())
	return s.count()
}

func (s *Bucket) tickAll() tea.Cmd {
	var ids []int
	for _, n := range s.tree {
		ids = append(ids, n.streams()...)
	}
	s.tick(ids)
	return s.count()
}

// tick ticks ids, or none of them where all are ticked.
func (s *Bucket) tick(ids []int) {
	all := !slices.ContainsFunc(ids, func(id int) bool { return !s.ticked[id] })
	for _, id := range ids {
		if all {
			delete(s.ticked, id)
		} else {
			s.ticked[id] = true
		}
	}
	s.stopped = false
	s.fill()
}

// begin takes what is ticked, once all of it is counted.
func (s *Bucket) begin() tea.Cmd {
	switch {
	case !s.known:
		s.shell.Notice(theme.Warn, "nothing is known of the bucket yet")
		return nil
	case len(s.ticked) == 0:
		s.shell.Notice(theme.Warn, "nothing is ticked: space ticks what is under the cursor")
		return nil
	case len(s.uncounted()) > 0:
		s.stopped = false
		s.shell.Notice(theme.Warn, "counting first, so that the cost is known; then enter begins")
		return s.count()
	case s.estimate().Objects+s.estimate().Archived == 0:
		s.shell.Notice(theme.Warn, "what is ticked holds no object in this span")
		return nil
	}
	return s.options.Take(s.chosen(), s.span)
}

// askSpan opens the dialog for the time to take.
func (s *Bucket) askSpan() {
	s.shell.Push(dialog.New(s.theme, dialog.Spec{
		Title: "Time to take", Yes: "counts again",
		Fields: []dialog.Field{
			{Label: "since", Text: moment(s.span.From), Help: "inclusive; UTC without a zone: 2026-03-01T02:00:00Z or 2026-03-01; empty: from the first on"},
			{Label: "until", Text: moment(s.span.To), Help: "exclusive; empty: to the last"},
		},
		Says: func(dialog.Answer) []string {
			return []string{"logs that were delivered in this time or shortly after; whole files are taken"}
		},
		Do: func(a dialog.Answer) (tea.Cmd, string) {
			span, err := parseSpan(a[0], a[1])
			if err != nil {
				return nil, safe.New(err.Error()).String()
			}
			return s.setSpan(span), ""
		},
	}))
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func parseSpan(since, until string) (model.Span, error) {
	var ends [2]time.Time
	for i, text := range []string{since, until} {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		at, err := filter.ParseTime(text)
		if err != nil {
			return model.Span{}, fmt.Errorf("%s: %w", []string{"since", "until"}[i], err)
		}
		ends[i] = at.UTC()
	}
	if !ends[0].IsZero() && !ends[1].IsZero() && !ends[0].Before(ends[1]) {
		return model.Span{}, errors.New("since is not before until")
	}
	return model.Span{From: ends[0], To: ends[1]}, nil
}

// setSpan forgets what was counted over another span.
func (s *Bucket) setSpan(span model.Span) tea.Cmd {
	if span == s.span {
		return nil
	}
	s.span, s.stopped = span, false
	s.stopCounting()
	clear(s.volumes)
	s.fill()
	return s.count()
}

// Peel gives up looking or counting, else it leaves: nothing has been taken yet.
func (s *Bucket) Peel() tea.Cmd {
	if s.Stop() {
		return nil
	}
	return s.options.Leave()
}

// Stop gives up looking or counting.
func (s *Bucket) Stop() bool {
	looked, counted := s.looking.Stop(), s.stopCounting()
	if s.stopped = s.stopped || counted; looked || counted {
		s.fill()
	}
	return looked || counted
}

// Pending says what is awaited.
func (s *Bucket) Pending() string {
	switch {
	case s.looking.Waiting():
		return "looking into the bucket, " + value.Of(s.progress.lists.Load(), "request", "requests")
	case s.counting.Waiting():
		sum := met(s.progress.copy())
		return "counting, " + value.Of(sum.Objects, "object", "objects") + " in " + value.Of(sum.Lists, "request", "requests")
	}
	return ""
}
