package inquiry

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
)

// Groupings are what the encryption audit can be grouped by, with the field behind each name.
var Groupings = map[string]model.Field{
	"bucket": model.FieldBucket, "prefix": model.FieldPrefix, "actor": model.FieldActor, "key": model.FieldObject,
	"kms_key": model.FieldKMSKey, "access_key": model.FieldAccessKey,
}

// Stretches are the stretches of time it can be told over.
var Stretches = map[string]time.Duration{"": 0, "hour": time.Hour, "day": 24 * time.Hour}

// overwriteWindow is how long a read may lie before the overwrite it is paired with.
const overwriteWindow = time.Hour

// shownStarts bounds how many unfinished uploads a report names one by one.
const shownStarts = 100

// creating keeps the object-creating writes, failed ones and those that cannot be told included.
func creating(f model.Filter) model.Filter {
	return f.With(has(model.FieldEnc)).With(isNot(model.FieldEnc, model.EncNA.String()))
}

// Encryption audits the encryption of the object-creating writes that f keeps.
func Encryption(ctx context.Context, s Source, f model.Filter, by, over string) (answer.Encryption, error) {
	out := answer.Encryption{By: by, Over: over, Filter: filter.Print(f), Total: answer.Counts{}, Groups: []answer.EncGroup{}, Findings: []answer.Finding{}}
	field, ok := Groupings[by]
	if !ok {
		return out, fmt.Errorf("audit encryption: nothing is grouped by %q", by)
	}
	width, ok := Stretches[over]
	if !ok {
		return out, fmt.Errorf("audit encryption: there is no stretch of time %q", over)
	}
	q := model.Query{Filter: creating(f)}
	tallies, err := s.Tally(ctx, q, model.TallyBy{Fields: []model.Field{field, model.FieldEnc}, NoObjects: true})
	if err != nil {
		return out, err
	}
	out.Groups = encGroups(tallies, 1)
	for _, g := range out.Groups {
		out.Failed += g.Failed
		for e, n := range g.Outcomes {
			out.Total[e] += n
			out.Writes += n
		}
	}
	if width > 0 {
		over, err := s.Tally(ctx, q, model.TallyBy{Fields: []model.Field{field, model.FieldEnc}, Width: width, NoObjects: true})
		if err != nil {
			return out, err
		}
		out.Time = encGroups(over, 1)
	}
	if out.Uploads, err = uploads(ctx, s, f); err != nil {
		return out, err
	}
	out.Findings, err = encFindings(ctx, s, f)
	return out, err
}

// encGroups puts tallies by group and outcome together: groups by writes descending and name, times
// first where there are any. at is the place of the outcome among the values.
func encGroups(tallies []model.Tally, at int) []answer.EncGroup {
	type id struct {
		name  string
		start time.Time
	}
	index := map[id]int{}
	out := []answer.EncGroup{}
	spans := []spread{}
	for _, t := range tallies {
		name, _ := t.Values[0].(string)
		i, ok := index[id{name, t.Start}]
		if !ok {
			i = len(out)
			index[id{name, t.Start}] = i
			out = append(out, answer.EncGroup{Name: name, Start: moment(t.Start), Outcomes: answer.Counts{}})
			spans = append(spans, spread{})
		}
		enc, _ := t.Values[at].(string)
		if enc == model.EncNotWritten.String() {
			out[i].Failed += t.Requests
		} else {
			out[i].Outcomes[enc] += t.Requests
		}
		spans[i].add(t.Requests, t.First, t.Last)
	}
	for i := range out {
		out[i].First, out[i].Last = moment(spans[i].first), moment(spans[i].last)
	}
	slices.SortFunc(out, func(a, b answer.EncGroup) int {
		return cmp.Or(compareMoments(a.Start, b.Start), cmp.Compare(written(b), written(a)), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func written(g answer.EncGroup) int64 {
	n := g.Failed
	for _, c := range g.Outcomes {
		n += c
	}
	return n
}

// compareMoments orders absent times last.
func compareMoments(a, b *time.Time) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return a.Compare(*b)
}

// uploads pairs the starts of multipart uploads with what ended them.
func uploads(ctx context.Context, s Source, f model.Filter) (answer.Uploads, error) {
	p := pairing{open: map[string][]start{}}
	q := query(f, is(model.FieldOp, "CreateMultipartUpload", "CompleteMultipartUpload", "AbortMultipartUpload", "S3.DELETE.UPLOAD"))
	q.Filter = q.Filter.With(is(model.FieldOutcome, model.OK.String()))
	err := rows(ctx, s, q, []model.Field{model.FieldRequest, model.FieldResponse, model.FieldExtra}, func(r row) error {
		p.add(r)
		return nil
	})
	p.flush()
	return p.result(), err
}
