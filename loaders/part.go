package loaders

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"trailsift/loaders/accesslog"
	"trailsift/loaders/source"
	"trailsift/model"
	"trailsift/model/integrity"
)

// headSize is how much of a content the recognisers are shown.
const headSize = 64 << 10

// content reads one part, whole or in windows.
type content struct {
	r      io.Reader
	parts  *source.Parts // nil for plain bytes in memory
	window []byte        // what the parser has not consumed yet, and then what follows
	sum    hash.Hash
	sha    [32]byte
	size   int64
	ended  bool
	whole  bool                // it fitted into one window
	broken *source.BrokenError // the data ended before its end
}

// part loads the present part of parts. rest tells that the file may have a further one; a *pending
// error tells that it has, and that this first one must wait for it.
func (w *worker) part(ctx context.Context, b *body, parts *source.Parts, m *model.Member) (rest bool, err error) {
	c := &content{r: parts, parts: parts, sum: sha256.New()}
	if plain, ok := b.plain(m.Gzip); ok {
		*c = content{window: plain, sha: m.SHA256File, size: int64(len(plain)), ended: true}
	} else {
		if !m.Gzip {
			// The second pass hashes these very bytes already.
			c.sum, c.sha, c.size = nil, m.SHA256File, m.SizeFile
		}
		c.window = w.buf[:0]
		err = c.fill(ctx, w.load.req.Sizes.Whole)
		w.buf = c.window
	}
	if err == nil && c.broken != nil && !w.load.req.Salvage {
		err = c.broken
	}
	if err != nil {
		if err := w.keep(b, m); err != nil {
			return false, err
		}
		return false, w.broken(ctx, m, err)
	}
	if b.mustWait(c, m) {
		return true, &pending{c.sha}
	}
	if _, named := integrity.ParseDigestName(m.Place()); named && c.ended && int64(len(c.window)) <= w.load.req.Sizes.Body {
		m.Body = bytes.Clone(c.window) // it stands for a digest, whatever it is
	}
	p, why := w.recognise(c.window)
	if p == nil {
		return w.unrecognised(ctx, b, c, m, why)
	}
	if err := w.keep(b, m); err != nil {
		return false, err
	}
	out, err := w.parseMarked(ctx, b, c, p, m)
	if err != nil && w.failed == nil && ctx.Err() == nil {
		// The parser gave up; what follows is still read, for the hash and for further parts.
		if derr := c.drain(ctx); derr != nil {
			err = derr
		}
	}
	if err == nil {
		err = b.sameAtEnd(c)
	}
	if w.failed == nil && ctx.Err() == nil && b.mustWait(c, m) {
		if derr := w.discard(ctx, m); derr != nil {
			return false, derr
		}
		return true, &pending{c.sha}
	}
	m.SHA256Content, m.SizeContent = c.sha, c.size
	return c.broken == nil, w.conclude(ctx, c, m, out, err)
}

// parseMarked parses a part so that every record bears the flags of its container. Damage is found at
// the end of the data; when it came after the first records were written, they are taken back and
// the part is parsed again.
func (w *worker) parseMarked(ctx context.Context, b *body, c *content, p parser, m *model.Member) (outcome, error) {
	c.whole = c.ended
	before := c.damage(m)
	out, err := w.parse(ctx, p, c, m, before)
	after := c.damage(m)
	if err != nil || after == before {
		return out, err
	}
	if err := w.discard(ctx, m); err != nil {
		return out, err
	}
	return w.again(ctx, b, p, m, after)
}

// mustWait tells, once the first part has been read, that others follow.
func (b *body) mustWait(c *content, m *model.Member) bool {
	return m.Part == 1 && b.looks == nil && c.ended && c.parts != nil && c.broken == nil && c.parts.More()
}

// sameAtEnd compares the two looks at a large file before its last member is recorded, and those at a
// first part that was read again.
func (b *body) sameAtEnd(c *content) error {
	if b.looks != nil {
		if b.looks.sha != c.sha {
			return fmt.Errorf("its hash is another at the second look: %w", source.ErrUnstable)
		}
		return nil
	}
	if c.parts == nil || c.parts.More() {
		return nil
	}
	return b.same()
}

// damage sets m's flags and reason from what is known of the container by now.
func (c *content) damage(m *model.Member) model.Flags {
	switch {
	case c.broken != nil:
		m.Flags |= model.FlagContainerDamaged | model.FlagSalvaged
		m.Reason = "salvaged: " + c.broken.Error()
	case c.parts != nil && c.parts.Part().Damage != "":
		m.Flags |= model.FlagContainerDamaged
		m.Reason = c.parts.Part().Damage
		if c.parts.Part().Trailing > 0 {
			m.Flags |= model.FlagTrailingData
		}
	}
	return m.Flags
}

// fill reads until the window holds limit bytes or the part ends.
func (c *content) fill(ctx context.Context, limit int64) error {
	from := len(c.window)
	for !c.ended && int64(len(c.window)) < limit {
		if len(c.window) == cap(c.window) {
			c.window = grow(c.window, limit)
		}
		n, err := c.r.Read(c.window[len(c.window):cap(c.window)])
		c.window = c.window[:len(c.window)+n]
		switch {
		case err == io.EOF:
			c.ended = true
		case errors.As(err, &c.broken):
			c.ended = true
		case err != nil:
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if c.sum != nil {
		c.sum.Write(c.window[from:])
		c.size += int64(len(c.window) - from)
		if c.ended {
			c.sum.Sum(c.sha[:0])
		}
	}
	return nil
}

// grow makes room for more, doubling up to a little over limit.
func grow(b []byte, limit int64) []byte {
	size := min(max(2*int64(cap(b)), 1<<20), max(limit, int64(cap(b)))+4096)
	out := make([]byte, len(b), size)
	copy(out, b)
	return out
}

// parse feeds a part to its parser, in as many windows as it takes.
func (w *worker) parse(ctx context.Context, p parser, c *content, m *model.Member, flags model.Flags) (outcome, error) {
	w.begin(ctx, m, flags)
	p.Begin()
	limit := w.load.req.Sizes.Whole
	held := false
	defer func() {
		if held {
			<-w.load.big
		}
	}()
	for {
		n, err := p.Feed(c.window, c.ended)
		if err != nil {
			return w.salvaged(c, p.Outcome(), err)
		}
		if c.ended {
			return p.Outcome(), nil
		}
		if n == 0 {
			// One record is larger than the window. Only one worker at a time may grow.
			if !held {
				select {
				case w.load.big <- struct{}{}:
					held = true
				case <-ctx.Done():
					return outcome{}, ctx.Err()
				}
			}
			if limit *= 2; limit > w.load.req.Sizes.Record {
				return p.Outcome(), tooLarge(w.load.req.Sizes.Record)
			}
		} else {
			rest := copy(c.window, c.window[n:])
			c.window = c.window[:rest]
		}
		if err := c.fill(ctx, limit); err != nil {
			return p.Outcome(), err
		}
		if limit == w.load.req.Sizes.Whole {
			w.buf = c.window[:0]
		}
		if c.broken != nil && !w.load.req.Salvage {
			return p.Outcome(), c.broken
		}
	}
}

// salvaged lets the records before a break stand although the parser misses the rest of the content.
func (w *worker) salvaged(c *content, out outcome, err error) (outcome, error) {
	if c.broken == nil || !c.ended || w.failed != nil || w.ctx.Err() != nil || w.written == 0 {
		return out, err
	}
	if out.Kind == model.KindRejected || out.Kind == "" {
		return out, err
	}
	return out, nil
}

func tooLarge(limit int64) error {
	return fmt.Errorf("a record or document of more than %d MB, which is the limit", limit>>20)
}

// again parses a part a second time with the flags that became known at its end.
func (w *worker) again(ctx context.Context, b *body, p parser, m *model.Member, flags model.Flags) (outcome, error) {
	parts, err := b.from(m.PartOffset, w.load.req.Limits)
	if err != nil {
		return outcome{}, err
	}
	c := &content{r: parts, window: w.buf[:0]}
	if err := c.fill(ctx, w.load.req.Sizes.Whole); err != nil {
		return outcome{}, err
	}
	return w.parse(ctx, p, c, m, flags)
}

// recognise finds the parser for a content, or says why there is none.
func (w *worker) recognise(window []byte) (parser, string) {
	head := window[:min(len(window), headSize)]
	if why, ok := accesslog.Foreign(head); ok { // before a reader of JSON takes it for its own
		return nil, why
	}
	for _, r := range w.known {
		if r.recognise(head) {
			return r.get(w), ""
		}
	}
	if why := source.Foreign(head); why != "" {
		return nil, why
	}
	return nil, "not recognised as CloudTrail, as an S3 access log or as a digest"
}

// unrecognised skips a part, or rejects it when it is a log in an encoding we do not read.
func (w *worker) unrecognised(ctx context.Context, b *body, c *content, m *model.Member, why string) (bool, error) {
	head := bytes.Clone(c.window[:min(len(c.window), headSize)])
	var err error
	if m.Gzip {
		if err = c.drain(ctx); err == nil && b.mustWait(c, m) {
			return true, &pending{c.sha}
		}
		m.SHA256Content, m.SizeContent = c.sha, c.size
		c.damage(m)
	} else {
		m.SHA256Content, m.SizeContent = m.SHA256File, m.SizeFile
	}
	if err != nil || c.broken != nil {
		if err == nil {
			err = c.broken
		}
		return false, w.broken(ctx, m, err)
	}
	if m.SizeContent == 0 {
		return true, w.skip(ctx, m, "empty inside its compression", false)
	}
	if ascii, ok := source.UTF16(head); ok {
		why = "UTF-16 text; convert it to UTF-8"
		if p, _ := w.recognise(ascii); p != nil {
			if err := w.keep(b, m); err != nil {
				return false, err
			}
			return true, w.reject(ctx, m, why)
		}
	}
	return true, w.skip(ctx, m, why, false)
}

// drain reads a part to its end for its hash. The window is lost.
func (c *content) drain(ctx context.Context) error {
	for !c.ended {
		c.window = c.window[:0]
		if err := c.fill(ctx, int64(cap(c.window))); err != nil {
			return err
		}
	}
	return nil
}

// discard takes back what was written of m, if anything was.
func (w *worker) discard(ctx context.Context, m *model.Member) error {
	if !w.wrote {
		return nil
	}
	w.load.progress.Records.Add(-w.written)
	if err := w.out.Discard(context.WithoutCancel(ctx), m.ID); err != nil {
		w.failed = fmt.Errorf("taking back the records of %q: %w", m.Name, err)
		return w.failed
	}
	w.wrote, w.written = false, 0
	return nil
}

// conclude records a parsed part, or takes it back.
func (w *worker) conclude(ctx context.Context, c *content, m *model.Member, out outcome, err error) error {
	if err == nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil || out.Kind == model.KindSkipped || out.Kind == model.KindRejected {
		if derr := w.discard(ctx, m); derr != nil && w.failed == nil {
			return derr
		}
		switch {
		case w.failed != nil:
			return w.failed
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && (c.broken != nil || !c.ended):
			return w.broken(ctx, m, err)
		case err != nil:
			return w.reject(ctx, m, source.Reason(err))
		case out.Kind == model.KindSkipped:
			return w.skip(ctx, m, out.Reason, false)
		}
		return w.reject(ctx, m, out.Reason)
	}
	return w.loaded(ctx, c, m, out)
}
