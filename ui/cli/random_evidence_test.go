package cli

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The world that random evidence tells of.
const (
	homeAccount    = "111122223333"
	foreignAccount = "999988887777"
)

var (
	randomStart   = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	randomBuckets = []string{"fin", "web", "arch"}
	randomKeys    = []string{"a.txt", "in/ré sumé+1.pdf", "in/100%25.csv", "logs/x"}
	randomIPs     = []string{"203.0.113.66", "10.20.3.21", "2001:db8::7"}
	randomAgents  = []string{"aws-cli/2.15", "Boto3/1.34"}
	randomPeople  = []person{
		{requester: "arn:aws:iam::111122223333:user/alice", accessKey: "AKIARANDOMALICE00001", kind: "IAMUser", principal: "AIDARANDOMALICE00001", account: homeAccount},
		{requester: "arn:aws:sts::111122223333:assumed-role/App/i-0abc", accessKey: "ASIARANDOMAPPROLE001", kind: "AssumedRole", principal: "AROARANDOMAPPROLE001:i-0abc", account: homeAccount, created: randomStart.Add(7 * time.Minute)},
		{requester: "arn:aws:sts::111122223333:assumed-role/App/eve", accessKey: "ASIARANDOMAPPROLE002", kind: "AssumedRole", principal: "AROARANDOMAPPROLE001:eve", account: homeAccount, created: randomStart.Add(31 * time.Minute)},
		{requester: "arn:aws:iam::999988887777:user/mallory", accessKey: "AKIARANDOMMALLORY001", kind: "IAMUser", principal: "AIDARANDOMMALLORY001", account: foreignAccount},
		{requester: "-", kind: "AWSAccount", account: "anonymous"},
		{requester: "svc:backup.amazonaws.com", kind: "AWSService"},
	}
)

// person is somebody as both logs name them.
type person struct {
	requester, accessKey, kind, principal, account string
	created                                        time.Time // of the session
}

func (p person) identity() map[string]any {
	id := map[string]any{"type": p.kind}
	set := func(name, value string) {
		if value != "" {
			id[name] = value
		}
	}
	set("principalId", p.principal)
	set("accountId", p.account)
	set("accessKeyId", p.accessKey)
	switch {
	case p.kind == "AWSService":
		id["invokedBy"] = strings.TrimPrefix(p.requester, "svc:")
	case p.requester != "-":
		id["arn"] = p.requester
	}
	if !p.created.IsZero() {
		id["sessionContext"] = map[string]any{"attributes": map[string]any{"creationDate": p.created.Format(time.RFC3339), "mfaAuthenticated": "false"}}
	}
	return id
}

// call is one request to AWS before it is written into either log.
type call struct {
	at                    time.Time // CloudTrail's; the access log's lies up to some seconds before
	who                   person
	ip, agent, id, host   string
	bucket, key, op, line string // line is the access log's operation
	version               string // the request names
	params, response      map[string]any
	more                  map[string]any // of additionalEventData
	code                  string         // error
	status                string
	sent, size            string // of the line
	query                 string // of the request target
	readOnly, management  bool
	source                string // event source, if it is not S3
}

// chaos makes evidence in which everything that joins and counts have to mind happens often. Unless
// it is tidy: then every request has its id in both logs.
type chaos struct {
	*rand.Rand
	tidy    bool
	records [][]string // CloudTrail records by file
	lines   [][]string // access-log lines by file
	made    int
	last    [][2]string // request and host ids
	taken   map[string][]stretch
	unsure  map[string]bool // objects of which a read tells no bytes
	opened  []call          // reads of objects, by which a key may have been used
}

// stretch is the bytes of an object that a read was sent.
type stretch struct{ from, to int64 }

func (c *chaos) chance(n int) bool { return c.IntN(n) == 0 }

// strange is chance in untidy evidence.
func (c *chaos) strange(n int) bool { return !c.tidy && c.IntN(n) == 0 }

func one[T any](c *chaos, from ...T) T { return from[c.IntN(len(from))] }

func (c *chaos) hex(n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = "0123456789ABCDEF"[c.IntN(16)]
	}
	return string(out)
}

// begin is a request by anybody on any object.
func (c *chaos) begin(op, line string) call {
	q := call{at: randomStart.Add(time.Duration(c.IntN(3*3600)) * time.Second), who: one(c, randomPeople...), ip: one(c, randomIPs...), agent: one(c, randomAgents...),
		id: c.hex(16), host: c.hex(40) + "/=", bucket: one(c, randomBuckets...), key: one(c, randomKeys...), op: op, line: line,
		params: map[string]any{}, more: map[string]any{}, status: "200", sent: "-", size: "-"}
	if c.chance(8) { // on the seam of two hours
		q.at = randomStart.Add(time.Hour + time.Duration(c.IntN(3))*time.Second)
	}
	if c.strange(10) && len(c.last) > 0 {
		q.id = c.last[c.IntN(len(c.last))][0] // ids of 16 letters happen to be equal
	}
	c.last = append(c.last, [2]string{q.id, q.host})
	return q
}

// event is the record of a request.
func (c *chaos) event(q call) map[string]any {
	c.made++
	params := map[string]any{}
	if q.bucket != "" {
		params = map[string]any{"bucketName": q.bucket, "Host": q.bucket + ".s3.us-east-1.amazonaws.com"}
	}
	if q.key != "" {
		params["key"] = q.key
	}
	if q.version != "" {
		params["versionId"] = q.version
	}
	maps.Copy(params, q.params)
	more := map[string]any{"SignatureVersion": "SigV4", "CipherSuite": "TLS_AES_128_GCM_SHA256", "AuthenticationMethod": "AuthHeader"}
	if q.who.requester == "-" {
		more = map[string]any{"CipherSuite": "TLS_AES_128_GCM_SHA256"}
	}
	if !c.strange(7) {
		more["x-amz-id-2"] = q.host
	}
	maps.Copy(more, q.more)
	e := map[string]any{"eventVersion": "1.11", "userIdentity": q.who.identity(), "eventTime": q.at.Format(time.RFC3339), "eventSource": "s3.amazonaws.com", "eventName": q.op,
		"awsRegion": "us-east-1", "sourceIPAddress": q.ip, "userAgent": q.agent, "requestParameters": params, "responseElements": nil, "additionalEventData": more,
		"eventID": fmt.Sprintf("%08x-0000-4000-8000-%012x", c.Uint32(), c.made), "readOnly": q.readOnly, "eventType": "AwsApiCall",
		"managementEvent": q.management, "recipientAccountId": homeAccount, "eventCategory": "Data"}
	if q.source == "" {
		e["userAgent"] = "[" + q.agent + "]" // as S3 writes it
	} else {
		e["eventSource"] = q.source
	}
	if q.management {
		e["eventCategory"] = "Management"
	}
	if q.response != nil {
		e["responseElements"] = q.response
	}
	if q.code != "" {
		e["errorCode"], e["errorMessage"] = q.code, "no"
	}
	if q.who.kind == "AWSService" {
		e["sourceIPAddress"] = "backup.amazonaws.com"
	} else if c.strange(15) {
		e["sourceIPAddress"] = one(c, randomIPs...) // the other log tells another one
	}
	if !c.strange(15) {
		e["requestID"] = q.id
	}
	if c.strange(40) {
		delete(e, "eventTime")
	}
	return e
}

// record writes an event down, and sometimes again: the same, laid out in another way, or changed.
func (c *chaos) record(e map[string]any) {
	text, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	c.file(&c.records, string(text))
	if c.chance(12) {
		if c.chance(2) {
			if text, err = json.MarshalIndent(e, "", " "); err != nil {
				panic(err)
			}
		}
		c.file(&c.records, string(text))
	}
	if c.strange(50) {
		e["userAgent"] = "[changed]"
		text, _ = json.Marshal(e)
		c.file(&c.records, string(text))
	}
	if c.strange(12) && e["readOnly"] == true {
		e["eventID"], e["sharedEventID"], e["recipientAccountId"] = fmt.Sprintf("%08x-0000-4000-8000-ffffffffffff", c.Uint32()), "01234567-0000-4000-8000-000000000000", foreignAccount
		text, _ = json.Marshal(e)
		c.file(&c.records, string(text)) // the copy for the caller's account
	}
}

func (c *chaos) file(into *[][]string, text string) {
	i := c.IntN(len(*into))
	(*into)[i] = append((*into)[i], text)
}

// escaped is a key as a request target has it; plus is what a space may be.
func escaped(key, space string) string {
	parts := strings.Split(key, "/")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(url.QueryEscape(p), "+", space)
	}
	return strings.Join(parts, "/")
}

// tell writes the line of a request.
func (c *chaos) tell(q call) {
	column, target := "-", "/"
	switch {
	case q.key == "":
	case strings.HasPrefix(q.line, "REST."):
		target += escaped(q.key, "%20")
		column = strings.ReplaceAll(target[1:], "%", "%25")
	default:
		column = escaped(q.key, "+")
	}
	method, _, _ := strings.Cut(strings.TrimPrefix(q.line, "REST."), ".")
	if method == "COPY" {
		method = "PUT"
	}
	uri, agent, auth, host := `"`+method+" "+target+q.query+` HTTP/1.1"`, `"`+q.agent+`"`, "AuthHeader", q.bucket+".s3.us-east-1.amazonaws.com"
	referer := `"-"`
	if !strings.HasPrefix(q.line, "REST.") || strings.HasSuffix(q.line, "_GET") {
		uri, agent, referer = "-", "-", "-"
	}
	switch {
	case strings.Contains(q.query, "X-Amz-Signature"):
		auth = "QueryString"
	case q.who.requester == "-":
		auth = "-"
	}
	dash := func(s string) string {
		if s == "" {
			return "-"
		}
		return s
	}
	ip, id, hostID := q.ip, q.id, q.host
	if q.who.kind == "AWSService" {
		ip = "-"
	}
	if c.strange(7) {
		hostID = ""
	}
	if c.strange(20) {
		id = ""
	}
	at := q.at.Add(-time.Duration(c.IntN(6)) * time.Second)
	text := strings.Join([]string{strings.Repeat("8f", 32), q.bucket, at.Format("[02/Jan/2006:15:04:05 -0700]"), dash(ip), q.who.requester, dash(id), q.line, column, uri, dash(q.status), dash(q.code),
		q.sent, q.size, "12", "9", referer, agent, dash(q.version), dash(hostID), "SigV4", "TLS_AES_128_GCM_SHA256", auth, host, "TLSv1.2", "-", "-"}, " ")
	c.file(&c.lines, text)
	if c.chance(12) {
		c.file(&c.lines, text)
	}
}

// both writes a request into one log or both.
func (c *chaos) both(q call) {
	where := c.IntN(10)
	if where > 1 {
		c.record(c.event(q))
	}
	if where != 2 && where != 3 {
		c.tell(q)
	}
}

// fail makes a request that was refused, now and then.
func (c *chaos) fail(q *call) bool {
	switch c.IntN(12) {
	case 0:
		q.code, q.status = "AccessDenied", "403"
	case 1:
		q.code, q.status = "NoSuchKey", "404"
	default:
		return false
	}
	return true
}

// write puts the evidence into dir as the services deliver it.
func (c *chaos) write(t *testing.T, dir string) {
	t.Helper()
	save := func(name string, content []byte) {
		t.Helper()
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files := map[string][]byte{}
	deliver := func(name string, records []string) {
		t.Helper()
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		fmt.Fprintf(z, `{"Records":[%s]}`, strings.Join(records, ","))
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		files[name] = packed.Bytes()
		save("trail/"+trailFolder+name, files[name])
	}
	for i, records := range c.records {
		deliver(c.logFile(i), records)
	}
	if !c.tidy {
		deliver(c.logFile(25), c.deliveries(files))
	}
	for i, lines := range c.lines {
		if len(lines) > 0 {
			save(fmt.Sprintf("access/2026-03-01-10-%02d-00-%s", i, c.hex(16)), []byte(strings.Join(lines, "\n")+"\n"))
		}
	}
}
