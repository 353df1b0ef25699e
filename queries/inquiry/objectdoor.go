package inquiry

import (
	"context"
	"slices"

	"trailsift/model"
	"trailsift/model/answer"
)

// mostObjects bounds the objects whose own intervals are told one by one.
const mostObjects = 100

// openedBy are the calls that may carry an access control list of an object; changedBy also those that
// end it: a write makes a new one, and what is deleted is open to nobody.
var (
	openedBy  = []string{"PutObject", "CopyObject", "PostObject", "CreateMultipartUpload", "PutObjectAcl"}
	changedBy = append([]string{"CompleteMultipartUpload", "DeleteObject", "BATCH.DELETE.OBJECT", "S3.EXPIRE.OBJECT", "S3.CREATE.DELETEMARKER"}, openedBy...)
)

// aclWords are in every request that opens an object to everybody, or to every account's users.
var aclWords = model.Term{Field: model.FieldRequest, Values: []model.Value{{Text: "*public-read*", Glob: true}, {Text: "*authenticated-read*", Glob: true}, {Text: "*/global/A*", Glob: true}}}

// objects finds the intervals of objects that an access control list of their own opened. The texts of all
// uploads are looked through: nothing shorter tells.
func (w *watch) objects(ctx context.Context, s Source, places model.Filter, span model.Span, out *answer.Exposures) ([]answer.Exposure, error) {
	terms := []model.Term{is(model.FieldOp, openedBy...), worked, is(model.FieldLog, model.CloudTrail.String()), has(model.FieldKey), aclWords}
	for _, t := range places.Terms {
		if t.Field == model.FieldBucket {
			terms = append(terms, t)
		}
	}
	if !span.To.IsZero() {
		terms = append(terms, within(nil, &span.To)...)
	}
	seen := map[model.ObjectName]bool{}
	var subjects []answer.Exposure
	fields := []model.Field{model.FieldTime, model.FieldBucket, model.FieldKey, model.FieldRequest}
	err := s.Stream(ctx, query(model.Filter{}, terms...), fields, 0, func(m model.Row) error {
		r := row{fields, m.Values}
		o := objectIn(r)
		if seen[o] || r.time().IsZero() || !openACL(r.object(model.FieldRequest)) {
			return nil
		}
		seen[o] = true
		if len(subjects) < mostObjects {
			subjects = append(subjects, answer.Exposure{Bucket: o.Bucket, Key: o.Key})
		}
		return nil
	})
	if err != nil || len(subjects) == 0 {
		return nil, err
	}
	if out.MoreObjects = int64(len(seen) - len(subjects)); out.MoreObjects > 0 {
		out.MoreFilter = printed(model.Filter{}, terms...)
	}
	return w.follow(ctx, s, subjects)
}

// lid is what is known of one object's own list.
type lid struct {
	open     *answer.Exposure
	starting bool // an upload in parts was begun with such a list
}

// follow reads what became of the objects.
func (w *watch) follow(ctx context.Context, s Source, subjects []answer.Exposure) ([]answer.Exposure, error) {
	of, terms := byObject(subjects)
	lids := make([]lid, len(subjects))
	var out []answer.Exposure
	q := query(model.Filter{}, append(terms, is(model.FieldOp, changedBy...), worked)...)
	err := rows(ctx, s, q, []model.Field{model.FieldRequest, model.FieldResponse}, func(r row) error {
		places := of[objectIn(r)]
		if len(places) == 0 || r.time().IsZero() {
			return nil
		}
		l := &lids[places[0]]
		e := r.event()
		switch open, known := l.turn(r); {
		case !known:
			if r.text(model.FieldLog) == model.AccessLog.String() && slices.Contains(openedBy, e.Op) {
				w.possible = append(w.possible, answer.Cause{Event: e, Text: e.Op + " of " + e.Bucket + "/" + e.Key + ": only the access log tells of it; what was set is not recorded"})
			}
		case open && l.open == nil:
			l.open = &answer.Exposure{Bucket: e.Bucket, Key: e.Key, From: e.Time, How: "an access control list of the object that names everybody", Opened: &e}
		case !open && l.open != nil:
			l.open.To, l.open.Closed = e.Time, &e
			out = append(out, w.effective(*l.open)...)
			l.open = nil
		}
		return nil
	})
	for i := range lids {
		if lids[i].open != nil {
			out = append(out, w.effective(*lids[i].open)...)
		}
	}
	return out, err
}

// turn tells whether the object is open after a call; known is false when the call does not tell.
func (l *lid) turn(r row) (open, known bool) {
	request := r.object(model.FieldRequest)
	recorded := r.text(model.FieldLog) == model.CloudTrail.String()
	switch op := r.text(model.FieldOp); op {
	case "PutObject", "CopyObject", "PostObject", "PutObjectAcl":
		return openACL(request), recorded
	case "CreateMultipartUpload":
		l.starting = recorded && openACL(request)
		return false, false
	case "CompleteMultipartUpload":
		open, l.starting = l.starting, false
		return open, recorded
	case "S3.EXPIRE.OBJECT", "S3.CREATE.DELETEMARKER":
		return false, true
	}
	// A delete that names a version removes that one, which may be an older one; one that makes a marker, or
	// names none, hides the object.
	marker, _ := member(r.object(model.FieldResponse), "x-amz-delete-marker").(string)
	return false, marker == "true" || r.text(model.FieldVersion) == ""
}

// effective leaves out the times in which a public access block let the list count for nothing.
func (w *watch) effective(e answer.Exposure) []answer.Exposure {
	var out []answer.Exposure
	for _, x := range w.ignored[e.Bucket] {
		if x.To != nil && e.From != nil && !x.To.After(*e.From) || e.To != nil && x.From != nil && !x.From.Before(*e.To) {
			continue
		}
		if x.From != nil && (e.From == nil || x.From.After(*e.From)) {
			part := e
			part.To, part.Closed = x.From, x.Opened
			out = append(out, part)
		}
		if x.To == nil {
			return out
		}
		e.From, e.Opened = x.To, x.Closed
	}
	return append(out, e)
}
