package cli

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/queries/inquiry"
)

// demo is the demo evidence twice over: loaded into a case, and read here by plain means.
type demo struct {
	*session
	p      *program
	events []map[string]any // CloudTrail records, exact copies once
	lines  [][]string       // access-log lines, exact copies once, split at spaces outside quotes and brackets
}

// TestTheAnswersOnTheDemoEvidence holds every inquiry against a recomputation over the raw records.
func TestTheAnswersOnTheDemoEvidence(t *testing.T) {
	d := openDemo(t)
	for name, test := range map[string]func(t *testing.T, d *demo){
		"encryption by bucket": testEncryptionByBucket,
		"encryption over time": testEncryptionOverTime,
		"encryption findings":  testEncryptionFindings,
		"uploads":              testUploads,
		"deletes":              testDeletes,
		"object stories":       testObjectStories,
		"cards of actors":      testCards,
		"lineage":              testLineage,
		"the list of actors":   testActors,
		"match rates":          testRates,
		"deliveries":           testDelivery,
		"uses of keys":         testKeyReads,
		"deletes of one":       testDeletesOfOneObject,
		"coverage":             testCoverage,
		"coverage of silence":  testCoverageOfSilence,
		"empty answers":        testEmptyAnswersTellOfGaps,
		"exfiltration":         testExfiltration,
		"exposure":             testExposure,
		"links":                testLinks,
		"two witnesses":        testWitnesses,
		"comparison":           testComparison,
		"cards of questions":   testQuestions,
		"compared on screen":   testComparisonsOnScreen,
		"the eight incidents":  testIncidents,
		"answers part by part": testParts,
	} {
		t.Run(name, func(t *testing.T) { test(t, d) })
	}
}

func openDemo(t *testing.T) *demo {
	t.Helper()
	root := filepath.Join("..", "..", "testdata", "demo")
	d := openLoaded(t, root)
	d.read(t, root)
	return d
}

// openLoaded loads evidence into a case of its own and opens that.
func openLoaded(t *testing.T, root string) *demo {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "demo.case")
	var out bytes.Buffer
	if code := Main(context.Background(), []string{"load", "-q", "--case", dir, root}, strings.NewReader(""), &out, &out); code != exitDone && code != exitIncomplete {
		t.Fatalf("load: exit %d: %s", code, out.String())
	}
	p := &program{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, now: fixedNow, getenv: func(string) string { return "" }}
	s, err := p.openSession(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.close() })
	return &demo{session: s, p: p}
}

func (d *demo) read(t *testing.T, root string) {
	t.Helper()
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if strings.HasSuffix(name, ".gz") && strings.Contains(name, "/CloudTrail/") {
			z, err := gzip.NewReader(bytes.NewReader(text))
			if err != nil {
				return err
			}
			var file struct{ Records []json.RawMessage }
			if err := json.NewDecoder(z).Decode(&file); err != nil {
				return err
			}
			for _, raw := range file.Records {
				if seen[string(raw)] {
					continue
				}
				seen[string(raw)] = true
				var e map[string]any
				if err := json.Unmarshal(raw, &e); err != nil {
					return err
				}
				d.events = append(d.events, e)
			}
		}
		if strings.Contains(name, "acme-access-logs") && !strings.HasSuffix(name, "README.txt") {
			lines := bufio.NewScanner(bytes.NewReader(text))
			lines.Buffer(nil, 1<<20)
			for lines.Scan() {
				if !seen[lines.Text()] {
					seen[lines.Text()] = true
					d.lines = append(d.lines, splitLine(lines.Text()))
				}
			}
		}
		return nil
	})
	if err != nil || len(d.events) < 3000 || len(d.lines) < 2000 {
		t.Fatalf("read the demo plainly: %d events, %d lines, %v", len(d.events), len(d.lines), err)
	}
}

var lineParts = regexp.MustCompile(`\[[^\]]*\]|"[^"]*"|\S+`)

func splitLine(line string) []string { return lineParts.FindAllString(line, -1) }

// at reads a path of a record; absent is empty.
func at(e map[string]any, path string) string {
	var v any = e
	for _, name := range strings.Split(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = m[name]
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// plainOutcome classifies a CloudTrail write by its record alone.
func plainOutcome(e map[string]any) string {
	switch at(e, "eventName") {
	case "PutObject", "CopyObject", "CreateMultipartUpload":
	case "UpdateObjectEncryption":
		return "sse-kms"
	default:
		return ""
	}
	if at(e, "errorCode") != "" {
		return "failed"
	}
	names := map[string]string{"Default_SSE_S3": "sse-s3-default", "SSE_S3": "sse-s3", "Default_SSE_KMS": "sse-kms-default", "SSE_KMS": "sse-kms", "SSE_C": "sse-c"}
	applied := at(e, "additionalEventData.SSEApplied")
	if n, ok := names[applied]; ok {
		return n
	}
	if strings.Contains(applied, "DSSE") || at(e, "responseElements.x-amz-server-side-encryption") == "aws:kms:dsse" {
		return "dsse-kms"
	}
	return "not-reported"
}

// accessWrites are the writes only the access log tells of, by bucket and whether they were done.
func (d *demo) accessWrites(add func(bucket string, done bool, hour string)) {
	known := map[string]bool{}
	for _, e := range d.events {
		known[at(e, "requestID")] = true
	}
	for _, l := range d.lines {
		op := l[6]
		if (op == "REST.PUT.OBJECT" || op == "REST.COPY.OBJECT" || op == "REST.POST.UPLOADS") && !known[l[5]] {
			add(l[1], l[9][0] == '2', l[2])
		}
	}
}

func testEncryptionByBucket(t *testing.T, d *demo) {
	want := map[string]answer.Counts{}
	add := func(bucket, outcome string) {
		if want[bucket] == nil {
			want[bucket] = answer.Counts{}
		}
		want[bucket][outcome]++
	}
	for _, e := range d.events {
		if o := plainOutcome(e); o != "" {
			add(at(e, "requestParameters.bucketName"), o)
		}
	}
	d.accessWrites(func(bucket string, done bool, _ string) {
		add(bucket, map[bool]string{true: "unknown", false: "failed"}[done])
	})
	for _, by := range []string{"bucket", "prefix", "actor", "key"} {
		a, err := inquiry.Encryption(context.Background(), d.engine, model.Filter{}, by, "")
		if err != nil {
			t.Fatal(err)
		}
		got, total := map[string]answer.Counts{}, answer.Counts{}
		for _, g := range a.Groups {
			c := answer.Counts{}
			for o, n := range g.Outcomes {
				c[o] = n
				total[o] += n
			}
			if g.Failed > 0 {
				c["failed"] = g.Failed
			}
			got[g.Name] = c
		}
		if by == "bucket" && fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("by bucket:\n got %v\nwant %v", got, want)
		}
		if fmt.Sprint(total) != fmt.Sprint(a.Total) || a.Failed != 15 {
			t.Errorf("by %s: groups sum to %v, total is %v, %d failed", by, total, a.Total, a.Failed)
		}
	}
}

func testEncryptionOverTime(t *testing.T, d *demo) {
	want := map[string]int64{}
	for _, e := range d.events {
		if o := plainOutcome(e); o != "" && o != "failed" {
			want[at(e, "eventTime")[:13]+" "+o]++
		}
	}
	a, err := inquiry.Encryption(context.Background(), d.engine, model.Filter{Terms: []model.Term{{Field: model.FieldLog, Values: []model.Value{{Text: "cloudtrail"}}}}}, "bucket", "hour")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, g := range a.Time {
		for o, n := range g.Outcomes {
			got[g.Start.Format("2006-01-02T15")+" "+o] += n
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("by hour: %d cells, want %d", len(got), len(want))
	}
}

func testEncryptionFindings(t *testing.T, d *demo) {
	a, err := inquiry.Encryption(context.Background(), d.engine, model.Filter{}, "bucket", "")
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int64{}
	for _, f := range a.Findings {
		counts[f.Code] += f.Count
		if n, err := d.countOf(f.Filter); err != nil || n < f.Count {
			t.Errorf("%s: its filter %q lists %d of %d requests, %v", f.Code, f.Filter, n, f.Count, err)
		}
	}
	// README: 60 rewrites in listed files, 3 in the planted one; two writes without a report; one new key.
	for code, want := range map[string]int64{"enc-not-reported": 2, "sse-c-writes": 63, "sse-c-unblocked": 1, "kms-key-foreign": 1, "re-encrypted-in-place": 1, "copied-onto-itself": 63} {
		if counts[code] != want {
			t.Errorf("%s: %d, want %d", code, counts[code], want)
		}
	}
}

func (d *demo) countOf(text string) (int64, error) {
	f, err := d.parseFilter(context.Background(), []string{text})
	if err != nil {
		return 0, err
	}
	return d.engine.Count(context.Background(), model.Query{Filter: f})
}

func testUploads(t *testing.T, d *demo) {
	want := map[string]int64{}
	for _, e := range d.events {
		want[at(e, "eventName")]++
	}
	a, err := inquiry.Encryption(context.Background(), d.engine, model.Filter{}, "bucket", "")
	if err != nil {
		t.Fatal(err)
	}
	if u := a.Uploads; u.Started != want["CreateMultipartUpload"] || u.Completed != want["CompleteMultipartUpload"] || u.Unfinished+u.Aborted+u.WithoutStart != 0 {
		t.Errorf("uploads: %+v, want %d and %d", u, want["CreateMultipartUpload"], want["CompleteMultipartUpload"])
	}
}

func fixedNow() time.Time { return time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC) }
