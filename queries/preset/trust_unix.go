//go:build unix

package preset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// trusted refuses what another user than this one or root owns or may write.
func trusted(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o002 != 0 {
		return errors.New(path + " may be written by anybody; chmod o-w it if its content is yours")
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if ok && st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to another user (%d)", path, st.Uid)
	}
	return nil
}
