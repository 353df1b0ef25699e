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
	for _, name := range e.alike(rel) {
		text, err := e.root.ReadFile(name + sidecarSuffix)
		if err != nil {
			continue
		}
		var meta Sidecar
		if json.Unmarshal(text, &meta) != nil || meta.ETag != etag || meta.Size != size {
			continue
		}
		if info, err := e.root.Lstat(name); err == nil && info.Mode().IsRegular() && info.Size() == size {
			found := Fetched{Path: filepath.Join(e.dir, name)}
			if sum, err := hex.DecodeString(meta.SHA256); err == nil {
				copy(found.SHA256[:], sum)
			}
			return found, true
		}
	}
	return Fetched{}, false
}

// alike is rel and the places beside it where place puts other content of the same name.
func (e *Evidence) alike(rel string) []string {
	names := []string{rel}
	if _, err := e.root.Lstat(rel); err != nil {
		return names
	}
	dir, err := e.root.Open(filepath.Dir(rel))
	if err != nil {
		return names
	}
	defer dir.Close()
	entries, err := dir.Readdirnames(-1)
	if err != nil {
		return names
	}
	for _, n := range entries {
		if strings.HasPrefix(n, filepath.Base(rel)+"~") && !strings.HasSuffix(n, sidecarSuffix) {
			names = append(names, filepath.Join(filepath.Dir(rel), n))
		}
	}
	return names
}
