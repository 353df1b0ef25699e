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

// EncSource is what the encryption audit asks.
type EncSource interface {
	Source
	GroupBy(ctx context.Context, q model.Query, fields []model.Field, limit int) ([]model.Group, error)
}

// Encryption audits the encryption of the object-creating writes that f keeps.
func Encryption(ctx context.Context, s EncSource, f model.Filter, by, over string) (answer.Encryption, error) {
	return model.Whole(ctx, EncryptionParts(s, f, by, over))
}

// EncryptionParts are the steps to the audit of Encryption: the outcomes, their times, one kind of
// findings after the other, what their requests tell, the uploads.
func EncryptionParts(s EncSource, f model.Filter, by, over string) []model.Part[answer.Encryption] {
	a := audit{s: s, f: f, out: answer.Encryption{By: by, Over: over, Filter: filter.Print(f), Total: answer.Counts{}, Groups: []answer.EncGroup{}, Findings: []answer.Finding{}}}
	a.out.Uploads.Started = model.NotYet
	parts := []model.Part[answer.Encryption]{
		{Doing: "outcomes", Peek: true, Do: a.look},
		{Doing: "times", Do: a.count},
	}
	for _, l := range encLooks {
		parts = append(parts, model.Part[answer.Encryption]{Doing: l.doing, Do: func(ctx context.Context) (answer.Encryption, error) {
			for _, find := range l.finds {
				found, err := find(ctx, s, f)
				if err != nil {
					return a.out, err
				}
				a.out.Findings = append(slices.Clip(a.out.Findings), found...) // what was given already stays as it is
			}
			return a.out, nil
		}})
	}
	parts = append(parts, model.Part[answer.Encryption]{Doing: "badges and actors of the findings", Do: func(ctx context.Context) (answer.Encryption, error) {
		found, err := inherit(ctx, s, a.out.Findings)
		a.out.Findings = found
		return a.out, err
	}})
	return append(parts, model.Part[answer.Encryption]{Doing: "multipart uploads", Do: func(ctx context.Context) (answer.Encryption, error) {
		var err error
		a.out.Uploads, err = uploads(ctx, s, f)
		return a.out, err
	}})
}

// audit is an encryption audit on its way.
type audit struct {
	s   EncSource
	f   model.Filter
	out answer.Encryption
}

// asked are the fields that writes are counted by, and how wide the stretches of time are.
func (a *audit) asked() ([]model.Field, time.Duration, error) {
	field, ok := Groupings[a.out.By]
	if !ok {
		return nil, 0, fmt.Errorf("audit encryption: nothing is grouped by %q", a.out.By)
	}
	width, ok := Stretches[a.out.Over]
	if !ok {
		return nil, 0, fmt.Errorf("audit encryption: there is no stretch of time %q", a.out.Over)
	}
	return []model.Field{field, model.FieldEnc}, width, nil
}

// look counts the writes by group and outcome, and nothing else.
func (a *audit) look(ctx context.Context) (answer.Encryption, error) {
	out := a.out
	fields, _, err := a.asked()
	if err != nil {
		return out, err
	}
	q := model.Query{Filter: creating(a.f)}
	if fields[0] == model.FieldPrefix || fields[0] == model.FieldObject { // which only tallies know
		tallies, err := a.s.Tally(ctx, q, model.TallyBy{Fields: fields, NoObjects: true})
		return withGroups(out, tallies), err
	}
	groups, err := a.s.GroupBy(ctx, q, fields, 0)
	tallies := make([]model.Tally, len(groups))
	for i, g := range groups {
		tallies[i] = model.Tally{Values: g.Values, Requests: g.Count}
	}
	return withGroups(out, tallies), err
}

// count counts the writes by group and outcome, over time too where that is asked for.
func (a *audit) count(ctx context.Context) (answer.Encryption, error) {
	fields, width, err := a.asked()
	if err != nil {
		return a.out, err
	}
	tallies, err := a.s.Tally(ctx, model.Query{Filter: creating(a.f)}, model.TallyBy{Fields: fields, Width: width, NoObjects: true})
	if err != nil {
		return a.out, err
	}
	if width > 0 {
		a.out.Time = encGroups(tallies)
		for i := range tallies {
			tallies[i].Start = time.Time{}
		}
	}
	a.out = withGroups(a.out, tallies)
	return a.out, nil
}

// withGroups is out with the groups that tallies by group and outcome make, and their sums.
func withGroups(out answer.Encryption, tallies []model.Tally) answer.Encryption {
	out.Groups, out.Total = encGroups(tallies), answer.Counts{}
	for _, g := range out.Groups {
		out.Failed += g.Failed
		for e, n := range g.Outcomes {
			out.Total[e] += n
			out.Writes += n
		}
	}
	return out
}

// encGroups puts tallies by group and outcome together: groups by writes descending and name, times
// first where there are any.
func encGroups(tallies []model.Tally) []answer.EncGroup {
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
		enc, _ := t.Values[1].(string)
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
