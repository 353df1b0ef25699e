package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailsift/model/secret"
)

// secretsOf are the signatures and tokens that the demo's files hold.
func (d *demo) secretsOf(t *testing.T) []string {
	t.Helper()
	seen := map[string]bool{}
	var out []string
	add := func(s string) {
		if len(s) >= 16 && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	for _, e := range d.events {
		for _, path := range []string{"requestParameters.X-Amz-Signature", "requestParameters.X-Amz-Security-Token", "responseElements.credentials.sessionToken"} {
			add(at(e, path))
		}
	}
	for _, l := range d.lines {
		for _, cell := range l {
			for _, part := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune("?& \"", r) }) {
				if name, value, ok := strings.Cut(part, "="); ok && (strings.EqualFold(name, "X-Amz-Signature") || strings.EqualFold(name, "Signature") || strings.EqualFold(name, "X-Amz-Security-Token")) {
					add(value)
				}
			}
		}
	}
	return out
}

// TestNoSecretOfTheEvidenceLeaves exports, lists, groups and shows every record and looks for any
// signature or token of the raw files in what came out.
func TestNoSecretOfTheEvidenceLeaves(t *testing.T) {
	d := openDemo(t)
	secrets := d.secretsOf(t)
	if len(secrets) < 100 {
		t.Fatalf("the demo holds %d secrets", len(secrets))
	}
	dir := t.TempDir()
	told := func(what string, text []byte) {
		t.Helper()
		for _, s := range secrets {
			if bytes.Contains(text, []byte(s)) {
				t.Fatalf("%s gives %s away", what, s)
			}
		}
		if len(text) == 0 {
			t.Errorf("%s is empty", what)
		}
	}
	caseDir := d.Dir()
	if err := d.close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"all.csv", "all.json", "all.parquet"} {
		file := filepath.Join(dir, name)
		if _, code := command(t, "export", caseDir, "records:all", "-q", "-o", file); code != 0 {
			t.Fatalf("export %s: exit %d", name, code)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		told(name, text)
		manifest, err := os.ReadFile(file + ".manifest.json")
		if err != nil || !bytes.Contains(manifest, []byte(`"raw_secrets": 0`)) || bytes.Contains(manifest, []byte(`"redacted_values": 0,`)) {
			t.Errorf("the manifest of %s: %v", name, err)
		}
		told(name+" manifest", manifest)
	}
	for _, args := range [][]string{
		{"query", caseDir, "records:all", "--columns", "request,response,extra,referer,agent,error_message,json.requestParameters.X-Amz-Signature", "--format", "jsonl"},
		{"query", caseDir, "auth:query", "--group-by", "request,extra"},
		{"facets", caseDir, "auth:query", "--fields", "request,extra,referer", "--top", "1000"},
		{"audit", "links", caseDir, "--format", "json"},
		{"preset", "run", caseDir, "presigned-url-use"},
	} {
		out, code := command(t, args...)
		if code != 0 && args[0] != "query" {
			t.Errorf("%v: exit %d", args, code)
		}
		if code == 0 {
			told(strings.Join(args[:1], " "), []byte(out))
		}
	}
	ids, _ := command(t, "query", caseDir, "log:access auth:query extra~Signature=", "--columns", "member,record", "--limit", "3", "--format", "csv")
	for _, line := range strings.Split(strings.TrimSpace(ids), "\n")[1:] {
		member, record, _ := strings.Cut(line, ",")
		out, code := command(t, "show", caseDir, member+":"+record)
		if told("show", []byte(out)); code != 0 || secret.Marks(out) == 0 {
			t.Errorf("show %s: exit %d, no mark", line, code)
		}
	}
	// Raw records are what the evidence says, and the manifest warns.
	file := filepath.Join(dir, "raw.jsonl")
	if _, code := command(t, "export", caseDir, "auth:query", "-q", "-o", file); code != 0 {
		t.Fatal("export of JSON lines failed")
	}
	text, _ := os.ReadFile(file)
	manifest, _ := os.ReadFile(file + ".manifest.json")
	if !bytes.Contains(text, []byte(secrets[0])) && secret.Holds(string(text)) == 0 || bytes.Contains(manifest, []byte(`"raw_secrets": 0`)) {
		t.Error("JSON lines hold no raw secret, or the manifest does not say so")
	}
}
