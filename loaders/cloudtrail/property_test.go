package cloudtrail

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"trailsift/model"
)

// maker writes random JSON that looks like CloudTrail's.
type maker struct {
	*rand.Rand
	b bytes.Buffer
}

var pieces = []string{"a", "Z", "0", "/", "é", "漢", "😀", "\u2028", "\x7f", " ", "arn:aws:s3:::", "[", "]", "amazonaws.com", "2026-03-01T10:00:00Z", "%20", "?versionId=", ":"}

func (m *maker) text() {
	m.b.WriteByte('"')
	for range m.IntN(5) {
		switch m.IntN(8) {
		case 0:
			m.b.WriteString([]string{`\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t`}[m.IntN(8)])
		case 1:
			fmt.Fprintf(&m.b, []string{`\u%04x`, `\u%04X`}[m.IntN(2)], m.IntN(0xd800))
		case 2:
			fmt.Fprintf(&m.b, `\ud83d\ude%02x`, m.IntN(256))
		default:
			m.b.WriteString(pieces[m.IntN(len(pieces))])
		}
	}
	m.b.WriteByte('"')
}

func (m *maker) space() {
	if m.IntN(20) == 0 {
		m.b.WriteString([]string{" ", "\n", "\t", "\r\n  "}[m.IntN(4)])
	}
}

func (m *maker) any(depth int) {
	n := 8
	if depth == 0 {
		n = 6
	}
	switch m.IntN(n) {
	case 0:
		m.b.WriteString([]string{"0", "-0", "12", "1376.0", "1e400", "9007199254740993", "-1.5E-3", "99999999999999999999"}[m.IntN(8)])
	case 1:
		m.b.WriteString([]string{"true", "false", "null"}[m.IntN(3)])
	case 2, 3, 4, 5:
		m.text()
	case 6:
		m.members(depth-1, nil)
	case 7:
		m.b.WriteByte('[')
		for i := range m.IntN(4) {
			if i > 0 {
				m.b.WriteByte(',')
			}
			m.space()
			m.any(depth - 1)
			m.space()
		}
		m.b.WriteByte(']')
	}
}

// members writes an object: of known, each written by its function, and of unknown ones.
func (m *maker) members(depth int, known map[string]func()) {
	var names []string
	for name := range known {
		names = append(names, name)
	}
	for i := range m.IntN(3) {
		names = append(names, fmt.Sprintf("x%d", i))
	}
	m.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	m.b.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			m.b.WriteByte(',')
		}
		m.space()
		if at := m.IntN(len(name)); m.IntN(30) == 0 {
			fmt.Fprintf(&m.b, `"%s\u%04x%s"`, name[:at], name[at], name[at+1:])
		} else {
			fmt.Fprintf(&m.b, "%q", name)
		}
		m.space()
		m.b.WriteByte(':')
		m.space()
		if write := known[name]; write != nil && m.IntN(12) > 0 {
			write()
		} else {
			m.any(max(depth, 0))
		}
		m.space()
	}
	m.b.WriteByte('}')
}

func (m *maker) of(values ...string) func() {
	return func() { m.b.WriteString(values[m.IntN(len(values))]) }
}

// some keeps a random part of the known members, so that absent ones are tried too.
func (m *maker) some(known map[string]func()) map[string]func() {
	for name := range known {
		if name != "eventName" && m.IntN(5) == 0 {
			delete(known, name)
		}
	}
	return known
}

func (m *maker) object(depth int, known map[string]func()) func() {
	return func() { m.members(depth, m.some(known)) }
}

func (m *maker) event() string {
	m.b.Reset()
	text, arn := m.text, m.of(`"arn:aws:sts::1:assumed-role/r/s"`, `"arn:aws:iam::1:user/ada"`, `""`)
	date := m.of(`"2026-03-01T10:00:00Z"`, `"2026-03-01T10:00:60Z"`, `"2026-03-01T10:00:00+01:00"`, `""`, `"0000-00-00T00:00:00Z"`)
	bucket := m.of(`"acme"`, `"acme"`, `"other"`, `"arn:aws:s3:eu-west-1:1:accesspoint/ap"`, `null`)
	key := m.of(`"k"`, `"dir/k e\u0079"`, `"dir/k ey"`, `"é"`, `""`)
	host := m.of(`"h"`, `"h"`, `["h"]`, `["h","i"]`, `[]`, `""`)
	kms := m.of(`"arn:aws:kms:x:1:key/y"`, `"arn:aws:kms:x:1:key/z"`)
	id := m.of(`"09395fe4-9624-e882-aa93-62cbb8934595"`, `"09395FE4-9624-e882-aa93-62cbb8934595"`, `"x"`, `""`)
	sse := m.of(`"AES256"`, `"aws:kms"`, `"aws:kms:dsse"`, `""`)
	number := m.of("0", "17", "1376.0", "1e3", "-1", "9007199254740993")
	truth := m.of("true", "false", `"true"`, "null")
	resource := m.of(
		`[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::acme/dir/k ey"},{"accountId":"1","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::acme"}]`,
		`[{"ARN":"arn:aws:s3:::acme\/k","type":"AWS::S3::Object"},{"ARN":"arn:aws:s3:::acme","type":"AWS::S3::Bucket","accountId":"1"}]`,
		`[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::acme/k","x":1},{"accountId":"1","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::acme"}]`,
		`[{"type":"AWS::S3::Object","ARNPrefix":"arn:aws:s3:::acme/"},{"accountid":"1","type":"AWS::S3::Bucket","arn":"arn:aws:s3:::acme"}]`,
		`[{"accountId":"1","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::acme"},{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::acme/k"}]`,
		`[{"accountId":null,"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::acme"},7,[],{}]`, `[]`, `{}`)
	m.members(2, m.some(map[string]func(){
		"eventName": m.of(`"GetObject"`, `"PutObject"`, `"DeleteObjects"`, `"CopyObject"`, `"UpdateObjectEncryption"`), "eventTime": date,
		"eventSource": m.of(`"s3.amazonaws.com"`, `"s3.amazonaws.com"`, `"kms.amazonaws.com"`, `".amazonaws.com"`, `"x"`),
		"awsRegion":   text, "sourceIPAddress": text, "userAgent": m.of(`"[x]"`, `"[]"`, `"["`, `"x"`, `""`), "errorCode": text, "errorMessage": text,
		"requestID": text, "eventID": id, "sharedEventID": id, "readOnly": truth, "recipientAccountId": text, "vpcEndpointId": text,
		"userIdentity": m.object(2, map[string]func(){
			"type": text, "principalId": text, "arn": arn, "accountId": m.of(`"1"`, `"anonymous"`), "accessKeyId": text, "userName": text, "invokedBy": text,
			"sessionContext": m.object(2, map[string]func(){
				"sessionIssuer": m.object(1, map[string]func(){"arn": arn, "principalId": text, "accountId": text, "userName": m.of(`"s"`, `"ada"`, `"x"`)}),
				"attributes":    m.object(1, map[string]func(){"creationDate": date, "mfaAuthenticated": truth}),
			}),
		}),
		"requestParameters": m.object(2, map[string]func(){
			"bucketName": bucket, "key": key, "Key": key, "Host": host, "host": host, "prefix": text, "versionId": text, "delete": m.of(`""`, `{"objects":[{"key":"a"}]}`, `{"Object":[{"Key":"a"},{"Key":"b"}]}`),
			"x-amz-copy-source": text, "x-amz-server-side-encryption": sse, "x-amz-server-side-encryption-aws-kms-key-id": kms,
			"ObjectEncryption": m.of(`{"SSEKMS":{"KMSKeyArn":"x"}}`, `{}`),
		}),
		"responseElements": m.object(2, map[string]func(){
			"x-amz-version-id": text, "x-amz-server-side-encryption": sse, "x-amz-server-side-encryption-aws-kms-key-id": kms, "x-amz-id-2": text,
		}),
		"additionalEventData": m.object(2, map[string]func(){
			"SignatureVersion": text, "CipherSuite": text, "AuthenticationMethod": m.of(`"AuthHeader"`, `"QueryString"`, `"x"`), "bytesTransferredIn": number,
			"bytesTransferredOut": number, "x-amz-id-2": text, "SSEApplied": m.of(`"SSE_S3"`, `"x"`, "1"), "aclRequired": m.of(`"Yes"`),
		}),
		"tlsDetails": m.object(1, map[string]func(){"tlsVersion": m.of(`"TLSv1.3"`, `"1.3"`), "cipherSuite": text, "clientProvidedHostHeader": m.of(`"h"`, `"i"`)}),
		"resources":  resource,
	}))
	return m.b.String()
}

// TestScannerAndEncodingJSONAgree makes records of everything a column can hold in every kind it may
// come in, and rebuilds each from its columns and texts.
func TestScannerAndEncodingJSONAgree(t *testing.T) {
	n := 20000
	if testing.Short() {
		n = 2000
	}
	m := &maker{Rand: rand.New(rand.NewPCG(1, 2))}
	covered := uint64(0)
	for i := range n {
		text := m.event()
		if !json.Valid([]byte(text)) {
			t.Fatalf("the generator writes %s", text)
		}
		g := read(t, []byte(text))
		if !strings.Contains(text, `"eventName":`) && len(g.records) == 0 {
			continue // the name is written with an escape, or is no text
		}
		if len(g.rejects) > 0 && strings.Contains(g.rejects[0].Reason, "not a CloudTrail event") {
			continue
		}
		if len(g.records) != 1 {
			t.Fatalf("record %d: %d records, rejects %v, reason %q: %s", i, len(g.records), g.rejects, g.Reason, text)
		}
		r := &g.records[0]
		covered |= r.Lean
		checkRebuilt(t, text, r)
		checkSound(t, text, &r.Record)
		if t.Failed() {
			t.FailNow()
		}
	}
	if all := uint64(1)<<len(model.Promoted) - 1; covered != all {
		t.Errorf("no record has the bits %x of Lean", all&^covered)
	}
}

// checkSound holds what is true of any record.
func checkSound(t testing.TB, name string, r *model.Record) {
	t.Helper()
	for _, text := range []string{r.Request, r.Response, r.Extra} {
		if text != "" && (!json.Valid([]byte(text)) || text[0] != '{' || text[len(text)-1] != '}') {
			t.Errorf("%s: %q is not a JSON object", name, text)
		}
	}
	v := reflect.ValueOf(r).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.String && !validText(f.String()) {
			t.Errorf("%s: %s is %q", name, v.Type().Field(i).Name, f.String())
		}
	}
	if r.Log != model.CloudTrail || r.Category == 0 || r.Outcome == 0 || r.Enc == 0 || r.Lean>>len(model.Promoted) != 0 {
		t.Errorf("%s: %+v", name, r)
	}
}

func validText(s string) bool { return strings.ToValidUTF8(s, "") == s }

func TestSlotsFollowPromoted(t *testing.T) {
	if int(promoted) != len(model.Promoted) {
		t.Fatalf("%d slots, %d promotions", promoted, len(model.Promoted))
	}
	if slotCount > 128 {
		t.Fatalf("%d slots do not fit into the masks", slotCount)
	}
	for s, path := range map[slot]string{
		eventTime: "eventTime", userAgent: "userAgent", userAgentBracketed: "userAgent", requestID: "requestID", vpcEndpoint: "vpcEndpointId",
		idType: "userIdentity.type", idInvokedBy: "userIdentity.invokedBy", issuerARN: "userIdentity.sessionContext.sessionIssuer.arn",
		issuerUserName: "userIdentity.sessionContext.sessionIssuer.userName", sessionMFA: "userIdentity.sessionContext.attributes.mfaAuthenticated",
		reqBucketName: "requestParameters.bucketName", reqKMSKey: "requestParameters.x-amz-server-side-encryption-aws-kms-key-id",
		respVersion: "responseElements.x-amz-version-id", respKMSKey: "responseElements.x-amz-server-side-encryption-aws-kms-key-id",
		addSignature: "additionalEventData.SignatureVersion", addID2: "additionalEventData.x-amz-id-2",
		tlsVersion: "tlsDetails.tlsVersion", tlsHost: "tlsDetails.clientProvidedHostHeader", resources: "resources",
	} {
		if model.Promoted[s].Path != path {
			t.Errorf("slot %d is %q, want %q", s, model.Promoted[s].Path, path)
		}
	}
}
