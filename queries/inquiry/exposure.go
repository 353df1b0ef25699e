package inquiry

import (
	"context"
	"slices"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
)

// exposureOps are the calls that open a bucket to everybody or close it.
var exposureOps = []string{"PutBucketPolicy", "DeleteBucketPolicy", "PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock", "PutBucketAcl", "DeleteBucket"}

// door is what is known of a bucket's openness while its changes are read in time order. What was set
// before the evidence begins is not known and taken for closed.
type door struct {
	policy, acl         bool // names everybody
	restrict, ignoreACL bool // the public access block's answers to the two
	open                *answer.Exposure
}

func (d *door) isOpen() (bool, string) {
	switch {
	case d.policy && !d.restrict:
		return true, "a bucket policy that names everybody"
	case d.acl && !d.ignoreACL:
		return true, "an access control list that names everybody"
	}
	return false, ""
}

// Exposures lists when buckets were open to everybody, by the recorded changes, and what anonymous
// requests found inside.
func Exposures(ctx context.Context, s Source, f model.Filter) ([]answer.Exposure, error) {
	out := []answer.Exposure{}
	doors := map[string]*door{}
	q := query(f, is(model.FieldOp, exposureOps...), is(model.FieldOutcome, model.OK.String()), has(model.FieldBucket), is(model.FieldLog, model.CloudTrail.String()))
	err := rows(ctx, s, q, []model.Field{model.FieldRequest}, func(r row) error {
		bucket := r.text(model.FieldBucket)
		d := doors[bucket]
		if d == nil {
			d = &door{}
			doors[bucket] = d
		}
		d.turn(r)
		event := r.event()
		switch open, how := d.isOpen(); {
		case open && d.open == nil:
			d.open = &answer.Exposure{Bucket: bucket, From: event.Time, How: how, Opened: &event}
		case !open && d.open != nil:
			d.open.To, d.open.Closed = event.Time, &event
			out = append(out, *d.open)
			d.open = nil
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	for _, d := range doors {
		if d.open != nil {
			out = append(out, *d.open)
		}
	}
	slices.SortFunc(out, func(a, b answer.Exposure) int {
		if c := compareMoments(a.From, b.From); c != 0 {
			return c
		}
		return strings.Compare(a.Bucket, b.Bucket)
	})
	for i := range out {
		if err := visitors(ctx, s, f, &out[i]); err != nil {
			return out, err
		}
	}
	return out, nil
}

// turn applies one change.
func (d *door) turn(r row) {
	request := r.object(model.FieldRequest)
	switch r.text(model.FieldOp) {
	case "PutBucketPolicy":
		d.policy = namesEverybody(request["bucketPolicy"])
	case "DeleteBucketPolicy":
		d.policy = false
	case "PutBucketPublicAccessBlock":
		block, _ := request["PublicAccessBlockConfiguration"].(map[string]any)
		d.restrict, d.ignoreACL = truth(block["RestrictPublicBuckets"]), truth(block["IgnorePublicAcls"])
	case "DeleteBucketPublicAccessBlock":
		d.restrict, d.ignoreACL = false, false
	case "PutBucketAcl":
		d.acl = openACL(request)
	case "DeleteBucket":
		d.policy, d.acl = false, false
	}
}

func truth(v any) bool { return v == true || v == "true" || v == "TRUE" }

// namesEverybody tells that a policy allows something to everybody without a condition: conditions
// may narrow it to nobody, and are left to the reader.
func namesEverybody(policy any) bool {
	statements := list(member(policy, "Statement"))
	if one, ok := member(policy, "Statement").(map[string]any); ok {
		statements = []any{one}
	}
	return slices.ContainsFunc(statements, func(st any) bool {
		if member(st, "Effect") != "Allow" || member(st, "Condition") != nil {
			return false
		}
		who := member(st, "Principal")
		if m, ok := who.(map[string]any); ok {
			who = m["AWS"]
		}
		return who == "*" || slices.Contains(list(who), any("*"))
	})
}

// openACL tells that an access control list grants to everybody, or to every AWS account's users.
func openACL(request map[string]any) bool {
	open := false
	walk(request, func(name string, v any) {
		text, _ := v.(string)
		canned := strings.EqualFold(name, "x-amz-acl") && (strings.HasPrefix(text, "public-read") || text == "authenticated-read")
		open = open || canned || strings.HasSuffix(text, "/global/AllUsers") || strings.HasSuffix(text, "/global/AuthenticatedUsers") ||
			strings.HasPrefix(strings.ToLower(name), "x-amz-grant-") && strings.Contains(text, "/global/")
	})
	for _, v := range list(request["x-amz-acl"]) {
		if t, ok := v.(string); ok && strings.HasPrefix(t, "public-read") {
			open = true
		}
	}
	return open
}

// visitors adds up the anonymous requests inside.
func visitors(ctx context.Context, s Source, f model.Filter, e *answer.Exposure) error {
	terms := []model.Term{is(model.FieldBucket, e.Bucket), is(model.FieldActor, "anonymous")}
	if e.From != nil {
		terms = append(terms, is(model.FieldSince, e.From.Format(time.RFC3339)))
	}
	if e.To != nil {
		terms = append(terms, is(model.FieldUntil, e.To.Format(time.RFC3339)))
	}
	e.Filter = printed(f, terms...)
	lines, err := s.Tally(ctx, query(f, append(terms, is(model.FieldOutcome, model.OK.String()))...), model.TallyBy{Parts: true})
	for _, t := range lines {
		e.Requests, e.Objects, e.CloudTrailOut, e.AccessOnlyOut = t.Calls(), t.Objects, t.CloudTrailOut, t.AccessOut
	}
	if err != nil {
		return err
	}
	if e.Denied, err = s.Count(ctx, query(f, append(terms, is(model.FieldOutcome, model.Denied.String()))...)); err != nil {
		return err
	}
	addresses, err := s.Tally(ctx, query(f, append(terms, is(model.FieldOutcome, model.OK.String()), has(model.FieldIP))...), model.TallyBy{Fields: []model.Field{model.FieldIP}})
	e.Addresses = int64(len(addresses))
	return err
}
