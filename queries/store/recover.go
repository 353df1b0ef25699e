package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// recover takes out what a load that was cut short left behind.
func (c *Case) recover(ctx context.Context) error {
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
