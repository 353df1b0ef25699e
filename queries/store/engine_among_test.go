package store

import (
	"context"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"trailsift/model"
)

func TestRowsAmongManyAreThoseOfTheList(t *testing.T) {
	c, _ := randomCase(t, rand.New(rand.NewPCG(31, 32)))
	e := c.Engine(nil)
	ctx := context.Background()
	fields := []model.Field{model.FieldTime, model.FieldBucket, model.FieldKey, model.FieldRequestID, model.FieldMember, model.FieldRecord}
	check := func(t *testing.T, q model.Query) {
		t.Helper()
		times, byID := map[model.ObjectName][]time.Time{}, map[string][]model.Row{}
		err := e.Stream(ctx, q, fields, 0, func(r model.Row) error {
			bucket, _ := r.Values[1].(string)
			if key, ok := r.Values[2].(string); ok && r.Values[0] != nil {
				o := model.ObjectName{Bucket: bucket, Key: key}
				times[o] = append(times[o], r.Values[0].(time.Time))
			}
			if id, ok := r.Values[3].(string); ok {
				byID[id] = append(byID[id], r)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		objects, ids := []model.ObjectName{{Bucket: "nowhere", Key: "nothing"}}, []string{"", "none \x00such"}
		want := map[model.ObjectName][]time.Time{}
		for o, all := range times {
			if len(objects)%3 != 0 {
				want[o] = all
				objects = append(objects, o)
			} else {
				objects = append(objects, model.ObjectName{Bucket: o.Bucket + "x", Key: o.Key})
			}
		}
		got, err := e.Times(ctx, q, objects)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%d objects have times, not %d, or others: %v", len(got), len(want), err)
		}
		rows, told := 0, 0
		for id, all := range byID {
			if ids = append(ids, id); len(id)%2 == 0 {
				ids = append(ids, id)
			}
			rows += len(all)
		}
		err = e.StreamAmong(ctx, q, ids, fields, func(r model.Row) error {
			told++
			if r.Values[3] == nil {
				t.Error("a row without a request id")
			}
			return nil
		})
		if err != nil || told != rows || rows == 0 {
			t.Errorf("%d rows with request ids, not %d: %v", told, rows, err)
		}
	}
	for _, settled := range []bool{false, true} {
		if settled {
			if err := c.Settle(ctx, nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		check(t, model.Query{})
		check(t, asking(model.Term{Field: model.FieldRecords, Values: values("all")}))
	}
	if err := e.StreamAmong(ctx, model.Query{}, nil, fields, func(model.Row) error { t.Error("a row of nothing"); return nil }); err != nil {
		t.Error(err)
	}
}
