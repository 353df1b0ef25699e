package inquiry

import (
	"context"
	"fmt"
	"slices"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
)

// Limits of what is looked up for findings, since each takes a question of its own.
const (
	findingsTold  = 40
	findingActors = 3
)

// inherit gives findings the worst badge of their requests and who made them. A finding that rests on
// a planted file must not look like one that does not.
func inherit(ctx context.Context, s EncSource, found []answer.Finding) ([]answer.Finding, error) {
	out := slices.Clone(found) // what was given already stays as it is
	for i := range out[:min(len(out), findingsTold)] {
		f := &out[i]
		of, err := filter.Parse(f.Filter, filter.Context{})
		if err != nil {
			return out, fmt.Errorf("read the filter of the finding %s: %w", f.Code, err)
		}
		groups, err := s.GroupBy(ctx, model.Query{Filter: of}, []model.Field{model.FieldActor, model.FieldIntegrity}, 0)
		if err != nil {
			return out, err
		}
		worst := len(model.WorstFirst)
		for _, g := range groups {
			actor, _ := g.Values[0].(string)
			badge, _ := g.Values[1].(string)
			if at := slices.IndexFunc(model.WorstFirst, func(i model.Integrity) bool { return i.String() == badge }); at >= 0 {
				worst = min(worst, at)
			}
			if actor != "" && len(f.Actors) < findingActors && !slices.Contains(f.Actors, actor) {
				f.Actors = append(slices.Clip(f.Actors), actor)
			}
		}
		if worst < len(model.WorstFirst) {
			f.Integrity = model.WorstFirst[worst].String()
		}
	}
	return out, nil
}
