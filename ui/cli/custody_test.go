package cli

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// demoDays copies two days of one chain of the demo evidence, with keys and metadata, and returns the
// folder and one of its log files.
func demoDays(t *testing.T) (dir, log string) {
	t.Helper()
	const demo, trail = "../../testdata/demo", "acme-audit-logs/AWSLogs/111122223333"
	dir = t.TempDir()
	for _, part := range []string{"keys", trail + "/CloudTrail/us-east-1/2026/03/11", trail + "/CloudTrail-Digest/us-east-1/2026/03/11", trail + "/CloudTrail-Digest/us-east-1/2026/03/12"} {
		if err := os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join(demo, part))); err != nil {
			t.Fatal(err)
		}
	}
	metadata, err := os.ReadFile(filepath.Join(demo, "metadata.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "metadata.json"), metadata, 0o644); err != nil {
		t.Fatal(err)
	}
	logs, err := filepath.Glob(filepath.Join(dir, trail, "CloudTrail/us-east-1/2026/03/11/*"))
	if err != nil || len(logs) < 5 {
		t.Fatalf("%d logs: %v", len(logs), err)
	}
	return dir, logs[4]
}

// command runs one command line and returns its output and exit code.
func command(t testing.TB, args ...string) (stdout string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Main(context.Background(), args, strings.NewReader(""), &out, &errs)
	if code == exitBug {
		t.Fatal(errs.String())
	}
	return out.String(), code
}

// reportOf reads verify's JSON without what only a case can tell.
func reportOf(t *testing.T, text string) string {
	t.Helper()
	var r map[string]any
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%v in %.200q", err, text)
	}
	for _, f := range r["findings"].([]any) {
		delete(f.(map[string]any), "records")
	}
	out, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestVerifyTellsTheSameOfAFolderAndOfItsCase goes through the database; loaders holds more ways of
// tampering against each other.
func TestVerifyTellsTheSameOfAFolderAndOfItsCase(t *testing.T) {
	var planted bytes.Buffer
	z := gzip.NewWriter(&planted)
	_, _ = z.Write([]byte(`{"Records":[{"eventVersion":"1.11","eventTime":"2026-03-11T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","eventID":"09395fe4-9624-e882-aa93-62cbb8934595"}]}`))
	_ = z.Close()
	for name, c := range map[string]struct {
		tamper func(log string, content []byte) error
		code   int // verify's exit code, which the demo's own planted file makes 1
		load   int // load's exit code
		badges map[string]string
	}{
		"as it is":         {func(string, []byte) error { return nil }, 1, 0, map[string]string{"altered": "10"}},
		"altered":          {func(log string, _ []byte) error { return os.WriteFile(log, planted.Bytes(), 0o644) }, 1, 0, map[string]string{"altered": "11"}},
		"cut in half":      {func(log string, b []byte) error { return os.WriteFile(log, b[:len(b)/2], 0o644) }, 1, exitIncomplete, nil},
		"empty":            {func(log string, _ []byte) error { return os.WriteFile(log, nil, 0o644) }, 1, 0, nil},
		"with another log": {func(log string, b []byte) error { return os.WriteFile(log, append(b, planted.Bytes()...), 0o644) }, 1, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir, log := demoDays(t)
			content, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.tamper(log, content); err != nil {
				t.Fatal(err)
			}
			at := filepath.Join(t.TempDir(), "x.case")
			if _, code := command(t, "load", "-q", "--case", at, dir); code != c.load {
				t.Fatalf("load: exit %d, want %d", code, c.load)
			}
			fromFolder, code := command(t, "verify", "--format", "json", dir)
			fromCase, codeOfCase := command(t, "verify", "--format", "json", at)
			if code != c.code || codeOfCase != c.code {
				t.Errorf("exit %d and %d, want %d", code, codeOfCase, c.code)
			}
			if a, b := reportOf(t, fromFolder), reportOf(t, fromCase); a != b {
				t.Errorf("of the folder:\n%s\nof the case:\n%s", a, b)
			}
			for badge, want := range c.badges {
				if got, _ := command(t, "query", at, "integrity:"+badge, "--count"); strings.TrimSpace(got) != want {
					t.Errorf("%s records are %s, want %s", strings.TrimSpace(got), badge, want)
				}
			}
		})
	}
}
