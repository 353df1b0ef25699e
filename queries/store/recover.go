package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// reserveBytes is held back on the disk while a load runs. Taking out what a full disk cut short
// needs some room itself.
const reserveBytes = 12 << 20

// holdReserve fills the reserve. It is real data: a sparse file would hold nothing.
func (c *Case) holdReserve() error {
	f, err := os.OpenFile(c.path(reserveName), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("hold back room for cleaning up: %w", err)
	}
	_, err = f.Write(make([]byte, reserveBytes))
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("the disk is nearly full, hold back room for cleaning up: %w", err), c.freeReserve())
	}
	return nil
}

func (c *Case) freeReserve() error {
	if err := os.Remove(c.path(reserveName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("free the room held back: %w", err)
	}
	return nil
}

// recover takes out what a load that was cut short left behind.
func (c *Case) recover(ctx context.Context) error {
	if c.opts.ReadOnly {
		return ErrReadOnly
	}
	if err := c.freeReserve(); err != nil {
		return err
	}
	h, end, err := c.beginWrite(ctx, c.threads())
	if err != nil {
		return err
	}
	removed, err := removeOrphans(ctx, h.db)
	if err == nil {
		err = setFact(ctx, h.db, factLoading, "")
	}
	if err == nil {
		err = c.recordChange(ctx, h.db, "recover", map[string]any{"removed_records": removed})
	}
	return errors.Join(err, end())
}

// removeOrphans deletes the rows of members that have no members row: a member is in or out.
func removeOrphans(ctx context.Context, db *sql.DB) (removed int64, err error) {
	for _, table := range []string{"ct_events", "al_events", "rejects"} {
		res, err := db.ExecContext(ctx, `delete from `+table+` where member not in (select member from members)`)
		if err != nil {
			return removed, fmt.Errorf("remove the rows of unfinished members from %s: %w", table, err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return removed, err
		}
		if table != "rejects" {
			removed += n
		}
	}
	return removed, nil
}
