package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStory19AnAlteredFileLeadsToItsRecords(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.keys("6")
	m.until("Chains", "digests 1 076/1 076 proven", "logs 542/545 match", "✗ 1 altered", "✗ 1 missing", "! 1 unlisted", "· 1 gap 5h8m43s", "DEMO KEY", "a hash proves delivery, not truth")
	m.keys("Enter")
	m.until("▸ ✗a 03-11 03:07-04:07Z")
	m.keys("Enter")
	m.until("▸ ✗a altered", "485ad518b6636f95765a575528763c69e4f3fe71ba6283f953d8db9637d0fb91")
	before := body(m.still())
	m.keys("Enter")
	m.kept("10")
	m.until("10.20.3.21")
	m.keys("q")
	m.wait("the same place", func(s string) bool { return body(s) == before })
	m.keys("q", "q")
	m.until("─Chains")
}

// body is a screen without its last lines, which hold notices for a while.
func body(screen string) string {
	lines := strings.Split(strings.TrimRight(screen, "\n"), "\n")
	return strings.Join(lines[:len(lines)-3], "\n")
}

func TestStory20NoDigestIsNotFine(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.keys("6")
	m.until("Chains")
	m.keys("c")
	s := m.until("Time that nothing vouches for", "1 stretch, 5h8m43s in 6 hours", "▸03-08")
	for _, line := range strings.Split(s, "\n") {
		if strings.HasPrefix(line, spelt("▸03-08")) {
			if n := strings.Count(strings.Split(line, "   ")[0], spelt("·g")); n != 6 || !strings.Contains(line, "gap: no digest") {
				t.Errorf("%d hours are marked: %q", n, line)
			}
			return
		}
	}
	t.Errorf("the day of the gap is not on screen:\n%s", s)
}

func TestTheProofOfARecordStandsBesideTheList(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 160, 50, nil)
	m.filter("integrity:altered")
	m.kept("10")
	m.keys("V")
	m.until("window 2026-03-11 03:07:31Z to 04:07:31Z", "─Proof", "✗ altered: the file does not match", "(DEMO KEY)", "previous valid, 2026-03-11 02:07:31Z", "next     valid", "338 of 338")
	m.keys("0")
	m.kept("4 219")
	m.until("gap 2026-03-08 01:33:12Z to 06:41:55Z")
	m.filter("log:access")
	m.until("a server access log")
	m.keys("V")
	m.until("─Detail")
}

func TestTheIncidentWindowChangesWhatIsVerified(t *testing.T) {
	t.Parallel()
	m, dir := caseAt(t, 120, 40, nil)
	m.keys("W")
	m.until("now: no window is set")
	m.keys("C-u")
	m.text("2026-03-08")
	m.keys("Tab", "C-u")
	m.text("2026-03-09")
	m.keys("Enter")
	m.until("the incident window is 2026-03-08 00:00:00Z to 2026-03-09 00:00:00Z")
	m.keys("6")
	m.until("r runs again: evidence, keys or the incident window changed")
	m.keys("r")
	m.until("incident window 2026-03-08 00:00:00Z to 2026-03-09 00:00:00Z", "verified: digests", "1 gap")
	if s := m.settled(); strings.Contains(s, "r runs again") || strings.Contains(s, spelt("✗ 1 altered")) {
		t.Errorf("the run did not take the window:\n%s", s)
	}
	ledger, err := os.ReadFile(filepath.Join(dir, "ledger.jsonl"))
	if err != nil || !strings.Contains(string(ledger), `"act":"window"`) || !strings.Contains(string(ledger), `"act":"verify"`) {
		t.Errorf("the ledger lacks the acts: %v\n%s", err, ledger)
	}
	m.keys("W", "Tab", "Tab", "Right")
	m.until("[clear]")
	m.keys("Enter")
	m.until("no incident window is set")
}
