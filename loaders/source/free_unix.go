//go:build linux || darwin

package source

import (
	"fmt"
	"syscall"
)

// FreeSpace is the room for us and the size of the file system that holds dir, in bytes.
func FreeSpace(dir string) (free, total int64, err error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, 0, fmt.Errorf("asking for the free space of %s: %w", dir, err)
	}
	return int64(st.Bavail) * int64(st.Bsize), int64(st.Blocks) * int64(st.Bsize), nil
}
