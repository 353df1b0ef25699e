package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"trailsift/model"
)

// Verification is the outcome of the last verification of a case, as the case remembers it.
type Verification struct {
	Counts model.Verification
	// Report is whatever the verifier wants to keep of its report, as JSON.
	Report json.RawMessage
}

// verdictTable is made when the first verification is kept: cases of before lack it.
const verdictTable = `create table if not exists verdicts (
	member bigint not null, class varchar not null, digest varchar not null, why varchar not null, demo boolean not null)`

var verdictColumns = map[string]filler[model.Verdict]{
	"member": func(v *vector, row int, x *model.Verdict) { put(v, row, int64(x.Member)) },
	"class":  func(v *vector, row int, x *model.Verdict) { v.bytes(row, x.Class) },
	"digest": func(v *vector, row int, x *model.Verdict) { v.bytes(row, strings.ToValidUTF8(x.Digest, "\uFFFD")) },
	"why":    func(v *vector, row int, x *model.Verdict) { v.bytes(row, strings.ToValidUTF8(x.Why, "\uFFFD")) },
	"demo":   func(v *vector, row int, x *model.Verdict) { put(v, row, x.Demo) },
}

// SetVerdicts gives members the badges a verification found, remembers why, and settles again: of
// several origins the one with the best badge wins. finish is asked for the outcome when all is
// settled, so that it can count records; it may use the engine.
func (c *Case) SetVerdicts(ctx context.Context, verdicts []model.Verdict, contents model.Contents, progress *model.Progress,
	finish func(ctx context.Context) (Verification, error)) error {
	badges := make(map[model.MemberID]model.Integrity, len(verdicts))
	for _, x := range verdicts {
		badges[x.Member] = x.Badge
	}
	return c.settle(ctx, contents, progress, badges, hooks{
		before: func(_ context.Context, h *handle) error { return putVerdicts(h, verdicts) },
		after: func(ctx context.Context, h *handle) error {
			v, err := finish(ctx)
			if err != nil {
				return err
			}
			counts, err := json.Marshal(v.Counts)
			if err != nil {
				return err
			}
			if err := setFact(ctx, h.db, factCounts, string(counts)); err != nil {
				return err
			}
			return setFact(ctx, h.db, factReport, string(v.Report))
		},
	})
}

// putVerdicts replaces what is known of the members.
func putVerdicts(h *handle, verdicts []model.Verdict) (err error) {
	conn, err := h.connect()
	if err != nil {
		return err
	}
	defer conn.close()
	if _, err := conn.run(verdictTable); err != nil {
		return err
	}
	names, err := columnsOf(h, "verdicts")
	if err != nil {
		return err
	}
	for _, begin := range []string{`begin transaction`, `delete from verdicts`} {
		if _, err := conn.run(begin); err != nil {
			return err
		}
	}
	rows, err := newAppender(conn, "verdicts", names, verdictColumns)
	if err != nil {
		return err
	}
	defer rows.destroy()
	for len(verdicts) > 0 {
		n, err := rows.add(verdicts)
		if err != nil {
			return err
		}
		verdicts = verdicts[n:]
	}
	if err := rows.flush(); err != nil {
		return err
	}
	_, err = conn.run(`commit`)
	return err
}

// Verification is what the last one found, with zero counts and no report when there was none.
func (c *Case) Verification(ctx context.Context) (Verification, error) {
	var v Verification
	db, done, err := c.DB(ctx)
	if err != nil {
		return v, err
	}
	defer done()
	text, err := factOf(ctx, db, factReport)
	if err != nil || text == "" {
		return v, err
	}
	v.Report = json.RawMessage(text)
	known, err := c.verification(ctx, db)
	if known != nil {
		v.Counts = *known
	}
	return v, err
}

// verification reads the counts; nil when nothing was verified. They are stale when evidence came or
// went since, or the window is another, or keys were added.
func (c *Case) verification(ctx context.Context, db *sql.DB) (*model.Verification, error) {
	text, err := factOf(ctx, db, factCounts)
	if err != nil || text == "" {
		return nil, err
	}
	v := &model.Verification{}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return nil, fmt.Errorf("read the last verification: %w", err)
	}
	stamp, err := c.evidenceStamp(ctx, db)
	if err != nil {
		return nil, err
	}
	v.Stale = v.Evidence != stamp
	return v, nil
}

// EvidenceStamp changes whenever members or keys come or go or the window is set anew.
func (c *Case) EvidenceStamp(ctx context.Context) (string, error) {
	db, done, err := c.DB(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return c.evidenceStamp(ctx, db)
}

func (c *Case) evidenceStamp(ctx context.Context, db *sql.DB) (string, error) {
	var n, highest, latest int64
	err := db.QueryRowContext(ctx, `select count(*), coalesce(max(member), 0), cast(coalesce(epoch(max(loaded_at)), 0) as bigint) from members`).Scan(&n, &highest, &latest)
	if err != nil {
		return "", fmt.Errorf("count the members: %w", err)
	}
	window, err := factOf(ctx, db, FactWindow)
	if err != nil {
		return "", err
	}
	keys, err := os.ReadDir(c.Keys())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("list the keys of the case: %w", err)
	}
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Name()
	}
	return fmt.Sprintf("%d members to %d of %s, window %q, keys %q", n, highest, time.Unix(latest, 0).UTC().Format(time.RFC3339), window, names), nil
}

// verdicts are those of some members; a member without one is not in the map.
func verdicts(ctx context.Context, db *sql.DB, where string, args ...any) (map[model.MemberID]model.Verdict, error) {
	var there bool
	if err := db.QueryRowContext(ctx, `select exists(select 1 from duckdb_tables() where table_name = 'verdicts')`).Scan(&there); err != nil || !there {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, `select v.member, v.class, v.digest, v.why, v.demo, m.integrity from verdicts v join members m using (member) `+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[model.MemberID]model.Verdict{}
	for rows.Next() {
		var v model.Verdict
		if err := rows.Scan((*int64)(&v.Member), &v.Class, &v.Digest, &v.Why, &v.Demo, (*uint8)(&v.Badge)); err != nil {
			return nil, err
		}
		out[v.Member] = v
	}
	return out, rows.Err()
}

// Verdicts is what the last verification found out about every member it judged.
func (e *Engine) Verdicts(ctx context.Context) (map[model.MemberID]model.Verdict, error) {
	return ask(ctx, e, "read the verdicts", func(ctx context.Context, db *sql.DB) (map[model.MemberID]model.Verdict, error) {
		return verdicts(ctx, db, "")
	})
}
