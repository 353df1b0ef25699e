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
