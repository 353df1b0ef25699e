package inquiry

import (
	"context"
	"fmt"
	"testing"

	"trailsift/model"
	"trailsift/model/answer"
)

// badged groups by a finding's filter.
type badged struct {
	EncSource
	groups map[string][]model.Group
}

func (b badged) GroupBy(_ context.Context, q model.Query, _ []model.Field, _ int) ([]model.Group, error) {
	return b.groups[q.Filter.Terms[0].Values[0].Text], nil
}

func TestFindingsInheritTheWorstBadgeAndTheActors(t *testing.T) {
	group := func(actor, badge any) model.Group { return model.Group{Values: []any{actor, badge}, Count: 1} }
	s := badged{groups: map[string][]model.Group{
		"one":  {group("ada", "verified"), group("bob", "verified"), group("ada", "unlisted"), group("eve", "n/a"), group("dan", "verified")},
		"two":  {group(nil, "altered"), group(nil, "unlisted")},
		"logs": {group("ada", "n/a")},
	}}
	found := []answer.Finding{{Filter: "bucket:one"}, {Filter: "bucket:two"}, {Filter: "bucket:logs"}, {Filter: "bucket:none"}}
	told, err := inherit(context.Background(), s, found)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"unlisted [ada bob eve]", "altered []", "n/a [ada]", " []"} {
		if got := fmt.Sprint(told[i].Integrity, " ", told[i].Actors); got != want {
			t.Errorf("%s: %q, want %q", found[i].Filter, got, want)
		}
	}
	if found[0].Integrity != "" || found[0].Actors != nil {
		t.Error("what was given before was changed")
	}
}
