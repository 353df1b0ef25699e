package cli

import (
	"bytes"
	"strings"
	"testing"

	"trailsift/model/integrity"
)

// TestTheTextOfAReportTellsWhatNoFindingDoes and keeps the words people search for.
func TestTheTextOfAReportTellsWhatNoFindingDoes(t *testing.T) {
	backfill := integrity.Chain{Account: "111122223333", Region: "us-east-1", Trail: "main", Kind: integrity.Backfill, Digests: integrity.DigestCounts{Total: 2, Valid: 1, Invalid: 1}}
	for name, c := range map[string]struct {
		report    integrity.Report
		want, not string
	}{
		"logs that cannot be verified": {integrity.Report{Result: integrity.ResultIncomplete, Logs: integrity.LogCounts{Total: 3, Valid: 1, Unverifiable: 2}},
			"2 log files could not be verified", "backfill"},
		"nothing left open": {integrity.Report{Result: integrity.ResultVerified, Logs: integrity.LogCounts{Total: 3, Valid: 3}},
			"3/3 log files valid", "could not be verified"},
		"backfill digests": {integrity.Report{Result: integrity.ResultAdverse, Chains: []integrity.Chain{backfill}, Digests: backfill.Digests},
			"1/2 backfill digest files valid, 1/2 backfill digest files INVALID", "could not be verified"},
		"a span of 9,999 years": {integrity.Report{Result: integrity.ResultVerified, Coverage: integrity.Coverage{Covered: 9998 * 365 * 86400}},
			"covered 87582480h0m0s", "covered -"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			p := &program{stdout: &out}
			p.printReport(&c.report)
			if text := out.String(); !strings.Contains(text, c.want) || strings.Contains(text, c.not) {
				t.Errorf("want %q and not %q in\n%s", c.want, c.not, text)
			}
		})
	}
}
