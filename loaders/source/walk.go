package source

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
)

// folder lists a directory in pieces, files first and then the folders below it.
func (l *lister) folder(h *home, above []fs.FileInfo) error {
	if _, err := os.Lstat(h.path + "case.duckdb"); err == nil && len(above) > 0 {
		l.skip(item{home: h}, "a case, not evidence", false)
		return nil
	}
	f, err := openQuietly(filepath.Clean(h.path))
	if err != nil {
		l.skip(item{home: h}, Reason(err), true)
		return nil
	}
	below, err := l.entries(f, h)
	f.Close()
	if err != nil {
		return err
	}
	for _, name := range below {
		sep := string(filepath.Separator)
		sub := &home{locator: h.locator + name + sep, shown: h.shown + name + sep, path: h.path + name + sep}
		info, err := os.Lstat(h.path + name)
		if err != nil {
			l.skip(item{home: sub}, Reason(err), true)
			continue
		}
		if loops(info, above) {
			l.skip(item{home: sub}, "a folder that contains itself", false)
			continue
		}
		if err := l.folder(sub, append(above[:len(above):len(above)], info)); err != nil {
			return err
		}
	}
	return nil
}

// loops tells that info is one of the folders above it, as a mount of a folder inside itself is.
func loops(info fs.FileInfo, above []fs.FileInfo) bool {
	for _, a := range above {
		if os.SameFile(info, a) {
			return true
		}
	}
	return false
}

// entries lists the files of an open directory and returns the names of the folders in it.
func (l *lister) entries(f *os.File, h *home) (below []string, err error) {
	for {
		if err := l.ctx.Err(); err != nil {
			return nil, err
		}
		entries, err := f.ReadDir(1024)
		for _, e := range entries {
			if e.IsDir() {
				below = append(below, e.Name())
				continue
			}
			it := item{home: h, name: e.Name(), when: nameTime(e.Name())}
			size := int64(0)
			if e.Type().IsRegular() {
				info, err := e.Info()
				if err != nil {
					l.skip(it, Reason(err), true)
					continue
				}
				size = info.Size()
			}
			if err := l.file(it, e.Type(), size); err != nil {
				return nil, err
			}
		}
		if err == io.EOF {
			return below, nil
		}
		if err != nil {
			l.skip(item{home: h}, "the folder cannot be listed to its end: "+Reason(err), true)
			return below, nil
		}
	}
}

// file lists one directory entry that is no folder.
func (l *lister) file(it item, mode fs.FileMode, size int64) error {
	if why := unusual(mode); why != "" {
		if info, err := os.Stat(it.home.path + it.name); err == nil && info.IsDir() {
			it.folder = true
		}
		l.skip(it, why, false)
		return nil
	}
	it.size = size
	l.local += size
	l.set.items = append(l.set.items, it)
	return nil
}

// tellArchives looks at the first bytes of every file that was listed and takes the archives out. Files
// are looked at side by side: opening each takes longer than finding it.
func (l *lister) tellArchives() error {
	items := l.set.items
	kinds, errs := make([]format, len(items)), make([]error, len(items))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			var s sniffer
			for i := next.Add(1) - 1; i < int64(len(items)) && l.ctx.Err() == nil; i = next.Add(1) - 1 {
				if it := &items[i]; it.skip == "" {
					kinds[i], errs[i] = s.sniff(it.home.path + it.name)
				}
			}
		})
	}
	workers.Wait()
	if err := l.ctx.Err(); err != nil {
		return err
	}
	l.set.items = items[:0]
	for i, it := range items {
		switch {
		case errs[i] != nil:
			l.skip(it, Reason(errs[i]), true)
		case kinds[i] != noArchive:
			l.archives = append(l.archives, archiveFile{home: it.home, name: it.name, size: it.size, kind: kinds[i]})
		default:
			l.set.items = append(l.set.items, it)
		}
	}
	return nil
}

// unusual says why a file of this mode is not opened.
func unusual(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link; links are not followed"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe; feed it through standard input (-)"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	case !mode.IsRegular():
		return "not a regular file"
	}
	return ""
}

// skip lists something there is nothing to read of.
func (l *lister) skip(it item, why string, unreadable bool) {
	it.skip, it.unreadable = why, unreadable
	l.set.items = append(l.set.items, it)
}
