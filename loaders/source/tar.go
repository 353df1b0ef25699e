package source

import (
	"archive/tar"
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"
)

const (
	// tarBlock is how much of a file's beginning tells a gzipped tar: its first block, compressed.
	tarBlock = 4096
	// stdinName is what standard input is called in locators and names.
	stdinName = "standard-input"
)

// tarball extracts a tar archive of the file system.
func (l *lister) tarball(a archiveFile) error {
	locator := a.home.locator + a.name
	f, err := Open(Candidate{Path: a.home.path + a.name})
	if err != nil {
		return err
	}
	defer f.Close()
	x := extraction{l: l, locator: locator, shown: a.home.shown + a.name, kind: a.kind, rel: LocalPath(locator)}
	if err := x.run(f); err != nil {
		return err
	}
	if err := f.Unchanged(); err != nil {
		l.skip(item{home: a.home, name: a.name}, "the archive: "+Reason(err), true)
	}
	return nil
}

// extraction takes one tar stream apart into the evidence folder. Entries are stored by their escaped
// names, never by the paths they ask for.
type extraction struct {
	l       *lister
	locator string
	shown   string
	kind    format
	rel     string // of the archive below the evidence folder
	durable bool   // the archive exists nowhere else

	home    *home
	stored  *countingReader
	out     int64
	entries int
	seen    map[string]bool
	damage  string // of the compression around the archive
}

// run reads the stream to its end. Whole entries before a break stay; the break is reported as a
// skipped, unreadable candidate.
func (x *extraction) run(r io.Reader) error {
	sum := sha256.New()
	x.stored = &countingReader{r: io.TeeReader(r, sum)}
	x.home = &home{
		locator: inside(x.locator), shown: inside(x.shown), extracted: true,
		path: filepath.Join(x.l.opt.Evidence.Dir(), x.rel+"!"), elsewhere: map[string]string{},
	}
	x.seen = map[string]bool{}
	body, err := x.body()
	if err == nil {
		err = x.archives(body)
	}
	if errors.As(err, new(fatalError)) || x.l.ctx.Err() != nil {
		return errors.Join(err, x.l.ctx.Err())
	}
	if err != nil {
		x.l.skip(item{home: x.home}, fmt.Sprintf("the archive cannot be read further after %d entries: %s", x.entries, Reason(err)), true)
	}
	if x.damage != "" {
		x.l.skip(item{home: x.home}, "the archive was read, but "+x.damage, false)
	}
	// The hash is of the whole archive, padding included.
	if _, err := io.Copy(io.Discard, &contextReader{ctx: x.l.ctx, r: x.stored}); err != nil {
		return err
	}
	note := Archive{Locator: x.locator, Format: string(x.kind), Entries: x.entries, Size: x.stored.n}
	sum.Sum(note.SHA256[:0])
	x.l.note(note)
	return nil
}

// body is the tar stream itself. A gzipped tar may be cut into several gzip members, which is usual
// for archives though not for logs; they are read as one.
func (x *extraction) body() (io.Reader, error) {
	if x.kind != tarGzip {
		return &guard{x: x, r: bufio.NewReaderSize(x.stored, 1<<20)}, nil
	}
	limits := x.l.opt.Limits
	limits.Expanded, limits.Ratio = 1<<62, 1<<62 // guard counts for the archive as a whole
	p := NewParts(limits)
	p.ResetReader(x.stored)
	if _, err := p.Next(); err != nil {
		return nil, err
	}
	return &guard{x: x, r: &joined{p, x}}, nil
}

// joined reads gzip members one after the other.
type joined struct {
	p *Parts
	x *extraction
}

func (j *joined) Read(b []byte) (int, error) {
	for {
		n, err := j.p.Read(b)
		if err != io.EOF {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
		j.x.damage = cmp.Or(j.x.damage, j.p.Part().Damage)
		if _, err := j.p.Next(); err != nil {
			return 0, err
		}
	}
}

// guard refuses archives that expand without end and stops when the load is cancelled. The size of
// honest archives is bounded by the disk, which is looked at before every entry.
type guard struct {
	x *extraction
	r io.Reader
}

func (g *guard) Read(b []byte) (int, error) {
	if err := g.x.l.ctx.Err(); err != nil {
		return 0, err
	}
	return g.r.Read(b)
}

// archives takes the archives of a stream: people put them one behind the other, and what follows the end
// mark of the first is no less evidence. One without an end mark may have been cut between two entries.
func (x *extraction) archives(body io.Reader) error {
	in := &ending{r: body}
	for {
		if err := x.each(tar.NewReader(in)); err != nil {
			return err
		}
		if !in.marked() {
			return errors.New("it has no end mark, so it may be cut")
		}
		if err := in.skipZeros(); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading what follows the tar archive: %w", err)
		}
	}
}

// tarUnit is what a tar archive is a multiple of; two of them in zeros are its end mark.
const tarUnit = 512

// ending reads a stream and knows what it read last.
type ending struct {
	r    io.Reader
	n    int64
	last []byte // at most tarUnit bytes
	held []byte // read, and to be read again
}

func (e *ending) Read(b []byte) (n int, err error) {
	if len(e.held) > 0 {
		n = copy(b, e.held)
		e.held = e.held[n:]
	} else {
		n, err = e.r.Read(b)
	}
	e.n += int64(n)
	e.last = append(e.last, b[max(0, n-tarUnit):n]...)
	e.last = append(e.last[:0], e.last[max(0, len(e.last)-tarUnit):]...)
	return n, err
}

// marked tells that what was read last can be an end mark.
func (e *ending) marked() bool {
	return e.n%tarUnit == 0 && len(e.last) == tarUnit && len(bytes.Trim(e.last, "\x00")) == 0
}

// skipZeros goes on to the first block that is not empty; io.EOF when there is none.
func (e *ending) skipZeros() error {
	block := make([]byte, tarUnit)
	for {
		n, err := io.ReadFull(e, block)
		if len(bytes.Trim(block[:n], "\x00")) > 0 {
			e.held = block[:n]
			e.n -= int64(n)
			return nil
		}
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		if err != nil {
			return err
		}
	}
}

func (x *extraction) each(t *tar.Reader) error {
	for {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil && !(errors.Is(err, tar.ErrInsecurePath) && h != nil) {
			return fmt.Errorf("reading the tar stream: %w", err)
		}
		if x.entries++; x.entries > x.l.opt.Limits.Entries {
			return fmt.Errorf("more than %d entries: %w", x.l.opt.Limits.Entries, ErrTooLarge)
		}
		if err := x.entry(h, t); err != nil {
			return err
		}
	}
}

// entry extracts one entry, or says why not.
func (x *extraction) entry(h *tar.Header, r io.Reader) error {
	if h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	it := item{home: x.home, name: uniqueName(h.Name, x.seen, nil), when: nameTime(h.Name)}
	switch h.Typeflag {
	case tar.TypeReg, '\x00', tar.TypeGNUSparse:
	case tar.TypeSymlink, tar.TypeLink:
		x.l.skip(it, "a link in the archive; links are not followed", false)
		return nil
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		x.l.skip(it, "a device or pipe in the archive", false)
		return nil
	default:
		x.l.skip(it, fmt.Sprintf("an entry of type %q in the archive, which is not known here", h.Typeflag), true)
		return nil
	}
	if h.Size > x.l.opt.Limits.Expanded {
		x.l.skip(it, fmt.Sprintf("it is %s long, more than %s: %s", bytesText(h.Size), bytesText(x.l.opt.Limits.Expanded), ErrTooLarge), true)
		return nil
	}
	if err := x.l.room(h.Size); err != nil {
		return err
	}
	return x.store(it, h, r)
}

// store writes one entry into the evidence folder.
func (x *extraction) store(it item, h *tar.Header, r io.Reader) error {
	in, err := x.l.opt.Evidence.Create(x.durable)
	if err != nil {
		return fatalError{err}
	}
	if err := pour(x.l.ctx, in, &ratioReader{x: x, r: r}); err != nil {
		in.Abort()
		return err
	}
	it.size = in.size
	meta := Sidecar{Source: x.home.locator + it.name}
	if h.ModTime.Unix() > 0 {
		meta.LastModified = h.ModTime.UTC().Truncate(time.Second)
	}
	want := filepath.Join(x.rel+"!", EscapePath(it.name))
	path, _, err := in.Commit(want, meta)
	if err != nil {
		return fatalError{err}
	}
	if path != filepath.Join(x.home.path, EscapePath(it.name)) {
		x.home.elsewhere[it.name] = path
	}
	x.l.set.items = append(x.l.set.items, it)
	return nil
}

// ratioReader counts what is extracted against what was read of the archive; sparse entries expand
// even without compression.
type ratioReader struct {
	x *extraction
	r io.Reader
}

func (r *ratioReader) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	r.x.out += int64(n)
	limits := r.x.l.opt.Limits
	limits.Expanded = 1 << 62
	if bomb := limits.check(r.x.out, r.x.stored.n); bomb != nil {
		return n, bomb
	}
	return n, err
}
