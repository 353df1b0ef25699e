package source

import (
	"errors"
	"os"
	"sync/atomic"
	"syscall"
)

// noAtime is off once the kernel refused it: only a file's owner may ask not to leave an access time.
var noAtime atomic.Bool

func init() { noAtime.Store(true) }

// openQuietly opens for reading without following a link at the end, without waiting for the other
// end of a pipe, and where allowed without touching the access time.
func openQuietly(path string) (*os.File, error) {
	const flags = os.O_RDONLY | syscall.O_NONBLOCK | syscall.O_NOFOLLOW | syscall.O_CLOEXEC
	if noAtime.Load() {
		f, err := os.OpenFile(path, flags|syscall.O_NOATIME, 0)
		if !errors.Is(err, syscall.EPERM) {
			return f, err
		}
		noAtime.Store(false)
	}
	return os.OpenFile(path, flags, 0)
}
