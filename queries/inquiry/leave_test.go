package inquiry

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/recording"
	"trailsift/model/secret"
)

func TestWhatWasTakenLiesBetweenTwoBounds(t *testing.T) {
	for name, c := range map[string]struct {
		o       model.ObjectReads
		want    string // least most
		partial bool
	}{
		"once and whole":                          {model.ObjectReads{CloudTrailReads: 1, CloudTrailBytes: 9, CloudTrailMost: 9, AccessReads: 1, AccessBytes: 9, AccessMost: 9, Most: 9, Size: 9}, "9 9", false},
		"twice and whole is the object once":      {model.ObjectReads{AccessReads: 2, AccessBytes: 18, AccessMost: 9, AccessOnlyReads: 2, AccessOnlyBytes: 18, Most: 18, Size: 9}, "9 9", false},
		"parts may overlap":                       {model.ObjectReads{AccessReads: 3, AccessBytes: 60, AccessMost: 30, AccessOnlyReads: 3, AccessOnlyBytes: 60, Most: 60, Size: 100}, "30 60", true},
		"parts are no more than the object":       {model.ObjectReads{AccessReads: 9, AccessBytes: 270, AccessMost: 30, AccessOnlyReads: 9, AccessOnlyBytes: 270, Most: 270, Size: 100}, "30 100", true},
		"without a size the traffic is the bound": {model.ObjectReads{CloudTrailReads: 3, CloudTrailBytes: 27, CloudTrailMost: 9, Most: 27, Size: model.Absent}, "9 27", false},
		"a size of another version":               {model.ObjectReads{CloudTrailReads: 1, CloudTrailBytes: 50, CloudTrailMost: 50, Most: 50, Size: 9}, "50 50", false},
		"one log each":                            {model.ObjectReads{CloudTrailReads: 1, CloudTrailBytes: 20, CloudTrailMost: 20, AccessReads: 1, AccessBytes: 30, AccessMost: 30, AccessOnlyReads: 1, AccessOnlyBytes: 30, Most: 50, Size: 100}, "30 50", true},
		"nothing is told":                         {model.ObjectReads{CloudTrailReads: 1, Dark: 1, Size: model.Absent}, "0 0", false},
		"one read may have been whole":            {model.ObjectReads{CloudTrailReads: 1, Dark: 1, AccessReads: 1, AccessBytes: 30, AccessMost: 30, AccessOnlyReads: 1, AccessOnlyBytes: 30, Most: 30, Size: 100}, "30 100", true},
	} {
		got := taken(c.o)
		if fmt.Sprint(got.Least, got.Most) != c.want || got.Partial != c.partial || got.Least > got.Most {
			t.Errorf("%s: %d %d partial %v, want %s", name, got.Least, got.Most, got.Partial, c.want)
		}
	}
}

func decoded(t *testing.T, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAPolicyNamesEverybody(t *testing.T) {
	for text, want := range map[string]bool{
		`{"Statement":[{"Effect":"Allow","Principal":"*"}]}`:                                               true,
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"}}}`:                                         true,
		`{"Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::1:root","*"]}}]}`:               true,
		`{"Statement":[{"Effect":"Deny","Principal":"*"}]}`:                                                false,
		`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"}}]}`:                     false,
		`{"Statement":[{"Effect":"Allow","Principal":"*","Condition":{"IpAddress":{"aws:SourceIp":""}}}]}`: false,
		`{}`:                 false,
		`{"Statement":"x"}`:  false,
		`{"Statement":[[]]}`: false,
	} {
		if got := namesEverybody(decoded(t, text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	for text, want := range map[string]bool{
		`{"x-amz-acl":["public-read"]}`: true, `{"x-amz-acl":"public-read-write"}`: true, `{"x-amz-acl":"private"}`: false,
		`{"AccessControlPolicy":{"AccessControlList":{"Grant":[{"Grantee":{"URI":"http://acs.amazonaws.com/groups/global/AllUsers"}}]}}}`: true,
		`{"x-amz-grant-read":"uri=\"http://acs.amazonaws.com/groups/global/AllUsers\""}`:                                                  true,
	} {
		if got := openACL(decoded(t, text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestSelectorsKeepBuckets(t *testing.T) {
	for text, want := range map[string]string{ // of the buckets a and ab
		`{"eventSelectors":[{"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3"]}]}]}`:                                                                  "true true",
		`{"eventSelectors":[{"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3:::"]}]}]}`:                                                               "true true",
		`{"eventSelectors":[{"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3:::ab/"]}]}]}`:                                                            "false true",
		`{"eventSelectors":[{"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3:::ab/some/prefix"]}]}]}`:                                                 "false true",
		`{"eventSelectors":[{"dataResources":[{"type":"AWS::Lambda::Function","values":["arn:aws:lambda"]}]}]}`:                                                        "false false",
		`{"eventSelectors":[{"dataResources":[]}]}`:                                                                                                                    "false false",
		`{"advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]}]}]}`:                                                          "false false",
		`{"advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Data"]},{"field":"resources.type","equals":["AWS::S3::Object"]}]}]}`:        "true true",
		`{"advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Data"]},{"field":"resources.ARN","startsWith":["arn:aws:s3:::ab/"]}]}]}`:    "false true",
		`{"advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Data"]},{"field":"resources.ARN","notStartsWith":["arn:aws:s3:::ab/"]}]}]}`: "true false",
		`{"advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Data"]},{"field":"resources.type","equals":["AWS::DynamoDB::Table"]}]}]}`:   "false false",
		`{}`: "false false",
	} {
		keeps := func(bucket string) bool {
			return selector(decoded(t, text))(&lane{Strip: answer.Strip{Events: "data", Bucket: bucket}}) != recording.KeptNone
		}
		if got := fmt.Sprint(keeps("a"), keeps("ab")); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestSigningIsReadFromEitherLog(t *testing.T) {
	read := func(request, extra string) string {
		r := row{[]model.Field{model.FieldRequest, model.FieldExtra}, []any{request, extra}}
		signed, expires, signature := signing(r)
		text := func(t time.Time) string {
			if t.IsZero() {
				return "-"
			}
			return t.Format(time.RFC3339)
		}
		return text(signed) + " " + text(expires) + " " + signature
	}
	for got, want := range map[string]string{
		read(`{"X-Amz-Date":"20260302T004748Z","X-Amz-Expires":"3600"}`, ``):                                                        "2026-03-02T00:47:48Z 2026-03-02T01:47:48Z ",
		read(``, `{"request_uri":"GET /k?X-Amz-Date=20260302T004748Z&X-Amz-Expires=60&X-Amz-Signature=abc HTTP/1.1"}`):              "2026-03-02T00:47:48Z 2026-03-02T00:48:48Z abc",
		read(``, `{"request_uri":"GET /k?AWSAccessKeyId=A&Expires=1767225600&Signature=s%2B HTTP/1.1"}`):                            "- 2026-01-01T00:00:00Z s+",
		read(`{"X-Amz-Date":"yesterday","X-Amz-Expires":"-1"}`, ``):                                                                 "- - ",
		read(`{"X-Amz-Date":"20260302T004748Z","X-Amz-Expires":"99999999999999999999"}`, `{"request_uri":"GET /k?%zz;& HTTP/1.1"}`): "2026-03-02T00:47:48Z - ",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if secret.Mark("a") == secret.Mark("b") || secret.Mark("a") != "[redacted sha256:ca978112]" {
		t.Error(secret.Mark("a"))
	}
}

func TestWindowsAreComparedByTheirLengths(t *testing.T) {
	got := deltas("op", map[string]int64{"same": 40, "gone": 3, "less": 40, "more": 40}, map[string]int64{"same": 10, "new": 1, "less": 5, "more": 20}, 0.25)
	text := ""
	for _, d := range got {
		text += d.Value + " " + d.Change + ";"
	}
	if text != "new new;more grown;less shrunk;gone gone;" {
		t.Error(text)
	}
}

func TestHoursWithoutRecordsHaveAReason(t *testing.T) {
	t0 := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	hour := func(n int) time.Time { return t0.Add(time.Duration(n) * time.Hour) }
	c := newCoverer(model.Span{From: t0, To: hour(10)}, model.Span{})
	c.stops["1\x00r"] = []model.Span{{From: hour(4).Add(time.Minute), To: hour(5)}}
	add := func(l *lane, h int, badge string) {
		l.add(h, 10, counted{n: 1, badge: badge})
		l.reach(hour(h), hour(h))
	}
	data := c.lane(stripOf("cloudtrail", "data", "1", "r", "b"))
	other := c.lane(stripOf("cloudtrail", "management", "1", "r", ""))
	lines := c.lane(stripOf("access", "data", "", "", "b"))
	for _, h := range []int{1, 8} {
		add(data, h, "verified")
		add(lines, h, "n/a")
	}
	add(other, 2, "altered")
	c.chosen = []selection{
		chosenBy(hour(6), "1", "r", "t", decoded(t, `{"eventSelectors":[{}]}`)),
		chosenBy(hour(8), "1", "r", "t", decoded(t, `{"eventSelectors":[{"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3"]}]}]}`)),
	}
	c.logged = []logging{{hour(3), "b", false}, {hour(5), "b", true}}
	chains := []Chain{{Account: "1", Region: "r", Span: model.Span{From: hour(3), To: hour(4)}}}
	sites := c.sites(chains)
	for l, want := range map[*lane]string{
		data:  "?#..!?--#?", // of hour 2 another record, of hour 3 the digests tell that the trail ran
		other: "?.#.!???.?", lines: "?#.--...#?",
	} {
		l.judge(c, sites[l.site()])
		if l.Hours != want {
			t.Errorf("%s %s: %q, want %q", l.Log, l.Events, l.Hours, want)
		}
	}
	if data.Proof != " v      v " || other.Proof != "  x       " {
		t.Errorf("proof %q and %q", data.Proof, other.Proof)
	}
}

func stripOf(log, events, account, region, bucket string) answer.Strip {
	return answer.Strip{Log: log, Events: events, Account: account, Region: region, Bucket: bucket}
}
