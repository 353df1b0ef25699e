package source

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"
)

// zipArchive is a zip file kept open for random access by all workers.
type zipArchive struct {
	f      *os.File
	before fs.FileInfo
	r      *zip.Reader
	limits Limits
}

// zipEntry is one entry being read.
type zipEntry struct {
	archive  *zipArchive
	file     *zip.File
	rc       io.ReadCloser
	size     int64
	modified time.Time
}

// openZip reads the directory of the zip file at path.
func openZip(path string, limits Limits) (*zipArchive, error) {
	f, info, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	// The directory is read into memory as a whole before its entries can be counted, so its bytes
	// are bounded first.
	bound := &boundedReaderAt{f: f, left: 1<<20 + int64(limits.Entries)*512}
	r, err := zip.NewReader(bound, info.Size())
	if err != nil && !(errors.Is(err, zip.ErrInsecurePath) && r != nil) {
		f.Close()
		if bound.left < 0 {
			err = fmt.Errorf("its directory is too large for %d entries: %w", limits.Entries, ErrTooLarge)
		}
		return nil, fmt.Errorf("reading the directory of the zip archive: %w", err)
	}
	if len(r.File) > limits.Entries {
		f.Close()
		return nil, fmt.Errorf("%d entries, at most %d are taken: %w", len(r.File), limits.Entries, ErrTooLarge)
	}
	bound.open = true
	r.RegisterDecompressor(zip.Deflate, func(r io.Reader) io.ReadCloser { return flate.NewReader(r) })
	return &zipArchive{f: f, before: info, r: r, limits: limits}, nil
}

func (z *zipArchive) close() error { return z.f.Close() }

func (z *zipArchive) unchanged() error {
	after, err := z.f.Stat()
	if err != nil {
		return err
	}
	if after.Size() != z.before.Size() || !after.ModTime().Equal(z.before.ModTime()) {
		return fmt.Errorf("the archive: %w", ErrUnstable)
	}
	return nil
}

// names gives every entry a name of its own: those that come again get a number.
func (z *zipArchive) names() []string {
	all := make(map[string]bool, len(z.r.File))
	for _, f := range z.r.File {
		all[f.Name] = true
	}
	names := make([]string, len(z.r.File))
	seen := make(map[string]bool, len(z.r.File))
	for i, f := range z.r.File {
		names[i] = uniqueName(f.Name, seen, all)
	}
	return names
}

// uniqueName returns name, or name with the first free number when it was given out before.
func uniqueName(name string, seen, all map[string]bool) string {
	out := name
	for n := 2; seen[out]; n++ {
		if out = fmt.Sprintf("%s (%d)", name, n); all[out] {
			out = name // an entry has that name by itself
		}
	}
	seen[out] = true
	return out
}

// overlaps finds the entries whose data shares bytes with another's: archives made to expand without
// end are built so, honest ones never.
func (z *zipArchive) overlaps() map[int]bool {
	type span struct {
		from, to int64
		i        int
	}
	spans := make([]span, 0, len(z.r.File))
	bad := map[int]bool{}
	for i, f := range z.r.File {
		from, err := f.DataOffset()
		if err != nil || f.CompressedSize64 > uint64(z.before.Size()) {
			continue // reading it will tell why
		}
		if to := from + int64(f.CompressedSize64); to > from {
			spans = append(spans, span{from, to, i})
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return int(min(max(a.from-b.from, -1), 1)) })
	for i := 1; i < len(spans); i++ {
		last := &spans[i-1]
		if spans[i].from >= last.to {
			continue
		}
		bad[last.i], bad[spans[i].i] = true, true
		if spans[i].to < last.to {
			spans[i].to = last.to
		}
	}
	return bad
}

// items lists the entries as candidates.
func (z *zipArchive) items(h *home) []item {
	names, overlap := z.names(), z.overlaps()
	out := make([]item, 0, len(names))
	for i, f := range z.r.File {
		if strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 == 0 {
			continue
		}
		it := item{home: h, name: names[i], when: nameTime(names[i]), at: int32(i)}
		it.size = int64(min(f.CompressedSize64, uint64(z.before.Size())))
		switch mode := f.Mode(); {
		case overlap[i]:
			it.skip, it.unreadable = "its data overlaps another entry's: the archive is not honest", true
		case f.Flags&1 != 0:
			it.skip, it.unreadable = "encrypted in the archive", true
		case f.Method != zip.Store && f.Method != zip.Deflate:
			it.skip, it.unreadable = fmt.Sprintf("compressed in the archive by method %d, which is not known here", f.Method), true
		case mode&fs.ModeSymlink != 0:
			it.skip = "a symbolic link in the archive; links are not followed"
		case !mode.IsRegular() && mode.Type() != 0:
			it.skip = "not a regular file in the archive"
		}
		out = append(out, it)
	}
	return out
}

// openEntry opens a candidate of a zip archive.
func openEntry(c Candidate) (*File, error) {
	if c.zip == nil || c.at < 0 || c.at >= len(c.zip.r.File) {
		return nil, fmt.Errorf("entry %q: %w", c.Entry, fs.ErrNotExist)
	}
	f := c.zip.r.File[c.at]
	e := &zipEntry{archive: c.zip, file: f, modified: f.Modified, size: int64(min(f.UncompressedSize64, 1<<40))}
	file := &File{path: c.Path, entry: e}
	return file, e.rewind(file)
}

func (e *zipEntry) rewind(f *File) error {
	if e.rc != nil {
		e.rc.Close()
	}
	rc, err := e.file.Open()
	if err != nil {
		return fmt.Errorf("opening the archive entry: %w", err)
	}
	e.rc = rc
	f.r = &entryReader{r: rc, entry: e}
	return nil
}

func (e *zipEntry) close() error {
	if e.rc == nil {
		return nil
	}
	return e.rc.Close()
}

// entryReader counts what comes out: the sizes in the directory are claims.
type entryReader struct {
	r     io.Reader
	entry *zipEntry
	n     int64
}

func (r *entryReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.n += int64(n)
	if r.n > int64(r.entry.file.UncompressedSize64) {
		return 0, errNotAsSaid
	}
	if bomb := r.entry.archive.limits.check(r.n, int64(r.entry.file.CompressedSize64)); bomb != nil && r.entry.file.Method != zip.Store {
		return 0, bomb
	}
	switch {
	case errors.Is(err, zip.ErrFormat):
		err = errNotAsSaid
	case errors.Is(err, zip.ErrChecksum):
		err = errors.New("the checksum of the archive entry does not match")
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("the archive entry is truncated")
	case err != nil && err != io.EOF:
		err = fmt.Errorf("the archive entry cannot be read: %w", err)
	}
	return n, err
}

var errNotAsSaid = errors.New("the archive entry is not what the archive says: its size differs")

// boundedReaderAt stops a directory that is read without end.
type boundedReaderAt struct {
	f    *os.File
	left int64
	open bool // the directory is in: no bound any more
}

func (b *boundedReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if !b.open {
		if b.left -= int64(len(p)); b.left < 0 {
			return 0, ErrTooLarge
		}
	}
	return b.f.ReadAt(p, off)
}
