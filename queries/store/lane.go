package store

import (
	"bytes"
	"fmt"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"trailsift/model"
)

// groupRows is DuckDB's row group size. A transaction of exactly this many rows is written as one
// finished row group; any other length is stored half-filled, read again and written again at the
// checkpoint, which costs twice the work and the space.
const groupRows = model.CommitRows

// memberBatch is how many members without records are committed together, and memberBytes bounds
// the bodies and rejects kept for them.
const (
	memberBatch = 2_000
	memberBytes = 16 << 20
)

// lane is a connection, its open transaction and the appender of one event table. A writer has one
// for each log, since only rows of one table can end a transaction at a row group's end, and one
// without a table for members that have no records.
type lane struct {
	conn    *connection
	table   string
	events  *tableAppender[rec]
	members *tableAppender[memberRow]
	rejects *tableAppender[rejectRow]
	open    bool
	rows    int // event rows of the open transaction

	member  model.MemberID // whose records fill sets
	current int            // rows of that member in the open transaction
	pending []memberRow    // finished, not yet committed
	kept    int            // bytes held by pending
}

func newLane(h *handle, table string) (l *lane, err error) {
	l = &lane{table: table}
	if l.conn, err = h.connect(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			l.close()
			l = nil
		}
	}()
	if table != "" {
		names, err := columnsOf(h, table)
		if err != nil {
			return l, err
		}
		own := map[string]filler[rec]{"member": func(v *vector, row int, _ *rec) { put(v, row, int64(l.member)) }}
		logColumns := cloudTrailColumns
		if table == accessTable {
			logColumns = accessColumns
		}
		if l.events, err = newAppender(l.conn, table, names, sharedColumns, logColumns, own); err != nil {
			return l, err
		}
	}
	names, err := columnsOf(h, "members")
	if err != nil {
		return l, err
	}
	if l.members, err = newAppender(l.conn, "members", names, memberColumns); err != nil {
		return l, err
	}
	if names, err = columnsOf(h, "rejects"); err != nil {
		return l, err
	}
	l.rejects, err = newAppender(l.conn, "rejects", names, rejectColumns)
	return l, err
}

// write appends records of member id, committing wherever a row group is full.
func (l *lane) write(id model.MemberID, records []rec) error {
	if l.member != id {
		l.member, l.current = id, 0
	}
	for len(records) > 0 {
		if err := l.begin(); err != nil {
			return err
		}
		n, err := l.events.add(records[:min(len(records), groupRows-l.rows)])
		if err != nil {
			return err
		}
		records = records[n:]
		l.rows += n
		l.current += n
		if l.rows == groupRows {
			// The last record of a member may be in here, but its row comes with Finish: the
			// transaction is kept open until then or until the next record.
			if len(records) > 0 {
				if err := l.commit(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// finish keeps m's row for the transaction that is open.
func (l *lane) finish(m *memberRow) error {
	l.pending = append(l.pending, *m)
	l.kept += len(m.Body)
	for _, r := range m.Rejects {
		l.kept += len(r.Raw)
	}
	full := l.rows == groupRows
	if l.table == "" {
		full = len(l.pending) >= memberBatch || l.kept > memberBytes
	}
	if full {
		return l.commit()
	}
	return nil
}

// discard takes back every record of id, committed ones too.
func (l *lane) discard(id model.MemberID) error {
	if err := l.begin(); err != nil {
		return err
	}
	if err := l.events.flush(); err != nil {
		return err
	}
	if _, err := l.conn.run(fmt.Sprintf(`delete from %s where member = %d`, l.table, id)); err != nil {
		return err
	}
	if l.member == id {
		l.rows -= l.current
		l.current = 0
	}
	return nil
}

func (l *lane) begin() error {
	if l.open && l.rows == groupRows {
		if err := l.commit(); err != nil {
			return err
		}
	}
	if l.open {
		return nil
	}
	if _, err := l.conn.run(`begin transaction`); err != nil {
		return err
	}
	l.open, l.rows, l.current = true, 0, 0
	return nil
}

// commit makes the open transaction's records and the members that ended in it visible. When it
// fails they may be durable all the same: only the members table of the reopened database tells.
func (l *lane) commit() error {
	if !l.open && len(l.pending) == 0 {
		return nil
	}
	if !l.open {
		if err := l.begin(); err != nil {
			return err
		}
	}
	if l.events != nil {
		if err := l.events.flush(); err != nil {
			return err
		}
	}
	if err := l.putMembers(); err != nil {
		return err
	}
	if _, err := l.conn.run(`commit`); err != nil {
		return err
	}
	l.open, l.rows, l.current, l.pending, l.kept = false, 0, 0, nil, 0
	return nil
}

func (l *lane) putMembers() error {
	for i := range l.pending {
		m := &l.pending[i]
		if _, err := l.members.add(l.pending[i : i+1]); err != nil {
			return err
		}
		for _, r := range m.Rejects {
			if _, err := l.rejects.add([]rejectRow{{member: m.ID, Reject: r}}); err != nil {
				return err
			}
		}
	}
	if err := l.members.flush(); err != nil {
		return err
	}
	return l.rejects.flush()
}

// firstLocalRow is where DuckDB numbers the rows of a transaction that is not committed yet
// (MAX_ROW_ID in its storage code).
const firstLocalRow = 36028797018960000

// absorb moves what o's open transaction holds into l's, so that a load ends with one part-filled
// row group instead of one for each worker.
func (l *lane) absorb(o *lane) error {
	if o.events != nil && o.rows > 0 {
		if err := o.events.flush(); err != nil {
			return err
		}
		for moved := 0; moved < o.rows; {
			if err := l.begin(); err != nil {
				return err
			}
			if err := l.events.hand(); err != nil {
				return err
			}
			n := min(o.rows-moved, groupRows-l.rows)
			query := fmt.Sprintf(`select * from %s where rowid >= %d limit %d offset %d`, o.table, uint64(firstLocalRow), n, moved)
			got, err := l.events.copyFrom(o.conn, query)
			if err != nil {
				return err
			}
			if got != n {
				return fmt.Errorf("hand over the last records of %s: %d of %d came", o.table, got, n)
			}
			moved += n
			l.rows += n
		}
	}
	l.pending = append(l.pending, o.pending...)
	o.pending = nil
	return nil
}

// copyFrom appends a query's result as it is.
func (a *tableAppender[T]) copyFrom(c *connection, query string) (rows int, err error) {
	var res mapping.Result
	defer mapping.DestroyResult(&res)
	if mapping.Query(c.raw, query, &res) == mapping.StateError {
		return 0, fmt.Errorf("%s: %s", query, mapping.ResultError(&res))
	}
	for {
		chunk := mapping.FetchChunk(res)
		if chunk.Ptr == nil {
			return rows, nil
		}
		n := int(mapping.DataChunkGetSize(chunk))
		state := mapping.StateSuccess
		if n > 0 {
			state = mapping.AppendDataChunk(a.raw, chunk)
		}
		mapping.DestroyDataChunk(&chunk)
		if state == mapping.StateError {
			return rows, a.failure("append")
		}
		if n == 0 {
			return rows, nil
		}
		rows += n
	}
}

// close rolls back what was not committed.
func (l *lane) close() {
	if l.open {
		// Disconnecting rolls back as well; an error changes nothing.
		_, _ = l.conn.run(`rollback`)
		l.open = false
	}
	if l.events != nil {
		l.events.destroy()
	}
	if l.members != nil {
		l.members.destroy()
	}
	if l.rejects != nil {
		l.rejects.destroy()
	}
	if l.conn != nil {
		l.conn.close()
	}
}

func cloneMember(m *model.Member) model.Member {
	c := *m
	c.Body = bytes.Clone(m.Body)
	c.Rejects = make([]model.Reject, len(m.Rejects))
	for i, r := range m.Rejects {
		r.Raw = bytes.Clone(r.Raw)
		c.Rejects[i] = r
	}
	return c
}
