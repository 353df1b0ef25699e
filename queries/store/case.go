// Package store keeps a case: a directory with an embedded DuckDB database, a hash-chained ledger
// and copies of evidence. It opens and recovers cases, takes records in, settles what they say about
// each other, and answers queries. It must not know how evidence is found or parsed (that arrives as
// model.Record through model.Sink), and nothing of commands or screens.
package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"trailsift/queries/scratch"
)

// Names inside a case directory.
const (
	databaseName = "case.duckdb"
	ledgerName   = "ledger.jsonl"
	exportsName  = "exports"
	evidenceName = "evidence"
	keysName     = "keys"
	awsName      = "aws"
	tempName     = "tmp"
	reserveName  = "reserve"
)

var caseFolders = []string{evidenceName, exportsName, keysName, awsName, "presets"}

// Options says how a case is opened. The zero value is usable.
type Options struct {
	// ReadOnly refuses every act that would write to the database.
	ReadOnly bool
	// Wait is how long opening waits for another process that holds the database.
	Wait time.Duration
	// Memory bounds DuckDB's own memory in bytes; 0 is half of the machine's, at most 4 GB.
	Memory int64
	// Threads is the number of threads of queries; 0 is the number of cores.
	Threads int
	// Now is the clock of the ledger; nil is the host's.
	Now func() time.Time
	// Identity is who acts, as the ledger records it.
	Identity Identity
}

// Case is an open case. Its database is opened at the first need, read-only except while something
// writes, and closed by Release. Every method may be called from any goroutine.
type Case struct {
	dir  string
	opts Options

	mu       sync.Mutex
	changed  *sync.Cond // users, h or switching changed
	h        *handle    // nil while the database is closed
	users    int        // pieces of work that hold h
	swapping bool       // somebody waits to replace h
	idle     bool       // close h when the last user leaves
	closed   bool

	writing  chan struct{} // holds a token while a load, settle or verify writes
	ledger   *Ledger
	problems []string
}

var (
	// ErrNoCase says that a directory holds no case.
	ErrNoCase = errors.New("not a trailsift case")
	// ErrExists says that a case that was to be made is there.
	ErrExists = errors.New("it exists already")
	// ErrOlder says that a version of the program with another schema made the case.
	ErrOlder = errors.New("case was made by an older trailsift")
	// ErrNewer says that a later version of the program made the case.
	ErrNewer = errors.New("case was made by a newer trailsift")
	// ErrReadOnly says that the case cannot be written to.
	ErrReadOnly = errors.New("case is read-only")
	// ErrDamaged says that the database's file is not as it was written.
	ErrDamaged = errors.New("the case's database is damaged")
	// ErrClosed says that the case was closed.
	ErrClosed = errors.New("case is closed")
)

// IsCase tells that dir holds a case's database.
func IsCase(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, databaseName))
	return err == nil && info.Mode().IsRegular()
}

// Begun tells that dir holds nothing but what Create makes before there is a database: somebody was
// killed there. A folder of anything else is somebody's own.
func Begun(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case strings.HasPrefix(name, databaseName+".new") && e.Type().IsRegular():
		case e.IsDir() && (name == tempName || slices.Contains(caseFolders, name)):
			if inside, err := os.ReadDir(filepath.Join(dir, name)); err != nil || len(inside) > 0 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// Create makes a new case in dir, which must not hold one, and opens it. Where others make the same case
// at the same moment, one of them does and the rest open what it made.
func Create(dir string, opts Options) (*Case, error) {
	c, err := newCase(dir, opts)
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(c.path(databaseName)); err == nil {
		return nil, fmt.Errorf("create case %s: %w", c.dir, ErrExists)
	}
	if opts.ReadOnly {
		return nil, fmt.Errorf("create case %s: %w", c.dir, ErrReadOnly)
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return nil, fmt.Errorf("create case: %w", err)
	}
	for _, name := range caseFolders {
		if err := os.MkdirAll(c.path(name), 0o700); err != nil {
			return nil, fmt.Errorf("create case: %w", err)
		}
	}
	unlock, err := c.lockFolder()
	if err != nil {
		return nil, fmt.Errorf("create case %s: %w", c.dir, err)
	}
	defer unlock()
	if _, err := os.Lstat(c.path(databaseName)); err == nil {
		return Open(dir, opts)
	}
	if err := c.build(); err != nil {
		return nil, errors.Join(fmt.Errorf("create case %s: %w", c.dir, err), c.Close())
	}
	return c, nil
}

// lockFolder waits until nobody else makes a case in the folder.
func (c *Case) lockFolder() (unlock func(), err error) {
	folder, err := os.Open(c.dir)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(folder.Fd()), syscall.LOCK_EX)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil && !errors.Is(err, syscall.ENOTSUP) && !errors.Is(err, syscall.ENOLCK) && !errors.Is(err, syscall.ENOSYS) && !errors.Is(err, syscall.EBADF) {
		return nil, errors.Join(fmt.Errorf("lock the folder: %w", err), folder.Close())
	}
	return func() { folder.Close() }, nil // which gives the lock back
}

// build makes the database under another name and moves it into place, so that a case directory
// never holds half a schema under the real name.
func (c *Case) build() error {
	temp := c.path(databaseName + ".new")
	for _, p := range []string{temp, temp + ".wal"} {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	h, err := openHandle(temp, c.settings(modeWrite, c.threads()))
	if err != nil {
		return err
	}
	_, err = h.db.Exec(schemaSQL)
	if err == nil {
		_, err = h.db.Exec(`insert into facts values ('format', ?), ('settled', 'true'), ('id', ?)`, fmt.Sprint(Format), newID())
	}
	if err == nil {
		_, err = h.db.Exec(`checkpoint`)
	}
	if err := errors.Join(err, h.close()); err != nil {
		return err
	}
	if err := os.Chmod(temp, 0o600); err != nil {
		return err
	}
	if err := os.Rename(temp, c.path(databaseName)); err != nil {
		return err
	}
	if c.ledger, c.problems, err = openLedger(c); err != nil {
		return err
	}
	return c.Record(context.Background(), "create", map[string]any{"format": Format})
}

// Open opens the case in dir. A load that was cut short is cleaned up first, unless the case cannot
// be written to.
func Open(dir string, opts Options) (*Case, error) {
	c, err := newCase(dir, opts)
	if err != nil {
		return nil, err
	}
	if err := checkMagic(c.path(databaseName)); err != nil {
		return nil, fmt.Errorf("open case %s: %w", c.dir, err)
	}
	if !opts.ReadOnly {
		scratch.Sweep(c.Exports())
	}
	if err := c.greet(context.Background()); err != nil {
		return nil, errors.Join(fmt.Errorf("open case %s: %w", c.dir, err), c.Close())
	}
	return c, nil
}

// greet checks what an opened case says about itself.
func (c *Case) greet(ctx context.Context) error {
	unfinished, err := c.checkFormat(ctx)
	if err != nil {
		return err
	}
	if err := c.checkSchema(ctx); err != nil {
		return err
	}
	if c.ledger, c.problems, err = openLedger(c); err != nil {
		return err
	}
	c.problems = append(c.problems, shareProblem(shareOf(c.dir))...)
	if !unfinished {
		return nil
	}
	if c.opts.ReadOnly {
		c.problems = append(c.problems, "a load was cut short; records of files it had not finished are still counted")
		return nil
	}
	// Whatever keeps the clean-up from happening (another process, a full disk, a read-only medium)
	// must not keep anybody from looking.
	if err := c.recover(ctx); err != nil {
		c.problems = append(c.problems, "a load was cut short, and records of files it had not finished are still counted; they cannot be taken out now: "+err.Error())
	}
	return nil
}

// shareProblem warns of a case on a network file system; name is empty elsewhere.
func shareProblem(name string) []string {
	if name == "" {
		return nil
	}
	return []string{"the case lies on a network file system (" + name + "), whose locks may not hold: open it in one place at a time, or copy it to a local disk"}
}

func newCase(dir string, opts Options) (*Case, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("case directory: %w", err)
	}
	// The driver takes the path as part of a URL-like text and reads these as its punctuation.
	if i := strings.IndexFunc(abs, func(r rune) bool { return r < ' ' || strings.ContainsRune("?#%\x7f", r) }); i >= 0 {
		return nil, fmt.Errorf("case directory %q: choose a path without ?, #, %% and control characters", abs)
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	c := &Case{dir: abs, opts: opts, writing: make(chan struct{}, 1)}
	c.changed = sync.NewCond(&c.mu)
	return c, nil
}

// Dir is the absolute path of the case.
func (c *Case) Dir() string { return c.dir }

// Exports is the one directory the database itself may write to, for Parquet.
func (c *Case) Exports() string { return c.path(exportsName) }

// Evidence is the directory for copies of evidence.
func (c *Case) Evidence() string { return c.path(evidenceName) }

// Keys is the directory of the public keys the examiner vouches for.
func (c *Case) Keys() string { return c.path(keysName) }

// AWS is the directory of what was asked of AWS: our own requests, and answers about its settings.
func (c *Case) AWS() string { return c.path(awsName) }

// Problems lists, in sentences, what was found wrong with the case when it was opened.
func (c *Case) Problems() []string { return c.problems }

// Close closes the database, waiting for work that still uses it.
func (c *Case) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.changed.Broadcast()
	for c.users > 0 {
		c.changed.Wait()
	}
	return c.drop()
}

func (c *Case) path(name string) string { return filepath.Join(c.dir, name) }
