package model

import (
	"context"
	"errors"
	"sync/atomic"
)

// Sink takes what loaders read. It is implemented by the store.
type Sink interface {
	// Reserve allots n consecutive candidate numbers; the first one's MemberID is returned and the
	// i-th is first + i<<24.
	Reserve(ctx context.Context, n int) (first MemberID, err error)
	// Present tells that a member with this locator and these bytes is already in the case. A present
	// Part 1 answers for the whole file: it is recorded after all other parts, which are asked for
	// only when it is absent. Safe for concurrent use.
	Present(locator string, sha256File [32]byte) bool
	// Writer opens a writer for one worker. Writers may be used side by side.
	Writer(ctx context.Context) (Writer, error)
}

// Writer takes the members of one worker, one after the other. It is not safe for concurrent use.
// What it has been given becomes visible in transactions of its own choosing; a member counts only
// when Finish's row is committed, which happens with or after the member's last record.
type Writer interface {
	// Write appends records. Nothing of b is kept after it returns.
	Write(ctx context.Context, b *Batch) error
	// Finish records the member, whatever its kind, after its last Write.
	Finish(ctx context.Context, m *Member) error
	// Discard takes back every record of the unfinished member, which may then be written again from
	// its beginning.
	Discard(ctx context.Context, id MemberID) error
	// Close commits what is pending.
	Close(ctx context.Context) error
}

// CommitRows is how many records of one log a load writes at once: before the first so many of a log are
// read by one of its workers, or all are, nobody can see any.
const CommitRows = 122_880

// Progress is counted up by a load while it runs and may be sampled at any time.
type Progress struct {
	MembersTotal atomic.Int64 // known so far; 0 until listing is done
	MembersDone  atomic.Int64
	BytesTotal   atomic.Int64 // stored bytes of the members known so far
	BytesDone    atomic.Int64
	Records      atomic.Int64
	Rejected     atomic.Int64
	Retries      atomic.Int64 // requests and bodies that had to be asked for again
	Stage        atomic.Value // string: "listing", "loading", "settling"
}

// ErrChanged says that evidence is no longer what was loaded.
var ErrChanged = errors.New("changed since it was loaded")

// Contents gives the bytes of members back, from where the evidence lives now. It is implemented by
// the loaders.
type Contents interface {
	// Range returns length bytes at offset of m's expanded content. The whole member is read again
	// and hashed: when the hash is not m.SHA256Content the error is ErrChanged, and the bytes that
	// stand there now are returned with it, if any.
	Range(ctx context.Context, m Member, offset int64, length int) ([]byte, error)
}
