// Package inquiry answers the standard questions of an S3 incident: how writes were encrypted, what
// happened to an object, what was deleted, who an actor is, what left, what could not have been
// recorded. It asks an engine for sums and rows and puts them together. It must not know SQL, how a
// case is stored, or screens.
package inquiry

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
)

// Source is what an inquiry asks.
type Source interface {
	Stream(ctx context.Context, q model.Query, fields []model.Field, limit int64, each func(model.Row) error) error
	// StreamAmong streams, of q's rows, those with one of many request ids, and may stream others.
	StreamAmong(ctx context.Context, q model.Query, requests []string, fields []model.Field, each func(model.Row) error) error
	// Times are the times of q's rows on each of the objects, in order.
	Times(ctx context.Context, q model.Query, objects []model.ObjectName) (map[model.ObjectName][]time.Time, error)
	// VersionTimes is Times by the version that the rows name.
	VersionTimes(ctx context.Context, q model.Query, objects []model.ObjectName) (map[model.ObjectVersion][]time.Time, error)
	Count(ctx context.Context, q model.Query) (int64, error)
	Tally(ctx context.Context, q model.Query, by model.TallyBy) ([]model.Tally, error)
	Overwrites(ctx context.Context, q model.Query, within time.Duration) ([]model.Overwrite, error)
}

// eventFields are the columns an answer.Event is made of.
var eventFields = []model.Field{
	model.FieldTime, model.FieldLog, model.FieldOp, model.FieldOutcome, model.FieldError, model.FieldBucket, model.FieldKey, model.FieldVersion,
	model.FieldCopySource, model.FieldActor, model.FieldAccessKey, model.FieldIP, model.FieldAgent, model.FieldEnc, model.FieldEncReq, model.FieldKMSKey,
	model.FieldBytesOut, model.FieldBytesIn, model.FieldObjectSize, model.FieldRequestID, model.FieldEventID, model.FieldIntegrity, model.FieldWitness,
	model.FieldMember, model.FieldRecord,
}

// row reads values by name.
type row struct {
	fields []model.Field
	values []any
}

func (r row) get(f model.Field) any {
	for i, g := range r.fields {
		if g == f {
			return r.values[i]
		}
	}
	return nil
}

func (r row) text(f model.Field) string {
	s, _ := r.get(f).(string)
	return s
}

func (r row) number(f model.Field) *int64 {
	if n, ok := r.get(f).(int64); ok {
		return &n
	}
	return nil
}

func (r row) time() time.Time {
	t, _ := r.get(model.FieldTime).(time.Time)
	return t
}

// object is the members of a JSON field; nil when it is none.
func (r row) object(f model.Field) map[string]any {
	var m map[string]any
	if json.Unmarshal([]byte(r.text(f)), &m) != nil {
		return nil
	}
	return m
}

// name is how show finds the record.
func (r row) name() string {
	return fmt.Sprintf("%s:%d", r.text(model.FieldMember), value(r.number(model.FieldRecord)))
}

func value(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

func (r row) event() answer.Event {
	return answer.Event{
		Time: moment(r.time()), Log: r.text(model.FieldLog), Op: r.text(model.FieldOp), Outcome: r.text(model.FieldOutcome), Error: r.text(model.FieldError),
		Bucket: r.text(model.FieldBucket), Key: r.text(model.FieldKey), Version: r.text(model.FieldVersion), Source: r.text(model.FieldCopySource),
		Actor: r.text(model.FieldActor), AccessKey: r.text(model.FieldAccessKey), IP: r.text(model.FieldIP), Agent: r.text(model.FieldAgent),
		Enc: r.text(model.FieldEnc), EncReq: r.text(model.FieldEncReq), KMSKey: r.text(model.FieldKMSKey),
		BytesOut: r.number(model.FieldBytesOut), BytesIn: r.number(model.FieldBytesIn), Size: r.number(model.FieldObjectSize),
		RequestID: r.text(model.FieldRequestID), EventID: r.text(model.FieldEventID), Integrity: r.text(model.FieldIntegrity),
		Witness: r.text(model.FieldWitness), Record: r.name(),
	}
}

// moment is nil for the zero time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// rows streams q with the columns of an event and more.
func rows(ctx context.Context, s Source, q model.Query, more []model.Field, each func(row) error) error {
	fields := append(append([]model.Field(nil), eventFields...), more...)
	return s.Stream(ctx, q, fields, 0, func(r model.Row) error { return each(row{fields, r.Values}) })
}

// worked keeps the requests that succeeded.
var worked = is(model.FieldOutcome, model.OK.String())

// is demands one of the values, exactly.
func is(f model.Field, values ...string) model.Term {
	t := model.Term{Field: f}
	for _, v := range values {
		t.Values = append(t.Values, model.Value{Text: v})
	}
	return t
}

func isNot(f model.Field, values ...string) model.Term {
	t := is(f, values...)
	t.Not = true
	return t
}

func has(f model.Field) model.Term   { return model.Term{Field: f, Op: model.Present} }
func lacks(f model.Field) model.Term { return model.Term{Field: f, Op: model.Present, Not: true} }

func matches(f model.Field, expression string) model.Term {
	t := is(f, expression)
	t.Op = model.Matches
	return t
}

func query(f model.Filter, terms ...model.Term) model.Query {
	for _, t := range terms {
		f = f.With(t)
	}
	return model.Query{Filter: f}
}

// printed is the text of a filter with more terms.
func printed(f model.Filter, terms ...model.Term) string {
	return filter.Print(query(f, terms...).Filter)
}

// sourceObject is the object a copy read, as bucket and key.
func sourceObject(source string) (bucket, key string) {
	bucket, key, _ = strings.Cut(source, "/")
	return bucket, key
}

// accountOfARN is the account in an ARN; empty when the text is none.
func accountOfARN(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return ""
	}
	return parts[4]
}

// spread collects first, last and number of things.
type spread struct {
	count       int64
	first, last time.Time
}

func (s *spread) add(n int64, first, last time.Time) {
	s.count += n
	if !first.IsZero() && (s.first.IsZero() || first.Before(s.first)) {
		s.first = first
	}
	if last.After(s.last) {
		s.last = last
	}
}

func (s spread) finding(code, scope, text, list string) answer.Finding {
	return answer.Finding{Code: code, Scope: scope, Text: text, Count: s.count, First: moment(s.first), Last: moment(s.last), Filter: list}
}
