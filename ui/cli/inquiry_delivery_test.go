package cli

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/queries/inquiry"
)

// event is a CloudTrail record; parts are laid over one of a read by the user anna.
func event(n int, at time.Time, parts map[string]any) map[string]any {
	e := map[string]any{
		"eventVersion": "1.11", "eventTime": at.Format(time.RFC3339), "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "awsRegion": "eu-west-1",
		"sourceIPAddress": "192.0.2.9", "userAgent": "test", "requestID": fmt.Sprintf("REQ%013d", n), "eventID": fmt.Sprintf("00000000-0000-4000-8000-%012d", n),
		"eventType": "AwsApiCall", "recipientAccountId": "111122223333", "managementEvent": false, "eventCategory": "Data", "readOnly": true,
		"userIdentity": map[string]any{"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/anna", "accountId": "111122223333", "accessKeyId": "AKIAEXAMPLEANNA00001"},
	}
	for name, v := range parts {
		e[name] = v
	}
	return e
}

// caseOf loads records as one file beside more files, and opens the case.
func caseOf(t *testing.T, events []map[string]any, more map[string][]byte) *session {
	t.Helper()
	dir := t.TempDir()
	text, err := json.Marshal(map[string]any{"Records": events})
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"records.json": text}
	for name, b := range more {
		files[name] = b
	}
	for name, b := range files {
		path := filepath.Join(dir, "in", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, code := command(t, "load", "-q", "--case", filepath.Join(dir, "x.case"), filepath.Join(dir, "in"))
	if code != exitDone {
		t.Fatalf("load: exit %d: %s", code, out)
	}
	p := &program{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, now: fixedNow, getenv: func(string) string { return "" }}
	s, err := p.openSession(filepath.Join(dir, "x.case"), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.close() })
	return s
}

// delivered is a log file with one record, packed; named puts the name into the gzip header.
func delivered(t *testing.T, n int, at time.Time, named string) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"Records": []any{event(n, at, nil)}})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Name = named
	if _, err := z.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDeliveredFilesAreHeldAgainstTheFilesOfTheCase(t *testing.T) {
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	const folder = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/02/"
	name := func(minute int, unique string) string {
		return "111122223333_CloudTrail_eu-west-1_" + at.Add(time.Duration(minute)*time.Minute).Format("20060102T1504Z") + "_" + unique + ".json.gz"
	}
	service := map[string]any{"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"}
	n := 100
	put := func(minute int, key string, size int, more map[string]any) map[string]any {
		n++
		e := event(n, at.Add(time.Duration(minute)*time.Minute+30*time.Second), map[string]any{
			"eventName": "PutObject", "readOnly": false, "userIdentity": service, "sourceIPAddress": "cloudtrail.amazonaws.com",
			"requestParameters": map[string]any{"bucketName": "acme-logs", "key": key}, "additionalEventData": map[string]any{"bytesTransferredIn": float64(size), "bytesTransferredOut": 0.0},
		})
		for k, v := range more {
			e[k] = v
		}
		return e
	}
	here, packed, changed, unnamed := delivered(t, 1, at, ""), delivered(t, 2, at, name(5, "bbbbbbbbbbbbbbbb")), delivered(t, 3, at, ""), delivered(t, 4, at, "")
	header := len(name(5, "bbbbbbbbbbbbbbbb")) + 1
	const digest = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/03/02/111122223333_CloudTrail-Digest_eu-west-1_acme_eu-west-1_20260302T105958Z.json.gz"
	anna := map[string]any{"userIdentity": map[string]any{"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/anna"}, "sourceIPAddress": "192.0.2.9"}
	s := caseOf(t, []map[string]any{
		put(0, folder+name(0, "aaaaaaaaaaaaaaaa"), len(here), nil),
		put(5, folder+name(5, "bbbbbbbbbbbbbbbb"), len(packed)-header, nil),
		put(10, folder+name(10, "cccccccccccccccc"), len(changed)+7, nil),
		put(15, folder+name(15, "dddddddddddddddd"), 512, nil),
		put(20, folder+name(20, "eeeeeeeeeeeeeeee"), 0, map[string]any{"errorCode": "InternalError"}),
		put(21, folder+name(21, "ffffffffffffffff"), 0, map[string]any{"errorCode": "InternalError"}),
		put(22, folder+name(21, "ffffffffffffffff"), 333, nil), // tried again, and missing here
		put(25, folder+name(25, "0000000000000000"), 99, anna),
		put(26, "AWSLogs/111122223333/CloudTrail/notes.txt", 99, nil),
		put(59, digest, 700, nil),
		put(60, folder+name(60, "9999999999999999"), 512, nil),
	}, map[string][]byte{
		folder + name(0, "aaaaaaaaaaaaaaaa"): here, folder + name(5, "bbbbbbbbbbbbbbbb"): packed, folder + name(10, "cccccccccccccccc"): changed,
		folder + name(30, "1111111111111111"): unnamed, folder + name(55, "2222222222222222"): delivered(t, 5, at, ""),
	})
	a, err := inquiry.Deliveries(context.Background(), s.engine, model.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(a.Logs), fmt.Sprint(map[string]int64{"present": 2, "other-size": 1, "missing": 3, "undelivered": 1, "foreign": 1, "not-recorded": 1}); got != want {
		t.Errorf("log files %s, want %s", got, want)
	}
	if got := fmt.Sprint(a.Digests, a.Buckets); got != "map[missing:1] [acme-logs]" {
		t.Errorf("digests %s", got)
	}
	states := map[string]string{}
	for _, f := range a.Files {
		states[f.Key[len(f.Key)-len("cccccccccccccccc.json.gz"):]] = f.State
	}
	for unique, want := range map[string]string{"cccccccccccccccc": answer.DeliveryOtherSize, "dddddddddddddddd": answer.DeliveryMissing, "eeeeeeeeeeeeeeee": answer.DeliveryRefused,
		"ffffffffffffffff": answer.DeliveryMissing, "0000000000000000": answer.DeliveryForeign, "1111111111111111": answer.DeliveryNotRecorded, "9999999999999999": answer.DeliveryMissing} {
		if got := states[unique+".json.gz"]; got != want {
			t.Errorf("%s is %q, want %s", unique, got, want)
		}
	}
}

// testDelivery holds CloudTrail's own writes of files against what lies in the demo: one log file differs,
// one is of a region that nobody handed over, one could not be put, and the planted one nobody put.
func testDelivery(t *testing.T, d *demo) {
	root := filepath.Join("..", "..", "testdata", "demo", "acme-audit-logs")
	want := map[string]map[string]int64{"log": {}, "digest": {}}
	for _, e := range d.events {
		if at(e, "userIdentity.invokedBy") != "cloudtrail.amazonaws.com" || at(e, "eventName") != "PutObject" {
			continue
		}
		key, kind := at(e, "requestParameters.key"), "log"
		if strings.Contains(key, "/CloudTrail-Digest/") {
			kind = "digest"
		}
		here, err := os.Stat(filepath.Join(root, filepath.FromSlash(key)))
		switch {
		case at(e, "errorCode") != "":
			want[kind]["undelivered"]++
		case err != nil:
			want[kind]["missing"]++
		case fmt.Sprint(here.Size()) == at(e, "additionalEventData.bytesTransferredIn"):
			want[kind]["present"]++
		default:
			want[kind]["other-size"]++
		}
	}
	want["log"]["not-recorded"] = 1 // the planted file
	a, err := inquiry.Deliveries(context.Background(), d.engine, model.Filter{})
	if err != nil || fmt.Sprint(a.Logs) != fmt.Sprint(want["log"]) || fmt.Sprint(a.Digests) != fmt.Sprint(want["digest"]) || want["log"]["present"] < 5 {
		t.Errorf("logs %v and digests %v, want %v, %v", a.Logs, a.Digests, want, err)
	}
	for _, f := range a.Files {
		if planted := strings.Contains(f.Key, "_5U2ebt4szYNYffhu."); planted != (f.State == answer.DeliveryNotRecorded) {
			t.Errorf("%s is %s", f.Key, f.State)
		}
	}
	a, err = inquiry.Deliveries(context.Background(), d.engine, model.Filter{Terms: []model.Term{{Field: model.FieldSince, Values: []model.Value{{Text: "2026-03-12T00:00:00Z"}}}}})
	if err != nil || len(a.Buckets) != 0 || len(a.Files) != 0 {
		t.Errorf("after the hour: %+v, %v", a, err)
	}
}

// TestTheDeliveriesOfTheSANSLab: its README names 580 files; the trail's own bucket is recorded in the
// second night.
func TestTheDeliveriesOfTheSANSLab(t *testing.T) {
	dir := filepath.Join(sharedEvidence(t), "cloudtrail-sans504")
	at := filepath.Join(t.TempDir(), "sans.case")
	if out, code := command(t, "load", "-q", "--case", at, dir); code != exitDone {
		t.Fatalf("load: exit %d: %s", code, out)
	}
	out, code := command(t, "audit", "delivery", at)
	if code != exitDone || !strings.Contains(out, "log files: 292 present\n") || !strings.Contains(out, "digests:   132 missing\n") {
		t.Errorf("exit %d: %.300s", code, out)
	}
}

func TestReadsThatOnlyTheUseOfAKeyTells(t *testing.T) {
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	read := func(n, second int, key string) map[string]any {
		return event(n, at.Add(time.Duration(second)*time.Second), map[string]any{"requestParameters": map[string]any{"bucketName": "acme", "key": key}})
	}
	use := func(n, second int, arn string) map[string]any {
		return event(n, at.Add(time.Duration(second)*time.Second), map[string]any{"eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "managementEvent": true, "eventCategory": "Management",
			"sourceIPAddress": "AWS Internal", "requestParameters": map[string]any{"encryptionContext": map[string]any{"aws:s3:arn": arn}}})
	}
	copied := event(50, at.Add(time.Minute), map[string]any{"eventName": "CopyObject", "requestParameters": map[string]any{"bucketName": "other", "key": "x", "x-amz-copy-source": "acme/a%20copy"}})
	s := caseOf(t, []map[string]any{
		read(1, 0, "told"), use(2, 1, "arn:aws:s3:::acme/told"),
		use(3, 2, "arn:aws:s3:::acme/told"), // the one read explains one use
		use(4, 30, "arn:aws:s3:::acme/alone"),
		read(5, 120, "late"), use(6, 100, "arn:aws:s3:::acme/late"),
		copied, use(7, 59, "arn:aws:s3:::acme/a copy"),
		use(8, 3, "arn:aws:s3:::acme"), use(9, 3, "arn:aws:dynamodb:::acme/told"), use(10, 3, "no arn"),
	}, nil)
	a, err := inquiry.KeyReads(context.Background(), s.engine, model.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(a.Uses, a.Told, a.Objects); got != "6 map[bucket-key:1 cloudtrail:2 kms:3] 3" {
		t.Errorf("%s", got)
	}
	var only []string
	for _, u := range a.Only {
		only = append(only, u.Key)
	}
	if strings.Join(only, " ") != "told alone late" {
		t.Errorf("only KMS tells of %q", only)
	}
	for filter, want := range map[string]int64{"acme/alone": 1, "acme/*": 6, "acme/a copy": 1, "acme/al?ne": 0, "else/*": 0} {
		f := model.Filter{Terms: []model.Term{inquiry.ObjectTerm(filter)}}
		a, err := inquiry.KeyReads(context.Background(), s.engine, f)
		if err != nil || a.Uses != want {
			t.Errorf("%s: %d uses, want %d, %v", filter, a.Uses, want, err)
		}
		o, err := inquiry.Object(context.Background(), s.engine, filter, 0)
		if err != nil || o.KMSOnly != a.Told[answer.ToldByKMS] {
			t.Errorf("story of %s: %d reads by KMS alone, want %d, %v", filter, o.KMSOnly, a.Told[answer.ToldByKMS], err)
		}
	}
	o, err := inquiry.Object(context.Background(), s.engine, "acme/told", 2)
	if err != nil || o.Total != 2 || len(o.Lines) != 2 || o.Lines[1].Act != "read, told by KMS alone" {
		t.Errorf("the story: %+v, %v", o, err)
	}
}

// testKeyReads: 200 uses of keys, of whose reads CloudTrail lacks those of its missing file.
func testKeyReads(t *testing.T, d *demo) {
	a, err := inquiry.KeyReads(context.Background(), d.engine, model.Filter{})
	if err != nil || a.Uses != 200 || a.Told[answer.ToldByCloudTrail] != 188 || a.Told[answer.ToldByAccess] != 12 || a.Told[answer.ToldByKMS] != 0 {
		t.Errorf("%+v, %v", a, err)
	}
}

// sharedEvidence is the folder of real public logs beside the project.
func sharedEvidence(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("TRAILSIFT_SHARED"); dir != "" {
		return filepath.Join(dir, "evidence")
	}
	for dir, err := os.Getwd(); err == nil && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if name := filepath.Join(dir, "shared", "evidence"); isFolder(name) {
			return name
		}
	}
	t.Skip("SKIPPED: no folder of shared evidence above this one, and TRAILSIFT_SHARED is not set")
	return ""
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
