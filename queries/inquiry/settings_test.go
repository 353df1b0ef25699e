package inquiry

import (
	"encoding/json"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
)

// strip tells the states of one bucket's hours, data events and access log, with two trails possible.
func strip(t *testing.T, log model.Log, records []int64, evidence func(*coverer), settings ...answer.Setting) string {
	t.Helper()
	from := hourAt(0)
	c := newCoverer(model.Span{From: from, To: from.Add(time.Duration(len(records)) * time.Hour)}, model.Span{})
	s := answer.Strip{Log: log.String(), Events: model.Data.String(), Bucket: "b"}
	if log == model.CloudTrail {
		s.Account, s.Region = "1", "r"
	}
	l := c.lane(s)
	for i, n := range records {
		if n > 0 {
			l.add(i, len(records), counted{n: n})
			l.reach(c.hour(i).From, c.hour(i).From)
		}
	}
	if evidence != nil {
		evidence(c)
	}
	c.settle(settings)
	l.judge(c, c.sites(nil)[l.site()])
	return l.Hours
}

func hourAt(n float64) time.Time {
	return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n * float64(time.Hour)))
}

func selectors(t *testing.T, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAnAnswerCountsFromItsMomentOnAndNeverBefore(t *testing.T) {
	const other = `{"EventSelectors":[{"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::other/"]}]}]}`
	const ours = `{"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::b/"]}]}]}`
	trail := func(at float64, name, text string) answer.Setting {
		return answer.Setting{At: hourAt(at), Account: "1", Region: "r", Trail: "arn:aws:cloudtrail:r:1:trail/" + name, Selectors: selectors(t, text)}
	}
	all := func(at float64, stopped bool) answer.Setting {
		return answer.Setting{At: hourAt(at), Account: "1", Region: "r", Trails: true, Stopped: stopped}
	}
	logging := func(at float64, on bool) answer.Setting {
		return answer.Setting{At: hourAt(at), Bucket: "b", Logging: on}
	}
	none := []int64{0, 0, 0, 0}
	put := func(at float64, name string, text string) func(*coverer) {
		return func(c *coverer) {
			c.chosen = append(c.chosen, chosenBy(hourAt(at), "1", "r", name, selectors(t, text)))
		}
	}
	const nothing = `{"eventSelectors":[{"includeManagementEvents":true}]}`
	for name, c := range map[string]struct {
		log      model.Log
		records  []int64
		evidence func(*coverer)
		settings []answer.Setting
		want     string
	}{
		"no answer":                                         {model.CloudTrail, none, nil, nil, "????"},
		"all trails leave the bucket out":                   {model.CloudTrail, none, nil, []answer.Setting{all(1, false), trail(1, "x", other), trail(1, "y", other)}, "?---"},
		"one of them keeps it":                              {model.CloudTrail, none, nil, []answer.Setting{all(1, false), trail(1, "x", other), trail(1, "y", ours)}, "????"},
		"two of perhaps more":                               {model.CloudTrail, none, nil, []answer.Setting{trail(1, "x", other), trail(1, "y", other)}, "????"},
		"no trail at all":                                   {model.CloudTrail, none, nil, []answer.Setting{all(1, false)}, "?---"},
		"another region":                                    {model.CloudTrail, none, nil, []answer.Setting{{At: hourAt(1), Account: "1", Region: "q", Trails: true}}, "????"},
		"another account":                                   {model.CloudTrail, none, nil, []answer.Setting{{At: hourAt(1), Account: "2", Region: "r", Trails: true}}, "????"},
		"in the middle of an hour":                          {model.CloudTrail, none, nil, []answer.Setting{all(1.5, false)}, "??--"},
		"a trail that was deleted since":                    {model.CloudTrail, none, put(0, "old", `{"eventSelectors":[{"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3"]}]}]}`), []answer.Setting{all(2, false)}, "??--"},
		"selectors of the evidence alone":                   {model.CloudTrail, none, put(1, "x", nothing), nil, "?---"},
		"chosen again later":                                {model.CloudTrail, none, put(3, "x", `{"eventSelectors":[{"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3:::b/"]}]}]}`), []answer.Setting{all(1, false), trail(1, "x", other)}, "?--?"},
		"the trail is named by its ARN and by its name":     {model.CloudTrail, none, put(0, "x", nothing), []answer.Setting{trail(2, "x", other)}, "----"},
		"no trail runs":                                     {model.CloudTrail, none, nil, []answer.Setting{all(1, true)}, "?!!!"},
		"records all the same":                              {model.CloudTrail, []int64{1, 0, 1, 0}, nil, []answer.Setting{all(1, false)}, "#-#-"},
		"logging is off":                                    {model.AccessLog, none, nil, []answer.Setting{logging(2, false)}, "??--"},
		"logging is on, which is no proof of lines":         {model.AccessLog, none, nil, []answer.Setting{logging(1, true)}, "????"},
		"logging is off, was on before, and on again":       {model.AccessLog, []int64{1, 0, 0, 1}, nil, []answer.Setting{logging(0, true), logging(1, false), logging(2.5, true)}, "#-.#"},
		"an answer after the span says nothing of it":       {model.AccessLog, none, nil, []answer.Setting{logging(9, false)}, "????"},
		"a trail that was started after it was found still": {model.CloudTrail, none, func(c *coverer) { c.starts["1\x00r"] = []time.Time{hourAt(3)} }, []answer.Setting{all(1, true), trail(1, "x", ours)}, "?!!?"},
	} {
		if got := strip(t, c.log, c.records, c.evidence, c.settings...); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestABucketThatWasAskedAboutHasItsStrip(t *testing.T) {
	c := newCoverer(model.Span{From: hourAt(0), To: hourAt(3)}, model.Span{})
	c.settle([]answer.Setting{{At: hourAt(1), Bucket: "quiet"}, {At: hourAt(1), Bucket: "quiet"}})
	if c.subjects(nil); len(c.lanes) != 1 {
		t.Fatalf("%d strips", len(c.lanes))
	}
	if c.lanes[0].judge(c, site{}); c.lanes[0].Hours != "?--" {
		t.Errorf("%q", c.lanes[0].Hours)
	}
}
