package inquiry

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"trailsift/model"
	"trailsift/model/answer"
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
	out := answer.ObjectStory{Object: name, Lines: []answer.StoryLine{}}
	term := ObjectTerm(name)
	f := model.Filter{Terms: []model.Term{term}}
	encs, err := s.ObjectEncryption(ctx, model.Query{Filter: f}, 0)
	if err != nil {
		return out, err
	}
	enc := make(map[string]string, len(encs))
	for _, e := range encs {
		enc[fmt.Sprint(e.Row.ID)] = e.Enc.String()
	}
	copied, err := copies(ctx, s, f)
	if err != nil {
		return out, err
	}
	fields := append(append([]model.Field(nil), eventFields...), model.FieldRequest)
	err = s.Stream(ctx, model.Query{Filter: f}, fields, 0, func(m model.Row) error {
		r := row{fields, m.Values}
		if r.text(model.FieldOp) == "REST.COPY.OBJECT_GET" && copied[r.text(model.FieldRequestID)] {
			return nil // the copy's own record tells it
		}
		if out.Total++; limit > 0 && out.Total > int64(limit) {
			return nil
		}
		line := answer.StoryLine{Event: r.event(), ObjectEnc: enc[fmt.Sprint(m.ID)]}
		line.Act, line.Note = act(r, strings.TrimSuffix(name, "*"))
		out.Lines = append(out.Lines, line)
		return nil
	})
	if err != nil {
		return out, err
	}
	if err := withKeyReads(ctx, s, name, limit, &out); err != nil {
		return out, err
	}
	if out.Readers, err = parties(ctx, s, query(f, is(model.FieldOp, readOps...), is(model.FieldOutcome, model.OK.String()))); err != nil {
		return out, err
	}
	if out.Writers, err = parties(ctx, s, query(f, is(model.FieldOp, writeOps...), is(model.FieldOutcome, model.OK.String()))); err != nil {
		return out, err
	}
	out.Deletes, err = Deletes(ctx, s, f)
	return out, err
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
		return model.Term{Field: model.FieldObject, Values: []model.Value{{Text: globLiteral(prefix) + "*", Glob: true}}}
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
		bucket, key, _ := sourceObject(source)
		here := r.text(model.FieldBucket) + "/" + r.text(model.FieldKey)
		switch from := bucket + "/" + key; {
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

// parties adds requests up by who made them.
func parties(ctx context.Context, s Source, q model.Query) ([]answer.Party, error) {
	lines, err := s.Tally(ctx, q, model.TallyBy{Fields: []model.Field{model.FieldActor, model.FieldAccessKey, model.FieldIP}, Limit: storyParties})
	out := []answer.Party{}
	for _, t := range lines {
		p := answer.Party{Requests: t.Requests, CloudTrailOut: t.CloudTrailOut, AccessOut: t.AccessOut, First: moment(t.First), Last: moment(t.Last)}
		p.Actor, _ = t.Values[0].(string)
		p.AccessKey, _ = t.Values[1].(string)
		p.IP, _ = t.Values[2].(string)
		out = append(out, p)
	}
	return out, err
}
