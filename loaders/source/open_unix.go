//go:build unix && !linux

package source

import (
	"os"
	"syscall"
)

// openQuietly opens for reading without following a link at the end and without waiting for the other
// end of a pipe.
func openQuietly(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0)
}
