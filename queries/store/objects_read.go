package store

import (
	"context"
	"database/sql"
	"fmt"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

// Objects lists the objects of q's rows whose bucket/key begins with prefix, most requests first.
func (e *Engine) Objects(ctx context.Context, q model.Query, prefix string, limit int) ([]model.ObjectSummary, error) {
	return ask(ctx, e, "list objects", func(ctx context.Context, db *sql.DB) ([]model.ObjectSummary, error) {
		all, err := e.branches(q)
		if err != nil || len(all) == 0 {
			return nil, err
		}
		text, args, err := e.objectsSQL(q, all, prefix)
		if err != nil {
			return nil, err
		}
		return readObjects(ctx, db, text, args, limit)
	})
}

const (
	objectSums = `count(*) as n, count(*) filter (outcome > 1) as bad, coalesce(sum(bytes_out), 0) as o,
		coalesce(sum(bytes_in), 0) as i, min(time) as a, max(time) as b`
	hasObject  = "key is not null and bucket is not null"
	underStart = "starts_with(bucket || '/' || key, ?)"
)

// objectsSQL gives objects or parts of them with their sums. Without a condition the table of objects
// has them. Else the rows are grouped by the objects' numbers, which is many times faster than by
// their names, if that table names the object of every row that counts and each by its own number.
func (e *Engine) objectsSQL(q model.Query, all []sqlgen.Branch, prefix string) (string, []any, error) {
	under, underArgs := "", []any(nil)
	if prefix != "" {
		under, underArgs = underStart, []any{prefix}
	}
	known := e.known().objects
	if known != "" && !narrows(q.Filter) {
		text := `select bucket, key, requests as n, errors as bad, bytes_out as o, bytes_in as i, first as a, last as b from objects where bucket <> ''`
		if under != "" {
			text += " and " + under
		}
		return text, underArgs, nil
	}
	if known == "" || known == objectsCollide || !sqlgen.CountsOnce(q.Filter) {
		more := hasObject
		if under != "" {
			more += " and " + under
		}
		return union(all, func(sqlgen.Branch) (string, string, error) {
			return "bucket, key, " + objectSums, "group by bucket, key", nil
		}, more, underArgs...)
	}
	text, args, err := union(all, func(sqlgen.Branch) (string, string, error) {
		return "obj64, " + objectSums, "group by obj64", nil
	}, hasObject)
	text = "select t.*, objects.bucket as bucket, objects.key as key from (" + text + ") t join objects using (obj64)"
	if under != "" {
		text += " where starts_with(objects.bucket || '/' || objects.key, ?)"
	}
	return text, append(args, underArgs...), err
}

func readObjects(ctx context.Context, db *sql.DB, text string, args []any, limit int) ([]model.ObjectSummary, error) {
	text = `select bucket, key, cast(sum(n) as bigint) as c, cast(sum(bad) as bigint), cast(sum(o) as bigint), cast(sum(i) as bigint), min(a), max(b)
		from (` + text + `) group by bucket, key order by c desc, bucket, key`
	if limit > 0 {
		text += fmt.Sprintf(" limit %d", limit)
	}
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []model.ObjectSummary
	for rows.Next() {
		var o model.ObjectSummary
		var a, b sql.NullTime
		if err := rows.Scan(&o.Bucket, &o.Key, &o.Requests, &o.Errors, &o.BytesOut, &o.BytesIn, &a, &b); err != nil {
			return nil, err
		}
		o.First, o.Last = a.Time, b.Time
		out = append(out, o)
	}
	return out, rows.Err()
}

// Members lists the members of the case in the order of their numbers.
func (e *Engine) Members(ctx context.Context) ([]model.Member, error) {
	return ask(ctx, e, "list members", func(ctx context.Context, db *sql.DB) ([]model.Member, error) {
		return readMembers(ctx, db, "")
	})
}

func readMembers(ctx context.Context, db *sql.DB, where string, args ...any) ([]model.Member, error) {
	rows, err := db.QueryContext(ctx, `select member, locator, name, path, entry, path_raw, entry_raw, part, part_offset, kind, form, reason,
		sha256_file, sha256_content, size_file, size_content, mod_time, gzip, delivered, seen, rejected, duplicate,
		first_time, last_time, flags, integrity, body, loaded_at from members `+where+` order by member`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []model.Member
	for rows.Next() {
		m, err := scanMember(rows)
		if err != nil {
			return nil, fmt.Errorf("read members: %w", err)
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

func scanMember(rows *sql.Rows) (model.Member, error) {
	var m model.Member
	var pathRaw, entryRaw, file, content []byte
	var mod, first, last sql.NullTime
	var part int32
	var kind string
	err := rows.Scan((*int64)(&m.ID), &m.Locator, &m.Name, &m.Path, &m.Entry, &pathRaw, &entryRaw, &part, &m.PartOffset, &kind, &m.Form, &m.Reason,
		&file, &content, &m.SizeFile, &m.SizeContent, &mod, &m.Gzip, &m.Delivered, &m.Seen, &m.Rejected, &m.Duplicate,
		&first, &last, (*uint32)(&m.Flags), (*uint8)(&m.Integrity), &m.Body, &m.LoadedAt)
	if pathRaw != nil {
		m.Path = string(pathRaw)
	}
	if entryRaw != nil {
		m.Entry = string(entryRaw)
	}
	m.Part, m.Kind, m.LoadedAt = int(part), model.MemberKind(kind), m.LoadedAt.UTC()
	copy(m.SHA256File[:], file)
	copy(m.SHA256Content[:], content)
	if mod.Valid {
		m.ModTime = mod.Time.UTC()
	}
	m.First, m.Last = unixOf(first), unixOf(last)
	return m, err
}

func unixOf(t sql.NullTime) int64 {
	if !t.Valid {
		return model.NoTime
	}
	return t.Time.Unix()
}
