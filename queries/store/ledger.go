package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Identity is who acts on a case, as the ledger records it.
type Identity struct {
	Operator string
	Host     string
	Command  []string      // the command line
	Version  string        // of the program
	SHA256   func() string // of the program's file, hex: asked when something is written, as it is some 100 MB; nil: not known
}

// Entry is one line of the ledger. Prev is the SHA-256 of the line before, without its line end,
// in hex; the first line's is all zeros. Changed tells that the act changed the database.
type Entry struct {
	Seq      int64          `json:"seq"`
	Time     string         `json:"time"`
	Zone     string         `json:"zone"`
	Operator string         `json:"operator"`
	Host     string         `json:"host"`
	Command  []string       `json:"command"`
	Version  string         `json:"version"`
	SHA256   string         `json:"sha256"`
	Act      string         `json:"act"`
	Changed  bool           `json:"changed"`
	Details  map[string]any `json:"details"`
	Prev     string         `json:"prev"`
}

var firstPrev = strings.Repeat("0", sha256.Size*2)

// Ledger is a case's append-only list of acts, each line holding the hash of the one before.
type Ledger struct {
	path string

	mu      sync.Mutex
	seq     int64
	head    string // hash of the last line
	size    int64  // bytes up to the end of the last whole line
	changed int64  // seq of the last act that changed the database
	broken  error  // the first place where the chain does not hold
	lines   map[int64]string
}

// Head is the number and hash of the last act, as exports quote them.
func (c *Case) Head() (seq int64, hash string) {
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	return c.ledger.seq, c.ledger.head
}

// Record appends an act that does not change the database.
func (c *Case) Record(ctx context.Context, act string, details map[string]any) error {
	return c.ledger.append(func(e *Entry) error {
		c.fill(e, act, details)
		return nil
	}, nil)
}

// recordChange appends an act that changed the database. The line is put into the database first:
// should the program die before it is in the file, the next opening puts it there.
func (c *Case) recordChange(ctx context.Context, db *sql.DB, act string, details map[string]any) error {
	return c.ledger.append(func(e *Entry) error {
		c.fill(e, act, details)
		e.Changed = true
		return nil
	}, func(line []byte) error {
		return setFactAtOnce(ctx, db, factLedger, string(line))
	})
}

func (c *Case) fill(e *Entry, act string, details map[string]any) {
	now := c.opts.Now()
	who := c.opts.Identity
	e.Time, e.Zone = now.UTC().Format(time.RFC3339), now.Format("MST -07:00")
	e.Operator, e.Host, e.Command, e.Version = who.Operator, who.Host, who.Command, who.Version
	if who.SHA256 != nil {
		e.SHA256 = who.SHA256()
	}
	e.Act, e.Details = act, details
}

// openLedger reads and checks the ledger of c and compares it with what the database remembers of
// it. What is wrong comes back as sentences: a damaged ledger does not keep anybody from looking.
func openLedger(c *Case) (*Ledger, []string, error) {
	l := &Ledger{path: c.path(ledgerName), head: firstPrev}
	known, err := c.Fact(context.Background(), factLedger)
	if err != nil {
		return nil, nil, err
	}
	var problems []string
	if err := l.catchUp(); err != nil {
		return nil, nil, err
	}
	if l.broken != nil {
		problems = append(problems, l.broken.Error())
	} else if known != "" || l.changed > 0 {
		problem, err := l.compare([]byte(known), !c.opts.ReadOnly)
		if err != nil {
			return nil, nil, err
		}
		if problem != "" {
			problems = append(problems, problem)
		}
	}
	l.lines = nil
	return l, problems, nil
}

// compare holds the ledger against known, the line of the last act the database knows of.
func (l *Ledger) compare(known []byte, repair bool) (problem string, err error) {
	var e Entry
	if len(known) > 0 {
		if err := json.Unmarshal(known, &e); err != nil {
			return "the database's memory of the ledger cannot be read", nil
		}
	}
	switch line, here := l.lines[e.Seq]; {
	case l.changed > e.Seq:
		return fmt.Sprintf("the database has lost changes: the ledger tells of act %d, the database knows only of %d (was case.duckdb.wal removed, or an older copy put in place?); load the evidence again", l.changed, e.Seq), nil
	case here && line == string(known):
		return "", nil
	case here:
		return fmt.Sprintf("the ledger was changed: its line %d is not the one the database remembers", e.Seq), nil
	case e.Seq == l.seq+1 && e.Prev == l.head:
		if !repair {
			return "", nil
		}
		err := l.write(known, e)
		if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
			return "", nil
		}
		return "", err
	}
	return fmt.Sprintf("the ledger was cut: it ends at act %d, the database knows of act %d", l.seq, e.Seq), nil
}

// append writes one line. fill completes it, before runs when the line is known but not yet written.
func (l *Ledger) append(fill func(*Entry) error, before func(line []byte) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	lock, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	defer lock.Close()
	// Exports of several readers may happen side by side.
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock the ledger: %w", err)
	}
	if err := l.catchUp(); err != nil {
		return err
	}
	e := Entry{Seq: l.seq + 1, Prev: l.head}
	if err := fill(&e); err != nil {
		return err
	}
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write act %s to the ledger: %w", e.Act, err)
	}
	if before != nil {
		if err := before(line); err != nil {
			return err
		}
	}
	return l.write(line, e)
}

// write puts line at the end of the last whole line: a torn tail was never acknowledged.
func (l *Ledger) write(line []byte, e Entry) error {
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	defer f.Close()
	if err := f.Truncate(l.size); err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	if _, err := f.WriteAt(append(bytes.Clone(line), '\n'), l.size); err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	l.take(line, e)
	return f.Close()
}

func (l *Ledger) take(line []byte, e Entry) {
	sum := sha256.Sum256(line)
	l.seq, l.head = e.Seq, hex.EncodeToString(sum[:])
	l.size += int64(len(line)) + 1
	if e.Changed {
		l.changed = e.Seq
	}
	if l.lines != nil {
		l.lines[e.Seq] = string(line)
	}
}

// catchUp reads the whole lines that stand behind what is known and checks their chain.
func (l *Ledger) catchUp() error {
	f, err := os.Open(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.NewSectionReader(f, l.size, 1<<40))
	if err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	if l.lines == nil {
		l.lines = map[int64]string{}
	}
	for {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if !whole {
			return nil
		}
		var e Entry
		switch err := json.Unmarshal(line, &e); {
		case l.broken != nil:
		case err != nil:
			l.broken = fmt.Errorf("the ledger was changed: the line after act %d cannot be read", l.seq)
		case e.Seq != l.seq+1:
			l.broken = fmt.Errorf("the ledger was changed: act %d is followed by act %d", l.seq, e.Seq)
		case e.Prev != l.head:
			l.broken = fmt.Errorf("the ledger was changed: act %d does not hold the hash of the line before it", e.Seq)
		}
		l.take(line, e)
		text = rest
	}
}
