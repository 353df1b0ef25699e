package inquiry

import (
	"context"
	"maps"
	"slices"
	"strings"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
)

// ObjectSource also derives the encryption of objects.
type ObjectSource interface {
	Source
	ObjectEncryption(ctx context.Context, q model.Query, limit int) ([]model.ObjectEnc, error)
}

// storyParties bounds the readers and the writers that a story names.
const storyParties = 50

// Object tells the story of one object, bucket/key, or of a prefix, bucket/prefix*. At most limit
// events are told, the earliest first; 0 tells all.
func Object(ctx context.Context, s ObjectSource, name string, limit int) (answer.ObjectStory, error) {
	return model.Whole(ctx, ObjectParts(s, name, limit))
}

// firstEvents is how many events an early look tells: a small screenful, few enough for the store to find
// them before it reads their columns.
const firstEvents = 24

// ObjectParts are the steps to the story of Object. Until the events are whole their number is not told,
// nor the encryption of the object.
func ObjectParts(s ObjectSource, name string, limit int) []model.Part[answer.ObjectStory] {
	t := &telling{s: s, name: name, limit: limit, f: model.Filter{Terms: []model.Term{ObjectTerm(name)}}}
	t.out = answer.ObjectStory{Object: name, Lines: []answer.StoryLine{}}
	part := func(doing string, do func(ctx context.Context) error) model.Part[answer.ObjectStory] {
		return model.Part[answer.ObjectStory]{Doing: doing, Do: func(ctx context.Context) (answer.ObjectStory, error) {
			err := do(ctx)
			return t.out, err
		}}
	}
	parties := func(ops []string, into *[]answer.Party) func(ctx context.Context) error {
		return func(ctx context.Context) (err error) {
			*into, err = parties(ctx, s, query(t.f, is(model.FieldOp, ops...), worked))
			return err
		}
	}
	return []model.Part[answer.ObjectStory]{
		{Doing: "the first events", Peek: true, Do: t.peek},
		part("the events", t.events),
		part("readers", parties(readOps, &t.out.Readers)),
		part("writers", parties(writeOps, &t.out.Writers)),
		part("deletes", func(ctx context.Context) (err error) { t.out.Deletes, err = Deletes(ctx, s, t.f); return err }),
	}
}

// telling is a story that is being told. The steps only ever replace what is in it.
type telling struct {
	s     ObjectSource
	name  string
	f     model.Filter
	limit int
	out   answer.ObjectStory
	// markers are the delete markers that were made; the story tells of what was done to them.
	markers map[marker]bool
}

// storyFields are the columns a line is made of.
var storyFields = append(append([]model.Field(nil), eventFields...), model.FieldRequest, markerMade, versionAsked, requestURI, copyAsked)

// copyAsked is what a copy names as its source: with the version, which the object's name leaves out.
var copyAsked = model.JSONField(copiedVersion.Path)

// peekFields are those of an early look: every further column takes as long as finding the rows.
var peekFields = []model.Field{
	model.FieldTime, model.FieldLog, model.FieldOp, model.FieldOutcome, model.FieldBucket, model.FieldKey, model.FieldCopySource, model.FieldActor, model.FieldMember, model.FieldRecord,
}

func (t *telling) line(fields []model.Field, m model.Row) (row, answer.StoryLine) {
	r := row{fields, m.Values}
	line := answer.StoryLine{Event: r.event()}
	line.Act, line.Note = act(r, strings.TrimSuffix(t.name, "*"))
	return r, line
}

// peek tells the first events in few words, but for the reading halves of copies: which of them are told already is
// not known yet.
func (t *telling) peek(ctx context.Context) (answer.ObjectStory, error) {
	out := answer.ObjectStory{Object: t.name, Total: model.NotYet, Lines: []answer.StoryLine{}}
	err := t.s.Stream(ctx, model.Query{Filter: t.f}, peekFields, firstEvents, func(m model.Row) error {
		if r, line := t.line(peekFields, m); r.text(model.FieldOp) != copyRead {
			out.Lines = append(out.Lines, line)
		}
		return nil
	})
	return out, err
}

// How the access log tells of the reading half of a copy, and of a copy into a part of an upload.
const (
	copyRead     = "REST.COPY.OBJECT_GET"
	copyPartRead = "REST.COPY.PART_GET"
)

func (t *telling) events(ctx context.Context) error {
	q := model.Query{Filter: t.f}
	copied, err := copies(ctx, t.s, t.f)
	if err != nil {
		return err
	}
	again, err := t.again(ctx, copied)
	if err != nil {
		return err
	}
	most := int64(0) // rows that hold as many events as are told; 0: all
	if t.limit > 0 {
		most = int64(t.limit) + again
	}
	if t.out.Total, err = t.s.Count(ctx, q); err != nil {
		return err
	}
	t.out.Total -= again
	encs, err := t.s.ObjectEncryption(ctx, q, int(most))
	if err != nil {
		return err
	}
	enc := make(map[model.RecordID]string, len(encs))
	for _, e := range encs {
		enc[e.Row.ID] = e.Enc.String()
	}
	t.markers = map[marker]bool{}
	err = t.s.Stream(ctx, q, storyFields, most, func(m model.Row) error {
		r, line := t.line(storyFields, m)
		if r.text(model.FieldOp) == copyRead && copied[r.text(model.FieldRequestID)] || t.limit > 0 && len(t.out.Lines) == t.limit {
			return nil
		}
		t.remove(r, &line)
		line.ObjectEnc = enc[m.ID]
		t.out.Lines = append(t.out.Lines, line)
		return nil
	})
	if err != nil {
		return err
	}
	return withKeyReads(ctx, t.s, t.name, t.limit, &t.out)
}

// removals name what a delete did, where a record tells.
var removals = map[string]string{answer.DeleteMarker: "marked deleted", answer.MarkerRemoved: "delete marker removed", answer.VersionRemoved: "version removed"}

// remove says what a successful delete did. A version that was made as a marker before is one.
func (t *telling) remove(r row, line *answer.StoryLine) {
	if !slices.Contains(deleteOps, line.Op) || line.Outcome != model.OK.String() {
		return
	}
	kind, of := removalKind(r, line.Version), marker{model.ObjectName{Bucket: line.Bucket, Key: line.Key}, line.Version}
	switch {
	case kind == answer.DeleteMarker && line.Version != "":
		t.markers[of] = true
	case kind == answer.VersionRemoved && t.markers[of]:
		kind = answer.MarkerRemoved
	}
	if act := removals[kind]; act != "" {
		line.Act = act
	}
}

// again is how many rows are the reading half of a copy that its own record tells.
func (t *telling) again(ctx context.Context, copied map[string]bool) (n int64, err error) {
	fields := []model.Field{model.FieldOp, model.FieldRequestID}
	err = t.s.StreamAmong(ctx, query(t.f, is(model.FieldOp, copyRead)), slices.Collect(maps.Keys(copied)), fields, func(m model.Row) error {
		if r := (row{fields, m.Values}); r.text(model.FieldOp) == copyRead && copied[r.text(model.FieldRequestID)] {
			n++
		}
		return nil
	})
	return n, err
}

// withKeyReads adds the reads that only a use of the object's KMS key tells of.
func withKeyReads(ctx context.Context, s Source, name string, limit int, out *answer.ObjectStory) error {
	uses, err := keyUses(ctx, s, model.Filter{}, contextOf(name))
	if err != nil {
		return err
	}
	added := false
	for _, u := range uses {
		if u.Told != answer.ToldByKMS {
			continue
		}
		line := answer.StoryLine{Event: u.Event, Act: "read, told by KMS alone", Note: "Decrypt for this object, and no log tells of a read within " + keySlack.String()}
		line.Bucket, line.Key = u.Bucket, u.Key
		out.Lines, added = append(out.Lines, line), true
		out.Total++
		out.KMSOnly++
	}
	if added {
		slices.SortStableFunc(out.Lines, func(a, b answer.StoryLine) int { return compareMoments(a.Time, b.Time) })
	}
	if limit > 0 && len(out.Lines) > limit {
		out.Lines = out.Lines[:limit]
	}
	return nil
}

// copies are the request ids of the copies that CloudTrail tells of. The access log tells their
// reading half again.
func copies(ctx context.Context, s Source, f model.Filter) (map[string]bool, error) {
	out := map[string]bool{}
	err := s.Stream(ctx, query(f, has(model.FieldCopySource), has(model.FieldRequestID)), []model.Field{model.FieldRequestID}, 0, func(m model.Row) error {
		if id, ok := m.Values[0].(string); ok {
			out[id] = true
		}
		return nil
	})
	return out, err
}

var (
	readOps  = []string{"GetObject", "SelectObjectContent", "GetObjectTorrent"}
	writeOps = []string{"PutObject", "PostObject", "CopyObject", "CompleteMultipartUpload", "UpdateObjectEncryption"}
)

// ObjectTerm keeps what is about an object: bucket/key, s3://bucket/key, an ARN, or a prefix that ends
// in a star. Every other character of the name is taken literally.
func ObjectTerm(name string) model.Term {
	if prefix, ok := strings.CutSuffix(name, "*"); ok {
		return filter.BeginsWith(model.FieldObject, prefix)
	}
	return is(model.FieldObject, name)
}

// acts name what an operation does to an object.
var acts = map[string]string{
	"getobject": "read", "headobject": "looked at", "selectobjectcontent": "read", "getobjecttorrent": "read", "getobjectattributes": "looked at",
	"putobject": "written", "postobject": "written", "copyobject": "written", "createmultipartupload": "upload begun", "uploadpart": "part uploaded",
	"uploadpartcopy": "part uploaded", "completemultipartupload": "written", "abortmultipartupload": "upload aborted", "updateobjectencryption": "re-encrypted",
	"deleteobject": "deleted", "batch.delete.object": "deleted", "s3.expire.object": "expired", "s3.create.deletemarker": "marked deleted",
	"restoreobject": "restored from archive", "putobjectacl": "permissions changed", "getobjectacl": "looked at", "putobjecttagging": "tags changed",
	"deleteobjecttagging": "tags changed", "getobjecttagging": "looked at", "putobjectretention": "retention changed", "putobjectlegalhold": "legal hold changed",
	"rest.copy.object_get": "read for a copy", "rest.copy.part_get": "read for a copy", "decrypt": "key used to read",
}

// act says what a record did to the object whose name, or whose prefix, is given.
func act(r row, name string) (act, note string) {
	op := strings.ToLower(r.text(model.FieldOp))
	act = acts[op]
	if act == "" {
		act = r.text(model.FieldOp)
	}
	if source := r.text(model.FieldCopySource); source != "" {
		bucket, key := sourceObject(source)
		here := r.text(model.FieldBucket) + "/" + r.text(model.FieldKey)
		switch from := bucket + "/" + key; {
		case from == here && sourceVersion(r) != "":
			act, note = "version copied back", "version "+sourceVersion(r)+" over the current one"
		case from == here:
			act = "copied onto itself"
		case strings.HasPrefix(from, name) && !strings.HasPrefix(here, name):
			act, note = "copied out", "to "+here
		default:
			act, note = "copied in", "from "+from
		}
	}
	if strings.HasPrefix(op, "s3.transition") {
		act = "moved to another storage class"
	}
	if o := r.text(model.FieldOutcome); o != model.OK.String() {
		act = act + ", " + o
	}
	return act, note
}

// sourceVersion is the version that a copy names of its source; empty where it names none.
func sourceVersion(r row) string {
	_, version, _ := strings.Cut(r.text(copyAsked), "?versionId=")
	return version
}

// parties adds requests up by who made them.
func parties(ctx context.Context, s Source, q model.Query) ([]answer.Party, error) {
	lines, err := s.Tally(ctx, q, model.TallyBy{Fields: []model.Field{model.FieldActor, model.FieldAccessKey, model.FieldIP}, Limit: storyParties, NoObjects: true, Parts: true})
	out := []answer.Party{}
	for _, t := range lines {
		p := answer.Party{Requests: t.Calls(), CloudTrailOut: t.CloudTrailOut, AccessOut: t.AccessOut, First: moment(t.First), Last: moment(t.Last)}
		p.Actor, _ = t.Values[0].(string)
		p.AccessKey, _ = t.Values[1].(string)
		p.IP, _ = t.Values[2].(string)
		out = append(out, p)
	}
	return out, err
}
