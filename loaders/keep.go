package loaders

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"

	"trailsift/loaders/source"
	"trailsift/model"
)

// copyError is a failure to write a copy: the case's trouble, not the member's.
type copyError struct{ error }

func (e copyError) Unwrap() error { return e.error }

// measure reads a large file once to hash it, and to copy it where that is wanted. It is parsed in a
// second pass, whose hash must be the same.
func (w *worker) measure(ctx context.Context, b *body, m *model.Member) error {
	sum := sha256.New()
	var to io.Writer = sum
	if !b.c.Copied && w.load.req.Evidence != nil && w.promising(b.stored) {
		in, err := w.load.req.Evidence.Create(false)
		if err != nil {
			return copyError{err}
		}
		b.copying = in
		to = io.MultiWriter(sum, copyWriter{in})
	}
	if _, err := to.Write(b.stored); err != nil {
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := b.f.Read(w.stored[:cap(w.stored)])
		if _, werr := to.Write(w.stored[:n]); werr != nil {
			return werr
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	sum.Sum(m.SHA256File[:0])
	return b.f.Unchanged()
}

type copyWriter struct{ in *source.Incoming }

func (c copyWriter) Write(p []byte) (int, error) {
	n, err := c.in.Write(p)
	if err != nil {
		err = copyError{err}
	}
	return n, err
}

// promising tells whether a large file is worth a copy, by its beginning.
func (w *worker) promising(stored []byte) bool {
	head := stored[:min(len(stored), headSize)]
	if source.IsGzip(stored) {
		w.parts.Reset(stored)
		if _, err := w.parts.Next(); err != nil {
			return true // broken, and to be looked at
		}
		expanded := make([]byte, headSize)
		n, _ := io.ReadFull(w.parts, expanded)
		head = expanded[:n]
	}
	p, _ := w.recognise(head)
	return p != nil
}

// keep puts the bytes that were hashed into the case, where copying is on. Files that are none of
// ours are not copied.
func (w *worker) keep(b *body, m *model.Member) error {
	if b.path == "" && !b.c.Copied && w.load.req.Evidence != nil && (b.whole || b.copying != nil) {
		meta := source.Sidecar{Source: b.c.Locator, LastModified: m.ModTime}
		rel := source.LocalPath(b.c.Locator)
		var err error
		if in := b.copying; in != nil {
			b.copying = nil
			b.path, _, err = in.Commit(rel, meta)
		} else {
			b.path, err = w.load.req.Evidence.Put(rel, b.stored, m.SHA256File, meta)
		}
		if err != nil {
			return fmt.Errorf("loading %q: %w", m.Name, err)
		}
	}
	if b.path != "" {
		m.Path = b.path
	}
	return nil
}
