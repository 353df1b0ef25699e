package inquiry

import (
	"context"
	"slices"
	"strings"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
)

// ReadSource adds up the reads of objects.
type ReadSource interface {
	Reads(ctx context.Context, q model.Query) ([]model.ObjectReads, error)
}

// Exfiltration estimates what the successful reads that f keeps took away, object by object.
func Exfiltration(ctx context.Context, s ReadSource, f model.Filter) (answer.Exfiltration, error) {
	out := answer.Exfiltration{Filter: filter.Print(f), Largest: []answer.TakenObject{}}
	all, err := s.Reads(ctx, model.Query{Filter: f})
	if err != nil {
		return out, err
	}
	for _, o := range all {
		t := taken(o)
		out.Objects++
		out.Reads += t.Reads
		out.CloudTrailReads += o.CloudTrailReads
		out.AccessReads += o.AccessReads
		out.AccessOnlyReads += o.AccessOnlyReads
		out.CloudTrailBytes += o.CloudTrailBytes
		out.AccessBytes += o.AccessBytes
		out.AccessOnlyBytes += o.AccessOnlyBytes
		out.ReadsWithoutBytes += o.CloudTrailWithoutBytes
		out.Least += t.Least
		out.Most += t.Most
		if t.Partial {
			out.PartialObjects++
		}
		if t.Size == nil {
			out.SizeUnknown++
			if o.Dark > 0 {
				out.Unbounded++
			}
		}
		out.Largest = append(out.Largest, t)
	}
	return out, nil
}

// taken bounds what reads took of one object. One read took at least what it was sent; several may
// have been sent the same bytes again or other ones, since no log tells the ranges that were asked
// for, and together took no more than the object's size.
func taken(o model.ObjectReads) answer.TakenObject {
	t := answer.TakenObject{Bucket: o.Bucket, Key: o.Key, Reads: o.CloudTrailReads + o.AccessOnlyReads, CloudTrailBytes: o.CloudTrailBytes, AccessBytes: o.AccessBytes,
		First: moment(o.First), Last: moment(o.Last)}
	t.Least = max(o.CloudTrailMost, o.AccessMost)
	t.Most = max(o.Most, t.Least)
	if o.Size == model.Absent {
		return t
	}
	if o.Dark > 0 {
		t.Most = max(t.Most, o.Size) // of one read nothing is told: it may have been whole
	}
	t.Size = &o.Size
	t.Partial = t.Least < o.Size
	// A size smaller than what one read took is another version's.
	t.Most = max(min(t.Most, o.Size), t.Least)
	return t
}

// Bounded tells for the nodes that lie directly below a prefix of a bucket, or for buckets, between
// which bounds the content lies that the successful reads f keeps took away.
func Bounded(ctx context.Context, s ReadSource, f model.Filter, bucket, prefix string, nodes []model.Node) ([]model.Node, error) {
	if bucket != "" {
		f = f.With(is(model.FieldBucket, bucket))
	}
	if prefix != "" {
		f = f.With(filter.BeginsWith(model.FieldKey, prefix))
	}
	all, err := s.Reads(ctx, model.Query{Filter: f})
	if err != nil {
		return nil, err
	}
	out := slices.Clone(nodes)
	places := make(map[model.ObjectName]*model.Node, len(out))
	for i := range out {
		n := &out[i]
		n.Least, n.Most, n.Unbounded = 0, 0, false
		if n.Kind != model.NodeNoKey {
			places[model.ObjectName{Bucket: n.Bucket, Key: n.Key}] = n
		}
	}
	for _, o := range all {
		name := model.ObjectName{Bucket: o.Bucket}
		if bucket != "" {
			rest, below := strings.CutPrefix(o.Key, prefix)
			if !below {
				continue
			}
			if i := strings.IndexByte(rest, '/'); i >= 0 {
				rest = rest[:i+1]
			}
			name.Key = prefix + rest
		}
		if n := places[name]; n != nil {
			t := taken(o)
			n.Least += t.Least
			n.Most += t.Most
			n.Unbounded = n.Unbounded || t.Size == nil && o.Dark > 0
		}
	}
	return out, nil
}
