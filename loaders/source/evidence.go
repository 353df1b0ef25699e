package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Evidence is the folder of a case that holds copies. Everything is written to a temporary name and
// renamed, below an os.Root that no name and no link leaves; what is there already is never replaced.
type Evidence struct {
	*Copies
	now Clock
	by  string
	seq atomic.Int64

	incoming *folder
}

// Sidecar is what stands in NAME.meta.json beside a copy.
type Sidecar struct {
	Source       string    `json:"source"`
	Size         int64     `json:"size"`
	SHA256       string    `json:"sha256"`
	LastModified time.Time `json:"last-modified,omitzero"`
	// Of objects only. Metadata is the user metadata, without x-amz-meta-; digests are signed there.
	ETag      string            `json:"etag,omitempty"`
	VersionID string            `json:"version-id,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`

	FetchedAt time.Time `json:"fetched-at"`
	FetchedBy string    `json:"fetched-by"`
}

// Deeper paths cost time that grows with the square of their depth, and longer ones the system refuses.
const (
	deepBytes   = 2048
	deepFolders = 64
)

const (
	incoming  = ".incoming" // no bucket's name begins with a dot
	localPart = "local"
)

// OpenEvidence opens or makes the folder dir. now and by go into the sidecars. Remains of copies
// that were interrupted are removed: the caller holds the case for writing.
func OpenEvidence(dir string, now Clock, by string) (*Evidence, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the evidence folder: %w", err)
	}
	copies, err := OpenCopies(dir)
	if err != nil {
		return nil, err
	}
	e := &Evidence{Copies: copies, now: now, by: by}
	if err = e.root.RemoveAll(incoming); err == nil {
		e.incoming, err = openFolder(e.root, incoming)
	}
	if err != nil {
		copies.Close()
		return nil, fmt.Errorf("preparing the evidence folder %s: %w", e.dir, err)
	}
	return e, nil
}

// Close gives the folder back.
func (e *Evidence) Close() error {
	return errors.Join(e.incoming.close(), e.root.RemoveAll(incoming), e.Copies.Close())
}

// Dir is the absolute path of the folder.
func (e *Evidence) Dir() string { return e.dir }

// Holds tells that path lies in the folder; a nil Evidence holds nothing.
func (e *Evidence) Holds(path string) bool {
	return e != nil && strings.HasPrefix(path, e.dir+string(filepath.Separator))
}

// LocalPath is where the copy of a local file goes, relative to the folder.
func LocalPath(locator string) string {
	return filepath.Join(localPart, EscapePath(strings.TrimPrefix(filepath.ToSlash(locator), "/")))
}

// Incoming is a copy that is being written. It hashes what it is given. What is short stays in memory
// until Commit: one short stretch of work on the disk costs less than many.
type Incoming struct {
	e    *Evidence
	f    *os.File // once it is no longer short
	name string
	held []byte
	sum  hash.Hash
	size int64
	sync bool
}

// heldBytes is what a copy has in memory at most: more than most log files hold.
const heldBytes = 256 << 10

// heldBuffers are the memories of finished copies, to be used again.
var heldBuffers = sync.Pool{New: func() any { return new([]byte) }}

// Create begins a copy. With durable, it is on the disk when Commit returns: for evidence that
// exists nowhere else.
func (e *Evidence) Create(durable bool) (*Incoming, error) {
	return &Incoming{e: e, name: e.temporary(), held: (*heldBuffers.Get().(*[]byte))[:0], sum: sha256.New(), sync: durable}, nil
}

// Write appends to the copy.
func (in *Incoming) Write(p []byte) (n int, err error) {
	if in.f == nil && len(in.held)+len(p) <= heldBytes {
		in.held, n = append(in.held, p...), len(p)
	} else if err = in.spill(); err == nil {
		n, err = in.f.Write(p)
	}
	in.sum.Write(p[:n])
	in.size += int64(n)
	if err != nil {
		return n, fmt.Errorf("writing a copy into the case: %w", err)
	}
	return n, nil
}

// spill begins the file with what was held.
func (in *Incoming) spill() (err error) {
	if in.f != nil {
		return nil
	}
	if in.f, err = in.e.create(in.name); err == nil {
		_, err = in.f.Write(in.held)
	}
	in.release()
	return err
}

func (in *Incoming) release() {
	if held := in.held; held != nil {
		heldBuffers.Put(&held)
		in.held = nil
	}
}

// Reread gives what was written so far from its beginning.
func (in *Incoming) Reread() (io.ReadCloser, error) {
	if in.f == nil {
		return io.NopCloser(bytes.NewReader(in.held)), nil
	}
	f, err := in.e.incoming.root.Open(in.name)
	if err != nil {
		return nil, fmt.Errorf("reading a copy again: %w", err)
	}
	return f, nil
}

// Abort forgets the copy.
func (in *Incoming) Abort() {
	in.release()
	if in.f != nil {
		in.f.Close()
		in.e.drop(in.name)
	}
}

// Commit puts the copy at rel below the folder, or beside it when something else is there, writes its
// sidecar, and returns its absolute path and hash.
func (in *Incoming) Commit(rel string, meta Sidecar) (string, [32]byte, error) {
	var sum [32]byte
	in.sum.Sum(sum[:0])
	err := in.spill()
	if err == nil && in.sync {
		err = in.f.Sync()
	}
	if in.f != nil {
		err = errors.Join(err, in.f.Close())
	}
	if err != nil {
		in.e.drop(in.name)
		return "", sum, fmt.Errorf("writing a copy into the case: %w", err)
	}
	path, err := in.e.place(in.name, rel, in.size, sum, meta)
	if err != nil {
		in.e.drop(in.name)
	}
	return path, sum, err
}

// Put copies content whose hash is known already.
func (e *Evidence) Put(rel string, content []byte, sum [32]byte, meta Sidecar) (string, error) {
	name := e.temporary()
	f, err := e.create(name)
	if err == nil {
		err = fill(f, content)
	}
	if err != nil {
		e.drop(name)
		return "", fmt.Errorf("writing a copy into the case: %w", err)
	}
	path, err := e.place(name, rel, int64(len(content)), sum, meta)
	if err != nil {
		e.drop(name)
	}
	return path, err
}

func (e *Evidence) temporary() string { return strconv.FormatInt(e.seq.Add(1), 10) }

func (e *Evidence) drop(tmp string) { e.incoming.root.Remove(tmp) }

// create begins a temporary file. Only one goroutine at a time does something in the folder of these:
// the system lets but one in, and those who wait there keep a processor busy with it.
func (e *Evidence) create(name string) (*os.File, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.incoming.create(name)
}

// fill is a file's whole writing.
func fill(f *os.File, content []byte) error {
	_, err := f.Write(content)
	return errors.Join(err, f.Close())
}

// place gives a finished temporary file its name. Other content that has the name already keeps it.
func (e *Evidence) place(tmp, rel string, size int64, sum [32]byte, meta Sidecar) (string, error) {
	text, err := e.describe(size, sum, meta)
	if err != nil {
		return "", err
	}
	if len(rel) > deepBytes || strings.Count(rel, string(filepath.Separator)) > deepFolders {
		rel = fallback(rel)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	sidecar := e.temporary()
	f, err := e.incoming.create(sidecar)
	if err == nil {
		err = fill(f, text)
	}
	if err != nil {
		e.drop(sidecar)
		return "", fmt.Errorf("writing the sidecar of a copy: %w", err)
	}
	var lastErr error
	for _, target := range []string{rel, rel + "~" + hex.EncodeToString(sum[:16]), fallback(rel) + "~" + hex.EncodeToString(sum[:16])} {
		at, name, err := e.at(target)
		if err != nil {
			lastErr = fmt.Errorf("making a folder for a copy: %w", err)
			continue
		}
		switch same, free := at.occupied(name, size, sum); {
		case same:
			e.drop(tmp)
			return filepath.Join(e.dir, target), e.accompany(at, name, sidecar)
		case free:
			if err := e.incoming.move(tmp, at, name); err != nil {
				lastErr = fmt.Errorf("copying into the case: %w", err)
				continue
			}
			return filepath.Join(e.dir, target), e.settle(at, name, sidecar)
		default:
			lastErr = fmt.Errorf("copying into the case: %s: %w", target, fs.ErrExist)
		}
	}
	e.drop(sidecar)
	return "", lastErr
}

// at is the folder of rel, made if need be, and rel's name in it.
func (e *Evidence) at(rel string) (*folder, string, error) {
	dir, name := filepath.Split(rel)
	at, err := e.folders.get(e.root, filepath.Clean(dir))
	return at, name, err
}

// fallback is a short name for a place that cannot be had: too deep, or a file where a folder should be.
func fallback(rel string) string { return filepath.Join(localPart, "~"+digest(rel)) }

// accompany puts the sidecar beside a copy that was there, unless there is one: the first tells when
// the copy was made.
func (e *Evidence) accompany(at *folder, name, sidecar string) error {
	if _, err := at.root.Lstat(name + sidecarSuffix); err == nil {
		e.drop(sidecar)
		return nil
	}
	return e.settle(at, name, sidecar)
}

func (e *Evidence) settle(at *folder, name, sidecar string) error {
	if err := e.incoming.move(sidecar, at, name+sidecarSuffix); err != nil {
		e.drop(sidecar)
		return fmt.Errorf("writing the sidecar of a copy: %w", err)
	}
	return nil
}

// describe is the text of a sidecar.
func (e *Evidence) describe(size int64, sum [32]byte, meta Sidecar) ([]byte, error) {
	meta.Size, meta.SHA256 = size, hex.EncodeToString(sum[:])
	meta.FetchedBy = e.by
	if e.now != nil {
		meta.FetchedAt = e.now().UTC()
	}
	text, err := json.MarshalIndent(meta, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the sidecar of a copy: %w", err)
	}
	return append(text, '\n'), nil
}
