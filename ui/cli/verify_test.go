package cli

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trailsift/loaders/source"
	"trailsift/queries/store"
	"trailsift/testdata/gen/chain"
)

// testEvidence is a small trail signed with a key that is nobody's demo key.
type testEvidence struct {
	dir, keys, metadata string
	since, until        string
	logs                []string // paths
}

// newEvidence writes three hours of a trail: a starting digest, then an hour of two logs and one of one.
func newEvidence(t *testing.T) testEvidence {
	t.Helper()
	root := t.TempDir()
	e := testEvidence{dir: filepath.Join(root, "copy"), keys: filepath.Join(root, "keys.json"), metadata: filepath.Join(root, "metadata.json")}
	trail := chain.Trail{Account: "111122223333", Region: "us-east-1", Name: "main", Home: "us-east-1", Bucket: "acme-trail"}
	start := time.Date(2026, 3, 1, 4, 7, 31, 0, time.UTC)
	key := chain.NewKey("a key of this test", start)
	var meta chain.Metadata
	var last *chain.Digest
	for hour, perHour := range []int{0, 2, 1} {
		from := start.Add(time.Duration(hour) * time.Hour)
		var logs []chain.Log
		for i := range perHour {
			at := from.Add(time.Duration(10+10*i) * time.Minute)
			content := record(at, i)
			object := fmt.Sprintf("AWSLogs/111122223333/CloudTrail/us-east-1/%s/111122223333_CloudTrail_us-east-1_%s_%016d.json.gz", at.Format("2006/01/02"), at.Format("20060102T1504Z"), hour*10+i)
			sum := sha256.Sum256([]byte(content))
			logs = append(logs, chain.Log{Object: object, Hash: hex.EncodeToString(sum[:]), Delivered: at, Oldest: at, Newest: at})
			e.logs = append(e.logs, e.put(t, object, content))
		}
		last = trail.Sign(from, from.Add(time.Hour), logs, last, key, false)
		e.put(t, last.Object, string(last.Body))
		meta.Add(trail.Bucket, last)
	}
	e.since, e.until = start.Format(time.RFC3339), last.End.Format(time.RFC3339)
	for name, content := range map[string][]byte{e.keys: chain.PublicKeys(key), e.metadata: meta.JSON()} {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func record(at time.Time, i int) string {
	return fmt.Sprintf(`{"Records":[{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ada","accountId":"111122223333"},"eventTime":%q,"eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.9","requestParameters":{"bucketName":"acme","key":"k%d"},"requestID":"%016X","eventID":"%08x-0000-4000-8000-%012x","eventCategory":"Data","recipientAccountId":"111122223333"}]}`,
		at.Format(time.RFC3339), i, at.Unix()+int64(i), at.Unix(), i)
}

func (e testEvidence) put(t *testing.T, object, content string) string {
	t.Helper()
	path := filepath.Join(e.dir, "acme-trail", filepath.FromSlash(object))
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(content))
	_ = z.Close()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWhatIsProvenAndHowItExits tells one trail from beginning to end, of its files and of its case.
func TestWhatIsProvenAndHowItExits(t *testing.T) {
	e := newEvidence(t)
	at := filepath.Join(t.TempDir(), "x.case")
	run(t, "load", "-q", "--case", at, e.dir, e.metadata)
	badge := func(name, want string) {
		t.Helper()
		if got := strings.TrimSpace(run(t, "query", at, "integrity:"+name, "--count")); got != want {
			t.Errorf("%s records are %s, want %s", got, name, want)
		}
	}
	check := func(code int, result string, args ...string) {
		t.Helper()
		out, got := command(t, append([]string{"verify", "--format", "json"}, args...)...)
		if got != code || !strings.Contains(out, `"result": "`+result+`"`) {
			t.Errorf("verify %v: exit %d, want %d and %s: %.300s", args, got, code, result, out)
		}
		if result != "self-consistent" && strings.Contains(out, `"demo"`) {
			t.Errorf("verify %v speaks of a demo key", args)
		}
	}
	asked := []string{"--since", e.since, "--until", e.until}

	check(exitNothing, "nothing", at)
	badge("unverifiable", "3")

	keyed := append([]string{"--keys", e.keys}, asked...)
	check(exitDone, "verified", append(keyed, "--metadata", e.metadata, e.dir)...)
	check(exitDone, "verified", append(keyed, at)...)
	badge("verified", "3")
	check(exitDone, "verified-within", "--keys", e.keys, at)
	check(exitIncomplete, "incomplete", "--keys", e.keys, "--since", "2026-03-01T00:00Z", "--until", e.until, at)

	// What was given for one run is not kept.
	check(exitNothing, "nothing", at)
	badge("verified", "0")

	if out := run(t, "case", "keys", "add", at, e.keys); strings.Contains(out, "DEMO") || !strings.Contains(out, "3/3 digests valid; 3/3 logs valid") {
		t.Errorf("keys add says %q", out)
	}
	badge("verified", "3")
	check(exitDone, "verified", append(asked, at)...)
	if out, _ := command(t, "verify", at); strings.Contains(out, "DEMO") || !strings.Contains(out, "3/3 digest files valid\n3/3 log files valid\n") {
		t.Errorf("verify says %s", out)
	}

	// The window stands in for what is not asked.
	run(t, "case", "window", at, e.since, e.until)
	check(exitDone, "verified", at)
	run(t, "case", "window", at, "2026-03-01T00:00Z", e.until)
	check(exitIncomplete, "incomplete", at)
	run(t, "case", "window", at, "--clear")

	// A planted file that comes later is noticed when it comes; what was there stays proven.
	planted := e.put(t, "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/111122223333_CloudTrail_us-east-1_20260301T0540Z_AAAAAAAAAAAAAAAA.json.gz", record(time.Date(2026, 3, 1, 5, 30, 0, 0, time.UTC), 7))
	run(t, "load", "-q", "--case", at, e.dir)
	badge("unlisted", "1")
	badge("verified", "3")
	check(exitAdverse, "adverse", at)
	manifest := filepath.Join(t.TempDir(), "out.csv")
	run(t, "export", at, "integrity:unlisted", "-o", manifest)
	text, err := os.ReadFile(manifest + ".manifest.json")
	if err != nil || !strings.Contains(string(text), `"unlisted": 1`) || !strings.Contains(string(text), `"demo_keys": false`) {
		t.Errorf("%v: %s", err, text)
	}

	// The same content at another place is a copy of its own; it does not lower the badge of the first.
	if err := os.Remove(planted); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(e.logs[0])
	if err != nil {
		t.Fatal(err)
	}
	again := strings.Replace(e.logs[0], "_0000000000000010", "_BBBBBBBBBBBBBBBB", 1)
	if again == e.logs[0] {
		t.Fatal(again)
	}
	if err := os.WriteFile(again, content, 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "load", "-q", "--case", at, e.dir)
	badge("verified", "3")
	out, _ := command(t, "verify", at)
	if !strings.Contains(out, "its content is that of acme-trail/AWSLogs/") || !strings.Contains(out, "1 record: records:all member:") {
		t.Errorf("verify says %s", out)
	}
}

func TestKeysAmongTheEvidenceProveOnlyThatItAgreesWithItself(t *testing.T) {
	e := newEvidence(t)
	keys, err := os.ReadFile(e.keys)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(e.dir, "keys.json"), keys, 0o644); err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(t.TempDir(), "x.case")
	run(t, "load", "-q", "--case", at, e.dir, e.metadata)
	for _, target := range []string{at, e.dir} {
		out, code := command(t, "verify", "--format", "json", "--metadata", e.metadata, target)
		if code != exitIncomplete || !strings.Contains(out, `"result": "self-consistent"`) || !strings.Contains(out, `"trust": "evidence"`) {
			t.Errorf("verify %s: exit %d: %.300s", target, code, out)
		}
	}
	if got := strings.TrimSpace(run(t, "query", at, "integrity:unverifiable", "--count")); got != "3" {
		t.Errorf("%s records are unverifiable, want 3", got)
	}
	if out := run(t, "case", "keys", "list", at); !strings.Contains(out, "(evidence) from keys.json") {
		t.Errorf("keys list says %q", out)
	}
	run(t, "case", "keys", "add", at, e.keys)
	if got := strings.TrimSpace(run(t, "query", at, "integrity:verified", "--count")); got != "3" {
		t.Errorf("%s records are verified by the examiner's keys, want 3", got)
	}
}

func TestACaseThatCannotBeWrittenToIsJudged(t *testing.T) {
	e := newEvidence(t)
	at := filepath.Join(t.TempDir(), "x.case")
	run(t, "load", "-q", "--case", at, e.dir, e.metadata)
	c, err := store.Open(at, store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	contents := &source.Contents{Dir: c.Evidence()}
	s := &session{Case: c, engine: c.Engine(contents), contents: contents}
	defer s.close()
	p := &program{stderr: discard{}}
	keys, err := p.examinerKeys([]string{e.keys})
	if err != nil {
		t.Fatal(err)
	}
	q, err := s.verify(t.Context(), asking{keys: keys}, nil)
	if !unwritable(err) || q == nil || q.report.Logs.Valid != 3 {
		t.Errorf("%v, %+v", err, q)
	}
}
