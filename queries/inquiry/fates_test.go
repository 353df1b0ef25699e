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
			got, why, _ := fate(&answer.Delete{Kind: c.kind, Time: &deleted}, c.keep, c.writes, false)
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

func TestWhatWasReadAgainIsNotLost(t *testing.T) {
	at := func(n int) time.Time { return time.Date(2026, 3, 1, 0, 0, n, 0, time.UTC) }
	deleted := at(10)
	for name, c := range map[string]struct {
		kind, version string
		reads         map[string]int // by the version that is named, seconds after midnight
		writes        []int
		want          int // 0: it stays lost
	}{
		"nobody read it":     {answer.Expired, "", nil, nil, 0},
		"it was read before": {answer.Expired, "", map[string]int{"": 9}, nil, 0},
		"in one second nothing tells which came first":      {answer.Expired, "", map[string]int{"": 10}, nil, 0},
		"an expired object was read":                        {answer.Expired, "", map[string]int{"": 11}, nil, 11},
		"what was read may be what was written":             {answer.Expired, "", map[string]int{"": 20}, []int{15}, 0},
		"a write in the second of the delete may be later":  {answer.Expired, "", map[string]int{"": 20}, []int{10}, 0},
		"a write in the second of the read may be earlier":  {answer.Expired, "", map[string]int{"": 20}, []int{20}, 0},
		"a write after the read tells nothing of it":        {answer.Expired, "", map[string]int{"": 20}, []int{21}, 20},
		"another version was read":                          {answer.VersionRemoved, "v1", map[string]int{"v2": 20}, nil, 0},
		"the version itself was read":                       {answer.VersionRemoved, "v1", map[string]int{"v1": 20}, []int{15}, 20},
		"no version was named":                              {answer.VersionRemoved, "v1", map[string]int{"": 20}, nil, 20},
		"no version was named, and it was written":          {answer.VersionRemoved, "v1", map[string]int{"": 20}, []int{12}, 0},
		"the version itself, after a write and a read":      {answer.VersionRemoved, "v1", map[string]int{"": 20, "v1": 30}, []int{12}, 30},
		"the first of both reads counts":                    {answer.VersionRemoved, "v1", map[string]int{"": 20, "v1": 30}, nil, 20},
		"null is the name of what is written again":         {answer.VersionRemoved, "null", map[string]int{"null": 30}, []int{12}, 0},
		"null was read and never written":                   {answer.VersionRemoved, "null", map[string]int{"null": 30}, nil, 30},
		"a version behind a plain delete is another":        {answer.PlainDelete, "", map[string]int{"v1": 30}, nil, 0},
		"what a plain delete of a null version removed":     {answer.PlainDelete, "m", map[string]int{"null": 30}, nil, 30},
		"an expired version is not what a later read names": {answer.Expired, "v1", map[string]int{"v3": 30}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := answer.Delete{Bucket: "b", Key: "k", Kind: c.kind, Version: c.version, Fate: answer.Lost, Why: "gone", Time: &deleted}
			reads := map[model.ObjectVersion][]time.Time{}
			for version, n := range c.reads {
				reads[model.ObjectVersion{ObjectName: objectOf(&d), Version: version}] = []time.Time{at(n)}
			}
			var writes []time.Time
			for _, n := range c.writes {
				writes = append(writes, at(n))
			}
			contradict(&d, reads, writes)
			switch {
			case c.want == 0 && (d.Fate != answer.Lost || d.Read != nil):
				t.Errorf("%s, read %v", d.Fate, d.Read)
			case c.want != 0 && (d.Fate != answer.Contradicted || d.Read == nil || !d.Read.Equal(at(c.want)) || d.Why == "gone"):
				t.Errorf("%s, read %v: %s; want a read at %d", d.Fate, d.Read, d.Why, c.want)
			}
		})
	}
}
