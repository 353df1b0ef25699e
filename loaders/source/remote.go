package source

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// RemotePath is where the copy of an object goes, relative to the evidence folder: the bucket, then
// the key, each part escaped as EscapePath does.
func RemotePath(bucket, key string) string {
	folder := escapeComponent(bucket)
	if folder == localPart { // a bucket of this name must not meet copies of local files
		folder = "%6C" + localPart[1:]
	}
	return filepath.Join(folder, EscapePath(key))
}

// Copies are what lies in an evidence folder. Looking at them makes and removes nothing, so that it may be
// done while another process brings more.
type Copies struct {
	root    *os.Root // nil: there are none
	dir     string
	mu      sync.Mutex
	folders folders
}

// OpenCopies opens the evidence folder dir to look at what is there; it need not exist.
func OpenCopies(dir string) (*Copies, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the evidence folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return &Copies{dir: dir}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("opening the evidence folder: %w", err)
	}
	return &Copies{root: root, dir: dir}, nil
}

// Close gives the folder back.
func (c *Copies) Close() error {
	if c.root == nil {
		return nil
	}
	return errors.Join(c.folders.close(), c.root.Close())
}

// Find gives the copy of an object with this ETag and size, if there is one whole.
func (c *Copies) Find(rel, etag string, size int64) (Fetched, bool) {
	if etag == "" || c.root == nil {
		return Fetched{}, false
	}
	if len(rel) > deepBytes || strings.Count(rel, string(filepath.Separator)) > deepFolders {
		rel = fallback(rel)
	}
	dir, name := filepath.Split(rel)
	c.mu.Lock()
	defer c.mu.Unlock()
	at, err := c.folders.known(c.root, filepath.Clean(dir))
	if err != nil {
		return Fetched{}, false
	}
	found, there, ok := c.copyIn(at, dir, name, etag, size)
	if ok || !there {
		return found, ok
	}
	for _, name := range at.alike(name) {
		if found, _, ok := c.copyIn(at, dir, name, etag, size); ok {
			return found, true
		}
	}
	return Fetched{}, false
}

// copyIn gives the copy name in a folder if it is of this ETag and size; there tells that it has a sidecar.
func (c *Copies) copyIn(at *folder, dir, name, etag string, size int64) (found Fetched, there, ok bool) {
	if !at.has(name + sidecarSuffix) {
		return found, false, false
	}
	text, err := at.root.ReadFile(name + sidecarSuffix)
	if err != nil {
		return found, false, false
	}
	var meta Sidecar
	if json.Unmarshal(text, &meta) != nil || meta.ETag != etag || meta.Size != size {
		return found, true, false
	}
	info, err := at.root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() != size {
		return found, true, false
	}
	found.Path = filepath.Join(c.dir, dir, name)
	if sum, err := hex.DecodeString(meta.SHA256); err == nil {
		copy(found.SHA256[:], sum)
	}
	return found, true, true
}

// alike is the names beside name where place puts other content of the same name.
func (f *folder) alike(name string) (names []string) {
	dir, err := f.root.Open(".")
	if err != nil {
		return nil
	}
	defer dir.Close()
	entries, err := dir.Readdirnames(-1)
	if err != nil {
		return nil
	}
	for _, n := range entries {
		if strings.HasPrefix(n, name+"~") && !strings.HasSuffix(n, sidecarSuffix) {
			names = append(names, n)
		}
	}
	return names
}
