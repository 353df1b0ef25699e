package inquiry

import (
	"cmp"
	"context"
	"slices"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
)

// MatchRates tells for every bucket, and every hour of it, how many of the requests that f keeps both
// logs tell. Requests without a time count for the bucket and for no hour. A line that tells of a part of
// a request whose record CloudTrail has is in no pair: it counts nowhere.
func MatchRates(ctx context.Context, s Source, f model.Filter) (answer.MatchRates, error) {
	out := answer.MatchRates{Buckets: []answer.MatchRate{}, Hours: []answer.MatchRate{}}
	by := model.TallyBy{Fields: []model.Field{model.FieldBucket, model.FieldWitness}, Width: time.Hour, NoObjects: true, Parts: true}
	lines, err := s.Tally(ctx, model.Query{Filter: f}, by)
	if err != nil {
		return out, err
	}
	all := lines
	if slices.ContainsFunc(lines, func(t model.Tally) bool { return t.Parts > 0 }) {
		by.Width = 0 // a request and its parts may lie in two hours: the hours do not add up to the bucket
		if all, err = s.Tally(ctx, model.Query{Filter: f}, by); err != nil {
			return out, err
		}
	}
	whole, hours := map[string]*answer.MatchRate{}, map[string]*answer.MatchRate{}
	for _, t := range lines {
		bucket, _ := t.Values[0].(string)
		witness, _ := t.Values[1].(string)
		if !t.Start.IsZero() {
			count(rate(hours, bucket, t.Start, bucket+t.Start.String()), witness, t)
		}
	}
	for _, t := range all {
		bucket, _ := t.Values[0].(string)
		witness, _ := t.Values[1].(string)
		count(rate(whole, bucket, time.Time{}, bucket), witness, t)
	}
	for _, part := range []struct {
		of   map[string]*answer.MatchRate
		into *[]answer.MatchRate
	}{{whole, &out.Buckets}, {hours, &out.Hours}} {
		for _, r := range part.of {
			*part.into = append(*part.into, *r)
		}
		slices.SortFunc(*part.into, func(a, b answer.MatchRate) int {
			return cmp.Or(compareMoments(a.Start, b.Start), cmp.Compare(a.Bucket, b.Bucket))
		})
	}
	return out, nil
}

func rate(all map[string]*answer.MatchRate, bucket string, start time.Time, name string) *answer.MatchRate {
	if all[name] == nil {
		all[name] = &answer.MatchRate{Bucket: bucket, Start: moment(start)}
	}
	return all[name]
}

func count(r *answer.MatchRate, witness string, t model.Tally) {
	n := t.Calls()
	switch witness {
	case model.WitnessBoth.String():
		r.Both += t.Requests - t.Parts
	case model.WitnessCloudTrailOnly.String():
		r.CloudTrailOnly += n
	case model.WitnessAccessOnly.String():
		r.AccessOnly += n
	case model.WitnessOtherLogAbsent.String():
		r.OtherAbsent += n
	default:
		r.NotExpected += n
	}
}
