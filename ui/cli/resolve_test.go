package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailsift/loaders"
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

func TestWhatWasLeftOutIsToldInNumbers(t *testing.T) {
	for want, m := range map[string]loaders.MemberCounts{
		"not all could be loaded: 1 file rejected, 2 records rejected":                     {Rejected: 1},
		"not all could be loaded: 2 records rejected, 3 files unreadable":                  {Unreadable: 3},
		"not all could be loaded: 5 files rejected, 2 records rejected, 1 file unreadable": {Rejected: 5, Unreadable: 1},
	} {
		if got := leftOut(loaders.Summary{Members: m, Records: loaders.RecordCounts{Rejected: 2}}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestACaseInItsUsualPlaceIsNamedByItsLastPart(t *testing.T) {
	p := testProgram(t)
	cases, err := p.casesDir()
	if err != nil {
		t.Fatal(err)
	}
	here := filepath.Join(cases, "march.case")
	elsewhere := filepath.Join(t.TempDir(), "march.case")
	for _, dir := range []string{here, elsewhere} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, databaseName), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := p.shortName(here); got != "march" {
		t.Errorf("%s is named %s", here, got)
	}
	if got := p.shortName(elsewhere); got != elsewhere {
		t.Errorf("%s is named %s", elsewhere, got)
	}
}
