package inquiry

import (
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
)

func TestTheFateOfADeleteFollowsFromWhatIsKnown(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC) }
	deleted := day(10)
	for name, c := range map[string]struct {
		kind   string
		keep   *keeping
		writes []time.Time
		want   string
	}{
		"a rule's expiry is for good":                       {answer.Expired, nil, nil, answer.Lost},
		"a removed version is gone":                         {answer.VersionRemoved, &keeping{seen: true}, nil, answer.Lost},
		"a marker hides":                                    {answer.DeleteMarker, nil, nil, answer.Restorable},
		"a removed marker brings back":                      {answer.MarkerRemoved, nil, nil, answer.Restored},
		"nothing is known of the bucket":                    {answer.PlainDelete, nil, nil, answer.CannotTell},
		"versioning was on":                                 {answer.PlainDelete, &keeping{changes: []change{{day(1), "Enabled"}}}, nil, answer.Restorable},
		"versioning went on later":                          {answer.PlainDelete, &keeping{changes: []change{{day(11), "Enabled"}}}, nil, answer.CannotTell},
		"suspended, written before":                         {answer.PlainDelete, &keeping{changes: []change{{day(5), "Suspended"}}}, []time.Time{day(4)}, answer.Restorable},
		"suspended, written since":                          {answer.PlainDelete, &keeping{changes: []change{{day(5), "Suspended"}}}, []time.Time{day(4), day(6)}, answer.Lost},
		"suspended, then on again":                          {answer.PlainDelete, &keeping{changes: []change{{day(5), "Suspended"}, {day(7), "Enabled"}}}, []time.Time{day(6)}, answer.Restorable},
		"other records of the bucket name versions":         {answer.PlainDelete, &keeping{seen: true}, nil, answer.Restorable},
		"a write after the delete says nothing of it":       {answer.PlainDelete, &keeping{changes: []change{{day(5), "Suspended"}}}, []time.Time{day(12)}, answer.Restorable},
		"nothing but a change after it tells of the bucket": {answer.PlainDelete, &keeping{changes: []change{{day(12), "Suspended"}}}, nil, answer.CannotTell},
	} {
		t.Run(name, func(t *testing.T) {
			got, why := fate(&answer.Delete{Kind: c.kind, Time: &deleted}, c.keep, c.writes, false)
			if got != c.want || why == "" {
				t.Errorf("%s (%s), want %s", got, why, c.want)
			}
		})
	}
}

func TestKeysAreReadInEveryShape(t *testing.T) {
	for text, want := range map[string]int{
		`[{"key":"a"},{"key":"b","versionId":"v"}]`: 2, `{"objects":[{"key":"a"}]}`: 1, `{"object":[{"key":"a"},{"key":""}]}`: 1,
		`""`: 0, `null`: 0, `[1,2]`: 0, `{"objects":"a"}`: 0, ``: 0, `[{"key":7}]`: 0,
	} {
		if got := keysIn([]byte(text)); len(got) != want {
			t.Errorf("%s: %v, want %d", text, got, want)
		}
	}
}

func TestAnObjectsNameIsTakenLiterally(t *testing.T) {
	if got := ObjectTerm("b/a*b?*"); got.Values[0].Text != `b/a\*b\?*` || !got.Values[0].Glob {
		t.Errorf("%+v", got)
	}
	if got := ObjectTerm("b/a?b"); got.Values[0].Text != "b/a?b" || got.Values[0].Glob {
		t.Errorf("%+v", got)
	}
	l := ledger{f: model.Filter{Terms: []model.Term{ObjectTerm("b/x*")}}}
	if !l.wanted("b", "xy") || l.wanted("b", "y") || l.bucket() != "b" {
		t.Errorf("wanted %v %v, bucket %q", l.wanted("b", "xy"), l.wanted("b", "y"), l.bucket())
	}
}
