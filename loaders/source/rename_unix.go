//go:build unix

package source

import (
	"os"

	"golang.org/x/sys/unix"
)

// move gives the file name a place in another folder, in one step.
func (f *folder) move(name string, to *folder, as string) error {
	for {
		err := unix.Renameat(int(f.dir.Fd()), name, int(to.dir.Fd()), as)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return &os.LinkError{Op: "renameat", Old: name, New: as, Err: err}
		}
		return nil
	}
}
