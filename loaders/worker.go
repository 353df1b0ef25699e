package loaders

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"trailsift/loaders/source"
	"trailsift/model"
)

// worker takes one candidate after the other, with buffers it uses again for each.
type worker struct {
	load *load
	out  model.Writer
	under
	known  []*knownParser
	parts  *source.Parts
	stored []byte // bytes of the file
	done   int64  // of the candidate's bytes, told as progress
	buf    []byte // expanded content
}

func newWorker(l *load, out model.Writer) *worker {
	w := &worker{load: l, out: out, parts: source.NewParts(l.req.Limits)}
	for _, r := range l.known() {
		w.known = append(w.known, &knownParser{recogniser: r})
	}
	return w
}

// progressed counts n more bytes of a candidate as done, never more than it was listed with.
func (w *worker) progressed(n, size int64) {
	n = min(n, size-w.done)
	w.done += n
	w.load.progress.BytesDone.Add(n)
}

// take brings one candidate to its end. The error, if any, ends the run; what is wrong with the
// candidate itself is told to the sink and the summary.
func (w *worker) take(ctx context.Context, j job) error {
	w.done = 0
	defer func() { w.progressed(j.c.Size, j.c.Size) }()
	m := model.Member{
		ID: j.id, Locator: j.c.Locator, Name: j.c.Name, Path: j.c.Path, Entry: j.c.Entry, Part: 1,
		First: model.NoTime, Last: model.NoTime,
	}
	if j.c.Skip != "" {
		m.SizeFile = j.c.Size
		if w.load.req.Sink.Present(m.Locator, m.SHA256File) {
			w.noteSkip(&m, j.c.Skip, j.c.Unreadable) // a former load recorded it
			return nil
		}
		return w.skip(ctx, &m, j.c.Skip, j.c.Unreadable)
	}
	if w.load.req.HeadRoom != nil {
		if err := w.load.req.HeadRoom(j.c.Size); err != nil {
			return fmt.Errorf("before loading %q: %w", m.Name, err)
		}
	}
	if j.fetched != nil {
		select {
		case f := <-j.fetched:
			if bug, ok := f.err.(*model.Bug); ok {
				panic(bug)
			}
			if f.err != nil {
				return w.unfetched(ctx, &m, f.err)
			}
			if f.SHA256 != ([32]byte{}) && w.load.req.Sink.Present(m.Locator, f.SHA256) {
				w.count(func(s *Summary) { s.Members.Already++ })
				return nil
			}
			j.c.Path, j.c.Copied, m.Path = f.Path, true, f.Path
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	f, err := source.Open(j.c)
	if err != nil {
		return w.skip(ctx, &m, source.Reason(err), true)
	}
	defer f.Close()
	m.SizeFile, m.ModTime = f.Size(), f.ModTime().UTC()
	if !j.c.ModTime.IsZero() {
		m.ModTime = j.c.ModTime.UTC()
	}
	return w.file(ctx, j.c, f, &m)
}

func (w *worker) unfetched(ctx context.Context, m *model.Member, err error) error {
	var skip source.SkipError
	var stop source.StopError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &stop):
		return stop
	case errors.As(err, &skip):
		return w.skip(ctx, m, skip.Reason, false)
	}
	return w.skip(ctx, m, source.Reason(err), true)
}

// file hashes the stored bytes, asks whether they are known, copies them, and goes through the parts.
func (w *worker) file(ctx context.Context, c source.Candidate, f *source.File, m *model.Member) error {
	stored, whole, err := f.ReadAll(w.stored, w.load.req.Sizes.Whole)
	w.stored = stored
	if err != nil {
		return w.reject(ctx, m, source.Reason(err))
	}
	body := body{c: c, f: f, stored: stored, whole: whole}
	if whole {
		m.SHA256File = sha256.Sum256(stored)
		err = f.Unchanged()
	} else {
		err = w.measure(ctx, &body, m)
	}
	defer body.close()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, new(copyError)):
		return fmt.Errorf("loading %q: %w", m.Name, err)
	case err != nil:
		return w.broken(ctx, m, err)
	}
	m.SizeFile = f.Done()
	w.load.tally.add(func(s *Summary) { s.Read += m.SizeFile })
	if w.load.req.Sink.Present(m.Locator, m.SHA256File) {
		w.count(func(s *Summary) { s.Members.Already++ })
		return nil
	}
	if body.copying != nil {
		if err := w.keep(&body, m); err != nil {
			return err
		}
	}
	if err := body.begin(w.parts, m.SHA256File, w.progressed); err != nil {
		m.SHA256File = [32]byte{} // nothing of it is known
		return w.broken(ctx, m, err)
	}
	return w.each(ctx, &body, m)
}

// each goes through the gzip members of a file; every one is a member of its own. The first is
// recorded last: its row says that the whole file is in the case, and an interrupted load must not
// leave it there without the others.
func (w *worker) each(ctx context.Context, b *body, first *model.Member) error {
	var later *pending
	for n := 1; ; n++ {
		m := b.numbered(first, n)
		part, err := w.parts.Next()
		m.PartOffset, m.Gzip = part.Offset, part.Gzip
		switch {
		case err == io.EOF && n == 1:
			return w.skip(ctx, &m, "an empty file", false)
		case err == io.EOF:
			return w.last(ctx, b, first, later)
		case err != nil:
			if err := w.broken(ctx, &m, err); err != nil {
				return err
			}
			return w.last(ctx, b, first, later)
		}
		if n > 1 && w.load.req.Sink.Present(m.Locator, m.SHA256File) {
			// An interrupted load left it without the first.
			if _, err := io.Copy(io.Discard, w.parts); err == nil {
				w.count(func(s *Summary) { s.Members.Already++ })
				continue
			}
		}
		rest, err := w.part(ctx, b, w.parts, &m)
		if p := (*pending)(nil); errors.As(err, &p) {
			later, rest, err = p, true, nil
		}
		if err != nil {
			return err
		}
		if !rest {
			return w.last(ctx, b, first, later)
		}
	}
}

// pending is a first part that waits for the others.
type pending struct{ sha [32]byte }

func (*pending) Error() string { return "the first of several gzip members waits for the others" }

// last loads the first part after all others.
func (w *worker) last(ctx context.Context, b *body, first *model.Member, p *pending) error {
	if p == nil {
		return nil
	}
	m := b.numbered(first, 1)
	m.Gzip = true
	parts, err := b.from(0, w.load.req.Limits)
	if err == nil {
		b.looks = p
		_, err = w.part(ctx, b, parts, &m)
		return err
	}
	return w.broken(ctx, &m, err)
}

// numbered is the member of the n-th part.
func (b *body) numbered(first *model.Member, n int) model.Member {
	m := *first
	m.ID, m.Part = first.ID+model.MemberID(n-1), n
	if b.path != "" {
		m.Path = b.path
	}
	if n > 1 {
		m.Locator, m.Name = fmt.Sprintf("%s#%d", first.Locator, n), fmt.Sprintf("%s#%d", first.Name, n)
	}
	return m
}

// skip records a member there is nothing to load of.
func (w *worker) skip(ctx context.Context, m *model.Member, why string, unreadable bool) error {
	w.noteSkip(m, why, unreadable)
	return w.finish(ctx, m)
}

// noteSkip counts a member there is nothing to load of.
func (w *worker) noteSkip(m *model.Member, why string, unreadable bool) {
	m.Kind, m.Reason = model.KindSkipped, why
	w.count(func(s *Summary) {
		s.Members.Skipped++
		if unreadable {
			s.Members.Unreadable++
		}
		note(&s.Skipped, Note{Name: m.Name, Reason: why, Unread: unreadable, order: m.ID})
	})
}

// reject records a member that was meant for us and could not be taken.
func (w *worker) reject(ctx context.Context, m *model.Member, why string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	m.Kind, m.Reason = model.KindRejected, why
	w.count(func(s *Summary) {
		s.Members.Rejected++
		note(&s.Rejected, Note{Name: m.Name, Reason: why, order: m.ID})
	})
	return w.finish(ctx, m)
}

// broken rejects a member whose bytes could not all be had. What a verification must know of it is in
// its hashes and flags: a container that breaks off is damaged and has no content to hash; a file that
// changed while it was read has no hash at all.
func (w *worker) broken(ctx context.Context, m *model.Member, err error) error {
	m.SHA256Content, m.SizeContent = [32]byte{}, 0
	switch {
	case errors.As(err, new(*source.BrokenError)):
		m.Flags |= model.FlagContainerDamaged
	case errors.Is(err, source.ErrUnstable):
		m.SHA256File = [32]byte{}
	}
	return w.reject(ctx, m, source.Reason(err))
}

func (w *worker) count(f func(*Summary)) {
	w.load.tally.add(func(s *Summary) {
		s.Members.Seen++
		f(s)
	})
}

func (w *worker) finish(ctx context.Context, m *model.Member) error {
	m.LoadedAt = w.load.req.Now().UTC()
	if err := w.out.Finish(ctx, m); err != nil {
		return fmt.Errorf("recording the member %q: %w", m.Name, err)
	}
	return nil
}
