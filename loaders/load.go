package loaders

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"trailsift/loaders/source"
	"trailsift/model"
)

// Load reads everything req names into req.Sink. A member that cannot be read never ends it; a sink
// that fails, a full disk and a cancelled ctx do. The summary is valid in every case and tells what
// was kept; after a cancellation it says Interrupted and the error is ctx's.
func Load(ctx context.Context, req Request, progress *model.Progress) (Summary, error) {
	req.Options = req.Options.withDefaults()
	start := req.Now()
	l := &load{req: req, progress: progress, big: make(chan struct{}, 1)}
	if progress == nil {
		l.progress = &model.Progress{}
	}
	l.tally.s.ByLog = map[model.Log]int64{}
	err := l.run(ctx)
	s := l.tally.finish()
	s.Seconds = req.Now().Sub(start).Seconds()
	if cerr := context.Cause(ctx); cerr != nil {
		s.Interrupted = true
		if err == nil || errors.Is(err, context.Canceled) {
			err = fmt.Errorf("loading was interrupted: %w", ctx.Err())
		}
	}
	return s, err
}

type load struct {
	req      Request
	progress *model.Progress
	tally    tally
	set      *source.Set
	big      chan struct{} // held by the one worker whose window may outgrow its size
}

func (l *load) run(ctx context.Context) error {
	l.progress.Stage.Store("listing")
	set, err := source.List(ctx, l.req.Sources, source.Options{
		Evidence: l.req.Evidence, Copy: l.req.Copy, CopyLimit: l.req.CopyLimit, Limits: l.req.Limits,
		Stdin: l.req.Stdin, HeadRoom: l.req.HeadRoom, Note: l.archive,
	})
	if err != nil {
		return err
	}
	defer set.Close()
	set.Add(l.req.Remote...)
	l.set = set
	l.progress.MembersTotal.Store(int64(set.Len()))
	l.progress.BytesTotal.Store(set.Bytes())
	l.progress.Stage.Store("loading")
	if set.Len() == 0 {
		return nil
	}
	first, err := l.req.Sink.Reserve(ctx, set.Len())
	if err != nil {
		return fmt.Errorf("numbering %d members: %w", set.Len(), err)
	}
	l.tally.add(func(s *Summary) { s.First, s.Planned = first, int64(set.Len()) })
	return l.work(ctx, first)
}

func (l *load) archive(a source.Archive) {
	l.tally.add(func(s *Summary) {
		if len(s.Archives) < NoteLimit {
			s.Archives = append(s.Archives, a)
		}
	})
}

// job is one candidate on its way to a worker.
type job struct {
	c       source.Candidate
	id      model.MemberID
	fetched chan fetched // nil for a local candidate
}

type fetched struct {
	source.Fetched
	err error
}

// fetch brings a remote candidate here.
func (j job) fetch(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil {
			j.fetched <- fetched{err: model.Caught(p)}
		}
	}()
	got, err := j.c.Fetch(ctx)
	j.fetched <- fetched{got, err}
}

// work runs the workers until the candidates or the run are at an end.
func (l *load) work(parent context.Context, first model.MemberID) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	jobs := make(chan job)
	var wg sync.WaitGroup
	var bug *model.Bug
	errs := make([]error, l.req.Workers)
	for i := range l.req.Workers {
		wg.Go(func() {
			defer func() {
				// A bug must reach the caller's goroutine, which can restore the terminal.
				if p := recover(); p != nil {
					caught := model.Caught(p)
					l.tally.add(func(*Summary) { bug = caught })
					cancel(errors.New("a bug in a loader"))
				}
			}()
			if errs[i] = l.worker(ctx, jobs); errs[i] != nil {
				cancel(errs[i])
			}
		})
	}
	l.feed(ctx, jobs, first)
	wg.Wait()
	if bug != nil {
		panic(bug)
	}
	return worst(errs)
}

// worst prefers the error that ended the run to the cancellations it caused.
func worst(errs []error) error {
	var out error
	for _, err := range errs {
		if out == nil || errors.Is(out, context.Canceled) && err != nil {
			out = err
		}
	}
	return out
}

// feed hands out the candidates in order and fetches remote ones ahead.
func (l *load) feed(ctx context.Context, jobs chan<- job, first model.MemberID) {
	defer close(jobs)
	// What has been fetched costs no memory here, so that one slow object holds up no other.
	ahead := make(chan job, 16*l.req.Fetchers)
	go func() {
		defer close(ahead)
		fetches := make(chan job)
		defer close(fetches)
		fetchers := 0
		for i := range l.set.Len() {
			j := job{c: l.set.At(i), id: first + model.MemberID(i)<<24}
			if j.c.Fetch != nil && j.c.Skip == "" {
				j.fetched = make(chan fetched, 1)
				if fetchers < l.req.Fetchers {
					fetchers++
					go func() {
						for j := range fetches {
							j.fetch(ctx)
						}
					}()
				}
				select {
				case fetches <- j:
				case <-ctx.Done():
					return
				}
			}
			select {
			case ahead <- j:
			case <-ctx.Done():
				return
			}
		}
	}()
	for j := range ahead {
		select {
		case jobs <- j:
		case <-ctx.Done():
			return
		}
	}
}

// worker takes jobs until there are none.
func (l *load) worker(ctx context.Context, jobs <-chan job) (err error) {
	out, err := l.req.Sink.Writer(ctx)
	if err != nil {
		return fmt.Errorf("opening a writer: %w", err)
	}
	w := newWorker(l, out)
	defer func() {
		// What is finished is committed, also after an interruption.
		if cerr := out.Close(context.WithoutCancel(ctx)); cerr != nil && err == nil {
			err = fmt.Errorf("committing the last members: %w", cerr)
		}
	}()
	for j := range jobs {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := w.take(ctx, j); err != nil {
			return err
		}
		l.progress.MembersDone.Add(1)
	}
	return ctx.Err()
}
