// Package scratch makes the files that results are written to before they get their names, and takes
// away those that a killed program left behind. It must not know what is in them.
package scratch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// pattern names scratch files; nothing else is ever swept.
const pattern = ".trailsift-*.tmp"

// File is a temporary file with a name of its own. It is locked as long as it is open, by which
// others know that somebody is still at work on it.
type File struct {
	*os.File
	mu           sync.Mutex
	kept, closed bool
}

// Create makes a new file in dir that only its owner may read.
func Create(dir string) (*File, error) {
	// A sweeper may come between the making and the locking; then the name is gone and another is tried.
	for range 10 {
		f, err := os.CreateTemp(dir, pattern)
		if err != nil {
			return nil, fmt.Errorf("make a temporary file: %w", err)
		}
		if err := lock(f); err != nil {
			return nil, errors.Join(fmt.Errorf("make a temporary file: %w", err), f.Close(), os.Remove(f.Name()))
		}
		if stands(f) {
			return &File{File: f}, nil
		}
		_ = f.Close()
	}
	return nil, fmt.Errorf("make a temporary file in %s: others keep taking it away", dir)
}

// stands tells that the name of f still leads to f.
func stands(f *os.File) bool {
	there, err := os.Lstat(f.Name())
	if err != nil {
		return false
	}
	here, err := f.Stat()
	return err == nil && os.SameFile(there, here)
}

// Keep says that the file has its name now; Remove only closes it then.
func (f *File) Keep() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept = true
}

// Remove closes the file and takes it away unless it was kept. It may be called again, and from
// several goroutines.
func (f *File) Remove() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.kept {
		_ = os.Remove(f.Name())
	}
	if !f.closed {
		f.closed = true
		_ = f.Close()
	}
}

// Sweep takes away what killed programs left in dir. Files that somebody works on stay, and so does
// what cannot be removed: it is in nobody's way.
func Sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if ok, _ := filepath.Match(pattern, e.Name()); ok && e.Type().IsRegular() {
			sweep(filepath.Join(dir, e.Name()))
		}
	}
}

func sweep(name string) {
	// For writing, since network file systems lock nothing else.
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if abandoned(f) && stands(f) {
		_ = os.Remove(name)
	}
}

// again is how long Hold waits before it asks anew.
const again = 20 * time.Millisecond

// Hold keeps other holders out of dir, so that several names in it change together as far as they
// are concerned. Where nothing can be locked it keeps nobody out.
func Hold(ctx context.Context, dir string) (release func(), err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	for held(d) {
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), d.Close())
		case <-time.After(again):
		}
	}
	return func() { _ = d.Close() }, nil
}
