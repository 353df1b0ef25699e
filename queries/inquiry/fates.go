package inquiry

import (
	"context"
	"slices"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
)

// bucketsAtOnce bounds the buckets of one query.
const bucketsAtOnce = 200

// fates says of every delete whether what it deleted can be had back.
func (l *ledger) fates(ctx context.Context) error {
	var buckets []string
	removed := map[string]bool{} // objects of which some version was removed
	for _, d := range l.out.Entries {
		if !slices.Contains(buckets, d.Bucket) {
			buckets = append(buckets, d.Bucket)
		}
		if d.Kind == answer.VersionRemoved || d.Kind == answer.Expired {
			removed[d.Bucket+"\x00"+d.Key] = true
		}
	}
	kept, err := l.versioning(ctx, buckets)
	if err != nil {
		return err
	}
	writes, err := l.writes(ctx, buckets)
	if err != nil {
		return err
	}
	shown := map[string][]time.Time{} // when markers were removed
	for _, d := range l.out.Entries {
		if d.Kind == answer.MarkerRemoved && d.Time != nil {
			shown[d.Bucket+"\x00"+d.Key] = append(shown[d.Bucket+"\x00"+d.Key], *d.Time)
		}
	}
	for i := range l.out.Entries {
		d := &l.out.Entries[i]
		id := d.Bucket + "\x00" + d.Key
		if d.Kind == answer.VersionRemoved && l.markers[id+"\x00"+d.Version] {
			d.Kind = answer.MarkerRemoved // the version was a marker made before
		}
		d.Fate, d.Why = fate(d, kept[d.Bucket], writes[id], removed[id])
		if d.Time == nil {
			continue
		}
		d.Again = nextAfter(writes[id], *d.Time)
		if back := nextAfter(shown[id], *d.Time); back != nil && d.Fate == answer.Restorable {
			d.Fate, d.Why = answer.Restored, "the delete marker was removed at "+back.Format(time.RFC3339)
		}
	}
	return nil
}

func nextAfter(times []time.Time, t time.Time) *time.Time {
	var next *time.Time
	for _, w := range times {
		if w.After(t) && (next == nil || w.Before(*next)) {
			next = moment(w)
		}
	}
	return next
}

// fate is what became of what d deleted, and what that follows from.
func fate(d *answer.Delete, k *keeping, writes []time.Time, removed bool) (string, string) {
	switch d.Kind {
	case answer.Expired:
		return answer.Lost, "a lifecycle rule removes for good"
	case answer.VersionRemoved:
		return answer.Lost, "this version was removed; other versions may be left"
	case answer.MarkerRemoved:
		return answer.Restored, "what was removed is a delete marker; the object shows again"
	case answer.DeleteMarker:
		if removed {
			return answer.Restorable, "a marker hides the versions that are left; some of the object's were removed"
		}
		return answer.Restorable, "a marker hides the versions, which stay"
	}
	if k == nil || d.Time == nil {
		return answer.CannotTell, "nothing in the evidence tells whether the bucket keeps versions"
	}
	switch status, at := k.statusAt(*d.Time); {
	case status == "Enabled":
		return answer.Restorable, "versioning was switched on at " + at.Format(time.RFC3339) + ": the delete made a marker"
	case status == "Suspended" && slices.ContainsFunc(writes, func(w time.Time) bool { return !w.Before(at) && !w.After(*d.Time) }):
		return answer.Lost, "written and deleted while versioning was suspended, since " + at.Format(time.RFC3339)
	case status == "Suspended":
		return answer.Restorable, "versioning was suspended at " + at.Format(time.RFC3339) + "; a version from before stays, if versions were kept then"
	case k.seen:
		return answer.Restorable, "other records of the bucket name versions: the delete made a marker"
	}
	return answer.CannotTell, "nothing in the evidence tells whether the bucket keeps versions"
}

// versioning is what the evidence tells of the buckets' versioning.
func (l *ledger) versioning(ctx context.Context, buckets []string) (map[string]*keeping, error) {
	out := map[string]*keeping{}
	of := func(bucket string) *keeping {
		if out[bucket] == nil {
			out[bucket] = &keeping{}
		}
		return out[bucket]
	}
	for chunk := range slices.Chunk(buckets, bucketsAtOnce) {
		lines, err := l.s.Tally(ctx, query(model.Filter{}, is(model.FieldBucket, chunk...), has(model.FieldVersion), isNot(model.FieldVersion, "null"), is(model.FieldOutcome, model.OK.String())),
			model.TallyBy{Fields: []model.Field{model.FieldBucket}})
		if err != nil {
			return nil, err
		}
		for _, t := range lines {
			if b, ok := t.Values[0].(string); ok {
				of(b).seen = true
			}
		}
		q := query(model.Filter{}, is(model.FieldBucket, chunk...), is(model.FieldOp, "PutBucketVersioning"), is(model.FieldOutcome, model.OK.String()))
		err = rows(ctx, l.s, q, []model.Field{model.FieldRequest}, func(r row) error {
			walk(r.object(model.FieldRequest), func(name string, v any) {
				if s, ok := v.(string); ok && name == "Status" {
					k := of(r.text(model.FieldBucket))
					k.changes = append(k.changes, change{r.time(), s})
				}
			})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// writes are the times of the successful writes of the deleted objects.
func (l *ledger) writes(ctx context.Context, buckets []string) (map[string][]time.Time, error) {
	out := map[string][]time.Time{}
	for _, d := range l.out.Entries {
		out[d.Bucket+"\x00"+d.Key] = nil
	}
	fields := []model.Field{model.FieldTime, model.FieldBucket, model.FieldKey}
	within := model.Filter{}
	if l.placed() {
		within = l.f
	}
	for chunk := range slices.Chunk(buckets, bucketsAtOnce) {
		q := query(within, is(model.FieldBucket, chunk...), is(model.FieldOp, "PutObject", "PostObject", "CopyObject", "CompleteMultipartUpload"),
			is(model.FieldOutcome, model.OK.String()))
		err := l.s.Stream(ctx, q, fields, 0, func(m model.Row) error {
			r := row{fields, m.Values}
			id := r.text(model.FieldBucket) + "\x00" + r.text(model.FieldKey)
			if times, ok := out[id]; ok && !r.time().IsZero() {
				out[id] = append(times, r.time())
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
