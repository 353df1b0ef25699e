package export

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// free tells that nothing stands at path, or with force a regular file, which it describes.
func free(path string, force bool) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory; name a file", path)
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, fmt.Errorf("%s is a symbolic link; name the file itself", path)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is a device or another special file; name a new file", path)
	case !force:
		return nil, fmt.Errorf("%s %w", path, ErrExists)
	}
	return info, nil
}

// outside refuses a directory at or below a source of evidence. Directories are compared by what
// they are, not by their names, which may differ in case or lead through links and mounts.
func outside(dir string, sources []string) error {
	var roots []fs.FileInfo
	var names []string
	for _, s := range sources {
		if info, err := os.Stat(s); err == nil && info.IsDir() {
			roots, names = append(roots, info), append(names, s)
		}
	}
	for at := dir; ; at = filepath.Dir(at) {
		here, err := os.Stat(at)
		for i := range roots {
			if err == nil && os.SameFile(here, roots[i]) {
				return fmt.Errorf("it lies inside the evidence %s, which is never written to; choose another place", names[i])
			}
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

// notEvidence refuses files that are evidence by another name: a hard link, or a name that differs
// in case only.
func notEvidence(ctx context.Context, src Source, sources []string, there []fs.FileInfo) error {
	members, err := src.Members(ctx)
	if err != nil {
		return err
	}
	asked := map[string]bool{}
	check := func(path string) error {
		if asked[path] || !filepath.IsAbs(path) {
			return nil
		}
		asked[path] = true
		info, err := os.Stat(path)
		for _, x := range there {
			if err == nil && os.SameFile(info, x) {
				return fmt.Errorf("it is the evidence %s by another name, which is never written to; choose another name", path)
			}
		}
		return nil
	}
	for _, s := range sources {
		if err := check(s); err != nil {
			return err
		}
	}
	for _, m := range members {
		// An archive's entry and a further gzip member stand behind the name of their file.
		file, _, _ := strings.Cut(m.Locator, "!")
		base, _, _ := strings.Cut(m.Locator, "#")
		for _, path := range []string{m.Path, m.Locator, file, base} {
			if err := check(path); err != nil {
				return err
			}
		}
	}
	return nil
}
