//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package scratch

import (
	"os"
	"syscall"
)

// lock holds f for this process until it is closed or the process ends, however it ends.
func lock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if err == syscall.ENOTSUP || err == syscall.ENOSYS || err == syscall.ENOLCK {
			return nil // a file system without locks; its remains are swept by nobody
		}
		if err != syscall.EINTR {
			return err
		}
	}
}

// abandoned tells that nobody holds f.
func abandoned(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

// held locks f, or tells that somebody else holds it.
func held(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == syscall.EWOULDBLOCK
}
