package source

import (
	"crypto/sha256"
	"errors"
	"io"
	"os"
)

// folder is an open folder. What is done in it by a bare name costs one system call, where a path from
// the top costs two for each of its parts (an os.Root follows it part by part): for the twelve parts of
// a CloudTrail key, copying into a case took longer than loading.
type folder struct {
	root *os.Root
	dir  *os.File // the same folder, for renaming across folders
}

// openFolder opens the folder rel below root, made if need be.
func openFolder(root *os.Root, rel string) (*folder, error) {
	if err := root.MkdirAll(rel, 0o700); err != nil {
		return nil, err
	}
	return enter(root, rel)
}

// enter opens the folder rel below root, which is there.
func enter(root *os.Root, rel string) (*folder, error) {
	sub, err := root.OpenRoot(rel)
	if err != nil {
		return nil, err
	}
	dir, err := sub.Open(".")
	if err != nil {
		sub.Close()
		return nil, err
	}
	return &folder{root: sub, dir: dir}, nil
}

func (f *folder) close() error { return errors.Join(f.dir.Close(), f.root.Close()) }

// occupied looks at what has a name: the same content, or nothing. Neither is other content.
func (f *folder) occupied(name string, size int64, sum [32]byte) (same, free bool) {
	if !f.has(name) {
		return false, true
	}
	info, err := f.root.Lstat(name)
	if err != nil {
		return false, true // absent, or in the way: move will tell
	}
	if !info.Mode().IsRegular() || info.Size() != size {
		return false, false
	}
	file, err := f.root.Open(name)
	if err != nil {
		return false, false
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return false, false
	}
	return [32]byte(h.Sum(nil)) == sum, false
}

// openFolders is how many folders stay open: more than the accounts and Regions a load has under way at
// once, and far from what a process may have open.
const openFolders = 64

// folders are the folders opened last. The zero value is ready; a folder it returned is open until the
// next call.
type folders struct {
	open map[string]*folder
	ring [openFolders]string // the names, oldest at next
	next int
}

// get is the folder rel below root, made if need be.
func (f *folders) get(root *os.Root, rel string) (*folder, error) {
	return f.have(root, rel, openFolder)
}

// known is the folder rel below root, if it is there.
func (f *folders) known(root *os.Root, rel string) (*folder, error) { return f.have(root, rel, enter) }

func (f *folders) have(root *os.Root, rel string, open func(*os.Root, string) (*folder, error)) (*folder, error) {
	if at, ok := f.open[rel]; ok {
		return at, nil
	}
	at, err := open(root, rel)
	if err != nil {
		return nil, err
	}
	if f.open == nil {
		f.open = map[string]*folder{}
	}
	if oldest, ok := f.open[f.ring[f.next]]; ok {
		oldest.close()
		delete(f.open, f.ring[f.next])
	}
	f.open[rel], f.ring[f.next] = at, rel
	f.next = (f.next + 1) % openFolders
	return at, nil
}

func (f *folders) close() error {
	var err error
	for _, at := range f.open {
		err = errors.Join(err, at.close())
	}
	f.open = nil
	return err
}
