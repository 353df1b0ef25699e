package cli

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// loadIt runs a load of the demo bucket with its own words for what to take.
func (b *bucket) loadIt(t *testing.T, dir string, args ...string) (sum loadSummary, errs string, code int) {
	t.Helper()
	out, errs, code := said(t, append([]string{"load", "--format", "json", "--case", dir, "--endpoint-url", b.url}, args...)...)
	if out != "" {
		if err := json.Unmarshal([]byte(out), &sum); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	return sum, errs, code
}

func (b *bucket) fetched() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, k := range b.gets {
		n += k
	}
	return n
}

func TestALoadThatSaysNotWhatStopsAfterTheEstimate(t *testing.T) {
	b := serve(t, "../../testdata/demo")
	dir := filepath.Join(t.TempDir(), "x.case")
	for _, places := range [][]string{{"s3://demo-logs"}, {"s3://demo-logs/acme-audit-logs/"}, {"--region", "us-east-1", "s3://demo-logs"}} {
		_, errs, code := b.loadIt(t, dir, places...)
		for _, want := range []string{"found    ", "streams of CloudTrail logs", "to take  ", " LIST (made) + ", "retrieval fees", "time     about", "nothing was fetched: what of s3://demo-logs", "hint: narrow it with --account"} {
			if code != exitUsage || !strings.Contains(errs, want) {
				t.Errorf("%q: exit %d, without %q:\n%s", places, code, want, errs)
			}
		}
	}
	if n := b.fetched(); n != 0 {
		t.Errorf("%d objects were fetched", n)
	}
}

func TestWhatIsAskedForIsTaken(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: short run")
	}
	b := serve(t, "../../testdata/demo")
	for name, c := range map[string]struct {
		args []string
		seen func(n int64) bool
		says string
	}{
		"a day":                       {[]string{"--since", "2026-03-05", "--until", "2026-03-06", "s3://demo-logs"}, func(n int64) bool { return n > 50 && n < 800 }, "from 2026-03-05"},
		"an account and a Region":     {[]string{"--account", "111122223333", "--region", "us-east-1", "s3://demo-logs"}, func(n int64) bool { return n > 100 }, "access logs whose names tell no account"},
		"a prefix that names a day":   {[]string{"s3://demo-logs/acme-audit-logs/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/05/"}, func(n int64) bool { return n > 10 && n < 200 }, "1 stream of CloudTrail logs"},
		"six hours before the newest": {[]string{"--last", "6h", "s3://demo-logs"}, func(n int64) bool { return n > 10 && n < 100 }, "from 2026-03-15T"},
	} {
		t.Run(name, func(t *testing.T) {
			sum, errs, code := b.loadIt(t, filepath.Join(t.TempDir(), "x.case"), c.args...)
			if code != 0 || !c.seen(sum.Members.Seen) || sum.Members.Loaded == 0 || !strings.Contains(errs, c.says) {
				t.Errorf("exit %d, %+v\n%s", code, sum.Members, errs)
			}
		})
	}
}

func TestWhatTheCaseHoldsIsNoCostAgain(t *testing.T) {
	b := serve(t, "../../testdata/demo")
	dir := filepath.Join(t.TempDir(), "x.case")
	day := []string{"--since", "2026-03-05", "--until", "2026-03-05T06:00Z", "s3://demo-logs"}
	first, _, _ := b.loadIt(t, dir, day...)
	before := b.fetched()
	_, errs, code := b.loadIt(t, dir, day...)
	if code != 0 || b.fetched() != before || first.Members.Loaded == 0 || !strings.Contains(errs, "are in the case already") || !strings.Contains(errs, "LIST (made) + 0 GET") {
		t.Errorf("exit %d, %d fetched again: %s", code, b.fetched()-before, errs)
	}
}

func TestFlagsAboutBucketsAreChecked(t *testing.T) {
	for _, args := range [][]string{
		{"--account", "1111", "s3://x-logs"}, {"--region", "us-east", "s3://x-logs"}, {"--last", "soon", "s3://x-logs"}, {"--last", "7d", "--since", "2026-03-01", "s3://x-logs"},
		{"--since", "yesterday", "s3://x-logs"}, {"--since", "2026-03-02", "--until", "2026-03-01", "s3://x-logs"}, {"--all", "../../testdata/demo"}, {"--since", "2026-03-01", "."},
	} {
		_, errs, code := said(t, append([]string{"load", "--case", filepath.Join(t.TempDir(), "x.case")}, args...)...)
		if code != exitUsage || !strings.Contains(errs, "hint: ") {
			t.Errorf("%q: exit %d: %s", args, code, errs)
		}
	}
}

func TestABucketWithoutLogsSaysSo(t *testing.T) {
	b := serve(t, "../../testdata/demo")
	_, errs, code := b.loadIt(t, filepath.Join(t.TempDir(), "x.case"), "--account", "999999999999", "s3://demo-logs/acme-audit-logs/")
	if code != exitNothing || !strings.Contains(errs, "no logs of what was asked for") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
