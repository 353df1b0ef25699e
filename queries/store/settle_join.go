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
		// Every line and record of one request; own tells that the line is the record's own.
		`create or replace temp table pairs as
		select a.rowid arid, c.rowid crid, a.dup = 0 and c.dup = 0 and not `+aside+`
			and (lower(a.op) = lower(c.op) or contains(a.op, '.')) own, a.status, a.member, a.record
		from al_events a join ct_events c on a.req64 = c.req64 and a.request_id = c.request_id
		where c.service = 's3' and c.category in (1, 2) and (a.host_id is null or c.host_id is null or a.host_id = c.host_id)`,
		`create or replace temp table lines as select arid, bool_or(own) own from pairs group by arid`,
		// Nearly every record has one line; only where several disagree does the first one's status win.
		`create or replace temp table told as
		select crid, min(status) filter (own) status, max(status) filter (own) other from pairs group by crid`,
		`update told set status = f.status from (
			select crid, arg_min(status, (member, record)) status from pairs
			where own and crid in (select crid from told where status <> other) group by crid
		) f where f.crid = told.crid`,
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
	return s.do(ctx, `drop table pairs`, `drop table lines`, `drop table told`, `drop table ct_hours`, `drop table al_hours`)
}

// writeLines gives access-log lines their fold and witness where they differ.
func (s *settler) writeLines(ctx context.Context) error {
	return s.do(ctx, fmt.Sprintf(`create or replace temp table want as
		select rid, fold, witness from (
			select a.rowid rid, a.fold was_fold, a.witness was_witness, coalesce(l.own, false)::utinyint fold,
				(case when l.arid is not null then %d
				when coalesce(starts_with(a.op_raw, 'S3.'), false) then %d
				when h.bucket is not null then %d else %d end)::utinyint witness
			from al_events a left join lines l on l.arid = a.rowid
			left join ct_hours h on h.bucket = a.bucket and h."hour" = date_trunc('hour', a.time)
				and h.category = case when %s then %d else %d end and h.reads = coalesce(a.read_only, false)
		) where fold <> was_fold or witness <> was_witness`,
		model.WitnessBoth, model.WitnessNA, model.WitnessAccessOnly, model.WitnessOtherLogAbsent, dataOp, model.Data, model.Management),
		`update al_events set fold = w.fold, witness = w.witness from want w where w.rid = al_events.rowid`,
		`drop table want`)
}

// writeTold gives CloudTrail records their witness and joined status where they differ.
func (s *settler) writeTold(ctx context.Context) error {
	return s.do(ctx, fmt.Sprintf(`create or replace temp table want as
		select rid, status, flags, witness from (
			select c.rowid rid, c.status was_status, c.flags was_flags, c.witness was_witness, t.status,
				case when t.status is not null then c.flags | %[1]d else c.flags & ~%[1]d::uinteger end flags,
				(case when t.crid is not null then %[2]d
				when c.service is distinct from 's3' or c.category not in (1, 2) or c.bucket is null then %[3]d
				when h.bucket is not null then %[4]d else %[5]d end)::utinyint witness
			from ct_events c left join told t on t.crid = c.rowid
			left join al_hours h on h.bucket = c.bucket and h."hour" = date_trunc('hour', c.time)
		) where status is distinct from was_status or flags <> was_flags or witness <> was_witness`,
		model.FlagStatusJoined, model.WitnessBoth, model.WitnessNA, model.WitnessCloudTrailOnly, model.WitnessOtherLogAbsent),
		`update ct_events set status = w.status, flags = w.flags, witness = w.witness from want w where w.rid = ct_events.rowid`,
		`drop table want`)
}
