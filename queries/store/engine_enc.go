package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

// givesEnc are the successful writes that decided how an object is encrypted, as the CloudTrail table
// has them: outcomes none to not-reported, and texts that are not known. An access-log line never
// tells of encryption.
var givesEnc = fmt.Sprintf("dup = 0 and obj64 is not null and time is not null and (enc between %d and %d or enc = %d)", model.EncNone, model.EncNotReported, model.EncOther)

// objectEncFields are the columns of the record itself.
var objectEncFields = []model.Field{
	model.FieldTime, model.FieldLog, model.FieldOp, model.FieldOutcome, model.FieldBucket, model.FieldKey, model.FieldVersion,
	model.FieldActor, model.FieldAccessKey, model.FieldIP, model.FieldEnc, model.FieldRequestID,
}

// ObjectEncFields are the columns of the rows that ObjectEncryption gives.
func (*Engine) ObjectEncFields() []model.Field { return append([]model.Field(nil), objectEncFields...) }

// ObjectEncryption tells for each of q's requests on an object which encryption the object had by
// the last successful write at or before it; a write of the version that the request names goes
// before a later one. What happened between the records is not known: the answer is derived.
func (e *Engine) ObjectEncryption(ctx context.Context, q model.Query, limit int) ([]model.ObjectEnc, error) {
	return ask(ctx, e, "derive the encryption of objects", func(ctx context.Context, db *sql.DB) ([]model.ObjectEnc, error) {
		all, err := e.branches(q)
		if err != nil || len(all) == 0 {
			return nil, err
		}
		text, args, err := union(all, func(b sqlgen.Branch) (string, string, error) {
			list, err := sqlgen.Select(dialect, b.Log, objectEncFields)
			kms := "kms_key"
			if b.Log == model.AccessLog {
				kms = "cast(null as varchar)"
			}
			return list + fmt.Sprintf(", obj64, member as m, record as r, %d as l, %s as kms", b.Log, kms), "", err
		}, "obj64 is not null and time is not null")
		if err != nil {
			return nil, err
		}
		if limit > 0 {
			text = fmt.Sprintf(`select * from (%s) order by "time", l, m, r limit %d`, text, limit)
		}
		text = fmt.Sprintf(`with q as materialized (%[1]s),
			w as materialized (select obj64, time, version, {enc: enc, kms: kms_key, member: member, record: record, time: time} as s
				from ct_events where %[2]s and obj64 in (select obj64 from q)),
			t as (select obj64, time, arg_max(s, (s.member, s.record)) as s from w group by all),
			v as (select obj64, version, time, arg_max(s, (s.member, s.record)) as s from w where version is not null group by all),
			o as (select q.*, t.s as ts from q asof left join t on t.obj64 = q.obj64 and t.time <= q.time),
			b as (select o.*, v.s as vs from o asof left join v on v.obj64 = o.obj64 and v.version = o.version and v.time <= o.time),
			a as (select b.*, case when l = %[4]d and (enc between %[5]d and %[6]d or enc = %[7]d) then true else false end as own, coalesce(vs, ts) as s from b)
			select %[3]s, l, m, r, case when own then enc else s.enc end, case when own then kms else s.kms end,
				case when own then m else s.member end, case when own then r else s.record end, case when own then "time" else s.time end
			from a order by "time", l, m, r`, text, givesEnc, qualified("a", objectEncFields),
			model.CloudTrail, model.EncNone, model.EncNotReported, model.EncOther)
		var out []model.ObjectEnc
		err = each(ctx, db, text, args, func(rows *sql.Rows) error {
			o, err := scanObjectEnc(rows)
			out = append(out, o)
			return err
		})
		return out, err
	})
}

func qualified(alias string, fields []model.Field) string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = alias + `."` + string(f) + `"`
	}
	return strings.Join(out, ", ")
}

func scanObjectEnc(rows *sql.Rows) (model.ObjectEnc, error) {
	cells := make([]any, len(objectEncFields)+8)
	into := make([]any, len(cells))
	for i := range cells {
		into[i] = &cells[i]
	}
	if err := rows.Scan(into...); err != nil {
		return model.ObjectEnc{}, err
	}
	n := len(objectEncFields)
	o := model.ObjectEnc{Row: model.Row{
		ID:     model.RecordID{Log: model.Log(whole(cells[n])), Member: model.MemberID(whole(cells[n+1])), Number: uint32(whole(cells[n+2]))},
		Values: make([]any, n),
	}}
	for i, f := range objectEncFields {
		o.Row.Values[i] = typed(f, cells[i])
	}
	if cells[n+3] == nil {
		return o, nil
	}
	o.Enc = model.Enc(whole(cells[n+3]))
	o.KMSKey, _ = cells[n+4].(string)
	o.Write = model.RecordID{Log: model.CloudTrail, Member: model.MemberID(whole(cells[n+5])), Number: uint32(whole(cells[n+6]))}
	if t, ok := cells[n+7].(time.Time); ok {
		o.Written = t.UTC()
	}
	return o, nil
}

// Overwrites finds writes among q's requests that changed an object's encryption or KMS key after the
// same credential had read the object at most within before: how an object is re-encrypted by hand.
func (e *Engine) Overwrites(ctx context.Context, q model.Query, within time.Duration) ([]model.Overwrite, error) {
	return ask(ctx, e, "pair reads with overwrites", func(ctx context.Context, db *sql.DB) ([]model.Overwrite, error) {
		all, err := e.branches(q)
		if err != nil {
			return nil, err
		}
		var out []model.Overwrite
		for _, b := range all {
			if b.Log != model.CloudTrail {
				continue
			}
			// Most objects are always written alike: only those that are not, or that a customer's key was used
			// for, can be in a pair.
			text := fmt.Sprintf(`with c as materialized (select obj64 from ct_events where %[2]s group by obj64
				having min(enc) <> max(enc) or bool_or(enc = %[3]d) or min(kms_key) <> max(kms_key) or (count(kms_key) > 0 and count(kms_key) <> count(*))),
			w as materialized (select obj64, bucket, key, actor, access_key, time, enc, kms_key, member, record from ct_events
				where %[1]s and %[2]s and lower(op) in ('putobject', 'postobject') and access_key is not null and obj64 in (select obj64 from c)),
			r as materialized (select obj64, access_key, time, max((member, record)) as at from ct_events
				where dup = 0 and outcome = 1 and lower(op) = 'getobject' and access_key is not null and time is not null and obj64 in (select obj64 from w)
				group by all),
			p as (select obj64, time, arg_max(enc, (member, record)) as enc, arg_max(kms_key, (member, record)) filter (kms_key is not null) as kms_key
				from ct_events where %[2]s and obj64 in (select obj64 from w) group by all),
			pairs as (select w.*, r.time as rt, r.at[1] as rm, r.at[2] as rr from w asof join r
				on r.obj64 = w.obj64 and r.access_key = w.access_key and r.time <= w.time)
			select pairs.bucket, pairs.key, coalesce(pairs.actor, ''), pairs.access_key, rt, rm, rr, pairs.time, pairs.member, pairs.record,
				p.enc, coalesce(p.kms_key, ''), pairs.enc, coalesce(pairs.kms_key, '')
			from pairs asof left join p on p.obj64 = pairs.obj64 and p.time < pairs.time
			where epoch_us(pairs.time) - epoch_us(rt) <= ? and (p.enc is distinct from pairs.enc or p.kms_key is distinct from pairs.kms_key)
				and (p.enc is not null or pairs.enc = %[3]d)
			order by pairs.time, pairs.member, pairs.record`, b.Where, givesEnc, model.EncSSEC)
			args := append(append([]any(nil), b.Args...), within.Microseconds())
			err = each(ctx, db, text, args, func(rows *sql.Rows) error {
				var o model.Overwrite
				var before sql.NullInt16
				var after uint8
				o.Read.Log, o.Write.Log = model.CloudTrail, model.CloudTrail
				err := rows.Scan(&o.Bucket, &o.Key, &o.Actor, &o.AccessKey, &o.ReadAt, &o.Read.Member, &o.Read.Number,
					&o.WriteAt, &o.Write.Member, &o.Write.Number, &before, &o.BeforeKey, &after, &o.AfterKey)
				o.Before, o.After = model.Enc(before.Int16), model.Enc(after)
				out = append(out, o)
				return err
			})
			if err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}
