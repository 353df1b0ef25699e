package inquiry

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
)

// encLooks look for what deserves a look among the writes, in the order it is told in.
var encLooks = []struct {
	doing string
	finds []func(context.Context, Source, model.Filter) ([]answer.Finding, error)
}{
	{"keys and odd writes", []func(context.Context, Source, model.Filter) ([]answer.Finding, error){
		notReported, customerKeys, customerKeysUnblocked, foreignKeys, reencrypted}},
	{"copies of objects onto themselves", []func(context.Context, Source, model.Filter) ([]answer.Finding, error){selfCopies}},
	{"reads before overwrites", []func(context.Context, Source, model.Filter) ([]answer.Finding, error){overwrites}},
	{"changes of prefixes", []func(context.Context, Source, model.Filter) ([]answer.Finding, error){drift}},
}

// tallied makes one finding of each line of a tally.
func tallied(ctx context.Context, s Source, f model.Filter, by []model.Field, code string, terms []model.Term, text func(t model.Tally) string) ([]answer.Finding, error) {
	lines, err := s.Tally(ctx, query(f, terms...), model.TallyBy{Fields: by})
	if err != nil {
		return nil, err
	}
	var out []answer.Finding
	for _, t := range lines {
		scope, _ := t.Values[0].(string)
		list := slices.Clone(terms)
		for i, field := range by {
			if v, ok := t.Values[i].(string); ok {
				list = append(list, is(field, v))
			}
		}
		out = append(out, answer.Finding{Code: code, Scope: scope, Text: text(t), Count: t.Requests,
			First: moment(t.First), Last: moment(t.Last), Filter: printed(f, list...)})
	}
	return out, nil
}

func notReported(ctx context.Context, s Source, f model.Filter) ([]answer.Finding, error) {
	return tallied(ctx, s, f, []model.Field{model.FieldBucket}, "enc-not-reported", []model.Term{is(model.FieldEnc, model.EncNotReported.String())},
		func(model.Tally) string {
			return "successful writes since January 2023 whose records name no encryption; S3 encrypts every object since then, so the record is odd, not the object bare"
		})
}

func customerKeys(ctx context.Context, s Source, f model.Filter) ([]answer.Finding, error) {
	return tallied(ctx, s, f, []model.Field{model.FieldBucket, model.FieldAccessKey}, "sse-c-writes", []model.Term{is(model.FieldEnc, model.EncSSEC.String())},
		func(t model.Tally) string {
			return fmt.Sprintf("%d objects written with keys that only the writer holds (SSE-C); the log never holds the key", t.Objects)
		})
}

// unblocking matches PutBucketEncryption calls that end the blocking of SSE-C: the list of blocked
// encryption types holds NONE (Amazon S3 API Reference, BlockedEncryptionTypes).
const unblocking = `"BlockedEncryptionTypes"\s*:\s*\{[^{}]*"NONE"`

func customerKeysUnblocked(ctx context.Context, s Source, f model.Filter) ([]answer.Finding, error) {
	return tallied(ctx, s, f, []model.Field{model.FieldBucket, model.FieldActor}, "sse-c-unblocked",
		[]model.Term{is(model.FieldOp, "PutBucketEncryption"), worked, matches(model.FieldRequest, unblocking)},
		func(model.Tally) string { return "SSE-C was switched back on for the bucket" })
}

// foreignKeys finds writes with a KMS key of an account that is not the bucket's.
func foreignKeys(ctx context.Context, s Source, f model.Filter) ([]answer.Finding, error) {
	terms := []model.Term{has(model.FieldKMSKey), worked, has(model.FieldEnc), isNot(model.FieldEnc, model.EncNA.String())}
	by := []model.Field{model.FieldBucket, model.FieldKMSKey, model.FieldBucketAccount, model.FieldAccount}
	lines, err := s.Tally(ctx, query(f, terms...), model.TallyBy{Fields: by})
	if err != nil {
		return nil, err
	}
	var out []answer.Finding
	for _, t := range lines {
		bucket, _ := t.Values[0].(string)
		key, _ := t.Values[1].(string)
		owner, _ := t.Values[2].(string)
		if owner == "" {
			owner, _ = t.Values[3].(string) // the bucket's owner is not told; whose trail recorded it is
		}
		holder := accountOfARN(key)
		if holder == "" || owner == "" || holder == owner {
			continue
		}
		out = append(out, answer.Finding{Code: "kms-key-foreign", Scope: bucket, Count: t.Requests, First: moment(t.First), Last: moment(t.Last),
			Text:   fmt.Sprintf("%d objects encrypted with a KMS key of account %s, not the bucket's %s", t.Objects, holder, owner),
			Filter: printed(f, append(slices.Clone(terms), is(model.FieldBucket, bucket), is(model.FieldKMSKey, key))...)})
	}
	return out, nil
}

func reencrypted(ctx context.Context, s Source, f model.Filter) ([]answer.Finding, error) {
	out, err := tallied(ctx, s, f, []model.Field{model.FieldBucket, model.FieldActor}, "re-encrypted-in-place",
		[]model.Term{is(model.FieldOp, "UpdateObjectEncryption"), worked},
		func(t model.Tally) string { return fmt.Sprintf("%d objects re-encrypted in place", t.Objects) })
	if err != nil {
		return nil, err
	}
	jobs, err := tallied(ctx, s, f, []model.Field{model.FieldActor}, "re-encryption-job",
		[]model.Term{is(model.FieldOp, "CreateJob"), matches(model.FieldRequest, `(?i)UpdateObjectEncryption`)},
		func(model.Tally) string { return "a batch job that re-encrypts objects in place was created" })
	return append(out, jobs...), err
}

// copiedVersion keeps copies that were told to read a named version: what they were told, as it was sent
// (Amazon S3 API Reference, CopyObject).
var copiedVersion = model.Term{Field: model.FieldJSON, Path: filter.JoinPath("requestParameters", "x-amz-copy-source"),
	Op: model.Matches, Values: []model.Value{{Text: `\?versionId=`}}}

// selfCopy is what copies of objects onto themselves are told by.
type selfCopy struct{ bucket, enc, key string }

// selfCopies finds objects copied onto themselves: how objects are rewritten with another encryption.
func selfCopies(ctx context.Context, s Source, f model.Filter) ([]answer.Finding, error) {
	terms := []model.Term{is(model.FieldOp, "CopyObject"), worked, has(model.FieldCopySource)}
	found, err := ontoThemselves(ctx, s, query(f, terms...))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	versions, err := ontoThemselves(ctx, s, query(f, append(slices.Clone(terms), copiedVersion)...))
	var out []answer.Finding
	for g, n := range found {
		text := "objects copied onto themselves, which rewrites them; now " + g.enc
		if v := versions[g]; v != nil {
			text += fmt.Sprintf("; %d from a named version, as a restore does", v.count)
		}
		list := append(slices.Clone(terms), is(model.FieldBucket, g.bucket), is(model.FieldEnc, g.enc))
		if g.key != "" {
			list = append(list, is(model.FieldAccessKey, g.key))
		}
		out = append(out, n.finding("copied-onto-itself", g.bucket, text, printed(f, list...)))
	}
	byCount(out)
	return out, err
}

// ontoThemselves counts, of the copies that q keeps, those of an object onto itself.
func ontoThemselves(ctx context.Context, s Source, q model.Query) (map[selfCopy]*spread, error) {
	by := []model.Field{model.FieldBucket, model.FieldKey, model.FieldCopySource, model.FieldEnc, model.FieldAccessKey}
	lines, err := s.Tally(ctx, q, model.TallyBy{Fields: by, NoObjects: true})
	found := map[selfCopy]*spread{}
	for _, t := range lines {
		r := row{by, t.Values}
		bucket, key := sourceObject(r.text(model.FieldCopySource))
		if bucket != r.text(model.FieldBucket) || key != r.text(model.FieldKey) {
			continue
		}
		g := selfCopy{bucket, r.text(model.FieldEnc), r.text(model.FieldAccessKey)}
		if found[g] == nil {
			found[g] = &spread{}
		}
		found[g].add(t.Requests, t.First, t.Last)
	}
	return found, err
}

func byCount(list []answer.Finding) {
	slices.SortFunc(list, func(a, b answer.Finding) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Filter, b.Filter))
	})
}

func overwrites(ctx context.Context, s Source, f model.Filter) ([]answer.Finding, error) {
	pairs, err := s.Overwrites(ctx, model.Query{Filter: f}, overwriteWindow)
	type group struct{ bucket, key, after string }
	found := map[group]*spread{}
	for _, p := range pairs {
		g := group{p.Bucket, p.AccessKey, p.After.String()}
		if found[g] == nil {
			found[g] = &spread{}
		}
		found[g].add(1, p.WriteAt, p.WriteAt)
	}
	var out []answer.Finding
	for g, n := range found {
		out = append(out, n.finding("read-then-overwritten", g.bucket,
			"objects read and, within an hour, overwritten by the same credential with another encryption or key; now "+g.after,
			printed(f, is(model.FieldOp, "PutObject", "PostObject"), is(model.FieldBucket, g.bucket), is(model.FieldAccessKey, g.key), is(model.FieldEnc, g.after))))
	}
	byCount(out)
	return out, err
}

// method is an outcome without its origin.
func method(enc string) string { return strings.TrimSuffix(enc, "-default") }

// drift finds prefixes whose writes took up a method of encryption that none of their earlier ones had.
func drift(ctx context.Context, s Source, f model.Filter) ([]answer.Finding, error) {
	terms := []model.Term{worked, has(model.FieldEnc),
		isNot(model.FieldEnc, model.EncNA.String(), model.EncUnknown.String(), model.EncNotWritten.String())}
	lines, err := s.Tally(ctx, query(f, terms...), model.TallyBy{Fields: []model.Field{model.FieldPrefix, model.FieldEnc}, NoObjects: true})
	if err != nil {
		return nil, err
	}
	prefixes := map[string]map[string]*spread{}
	for _, t := range lines {
		name, _ := t.Values[0].(string)
		enc, _ := t.Values[1].(string)
		if prefixes[name] == nil {
			prefixes[name] = map[string]*spread{}
		}
		if prefixes[name][method(enc)] == nil {
			prefixes[name][method(enc)] = &spread{}
		}
		prefixes[name][method(enc)].add(t.Requests, t.First, t.Last)
	}
	var out []answer.Finding
	for name, methods := range prefixes {
		out = append(out, drifts(f, name, methods)...)
	}
	slices.SortFunc(out, func(a, b answer.Finding) int {
		return cmp.Or(compareMoments(a.First, b.First), cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Text, b.Text))
	})
	return out, nil
}

func drifts(f model.Filter, prefix string, methods map[string]*spread) []answer.Finding {
	var names []string
	for m, writes := range methods {
		if !writes.first.IsZero() { // else nothing tells when it was taken up
			names = append(names, m)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(methods[a].first.Compare(methods[b].first), cmp.Compare(a, b))
	})
	var out []answer.Finding
	for i, m := range names {
		if i == 0 || !methods[names[0]].first.Before(methods[m].first) {
			continue
		}
		ended := true
		for _, earlier := range names[:i] {
			ended = ended && methods[earlier].last.Before(methods[m].first)
		}
		text := fmt.Sprintf("writes changed from %s to %s", strings.Join(names[:i], ", "), m)
		if !ended {
			text = fmt.Sprintf("writes took up %s beside %s", m, strings.Join(names[:i], ", "))
		}
		bucket, folder, _ := strings.Cut(prefix, "/")
		list := []model.Term{is(model.FieldBucket, bucket), {Field: model.FieldEnc, Values: []model.Value{{Text: m}, {Text: m + "-default"}}}}
		if folder != "" {
			list = append(list, filter.BeginsWith(model.FieldKey, folder))
		}
		list[1].Values = knownOutcomes(list[1].Values)
		out = append(out, methods[m].finding("encryption-drift", prefix, text, printed(f, list...)))
	}
	return out
}

// knownOutcomes leaves out names that are no outcome.
func knownOutcomes(values []model.Value) []model.Value {
	return slices.DeleteFunc(values, func(v model.Value) bool { return !slices.Contains(model.EncNames, v.Text) })
}
