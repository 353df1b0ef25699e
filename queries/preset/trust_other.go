//go:build !unix

package preset

import "io/fs"

// trusted knows nothing of owners here.
func trusted(string, fs.FileInfo) error { return nil }
