package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"
	"sync"
	"time"

	"trailsift/loaders/s3"
	"trailsift/queries/store"
)

// requests keeps what we asked of AWS: a line for each answered request in a file of the case, written
// as the answers come, so that a killed program leaves them too; two acts in the ledger, when the file
// begins and when it ends. Without them nobody can tell our reads from the intruder's.
type requests struct {
	mu          sync.Mutex
	to          *store.Case // nil: nothing is kept
	agent       string
	now         func() time.Time
	file        *os.File
	sum         hash.Hash
	calls       map[string]int64 // by service, operation and class of the status
	count       int64
	first, last time.Time
	err         error
}

// begin says where the requests that follow are kept.
func (r *requests) begin(c *store.Case, agent string, now func() time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to, r.agent, r.now = c, agent, now
}

func (r *requests) note(q s3.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.to == nil || r.err != nil {
		return
	}
	if r.file == nil {
		if r.err = r.create(); r.err != nil {
			return
		}
	}
	line, err := json.Marshal(q)
	if err == nil {
		line = append(line, '\n')
		_, err = r.file.Write(line)
		r.sum.Write(line)
	}
	r.err = err
	r.calls[fmt.Sprintf("%s %dxx", q.Call, q.Status/100)]++
	r.count++
	if r.first.IsZero() {
		r.first = q.Time
	}
	r.last = q.Time
}

func (r *requests) create() error {
	if err := os.MkdirAll(r.to.AWS(), 0o700); err != nil {
		return err
	}
	stamp := "requests-" + r.now().UTC().Format("20060102T150405Z")
	for n := 1; ; n++ {
		name := fmt.Sprintf("%s-%d.jsonl", stamp, n)
		f, err := os.OpenFile(filepath.Join(r.to.AWS(), name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		r.file, r.sum, r.calls, r.count, r.first = f, sha256.New(), map[string]int64{}, 0, time.Time{}
		return r.to.Record(context.Background(), "requests-begin", map[string]any{"file": "aws/" + name, "agent": r.agent})
	}
}

// end closes the file and tells the ledger what is in it. What follows begins another one.
func (r *requests) end() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.err
	r.err = nil
	if r.file == nil {
		return err
	}
	err = errors.Join(err, r.file.Sync(), r.file.Close())
	name := "aws/" + filepath.Base(r.file.Name())
	r.file = nil
	err = errors.Join(err, r.to.Record(context.Background(), "requests", map[string]any{
		"file": name, "sha256": hex.EncodeToString(r.sum.Sum(nil)), "agent": r.agent, "requests": r.count, "calls": r.calls, "from": utc(r.first), "to": utc(r.last),
	}))
	if err != nil {
		return fmt.Errorf("keep the list of our own requests: %w", err)
	}
	return nil
}
