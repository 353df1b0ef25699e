package export

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// target is the file being written beside its final name.
type target struct {
	path, temp string
	f          *os.File
	w          *bufio.Writer
	hash       hash.Hash
	size       int64
	force      bool
	made       []string // files to take away unless published
}

const manifestSuffix = ".manifest.json"

// newTarget checks where the export goes and begins a temporary file in the same directory.
func newTarget(job Job) (*target, error) {
	path, err := filepath.Abs(job.Path)
	if err != nil {
		return nil, err
	}
	if job.Path == "" || strings.HasSuffix(job.Path, string(filepath.Separator)) {
		return nil, errors.New("name a file, not a directory")
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("the directory cannot be used: %w", err)
	}
	path = filepath.Join(dir, filepath.Base(path))
	if err := outside(path, job.Sources); err != nil {
		return nil, err
	}
	for _, p := range []string{path, path + manifestSuffix} {
		if err := free(p, job.Force); err != nil {
			return nil, err
		}
	}
	t := &target{path: path, temp: tempName(path), hash: newHash(), force: job.Force}
	if t.f, err = create(t.temp); err != nil {
		return nil, err
	}
	t.made = append(t.made, t.temp)
	t.w = bufio.NewWriterSize(t.f, 1<<18)
	return t, nil
}

// tempName is fixed, so that what a killed export left is found and removed by the next one.
func tempName(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".trailsift-tmp")
}

func create(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// outside refuses a path at or below a source of evidence.
func outside(path string, sources []string) error {
	for _, s := range sources {
		abs, err := filepath.Abs(s)
		if err != nil {
			continue
		}
		if real, err := filepath.EvalSymlinks(abs); err == nil {
			abs = real
		}
		rel, err := filepath.Rel(abs, path)
		if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return fmt.Errorf("it lies inside the evidence %s, which is never written to; choose another place", s)
		}
	}
	return nil
}

// free tells that nothing stands at path, or with force a regular file.
func free(path string, force bool) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a directory; name a file", path)
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a symbolic link; name the file itself", path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is a device or another special file; name a new file", path)
	case !force:
		return fmt.Errorf("%s %w; choose another name or use --force", path, ErrExists)
	}
	return nil
}

// Write implements io.Writer.
func (t *target) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	t.hash.Write(p[:n])
	t.size += int64(n)
	return n, err
}

// finish brings the bytes to the disk.
func finish(f *os.File, w *bufio.Writer) error {
	return errors.Join(w.Flush(), f.Sync(), f.Close())
}

// publish gives the file and its manifest their names, the manifest last.
func (t *target) publish(m Manifest) error {
	err := finish(t.f, t.w)
	t.f = nil
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	temp := tempName(t.path + manifestSuffix)
	f, err := create(temp)
	if err != nil {
		return err
	}
	t.made = append(t.made, temp)
	w := bufio.NewWriter(f)
	_, err = w.Write(append(text, '\n'))
	if err := errors.Join(err, finish(f, w)); err != nil {
		return err
	}
	if err := t.place(t.temp, t.path); err != nil {
		return err
	}
	if err := t.place(temp, t.path+manifestSuffix); err != nil {
		if !t.force {
			err = errors.Join(err, os.Remove(t.path))
		}
		return err
	}
	return syncDir(filepath.Dir(t.path))
}

// place moves a finished file to its name. Without force nothing that came meanwhile is replaced: a
// hard link fails where a rename would not.
func (t *target) place(temp, path string) error {
	if t.force {
		if err := free(path, true); err != nil {
			return err
		}
		return os.Rename(temp, path)
	}
	switch err := os.Link(temp, path); {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s %w; choose another name or use --force", path, ErrExists)
	}
	// The file system knows no hard links; hold the name, then take it over.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Rename(temp, path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	// Some file systems cannot sync a directory; the names are there all the same.
	_ = d.Sync()
	return d.Close()
}

// remove takes temporary files away.
func (t *target) remove() {
	if t.f != nil {
		_ = t.f.Close()
	}
	for _, p := range t.made {
		_ = os.Remove(p)
	}
}
