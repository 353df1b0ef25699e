package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"trailsift/model"
	"trailsift/model/secret"
	"trailsift/queries/sqlgen"
)

// ErrNoRecord says that a record is not in the case.
var ErrNoRecord = errors.New("no such record")

func tableOf(log model.Log) (string, bool) {
	switch log {
	case model.CloudTrail:
		return cloudTrailTable, true
	case model.AccessLog:
		return accessTable, true
	}
	return "", false
}

// Record is one record in full. The asked record is the first of its origins; the one that counts
// and the duplicates follow.
func (e *Engine) Record(ctx context.Context, id model.RecordID) (model.Detail, error) {
	out, err := ask(ctx, e, "show the record", func(ctx context.Context, db *sql.DB) (model.Detail, error) {
		return e.detail(ctx, db, id)
	})
	if err != nil || e.contents == nil {
		return out, err
	}
	o := out.Origins[0]
	raw, err := e.contents.Range(ctx, o.Member, o.Offset, int(o.Length))
	out.RawErr = err
	if out.Redacted = secret.Holds(string(raw)); out.Redacted > 0 {
		raw = []byte(secret.Hide(string(raw)))
	}
	out.Raw = raw
	return out, ctx.Err()
}

func (e *Engine) detail(ctx context.Context, db *sql.DB, id model.RecordID) (model.Detail, error) {
	var out model.Detail
	rows, err := e.rowsWhere(ctx, db, id.Log, "member = ? and record = ?", "", int64(id.Member), int64(id.Number))
	if err != nil {
		return out, err
	}
	if len(rows) == 0 {
		return out, ErrNoRecord
	}
	out.Row = rows[0]
	if out.Origins, err = e.origins(ctx, db, id); err != nil {
		return out, err
	}
	request, _ := valueOf(out.Row, model.FieldRequestID).(string)
	if request == "" {
		return out, nil
	}
	other := model.AccessLog
	if id.Log == model.AccessLog {
		other = model.CloudTrail
	}
	rows, err = e.rowsWhere(ctx, db, other, "req64 = cast(? as ubigint) and request_id = ?", "order by fold desc, dup, member, record limit 1",
		strconv.FormatUint(req64(request), 10), request)
	if err == nil && len(rows) == 1 {
		out.Other = &rows[0]
	}
	return out, err
}

func valueOf(r model.Row, f model.Field) any {
	for i, c := range model.Columns() {
		if c == f && i < len(r.Values) {
			return r.Values[i]
		}
	}
	return nil
}

// rowsWhere are rows of one table with every field.
func (e *Engine) rowsWhere(ctx context.Context, db *sql.DB, log model.Log, where, tail string, args ...any) ([]model.Row, error) {
	table, ok := tableOf(log)
	if !ok {
		return nil, ErrNoRecord
	}
	fields := model.Columns()
	list, err := sqlgen.Select(dialect, log, fields)
	if err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, fmt.Sprintf("select %d, member, record, null, null, %s from %s where %s %s", log, list, table, where, tail), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	scan := newScanner(fields)
	var out []model.Row
	var lists [][]any
	for rows.Next() {
		r, err := scan.row(rows)
		if err != nil {
			return nil, err
		}
		out, lists = append(out, r), append(lists, r.Values)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return out, e.nameMembers(ctx, db, fields, lists)
}

// spot is where a record stands in its member.
type spot struct {
	id        model.RecordID
	off       int64
	length    uint32
	dup, fold bool
}

func spots(ctx context.Context, db *sql.DB, log model.Log, where string, args ...any) ([]spot, error) {
	table, _ := tableOf(log)
	rows, err := db.QueryContext(ctx, "select member, record, off, len, dup, fold from "+table+" where "+where+" order by dup, member, record", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []spot
	for rows.Next() {
		p := spot{id: model.RecordID{Log: log}}
		var dup, fold uint8
		if err := rows.Scan((*int64)(&p.id.Member), &p.id.Number, &p.off, &p.length, &dup, &fold); err != nil {
			return nil, err
		}
		p.dup, p.fold = dup != 0, fold != 0
		out = append(out, p)
	}
	return out, rows.Err()
}

// sameRecord finds the rows that tell what one record tells: by event id, or by the bytes of a line.
var sameRecord = map[model.Log]string{
	model.CloudTrail: `(event_id = (select event_id from ct_events where member = ? and record = ?)
		or event_text = (select event_text from ct_events where member = ? and record = ?))`,
	model.AccessLog: `(rec64 = (select rec64 from al_events where member = ? and record = ?)
		and request_id is not distinct from (select request_id from al_events where member = ? and record = ?))`,
}

func (e *Engine) origins(ctx context.Context, db *sql.DB, id model.RecordID) ([]model.Origin, error) {
	member, number := int64(id.Member), int64(id.Number)
	self, err := spots(ctx, db, id.Log, "member = ? and record = ?", member, number)
	if err != nil || len(self) == 0 {
		return nil, errors.Join(err, ErrNoRecord)
	}
	same, err := spots(ctx, db, id.Log, sameRecord[id.Log], member, number, member, number)
	if err != nil {
		return nil, err
	}
	all := self
	for _, p := range same {
		// Two records of one event id that both count contradict each other: a conflict, no copy.
		if p.id != id && (p.dup || self[0].dup) {
			all = append(all, p)
		}
	}
	if id.Log == model.CloudTrail {
		folded, err := spots(ctx, db, model.AccessLog, `fold = 1 and dup = 0 and (req64, request_id) in
			(select req64, request_id from ct_events where member = ? and record = ?)`, member, number)
		if err != nil {
			return nil, err
		}
		all = append(all, folded...)
	}
	return withMembers(ctx, db, all)
}

func withMembers(ctx context.Context, db *sql.DB, all []spot) ([]model.Origin, error) {
	out := make([]model.Origin, len(all))
	known := map[model.MemberID]model.Member{}
	var ids []string
	for _, p := range all {
		ids = append(ids, strconv.FormatInt(int64(p.id.Member), 10))
	}
	found := map[model.MemberID]model.Verdict{}
	if len(ids) > 0 {
		var err error
		if found, err = verdicts(ctx, db, "where v.member in ("+strings.Join(ids, ",")+")"); err != nil {
			return nil, err
		}
	}
	for i, p := range all {
		m, ok := known[p.id.Member]
		if !ok {
			list, err := readMembers(ctx, db, "where member = ?", int64(p.id.Member))
			if err != nil {
				return nil, err
			}
			if m = (model.Member{ID: p.id.Member}); len(list) == 1 {
				m = list[0]
			}
			known[p.id.Member] = m
		}
		out[i] = model.Origin{ID: p.id, Member: m, Offset: p.off, Length: p.length, Duplicate: p.dup, Folded: p.fold, Verdict: found[p.id.Member]}
	}
	return out, nil
}

// Find resolves MEMBER:RECORD, an event id or a request id. What counts comes first.
func (e *Engine) Find(ctx context.Context, text string) ([]model.RecordID, error) {
	if strings.ToValidUTF8(text, "") != text {
		return nil, fmt.Errorf("find %q: it is not UTF-8 text", text)
	}
	return ask(ctx, e, "find the record", func(ctx context.Context, db *sql.DB) ([]model.RecordID, error) {
		var out []model.RecordID
		add := func(log model.Log, where string, args ...any) error {
			found, err := spots(ctx, db, log, where, args...)
			for _, p := range found {
				out = append(out, p.id)
			}
			return err
		}
		if i := strings.LastIndexByte(text, ':'); i > 0 {
			if n, err := strconv.ParseUint(text[i+1:], 10, 32); err == nil {
				for _, log := range []model.Log{model.CloudTrail, model.AccessLog} {
					if err := add(log, "record = ? and member in (select member from members where name = ? or locator = ?)", int64(n), text[:i], text[:i]); err != nil {
						return nil, err
					}
				}
				if out != nil {
					return out, nil
				}
			}
		}
		where := []string{"event_text = ?"}
		args := []any{text}
		if id, ok := uuidText(text); ok {
			where, args = append(where, "event_id = cast(? as uuid)"), append(args, id)
		}
		if err := add(model.CloudTrail, strings.Join(where, " or "), args...); err != nil || out != nil {
			return out, err
		}
		number := strconv.FormatUint(req64(text), 10)
		for _, log := range []model.Log{model.CloudTrail, model.AccessLog} {
			if err := add(log, "req64 = cast(? as ubigint) and request_id = ?", number, text); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}

// uuidText is text as a canonical UUID.
func uuidText(text string) (string, bool) {
	if len(text) != 36 || strings.Trim(text, "0123456789abcdefABCDEF-") != "" {
		return "", false
	}
	for i := range len(text) {
		if (i == 8 || i == 13 || i == 18 || i == 23) != (text[i] == '-') {
			return "", false
		}
	}
	return strings.ToLower(text), true
}
