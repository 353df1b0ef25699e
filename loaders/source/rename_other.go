//go:build !unix

package source

import (
	"os"
	"path/filepath"
)

// move gives the file name a place in another folder.
func (f *folder) move(name string, to *folder, as string) error {
	return os.Rename(filepath.Join(f.root.Name(), name), filepath.Join(to.root.Name(), as))
}

// create makes a file that was not there, to be written.
func (f *folder) create(name string) (*os.File, error) {
	return f.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
}

// has tells that there is something of a name.
func (f *folder) has(name string) bool {
	_, err := f.root.Lstat(name)
	return err == nil
}
