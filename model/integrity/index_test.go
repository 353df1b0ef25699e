package integrity

import (
	"testing"
	"time"

	"trailsift/model"
)

func TestAnIndexOfTheDemoEvidenceFindsEveryThingAgain(t *testing.T) {
	r := demoReport(t)
	x := NewIndex(r)
	files := map[string]bool{}
	for c := range r.Chains {
		for w := range r.Chains[c].Windows {
			p := Place{c, w}
			if at, ok := x.Digest(x.Window(p).Object); !ok || at != p {
				t.Fatalf("the digest at %v is found at %v, %v", p, at, ok)
			}
			for _, f := range x.FilesOf(p) {
				files[f.Object] = true
			}
			before, after := x.Neighbours(p)
			if (before == nil) != (w == 0) || (after == nil) != (w == len(r.Chains[c].Windows)-1) {
				t.Fatalf("the neighbours of %v: %v %v", p, before, after)
			}
			if before != nil && x.Window(p).Previous != "" && before.Object != x.Window(p).Previous {
				t.Fatalf("%s names %s, the window before is %s", x.Window(p).Object, x.Window(p).Previous, before.Object)
			}
		}
	}
	if len(files) != r.Logs.Total {
		t.Errorf("the windows lead to %d log files, want all %d", len(files), r.Logs.Total)
	}
	var found []Uncovered
	for c := range r.Chains {
		found = append(found, x.Uncovered(c)...)
	}
	if len(found) != 1 || found[0].Lack != LackGap || found[0].To.Sub(found[0].From) != 18523*time.Second {
		t.Errorf("uncovered: %+v", found)
	}
	for _, f := range r.LogFiles {
		about := len(x.About(f.Object))
		if want := f.Class != classValid; (about > 0) != want {
			t.Errorf("%d findings about the %s file %s", about, f.Class, f.Object)
		}
	}
}

func TestAnIndexKnowsFilesByTheirMember(t *testing.T) {
	r := &Report{LogFiles: []LogFile{{Object: "a"}, {Object: "b", File: &File{Member: 7}}}}
	x := NewIndex(r)
	if f, ok := x.File(7); !ok || f.Object != "b" {
		t.Errorf("%+v, %v", f, ok)
	}
	if _, ok := x.File(model.MemberID(8)); ok {
		t.Error("a member that nobody judged was found")
	}
}

func TestWhatNothingVouchesForIsToldByItsReason(t *testing.T) {
	at := func(h int) time.Time { return chainStart.Add(time.Duration(h) * time.Hour) }
	from, to := at(-2), at(12)
	c := Chain{Kind: Standard, From: at(0), To: at(10), Windows: []Window{
		{From: at(0), To: at(1), Status: ValidSelf}, {From: at(1), To: at(2), Status: Invalid}, {From: at(2), To: at(4), Status: Missing},
		{From: at(5), To: at(6), Status: HashLinked}, {From: at(9), To: at(10), Status: ValidBySuccessor},
	}, Gaps: []Gap{{From: at(6), To: at(9), CoincidesWith: []string{"StopLogging"}}}}
	r := &Report{Range: RangeSummary{From: &from, To: &to, Source: "window"}, Chains: []Chain{c}}
	got := NewIndex(r).Uncovered(0)
	want := []struct {
		lack     Lack
		from, to int
	}{{LackBefore, -2, 0}, {LackUnproven, 1, 2}, {LackDigest, 2, 4}, {LackHole, 4, 5}, {LackGap, 6, 9}, {LackAfter, 10, 12}}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i, w := range want {
		if got[i].Lack != w.lack || !got[i].From.Equal(at(w.from)) || !got[i].To.Equal(at(w.to)) {
			t.Errorf("%d: got %+v, want %+v", i, got[i], w)
		}
	}
	r.Chains[0].Kind = Backfill
	if got := NewIndex(r).Uncovered(0); got != nil {
		t.Errorf("a backfill chain has %+v", got)
	}
}
