package ui

import (
	"context"
	"fmt"
	"regexp"
	"testing"

	"trailsift/model"
	"trailsift/ui/screen/presets"
)

func TestObjectsAreWalkedAndFilteredFromAnyNode(t *testing.T) {
	m := newMemory(600)
	for i := range m.rows {
		if i%5 == 0 {
			m.rows[i][model.FieldBucket] = "acme-logs"
		}
		if i%7 == 1 {
			m.rows[i][model.FieldKey] = "odd*prefix?/deep/er/and/deeper/x"
		}
	}
	p := start80(t, m, nil)
	p.press("esc", "3")
	p.shows("Objects in all buckets", "▸ acme-finance", "480", "acme-logs", "120")
	p.press("enter")
	p.shows("Objects in s3://acme-finance/", "finance/", "odd*prefix?/", "(the bucket itself)")
	p.press("j", "enter", "enter", "enter", "enter", "enter")
	p.shows("s3://acme-finance/odd*prefix?/deep/er/and/deeper/", "▸ x")
	p.press("q", "+")
	p.shows("Events: acme-financ", "69 of 600", `key:odd\*prefix\?/deep/er/and/deeper/*`)
	p.press("q", "q", "q", "q", "q")
	p.shows("▸ odd*prefix?/")
	p.press("-")
	p.shows("Events: without", "of 600")
	p.press("q", "q")
	p.shows("Objects in all buckets", "▸ acme-finance")
	p.press("-")
	p.shows("120 of 600")
}

func TestTheNamesOfATreeDoNotLookLikeTheWhole(t *testing.T) {
	m, asked := newMemory(600), 0
	m.hook = func(_ context.Context, what string) error {
		if what == "nodes" {
			if asked++; asked > 1 { // the names come from the same place
				return context.Canceled
			}
		}
		return nil
	}
	p := startAt(t, m, 120, 40, nil)
	p.press("esc", "3")
	p.shows("1 entry so far", "▸ acme-finance", "600          …")
	p.hides("0 B", "2026-")
}

func TestTheTreeIsThatOfTheFilterLookedAt(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "l", "l", "+", "3")
	p.shows("under the filter op:GetObject", "258")
	p.press("0")
	p.shows("every request", "600")
}

// From a table of groups, and from one such screen to the next, what is looked at goes along.
func TestTheFilterOfAQuestionGoesAlongToTheScreens(t *testing.T) {
	a := &audits{}
	p := startAt(t, newMemory(600), 120, 40, func(o *Options) { o.Auditor = a })
	p.press("esc", "2", "j", "enter")
	p.shows("Denied requests by address", "enter opens the requests")
	p.press("3")
	p.shows("under the filter outcome:denied", "55")
	p.press("5")
	p.shows("Writes by bucket")
	if last := a.asked[len(a.asked)-1]; last != "bucket hour 1" {
		t.Errorf("the audit asked %q, not under the one term of the question", last)
	}
	p.press("4")
	p.shows("under the filter outcome:denied")
	p.press("5", "0")
	if last := a.asked[len(a.asked)-1]; last != "bucket hour 0" {
		t.Errorf("the audit of every write asked %q", last)
	}
	p.press("3")
	p.shows("every request", "600")
}

func TestTheTreeIsSortedByAnyColumn(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "3", "enter", "s")
	p.shows("NAME▲")
	p.press("s", "l", "l", "s")
	p.shows("DENIED▼")
	p.press("s")
	p.shows("DENIED▲")
}

// What left is bounded under the filter in force, behind everything else that is told.
func TestTheTreeTellsBetweenWhichBoundsReadsTook(t *testing.T) {
	m := newMemory(600)
	for i := range m.rows {
		if i%5 == 0 {
			m.rows[i][model.FieldBucket] = "acme-logs"
		}
	}
	a := &audits{}
	p := startAt(t, m, 120, 40, func(o *Options) { o.Auditor = a })
	p.press("esc", "3")
	p.shows("LEAST", "MOST", "reads took at least", "no bound")
	p.press("enter")
	p.shows("Objects in s3://acme-finance/", "reads took", " to ")
	p.press("1", "esc", "l", "l", "+", "3")
	p.shows("under the filter op:GetObject", "reads took at least")
	if got := a.asked; len(got) != 3 || got[0] != "bounds / 0" || got[1] != "bounds acme-finance/ 0" || got[2] != "bounds / 1" {
		t.Errorf("asked %q", got)
	}
}

// An answer that is longer than a screen holds says how long it is, and what it adds up to.
func TestALongAnswerSaysWhatItAddsUpTo(t *testing.T) {
	long := presets.Preset{Name: "taken", Topic: "transfers", Title: "What was taken", Filter: func(map[string]string) (model.Filter, error) { return model.Filter{}, nil },
		Table: func(context.Context, map[string]string) (presets.Table, error) {
			out := presets.Table{Names: []string{"key", "least"}, Number: 12_345, Says: []string{"12345 objects: between 5 and 7 bytes", "a second sentence"}}
			for i := range 12_345 {
				out.Lines = append(out.Lines, []any{fmt.Sprintf("key-%05d", i), int64(i)})
			}
			return out, nil
		}}
	p := startAt(t, newMemory(10), 80, 24, func(o *Options) { o.Presets = []presets.Preset{long} })
	p.press("esc", "2", "enter")
	p.shows("the first 10 000 of 12 345 lines", "12345 objects: between 5 and 7 bytes", "a second sentence", "key-00000")
	p.press("G")
	p.shows("key-09999", "a second sentence")
}

func TestObjectsTellOfRequestsWithoutABucket(t *testing.T) {
	m := newMemory(600)
	for i := range 40 {
		m.rows[i*3][model.FieldBucket], m.rows[i*3][model.FieldKey] = nil, nil
		m.rows[i*3][model.FieldOutcome] = []string{"ok", "denied"}[i%2]
	}
	m.summarise()
	p := start80(t, m, nil)
	p.press("esc", "3")
	p.shows("(no bucket) ", "ROWS", "ACTORS")
	if !regexp.MustCompile(`\(no bucket\) +40 +20 `).MatchString(p.screen()) {
		t.Errorf("not counted:\n%s", p.screen())
	}
	p.press("G", "O")
	p.shows("about no bucket")
	p.press("enter")
	p.shows("[1 -bucket", "40 of 600")
	p.press("q", "-")
	p.shows("[1 bucket", "560 of 600")
	// The names of all columns stay readable where some are hidden.
	p = startAudit(t, 80, 24, &audits{})
	p.press("esc", "3")
	p.shows("1/10 ▸", "ACTORS")
}
