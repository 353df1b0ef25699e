package cli

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"trailsift/loaders/s3"
	"trailsift/loaders/source"
	"trailsift/model"
	"trailsift/ui"
	shelf "trailsift/ui/screen/bucket"
)

// beside is the load that runs while its case is looked at.
type beside struct {
	p       *program
	s       *session
	o       *loadOptions
	sources []string
	ctx     context.Context
	load    *ui.Load
	ended   chan struct{}
}

// begin begins it.
func (b *beside) begin() *ui.Load {
	b.ended = make(chan struct{})
	b.load = b.p.loadBeside(b.ctx, b.s, b.o, b.sources, b.ended)
	return b.load
}

// end waits until nothing of it runs any more.
func (b *beside) end() {
	if b.load != nil {
		b.load.Cancel()
		<-b.ended
	}
}

// bucket is what is looked into first where a source is a bucket; nil where none is.
func (b *beside) bucket() *ui.Bucket {
	places := bucketsOf(b.sources)
	if len(places) == 0 {
		return nil
	}
	looks := &looking{beside: b, places: places, hauls: map[int]*s3.Haul{}}
	return &ui.Bucket{Name: strings.Join(places, " "), Backend: looks, Take: func(ids []int, span model.Span) *ui.Load {
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
	v, err := l.p.discover(ctx, l.s, &l.o.wanted, l.places, told)
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
	evidence, err := source.OpenEvidence(l.s.Evidence(), l.p.now, l.p.identity().Operator)
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
	hint string
}

// Advice is what to do.
func (a advised) Advice() string { return a.hint }

func adviceOf(err error) error {
	var known *s3.Error
	if errors.As(err, &known) {
		return advised{err, known.Hint}
	}
	return err
}

// loadBeside loads while the case is looked at. ended closes when nothing of it runs any more.
func (p *program) loadBeside(ctx context.Context, s *session, o *loadOptions, sources []string, ended chan struct{}) *ui.Load {
	ctx, cancel := context.WithCancel(ctx)
	progress := &model.Progress{}
	changed, done := make(chan struct{}, 1), make(chan error, 1)
	tell := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	quiet := *p
	quiet.stderr, quiet.quiet = discard{}, true // the screen owns the terminal
	go func() {
		defer close(ended)
		stop := make(chan struct{})
		watched := make(chan struct{})
		go watchRecords(progress, tell, stop, watched)
		sum, err := quiet.loadInto(ctx, s, o, sources, progress, tell)
		close(stop)
		<-watched
		switch {
		case err == nil && sum.Nothing():
			err = errors.New("nothing was recognised to load")
		case err == nil && sum.Incomplete():
			err = ui.Partial(leftOut(sum) + "; screen 7 tells why")
		}
		tell()
		done <- err
	}()
	return &ui.Load{Name: strings.Join(sources, " "), Progress: progress, Cancel: cancel, Changed: changed, Done: done}
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
