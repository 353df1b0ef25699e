package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestALoadOfASpanMissesNothingThatItsDigestsList(t *testing.T) {
	b := newBucket(t, "acme-audit-logs")
	b.fill(t, "../../testdata/demo")
	dir := filepath.Join(t.TempDir(), "span.case")
	sum, errs, _ := b.loadIt(t, dir, "--region", "eu-west-1", "--since", "2026-03-10T10:30Z", "--until", "2026-03-10T12:30Z", "s3://acme-audit-logs")
	r := verified(t, dir, "--keys", "../../testdata/demo/keys/public-keys.json")
	if r.Result == "adverse" || r.Logs.Valid == 0 || r.Logs.Missing+r.Logs.Unlisted > 0 {
		t.Errorf("%+v", r)
	}
	if said := int64(b.fetched()); !strings.Contains(errs, " 1 of them of before: ") || sum.Members.Seen != said {
		t.Errorf("%d members of %d objects\n%s", sum.Members.Seen, said, errs)
	}
}
