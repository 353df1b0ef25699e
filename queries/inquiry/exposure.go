package inquiry

import (
	"context"
	"maps"
	"slices"
	"strings"

	"trailsift/model"
	"trailsift/model/answer"
)

// exposureOps are the calls that open a bucket to everybody or close it; accountOps do that to all buckets
// of an account.
var (
	exposureOps = []string{"CreateBucket", "PutBucketPolicy", "DeleteBucketPolicy", "PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock", "PutBucketAcl", "DeleteBucket"}
	accountOps  = []string{"PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock"}
)

// block is a public access block's answer to policies and access control lists that name everybody.
type block struct{ restrict, ignoreACL bool }

// door is what is known of a bucket's openness while its changes are read in time order. What was set
// before the evidence begins is not known and taken for closed.
type door struct {
	account     string
	policy, acl bool // names everybody
	block
	open    *answer.Exposure
	ignored *answer.Exposure // since when its access control lists count for nothing
}

func (d *door) isOpen(account block) (bool, string) {
	switch {
	case d.policy && !d.restrict && !account.restrict:
		return true, "a bucket policy that names everybody"
	case d.acl && !d.ignoreACL && !account.ignoreACL:
		return true, "an access control list that names everybody"
	}
	return false, ""
}

// watch follows the doors of all buckets.
type watch struct {
	doors    map[string]*door
	accounts map[string]block
	found    []answer.Exposure            // of buckets
	ignored  map[string][]answer.Exposure // by bucket: times in which access control lists count for nothing
	possible []answer.Cause
}

// Exposures lists when buckets and objects were open to everybody, by the recorded changes, and what
// anonymous requests found inside. Changes are looked for in the whole case; f says which intervals and
// which requests are told.
func Exposures(ctx context.Context, s Source, f model.Filter) (answer.Exposures, error) {
	w := watch{doors: map[string]*door{}, accounts: map[string]block{}, ignored: map[string][]answer.Exposure{}}
	out := answer.Exposures{Intervals: []answer.Exposure{}, Possible: []answer.Cause{}, Outside: []answer.Unexplained{}}
	places, span := placesOf(f)
	ours, err := w.read(ctx, s, places)
	if err != nil {
		return out, err
	}
	for i := range w.found {
		if err := visitors(ctx, s, f, &w.found[i]); err != nil {
			return out, err
		}
	}
	objects, err := w.objects(ctx, s, places, span, &out)
	if err == nil {
		err = keptAmong(ctx, s, places, objects, ours)
	}
	if err == nil {
		err = strangers(ctx, s, f, objects, w.found)
	}
	if err != nil {
		return out, err
	}
	for _, e := range append(slices.Clone(w.found), objects...) {
		made := ours[e.Opened.Record] || e.Closed != nil && ours[e.Closed.Record]
		if overlaps(e, span) && (made || e.Requests+e.Denied > 0) {
			out.Intervals = append(out.Intervals, e)
		}
	}
	slices.SortStableFunc(out.Intervals, compareExposures)
	for _, c := range w.possible {
		if ours[c.Record] && (span.To.IsZero() || c.Time == nil || c.Time.Before(span.To)) {
			out.Possible = append(out.Possible, c)
		}
	}
	out.Outside, err = unexplained(ctx, s, f, w.found, objects)
	return out, err
}

// keptAmong adds to ours the changes of objects that places keeps.
func keptAmong(ctx context.Context, s Source, places model.Filter, objects []answer.Exposure, ours map[string]bool) error {
	var ids []string
	for _, e := range objects {
		ids = append(ids, e.Opened.EventID)
		if e.Closed != nil && e.Closed.EventID != "" {
			ids = append(ids, e.Closed.EventID)
		}
	}
	if ids == nil {
		return nil
	}
	return rows(ctx, s, query(places, is(model.FieldEventID, ids...)), nil, func(r row) error {
		ours[r.name()] = true
		return nil
	})
}

func compareExposures(a, b answer.Exposure) int {
	if c := compareMoments(a.From, b.From); c != 0 {
		return c
	}
	return strings.Compare(a.Bucket+"/"+a.Key, b.Bucket+"/"+b.Key)
}

// placesOf takes a filter apart: what it says of time, and what it says of where and who. An object lies in
// its bucket. What it says of the requests themselves concerns no change of a bucket.
func placesOf(f model.Filter) (places model.Filter, span model.Span) {
	for _, t := range f.Terms {
		switch {
		case t.Off:
			continue
		case t.Field == model.FieldObject && t.Op == model.Equals && !t.Not:
			bucket := model.Term{Field: model.FieldBucket}
			for _, v := range t.Values {
				v.Text, _, _ = strings.Cut(strings.TrimPrefix(v.Text, "s3://"), "/")
				bucket.Values = append(bucket.Values, v)
			}
			places = places.With(bucket)
		case slices.Contains([]model.Field{model.FieldObject, model.FieldKey, model.FieldPrefix, model.FieldVersion, model.FieldLog, model.FieldCategory, model.FieldOutcome, model.FieldOp, model.FieldRecords, model.FieldSince, model.FieldUntil}, t.Field):
		default:
			places = places.With(t)
		}
	}
	return places, f.Span()
}

func overlaps(e answer.Exposure, span model.Span) bool {
	return (e.To == nil || span.From.IsZero() || e.To.After(span.From)) && (e.From == nil || span.To.IsZero() || e.From.Before(span.To))
}

// read follows all changes of the case, and tells which of them places keeps.
func (w *watch) read(ctx context.Context, s Source, places model.Filter) (ours map[string]bool, err error) {
	all := is(model.FieldOp, append(slices.Clone(exposureOps), accountOps...)...)
	ok := worked
	err = rows(ctx, s, query(model.Filter{}, all, ok), []model.Field{model.FieldRequest, model.FieldAccount, model.FieldBucketAccount}, func(r row) error {
		w.change(r)
		return nil
	})
	ours = map[string]bool{}
	if err == nil {
		err = rows(ctx, s, query(places, all, ok), nil, func(r row) error {
			ours[r.name()] = true
			return nil
		})
	}
	for _, bucket := range slices.Sorted(maps.Keys(w.doors)) {
		d := w.doors[bucket]
		if d.open != nil {
			w.found = append(w.found, *d.open)
		}
		if d.ignored != nil {
			w.ignored[bucket] = append(w.ignored[bucket], *d.ignored)
		}
	}
	slices.SortStableFunc(w.found, compareExposures)
	return ours, err
}

// change applies one change to the doors it concerns. What only the access log tells says not what was set.
func (w *watch) change(r row) {
	bucket, op := r.text(model.FieldBucket), r.text(model.FieldOp)
	onAccount := slices.Contains(accountOps, op)
	switch {
	case bucket == "" && !onAccount:
		return
	case r.text(model.FieldLog) == model.AccessLog.String():
		w.possible = append(w.possible, answer.Cause{Event: r.event(), Text: op + " of " + bucket + ": only the access log tells of it; what was set is not recorded"})
		return
	case onAccount:
		account := r.text(model.FieldAccount)
		w.accounts[account] = block{}
		if op == "PutAccountPublicAccessBlock" {
			w.accounts[account] = blockOf(r.object(model.FieldRequest))
		}
		for _, name := range slices.Sorted(maps.Keys(w.doors)) {
			if d := w.doors[name]; d.account == account {
				w.look(name, d, r.event())
			}
		}
		return
	}
	d := w.doors[bucket]
	if d == nil {
		d = &door{}
		w.doors[bucket] = d
	}
	for _, owner := range []string{r.text(model.FieldBucketAccount), r.text(model.FieldAccount)} {
		if d.account == "" {
			d.account = owner
		}
	}
	d.turn(r)
	w.look(bucket, d, r.event())
}

// look notes when a door opens or closes.
func (w *watch) look(bucket string, d *door, event answer.Event) {
	account := w.accounts[d.account]
	switch open, how := d.isOpen(account); {
	case open && d.open == nil:
		d.open = &answer.Exposure{Bucket: bucket, From: event.Time, How: how, Opened: &event}
	case !open && d.open != nil:
		d.open.To, d.open.Closed = event.Time, &event
		w.found = append(w.found, *d.open)
		d.open = nil
	}
	switch ignored := d.ignoreACL || account.ignoreACL; {
	case ignored && d.ignored == nil:
		d.ignored = &answer.Exposure{From: event.Time, Opened: &event}
	case !ignored && d.ignored != nil:
		d.ignored.To, d.ignored.Closed = event.Time, &event
		w.ignored[bucket] = append(w.ignored[bucket], *d.ignored)
		d.ignored = nil
	}
}

// turn applies one change of a bucket.
func (d *door) turn(r row) {
	request := r.object(model.FieldRequest)
	switch r.text(model.FieldOp) {
	case "CreateBucket":
		d.policy, d.acl, d.block = false, openACL(request), block{}
	case "PutBucketPolicy":
		d.policy = namesEverybody(request["bucketPolicy"])
	case "DeleteBucketPolicy":
		d.policy = false
	case "PutBucketPublicAccessBlock":
		d.block = blockOf(request)
	case "DeleteBucketPublicAccessBlock":
		d.block = block{}
	case "PutBucketAcl":
		d.acl = openACL(request)
	case "DeleteBucket":
		d.policy, d.acl = false, false
	}
}

func blockOf(request map[string]any) (b block) {
	walk(request, func(name string, v any) {
		b.restrict = b.restrict || name == "RestrictPublicBuckets" && truth(v)
		b.ignoreACL = b.ignoreACL || name == "IgnorePublicAcls" && truth(v)
	})
	return b
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
		for _, v := range append([]any{v}, list(v)...) {
			text, _ := v.(string)
			canned := strings.EqualFold(name, "x-amz-acl") && (strings.HasPrefix(text, "public-read") || text == "authenticated-read")
			open = open || canned || strings.HasSuffix(text, "/global/AllUsers") || strings.HasSuffix(text, "/global/AuthenticatedUsers") ||
				strings.HasPrefix(strings.ToLower(name), "x-amz-grant-") && strings.Contains(text, "/global/")
		}
	})
	return open
}
