package cloudtrail

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"trailsift/model"
)

// event is a small but whole event whose key is k.
func event1(k string) string {
	return `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/ada","accountId":"111122223333","userName":"ada"},` +
		`"eventTime":"2026-03-01T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1","sourceIPAddress":"203.0.113.9","userAgent":"[aws-cli/2]",` +
		`"requestParameters":{"bucketName":"acme","key":"` + k + `"},"responseElements":null,"requestID":"A9A581FBD3E554B5","eventID":"09395fe4-9624-e882-aa93-62cbb8934595","readOnly":true}`
}

func pretty(t testing.TB, s string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatal(err)
	}
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func inText(s string) string { return fmt.Sprintf("%q", s) }

var notification = `{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-west-1","eventTime":"2026-03-01T10:00:00.000Z","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"}}}]}`

func TestWrappers(t *testing.T) {
	a, b := event1("a"), event1("b")
	digest := `{"awsAccountId":"1","digestStartTime":"2026-03-01T10:00:00Z","digestS3Bucket":"b","digestS3Object":"o","logFiles":[]}`
	key := `{"Value":"MIIB","ValidityStartTime":1,"ValidityEndTime":2,"Fingerprint":"ab"}`
	cases := map[string]struct {
		content  string
		kind     model.MemberKind
		form     string
		keys     string // of the records
		rejected int
		reason   string // a part of the member's or the first reject's
	}{
		"delivered file":                        {`{"Records":[` + a + `,` + b + `]}`, "cloudtrail", "Records object", "a b", 0, ""},
		"delivered file without events":         {`{"Records":[]}`, "cloudtrail", "Records object", "", 0, ""},
		"Records behind other members":          {`{"x":{"Records":[1]},"y":[1,2],"Records":[` + a + `],"z":1}`, "cloudtrail", "Records object", "a", 0, ""},
		"Records written pretty":                {pretty(t, `{"Records":[`+a+`,`+b+`]}`), "cloudtrail", "Records object", "a b", 0, ""},
		"Records with byte order mark and CRLF": {"\xef\xbb\xbf" + strings.ReplaceAll(pretty(t, `{"Records":[`+a+`]}`), "\n", "\r\n"), "cloudtrail", "Records object", "a", 0, ""},
		"bare list":                             {`[` + a + "\n,\n" + b + `]`, "cloudtrail", "JSON array", "a b", 0, ""},
		"JSON lines":                            {a + "\n" + b + "\n", "cloudtrail", "JSON objects", "a b", 0, ""},
		"JSON lines without the last end":       {a + "\r\n\r\n" + b, "cloudtrail", "JSON objects", "a b", 0, ""},
		"pretty objects behind each other":      {pretty(t, a) + "\n" + pretty(t, b), "cloudtrail", "JSON objects", "a b", 0, ""},
		"objects behind each other on a line":   {a + b, "cloudtrail", "JSON objects", "a b", 0, ""},
		"delivered files behind each other":     {`{"Records":[` + a + `]}{"Records":[` + b + `]}`, "cloudtrail", "Records object", "a b", 0, ""},
		"EventBridge":                           {`{"version":"0","id":"x","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","resources":[],"detail":` + a + `}`, "cloudtrail", "JSON objects", "a", 0, ""},
		"EventBridge in a list":                 {`[{"detail-type":"x","detail":` + a + `},{"detail":` + b + `}]`, "cloudtrail", "JSON array", "a b", 0, ""},
		"EventBridge of another source":         {`{"version":"0","detail-type":"EC2 Instance State-change Notification","detail":{"state":"running"}}`, "skipped", "", "", 0, "EventBridge"},
		"CloudWatch Logs export":                {`{"events":[{"message":` + inText(a) + `,"timestamp":1},{"timestamp":2,"message":` + inText(b) + `}],"searchedLogStreams":[]}`, "cloudtrail", "CloudWatch Logs export", "a b", 0, ""},
		"CloudWatch Logs of another program":    {`{"events":[{"message":"hello","timestamp":1}]}`, "skipped", "", "", 0, "CloudWatch Logs"},
		"CloudWatch Logs text":                  {"2020-06-16T17:57:50.000Z " + a + "\n2020-06-16T17:57:51.000Z " + b + "\n", "cloudtrail", "CloudWatch Logs text lines", "a b", 0, ""},
		"CloudWatch Logs subscription":          {`{"messageType":"DATA_MESSAGE","owner":"1","logEvents":[{"id":"1","timestamp":1,"message":` + inText(a) + `}]}`, "cloudtrail", "CloudWatch Logs subscription", "a", 0, ""},
		"lookup-events":                         {`{"Events":[{"EventId":"x","EventName":"GetObject","ReadOnly":"true","CloudTrailEvent":` + inText(a) + `},{"CloudTrailEvent":` + inText(b) + `}],"NextToken":"n"}`, "cloudtrail", "lookup-events output", "a b", 0, ""},
		"lookup-events one a line":              {`{"EventId":"x","CloudTrailEvent":` + inText(a) + "}\n" + `{"CloudTrailEvent":` + inText(b) + `}`, "cloudtrail", "JSON objects", "a b", 0, ""},
		"lookup-events with a broken text":      {`{"Events":[{"EventId":"x","CloudTrailEvent":"{\"eventVersion\":"},{"CloudTrailEvent":` + inText(b) + `}]}`, "cloudtrail", "lookup-events output", "b", 1, "not one JSON object"},
		"Elasticsearch hits":                    {`{"_index":"i","_source":` + a + "}\n", "cloudtrail", "JSON objects", "a", 0, ""},
		"Logstash":                              {strings.Replace(a, `"eventTime":"2026-03-01T10:00:00Z"`, `"@timestamp":"2026-03-01T10:00:00.123Z","@version":"1"`, 1), "cloudtrail", "JSON objects", "a", 0, ""},
		"digest":                                {digest, "digest", "digest", "", 0, ""},
		"digest that is cut":                    {digest[:len(digest)-5], "digest", "digest", "", 0, ""},
		"digest written pretty":                 {pretty(t, digest), "digest", "digest", "", 0, ""},
		"public keys of the CLI":                {`{"PublicKeyList":[` + key + `]}`, "keys", "keys", "", 0, ""},
		"public keys of the guide":              {`{"publicKeyList":[]}`, "keys", "keys", "", 0, ""},
		"public keys in a bare list":            {`[` + key + `,` + key + `]`, "keys", "keys", "", 0, ""},
		"one public key":                        {key, "keys", "keys", "", 0, ""},
		"signatures by place":                   {`{"bucket/AWSLogs/x.json.gz":{"signature":"ab","signature-algorithm":"SHA256withRSA"},"bucket/y":{"x-amz-meta-Signature":"cd"}}`, "metadata", "metadata", "", 0, ""},
		"our sidecar":                           {`{"source":"s3://b/k","size":3,"sha256":"ab","etag":"x","metadata":{"signature":"ab"},"fetched-at":"2026-03-01T10:00:00Z","fetched-by":"x"}`, "metadata", "metadata", "", 0, ""},
		"head-object":                           {`{"AcceptRanges":"bytes","ContentLength":3,"ETag":"\"x\"","Metadata":{"signature":"ab"}}`, "metadata", "metadata", "", 0, ""},
		"bare user metadata":                    {`{"signature":"ab","signature-algorithm":"SHA256withRSA"}`, "metadata", "metadata", "", 0, ""},
		"S3 event notifications":                {notification, "skipped", "", "", 0, "notification"},
		"a notification among events":           {strings.TrimSuffix(notification, "]}") + "," + a + "]}", "cloudtrail", "Records object", "a", 1, "notification"},
		"Lake rows":                             {`{"QueryStatus":"FINISHED","QueryResultRows":[[{"eventTime":"2023-01-22 16:53:53.000"}]]}`, "skipped", "", "", 0, "Lake"},
		"Lake rows in a bare list":              {`[[{"eventTime":"2023-01-22 16:53:53.000"},{"eventName":"x"}]]`, "skipped", "", "", 0, "Lake"},
		"Athena rows":                           {`{"eventversion":"1.08","useridentity":"{type=IAMUser}","eventtime":"2026-03-01T10:00:00Z","eventname":"x"}`, "skipped", "", "", 0, "Athena"},
		"the console's CSV":                     {"User name,AWS access key,Event time,Event source,Resource type,Resource name,AWS region,Event name\nada,x,y,z\n", "skipped", "", "", 0, "CSV download of the console"},
		"Athena's CSV":                          {`"eventversion","useridentity","eventtime","eventsource","eventname"` + "\n", "skipped", "", "", 0, "CSV export of Athena"},
		"any other JSON":                        {`{"name":"left-pad","version":"1.0.0"}`, "skipped", "", "", 0, "without a CloudTrail event"},
		"any other list":                        {`[1,2,"x",null]`, "skipped", "", "", 0, "without a CloudTrail event"},
		"any other broken JSON":                 {`{"name":"left-pad",`, "skipped", "", "", 0, "broken"},
		"I07 an empty object":                   {`{}`, "skipped", "", "", 0, "empty"},
		"I07 an empty list":                     {` [ ] `, "skipped", "", "", 0, "empty"},
		"a document among events is rejected":   {digest + "\n" + a, "cloudtrail", "JSON objects", "a", 1, "document"},
		"events in front of a document":         {a + "\n" + digest, "cloudtrail", "JSON objects", "a", 1, "not a CloudTrail event"},
		"Records twice in an object":            {`{"Records":[` + a + `],"Records":[` + b + `]}`, "cloudtrail", "Records object", "a b", 0, ""},
		"an event that calls itself a wrapper":  {strings.Replace(a, `"readOnly"`, `"Records":[{"eventName":"x"}],"readOnly"`, 1), "cloudtrail", "JSON objects", "a", 0, ""},
		"a record that is a number":             {`{"Records":[7,` + a + `,null]}`, "cloudtrail", "Records object", "a", 2, "no object"},
		"insight without a name":                {`{"Records":[{"eventVersion":"1.08","eventTime":"2026-03-01T10:00:00Z","eventType":"AwsCloudTrailInsight","insightDetails":{"state":"Start","eventSource":"s3.amazonaws.com","eventName":"DeleteObject"},"eventCategory":"Insight"}]}`, "cloudtrail", "Records object", "-", 0, ""},
		"aggregated events":                     {`{"Records":[{"eventVersion":"1.0","accountId":"1","eventId":"x","eventType":"AwsAggregatedEvent","eventCategory":"Aggregated","timeWindow":{"windowStart":"2026-03-01T10:00:00Z"},"summary":{}}]}`, "cloudtrail", "Records object", "-", 0, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			g := read(t, []byte(c.content))
			if g.Kind != c.kind || c.form != "" && g.Form != c.form {
				t.Errorf("%q in form %q, want %q, %q (%s)", g.Kind, g.Form, c.kind, c.form, g.Reason)
			}
			var keys []string
			for i := range g.records {
				k := g.records[i].Key
				if k == "" {
					k = "-"
				}
				keys = append(keys, k)
				if int(g.records[i].Number) < 1 || !json.Valid(g.records[i].raw) {
					t.Errorf("record %d has the bytes %q", g.records[i].Number, g.records[i].raw)
				}
			}
			if got := strings.Join(keys, " "); got != c.keys {
				t.Errorf("records %q, want %q", got, c.keys)
			}
			if c.kind == model.KindCloudTrail {
				if len(g.rejects) != c.rejected || g.Rejected != int64(c.rejected) || g.Seen != int64(c.rejected+len(keys)) {
					t.Errorf("%d seen, %d rejected: %v", g.Seen, g.Rejected, g.rejects)
				}
				if g.Delivered != (c.form == "Records object") {
					t.Errorf("delivered: %v", g.Delivered)
				}
			}
			why := g.Reason
			if len(g.rejects) > 0 && g.Kind == model.KindCloudTrail {
				why = g.rejects[0].Reason
			}
			if !strings.Contains(why, c.reason) || c.reason == "" && why != "" {
				t.Errorf("reason %q, want %q in it", why, c.reason)
			}
			if name != "any other list" && !Recognise([]byte(c.content)) {
				t.Error("it is not recognised")
			}
			checkWindows(t, c.content, g)
		})
	}
}

// checkWindows holds a content that comes in windows to what it is in one piece.
func checkWindows(t *testing.T, content string, whole got) {
	t.Helper()
	for _, step := range []int{1, 7, 64, 1000} {
		if whole.Kind != model.KindCloudTrail {
			continue // documents are only taken whole
		}
		g := readIn(t, []byte(content), Limits{}, step)
		if g.Result != whole.Result {
			t.Errorf("in windows of %d: %+v, in one %+v", step, g.Result, whole.Result)
		}
		if len(g.records) != len(whole.records) {
			t.Fatalf("in windows of %d: %d records, in one %d", step, len(g.records), len(whole.records))
		}
		for i := range g.records {
			if g.records[i].Record != whole.records[i].Record {
				t.Errorf("in windows of %d: record %d differs:\n%+v\n%+v", step, i+1, g.records[i].Record, whole.records[i].Record)
			}
		}
		for i := range g.rejects {
			a, b := g.rejects[i], whole.rejects[i]
			if a.Number != b.Number || a.Offset != b.Offset || a.Length != b.Length {
				t.Errorf("in windows of %d: reject %d is %v, in one %v", step, i+1, a, b)
			}
		}
	}
}

func TestRecogniseLeavesOthersAlone(t *testing.T) {
	for name, head := range map[string]string{
		"an access log":         `79a5 bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 - X REST.GET.OBJECT k "GET /k HTTP/1.1" 200`,
		"a section":             "[section]\nx = 1\n",
		"a table":               "[[table]]\nx = 1\n",
		"text":                  "hello, world\n",
		"a program's text":      "2020-06-16T17:57:50.000Z started\n",
		"nothing":               "",
		"space":                 " \n",
		"a template":            "{{ .Values }}",
		"UTF-16":                "\xff\xfe{\x00\"\x00",
		"a CSV of other things": "name,time\nx,y\n",
	} {
		if Recognise([]byte(head)) {
			t.Errorf("%s is recognised", name)
		}
	}
}
