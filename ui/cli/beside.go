package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"trailsift/loaders"
	"trailsift/loaders/s3"
	"trailsift/loaders/source"
	"trailsift/model"
	"trailsift/ui"
	shelf "trailsift/ui/screen/bucket"
)

// beside is the loads that run while their case is looked at, one after the other.
type beside struct {
	p       *program
	s       *session
	o       *loadOptions
	sources []string
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// begin loads what the command line named.
func (b *beside) begin() *ui.Load {
	return b.load(strings.Join(b.sources, " "), func(ctx context.Context, p *program, progress *model.Progress, tell func()) (loaders.Summary, error) {
		return p.loadInto(ctx, b.s, b.o, b.sources, progress, tell)
	})
}

// look loads what came since to the places the case's evidence came from.
func (b *beside) look() *ui.Load {
	return b.load("new evidence", func(ctx context.Context, p *program, progress *model.Progress, tell func()) (loaders.Summary, error) {
		wishes, err := b.s.wishes(ctx)
		if err == nil && len(wishes) == 0 {
			err = errors.New("the case does not know where its evidence came from")
		}
		if err != nil {
			return loaders.Summary{}, err
		}
		return p.loadAgain(ctx, b.s, wishes, progress, tell)
	})
}

// end waits until nothing of it runs any more.
func (b *beside) end() {
	b.cancel()
	b.running.Wait()
}

// bucket is what is looked into first where a source is a bucket; nil where none is.
func (b *beside) bucket() *ui.Bucket {
	places := bucketsOf(b.sources)
	if len(places) == 0 {
		return nil
	}
	looks := &looking{beside: b, places: places, hauls: map[int]*s3.Haul{}}
	known, err := b.s.wishes(b.ctx)
	return &ui.Bucket{Name: strings.Join(places, " "), Backend: looks, Only: err == nil && len(known) == 0, Take: func(ids []int, span model.Span) *ui.Load {
		looks.take(ids, span)
		return b.begin()
	}}
}

// looking answers the screen that shows what lies in buckets.
type looking struct {
	*beside
	places []string

	mu     sync.Mutex
	survey *survey
	span   model.Span       // of hauls
	hauls  map[int]*s3.Haul // by stream
}

// Discover finds the streams.
func (l *looking) Discover(ctx context.Context, told func(lists int64)) (shelf.Found, error) {
	v, err := l.p.discover(ctx, l.s, l.o, l.places, told)
	if err != nil {
		return shelf.Found{}, adviceOf(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.survey = v
	return shelf.Found{Layout: v.layout.Layout, Chosen: v.ids, Left: v.left, Span: v.span}, nil
}

// Count lists streams, and keeps what was met for the load.
func (l *looking) Count(ctx context.Context, ids []int, span model.Span, told func(id int, v model.Volume)) (map[int]model.Volume, error) {
	l.mu.Lock()
	v := l.survey
	l.mu.Unlock()
	evidence, err := source.OpenCopies(l.s.Evidence())
	if err != nil {
		return nil, err
	}
	hauls, err := v.count(ctx, ids, span, evidence, told)
	if err := errors.Join(err, evidence.Close()); err != nil {
		return nil, adviceOf(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if span != l.span {
		l.span = span
		clear(l.hauls)
	}
	out := map[int]model.Volume{}
	for i, id := range ids {
		l.hauls[id], out[id] = hauls[i], hauls[i].Volume
	}
	return out, nil
}

// Estimate prices a volume.
func (l *looking) Estimate(v model.Volume) model.Estimate { return s3.Price(v, 0) }

// take hands what was counted to the load, and has the case remember what was ticked.
func (l *looking) take(ids []int, span model.Span) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var hauls []*s3.Haul
	w := wanted{Accounts: l.o.wanted.Accounts, Regions: l.o.wanted.Regions, Trail: l.o.wanted.Trail, Since: typedTime(span.From), Until: typedTime(span.To)}
	for _, id := range ids {
		if h := l.hauls[id]; h != nil && span == l.span {
			hauls = append(hauls, h)
		}
		w.Streams = append(w.Streams, s3.Place(l.survey.layout.Streams[id]))
	}
	if l.o.wanted = w; len(hauls) == len(ids) {
		l.o.haul = l.survey.closed(hauls)
	}
	l.hauls = map[int]*s3.Haul{}
}

// typedTime writes a time as the flags take it; none is empty.
func typedTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// advised is an error of S3 with what to do about it in its text: a screen has one line for both.
type advised struct {
	error
	what, hint string
}

// Error is what is the matter, in the shortest form.
func (a advised) Error() string { return a.what }

// Unwrap gives the error with its place.
func (a advised) Unwrap() error { return a.error }

// Advice is what to do.
func (a advised) Advice() string { return a.hint }

func adviceOf(err error) error {
	var known *s3.Error
	if errors.As(err, &known) {
		return advised{err, err.Error(), known.Hint}
	}
	return err
}

// shortOf is adviceOf with the place last: names of objects are longer than a line.
func shortOf(err error) error {
	var known *s3.Error
	if !errors.As(err, &known) || known.Place == "" || strings.Contains(err.Error(), "\n") {
		return adviceOf(err)
	}
	return advised{err, known.What, strings.TrimPrefix(known.Hint+"; at "+known.Place, "; ")}
}

// load runs a load while the case is looked at. The program it is given owns no terminal.
func (b *beside) load(name string, run func(ctx context.Context, p *program, progress *model.Progress, tell func()) (loaders.Summary, error)) *ui.Load {
	ctx, cancel := context.WithCancel(b.ctx)
	progress := &model.Progress{}
	changed, done := make(chan struct{}, 1), make(chan error, 1)
	tell := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	var said warnings
	quiet := *b.p
	quiet.stderr, quiet.quiet, quiet.terminal = discard{}, true, ""
	quiet.told = func(text, hint string) {
		said.add(text, hint)
		tell()
	}
	b.running.Go(func() {
		stop := make(chan struct{})
		watched := make(chan struct{})
		go watchRecords(progress, tell, stop, watched)
		sum, err := b.caught(func() (loaders.Summary, error) { return run(ctx, &quiet, progress, tell) })
		close(stop)
		<-watched
		switch {
		case err == nil && sum.Nothing():
			err = errors.New("nothing was recognised to load")
		case err == nil && sum.Incomplete():
			err = ui.Partial(leftOut(sum) + "; screen 7 tells why")
		}
		tell()
		done <- shortOf(err)
	})
	return &ui.Load{Name: name, Progress: progress, Cancel: cancel, Changed: changed, Done: done, Warnings: said.list}
}

// warnings are what a load had to tell.
type warnings struct {
	mu    sync.Mutex
	texts []string
}

func (w *warnings) add(text, hint string) {
	if hint != "" {
		text += "; " + hint
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts = append(w.texts, text)
}

func (w *warnings) list() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.texts)
}

// caught turns a panic of a load into its error: the case can still be looked at.
func (b *beside) caught(run func() (loaders.Summary, error)) (sum loaders.Summary, err error) {
	defer func() {
		if p := recover(); p != nil {
			bug := model.Caught(p)
			b.p.keep(bug)
			err = fmt.Errorf("a bug in trailsift: %w", bug)
		}
	}()
	return run()
}

// watchRecords tells of committed records while a load runs: at most once a second, when there are more.
func watchRecords(progress *model.Progress, tell func(), stop, watched chan struct{}) {
	defer close(watched)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last := int64(0)
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			if n := progress.Records.Load(); n != last {
				last = n
				tell()
			}
		}
	}
}
