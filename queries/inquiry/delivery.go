package inquiry

import (
	"cmp"
	"context"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
)

// DeliverySource also lists the files of the case.
type DeliverySource interface {
	Source
	Members(ctx context.Context) ([]model.Member, error)
}

// deliverers are the services that write CloudTrail's files.
var deliverers = []string{"cloudtrail.amazonaws.com", "delivery.logs.amazonaws.com"}

// fileName is the name of a log file or digest as CloudTrail delivers it: account, kind, region, and the
// minute or second of delivery (CloudTrail User Guide, "Finding your CloudTrail log files" and
// "CloudTrail digest file structure").
var fileName = regexp.MustCompile(`^(\d{12})_CloudTrail(-[A-Za-z]+)?_([a-z0-9-]+)_(?:.*_)?(\d{8}T\d{4}(?:\d{2})?Z)(?:_[A-Za-z0-9]+)?\.json(?:\.gz)?$`)

// nameOf takes a delivered file's name apart; ok is false for every other name.
func nameOf(key string) (owner, kind string, at time.Time, ok bool) {
	m := fileName.FindStringSubmatch(path.Base(key))
	if m == nil {
		return "", "", at, false
	}
	kind = "log"
	if m[2] == "-Digest" {
		kind = "digest"
	}
	for _, layout := range []string{"20060102T1504Z", "20060102T150405Z"} {
		if t, err := time.Parse(layout, m[4]); err == nil {
			return m[1] + "\x00" + m[3], kind, t, true
		}
	}
	return "", "", at, false
}

// delivery is what is known of the file of one name.
type delivery struct {
	kind        string
	done, tried *answer.Event // the last write by CloudTrail, and the last attempt that failed
	foreign     []answer.Event
	member      string
	size        int64 // of the member
	notRecorded bool
	named       time.Time // in the name
}

// reconciler collects deliveries and files by name. The unique part of a name makes it one of a kind.
type reconciler struct {
	named map[string]*delivery
	owner map[string]model.Span // account and region: the time in which deliveries are recorded
	out   answer.Delivery
}

// Deliveries holds the files of the case against the writes of CloudTrail's that f keeps: where the
// bucket of a trail is itself recorded, each delivered file is named with its size.
func Deliveries(ctx context.Context, s DeliverySource, f model.Filter) (answer.Delivery, error) {
	r := reconciler{named: map[string]*delivery{}, owner: map[string]model.Span{}}
	r.out = answer.Delivery{Filter: filter.Print(f), Buckets: []string{}, Logs: map[string]int64{}, Digests: map[string]int64{}, Files: []answer.Delivered{}}
	named := model.Term{Field: model.FieldKey, Values: []model.Value{{Text: "*_CloudTrail*.json*", Glob: true}}}
	err := rows(ctx, s, query(f, is(model.FieldOp, "PutObject", "CopyObject", "PostObject", "CompleteMultipartUpload"), named), nil, r.write)
	if err != nil || len(r.out.Buckets) == 0 {
		return r.out, err
	}
	members, err := s.Members(ctx)
	if err != nil {
		return r.out, err
	}
	r.hold(members)
	for base, d := range r.named {
		r.judge(base, d)
	}
	slices.Sort(r.out.Buckets)
	slices.SortFunc(r.out.Files, func(a, b answer.Delivered) int {
		return cmp.Or(cmp.Compare(b.Kind, a.Kind), compareMoments(a.Time, b.Time), cmp.Compare(a.Bucket, b.Bucket), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Record, b.Record))
	})
	return r.out, nil
}

// write takes one write of a file that is named as CloudTrail names its files.
func (r *reconciler) write(row row) error {
	e := row.event()
	owner, kind, _, ok := nameOf(e.Key)
	if !ok {
		return nil
	}
	d := r.named[path.Base(e.Key)]
	if d == nil {
		d = &delivery{kind: kind}
		r.named[path.Base(e.Key)] = d
	}
	done := e.Outcome == model.OK.String()
	switch byService := slices.Contains(deliverers, e.Actor); {
	case byService && done:
		d.done = &e
		r.recorded(owner, e)
	case byService:
		d.tried = &e
	case done:
		d.foreign = append(d.foreign, e)
	}
	return nil
}

// recorded widens the time in which deliveries of an account and region are recorded.
func (r *reconciler) recorded(owner string, e answer.Event) {
	if !slices.Contains(r.out.Buckets, e.Bucket) {
		r.out.Buckets = append(r.out.Buckets, e.Bucket)
	}
	if e.Time == nil {
		return
	}
	span := r.owner[owner]
	if span.From.IsZero() || e.Time.Before(span.From) {
		span.From = *e.Time
	}
	if e.Time.After(span.To) {
		span.To = *e.Time
	}
	r.owner[owner] = span
	if r.out.From == nil || e.Time.Before(*r.out.From) {
		r.out.From = e.Time
	}
	if r.out.To == nil || e.Time.After(*r.out.To) {
		r.out.To = e.Time
	}
}

// recordedWithin is how long after a file's minute the record of its delivery may still be on its way.
const recordedWithin = 15 * time.Minute

// hold ties the case's files to the deliveries of their names, and adds those that no delivery names
// although others before and after them are recorded.
func (r *reconciler) hold(members []model.Member) {
	for i := range members {
		m := &members[i]
		base := path.Base(m.Place())
		owner, kind, at, ok := nameOf(base)
		if !ok || m.Part > 1 {
			continue
		}
		d := r.named[base]
		if span, known := r.owner[owner]; d == nil && known && !at.Before(span.From) && !at.Add(recordedWithin).After(span.To) {
			d = &delivery{kind: kind, notRecorded: true, named: at}
			r.named[base] = d
		}
		if d != nil && (d.member == "" || d.done != nil && sizeOf(d.done) != nil && m.SizeFile == *sizeOf(d.done)) {
			d.member, d.size = m.Name, m.SizeFile
		}
	}
}

// sizeOf is the size of a write: what came in, or the object's size, which is what the access log tells.
func sizeOf(e *answer.Event) *int64 {
	if e.BytesIn != nil {
		return e.BytesIn
	}
	return e.Size
}

// nameInHeader tells that a file is as much longer as its name takes in the gzip header, where gzip and
// some collectors write it and CloudTrail does not (RFC 1952, section 2.3.1, FNAME).
func nameInHeader(base string, more int64) bool {
	return more == int64(len(base))+1 || more == int64(len(strings.TrimSuffix(base, ".gz")))+1
}

// judge counts the file of one name, and lists it unless it is as it was delivered.
func (r *reconciler) judge(base string, d *delivery) {
	counts := r.out.Logs
	if d.kind == "digest" {
		counts = r.out.Digests
	}
	add := func(state, note string, e *answer.Event) {
		if counts[state]++; state == answer.DeliveryPresent {
			return
		}
		x := answer.Delivered{State: state, Kind: d.kind, Key: d.member, Time: moment(d.named), Member: d.member, Note: note}
		if e != nil {
			x.Bucket, x.Key, x.Time, x.Size, x.Actor, x.Record = e.Bucket, e.Key, e.Time, sizeOf(e), e.Actor, e.Record
		}
		if d.member != "" {
			x.SizeHere = &d.size
		}
		if state == answer.DeliveryRefused {
			x.Size = nil // what came in of it is not its size
		}
		r.out.Files = append(r.out.Files, x)
	}
	for i := range d.foreign {
		if slices.Contains(r.out.Buckets, d.foreign[i].Bucket) {
			add(answer.DeliveryForeign, "written into a bucket of a trail by somebody who is not CloudTrail", &d.foreign[i])
		}
	}
	switch size := int64(0); {
	case d.notRecorded:
		add(answer.DeliveryNotRecorded, "no write of it is recorded: another trail or bucket delivered it, or the record is in a file that is missing", nil)
	case d.done == nil && d.tried != nil && d.member == "":
		add(answer.DeliveryRefused, "the attempt to deliver it failed: "+d.tried.Error, d.tried)
	case d.done == nil && d.tried == nil:
	case d.member == "":
		add(answer.DeliveryMissing, "", d.done)
	case d.done != nil && sizeOf(d.done) != nil:
		size = *sizeOf(d.done)
		if d.size != size && !nameInHeader(base, d.size-size) {
			add(answer.DeliveryOtherSize, "", d.done)
			return
		}
		add(answer.DeliveryPresent, "", d.done)
	default:
		add(answer.DeliveryPresent, "", d.done)
	}
}
