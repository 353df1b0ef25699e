package ui

import (
	"context"
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/integrity"
)

func TestTheProofPaneFollowsTheCursor(t *testing.T) {
	m := newMemory(600)
	p := startAt(t, m, 160, 50, nil)
	p.press("esc", "V")
	p.shows("─Proof", "its content is what CloudTrail delivered", "✓ valid, window 2026-03-01 02:07:31Z to 03:07:31Z",
		"previous valid, 2026-03-01 01:07:31Z", "next     by successor", "gaps     none in the time on screen", "given by the examiner", "63 of 67")
	p.hides("─Detail")
	for range 9 {
		p.press("down")
	}
	p.shows("- n/a", "a server access log")
	p.hides("previous valid", "digest   ✓")
	p.press("up")
	p.shows("digest   ✓ valid")
	p.press("V")
	p.shows("─Detail", "record 9")
	p.hides("─Proof")
	p.press("V", "d")
	p.shows("─Detail")
}

func TestTheProofPaneTellsOfGapsInTheTimeOnScreen(t *testing.T) {
	m := newMemory(600)
	m.rows[599][model.FieldTime] = start.AddDate(0, 0, 3)
	p := startAt(t, m, 160, 50, nil)
	p.press("esc", "V")
	p.shows("gap 2026-03-02 16:07:31Z to 21:07:31Z", "coincides with 2026-03-02T16:00:31Z StopLogging by", "digests missing", "and 2 more")
}

func TestTheProofPaneScrollsWithTheKeysOfAPane(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "V", "tab")
	p.hides("limit ")
	p.press("G")
	p.shows("limit ", "1 of 600")
	p.press("g")
	p.shows("badge    ✓")
	p.press("+")
	p.shows("no value to filter on")
	p.press("y", "enter")
	p.shows("─Proof")
	p.press("esc", "down")
	p.shows("─Proof", "2 of 600")
	p.press("esc", "enter")
	p.shows("─Detail")
	p.hides("─Proof")
}

func TestTheProofPaneSaysWhatItDoesNotKnow(t *testing.T) {
	for want, change := range map[string]func(o *Options){
		"never verified":                 func(o *Options) { o.Custodian = &custodian{} },
		"this session cannot verify":     func(o *Options) { o.Custodian = nil },
		"evidence, keys or the incident": func(o *Options) { r := newReport(); r.Stale = true; o.Custodian = &custodian{report: r} },
		"did not judge this file": func(o *Options) {
			o.Custodian = &custodian{report: &integrity.Report{ByFile: map[*integrity.File]integrity.LogVerdict{}}}
		},
		"could not read the verification:": func(o *Options) { o.Custodian = broken{&custodian{report: newReport()}} },
	} {
		p := startAt(t, newMemory(60), 160, 50, change)
		p.press("esc", "V")
		p.shows(want)
		if p.root.pending() != "" {
			t.Errorf("still pending: %s", p.root.pending())
		}
	}
}

// broken is a custodian whose verdicts cannot be read.
type broken struct{ *custodian }

func (broken) Verdicts(context.Context) (map[model.MemberID]model.Verdict, error) {
	return nil, errors.New("disk \x1b[2J gone")
}

func TestMovingWithTheProofPaneReadsNothing(t *testing.T) {
	m := newMemory(600)
	p := startAt(t, m, 160, 50, nil)
	p.press("esc", "V")
	m.hook = func(_ context.Context, what string) error {
		if what != "page" {
			t.Errorf("moving asked for %s", what)
		}
		return nil
	}
	p.press("down", "down", "pgdown", "up", "home")
	p.shows("─Proof")
}

func TestHostileNamesInTheProofPane(t *testing.T) {
	r := newReport()
	evil := "\x1b]0;x\a\u202e\n"
	for f, v := range r.ByFile {
		v.Why += evil
		r.ByFile[f] = v
	}
	r.Chains[0].Windows[2].Fingerprint = evil
	r.Chains[0].Trail = evil
	for i := range r.LogFiles {
		if f := r.LogFiles[i].File; f != nil {
			f.Path += evil
		}
	}
	p := startAt(t, newMemory(60), 160, 50, func(o *Options) { o.Custodian = &custodian{report: r} })
	p.press("esc", "V")
	p.shows("␛]0;x␇")
	for _, size := range [][2]int{{160, 50}, {120, 40}, {80, 24}, {40, 10}, {61, 19}} {
		p.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		checkFrame(t, p, "hostile proof")
		for _, bad := range []string{"\x1b]", "\a", "\u202e"} {
			if strings.Contains(p.root.View().Content, bad) {
				t.Fatalf("%q reached the terminal", bad)
			}
		}
	}
}

func BenchmarkMovingWithTheProofPane(b *testing.B) {
	p := startAt(b, newMemory(2000), 200, 60, nil)
	p.press("esc", "V")
	b.ReportAllocs()
	for b.Loop() {
		p.root.Update(keyPress("down"))
		_ = p.root.View().Content
	}
}
