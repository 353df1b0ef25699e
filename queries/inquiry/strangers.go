package inquiry

import (
	"context"
	"slices"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
)

// strange are the requests of nobody who signed.
func strange(more ...model.Term) []model.Term {
	return append([]model.Term{is(model.FieldActor, "anonymous")}, more...)
}

// within keeps what lies between two moments, of which either may be open.
func within(from, to *time.Time) (out []model.Term) {
	if from != nil {
		out = append(out, is(model.FieldSince, from.Format(time.RFC3339)))
	}
	if to != nil {
		out = append(out, is(model.FieldUntil, to.Format(time.RFC3339)))
	}
	return out
}

// visitors adds up the anonymous requests in the interval of a bucket.
func visitors(ctx context.Context, s Source, f model.Filter, e *answer.Exposure) error {
	terms := strange(append([]model.Term{is(model.FieldBucket, e.Bucket)}, within(e.From, e.To)...)...)
	e.Filter = printed(f, terms...)
	lines, err := s.Tally(ctx, query(f, append(terms, worked)...), model.TallyBy{})
	for _, t := range lines {
		e.Requests, e.Objects, e.CloudTrailOut, e.AccessOnlyOut = t.Requests, t.Objects, t.CloudTrailOut, t.AccessOut
	}
	if err != nil {
		return err
	}
	if e.Denied, err = s.Count(ctx, query(f, append(terms, is(model.FieldOutcome, model.Denied.String()))...)); err != nil {
		return err
	}
	addresses, err := s.Tally(ctx, query(f, append(terms, worked, has(model.FieldIP))...), model.TallyBy{Fields: []model.Field{model.FieldIP}})
	e.Addresses = int64(len(addresses))
	return err
}

// strangers adds up the anonymous requests in the intervals of objects. Those that lie in an interval of
// their bucket too are counted apart.
func strangers(ctx context.Context, s Source, f model.Filter, objects, buckets []answer.Exposure) error {
	if len(objects) == 0 {
		return nil
	}
	of, terms := byObject(objects)
	addresses := make([]map[string]bool, len(objects))
	for i := range objects {
		e := &objects[i]
		addresses[i] = map[string]bool{}
		e.Filter = printed(f, strange(append([]model.Term{is(model.FieldBucket, e.Bucket), is(model.FieldKey, e.Key)}, within(e.From, e.To)...)...)...)
	}
	fields := []model.Field{model.FieldTime, model.FieldLog, model.FieldBucket, model.FieldKey, model.FieldOutcome, model.FieldIP, model.FieldBytesOut}
	return s.Stream(ctx, query(f, strange(terms...)...), fields, 0, func(m model.Row) error {
		r := row{fields, m.Values}
		for _, i := range of[objectIn(r)] {
			e := &objects[i]
			switch outcome := r.text(model.FieldOutcome); {
			case !inside(*e, r.time()):
			case outcome == model.Denied.String():
				e.Denied++
			case outcome == model.OK.String():
				e.Requests, e.Objects = e.Requests+1, 1
				if r.text(model.FieldLog) == model.AccessLog.String() {
					e.AccessOnlyOut += value(r.number(model.FieldBytesOut))
				} else {
					e.CloudTrailOut += value(r.number(model.FieldBytesOut))
				}
				if ip := r.text(model.FieldIP); ip != "" && !addresses[i][ip] {
					addresses[i][ip] = true
					e.Addresses++
				}
				if slices.ContainsFunc(buckets, func(b answer.Exposure) bool { return b.Bucket == e.Bucket && inside(b, r.time()) }) {
					e.InBucket++
				}
			}
		}
		return nil
	})
}

// inside tells that a moment lies in an interval. One that is not known lies in none.
func inside(e answer.Exposure, at time.Time) bool {
	return !at.IsZero() && (e.From == nil || !at.Before(*e.From)) && (e.To == nil || at.Before(*e.To))
}

func objectIn(r row) model.ObjectName {
	return model.ObjectName{Bucket: r.text(model.FieldBucket), Key: r.text(model.FieldKey)}
}

// byObject finds the intervals of an object, and asks for their objects and perhaps others.
func byObject(all []answer.Exposure) (of map[model.ObjectName][]int, terms []model.Term) {
	of = map[model.ObjectName][]int{}
	var buckets, keys []string
	for i, e := range all {
		of[model.ObjectName{Bucket: e.Bucket, Key: e.Key}] = append(of[model.ObjectName{Bucket: e.Bucket, Key: e.Key}], i)
		buckets, keys = append(buckets, e.Bucket), append(keys, e.Key)
	}
	for _, l := range []*[]string{&buckets, &keys} {
		slices.Sort(*l)
		*l = slices.Compact(*l)
	}
	return of, []model.Term{is(model.FieldBucket, buckets...), is(model.FieldKey, keys...)}
}

// unexplained counts the anonymous requests that worked while nothing recorded had opened their bucket:
// between its intervals, which are in order. objects tell how many of these are of objects that were open
// themselves.
func unexplained(ctx context.Context, s Source, f model.Filter, buckets, objects []answer.Exposure) ([]answer.Unexplained, error) {
	out := []answer.Unexplained{}
	lines, err := s.Tally(ctx, query(f, strange(worked, has(model.FieldBucket))...), model.TallyBy{Fields: []model.Field{model.FieldBucket}, NoObjects: true})
	for _, t := range lines {
		x := answer.Unexplained{}
		x.Bucket, _ = t.Values[0].(string)
		var from *time.Time
		told := int64(0)
		add := func(to *time.Time) error {
			x.From, x.To, x.OfOpenObjects = from, to, 0
			terms := strange(append([]model.Term{is(model.FieldBucket, x.Bucket), worked}, within(from, to)...)...)
			x.Filter = printed(f, terms...)
			if x.Requests = t.Requests; from != nil || to != nil {
				x.Requests, err = s.Count(ctx, query(f, terms...))
			}
			for _, e := range objects {
				if e.Bucket == x.Bucket && (from == nil || e.To == nil || e.To.After(*from)) && (to == nil || e.From == nil || e.From.Before(*to)) {
					x.OfOpenObjects += min(e.Requests-e.InBucket, x.Requests-x.OfOpenObjects)
				}
			}
			if told += x.Requests; x.Requests > 0 {
				out = append(out, x)
			}
			return err
		}
		for _, e := range buckets {
			if e.Bucket != x.Bucket {
				continue
			}
			if err := add(e.From); err != nil {
				return out, err
			}
			told += e.Requests
			from = e.To
		}
		if told < t.Requests {
			if err := add(nil); err != nil {
				return out, err
			}
		}
	}
	return out, err
}
