package store

import (
	"context"
	"fmt"
	"strings"

	"trailsift/model"
)

// aside is the lines that carry a request's id without being its own line: one for each key of a
// DeleteObjects, and the reading half of a copy (Amazon S3 user guide, "Amazon S3 server access log
// format", operation).
const aside = `(starts_with(op_raw, 'BATCH.') or op_raw in ('REST.COPY.OBJECT_GET', 'REST.COPY.PART_GET'))`

// dataOp is a line whose operation CloudTrail counts among data events, a the alias of its table.
// Amazon S3 user guide, "Amazon S3 CloudTrail events": object-level calls and these bucket-level ones.
const dataOp = `(a.key is not null or lower(a.op) in ('listobjects', 'listobjectsv2', 'listobjectversions', 'listmultipartuploads', 'headbucket', 'deleteobjects'))`

// join finds for every access-log line whether a CloudTrail record tells of the same request. Such
// a line is folded into that record, each gets what only the other tells, and both are marked as told
// by both logs. First of all it marks the records that are parts of calls.
func (s *settler) join(ctx context.Context) error {
	if err := s.calls(ctx); err != nil {
		return err
	}
	var lines, records int64
	if err := s.conn.QueryRowContext(ctx, `select (select count(*) from al_events), (select count(*) from ct_events)`).Scan(&lines, &records); err != nil {
		return fmt.Errorf("count the two logs: %w", err)
	}
	if lines == 0 || records == 0 {
		return s.alone(ctx)
	}
	return s.both(ctx)
}

// alone is join where there are records of one log at most.
func (s *settler) alone(ctx context.Context) error {
	witness := func(other string) assignment {
		return assignment{"witness", fmt.Sprintf("(case when %s then %d else %d end)", other, model.WitnessNA, model.WitnessOtherLogAbsent)}
	}
	return s.do(ctx, `drop table shared`,
		change(accessTable, "", lineApart()...), change(accessTable, "", witness(lineOnly("al_events"))),
		change(cloudTrailTable, "", recordApart()...), change(cloudTrailTable, "", witness(recordOnly("ct_events"))))
}

// lineOnly and recordOnly are what the other log never tells of: lines of S3's own doing, and records
// of other services or of no bucket.
func lineOnly(table string) string {
	return fmt.Sprintf("coalesce(starts_with(%s.op_raw, 'S3.'), false)", table)
}

func recordOnly(table string) string {
	return fmt.Sprintf("(%[1]s.service is distinct from 's3' or %[1]s.category not in (1, 2) or %[1]s.bucket is null)", table)
}

// lineApart and recordApart give the columns of a row what they held before anything was joined to it.
func lineApart() []assignment {
	return []assignment{
		{"fold", "0"}, {"enc", lineEnc}, {"access_key", lineKey},
		{"flags", fmt.Sprintf("(flags & ~%s)", mask(model.FlagEncJoined|model.FlagKeyJoined))},
	}
}

func recordApart() []assignment {
	return []assignment{
		{"status", "null"}, {"duration_ms", "null"}, {"bytes_out", recordOut}, {"bytes_in", recordIn},
		{"flags", fmt.Sprintf("(flags & ~%s)", mask(model.FlagStatusJoined|model.FlagBytesJoined))},
	}
}

// both is join where there are records of both logs.
func (s *settler) both(ctx context.Context) error {
	if err := s.do(ctx,
		// Every line and every record, side by side where they are of one request (alike); own tells
		// that the line is the record's own. Host ids are compared by half of a hash: whoever could
		// write two that collide could as well write two that are equal. A line of S3's own doing is of
		// no request, whatever id it has. The full join finds those that stand alone too, at a fraction
		// of what looking for them afterwards costs.
		`create or replace temp table pairs as
		select * exclude (counts, dotted, a_op, c_op, c_dup), coalesce(alike and counts and c_dup = 0 and (dotted or c_op = a_op), false) own from (
			select a.rid arid, c.rid crid, a.rid is not null and c.rid is not null and coalesce(a.host32 = c.host32, true) alike,
				a.dup = 0 and not a.aside counts, c.dup c_dup, a.dotted, a.op a_op, c.op c_op,
				a.status, a.duration_ms, a.bytes_out, a.bytes_in, c.enc, c.access_key
			from (select rowid rid, case when not `+lineOnly("al_events")+` then req64 end req64, host32, dup, `+aside+` aside, contains(op, '.') dotted, hash(lower(op)) op,
					status, duration_ms, bytes_out, bytes_in from al_events) a
			full join (select rowid rid, case when service = 's3' and category in (1, 2) then req64 end req64, host32, dup,
					hash(lower(op)) op, enc, access_key from ct_events) c on c.req64 = a.req64)`,
		`create or replace temp table lonely_lines as
		select arid rid, bool_or(alike) aside from pairs where arid in (select arid from pairs where not own)
		group by arid having not bool_or(own)`,
		`create or replace temp table lonely_records as
		select crid rid, bool_or(alike) aside from pairs where crid in (select crid from pairs where not own)
		group by crid having not bool_or(own)`,
		`create or replace temp table ct_hours (bucket varchar, "hour" timestamp, category utinyint, reads boolean)`,
		`create or replace temp table al_hours (bucket varchar, "hour" timestamp)`,
	); err != nil {
		return err
	}
	// Nearly every record has one line, and every line one record: of several the first one counts. That
	// there are several shows in there being more pairs than lines, or records, that have one.
	var lines, records, crowdedLines, crowdedRecords int64
	row := s.conn.QueryRowContext(ctx, `select lines, records, own - (all_lines - lines), own - (all_records - records) from (
		select (select count(*) from lonely_lines) lines, (select count(*) from lonely_records) records, (select count(*) from pairs where own) own,
			(select count(*) from al_events) all_lines, (select count(*) from ct_events) all_records)`)
	if err := row.Scan(&lines, &records, &crowdedLines, &crowdedRecords); err != nil {
		return fmt.Errorf("count what stands alone: %w", err)
	}
	if lines > 0 {
		if err := s.do(ctx, `insert into ct_hours
			select distinct bucket, date_trunc('hour', time), category, coalesce(read_only, false) from ct_events
			where service = 's3' and category in (1, 2) and bucket is not null and time is not null`); err != nil {
			return err
		}
	}
	if records > 0 {
		if err := s.do(ctx, `insert into al_hours
			select distinct bucket, date_trunc('hour', time) from al_events
			where bucket is not null and time is not null and not starts_with(op_raw, 'S3.')`); err != nil {
			return err
		}
	}
	if err := s.writeLines(ctx, firstOf(crowdedLines, "p.arid rid, p.enc r_enc, p.access_key r_key", "arid", "ct_events e on e.rowid = p.crid")); err != nil {
		return err
	}
	if err := s.writeRecords(ctx, firstOf(crowdedRecords, "p.crid rid, p.status l_status, p.duration_ms l_duration, p.bytes_out l_out, p.bytes_in l_in",
		"crid", "al_events e on e.rowid = p.arid")); err != nil {
		return err
	}
	for _, name := range []string{"pairs", "lonely_lines", "lonely_records", "shared", "ct_hours", "al_hours"} {
		if err := s.do(ctx, `drop table `+name); err != nil {
			return err
		}
	}
	return nil
}

// firstOf selects columns of the pairs by what they are about, each once: where some are in several
// pairs, the one with the first of the other log counts.
func firstOf(crowded int64, columns, about, other string) string {
	if crowded == 0 {
		return `select ` + columns + ` from pairs p where own`
	}
	return `select ` + columns + ` from pairs p join ` + other + `
		where p.own qualify row_number() over (partition by p.` + about + ` order by e.member, e.record) = 1`
}

// An assignment gives a column of a table its value.
type assignment struct{ column, value string }

// change writes the assignments into the rows of table that rows names by rid, or into all where rows is
// empty, where they differ.
func change(table, rows string, all ...assignment) string {
	var set, differ strings.Builder
	for i, a := range all {
		if i > 0 {
			set.WriteString(", ")
			differ.WriteString(" or ")
		}
		fmt.Fprintf(&set, "%s = %s", a.column, a.value)
		fmt.Fprintf(&differ, "%s is distinct from %s", a.column, a.value)
	}
	if rows == "" {
		return fmt.Sprintf("update %s\nset %s where %s", table, set.String(), differ.String())
	}
	return fmt.Sprintf("update %[1]s\nset %[2]s from (%[3]s) w where w.rid = %[1]s.rowid and (%[4]s)", table, set.String(), rows, differ.String())
}

func mask(f model.Flags) string { return fmt.Sprintf("%d::uinteger", f) }

// marked is the flags of a row with f set where the condition holds, and without it elsewhere.
func marked(flags string, f model.Flags, where string) string {
	return fmt.Sprintf("(%s & ~%s | case when %s then %s else 0::uinteger end)", flags, mask(f), where, mask(f))
}

// own is what a column held before anything was joined to it; without is its value then.
func own(column, without string, f model.Flags) string {
	return fmt.Sprintf("(case when flags & %s = 0 then %s else %s end)", mask(f), column, without)
}

// What rows held before anything was joined to them.
var (
	lineEnc   = own("enc", fmt.Sprintf("%d::utinyint", model.EncUnknown), model.FlagEncJoined)
	lineKey   = own("access_key", "null", model.FlagKeyJoined)
	recordOut = own("bytes_out", "null", model.FlagBytesJoined)
	recordIn  = own("bytes_in", "null", model.FlagBytesJoined)
)

// writeLines gives access-log lines their fold and witness, and the encryption and access key of
// their records: first the folded ones, then the others.
func (s *settler) writeLines(ctx context.Context, telling string) error {
	givesEnc := fmt.Sprintf("(%s = %[2]d and r_enc not in (%[2]d, %[3]d))", lineEnc, model.EncUnknown, model.EncNA)
	givesKey := fmt.Sprintf("(%s is null and r_key is not null)", lineKey)
	return s.do(ctx,
		change(accessTable, telling,
			assignment{"fold", "1"}, assignment{"witness", fmt.Sprintf("%d", model.WitnessBoth)},
			assignment{"enc", fmt.Sprintf("(case when %s then r_enc else %s end)", givesEnc, lineEnc)},
			assignment{"access_key", fmt.Sprintf("coalesce(%s, r_key)", lineKey)},
			assignment{"flags", marked(marked("flags", model.FlagEncJoined, givesEnc), model.FlagKeyJoined, givesKey)}),
		change(accessTable, fmt.Sprintf(`select a.rowid rid, (case when l.aside then %d when %s then %d
				when h.bucket is not null then %d else %d end) found
			from al_events a join lonely_lines l on l.rid = a.rowid
			left join ct_hours h on h.bucket = a.bucket and h."hour" = date_trunc('hour', a.time)
				and h.category = case when %s then %d else %d end and h.reads = coalesce(a.read_only, false)`,
			model.WitnessBoth, lineOnly("a"), model.WitnessNA, model.WitnessAccessOnly, model.WitnessOtherLogAbsent, dataOp, model.Data, model.Management),
			append(lineApart(), assignment{"witness", "found"})...))
}

// writeRecords gives CloudTrail records their witness, and the status, duration and bytes of their
// lines: first those with a line of their own, then the others.
func (s *settler) writeRecords(ctx context.Context, told string) error {
	givesBytes := fmt.Sprintf("(%s is null and %s is null and (l_out is not null or l_in is not null))", recordOut, recordIn)
	return s.do(ctx,
		change(cloudTrailTable, told,
			assignment{"status", "l_status"}, assignment{"duration_ms", "l_duration"}, assignment{"witness", fmt.Sprintf("%d", model.WitnessBoth)},
			assignment{"bytes_out", fmt.Sprintf("(case when %s then l_out else %s end)", givesBytes, recordOut)},
			assignment{"bytes_in", fmt.Sprintf("(case when %s then l_in else %s end)", givesBytes, recordIn)},
			assignment{"flags", marked(marked("flags", model.FlagStatusJoined, "l_status is not null"), model.FlagBytesJoined, givesBytes)}),
		change(cloudTrailTable, fmt.Sprintf(`select c.rowid rid, (case when l.aside then %d when %s then %d
				when h.bucket is not null then %d else %d end) found
			from ct_events c join lonely_records l on l.rid = c.rowid
			left join al_hours h on h.bucket = c.bucket and h."hour" = date_trunc('hour', c.time)`,
			model.WitnessBoth, recordOnly("c"), model.WitnessNA, model.WitnessCloudTrailOnly, model.WitnessOtherLogAbsent),
			append(recordApart(), assignment{"witness", "found"})...))
}
