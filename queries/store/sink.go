package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"

	"trailsift/model"
)

const (
	cloudTrailTable = "ct_events"
	accessTable     = "al_events"
)

// Sink takes one load in. It implements model.Sink; Close ends the load. Readers of the same Case
// see what has been committed so far.
type Sink struct {
	c   *Case
	h   *handle
	end func() error

	mu       sync.Mutex
	next     model.MemberID
	present  map[[sha256.Size]byte]struct{}
	writers  int
	leftover []*lane
	failed   error
	totals   Totals
	settled  bool // when the load began
	notes    map[string]any
}

// Totals is what a load put into the case.
type Totals struct {
	Members, Seen, Rejected int64
}

// Load begins a load. Only one runs at a time; readers go on meanwhile. Details go into the ledger.
func (c *Case) Load(ctx context.Context, details map[string]any) (*Sink, error) {
	if c.opts.ReadOnly {
		return nil, fmt.Errorf("begin a load: %w", ErrReadOnly)
	}
	h, end, err := c.beginWrite(ctx, loadThreads)
	if err != nil {
		return nil, fmt.Errorf("begin a load: %w", err)
	}
	s := &Sink{c: c, h: h, end: end, present: map[[sha256.Size]byte]struct{}{}}
	if err := s.start(ctx, details); err != nil {
		return nil, errors.Join(fmt.Errorf("begin a load: %w", err), end(), c.freeReserve())
	}
	return s, nil
}

func (s *Sink) start(ctx context.Context, details map[string]any) error {
	if err := s.c.holdReserve(); err != nil {
		return err
	}
	// Another process may have left a load unfinished since this case was opened.
	if left, err := factOf(ctx, s.h.db, factLoading); err != nil {
		return err
	} else if left != "" {
		if _, err := removeOrphans(ctx, s.h.db); err != nil {
			return err
		}
	}
	rows, err := s.h.db.QueryContext(ctx, `select member, locator, sha256_file, kind from members`)
	if err != nil {
		return fmt.Errorf("list members: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var (
			id            int64
			locator, kind string
			hash          []byte
		)
		if err := rows.Scan(&id, &locator, &hash, &kind); err != nil {
			return fmt.Errorf("list members: %w", err)
		}
		s.next = max(s.next, model.MemberID(id>>24+1)<<24)
		if kind != string(model.KindRejected) {
			s.present[presentKey(locator, hash)] = struct{}{}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	s.next = max(s.next, 1<<24)
	if err := setFact(ctx, s.h.db, factLoading, "true"); err != nil {
		return err
	}
	settled, err := factOf(ctx, s.h.db, factSettled)
	if err != nil {
		return err
	}
	s.settled = settled == "true"
	if err := setFact(ctx, s.h.db, factSettled, ""); err != nil {
		return err
	}
	return s.c.recordChange(ctx, s.h.db, "load-begin", details)
}

func factOf(ctx context.Context, db *sql.DB, name string) (value string, err error) {
	err = db.QueryRowContext(ctx, `select value from facts where name = ?`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

func presentKey(locator string, hash []byte) [sha256.Size]byte {
	return sha256.Sum256(append([]byte(strings.ToValidUTF8(locator, "\uFFFD")+"\x00"), hash...))
}

// Reserve implements model.Sink.
func (s *Sink) Reserve(_ context.Context, n int) (model.MemberID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.next
	s.next += model.MemberID(n) << 24
	return first, nil
}

// Present implements model.Sink. A file that was rejected is not present: it may be tried again.
func (s *Sink) Present(locator string, sha256File [32]byte) bool {
	key := presentKey(locator, sha256File[:])
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.present[key]
	return ok
}

// Writer implements model.Sink.
func (s *Sink) Writer(ctx context.Context) (model.Writer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.writers++
	s.mu.Unlock()
	return &writer{s: s}, nil
}

// writer implements model.Writer.
type writer struct {
	s      *Sink
	ct     *lane // opened at the first record of their log
	al     *lane
	rest   *lane // members without records
	last   *lane // where the current member's records go
	member model.MemberID
	err    error
	closed bool
}

var errClosedWriter = errors.New("writer is closed")

func (w *writer) lane(p **lane, table string) (*lane, error) {
	if *p == nil {
		l, err := newLane(w.s.h, table)
		if err != nil {
			return nil, err
		}
		*p = l
	}
	return *p, nil
}

// fail keeps the first error: after it, nothing can be appended in this transaction.
func (w *writer) fail(err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("store records: %w", err)
	if w.err == nil {
		w.err = err
	}
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if w.s.failed == nil {
		w.s.failed = err
	}
	return err
}

func (w *writer) ready(ctx context.Context) error {
	if w.closed {
		return errClosedWriter
	}
	if w.err != nil {
		return w.err
	}
	return ctx.Err()
}

// Write implements model.Writer.
func (w *writer) Write(ctx context.Context, b *model.Batch) error {
	if err := w.ready(ctx); err != nil || len(b.Records) == 0 {
		return err
	}
	p, table := &w.ct, cloudTrailTable
	if b.Records[0].Log == model.AccessLog {
		p, table = &w.al, accessTable
	}
	l, err := w.lane(p, table)
	if err != nil {
		return w.fail(err)
	}
	w.last, w.member = l, b.Member
	return w.fail(l.write(b.Member, b.Records))
}

// Finish implements model.Writer.
func (w *writer) Finish(ctx context.Context, m *model.Member) error {
	if err := w.ready(ctx); err != nil {
		return err
	}
	row := memberRow{Member: cloneMember(m), loadedAt: w.s.c.opts.Now()}
	if m.Seen == 0 {
		row.First, row.Last = model.NoTime, model.NoTime
	}
	l := w.last
	if l == nil || w.member != m.ID {
		var err error
		if l, err = w.lane(&w.rest, ""); err != nil {
			return w.fail(err)
		}
	}
	w.last = nil
	if err := w.fail(l.finish(&row)); err != nil {
		return err
	}
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if m.Part == 1 && m.Kind != model.KindRejected {
		w.s.present[presentKey(m.Locator, m.SHA256File[:])] = struct{}{}
	}
	w.s.totals.Members++
	w.s.totals.Seen += m.Seen
	w.s.totals.Rejected += m.Rejected
	return nil
}

// Discard implements model.Writer.
func (w *writer) Discard(ctx context.Context, id model.MemberID) error {
	if w.closed {
		return errClosedWriter
	}
	if w.err != nil {
		return w.err
	}
	l := w.last
	w.last = nil
	if l == nil || w.member != id {
		return nil
	}
	return w.fail(l.discard(id))
}

// Close implements model.Writer. What does not fill a row group is handed to the writer that closes
// last, which commits it all. It is done even when ctx is over: finished members are kept.
func (w *writer) Close(context.Context) error {
	if w.closed {
		return nil
	}
	w.closed = true
	s := w.s
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writers--
	for _, l := range []*lane{w.ct, w.al, w.rest} {
		switch {
		case l == nil:
		case w.err != nil:
			l.close()
		default:
			s.leftover = append(s.leftover, l)
		}
	}
	if s.writers > 0 {
		return nil
	}
	err := s.commitLeftovers()
	if err != nil && s.failed == nil {
		s.failed = err
	}
	return err
}

// commitLeftovers commits what the writers had left, in one transaction a table. s.mu is held.
func (s *Sink) commitLeftovers() error {
	var errs []error
	for _, table := range []string{cloudTrailTable, accessTable, ""} {
		var base *lane
		for _, l := range s.leftover {
			if l.table != table {
				continue
			}
			if base == nil {
				base = l
				continue
			}
			if len(errs) == 0 {
				errs = appendError(errs, base.absorb(l))
			}
			l.close()
		}
		if base == nil {
			continue
		}
		if len(errs) == 0 {
			errs = appendError(errs, base.commit())
		}
		base.close()
	}
	s.leftover = nil
	if len(errs) > 0 {
		return fmt.Errorf("store the last records: %w", errs[0])
	}
	return nil
}

func appendError(errs []error, err error) []error {
	if err != nil {
		return append(errs, err)
	}
	return errs
}

// Note adds details to what the ledger will say of the load's end.
func (s *Sink) Note(details map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = details
}

// Close ends the load: rows of members that were not finished go, and the ledger is told. After a
// failed write the database is opened again first, since only it knows what became durable.
func (s *Sink) Close(ctx context.Context) (Totals, error) {
	s.mu.Lock()
	failed, totals, open, details := s.failed, s.totals, s.writers, maps.Clone(s.notes)
	s.mu.Unlock()
	if open > 0 {
		failed = errors.Join(failed, fmt.Errorf("end a load: %d writers are still open", open))
	}
	if err := s.c.freeReserve(); err != nil {
		failed = errors.Join(failed, err)
	}
	if failed != nil {
		return totals, errors.Join(failed, s.end(), s.c.recover(context.WithoutCancel(ctx)))
	}
	// Ending is short and leaves the case whole; it is not given up half-way.
	ctx = context.WithoutCancel(ctx)
	removed, err := removeOrphans(ctx, s.h.db)
	if err == nil {
		err = dropSuperseded(ctx, s.h.db)
	}
	if err == nil && s.settled && totals.Members == 0 && removed == 0 {
		err = setFact(ctx, s.h.db, factSettled, "true") // nothing came, so nothing is to be settled
	}
	if err == nil {
		err = setFact(ctx, s.h.db, factLoading, "")
	}
	if err == nil {
		if details == nil {
			details = map[string]any{}
		}
		maps.Copy(details, map[string]any{"members": totals.Members, "seen": totals.Seen, "rejected": totals.Rejected, "removed_records": removed})
		err = s.c.recordChange(ctx, s.h.db, "load", details)
	}
	if err := errors.Join(err, s.end()); err != nil {
		return totals, fmt.Errorf("end a load: %w", err)
	}
	return totals, nil
}

// dropSuperseded removes members that a later load took in or told of anew: those that were rejected,
// and those without a hash, whose bytes could not be had.
func dropSuperseded(ctx context.Context, db *sql.DB) error {
	const old = `select o.member from members o join members n on n.locator = o.locator and n.part = o.part and n.member > o.member
		where o.kind = 'rejected' and n.sha256_file = o.sha256_file
		or o.kind in ('rejected', 'skipped') and o.sha256_file = unhex(repeat('00', 32))`
	var any bool
	if err := db.QueryRowContext(ctx, `select exists(`+old+`)`).Scan(&any); err != nil || !any {
		return err
	}
	for _, table := range []string{"rejects", "members"} {
		if _, err := db.ExecContext(ctx, `delete from `+table+` where member in (`+old+`)`); err != nil {
			return fmt.Errorf("drop rejected members that were taken in now: %w", err)
		}
	}
	return nil
}

var _ model.Sink = (*Sink)(nil)
