package store

import (
	"context"
	"fmt"
	"reflect"
	"testing"

	"trailsift/model"
	"trailsift/model/filter"
)

func TestJSONPathsReadColumnsOrText(t *testing.T) {
	c := newTestCase(t)
	lean := synthetic(model.CloudTrail, 1<<24, 0)
	lean.Lean = 1<<29 | 1<<1 | 1<<12 | 1<<40
	lean.Key, lean.BytesIn, lean.Extra = "lean/key", 7, `{"additional":{"a.b":[{"c":"deep"}]},"n":"12"}`
	full := synthetic(model.CloudTrail, 1<<24, 1)
	full.Lean, full.Key, full.Request = 0, "column/key", `{"key":["not","text"],"x":true,"list":"12"}`
	broken := synthetic(model.CloudTrail, 1<<24, 2)
	broken.Lean, broken.Request, broken.Extra = 0, `{"key":"\ud800"`, `not JSON`
	line := synthetic(model.AccessLog, 2<<24, 0)
	line.Owner, line.TurnAroundMS = "owner1", 55
	loadRecords(t, c, map[model.MemberID][]model.Record{1 << 24: {lean, full, broken}, 2 << 24: {line}})
	e := c.Engine(nil)
	for text, want := range map[string]string{
		`json.requestParameters.key:lean/key`:           "[1.1]",
		`json.requestParameters.key:column/key`:         "[]",
		`json.requestParameters.key~not`:                "[1.2]",
		`json.requestParameters.x:true`:                 "[1.2]",
		`json.requestParameters:*`:                      "[1.1 1.2 1.3]",
		`json.eventSource:s3.amazonaws.com`:             "[1.1]",
		`json.readOnly:true`:                            "[1.1]",
		`json.additionalEventData.bytesTransferredIn:7`: "[1.1]",
		`json.additional."a.b".0.c:deep`:                "[1.1]",
		`json.requestParameters.list:12`:                "[1.2]",
		`-json.requestParameters.x:true`:                "[1.1 1.3 2.1]",
		`json.bucket_owner:owner1`:                      "[2.1]",
		`json.turn_around_time:55`:                      "[2.1]",
		`json.field_count:26`:                           "[2.1]",
	} {
		f, err := filter.Parse(text, filter.Context{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := []string{}
		for _, r := range collect(t, e, model.Query{Filter: f, Sort: model.Sort{Field: model.FieldMember}}, nil) {
			got = append(got, fmt.Sprintf("%d.%d", r.ID.Member>>24, r.ID.Number))
		}
		if s := fmt.Sprint(got); s != want {
			t.Errorf("%s keeps %s, want %s", text, s, want)
		}
	}
	p, err := e.Page(context.Background(), model.Query{Sort: model.Sort{Field: model.FieldMember}, Filter: model.Filter{}.With(model.Term{Field: model.FieldKey, Op: model.Present})},
		[]model.Field{model.JSONField("requestParameters.key"), model.FieldMember, model.JSONField(`additional."a.b".0.c`), model.JSONField("bucket_owner")}, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	var listed []any
	for _, r := range p.Rows {
		listed = append(listed, r.Values[0], r.Values[2], r.Values[3])
	}
	if want := []any{"lean/key", "deep", nil, `["not","text"]`, nil, nil, nil, nil, nil, nil, nil, "owner1"}; !reflect.DeepEqual(listed, want) {
		t.Errorf("the paths list %q, want %q", listed, want)
	}
	rows := collect(t, e, model.Query{Sort: model.Sort{Field: model.FieldMember, Desc: true}}, []model.Field{model.FieldExtra})
	if rows[0].Values[0] != `{"bucket_owner":"owner1","request_uri":"GET /`+line.Key+` HTTP/1.1","turn_around_time":55,"field_count":26}` {
		t.Errorf("the rest of a line is %v", rows[0].Values[0])
	}
}

func TestObjectsByNumberAreObjectsByName(t *testing.T) {
	c := newTestCase(t)
	loadSynthetic(t, c, model.CloudTrail, 1, []int{300, 200})
	ctx := context.Background()
	e := c.Engine(nil)
	byName, err := e.Objects(ctx, model.Query{}, "acme-", 50)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Settle(ctx, nil, nil); err != nil {
		t.Fatal(err)
	}
	byNumber, err := e.Objects(ctx, model.Query{}, "acme-", 50)
	if err != nil || len(byNumber) == 0 || !reflect.DeepEqual(byName, byNumber) {
		t.Errorf("%v\n%v\n%v", byName, byNumber, err)
	}
}
