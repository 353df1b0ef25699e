package e2e

import "testing"

// From a leaked key to its card, down to the credential it asked for, and back to the same row.
func TestTheWayOfALeakedKey(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.filter("access_key:AKIAQ7DEMOLEAKEDKEY1 op:GetObject outcome:denied")
	m.kept("25")
	m.keys("j", "j")
	m.at(3)
	before := body(m.still())
	m.keys("A")
	m.until("516 requests in 656 rows, 33 denied (5.0 %), 0 failed, 298 objects")
	m.keys("Tab", "Tab", "Tab", "j")
	m.until("▸   asked for ASIAQ7DEMOCHAINEDKEY BackupRole/awscli-session")
	m.keys("A")
	m.until("─ASIAQ7DEMOCHAINEDKEY", "access key", "34 requests")
	m.keys("q")
	m.until("▸   asked for ASIAQ7DEMOCHAINEDKEY")
	m.keys("q")
	m.wait("the same row", func(s string) bool { return body(s) == before })
	m.keys("O")
	m.until("─acme-finance/payroll/", "✗ read, denied")
	m.keys("q", "4")
	m.until("▸ user/svc-backup-legacy 111122223333")
}

// From the hours that nothing was recorded in to what they coincide with.
func TestTheHoursThatNothingWasRecordedIn(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.keys("7")
	m.until("records: ")
	m.keys("c")
	m.until("Coverage 2026-03-02 00:00:00Z to 2026-03-16 00:00:00Z", "11 strips")
	m.keys("j", "Tab", "e")
	m.until("acme-web", "2026-03-08 01:00Z !  gap", "coincides with 2026-03-08 01:26:33Z", "█v!g!g!g!g!g")
	m.keys("t")
	m.until("2 changes", "▸ 2026-03-08 01:26:33Z StopLogging")
	m.keys("Enter")
	m.until(" 1 of 4 219", "StopLoggi")
}
