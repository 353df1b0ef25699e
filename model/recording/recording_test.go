package recording

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func members(t *testing.T, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSelectorsKeepABucket(t *testing.T) {
	classic := func(kind string, values ...string) string {
		list, _ := json.Marshal(values)
		return `{"EventSelectors":[{"ReadWriteType":"` + kind + `","DataResources":[{"Type":"AWS::S3::Object","Values":` + string(list) + `}]}]}`
	}
	fields := func(more string) string {
		return `{"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]}` + more + `]}]}`
	}
	for name, c := range map[string]struct {
		selectors string
		want      Kept
	}{
		"nothing at all":                         {`{}`, KeptNone},
		"management events only":                 {`{"EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":true,"DataResources":[]}]}`, KeptNone},
		"every bucket":                           {classic("All", "arn:aws:s3"), KeptAll},
		"every bucket, as S3 writes it":          {classic("All", "arn:aws:s3:::"), KeptAll},
		"every bucket of China":                  {classic("All", "arn:aws-cn:s3"), KeptAll},
		"this bucket":                            {classic("All", "arn:aws:s3:::b/"), KeptAll},
		"writes to this bucket":                  {classic("WriteOnly", "arn:aws:s3:::b/"), KeptSome},
		"a prefix of it":                         {classic("All", "arn:aws:s3:::b/finance/"), KeptSome},
		"another bucket":                         {classic("All", "arn:aws:s3:::bb/"), KeptNone},
		"a bucket whose name begins so":          {classic("All", "arn:aws:s3:::b2/"), KeptNone},
		"reads and writes apart":                 {`{"EventSelectors":[{"ReadWriteType":"ReadOnly","DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::b/"]}]},{"ReadWriteType":"WriteOnly","DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::b/"]}]}]}`, KeptAll},
		"functions":                              {`{"EventSelectors":[{"DataResources":[{"Type":"AWS::Lambda::Function","Values":["arn:aws:lambda"]}]}]}`, KeptNone},
		"advanced, every object":                 {fields(``), KeptAll},
		"advanced, this bucket":                  {fields(`,{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::b/"]}`), KeptAll},
		"advanced, a prefix":                     {fields(`,{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::b/x"]}`), KeptSome},
		"advanced, one object":                   {fields(`,{"Field":"resources.ARN","Equals":["arn:aws:s3:::b/x"]}`), KeptSome},
		"advanced, another":                      {fields(`,{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::c/"]}`), KeptNone},
		"advanced, all but this bucket":          {fields(`,{"Field":"resources.ARN","NotStartsWith":["arn:aws:s3:::b/"]}`), KeptNone},
		"advanced, all but a prefix":             {fields(`,{"Field":"resources.ARN","NotStartsWith":["arn:aws:s3:::b/x"]}`), KeptSome},
		"advanced, reads only":                   {fields(`,{"Field":"readOnly","Equals":["true"]}`), KeptSome},
		"advanced, a condition nobody knows":     {fields(`,{"Field":"moon","Equals":["full"]}`), KeptSome},
		"advanced, management":                   {`{"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]}`, KeptNone},
		"as CloudTrail records name the members": {`{"eventSelectors":[{"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3:::b/"]}]}]}`, KeptAll},
		"members of other kinds":                 {`{"EventSelectors":[7,{"DataResources":"x"}],"AdvancedEventSelectors":{"a":1}}`, KeptNone},
	} {
		if got := Keeps(members(t, c.selectors), "b"); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestSelectorsThatKeepWritesLeaveReadsOut(t *testing.T) {
	const b = `"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::b/"]}]`
	const advancedB = `{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]}`
	for text, want := range map[string][2]Kept{
		`{"EventSelectors":[{"ReadWriteType":"All",` + b + `}]}`:                                                                                                                 {KeptAll, KeptAll},
		`{"EventSelectors":[{"ReadWriteType":"WriteOnly",` + b + `}]}`:                                                                                                           {KeptNone, KeptAll},
		`{"EventSelectors":[{"ReadWriteType":"ReadOnly",` + b + `}]}`:                                                                                                            {KeptAll, KeptNone},
		`{"AdvancedEventSelectors":[{"FieldSelectors":[` + advancedB + `,{"Field":"readOnly","Equals":["false"]}]}]}`:                                                            {KeptNone, KeptAll},
		`{"AdvancedEventSelectors":[{"FieldSelectors":[` + advancedB + `,{"Field":"readOnly","Equals":["true"]}]}]}`:                                                             {KeptAll, KeptNone},
		`{"AdvancedEventSelectors":[{"FieldSelectors":[` + advancedB + `,{"Field":"readOnly","Equals":["true"]},{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::b/x"]}]}]}`: {KeptSome, KeptNone},
		`{"AdvancedEventSelectors":[{"FieldSelectors":[` + advancedB + `,{"Field":"eventName","Equals":["DeleteObject"]}]}]}`:                                                    {KeptSome, KeptSome},
		`{"AdvancedEventSelectors":[{"FieldSelectors":[` + advancedB + `,{"Field":"readOnly","Equals":["false"]}]},{"FieldSelectors":[` + advancedB + `]}]}`:                     {KeptAll, KeptAll},
	} {
		m := members(t, text)
		if got := [2]Kept{KeepsOnly(m, "b", Reads), KeepsOnly(m, "b", Writes)}; got != want {
			t.Errorf("%s: reads and writes %v, want %v", text, got, want)
		}
	}
}

func TestSelectorsOfABucketLeaveOutOneWhoseNameIsLonger(t *testing.T) {
	m := members(t, `{"EventSelectors":[{"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::acme-web/"]}]}]}`)
	if got := Keeps(m, "acme-web-logs"); got != KeptNone {
		t.Errorf("%d", got)
	}
}

func TestSelectorsNameTheirBuckets(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: "",
		`{"EventSelectors":[{"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3","arn:aws:s3:::","arn:aws:s3:::a/","arn:aws-cn:s3:::b/x"]},{"Type":"AWS::Lambda::Function","Values":["arn:aws:lambda"]}]}]}`: "a b",
		`{"advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Data"]},{"field":"resources.ARN","startsWith":["arn:aws:s3:::c/"],"notEquals":["arn:aws:s3:::d/k",7]}]}]}`:                      "c d",
	} {
		if got := strings.Join(Buckets(members(t, text)), " "); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestSelectorsInWords(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: "management events none; no data events of S3",
		`{"eventSelectors":[{"readWriteType":"All","includeManagementEvents":true}]}`:                                                                                                                                         "management events all; no data events of S3",
		`{"eventSelectors":[{"readWriteType":"WriteOnly","includeManagementEvents":true,"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3:::a/","arn:aws:s3:::b/x"]}]}]}`:                                      "management events writes only; data events of a writes only, b writes only",
		`{"eventSelectors":[{"includeManagementEvents":false,"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3"]}]}]}`:                                                                                         "management events none; data events of every bucket",
		`{"advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Data"]},{"field":"resources.type","equals":["AWS::S3::Object"]},{"field":"resources.ARN","notStartsWith":["arn:aws:s3:::b/"]}]}]}`: "management events none; data events of every bucket, b left out",
	} {
		if got := Describe(members(t, text)); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestManagementEventsOfSelectors(t *testing.T) {
	for text, want := range map[string]string{
		`{"EventSelectors":[{"ReadWriteType":"All"}]}`:                                                                                               "all",
		`{"EventSelectors":[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true}]}`:                                                          "WriteOnly",
		`{"EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":false}]}`:                                                               "none",
		`{"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},{"Field":"readOnly","Equals":["true"]}]}]}`: "ReadOnly",
		`{"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]}]}]}`:                                              "none",
		`{"EventSelectors":[{"ReadWriteType":"ReadOnly"},{"ReadWriteType":"WriteOnly"}]}`:                                                            "all",
	} {
		if got := Management(members(t, text)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestAPolicyDecides(t *testing.T) {
	q := request{service: "logging.s3.amazonaws.com", action: "s3:PutObject", resource: "arn:aws:s3:::logs/p/x", context: map[string]string{
		"aws:sourceaccount": "1", "aws:sourcearn": "arn:aws:s3:::b", "aws:securetransport": "true"}}
	allow := func(principal, action, resource, condition string) string {
		return `{"Sid":"a","Effect":"Allow","Principal":` + principal + `,"Action":` + action + `,"Resource":` + resource + `,"Condition":` + condition + `}`
	}
	service := `{"Service":["logging.s3.amazonaws.com","x"]}`
	for name, c := range map[string]struct {
		statements string
		want       permission
	}{
		"the service, by name":              {allow(service, `"s3:PutObject"`, `"arn:aws:s3:::logs/*"`, `{}`), allowed},
		"lists and wildcards":               {allow(service, `["s3:Get*","s3:Put*"]`, `["arn:aws-cn:s3:::logs/p*"]`, `{}`), allowed},
		"everybody":                         {allow(`"*"`, `"*"`, `"*"`, `{}`), allowed},
		"another service":                   {allow(`{"Service":"cloudtrail.amazonaws.com"}`, `"s3:PutObject"`, `"*"`, `{}`), notAllowed},
		"another prefix":                    {allow(service, `"s3:PutObject"`, `"arn:aws:s3:::logs/q/*"`, `{}`), notAllowed},
		"our account":                       {allow(service, `"s3:PutObject"`, `"*"`, `{"StringEquals":{"aws:SourceAccount":["2","1"]}}`), allowed},
		"another account":                   {allow(service, `"s3:PutObject"`, `"*"`, `{"StringEquals":{"aws:SourceAccount":"2"}}`), notAllowed},
		"the source by a pattern":           {allow(service, `"s3:PutObject"`, `"*"`, `{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b*"}}`), allowed},
		"a condition that is not known":     {allow(service, `"s3:PutObject"`, `"*"`, `{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`), perhaps},
		"denied by name":                    {allow(service, `"s3:*"`, `"*"`, `{}`) + `,` + strings.Replace(allow(service, `"s3:PutObject"`, `"*"`, `{}`), "Allow", "Deny", 1), denied},
		"denied without TLS, which we have": {allow(service, `"s3:*"`, `"*"`, `{}`) + `,` + strings.Replace(allow(`"*"`, `"s3:*"`, `"*"`, `{"Bool":{"aws:SecureTransport":"false"}}`), "Allow", "Deny", 1), allowed},
		"perhaps denied":                    {strings.Replace(allow(`"*"`, `"s3:*"`, `"*"`, `{"StringNotEquals":{"aws:PrincipalOrgID":"o"}}`), "Allow", "Deny", 1) + `,` + allow(service, `"s3:*"`, `"*"`, `{}`), perhaps},
		"no statement":                      {``, notAllowed},
	} {
		got, _, ok := decide(`{"Statement":[`+c.statements+`]}`, q)
		if got != c.want || !ok {
			t.Errorf("%s: %d %v, want %d", name, got, ok, c.want)
		}
	}
	if got, _, ok := decide(`{"Statement":`+allow(service, `"s3:PutObject"`, `"*"`, `{}`)+`}`, q); got != allowed || !ok {
		t.Errorf("one statement without a list: %d %v", got, ok)
	}
	if _, _, ok := decide(`no policy`, q); ok {
		t.Error("what is no policy is one")
	}
}

func TestWhatASavedFileAnswers(t *testing.T) {
	const arn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit"
	at := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
	one := Subjects{Buckets: []string{"only"}, Trails: []string{arn}}
	two := Subjects{Buckets: []string{"acme-a", "acme-b"}}
	for name, c := range map[string]struct {
		file, content string
		s             Subjects
		want          string
	}{
		"the bucket in the name":             {"x/acme-a.get-bucket-versioning.json", `{"Status":"Enabled"}`, two, "GetBucketVersioning acme-a"},
		"the bucket in the folder":           {"acme-b/get_bucket_versioning.txt", `{"Status":"Enabled"}`, two, "GetBucketVersioning acme-b"},
		"the only bucket":                    {"get-bucket-versioning", `{"Status":"Enabled"}`, one, "GetBucketVersioning only"},
		"told by its content":                {"answer.json", `{"LoggingEnabled":{"TargetBucket":"t"}}`, one, "GetBucketLogging only"},
		"a byte order mark":                  {"answer.json", "\ufeff" + `{"LoggingEnabled":{"TargetBucket":"t"}}`, one, "GetBucketLogging only"},
		"nothing, which is logging off":      {"acme-a.get-bucket-logging.json", "", two, "GetBucketLogging acme-a"},
		"a policy and its status":            {"acme-a.get-bucket-policy-status.json", `{"PolicyStatus":{"IsPublic":true}}`, two, "GetBucketPolicyStatus acme-a"},
		"a trail that names itself":          {"x.json", `{"TrailARN":"` + arn + `","EventSelectors":[]}`, two, "GetEventSelectors " + arn},
		"a trail by its name":                {"audit.get-trail-status.json", `{"IsLogging":true}`, one, "GetTrailStatus " + arn},
		"a region in the name":               {"describe-trails-eu-west-1.json", `{"trailList":[]}`, one, "DescribeTrails eu-west-1"},
		"an error":                           {"acme-a.x", "\nAn error occurred (AccessDenied) when calling the GetBucketLocation operation: no", Subjects{Buckets: []string{"acme-a"}}, "GetBucketLocation acme-a AccessDenied"},
		"an error that says nothing is set":  {"acme-a.get-public-access-block.json", "An error occurred (NoSuchPublicAccessBlockConfiguration) when calling the GetPublicAccessBlock operation: x", two, "GetPublicAccessBlock acme-a NoSuchPublicAccessBlockConfiguration"},
		"which of two buckets":               {"get-bucket-versioning.json", `{"Status":"Enabled"}`, two, "error"},
		"no answer":                          {"x.json", `{"hello":1}`, one, "error"},
		"no JSON":                            {"acme-a.get-bucket-versioning.json", `<xml>`, two, "error"},
		"an empty file that should say much": {"acme-a.get-bucket-policy.json", "", two, "error"},
		"a list of trails of no region":      {"describe-trails.json", `{"trailList":[]}`, one, "error"},
	} {
		r, err := ReadSaved(c.file, []byte(c.content), at, c.s)
		got := strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Call, r.About, r.Error))
		if err != nil {
			got = "error"
		}
		if got != c.want || err == nil && (!r.Asked.Equal(at) || r.SHA256 == "") {
			t.Errorf("%s: %q, want %q (%v)", name, got, c.want, err)
		}
	}
}

func TestKeptAnswersTellTheSameAgain(t *testing.T) {
	at := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
	s := Subjects{Buckets: []string{"b"}}
	reply := func(call, about, body string) Reply {
		return Reply{Call: call, About: about, Asked: at, Origin: OriginAWS, Body: json.RawMessage(body)}
	}
	first, err := Examine(s, Replay([]Reply{
		reply("GetCallerIdentity", "", `{"Account":"111122223333","Arn":"a"}`), reply("GetBucketLocation", "b", `{"LocationConstraint":"EU"}`),
		reply("GetBucketLogging", "b", `{"LoggingEnabled":{"TargetBucket":"t","TargetPrefix":""}}`), reply("DescribeTrails", "eu-west-1", `{"TrailList":[]}`),
	}))
	if err != nil {
		t.Fatal(err)
	}
	text, err := Encode(first, s, at)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Decode(text)
	if err != nil || fmt.Sprint(first.Lines) != fmt.Sprint(second.Lines) {
		t.Errorf("%v:\n%v\n%v", err, first.Lines, second.Lines)
	}
	settings := second.Settings()
	if len(settings) != 2 || !settings[0].Trails && !settings[1].Trails || settings[0].Stopped || settings[1].Stopped {
		t.Errorf("%+v", settings)
	}
	for _, bad := range []string{"", "{}", `{"format":99}`, "[]"} {
		if _, err := Decode([]byte(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestATrailThatCannotBeReadLeavesTheOthersUnproven(t *testing.T) {
	at := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
	list := `{"trailList":[{"TrailARN":"arn:aws:cloudtrail:us-east-1:111122223333:trail/audit"},{"TrailARN":"arn:aws:cloudtrail:eu-west-1:999900001111:trail/org"}]}`
	r, err := Examine(Subjects{Buckets: []string{"b"}}, func(call, about string) (Reply, error) {
		reply := Reply{Call: call, About: about, Asked: at, Origin: OriginAWS}
		switch {
		case call == "GetCallerIdentity":
			reply.Body = json.RawMessage(`{"Account":"111122223333"}`)
		case call == "GetBucketLocation":
			reply.Body = json.RawMessage(`{}`)
		case call == "DescribeTrails":
			reply.Body = json.RawMessage(list)
		case call == "GetTrailStatus":
			reply.Body = json.RawMessage(`{"IsLogging":true}`)
		case call == "GetEventSelectors" && strings.HasSuffix(about, "audit"):
			reply.Body = json.RawMessage(`{"EventSelectors":[{"ReadWriteType":"All"}]}`)
		default:
			reply.Error = "AccessDenied"
		}
		return reply, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Settings() {
		if s.Trails {
			t.Errorf("all trails are said to be known: %+v", s)
		}
	}
	for _, l := range r.Lines {
		if l.Topic == "data events" && l.Level != Unread {
			t.Errorf("%+v", l)
		}
	}
}

func FuzzReadSaved(f *testing.F) {
	f.Add("acme-a.get-bucket-logging.json", []byte(`{"LoggingEnabled":{"TargetBucket":"t"}}`))
	f.Add("get-trail.json", []byte(`{"Trail":{"TrailARN":"arn:aws:cloudtrail:us-east-1:111122223333:trail/audit","S3BucketName":"b"}}`))
	f.Add("selectors", []byte(`{"TrailARN":"arn:aws:cloudtrail:us-east-1:111122223333:trail/audit","AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"resources.ARN","StartsWith":["arn:aws:s3"]}]}]}`))
	f.Add("acme-a.get-bucket-policy.json", []byte(`{"Policy":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"Bool\":{\"a\":true}}}}"}`))
	f.Add("x", []byte("An error occurred (AccessDenied) when calling the GetBucketLocation operation: no"))
	s := Subjects{Buckets: []string{"acme-a", "b"}, Trails: []string{"arn:aws:cloudtrail:us-east-1:111122223333:trail/audit"}}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		r, err := ReadSaved(name, content, time.Unix(1, 0), s)
		if err != nil {
			return
		}
		if _, ok := Lookup(r.Call); !ok || r.About == "" && r.Call != "GetCallerIdentity" {
			t.Fatalf("%+v", r)
		}
		report, err := Examine(s, Replay([]Reply{r}))
		if err != nil {
			t.Fatal(err)
		}
		report.Settings()
		text, err := Encode(report, s, time.Unix(2, 0))
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(text)
		if err != nil || len(again.Lines) != len(report.Lines) {
			t.Fatalf("%v: %d lines, then %d", err, len(report.Lines), len(again.Lines))
		}
	})
}

func TestATargetOfAccessLogsMustTakeThem(t *testing.T) {
	at := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
	const policy = `{"Policy":"{\"Statement\":[{\"Sid\":\"s\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"logging.s3.amazonaws.com\"},\"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::t/*\"}]}"}`
	base := map[string]string{
		"GetBucketLocation b": `{"LocationConstraint":"eu-west-1"}`, "GetBucketLocation t": `{"LocationConstraint":"eu-west-1"}`,
		"GetBucketLogging b": `{"LoggingEnabled":{"TargetBucket":"t","TargetPrefix":"p/"}}`, "GetBucketPolicy t": policy,
		"GetBucketEncryption t":        `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}}`,
		"GetObjectLockConfiguration t": `{"ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled"}}`,
	}
	for name, c := range map[string]struct{ call, body, topic string }{
		"it does":                               {"", "", ""},
		"another Region":                        {"GetBucketLocation t", `{"LocationConstraint":"us-west-2"}`, "region"},
		"KMS by default":                        {"GetBucketEncryption t", `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms"}}]}}`, "encryption"},
		"a default retention":                   {"GetObjectLockConfiguration t", `{"ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled","Rule":{"DefaultRetention":{"Mode":"GOVERNANCE","Years":2}}}}`, "Object Lock"},
		"a policy for another service":          {"GetBucketPolicy t", strings.Replace(policy, "logging.s3", "cloudtrail", 1), "permission"},
		"a policy for another prefix":           {"GetBucketPolicy t", strings.Replace(policy, "t/*", "t/q/*", 1), "permission"},
		"no policy, and a grant where ACLs act": {"GetBucketPolicy t", "", "-"},
	} {
		var replies []Reply
		for id, body := range base {
			if id == c.call {
				body = c.body
			}
			call, about, _ := strings.Cut(id, " ")
			r := Reply{Call: call, About: about, Asked: at, Body: json.RawMessage(body)}
			if body == "" {
				r.Error, r.Body = "NoSuchBucketPolicy", nil
			}
			replies = append(replies, r)
		}
		replies = append(replies, Reply{Call: "GetBucketOwnershipControls", About: "t", Error: "OwnershipControlsNotFoundError"}, Reply{Call: "GetBucketAcl", About: "t"})
		if c.topic == "-" {
			replies[len(replies)-1].Body = json.RawMessage(`{"Grants":[{"Grantee":{"URI":"http://acs.amazonaws.com/groups/s3/LogDelivery"},"Permission":"WRITE"}]}`)
		}
		report, err := Examine(Subjects{Buckets: []string{"b"}}, Replay(replies))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range report.Lines {
			topic, ok := strings.CutPrefix(l.Topic, ofTarget)
			if ok && l.Level != Unread && (l.Level == Bad) != (topic == c.topic) {
				t.Errorf("%s: %s is %s: %s", name, topic, l.Level, l.Value)
			}
		}
	}
}
