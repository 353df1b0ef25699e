package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"trailsift/loaders"
	"trailsift/loaders/source"
	"trailsift/model"
	"trailsift/queries/store"
)

// unfinished is a load that has not come to its end. The case remembers it from before the load begins
// until a load of the same ends well, so that nobody takes the case for whole, whatever ended the program.
type unfinished struct {
	model.Unfinished
	Wanted wanted `json:"wanted,omitzero"`
}

func unfinishedOf(o *loadOptions, sources []string) unfinished {
	u := unfinished{Unfinished: model.Unfinished{Why: "the program ended meanwhile"}}
	for _, src := range sources {
		switch {
		case isS3(src):
			u.Wanted = o.wanted
		case src != source.Stdin:
			src = absolute(src)
		}
		u.Sources = append(u.Sources, src)
	}
	return u
}

// holds tells that a load of u takes all that one of v takes.
func (u unfinished) holds(v unfinished) bool {
	for _, src := range v.Sources {
		if !slices.Contains(u.Sources, src) {
			return false
		}
	}
	return reflect.DeepEqual(u.Wanted, v.Wanted) || reflect.DeepEqual(u.Wanted, wanted{All: true})
}

// unfinished lists the loads that did not come to their end, with the text the case has of them.
func (s *session) unfinished(ctx context.Context) (list []unfinished, text string, err error) {
	text, err = s.Fact(ctx, store.FactUnfinished)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &list)
	}
	if err != nil {
		return nil, "", fmt.Errorf("read which loads did not come to their end: %w", err)
	}
	return list, text, nil
}

// remain remembers u, or forgets it and what it holds where it came to its end.
func (s *session) remain(ctx context.Context, u unfinished, ended bool) error {
	list, text, err := s.unfinished(ctx)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(v unfinished) bool { return u.holds(v) && (ended || v.holds(u)) })
	if !ended {
		list = append(list, u)
	}
	now := ""
	if len(list) > 0 {
		b, err := json.Marshal(list)
		if err != nil {
			return fmt.Errorf("remember which loads did not come to their end: %w", err)
		}
		now = string(b)
	}
	if now == text {
		return nil
	}
	return s.SetFact(ctx, store.FactUnfinished, now)
}

// stoppedBy says why a load that ended with err took no more, and how much it had taken.
func (u unfinished) stoppedBy(err error, sum loaders.Summary) unfinished {
	u.Why, u.Taken, u.Total = whatOf(err), min(sum.Members.Seen, sum.Planned), sum.Planned
	if sum.Interrupted || errors.Is(err, context.Canceled) {
		u.Why = "it was stopped"
	}
	return u
}
