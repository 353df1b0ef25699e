package inquiry

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
)

// bucketsAtOnce bounds the buckets of one query.
const bucketsAtOnce = 200

// nullVersion is the name of a version that is made where none are kept.
const nullVersion = "null"

func objectOf(d *answer.Delete) model.ObjectName {
	return model.ObjectName{Bucket: d.Bucket, Key: d.Key}
}

// fates says of every delete whether what it deleted can be had back.
func (l *ledger) fates(ctx context.Context) error {
	buckets := map[string]bool{}
	removed := map[model.ObjectName]bool{}      // objects of which some version was removed
	shown := map[model.ObjectName][]time.Time{} // when markers were removed
	for i := range l.out.Entries {
		d := &l.out.Entries[i]
		buckets[d.Bucket] = true
		if d.Kind == answer.VersionRemoved && l.markers[marker{objectOf(d), d.Version}] {
			d.Kind = answer.MarkerRemoved // the version was a marker made before
		}
		if d.Kind == answer.VersionRemoved || d.Kind == answer.Expired {
			removed[objectOf(d)] = true
		}
		if d.Kind == answer.MarkerRemoved && d.Time != nil {
			shown[objectOf(d)] = append(shown[objectOf(d)], *d.Time)
		}
	}
	for _, times := range shown {
		slices.SortFunc(times, time.Time.Compare)
	}
	kept, err := l.versioning(ctx, slices.Sorted(maps.Keys(buckets)))
	if err != nil {
		return err
	}
	writes, err := l.writes(ctx)
	if err != nil {
		return err
	}
	back, err := l.copiedBack(ctx, slices.Sorted(maps.Keys(buckets)))
	if err != nil {
		return err
	}
	for i := range l.out.Entries {
		d := &l.out.Entries[i]
		o := objectOf(d)
		d.Fate, d.Why, d.If = fate(d, kept[d.Bucket], writes[o], removed[o])
		if d.Time == nil {
			continue
		}
		d.Again = nextAfter(writes[o], *d.Time)
		shows := nextAfter(shown[o], *d.Time)
		if d.Fate == answer.Restorable || d.Fate == answer.CannotTell {
			back.restore(d, shows)
		}
		if shows != nil && d.Fate == answer.Restorable {
			d.Fate, d.Why, d.If = answer.Restored, "the delete marker was removed at "+shows.Format(time.RFC3339), ""
		}
	}
	return l.contradictions(ctx, writes)
}

// copyBack is a copy of a version over its own object.
type copyBack struct {
	at      time.Time
	version string
}

// copiesBack are those of each object, in order.
type copiesBack map[model.ObjectName][]copyBack

// copiedBack finds the versions of deleted objects that were copied over them, which brings them back.
func (l *ledger) copiedBack(ctx context.Context, buckets []string) (copiesBack, error) {
	out, deleted := copiesBack{}, map[model.ObjectName]bool{}
	for _, o := range l.objects(func(*answer.Delete) bool { return true }) {
		deleted[o] = true
	}
	fields := []model.Field{model.FieldTime, model.FieldBucket, model.FieldKey, copyAsked}
	for chunk := range slices.Chunk(buckets, bucketsAtOnce) {
		q := query(model.Filter{}, is(model.FieldBucket, chunk...), is(model.FieldOp, "CopyObject"), worked, is(model.FieldIs, "self-copy"))
		err := l.s.Stream(ctx, q, fields, 0, func(m model.Row) error {
			r := row{fields, m.Values}
			o := objectIn(r)
			if v := sourceVersion(r); v != "" && deleted[o] && !r.time().IsZero() {
				out[o] = append(out[o], copyBack{r.time(), v})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// restore says that what d deleted is back, where a version of it was copied over it before its marker
// was removed, if that is ever.
func (c copiesBack) restore(d *answer.Delete, shows *time.Time) {
	for _, b := range c[objectOf(d)] {
		if b.at.After(*d.Time) && (shows == nil || !shows.Before(b.at)) {
			d.Fate, d.If = answer.Restored, ""
			d.Why = "its version " + b.version + " was copied back at " + b.at.Format(time.RFC3339)
			return
		}
	}
}

// contradictions holds what is lost against the reads that came after.
func (l *ledger) contradictions(ctx context.Context, writes map[model.ObjectName][]time.Time) error {
	lost := l.objects(func(d *answer.Delete) bool { return d.Fate == answer.Lost })
	q := query(model.Filter{}, is(model.FieldOp, append([]string{copyRead, copyPartRead}, readOps...)...), worked)
	reads, err := l.s.VersionTimes(ctx, q, lost)
	if err != nil {
		return err
	}
	for i := range l.out.Entries {
		if d := &l.out.Entries[i]; d.Fate == answer.Lost {
			contradict(d, reads, writes[objectOf(d)])
		}
	}
	return nil
}

// contradict looks for a read of what d removed, behind the second it was removed in. A version that is
// named is no other's, whatever was written since; what no name tells apart may be what a write made, also
// one in the second of the delete.
func contradict(d *answer.Delete, reads map[model.ObjectVersion][]time.Time, writes []time.Time) {
	if d.Time == nil {
		return
	}
	of := func(version string) *time.Time {
		return nextAfter(reads[model.ObjectVersion{ObjectName: objectOf(d), Version: version}], *d.Time)
	}
	var exact *time.Time
	read := of("")
	if d.OfVersion() && d.Version != nullVersion {
		exact = of(d.Version)
	} else if null := of(nullVersion); read == nil || null != nil && null.Before(*read) {
		read = null
	}
	if read != nil && writtenIn(writes, *d.Time, *read) {
		read = nil
	}
	yet := "read again at %s, and no write is recorded in between"
	switch {
	case exact != nil && (read == nil || !exact.After(*read)):
		read, yet = exact, "read again at %s, this very version"
	case read == nil:
		return
	case d.OfVersion():
		yet += ": another version is left, or this one was not removed"
	}
	d.Fate, d.Read, d.Why = answer.Contradicted, read, fmt.Sprintf(yet, read.Format(time.RFC3339))+"; else: "+d.Why
}

// nextAfter is the first of times, which are in order, that is after t.
func nextAfter(times []time.Time, t time.Time) *time.Time {
	i := sort.Search(len(times), func(i int) bool { return times[i].After(t) })
	if i == len(times) {
		return nil
	}
	return moment(times[i])
}

// fate is what became of what d deleted, what that follows from, and what it hangs on.
func fate(d *answer.Delete, k *keeping, writes []time.Time, removed bool) (fate, why, hangs string) {
	switch d.Kind {
	case answer.Expired:
		return answer.Lost, "a lifecycle rule removes for good", ""
	case answer.VersionRemoved:
		return answer.Lost, "this version was removed; other versions may be left", ""
	case answer.MarkerRemoved:
		return answer.Restored, "what was removed is a delete marker; the object shows again", ""
	case answer.DeleteMarker:
		if removed {
			return answer.Restorable, "a marker hides the versions that are left; some of the object's were removed", ""
		}
		return answer.Restorable, "a marker hides the versions, which stay", ""
	}
	if k == nil || d.Time == nil {
		return answer.CannotTell, "nothing in the evidence tells whether the bucket keeps versions", ""
	}
	switch status, at := k.statusAt(*d.Time); {
	case status == "Enabled":
		return answer.Restorable, "versioning was switched on at " + at.Format(time.RFC3339) + ": the delete made a marker", ""
	case status == "Suspended" && writtenIn(writes, at, *d.Time):
		return answer.Lost, "written and deleted while versioning was suspended, since " + at.Format(time.RFC3339), ""
	case status == "Suspended":
		return answer.Restorable, "versioning was suspended at " + at.Format(time.RFC3339) + "; a version from before stays, if versions were kept then", answer.IfVersionsWereKept
	case k.seen:
		return answer.Restorable, "other records of the bucket name versions: the delete made a marker", ""
	}
	return answer.CannotTell, "nothing in the evidence tells whether the bucket keeps versions", ""
}

// writtenIn tells that one of times, which are in order, lies between two.
func writtenIn(times []time.Time, from, to time.Time) bool {
	i := sort.Search(len(times), func(i int) bool { return !times[i].Before(from) })
	return i < len(times) && !times[i].After(to)
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
		lines, err := l.s.Tally(ctx, query(model.Filter{}, is(model.FieldBucket, chunk...), has(model.FieldVersion), isNot(model.FieldVersion, "null"), worked),
			model.TallyBy{Fields: []model.Field{model.FieldBucket}, NoObjects: true})
		if err != nil {
			return nil, err
		}
		for _, t := range lines {
			if b, ok := t.Values[0].(string); ok {
				of(b).seen = true
			}
		}
		q := query(model.Filter{}, is(model.FieldBucket, chunk...), is(model.FieldOp, "PutBucketVersioning"), worked)
		err = rows(ctx, l.s, q, []model.Field{model.FieldRequest}, func(r row) error {
			walk(r.object(model.FieldRequest), func(name string, v any) {
				if s, ok := v.(string); ok && name == "Status" && !r.time().IsZero() {
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

// writes are the times of the successful writes of the deleted objects, in order.
func (l *ledger) writes(ctx context.Context) (map[model.ObjectName][]time.Time, error) {
	objects := l.objects(func(*answer.Delete) bool { return true })
	q := query(model.Filter{}, is(model.FieldOp, "PutObject", "PostObject", "CopyObject", "CompleteMultipartUpload"), worked)
	return l.s.Times(ctx, q, objects)
}

// objects are the distinct objects of the entries that are wanted.
func (l *ledger) objects(wanted func(*answer.Delete) bool) []model.ObjectName {
	seen := map[model.ObjectName]bool{}
	var out []model.ObjectName
	for i := range l.out.Entries {
		d := &l.out.Entries[i]
		if o := objectOf(d); !seen[o] && wanted(d) {
			seen[o], out = true, append(out, o)
		}
	}
	return out
}
