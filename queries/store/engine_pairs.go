package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"trailsift/model"
)

// readsSQL adds reads up by object; the verbs are the conditions on the events, twice that on the lines,
// what stands for an absent size, and the bytes an event tells itself. r are the events and a the lines with one of the events that they
// tell of too: of several the one that tells the least. What each read was sent at most is the more of
// what the two logs tell of it.
const readsSQL = `with r as materialized (select rowid as n, bucket, key, %[4]s as bytes_out, time, req64, request_id, host_id from ct_events
		where (%[1]s) and lower(op) = 'getobject' and outcome = 1 and key is not null),
	l as materialized (select rowid as n, bucket, key, bytes_out, object_size, time, fold, req64, request_id, host_id, (%[2]s) as kept from al_events
		where dup = 0 and lower(op) = 'getobject' and outcome = 1 and key is not null and ((%[2]s) or req64 in (select req64 from r))),
	p as (select l.n as n, arg_min(r.n, coalesce(r.bytes_out, 0)) filter (r.key = l.key and r.bucket is not distinct from l.bucket) as r from l join r on r.req64 = l.req64 and r.request_id = l.request_id
		where r.host_id is null or l.host_id is null or r.host_id = l.host_id group by 1),
	a as materialized (select l.*, p.r as r from l left join p on p.n = l.n where l.kept or p.n is not null),
	s as (select r, sum(coalesce(bytes_out, 0)) as b from a where fold = 1 and r is not null group by r),
	u as (select bucket, key, 1 as cn, bytes_out as cb, 0 as an, null as ab, 0 as xn, null as xb, null as size, time,
			greatest(coalesce(bytes_out, 0), coalesce(s.b, 0)) as most, cast(bytes_out is null and s.b is null as int) as dark from r left join s on s.r = r.n
		union all select bucket, key, 0, null, 1, bytes_out, cast(fold = 0 as int), case when fold = 0 then bytes_out end, object_size, time,
			case when fold = 0 or r is null then bytes_out end, 0 from a)
	select coalesce(bucket, ''), key, cast(sum(cn) as bigint), cast(coalesce(sum(cb), 0) as bigint), coalesce(max(cb), 0),
		cast(sum(an) as bigint), cast(coalesce(sum(ab), 0) as bigint), coalesce(max(ab), 0), cast(sum(xn) as bigint), cast(coalesce(sum(xb), 0) as bigint),
		coalesce(max(size), %[3]d), min(time), max(time), cast(sum(cn) as bigint) - count(cb), count(ab), cast(coalesce(sum(most), 0) as bigint), cast(sum(dark) as bigint)
	from u group by bucket, key order by greatest(coalesce(sum(cb), 0), coalesce(sum(ab), 0)) desc, 1, 2`

// Reads adds up the successful reads among q's requests, object by object. The access log's side are
// the lines q keeps and those that tell the same requests as the CloudTrail records q keeps: so a
// question by access key, which that log does not know, has its bytes too. Objects come by bytes.
func (e *Engine) Reads(ctx context.Context, q model.Query) ([]model.ObjectReads, error) {
	return ask(ctx, e, "add up reads", func(ctx context.Context, db *sql.DB) ([]model.ObjectReads, error) {
		all, err := e.branches(q)
		if err != nil {
			return nil, err
		}
		where, args := map[model.Log]string{model.CloudTrail: "false", model.AccessLog: "false"}, map[model.Log][]any{}
		for _, b := range all { // a log may have two: objects, and what copies read
			where[b.Log] += " or (" + b.Where + ")"
			args[b.Log] = append(args[b.Log], b.Args...)
		}
		text := fmt.Sprintf(readsSQL, where[model.CloudTrail], where[model.AccessLog], model.Absent, own("bytes_out", "null", model.FlagBytesJoined))
		lines := args[model.AccessLog]
		var out []model.ObjectReads
		err = each(ctx, db, text, slices.Concat(args[model.CloudTrail], lines, lines), func(rows *sql.Rows) error {
			var o model.ObjectReads
			var first, last sql.NullTime
			err := rows.Scan(&o.Bucket, &o.Key, &o.CloudTrailReads, &o.CloudTrailBytes, &o.CloudTrailMost, &o.AccessReads, &o.AccessBytes, &o.AccessMost,
				&o.AccessOnlyReads, &o.AccessOnlyBytes, &o.Size, &first, &last, &o.CloudTrailWithoutBytes, &o.AccessWithBytes, &o.Most, &o.Dark)
			if first.Valid {
				o.First, o.Last = first.Time.UTC(), last.Time.UTC()
			}
			out = append(out, o)
			return err
		})
		return out, err
	})
}

// differs are the parts of a request that both logs tell, in the order of model.Difference.
var differs = []struct{ name, ct, al, when string }{
	{"address", "c.ip", "a.ip", "(c.ip4 is not null or c.ip6 is not null) and a.ip is not null and c.ip is distinct from a.ip"},
	// Bytes that a record has from its line are not the record's own.
	{"bytes", "cast(c.own_out as varchar)", "cast(a.bytes_out as varchar)", "c.own_out is not null and coalesce(a.bytes_out, 0) <> c.own_out"},
	// A line never tells the key of a multi-object delete, whose record may name a single one.
	{"key", "c.key", "a.key", "c.key is distinct from a.key and lower(c.op) <> 'deleteobjects'"},
	{"outcome", "cast(c.outcome as varchar)", "cast(a.outcome as varchar)", "c.outcome <> a.outcome"},
}

// Differences finds the requests among q's CloudTrail records that their access-log line tells
// differently. A service's calls, which carry no address, differ in none; the access log's - is no
// bytes. At most limit are listed; 0 lists all.
func (e *Engine) Differences(ctx context.Context, q model.Query, limit int) ([]model.Difference, error) {
	return ask(ctx, e, "compare the two logs", func(ctx context.Context, db *sql.DB) ([]model.Difference, error) {
		all, err := e.branches(q)
		if err != nil {
			return nil, err
		}
		var out []model.Difference
		for _, b := range all {
			if b.Log != model.CloudTrail {
				continue
			}
			list, some := "", "false"
			for _, d := range differs {
				list += fmt.Sprintf(", %s, coalesce(%s, ''), coalesce(%s, '')", d.when, d.ct, d.al)
				some += " or (" + d.when + ")"
			}
			text := fmt.Sprintf(`select c.member, c.record, a.member, a.record, c.request_id, coalesce(c.bucket, ''), c.time, coalesce(c.op, ''), coalesce(c.key, ''), coalesce(c.actor, '')%s
				from (select *, %s as own_out from ct_events where %s and witness = %d and request_id is not null) c
				join (select * from al_events where dup = 0 and fold = 1) a
					on a.req64 = c.req64 and a.request_id = c.request_id and lower(a.op) = lower(c.op) and (c.host_id is null or a.host_id is null or c.host_id = a.host_id)
				where %s order by c.time, c.member, c.record, a.member, a.record`, list, recordOut, b.Where, model.WitnessBoth, some)
			if limit > 0 {
				text += fmt.Sprintf(" limit %d", limit)
			}
			err := each(ctx, db, text, b.Args, func(rows *sql.Rows) error {
				d, err := scanDifference(rows)
				out = append(out, d)
				return err
			})
			if err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}

func scanDifference(rows *sql.Rows) (model.Difference, error) {
	var d model.Difference
	var at sql.NullTime
	var hit [4]sql.NullBool
	d.CloudTrail.Log, d.Access.Log = model.CloudTrail, model.AccessLog
	into := []any{&d.CloudTrail.Member, &d.CloudTrail.Number, &d.Access.Member, &d.Access.Number, &d.RequestID, &d.Bucket, &at, &d.Op, &d.Key, &d.Actor}
	for i := range differs {
		into = append(into, &hit[i], &d.CloudTrailSays[i], &d.AccessSays[i])
	}
	if err := rows.Scan(into...); err != nil {
		return d, err
	}
	if at.Valid {
		d.Time = at.Time.UTC()
	}
	for i := range differs {
		if hit[i].Bool {
			d.What = append(d.What, differs[i].name)
		}
	}
	for _, says := range []*[4]string{&d.CloudTrailSays, &d.AccessSays} {
		var code int
		if _, err := fmt.Sscan(says[3], &code); err == nil {
			says[3] = model.Outcome(code).String()
		}
	}
	return d, nil
}
