package source

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"path/filepath"
)

// stdin takes standard input into the case: a tar stream entry by entry, anything else as one file,
// which may be a zip archive.
func (l *lister) stdin() error {
	if l.opt.Evidence == nil || l.opt.Stdin == nil {
		return fmt.Errorf("reading standard input: %w", errNoStorage)
	}
	in := bufio.NewReaderSize(&contextReader{ctx: l.ctx, r: l.opt.Stdin}, 64<<10)
	head, err := in.Peek(tarBlock)
	if err != nil && err != io.EOF {
		return fmt.Errorf("reading standard input: %w", err)
	}
	rel := filepath.Join(localPart, "%"+stdinName) // no local path is escaped to that
	if kind := formatOf(head, NewParts(DefaultLimits)); kind == tarFile || kind == tarGzip {
		x := extraction{l: l, locator: stdinName, shown: stdinName, kind: kind, rel: rel, durable: true}
		return x.run(in)
	}
	copied, err := l.opt.Evidence.Create(true)
	if err != nil {
		return err
	}
	if err := pour(l.ctx, copied, &roomReader{l: l, r: in}); err != nil {
		copied.Abort()
		return fmt.Errorf("reading standard input: %w", err)
	}
	size := copied.size
	path, _, err := copied.Commit(rel, Sidecar{Source: stdinName})
	if err != nil {
		return err
	}
	h := &home{locator: stdinName, shown: stdinName, path: path}
	if formatOf(head, NewParts(DefaultLimits)) != zipFile {
		h.extracted, h.elsewhere = true, map[string]string{"": path}
		l.set.items = append(l.set.items, item{home: h, size: size, when: undated})
		return nil
	}
	copying := l.set.Copying
	l.set.Copying = false // it lies in the case already
	err = l.archive(archiveFile{home: h, size: size, kind: zipFile})
	l.set.Copying = copying
	return err
}

// roomReader looks at the free space every 64 MiB.
type roomReader struct {
	l    *lister
	r    io.Reader
	left int64
}

func (r *roomReader) Read(b []byte) (int, error) {
	if r.left <= 0 {
		r.left = 64 << 20
		if err := r.l.room(r.left); err != nil {
			return 0, err
		}
	}
	n, err := r.r.Read(b)
	r.left -= int64(n)
	return n, err
}

// contextReader returns from a Read that may wait for ever as soon as the load is cancelled. The
// waiting goroutine is left behind until its Read returns; it owns its buffer.
type contextReader struct {
	ctx  context.Context
	r    io.Reader
	buf  []byte
	rest []byte
	err  error
}

func (c *contextReader) Read(b []byte) (int, error) {
	if len(c.rest) == 0 && c.err == nil {
		if err := c.ctx.Err(); err != nil {
			return 0, err
		}
		c.fill()
	}
	if len(c.rest) == 0 {
		return 0, c.err
	}
	n := copy(b, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

func (c *contextReader) fill() {
	type result struct {
		n   int
		err error
	}
	if c.buf == nil {
		c.buf = make([]byte, 256<<10)
	}
	buf, done := c.buf, make(chan result, 1)
	go func() {
		n, err := c.r.Read(buf)
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		c.rest, c.err = buf[:r.n], r.err
	case <-c.ctx.Done():
		c.buf, c.err = nil, c.ctx.Err()
	}
}
