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

// create makes a file that was not there, to be written.
func (f *folder) create(name string) (*os.File, error) {
	for {
		fd, err := unix.Openat(int(f.dir.Fd()), name, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, &os.PathError{Op: "openat", Path: name, Err: err}
		}
		return os.NewFile(uintptr(fd), name), nil
	}
}

// has tells that there is something of a name, in one system call: mostly there is not.
func (f *folder) has(name string) bool {
	var info unix.Stat_t
	return unix.Fstatat(int(f.dir.Fd()), name, &info, unix.AT_SYMLINK_NOFOLLOW) != unix.ENOENT
}
