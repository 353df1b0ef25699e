package source

import (
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"strings"
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

// Find gives the copy of an object with this ETag and size, if there is one whole.
func (e *Evidence) Find(rel, etag string, size int64) (Fetched, bool) {
	if etag == "" {
		return Fetched{}, false
	}
	if len(rel) > deepBytes || strings.Count(rel, string(filepath.Separator)) > deepFolders {
		rel = fallback(rel)
	}
	dir, name := filepath.Split(rel)
	e.mu.Lock()
	defer e.mu.Unlock()
	at, err := e.folders.known(e.root, filepath.Clean(dir))
	if err != nil {
		return Fetched{}, false
	}
	found, there, ok := e.copyIn(at, dir, name, etag, size)
	if ok || !there {
		return found, ok
	}
	for _, name := range at.alike(name) {
		if found, _, ok := e.copyIn(at, dir, name, etag, size); ok {
			return found, true
		}
	}
	return Fetched{}, false
}

// copyIn gives the copy name in a folder if it is of this ETag and size; there tells that it has a sidecar.
func (e *Evidence) copyIn(at *folder, dir, name, etag string, size int64) (found Fetched, there, ok bool) {
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
	found.Path = filepath.Join(e.dir, dir, name)
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
