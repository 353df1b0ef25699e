package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func testProgram(t *testing.T) *program {
	t.Helper()
	dir := t.TempDir()
	return &program{getenv: func(k string) string {
		if k == "XDG_DATA_HOME" || k == "XDG_CONFIG_HOME" {
			return filepath.Join(dir, k)
		}
		return ""
	}}
}

func TestCaseForIsTheSameForTheSameSources(t *testing.T) {
	p := testProgram(t)
	a, err := p.caseFor([]string{"b", "./a"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.caseFor([]string{"./x/../a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	if a != b {
		t.Errorf("order and spelling of sources changed the case: %s, %s", a, b)
	}
	c, err := p.caseFor([]string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	if c == a {
		t.Error("other sources got the same case")
	}
	if !strings.HasSuffix(a, ".case") {
		t.Errorf("%s does not end in .case", a)
	}
}

func TestBaseNamesAreSafeAsFolders(t *testing.T) {
	for source, want := range map[string]string{
		"/evidence/march logs": "march-logs",
		"s3://bucket/../..":    "evidence",
		"-":                    "stdin",
		"/":                    "evidence",
		"/tmp/\x1b[2J":         "2J",
		"..":                   "evidence",
	} {
		if got := baseName(source); strings.ContainsAny(got, "/\x1b ") || got == ".." || (want != "" && !strings.HasSuffix(got, want)) {
			t.Errorf("baseName(%q) = %q, want %q", source, got, want)
		}
	}
}

func TestACaseInsideTheEvidenceIsRefused(t *testing.T) {
	dir := t.TempDir()
	inside := filepath.Join(dir, "sub", "x.case")
	if err := refuseInsideEvidence(inside, []string{dir}); codeOf(err) != exitUsage {
		t.Errorf("%v, want a usage error", err)
	}
	if err := refuseInsideEvidence(filepath.Join(filepath.Dir(dir), "other.case"), []string{dir}); err != nil {
		t.Errorf("a case beside the evidence: %v", err)
	}
}

func TestAFileIsNoCase(t *testing.T) {
	p := testProgram(t)
	f := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(f, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.existingCase(f); codeOf(err) != exitUsage || !strings.Contains(err.Error(), "not a case") {
		t.Errorf("got %v", err)
	}
	if err := p.existingCase(filepath.Dir(f)); codeOf(err) != exitUsage || !strings.Contains(err.Error(), "no case") {
		t.Errorf("got %v", err)
	}
}
