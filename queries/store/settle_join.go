package store

import (
	"context"
	"fmt"

	"trailsift/model"
)

// aside is the lines that carry a request's id without being its own line: one for each key of a
// DeleteObjects, and the reading half of a copy (Amazon S3 user guide, "Amazon S3 server access log
// format", operation).
const aside = `(starts_with(a.op_raw, 'BATCH.') or a.op_raw in ('REST.COPY.OBJECT_GET', 'REST.COPY.PART_GET'))`

// dataOp is a line whose operation CloudTrail counts among data events, c the alias of its table.
// Amazon S3 user guide, "Amazon S3 CloudTrail events": object-level calls and these bucket-level ones.
const dataOp = `(a.key is not null or lower(a.op) in ('listobjects', 'listobjectsv2', 'listobjectversions', 'listmultipartuploads', 'headbucket', 'deleteobjects'))`

// join finds for every access-log line whether a CloudTrail record tells of the same request. Such
// a line is folded into that record, which gets its status; both are marked as told by both logs.
func (s *settler) join(ctx context.Context) error {
	if err := s.do(ctx,
		// Every line and record of one request; own tells that the line is the record's own, and
		// shared that other lines carry the id too. Texts are compared by a second hash beside the
		// first: the long ones would fill the join's table, and nobody who could make two requests
		// collide in both would need to.
		`create or replace temp table pairs as
		select a.rowid arid, c.rid crid, a.status, a.req64 in (select req64 from shared) shared,
			a.dup = 0 and c.dup = 0 and not `+aside+` and (hash(lower(a.op)) = c.op or contains(a.op, '.')) own
		from al_events a join (
			select rowid rid, req64, hash(request_id) request, hash(lower(op)) op, case when host_id is not null then hash(host_id) end host, dup
			from ct_events where service = 's3' and category in (1, 2)
		) c on c.req64 = a.req64
		where hash(a.request_id) = c.request and (a.host_id is null or c.host is null or hash(a.host_id) = c.host)`,
		// Nearly every record has one line; of several the first one's status wins.
		`create or replace temp table told as
		select crid, status from pairs where own and not shared
		union all
		select p.crid, arg_min(p.status, (a.member, a.record)) from pairs p join al_events a on a.rowid = p.arid
		where p.own and p.shared group by p.crid`,
		`create or replace temp table ct_hours as
		select distinct bucket, date_trunc('hour', time) as "hour", category, coalesce(read_only, false) reads from ct_events
		where service = 's3' and category in (1, 2) and bucket is not null and time is not null`,
		`create or replace temp table al_hours as
		select distinct bucket, date_trunc('hour', time) as "hour" from al_events
		where bucket is not null and time is not null and not starts_with(op_raw, 'S3.')`,
	); err != nil {
		return err
	}
	if err := s.writeLines(ctx); err != nil {
		return err
	}
	if err := s.writeTold(ctx); err != nil {
		return err
	}
	return s.do(ctx, `drop table pairs`, `drop table told`, `drop table shared`, `drop table ct_hours`, `drop table al_hours`)
}

// writeLines gives access-log lines their fold and witness where they differ: first the folded ones,
// then the others, which are few when both logs tell of the same buckets.
func (s *settler) writeLines(ctx context.Context) error {
	return s.do(ctx, fmt.Sprintf(`update al_events set fold = 1, witness = %[1]d
		where (fold <> 1 or witness <> %[1]d) and rowid in (select arid from pairs where own)`, model.WitnessBoth),
		fmt.Sprintf(`update al_events set fold = 0, witness = w.witness from (
			select rid, witness from (
				select a.rowid rid, a.fold, a.witness was_witness,
					(case when a.rowid in (select arid from pairs where not own) then %d
					when coalesce(starts_with(a.op_raw, 'S3.'), false) then %d
					when h.bucket is not null then %d else %d end)::utinyint witness
				from (select rowid, * from al_events anti join (select arid from pairs where own) p on p.arid = al_events.rowid) a
				left join ct_hours h on h.bucket = a.bucket and h."hour" = date_trunc('hour', a.time)
					and h.category = case when %s then %d else %d end and h.reads = coalesce(a.read_only, false)
			) where fold <> 0 or witness <> was_witness
		) w where w.rid = al_events.rowid`,
			model.WitnessBoth, model.WitnessNA, model.WitnessAccessOnly, model.WitnessOtherLogAbsent, dataOp, model.Data, model.Management))
}

// writeTold gives CloudTrail records their witness and joined status where they differ: first those
// with a line of their own, then the others.
func (s *settler) writeTold(ctx context.Context) error {
	flags := func(status string) string {
		return fmt.Sprintf(`(case when %[1]s is not null then flags | %[2]d else flags & ~%[2]d::uinteger end)`, status, model.FlagStatusJoined)
	}
	return s.do(ctx, fmt.Sprintf(`update ct_events set status = t.status, flags = %[1]s, witness = %[2]d from told t
		where t.crid = ct_events.rowid and (witness <> %[2]d or ct_events.status is distinct from t.status or flags <> %[1]s)`,
		flags("t.status"), model.WitnessBoth),
		fmt.Sprintf(`update ct_events set status = null, flags = %[1]s, witness = w.witness from (
			select rid, witness from (
				select c.rowid rid, c.status, c.flags, c.witness was_witness,
					(case when c.rowid in (select crid from pairs where not own) then %[2]d
					when c.service is distinct from 's3' or c.category not in (1, 2) or c.bucket is null then %[3]d
					when h.bucket is not null then %[4]d else %[5]d end)::utinyint witness
				from (select rowid, * from ct_events anti join told on told.crid = ct_events.rowid) c
				left join al_hours h on h.bucket = c.bucket and h."hour" = date_trunc('hour', c.time)
			) where status is not null or flags <> %[1]s or witness <> was_witness
		) w where w.rid = ct_events.rowid`,
			flags("null"), model.WitnessBoth, model.WitnessNA, model.WitnessCloudTrailOnly, model.WitnessOtherLogAbsent))
}
