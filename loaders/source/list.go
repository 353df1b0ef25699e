package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Stdin is the argument that stands for standard input.
const Stdin = "-"

// List finds everything the arguments name and puts it in order. Tar archives and standard input are
// taken apart into the evidence folder here; a zip archive is copied there first when copying is on.
// What cannot be read is a candidate with a reason; an argument that names nothing is an error.
func List(ctx context.Context, args []string, opt Options) (*Set, error) {
	opt.Limits = opt.Limits.withDefaults()
	if opt.CopyLimit == 0 {
		opt.CopyLimit = DefaultCopyLimit
	}
	l := &lister{ctx: ctx, opt: opt, set: &Set{}}
	if err := l.list(args); err != nil {
		l.set.Close()
		return nil, err
	}
	l.set.finish()
	return l.set, nil
}

type lister struct {
	ctx      context.Context
	opt      Options
	set      *Set
	archives []archiveFile
	local    int64 // stored bytes of local files, archives of any kind included
}

// archiveFile is an archive the walk has come by.
type archiveFile struct {
	home *home // of the folder it lies in
	name string
	size int64
	kind format
}

func (l *lister) list(args []string) error {
	stdin := false
	for _, arg := range args {
		if arg == Stdin {
			stdin = true
			continue
		}
		paths, err := expand(arg)
		if err != nil {
			return err
		}
		for _, p := range paths {
			if err := l.argument(p, p == arg); err != nil {
				return err
			}
		}
	}
	if err := l.tellArchives(); err != nil {
		return err
	}
	l.decideCopying()
	seen := map[string]bool{}
	for _, a := range l.archives {
		if path := a.home.path + a.name; seen[path] {
			continue // named twice
		} else {
			seen[path] = true
		}
		if err := l.archive(a); err != nil {
			return err
		}
	}
	if stdin && !l.opt.dry {
		return l.stdin()
	}
	return l.ctx.Err()
}

// expand resolves a glob, unless something has just that name.
func expand(arg string) ([]string, error) {
	_, err := os.Lstat(arg)
	if err == nil {
		return []string{arg}, nil
	}
	if strings.ContainsAny(arg, "*?[") {
		matches, globErr := filepath.Glob(arg)
		if globErr != nil {
			return nil, fmt.Errorf("reading the pattern %q: %w", arg, globErr)
		}
		if len(matches) > 0 {
			return matches, nil
		}
		return nil, fmt.Errorf("nothing matches %q: %w", arg, fs.ErrNotExist)
	}
	return nil, fmt.Errorf("looking for evidence: %w", err)
}

func (l *lister) decideCopying() {
	switch {
	case l.opt.Evidence == nil || l.opt.Copy == CopyNever:
	case l.opt.Copy == CopyAlways:
		l.set.Copying = true
	default:
		l.set.Copying = l.local <= l.opt.CopyLimit
	}
}

// argument lists one path the user named. A link is followed here and nowhere else: the user meant
// what it points to. A folder that was named by itself must be readable; of those that a pattern
// matches some may not be.
func (l *lister) argument(arg string, named bool) error {
	locator, err := filepath.Abs(arg)
	if err != nil {
		return fmt.Errorf("finding %q: %w", arg, err)
	}
	path := locator
	if real, err := filepath.EvalSymlinks(locator); err == nil {
		path = real
	}
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("looking for evidence: %w", err)
	}
	if info.IsDir() {
		if named {
			f, err := openQuietly(path)
			if err != nil {
				return fmt.Errorf("reading the folder %q: %w", arg, err)
			}
			f.Close()
		}
		sep := string(filepath.Separator)
		h := &home{locator: strings.TrimSuffix(locator, sep) + sep, path: strings.TrimSuffix(path, sep) + sep}
		return l.folder(h, []fs.FileInfo{info})
	}
	dir, base := filepath.Split(locator)
	if real := filepath.Base(path); real != base {
		// The link has another name than its target: the whole path becomes the home's.
		it := item{home: &home{locator: locator, shown: base, path: path}, when: nameTime(base)}
		return l.file(it, info.Mode(), info.Size())
	}
	return l.file(item{home: &home{locator: dir, path: filepath.Dir(path) + string(filepath.Separator)}, name: base, when: nameTime(base)}, info.Mode(), info.Size())
}

// sniffer tells archives by their first bytes, never by their name. It serves one goroutine.
type sniffer struct {
	head  [tarBlock]byte
	parts *Parts // of what it looks into
}

func (s *sniffer) sniff(path string) (format, error) {
	f, _, err := openRegular(path)
	if err != nil {
		return noArchive, err
	}
	defer f.Close()
	n, err := io.ReadFull(f, s.head[:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return noArchive, err
	}
	if s.parts == nil {
		s.parts = NewParts(DefaultLimits)
	}
	return formatOf(s.head[:n], s.parts), nil
}

type format string

const (
	noArchive format = ""
	zipFile   format = "zip"
	tarFile   format = "tar"
	tarGzip   format = "tar.gz"
)

// formatOf knows an archive by the first bytes of the file. The first tar block of a gzipped one is
// inflated for it with p; what of it is missing in head is not looked for.
func formatOf(head []byte, p *Parts) format {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return zipFile
	case isTar(head):
		return tarFile
	case IsGzip(head):
		p.Reset(head)
		if _, err := p.Next(); err != nil {
			return noArchive
		}
		var block [512]byte
		n, _ := io.ReadFull(p, block[:])
		if isTar(block[:n]) {
			return tarGzip
		}
	}
	return noArchive
}

// archive takes one archive apart.
func (l *lister) archive(a archiveFile) error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	whole := item{home: a.home, name: a.name, size: a.size, when: nameTime(a.name)}
	var err error
	switch {
	case a.kind == zipFile:
		err = l.zip(a)
	case l.opt.dry:
		l.set.items = append(l.set.items, whole)
	case l.opt.Evidence == nil:
		err = errNoStorage
	default:
		err = l.tarball(a)
	}
	if err == nil || l.ctx.Err() != nil || errors.As(err, new(fatalError)) {
		return err
	}
	l.skip(whole, "the archive cannot be opened: "+Reason(err), true)
	return nil
}

// fatalError is a failure on our own side, which ends the listing.
type fatalError struct{ error }

func (e fatalError) Unwrap() error { return e.error }

// zip lists the entries of a zip archive, of its copy if copying is on.
func (l *lister) zip(a archiveFile) error {
	locator, path := a.home.locator+a.name, a.home.path+a.name
	note := Archive{Locator: locator, Format: string(zipFile), Size: a.size}
	if l.set.Copying {
		copied, sum, err := l.copyArchive(locator, path, a.size)
		if err != nil {
			return err
		}
		path, note.SHA256 = copied, sum
	}
	z, err := openZip(path, l.opt.Limits)
	if err != nil {
		return err
	}
	l.set.zips = append(l.set.zips, z)
	h := &home{locator: inside(locator), shown: inside(a.home.shown + a.name), path: path, zip: z}
	items := z.items(h)
	l.set.items = append(l.set.items, items...)
	note.Entries = len(items)
	l.note(note)
	return nil
}

func (l *lister) note(a Archive) {
	if l.opt.Note != nil {
		l.opt.Note(a)
	}
}

func (l *lister) room(need int64) error {
	if l.opt.HeadRoom == nil {
		return nil
	}
	if err := l.opt.HeadRoom(need); err != nil {
		return fatalError{err}
	}
	return nil
}

// copyArchive copies a whole archive file into the case.
func (l *lister) copyArchive(locator, path string, size int64) (string, [32]byte, error) {
	if err := l.room(size); err != nil {
		return "", [32]byte{}, err
	}
	f, err := Open(Candidate{Path: path})
	if err != nil {
		return "", [32]byte{}, err
	}
	defer f.Close()
	in, err := l.opt.Evidence.Create(false)
	if err != nil {
		return "", [32]byte{}, fatalError{err}
	}
	if err := pour(l.ctx, in, f); err != nil {
		in.Abort()
		return "", [32]byte{}, err
	}
	if err := f.Unchanged(); err != nil {
		in.Abort()
		return "", [32]byte{}, err
	}
	copied, sum, err := in.Commit(LocalPath(locator), Sidecar{Source: locator, LastModified: f.ModTime().UTC()})
	if err != nil {
		return "", sum, fatalError{err}
	}
	return copied, sum, nil
}

// pour copies until the end, looking at ctx between pieces. An error of our own side is fatal.
func pour(ctx context.Context, in *Incoming, r io.Reader) error {
	buf := make([]byte, 256<<10)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(buf)
		if n > 0 {
			if _, werr := in.Write(buf[:n]); werr != nil {
				return fatalError{werr}
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
