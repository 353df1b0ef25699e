package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// File is one candidate opened for reading. The bytes it gives are the file or archive entry as
// received, gzip untouched.
type File struct {
	path   string
	f      *os.File // nil for an archive entry
	r      io.Reader
	before fs.FileInfo
	entry  *zipEntry
	read   int64
}

// Open opens a local candidate without following links and without waiting.
func Open(c Candidate) (*File, error) {
	if c.Entry != "" || c.zip != nil {
		return openEntry(c)
	}
	f, info, err := openRegular(c.Path)
	if err != nil {
		return nil, err
	}
	return &File{path: c.Path, f: f, r: f, before: info}, nil
}

// openRegular opens path if it is a regular file, and nothing else.
func openRegular(path string) (*os.File, fs.FileInfo, error) {
	f, err := openQuietly(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &os.PathError{Op: "open", Path: path, Err: ErrNotFile}
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// Size is the stored size as the file system or archive tells it; the truth comes with reading.
func (f *File) Size() int64 {
	if f.entry != nil {
		return f.entry.size
	}
	return f.before.Size()
}

// ModTime is when the file, or the entry by its archive, was last changed.
func (f *File) ModTime() time.Time {
	if f.entry != nil {
		return f.entry.modified
	}
	return f.before.ModTime()
}

// Read gives stored bytes.
func (f *File) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	f.read += int64(n)
	return n, err
}

// ReadAll reads everything into buf's memory, growing it as needed. With more than limit bytes it
// stops and returns whole = false; what was read is at the beginning of the stream.
func (f *File) ReadAll(buf []byte, limit int64) (stored []byte, whole bool, err error) {
	stored = buf[:0]
	if want := f.Size() + 512; int64(cap(stored)) < want {
		stored = make([]byte, 0, min(want, limit+512))
	}
	for {
		if len(stored) == cap(stored) {
			stored = append(stored, 0)[:len(stored)]
		}
		n, err := f.Read(stored[len(stored):cap(stored)])
		stored = stored[:len(stored)+n]
		if err == io.EOF {
			return stored, true, nil
		}
		if err != nil {
			return stored, false, err
		}
		if int64(len(stored)) > limit {
			return stored, false, nil
		}
	}
}

// Done is the number of stored bytes that were read.
func (f *File) Done() int64 { return f.read }

// Unchanged tells, after the last byte, whether the file stayed the same while it was read; the
// error is ErrUnstable when it did not.
func (f *File) Unchanged() error {
	if f.entry != nil {
		return f.entry.archive.unchanged()
	}
	after, err := f.f.Stat()
	if err != nil {
		return fmt.Errorf("looking at %s again: %w", f.path, err)
	}
	if after.Size() != f.before.Size() || !after.ModTime().Equal(f.before.ModTime()) || f.read != f.before.Size() {
		return fmt.Errorf("%d bytes were read of %d, now %d: %w", f.read, f.before.Size(), after.Size(), ErrUnstable)
	}
	return nil
}

// Rewind begins again at the first byte. What the file is compared with stays the first look.
func (f *File) Rewind() error {
	f.read = 0
	if f.entry != nil {
		return f.entry.rewind(f)
	}
	_, err := f.f.Seek(0, io.SeekStart)
	return err
}

// Close gives the file back.
func (f *File) Close() error {
	if f.entry != nil {
		return f.entry.close()
	}
	return f.f.Close()
}

// Reason says in a sentence why a file could not be had, without repeating its name.
func Reason(err error) string {
	var path *os.PathError
	var nameless interface{ Reason() string }
	switch {
	case errors.As(err, &nameless):
		return nameless.Reason()
	case errors.Is(err, ErrNotFile):
		return "not a regular file"
	case errors.Is(err, fs.ErrPermission):
		return "no permission to read it"
	case errors.Is(err, fs.ErrNotExist):
		return "it is gone"
	case errors.As(err, &path):
		return "it cannot be read: " + path.Err.Error()
	}
	return err.Error()
}

// Foreign names content that is none of ours by its first bytes; empty when it could be a log.
func Foreign(head []byte) string {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.name
		}
	}
	if isTar(head) {
		return "a tar archive inside another; only one layer is opened"
	}
	return ""
}

// magics are beginnings of files that lie beside logs. Sources: RFC 1952, RFC 8878, the APPNOTE of
// zip, the xz and bzip2 format descriptions, the Parquet format description.
var magics = []struct{ magic, name string }{
	{"\x1f\x8b", "gzip inside gzip; only one layer is opened"},
	{"PK\x03\x04", "a zip archive inside another; only one layer is opened"},
	{"PK\x05\x06", "an empty zip archive"},
	{"\x28\xb5\x2f\xfd", "compressed with zstd; decompress it first"},
	{"BZh", "compressed with bzip2; decompress it first"},
	{"\xfd7zXZ\x00", "compressed with xz; decompress it first"},
	{"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first"},
	{"Rar!", "a RAR archive; unpack it first"},
	{"PAR1", "a Parquet file; export JSON or CSV instead"},
	{"ElfFile\x00", "a Windows event log"},
	{"SQLite format 3\x00", "an SQLite database"},
	{"%PDF", "a PDF document"},
	{"\x89PNG", "a picture"},
	{"\x7fELF", "a program"},
	{"\xd4\xc3\xb2\xa1", "a packet capture"},
	{"\x0a\x0d\x0d\x0a", "a packet capture"},
}

// isTar knows the magic of POSIX and GNU tar at its place.
func isTar(head []byte) bool {
	return len(head) >= 263 && (string(head[257:262]) == "ustar")
}

// UTF16 returns the first bytes of UTF-16 text as far as they are ASCII, and whether it is UTF-16.
func UTF16(head []byte) (ascii []byte, ok bool) {
	lo := 0
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		head = head[2:]
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		head, lo = head[2:], 1
	case len(head) >= 4 && head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
	case len(head) >= 4 && head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0:
		lo = 1
	default:
		return nil, false
	}
	for i := 0; i+1 < len(head); i += 2 {
		if head[i+1-lo] != 0 {
			break
		}
		ascii = append(ascii, head[i+lo])
	}
	return ascii, true
}
