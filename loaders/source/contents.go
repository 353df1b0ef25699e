package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"trailsift/model"
)

// Contents reads members back from where the evidence lives now. Each answer rests on the SHA-256 of
// the whole member, which is computed again whenever the file's size or time is not what it was at
// the last check. It is safe for concurrent use.
type Contents struct {
	// Dir is the evidence folder of the case as it lies now: copies are found there when the case was
	// moved since they were made.
	Dir string

	mu       sync.Mutex
	verdicts map[contentKey]verdict
	expanded []cached // most recently used last
	zip      *zipArchive
	zipPath  string
}

// The last few members people look at are kept expanded: about one screen of records from both logs.
const (
	keepMembers  = 4
	keepBytes    = 64 << 20
	keepVerdicts = 4096
)

type contentKey struct {
	path, entry string
	part        int
	want        [32]byte
	size        int64
	modified    time.Time
}

type verdict struct{ same bool }

type cached struct {
	key     contentKey
	content []byte
}

var _ model.Contents = (*Contents)(nil)

// Range implements model.Contents.
func (c *Contents) Range(ctx context.Context, m model.Member, offset int64, length int) ([]byte, error) {
	if offset < 0 || length < 0 {
		return nil, fmt.Errorf("reading %d bytes at %d of %q: the range is not valid", length, offset, m.Name)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	f, err := c.open(m)
	if err != nil {
		return nil, c.explain(m, err)
	}
	defer f.Close()
	key := contentKey{f.path, m.Entry, m.Part, m.SHA256Content, f.Size(), f.ModTime()}
	if content, ok := c.cachedContent(key); ok {
		return cut(content, offset, length, c.verdicts[key].same)
	}
	piece, same, err := c.read(ctx, f, m, key, offset, length)
	if err != nil {
		return nil, c.explain(m, err)
	}
	if !same {
		return piece, model.ErrChanged
	}
	return piece, nil
}

// Sidecar is the text of what was noted beside the copy of a member.
func (c *Contents) Sidecar(m model.Member) ([]byte, error) {
	m.Path, m.Entry = m.Path+sidecarSuffix, ""
	c.mu.Lock()
	defer c.mu.Unlock()
	f, err := c.open(m)
	if err != nil {
		return nil, c.explain(m, err)
	}
	defer f.Close()
	text, whole, err := f.ReadAll(nil, 1<<20)
	if err == nil && !whole {
		err = ErrTooLarge
	}
	if err != nil {
		return nil, c.explain(m, err)
	}
	return text, nil
}

// Close gives back an archive that was kept open.
func (c *Contents) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expanded, c.verdicts = nil, nil
	if c.zip == nil {
		return nil
	}
	err := c.zip.close()
	c.zip = nil
	return err
}

func (c *Contents) explain(m model.Member, err error) error {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the evidence of %q is not there any more; it was expected at %q: %w", m.Name, m.Path, err)
	}
	return fmt.Errorf("reading the evidence of %q at %q again: %w", m.Name, m.Path, err)
}

// open finds the member's file, in the moved case if need be.
func (c *Contents) open(m model.Member) (*File, error) {
	path := m.Path
	f, err := c.openAt(path, m)
	if err == nil || !errors.Is(err, fs.ErrNotExist) || c.Dir == "" {
		return f, err
	}
	// The first "evidence" folder on the way that leads to a file is the case's old one; the hash
	// decides whether it is the right file.
	const mark = "/evidence/"
	for _, rest, ok := strings.Cut(filepath.ToSlash(path), mark); ok; _, rest, ok = strings.Cut(rest, mark) {
		if moved, merr := c.openAt(filepath.Join(c.Dir, filepath.FromSlash(rest)), m); merr == nil {
			return moved, nil
		}
	}
	return f, err
}

func (c *Contents) openAt(path string, m model.Member) (*File, error) {
	if m.Entry == "" {
		return Open(Candidate{Path: path})
	}
	z, err := c.archive(path)
	if err != nil {
		return nil, err
	}
	for i, name := range z.names() {
		if name == m.Entry {
			return Open(Candidate{Path: path, Entry: m.Entry, zip: z, at: i})
		}
	}
	return nil, fmt.Errorf("entry %q of the archive: %w", m.Entry, fs.ErrNotExist)
}

// archive keeps the last zip archive open as long as it does not change.
func (c *Contents) archive(path string) (*zipArchive, error) {
	if c.zip != nil && c.zipPath == path {
		if f, info, err := openRegular(path); err == nil {
			f.Close()
			if info.Size() == c.zip.before.Size() && info.ModTime().Equal(c.zip.before.ModTime()) {
				return c.zip, nil
			}
		}
	}
	if c.zip != nil {
		c.zip.close()
		c.zip = nil
	}
	limits := DefaultLimits
	limits.Expanded, limits.Ratio, limits.Entries = 1<<62, 1<<62, 4*DefaultLimits.Entries
	z, err := openZip(path, limits)
	if err != nil {
		return nil, err
	}
	c.zip, c.zipPath = z, path
	return z, nil
}

func (c *Contents) cachedContent(key contentKey) ([]byte, bool) {
	for i, e := range c.expanded {
		if e.key == key {
			c.expanded = append(append(c.expanded[:i:i], c.expanded[i+1:]...), e)
			return e.content, true
		}
	}
	return nil, false
}

// read expands the member, hashes it unless that was done before, and takes the range out of it.
func (c *Contents) read(ctx context.Context, f *File, m model.Member, key contentKey, offset int64, length int) ([]byte, bool, error) {
	known, checked := c.verdicts[key]
	if checked && known.same && !m.Gzip && f.entry == nil && m.Part <= 1 {
		piece := make([]byte, length)
		n, err := f.f.ReadAt(piece, offset)
		if err == io.EOF {
			err = nil
		}
		return piece[:n], true, err
	}
	body, err := memberBody(f, m)
	if err != nil {
		return nil, false, err
	}
	p := &picker{offset: offset, length: length, sum: sha256.New(), keep: m.SizeContent <= keepBytes}
	// One byte more than was loaded is enough to know that it is not the same.
	if err := p.drain(ctx, io.LimitReader(body, max(m.SizeContent+1, offset+int64(length)))); err != nil {
		return nil, false, err
	}
	same := bytes.Equal(p.sum.Sum(nil), m.SHA256Content[:])
	if c.verdicts == nil || len(c.verdicts) >= keepVerdicts {
		c.verdicts = map[contentKey]verdict{}
	}
	c.verdicts[key] = verdict{same}
	if p.keep {
		c.expanded = append(c.expanded, cached{key, p.all})
		if len(c.expanded) > keepMembers {
			c.expanded = c.expanded[1:]
		}
	}
	return p.piece, same, nil
}

// memberBody is the expanded content of m in f.
func memberBody(f *File, m model.Member) (io.Reader, error) {
	if m.PartOffset > 0 {
		if _, err := io.CopyN(io.Discard, f, m.PartOffset); err != nil && err != io.EOF {
			return nil, err
		}
	}
	if !m.Gzip {
		return f, nil
	}
	p := NewParts(Limits{Ratio: 1 << 62, Expanded: 1 << 62})
	p.ResetReader(f)
	if _, err := p.Next(); err != nil && err != io.EOF && !errors.As(err, new(*BrokenError)) {
		return nil, err
	}
	return wholeOrBroken{p}, nil
}

// wholeOrBroken ends where the data breaks: a salvaged member was hashed up to there.
type wholeOrBroken struct{ p *Parts }

func (w wholeOrBroken) Read(b []byte) (int, error) {
	n, err := w.p.Read(b)
	if errors.As(err, new(*BrokenError)) {
		err = io.EOF
	}
	return n, err
}

// picker hashes a stream and keeps a range of it, or all.
type picker struct {
	offset int64
	length int
	sum    hash.Hash
	keep   bool
	at     int64
	all    []byte
	piece  []byte
}

func (p *picker) drain(ctx context.Context, r io.Reader) error {
	buf := make([]byte, 256<<10)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(buf)
		p.take(buf[:n])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (p *picker) take(b []byte) {
	p.sum.Write(b)
	if p.keep {
		p.all = append(p.all, b...)
	}
	from, to := p.offset-p.at, p.offset+int64(p.length)-p.at
	if from < int64(len(b)) && to > 0 {
		p.piece = append(p.piece, b[max(from, 0):min(to, int64(len(b)))]...)
	}
	p.at += int64(len(b))
}

// cut takes a range out of content; what lies beyond its end is not there.
func cut(content []byte, offset int64, length int, same bool) ([]byte, error) {
	from := min(offset, int64(len(content)))
	piece := bytes.Clone(content[from:min(from+int64(length), int64(len(content)))])
	if !same {
		return piece, model.ErrChanged
	}
	return piece, nil
}
