package inquiry

import (
	"context"
	"slices"
	"strings"

	"trailsift/model"
	"trailsift/model/integrity"
	"trailsift/queries/policy"
)

// logBuckets are the buckets that logs are delivered to, as far as records tell, with what tells it.
func logBuckets(ctx context.Context, s Source) (map[string]string, error) {
	l := logPlaces{map[string]string{}}
	if err := l.written(ctx, s); err != nil {
		return nil, err
	}
	return l.how, l.directed(ctx, s)
}

// everyLogBucket has besides what the files of the case and their digests name, and what is told. Where a
// name is all there is to go by, as of a folder that files lie in, it counts: no draft is better than one
// that ends the delivery.
func everyLogBucket(ctx context.Context, s DeliverySource, p policy.Policy, told map[string]string) (map[string]string, error) {
	l, members, err := toldPlaces(ctx, s, told)
	if err != nil {
		return nil, err
	}
	for i := range members {
		l.lies(&members[i])
	}
	known := func(r policy.Rule) bool { _, ok := l.how[r.Bucket]; return ok }
	for i := range members {
		if slices.ContainsFunc(p.Rules, func(r policy.Rule) bool { return !known(r) }) {
			l.claims(&members[i])
		}
	}
	return l.how, nil
}

// touchableLogBuckets are the log buckets whose changes count as changes of the recording: what records
// tell, what is told besides, the buckets that log files of the case were fetched from, and those that
// digests name. A folder's name is no bucket's here: what lies in it may be sorted by the bucket it is about.
func touchableLogBuckets(ctx context.Context, s DeliverySource, told map[string]string) (map[string]string, error) {
	l, members, err := toldPlaces(ctx, s, told)
	for i := range members {
		l.fetched(&members[i])
		l.claims(&members[i])
	}
	return l.how, err
}

// toldPlaces are the log buckets as far as records tell, and what is told besides, with the members that may
// tell more.
func toldPlaces(ctx context.Context, s DeliverySource, told map[string]string) (l logPlaces, members []model.Member, err error) {
	if l.how, err = logBuckets(ctx, s); err != nil {
		return l, nil, err
	}
	for b, how := range told {
		l.add(b, how)
	}
	members, err = s.Members(ctx)
	return l, members, err
}

// logPlaces collects buckets by what tells that logs are delivered to them; what comes first is told.
type logPlaces struct{ how map[string]string }

func (l logPlaces) add(bucket, how string) {
	if _, ok := l.how[bucket]; !ok && bucket != "" {
		l.how[bucket] = how
	}
}

// written finds the buckets that a log service writes into, or that hold an object named like a log.
func (l logPlaces) written(ctx context.Context, s Source) error {
	for _, sign := range []struct {
		how  string
		term model.Term
	}{
		{"a log service writes into it", is(model.FieldInvokedBy, "cloudtrail.amazonaws.com", "delivery.logs.amazonaws.com", "logging.s3.amazonaws.com")},
		{"objects named like log files are put there", model.Term{Field: model.FieldKey, Values: []model.Value{{Text: "*AWSLogs/*/CloudTrail*/*", Glob: true}}}},
	} {
		lines, err := s.Tally(ctx, query(model.Filter{}, is(model.FieldOp, "PutObject"), sign.term), model.TallyBy{Fields: []model.Field{model.FieldBucket}, NoObjects: true})
		if err != nil {
			return err
		}
		for _, t := range lines {
			b, _ := t.Values[0].(string)
			l.add(b, sign.how)
		}
	}
	return nil
}

// directed finds the buckets that calls direct logs to.
func (l logPlaces) directed(ctx context.Context, s Source) error {
	q := query(model.Filter{}, is(model.FieldOp, "PutBucketLogging", "CreateTrail", "UpdateTrail"))
	return rows(ctx, s, q, []model.Field{model.FieldRequest}, func(r row) error {
		walk(r.object(model.FieldRequest), func(name string, v any) {
			if b, ok := v.(string); ok && (strings.EqualFold(name, "TargetBucket") || strings.EqualFold(name, "s3BucketName")) {
				l.add(b, r.text(model.FieldOp)+" directs logs to it")
			}
		})
		return nil
	})
}

// fetched takes the bucket that a log file was fetched from.
func (l logPlaces) fetched(m *model.Member) {
	if object, ok := strings.CutPrefix(m.Locator, "s3://"); ok && slices.Contains(logKinds, m.Kind) {
		bucket, _, _ := strings.Cut(object, "/")
		l.add(bucket, "log files of this case were fetched from it")
	}
}

// logKinds are the members that a log service delivers.
var logKinds = []model.MemberKind{model.KindCloudTrail, model.KindDigest, model.KindAccess}

// lies takes the bucket that a log file of the case was taken from: what its place begins with, and what
// stands before the part of the name that CloudTrail gives. A file that lies in nothing that was loaded has
// the folder it was loaded from.
func (l logPlaces) lies(m *model.Member) {
	if !slices.Contains(logKinds, m.Kind) {
		return
	}
	const how = "log files of this case lie in a bucket or folder of its name"
	place := strings.Split(m.Place(), "/")
	whole := strings.Split(strings.TrimPrefix(strings.ReplaceAll(m.Locator, "!", "/"), "s3://"), "/")
	if len(place) > 1 && place[0] != "AWSLogs" {
		l.add(place[0], how)
	} else if i := len(whole) - len(place) - 1; i >= 0 {
		l.add(whole[i], how)
	}
	if i := slices.Index(whole, "AWSLogs"); i > 0 {
		l.add(whole[i-1], how)
	}
}

// claims takes the buckets that a digest names: its own, and those of the files it lists.
func (l logPlaces) claims(m *model.Member) {
	if m.Kind != model.KindDigest {
		return
	}
	d, err := integrity.ParseDigest(m.Body)
	if err != nil {
		return // a verification tells of it
	}
	const how = "a digest names it"
	l.add(d.Bucket, how)
	for _, f := range d.Logs {
		l.add(f.Bucket, how)
	}
}
