package cli

import (
	"context"
	"encoding/json"
	"testing"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/queries/inquiry"
)

// testParts holds the steps to an answer against the whole: the last one gives it, what an earlier one gave
// is left alone by those that follow, and none tells of more than the whole does.
func testParts(t *testing.T, d *demo) {
	of := model.Filter{Terms: []model.Term{inquiry.ObjectTerm("acme-finance/*")}}
	for _, f := range []model.Filter{{}, of} {
		partsOf(t, func() []model.Part[answer.Deletes] { return inquiry.DeletesParts(d.engine, f) }, func(a answer.Deletes) int64 { return int64(len(a.Entries)) })
		partsOf(t, func() []model.Part[answer.Actors] { return inquiry.ActorsParts(d.engine, f) }, func(a answer.Actors) int64 {
			var n int64
			for _, l := range a.Lines {
				n += l.Rows
			}
			return n
		})
		for by := range inquiry.Groupings {
			partsOf(t, func() []model.Part[answer.Encryption] { return inquiry.EncryptionParts(d.engine, f, by, "hour") }, func(a answer.Encryption) int64 {
				return a.Writes + a.Failed + int64(len(a.Groups)+len(a.Time)+len(a.Findings))
			})
		}
		for _, name := range []string{"111122223333", "nobody", "arn:aws:iam::111122223333:role/BackupRole"} {
			partsOf(t, func() []model.Part[answer.Card] { return inquiry.ActorParts(d.engine, f, name) }, func(a answer.Card) int64 { return a.Rows })
		}
	}
	for _, limit := range []int{0, 7} {
		for _, name := range []string{"acme-finance/*", "acme-finance/finance/2025/q1/report-0000.xlsx", "nowhere/nothing"} {
			partsOf(t, func() []model.Part[answer.ObjectStory] { return inquiry.ObjectParts(d.engine, name, limit) }, func(a answer.ObjectStory) int64 { return a.Total })
		}
	}
	all, err := inquiry.Object(context.Background(), d.engine, "acme-finance/*", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int{1, 40, len(all.Lines) - 1} {
		some, err := inquiry.Object(context.Background(), d.engine, "acme-finance/*", limit)
		if err != nil || some.Total != all.Total || text(t, some.Lines) != text(t, all.Lines[:limit]) {
			t.Errorf("the first %d of %d events are others than those told of all (%d): %v", limit, all.Total, some.Total, err)
		}
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func partsOf[T any](t *testing.T, parts func() []model.Part[T], size func(T) int64) {
	t.Helper()
	whole, err := model.Whole(context.Background(), parts())
	if err != nil {
		t.Fatal(err)
	}
	var given []T
	var was []string
	for _, p := range parts() {
		v, err := p.Do(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		given, was = append(given, v), append(was, text(t, v))
		if size(v) > size(whole) {
			t.Errorf("%q tells of %d things, the whole of %d", p.Doing, size(v), size(whole))
		}
	}
	for i, v := range given {
		if text(t, v) != was[i] {
			t.Errorf("part %d was changed by a later one:\n%s\n%s", i+1, was[i], text(t, v))
		}
	}
	if was[len(was)-1] != text(t, whole) {
		t.Errorf("the last part is not the whole:\n%s\n%s", was[len(was)-1], text(t, whole))
	}
}
