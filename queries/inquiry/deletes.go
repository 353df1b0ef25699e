package inquiry

import (
	"cmp"
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
)

// deleteOps are the records that name one deleted key each.
var deleteOps = []string{"DeleteObject", "BATCH.DELETE.OBJECT", "S3.EXPIRE.OBJECT", "S3.CREATE.DELETEMARKER"}

// ledger collects deletes.
type ledger struct {
	s       Source
	f       model.Filter
	out     answer.Deletes
	byID    map[string]int  // request id, bucket, key and the version that was asked for, to the entry
	markers map[marker]bool // those that were made
}

// marker is a delete marker by its version.
type marker struct {
	of      model.ObjectName
	version string
}

// Deletes lists every successful delete that f keeps, key by key, from whichever log has the key. A
// multi-object delete's keys come from the access log's lines with its request id, from events of
// their own, or from the call's record; where neither log has them, the call stands alone.
func Deletes(ctx context.Context, s Source, f model.Filter) (answer.Deletes, error) {
	return model.Whole(ctx, DeletesParts(s, f))
}

// firstDeletes is how many deletes an early look tells.
const firstDeletes = 200

// DeletesParts are the steps to the ledger of Deletes. Entries without a fate are not yet told of.
func DeletesParts(s Source, f model.Filter) []model.Part[answer.Deletes] {
	l := newLedger(s, f)
	return []model.Part[answer.Deletes]{
		{Doing: "the first ones", Peek: true, Do: func(ctx context.Context) (answer.Deletes, error) {
			first := newLedger(s, f)
			err := first.singles(ctx, firstDeletes)
			first.out.Refused = model.NotYet
			return first.out, err
		}},
		{Doing: "reading the deletes", Do: func(ctx context.Context) (answer.Deletes, error) {
			if err := l.singles(ctx, 0); err != nil {
				return l.out, err
			}
			so := l.out
			so.Entries, so.Kinds, so.Fates, so.KeyFates, so.VersionFates, so.Refused = slices.Clone(l.out.Entries), nil, nil, nil, nil, model.NotYet
			return so, nil
		}},
		{Doing: "calls for many objects, versions and later writes", Do: func(ctx context.Context) (answer.Deletes, error) {
			for _, step := range []func(context.Context) error{l.calls, l.refused, l.fates} {
				if err := step(ctx); err != nil {
					return l.out, err
				}
			}
			l.inOrder()
			return l.out, nil
		}},
	}
}

func newLedger(s Source, f model.Filter) *ledger {
	l := &ledger{s: s, f: f, byID: map[string]int{}, markers: map[marker]bool{}}
	l.out = answer.Deletes{Filter: filter.Print(f), Entries: []answer.Delete{}, Kinds: map[string]int64{}, Fates: map[string]int64{},
		KeyFates: map[string]int64{}, VersionFates: map[string]int64{}, UnknownKeys: []answer.Event{}}
	return l
}

// inOrder sorts the entries and counts them by kind and fate.
func (l *ledger) inOrder() {
	slices.SortStableFunc(l.out.Entries, func(a, b answer.Delete) int {
		return cmp.Or(compareMoments(a.Time, b.Time), cmp.Compare(a.Bucket, b.Bucket), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Record, b.Record))
	})
	type told struct {
		of   model.ObjectName
		fate string
		hang bool
	}
	seen := map[told]bool{}
	first := func(t told) bool {
		was := seen[t]
		seen[t] = true
		return !was
	}
	for i := range l.out.Entries {
		d := &l.out.Entries[i]
		l.out.Kinds[d.Kind]++
		l.out.Fates[d.Fate]++
		if d.OfVersion() {
			l.out.VersionFates[d.Fate]++
			continue
		}
		if first(told{objectOf(d), d.Fate, false}) {
			l.out.KeyFates[d.Fate]++
		}
		if d.If != "" && first(told{objectOf(d), d.Fate, true}) {
			l.out.Hanging++
		}
	}
	l.out.Objects = int64(len(l.objects(func(*answer.Delete) bool { return true })))
}

// The paths of what tells the kinds of deletes apart, in the answer of one log and the request of either.
var (
	markerMade   = model.JSONField(filter.JoinPath("responseElements", "x-amz-delete-marker"))
	versionAsked = model.JSONField(filter.JoinPath("requestParameters", "versionId"))
	requestURI   = model.JSONField("request_uri")
)

// deleteFields are the columns an entry is made of.
var deleteFields = []model.Field{
	model.FieldTime, model.FieldLog, model.FieldOp, model.FieldOutcome, model.FieldBucket, model.FieldKey, model.FieldVersion, model.FieldActor,
	model.FieldAccessKey, model.FieldIP, model.FieldRequestID, model.FieldHostID, model.FieldFlags, model.FieldMember, model.FieldRecord, markerMade, versionAsked, requestURI,
}

func (l *ledger) singles(ctx context.Context, limit int64) error {
	q := query(l.f, is(model.FieldOp, deleteOps...), worked, has(model.FieldKey))
	return l.s.Stream(ctx, q, deleteFields, limit, func(m model.Row) error {
		r := row{deleteFields, m.Values}
		l.add(r, r.text(model.FieldKey), r.text(model.FieldVersion), sourcesOf(r)...)
		return nil
	})
}

// sourcesOf are the logs that tell a record's key. The access log does where the record has its
// status from its own line; one that only tells of the same call names no key.
func sourcesOf(r row) []string {
	flags, _ := r.get(model.FieldFlags).([]string)
	if slices.ContainsFunc(model.FlagStatusJoined.Names(), func(name string) bool { return slices.Contains(flags, name) }) {
		return model.LogNames
	}
	return []string{r.text(model.FieldLog)}
}

// add enters one key, or what else a record tells of one that is there.
func (l *ledger) add(r row, key, version string, sources ...string) {
	d := answer.Delete{Time: moment(r.time()), Bucket: r.text(model.FieldBucket), Key: key, Version: version, Op: r.text(model.FieldOp),
		Actor: r.text(model.FieldActor), AccessKey: r.text(model.FieldAccessKey), IP: r.text(model.FieldIP),
		Sources: slices.Clone(sources), RequestID: r.text(model.FieldRequestID), Record: r.name(), Kind: removalKind(r, version)}
	if d.Kind == answer.DeleteMarker && version != "" {
		l.markers[marker{objectOf(&d), version}] = true
	}
	asked, lifecycle := version, ""
	if d.Op == "DeleteObject" && !namesVersion(r) {
		asked = "" // the version of the marker, which other records of the request do not know
	}
	if strings.HasPrefix(d.Op, "S3.") {
		lifecycle = d.Op
	}
	id := strings.Join([]string{d.RequestID, d.Bucket, key, asked, lifecycle}, "\x00")
	if i, ok := l.byID[id]; ok && d.RequestID != "" {
		enrich(&l.out.Entries[i], d)
		return
	}
	l.byID[id] = len(l.out.Entries)
	l.out.Entries = append(l.out.Entries, d)
}

// enrich adds to e what another record tells of the same delete: only CloudTrail's answer tells of
// markers, and its record of access keys.
func enrich(e *answer.Delete, d answer.Delete) {
	for _, s := range d.Sources {
		if !slices.Contains(e.Sources, s) {
			e.Sources = append(e.Sources, s)
		}
	}
	if d.Kind == answer.DeleteMarker && e.Kind == answer.PlainDelete || d.Kind == answer.MarkerRemoved && e.Kind == answer.VersionRemoved {
		e.Kind = d.Kind
	}
	e.Version, e.AccessKey = cmp.Or(e.Version, d.Version), cmp.Or(e.AccessKey, d.AccessKey)
	if e.Time == nil || d.Time != nil && d.Time.Before(*e.Time) && d.Op != "DeleteObjects" {
		e.Time = d.Time
	}
}

// removalKind tells what a delete did (Amazon S3 API Reference, DeleteObject: a delete without a version
// makes a marker where versions are kept; one of a marker's version removes the marker).
func removalKind(r row, version string) string {
	marker := r.text(markerMade) == "true"
	switch op := r.text(model.FieldOp); {
	case op == "S3.EXPIRE.OBJECT":
		return answer.Expired
	case op == "S3.CREATE.DELETEMARKER":
		return answer.DeleteMarker
	case op == "DeleteObject" && namesVersion(r) && marker:
		return answer.MarkerRemoved
	case op == "DeleteObject" && namesVersion(r), op != "DeleteObject" && version != "":
		return answer.VersionRemoved
	case marker:
		return answer.DeleteMarker
	}
	return answer.PlainDelete
}

// namesVersion tells that the request names a version; the answer may name one too.
func namesVersion(r row) bool {
	if r.text(model.FieldLog) == model.CloudTrail.String() {
		return r.get(model.FieldVersion) != nil && r.get(versionAsked) != nil
	}
	return strings.Contains(r.text(requestURI), "versionId=")
}

// calls looks at multi-object deletes: the lines and events with their request ids, then the keys in
// the records themselves.
func (l *ledger) calls(ctx context.Context) error {
	all, err := l.findCalls(ctx)
	if err != nil {
		return err
	}
	if !l.placed() {
		if err := l.keysOf(ctx, all); err != nil {
			return err
		}
	}
	for _, c := range all {
		counts := len(c.keys) == 0
		for _, k := range c.keys {
			if l.wanted(c.r.text(model.FieldBucket), k.Key) {
				counts = true
				l.add(c.r, k.Key, k.VersionID, "cloudtrail-call")
			}
		}
		if !counts || len(c.keys) == 0 && l.narrow() {
			continue
		}
		l.out.Calls++
		if len(c.keys) == 0 && !c.told {
			l.out.UnknownKeys = append(l.out.UnknownKeys, c.r.event())
		}
	}
	return nil
}

// namedKey is a key in the record of a multi-object delete.
type namedKey struct {
	Key       string `json:"key"`
	VersionID string `json:"versionId"`
}

type call struct {
	r    row
	keys []namedKey
	told bool // lines or events tell the keys
}

// oneRequest tells that a record with the call's request id is of its request. Request ids are short
// and happen to be equal; the host's is long, and no request is about two buckets.
func (c *call) oneRequest(r row) bool {
	host, other := c.r.text(model.FieldHostID), r.text(model.FieldHostID)
	return r.text(model.FieldBucket) == c.r.text(model.FieldBucket) && (host == "" || other == "" || host == other)
}

// keysOf enters the keys that lines and events with the request ids of calls name.
func (l *ledger) keysOf(ctx context.Context, all []*call) error {
	byID := map[string][]*call{}
	var ids []string
	for _, c := range all {
		if id := c.r.text(model.FieldRequestID); id != "" {
			ids = append(ids, id)
			byID[id] = append(byID[id], c)
		}
	}
	q := query(model.Filter{}, is(model.FieldOp, deleteOps...), has(model.FieldKey))
	return l.s.StreamAmong(ctx, q, ids, deleteFields, func(m model.Row) error {
		r := row{deleteFields, m.Values}
		mine := false
		for _, c := range byID[r.text(model.FieldRequestID)] {
			if c.oneRequest(r) {
				c.told, mine = true, true
			}
		}
		if mine && r.text(model.FieldOutcome) == model.OK.String() && l.wanted(r.text(model.FieldBucket), r.text(model.FieldKey)) {
			l.add(r, r.text(model.FieldKey), r.text(model.FieldVersion), sourcesOf(r)...)
		}
		return nil
	})
}

// findCalls lists the multi-object deletes f keeps. Their records have no key of their own, so terms
// on the key and object are left to wanted.
func (l *ledger) findCalls(ctx context.Context) ([]*call, error) {
	f := model.Filter{}
	for _, t := range l.f.Terms {
		if t.Field != model.FieldKey && t.Field != model.FieldObject {
			f = f.With(t)
		}
	}
	if b := l.bucket(); b != "" {
		f = f.With(is(model.FieldBucket, b))
	}
	var out []*call
	err := rows(ctx, l.s, query(f, is(model.FieldOp, "DeleteObjects"), worked), []model.Field{model.FieldRequest, model.FieldHostID}, func(r row) error {
		c := &call{r: r}
		var request struct {
			Objects json.RawMessage `json:"objects"`
			Delete  json.RawMessage `json:"delete"`
		}
		if json.Unmarshal([]byte(r.text(model.FieldRequest)), &request) == nil {
			c.keys = keysIn(request.Objects)
			if len(c.keys) == 0 {
				c.keys = keysIn(request.Delete)
			}
		}
		out = append(out, c)
		return nil
	})
	return out, err
}

// keysIn reads the keys of a list of objects, or of a Delete element that holds one.
func keysIn(text json.RawMessage) []namedKey {
	var list []namedKey
	if json.Unmarshal(text, &list) != nil {
		var inner struct {
			Objects []namedKey `json:"objects"`
			Object  []namedKey `json:"object"`
		}
		if json.Unmarshal(text, &inner) != nil {
			return nil
		}
		list = append(inner.Objects, inner.Object...)
	}
	return slices.DeleteFunc(list, func(k namedKey) bool { return k.Key == "" })
}

// narrow tells that f asks for keys.
func (l *ledger) narrow() bool { return l.f.Names(model.FieldKey) || l.f.Names(model.FieldObject) }

// placed tells that f asks for nothing but places: the lines and events that name a key are found by it
// then, and calls without keys are none of the answer.
func (l *ledger) placed() bool {
	return l.narrow() && !slices.ContainsFunc(l.f.Terms, func(t model.Term) bool {
		return !t.Off && t.Field != model.FieldKey && t.Field != model.FieldObject && t.Field != model.FieldBucket
	})
}

// bucket is the one bucket that f's terms on objects name; empty when they name none or several.
func (l *ledger) bucket() string {
	found := ""
	for _, t := range l.f.Terms {
		if t.Field != model.FieldObject || t.Off || t.Not || t.Op != model.Equals || len(t.Values) != 1 {
			continue
		}
		name, _, ok := strings.Cut(strings.TrimPrefix(t.Values[0].Text, "s3://"), "/")
		if ok && !(t.Values[0].Glob && strings.ContainsAny(name, `*?\`)) {
			found = name
		}
	}
	return found
}

// wanted holds a key against f's terms on keys and objects.
func (l *ledger) wanted(bucket, key string) bool { return about(l.f, bucket, key) }

// about holds an object against f's terms on buckets, keys and objects, as the engine would.
func about(f model.Filter, bucket, key string) bool {
	texts := map[model.Field]string{model.FieldBucket: bucket, model.FieldKey: key, model.FieldObject: bucket + "/" + key}
	for _, t := range f.Terms {
		text, ok := texts[t.Field]
		if t.Off || !ok {
			continue
		}
		hit := t.Op == model.Present && text != ""
		for _, v := range t.Values {
			switch {
			case t.Op == model.Matches:
				e, err := regexp.Compile(v.Text)
				hit = hit || err == nil && e.MatchString(text)
			case t.Op == model.Equals && v.Glob:
				hit = hit || filter.Glob(strings.TrimPrefix(v.Text, "s3://"), text)
			case t.Op == model.Equals:
				hit = hit || strings.TrimPrefix(v.Text, "s3://") == text || t.Field == model.FieldObject && v.Text == bucket
			}
		}
		if hit == t.Not {
			return false
		}
	}
	return true
}

func (l *ledger) refused(ctx context.Context) error {
	n, err := l.s.Count(ctx, query(l.f, is(model.FieldOp, append([]string{"DeleteObjects"}, deleteOps...)...), isNot(model.FieldOutcome, model.OK.String())))
	l.out.Refused = n
	return err
}

// keeping is what the evidence tells of a bucket's versioning.
type keeping struct {
	seen    bool // some record in the bucket names a version
	changes []change
}

type change struct {
	at     time.Time
	status string
}

// statusAt is the status last set before t; empty when none is recorded.
func (k keeping) statusAt(t time.Time) (string, time.Time) {
	status, at := "", time.Time{}
	for _, c := range k.changes {
		if c.at.Before(t) {
			status, at = c.status, c.at
		}
	}
	return status, at
}
