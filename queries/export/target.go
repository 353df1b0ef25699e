package export

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"

	"trailsift/queries/scratch"
)

// target is a file being written beside its final name.
type target struct {
	path  string
	temp  *scratch.File
	w     *bufio.Writer
	hash  hash.Hash
	size  int64
	force bool
}

const manifestSuffix = ".manifest.json"

// ErrExists says that something stands where the export was to go.
var ErrExists = errors.New("exists already")

// newTarget checks where a file goes, which must be free or with force a regular file that is no
// evidence, and begins a temporary file in the same directory.
func newTarget(ctx context.Context, src Source, job Job, also ...string) (*target, error) {
	path, err := filepath.Abs(job.Path)
	if err != nil {
		return nil, err
	}
	if job.Path == "" || os.IsPathSeparator(job.Path[len(job.Path)-1]) {
		return nil, errors.New("name a file, not a directory")
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no folder %s", filepath.Dir(path))
	case err != nil:
		return nil, fmt.Errorf("the folder cannot be used: %w", err)
	}
	path = filepath.Join(dir, filepath.Base(path))
	if err := outside(dir, job.Sources); err != nil {
		return nil, err
	}
	if err := vacant(ctx, src, job, path, also); err != nil {
		return nil, err
	}
	scratch.Sweep(dir)
	temp, err := scratch.Create(dir)
	if err != nil {
		return nil, err
	}
	return &target{path: path, temp: temp, w: bufio.NewWriterSize(temp, 1<<18), hash: newHash(), force: job.Force}, nil
}

// vacant tells that path, and path with each of the endings, may be written.
func vacant(ctx context.Context, src Source, job Job, path string, endings []string) error {
	var there []fs.FileInfo
	for _, p := range append([]string{""}, endings...) {
		info, err := free(path+p, job.Force)
		if err == nil {
			if info != nil {
				there = append(there, info)
			}
			continue
		}
		if p != "" && errors.Is(err, ErrExists) && len(there) == 0 {
			return fmt.Errorf("%s %w although what it describes is not there", path+p, ErrExists)
		}
		return err
	}
	if len(there) == 0 {
		return nil
	}
	return notEvidence(ctx, src, job.Sources, there)
}

// Write implements io.Writer.
func (t *target) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	t.hash.Write(p[:n])
	t.size += int64(n)
	return n, err
}

// finish brings the bytes to the disk.
func (t *target) finish() error { return errors.Join(t.w.Flush(), t.temp.Sync()) }

// publish gives the file and its manifest their names.
func (t *target) publish(ctx context.Context, m Manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	temp, err := scratch.Create(filepath.Dir(t.path))
	if err != nil {
		return err
	}
	defer temp.Remove()
	_, err = temp.Write(append(text, '\n'))
	if err := errors.Join(err, temp.Sync(), t.finish()); err != nil {
		return err
	}
	release, err := scratch.Hold(ctx, filepath.Dir(t.path))
	if err != nil {
		return err
	}
	defer release()
	for _, step := range t.naming(temp) {
		if err := step(); err != nil {
			return err
		}
		syncDir(filepath.Dir(t.path))
	}
	return nil
}

// naming is what publish does to the directory, one change of a name a step. The manifest comes
// first and a file that is replaced goes before it: wherever a killed program stops, there is no file
// without the manifest that belongs to it.
func (t *target) naming(manifest *scratch.File) []func() error {
	return []func() error{
		func() error {
			if !t.force {
				return nil
			}
			if _, err := free(t.path, true); err != nil {
				return err
			}
			if err := os.Remove(t.path); !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			return nil
		},
		func() error { return t.place(manifest, t.path+manifestSuffix) },
		func() error {
			err := t.place(t.temp, t.path)
			if err != nil {
				err = errors.Join(err, os.Remove(t.path+manifestSuffix))
			}
			return err
		},
	}
}

// place moves a finished file to its name. Without force nothing that came meanwhile is replaced: a
// hard link fails where a rename would not.
func (t *target) place(temp *scratch.File, path string) error {
	if t.force {
		if _, err := free(path, true); err != nil {
			return err
		}
		return takeName(temp, path)
	}
	switch err := os.Link(temp.Name(), path); {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s %w", path, ErrExists)
	}
	// The file system knows no hard links; hold the name, then take it over.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s %w", path, ErrExists)
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), takeName(temp, path))
}

func takeName(temp *scratch.File, path string) error {
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	temp.Keep()
	return nil
}

// syncDir brings names to the disk. Some file systems cannot; the names are there all the same.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// remove takes the temporary file away.
func (t *target) remove() { t.temp.Remove() }

// File is output without a manifest: what a command writes instead of printing it.
type File struct{ t *target }

// Begin checks that job.Path may be written, by the rules exports have, and begins the file.
func Begin(ctx context.Context, src Source, job Job) (*File, error) {
	t, err := newTarget(ctx, src, job)
	if err != nil {
		return nil, fmt.Errorf("write to %s: %w", job.Path, err)
	}
	return &File{t}, nil
}

// Write implements io.Writer.
func (f *File) Write(p []byte) (int, error) { return f.t.Write(p) }

// Publish gives the file its name.
func (f *File) Publish() error {
	err := f.t.finish()
	if err == nil {
		err = f.t.place(f.t.temp, f.t.path)
	}
	if err != nil {
		return fmt.Errorf("write to %s: %w", f.t.path, err)
	}
	syncDir(filepath.Dir(f.t.path))
	return nil
}

// Remove takes away what was not published.
func (f *File) Remove() { f.t.remove() }
