package briefing

import (
	"fmt"
	"strings"
	"testing"

	"trailsift/model"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
)

func TestTheBriefingSaysWhichLeadsAreShown(t *testing.T) {
	b := New(theme.New(false), "c")
	b.SetOverview(model.Overview{Requests: 7, Listed: 9}, false)
	var leads []Lead
	for i := range 9 {
		leads = append(leads, Lead{Title: fmt.Sprint("lead ", i), Count: 1})
	}
	b.SetLeads(leads, true)
	shows := func(want ...string) {
		t.Helper()
		text := strings.Join(b.Lines(76, 10), "\n")
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%q is not in\n%s", w, text)
			}
		}
	}
	shows("7 requests in 9 rows", "leads 1 to 3 of 9, more below: j or down…", "lead 2")
	for range 5 {
		b.Act(keys.Down)
	}
	b.SetLeads(leads, false)
	shows("leads 4 to 6 of 9, more above and below", "lead 5")
	for range 5 {
		b.Act(keys.Down)
	}
	shows("leads 7 to 9 of 9, more above", "lead 8")
}
