package inquiry

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
)

// keySlack is how far a read and the use of the key it needs may lie apart: each log tells its own time,
// to the second, and CloudTrail that of the completion.
const keySlack = 5 * time.Second

// contextPath leads to the ARN that S3 binds a use of a key to (AWS KMS Developer Guide, "How Amazon S3
// uses AWS KMS", encryption context): the object's, or the bucket's where a bucket key is used.
var contextPath = filter.JoinPath("requestParameters", "encryptionContext", "aws:s3:arn")

// explainOps are the requests that S3 decrypts an object's key for: reads, the reading half of copies,
// and parts of uploads (Amazon S3 User Guide, "Uploading an object using multipart upload", permissions).
var explainOps = []string{
	"GetObject", "SelectObjectContent", "GetObjectTorrent", "CopyObject", "UploadPartCopy", "UploadPart", "CompleteMultipartUpload", "RestoreObject",
	copyRead, copyPartRead,
}

// KeyReads finds the uses of KMS keys for reading objects, and which log tells of the read: where data
// events are not recorded, nothing else may tell of it. Every read explains one use.
func KeyReads(ctx context.Context, s Source, f model.Filter) (answer.KeyReads, error) {
	out := answer.KeyReads{Filter: filter.Print(f), Told: map[string]int64{}, Only: []answer.KeyUse{}}
	uses, err := keyUses(ctx, s, f)
	if err != nil {
		return out, err
	}
	objects := map[string]bool{}
	for _, u := range uses {
		out.Uses++
		out.Told[u.Told]++
		if u.Told == answer.ToldByKMS {
			objects[u.Bucket+"/"+u.Key] = true
			out.Only = append(out.Only, *u)
		}
	}
	out.Objects = int64(len(objects))
	return out, nil
}

// keyUses lists the Decrypt calls that f and more keep, and what tells of the reads. A record of KMS has
// no bucket or key of its own: terms on those are held against the object that the context names.
func keyUses(ctx context.Context, s Source, f model.Filter, more ...model.Term) ([]*answer.KeyUse, error) {
	rest, place := model.Filter{}, model.Filter{}
	for _, t := range f.Terms {
		switch t.Field {
		case model.FieldBucket, model.FieldKey, model.FieldObject:
			place = place.With(t)
		default:
			rest = rest.With(t)
		}
	}
	q := query(rest, append([]model.Term{is(model.FieldService, "kms"), is(model.FieldOp, "Decrypt"), worked}, more...)...)
	var out []*answer.KeyUse
	err := rows(ctx, s, q, []model.Field{model.FieldRequest}, func(r row) error {
		named, _ := member(r.object(model.FieldRequest)["encryptionContext"], "aws:s3:arn").(string)
		bucket, key, ok := objectOfARN(named)
		if !ok || !about(place, bucket, key) {
			return nil
		}
		u := &answer.KeyUse{Event: r.event(), Bucket: bucket, Key: key}
		if key == "" {
			u.Told = answer.ToldByBucketKey
		}
		out = append(out, u)
		return nil
	})
	if err != nil || len(out) == 0 {
		return nil, err
	}
	return out, explain(ctx, s, out)
}

// contextOf keeps the uses of keys for an object or, with a star at the end of the name, a prefix.
func contextOf(name string) model.Term {
	name = strings.TrimPrefix(name, "s3://")
	if _, rest, ok := strings.Cut(name, ":s3:::"); ok && strings.HasPrefix(name, "arn:") {
		name = rest
	}
	pattern, prefix := strings.CutSuffix(name, "*")
	pattern = "arn:aws*:s3:::" + filter.Literal(pattern)
	if prefix {
		pattern += "*"
	}
	return model.Term{Field: model.FieldJSON, Path: contextPath, Values: []model.Value{{Text: pattern, Glob: true}}}
}

// objectOfARN takes arn:aws:s3:::bucket/key apart.
func objectOfARN(arn string) (bucket, key string, ok bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[2] != "s3" {
		return "", "", false
	}
	bucket, key, _ = strings.Cut(parts[5], "/")
	return bucket, key, bucket != ""
}

// reading is one request that a use of a key may belong to.
type reading struct {
	at     time.Time
	log    string
	actor  string
	record string
	taken  bool
}

// explain finds for every use the nearest read of its object, one to one, the actor's own before
// anybody else's.
func explain(ctx context.Context, s Source, uses []*answer.KeyUse) error {
	wanted := map[string][]*reading{}
	var buckets []string
	var span spread
	for _, u := range uses {
		if u.Time == nil || u.Key == "" {
			continue
		}
		wanted[u.Bucket+"/"+u.Key] = nil
		span.add(1, *u.Time, *u.Time)
		if !slices.Contains(buckets, u.Bucket) {
			buckets = append(buckets, u.Bucket)
		}
	}
	if err := readings(ctx, s, buckets, span, wanted); err != nil {
		return err
	}
	for _, same := range []bool{true, false} {
		for _, u := range uses {
			if u.Told != "" {
				continue
			}
			if r := nearest(wanted[u.Bucket+"/"+u.Key], u, same); r != nil {
				r.taken = true
				u.Told, u.By = r.log, r.record
			} else if !same {
				u.Told = answer.ToldByKMS
			}
		}
	}
	return nil
}

// nearest is the free reading nearest in time to a use, within the slack. The readings are in order.
func nearest(all []*reading, u *answer.KeyUse, sameActor bool) *reading {
	if u.Time == nil {
		return nil
	}
	var best *reading
	from, _ := slices.BinarySearchFunc(all, u.Time.Add(-keySlack), func(r *reading, t time.Time) int { return r.at.Compare(t) })
	for _, r := range all[from:] {
		d := r.at.Sub(*u.Time).Abs()
		if r.at.After(*u.Time) && (d > keySlack || best != nil && d >= best.at.Sub(*u.Time).Abs()) {
			break
		}
		if !r.taken && (!sameActor || r.actor == u.Actor) && (best == nil || d < best.at.Sub(*u.Time).Abs()) {
			best = r
		}
	}
	return best
}

// readings fills in the requests on the wanted objects, and those that read them for a copy.
func readings(ctx context.Context, s Source, buckets []string, span spread, wanted map[string][]*reading) error {
	if len(wanted) == 0 {
		return nil
	}
	fields := []model.Field{model.FieldTime, model.FieldLog, model.FieldOp, model.FieldBucket, model.FieldKey, model.FieldCopySource, model.FieldActor, model.FieldRequestID, model.FieldMember, model.FieldRecord}
	around := []model.Term{is(model.FieldSince, span.first.Add(-keySlack).Format(time.RFC3339)), is(model.FieldUntil, span.last.Add(keySlack+time.Second).Format(time.RFC3339)),
		is(model.FieldOp, explainOps...), worked}
	copied := map[string]bool{} // requests whose source a CloudTrail record tells; the access log tells it again
	take := func(m model.Row) error {
		r := row{fields, m.Values}
		one := &reading{at: r.time(), log: r.text(model.FieldLog), actor: r.text(model.FieldActor), record: r.name()}
		name, id := r.text(model.FieldBucket)+"/"+r.text(model.FieldKey), r.text(model.FieldRequestID)
		if source := r.text(model.FieldCopySource); source != "" {
			bucket, key := sourceObject(source)
			name, copied[id] = bucket+"/"+key, true
		} else if half := r.text(model.FieldOp); (half == copyRead || half == copyPartRead) && id != "" && copied[id] {
			return nil
		}
		if all, ok := wanted[name]; ok {
			wanted[name] = append(all, one)
		}
		return nil
	}
	if err := s.Stream(ctx, query(model.Filter{}, append(slices.Clone(around), has(model.FieldCopySource))...), fields, 0, take); err != nil {
		return err
	}
	for chunk := range slices.Chunk(buckets, bucketsAtOnce) {
		// A copy that tells no source reads something, and not the object it writes.
		q := query(model.Filter{}, append(slices.Clone(around), is(model.FieldBucket, chunk...), lacks(model.FieldCopySource), model.Term{Field: model.FieldOp, Not: true, Values: []model.Value{{Text: "CopyObject"}}})...)
		if err := s.Stream(ctx, q, fields, 0, take); err != nil {
			return err
		}
	}
	for _, all := range wanted {
		slices.SortFunc(all, func(a, b *reading) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.record, b.record)) })
	}
	return nil
}
