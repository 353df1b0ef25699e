package integrity

import (
	"strings"
	"testing"
)

// TestWhatALogIsThatNoDigestLists goes through the law's list in its order.
func TestWhatALogIsThatNoDigestLists(t *testing.T) {
	twins := func(s *stage) { s.second(func(t *trail) { t.name = "second" }) }
	for name, c := range map[string]struct {
		plan       func(*stage)
		plant      func(*stage) string
		class, why string
	}{
		"in a window whose next is proven":      {nil, func(s *stage) string { return s.plantAt(at(2, 30), "x") }, "unlisted", "proven"},
		"in the newest window":                  {nil, func(s *stage) string { return s.plantAt(at(5, 30), "x") }, "pending", "the next one may"},
		"soon after the newest window":          {nil, func(s *stage) string { s.until = at(12, 0); return s.plantAt(at(7, 0), "x") }, "pending", "yet to come"},
		"long after the newest window":          {nil, func(s *stage) string { s.until = at(12, 0); return s.plantAt(at(9, 0), "x") }, "outside_coverage", "no digest covers"},
		"in a gap":                              {func(s *stage) { s.stop() }, func(s *stage) string { return s.plantAt(at(3, 10), "x") }, "outside_coverage", "gap"},
		"in the last window before a gap":       {func(s *stage) { s.stop() }, func(s *stage) string { return s.plantAt(at(1, 30), "x") }, "unlisted", "proven"},
		"in a window whose digest is gone":      {nil, func(s *stage) string { s.remove(s.digest(2)); return s.plantAt(at(1, 30), "x") }, "unverifiable", "absent or not proven"},
		"in a window whose next digest is gone": {nil, func(s *stage) string { s.remove(s.digest(3)); return s.plantAt(at(1, 30), "x") }, "unverifiable", "absent or not proven"},
		"where two whole trails are":            {twins, func(s *stage) string { return s.plantAt(at(2, 30), "x") }, "unlisted", "are proven"},
		"where one trail ends and another spans it": {twins, func(s *stage) string {
			s.remove(s.more[0][6].place(), s.more[0][5].place())
			return s.plantAt(at(4, 30), "x")
		}, "unlisted", "digests of the trail second that are not here"},
		"where one trail lost a digest, one did not": {twins, func(s *stage) string { s.remove(s.more[0][3].place()); return s.plantAt(at(1, 30), "x") }, "unverifiable", "absent or not proven"},
		"where one trail is in its newest, one is not": {twins, func(s *stage) string {
			s.remove(s.more[0][6].place(), s.more[0][5].place(), s.more[0][4].place())
			return s.plantAt(at(2, 30), "x")
		}, "pending", "the next one may"},
	} {
		t.Run(name, func(t *testing.T) {
			planted := ""
			_, r := run(t, c.plan, func(s *stage) { planted = c.plant(s) })
			if v := r.ByPath[planted]; v.Class != c.class || !strings.Contains(v.Why, c.why) {
				t.Errorf("%s: %s; want %s, %q", v.Class, v.Why, c.class, c.why)
			}
		})
	}
}
