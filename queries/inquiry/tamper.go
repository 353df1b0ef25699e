package inquiry

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/recording"
)

// tamperOps are the calls that change what is recorded, or threaten what was.
var tamperOps = []string{
	"StopLogging", "StartLogging", "DeleteTrail", "CreateTrail", "UpdateTrail", "PutEventSelectors", "PutInsightSelectors", "PutBucketLogging",
	"DeleteEventDataStore", "UpdateEventDataStore", "StopEventDataStoreIngestion", "DisableKey", "ScheduleKeyDeletion",
}

// logBucketOps threaten a bucket that logs lie in.
var logBucketOps = []string{
	"DeleteObject", "DeleteObjects", "BATCH.DELETE.OBJECT", "S3.EXPIRE.OBJECT", "PutBucketLifecycle", "PutBucketPolicy", "DeleteBucketPolicy",
	"PutBucketVersioning", "DeleteBucket", "PutBucketEncryption",
}

// changes reads what changed the recording, from the beginning of the evidence to the end of the span.
// A change without a time belongs to no hour.
func (c *coverer) changes(ctx context.Context, s Source) error {
	open := map[string]time.Time{}
	q := query(model.Filter{}, is(model.FieldOp, tamperOps...), worked)
	err := rows(ctx, s, q, []model.Field{model.FieldRequest, model.FieldAccount, model.FieldRegion}, func(r row) error {
		if r.time().IsZero() {
			return nil
		}
		account, region, request := r.text(model.FieldAccount), r.text(model.FieldRegion), r.object(model.FieldRequest)
		id, about := account+"\x00"+region, ""
		switch r.text(model.FieldOp) {
		case "StopLogging", "DeleteTrail":
			about = id
			if _, ok := open[id]; !ok {
				open[id] = r.time()
			}
		case "StartLogging", "CreateTrail":
			if r.time().Before(c.span.From) {
				delete(c.inForce, id)
			}
			c.starts[id] = append(c.starts[id], r.time())
			if from, ok := open[id]; ok {
				c.stops[id] = append(c.stops[id], model.Span{From: from, To: r.time()})
				delete(open, id)
			}
		case "PutEventSelectors":
			trail, _ := request["trailName"].(string)
			about = id + "\x00" + path.Base(trail)
			c.chosen = append(c.chosen, chosenBy(r.time(), account, region, trail, request))
		case "PutBucketLogging":
			about = "bucket\x00" + r.text(model.FieldBucket)
			c.logged = append(c.logged, logging{r.time(), r.text(model.FieldBucket), loggingTarget(request) != ""})
		}
		c.cause(about, answer.Cause{Event: r.event(), Text: changeText(r, request)})
		return nil
	})
	for id, from := range open {
		c.stops[id] = append(c.stops[id], model.Span{From: from})
	}
	return err
}

func loggingTarget(request map[string]any) string {
	target := ""
	walk(request, func(name string, v any) {
		if s, ok := v.(string); ok && strings.EqualFold(name, "TargetBucket") {
			target = s
		}
	})
	return target
}

// selector tells how much of a strip's events a PutEventSelectors call or a GetEventSelectors answer keeps.
func selector(selectors map[string]any) func(l *lane) recording.Kept {
	return func(l *lane) recording.Kept {
		switch {
		case l.Events != model.Data.String():
			return recording.ManagementOnly(selectors, l.Only)
		case l.Only != "":
			return recording.KeepsOnly(selectors, l.Bucket, l.Only)
		}
		return recording.Keeps(selectors, l.Bucket)
	}
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func member(v any, name string) any {
	m, _ := v.(map[string]any)
	return m[name]
}

// changeText says what a call did to the recording.
func changeText(r row, request map[string]any) string {
	name, _ := request["name"].(string)
	if name == "" {
		name, _ = request["trailName"].(string)
	}
	switch op := r.text(model.FieldOp); op {
	case "StopLogging":
		return "trail " + name + " was stopped"
	case "StartLogging":
		return "trail " + name + " was started"
	case "DeleteTrail", "CreateTrail", "UpdateTrail":
		return strings.TrimSuffix(op+" "+name+": "+setText(request, "name"), ": ")
	case "PutEventSelectors":
		return "event selectors of " + name + " were set: " + recording.Describe(request)
	case "PutBucketLogging":
		if t := loggingTarget(request); t != "" {
			return "access logging of " + r.text(model.FieldBucket) + " was directed to " + t
		}
		return "access logging of " + r.text(model.FieldBucket) + " was switched off"
	default:
		return op
	}
}

// setText names the members of a call and what they were set to, but for the one that names its subject.
func setText(request map[string]any, subject string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(request)) {
		if v := request[name]; name != subject && v != nil && v != "" {
			text, err := json.Marshal(v)
			if s, ok := v.(string); ok && err == nil {
				text = []byte(s)
			}
			out = append(out, name+" = "+string(text))
		}
	}
	return strings.Join(out, ", ")
}

// Tamper tells in order what changed the recording or touched the buckets that logs lie in; told are such
// buckets that neither records nor files of the case tell of, with how they are known. A change coincides with
// what follows; it is not said to have caused it. Writes into these buckets are deliveries as a rule and are left out.
func Tamper(ctx context.Context, s DeliverySource, f model.Filter, told map[string]string) ([]answer.Cause, error) {
	out := []answer.Cause{}
	take := func(text func(r row, request map[string]any) string) func(row) error {
		return func(r row) error {
			c := answer.Cause{Event: r.event(), Text: text(r, r.object(model.FieldRequest))}
			if c.Outcome != model.OK.String() {
				c.Text = fmt.Sprintf("%s: attempted, %s", c.Text, c.Outcome)
			}
			out = append(out, c)
			return nil
		}
	}
	if err := rows(ctx, s, query(f, is(model.FieldOp, tamperOps...)), []model.Field{model.FieldRequest}, take(changeText)); err != nil {
		return out, err
	}
	logs, err := touchableLogBuckets(ctx, s, told)
	if err != nil {
		return out, err
	}
	var names []string
	for b := range logs {
		names = append(names, b)
	}
	slices.Sort(names)
	for chunk := range slices.Chunk(names, bucketsAtOnce) {
		q := query(f, is(model.FieldBucket, chunk...), is(model.FieldOp, logBucketOps...),
			model.Term{Field: model.FieldInvokedBy, Not: true, Values: []model.Value{{Text: "cloudtrail.amazonaws.com"}, {Text: "delivery.logs.amazonaws.com"}, {Text: "logging.s3.amazonaws.com"}}})
		err := rows(ctx, s, q, []model.Field{model.FieldRequest}, take(func(r row, _ map[string]any) string {
			return r.text(model.FieldOp) + " in the log bucket " + r.text(model.FieldBucket)
		}))
		if err != nil {
			return out, err
		}
	}
	slices.SortStableFunc(out, func(a, b answer.Cause) int { return compareMoments(a.Time, b.Time) })
	return out, nil
}

// MergeCauses joins what changed the recording with what else touched it, in the order of time, each
// record once.
func MergeCauses(changes, touched []answer.Cause) []answer.Cause {
	out, seen := slices.Clone(changes), map[string]bool{}
	for _, c := range changes {
		seen[c.Record] = c.Record != ""
	}
	for _, c := range touched {
		if !seen[c.Record] {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b answer.Cause) int { return compareMoments(a.Time, b.Time) })
	return out
}
