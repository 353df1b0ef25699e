package ui

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/integrity"
)

// held is a custodian whose runs end when the test lets them.
func held(c *custodian) *custodian {
	c.hold = func(ctx context.Context, p *model.Progress) error {
		p.Stage.Store("verifying")
		<-ctx.Done()
		return ctx.Err()
	}
	return c
}

// conditions are the states of the verify screen that no key leads to.
var conditions = map[string]func(m *memory, o *Options){
	"verify-none": func(m *memory, o *Options) {
		o.Custodian, m.over.Verification = &custodian{}, nil
		m.over.Members[model.KindDigest] = 181
	},
	"verify-no-digests": func(m *memory, o *Options) { o.Custodian, m.over.Verification = &custodian{}, nil },
	"verify-vouchless": func(m *memory, o *Options) {
		r := &integrity.Report{ByFile: map[*integrity.File]integrity.LogVerdict{}}
		r.Logs = integrity.LogCounts{Total: 12, OutsideCoverage: 12}
		o.Custodian = &custodian{report: r}
	},
	"verify-unable": func(m *memory, o *Options) { o.Custodian = nil },
	"verify-stale": func(m *memory, o *Options) {
		r := newReport()
		r.Stale = true
		o.Custodian = &custodian{report: r}
	},
	"verify-demo": func(m *memory, o *Options) {
		r := newReport()
		r.Demo = true
		o.Custodian = &custodian{report: r}
	},
	"verify-keyless": func(m *memory, o *Options) {
		r := newReport()
		r.Keys = nil
		o.Custodian = &custodian{report: r}
	},
}

func TestTheVerifyScreenExplainsWhatItCannotShow(t *testing.T) {
	for name, change := range conditions {
		for _, size := range sizes {
			t.Run(name+"-"+size.name, func(t *testing.T) {
				m := newMemory(600)
				p := startAt(t, m, size.w, size.h, func(o *Options) { change(m, o) })
				p.press("esc", "6")
				p.golden(name + "-" + size.name)
				for _, w := range []int{40, 79, 133, 200} {
					p.send(tea.WindowSizeMsg{Width: w, Height: size.h})
					checkFrame(t, p, name)
				}
			})
		}
	}
}

func TestDrillingFromAChainToRecordsAndBack(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "6")
	p.shows("digests 177/181 proven", "logs 3/10 match", "own span 2026-03-01 00:07Z")
	chains := p.screen()
	p.press("enter")
	p.shows("Digests of 111122223333 eu-west-1 org-main", "▸ ✗a 03-01 06:07-07:07Z")
	p.press("up", "up", "up", "up")
	p.shows("▸ ✓  03-01 02:07-03:07Z")
	digests := p.screen()
	p.press("enter")
	p.shows("Log files of 111122223333_CloudTrail-Digest", "▸ ✓  matches", "its content is what CloudTrail delivered", "expected ec31682fde56", "found    ec31682fde56")
	files := p.screen()
	p.press("enter")
	p.shows("Events: file 111122", "0211Z_x1.json.gz", "[1 member:111122223333_CloudTrail_eu-west-1_20260301T0200Z_x1.json", "512 of 600")
	for _, want := range []string{files, digests} {
		p.press("q")
		if got := p.screen(); got != want {
			t.Errorf("q came back to\n%s\nwant\n%s", got, want)
		}
	}
	p.press("q")
	if got := p.screen(); got != chains {
		t.Errorf("q came back to\n%s\nwant\n%s", got, chains)
	}
	p.press("q")
	p.shows("Leave trailsift?")
}

func TestAMissingFileOrDigestHasNothingToOpen(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "6", "a", "down")
	p.shows("▸ ✗m missing")
	p.press("enter")
	p.shows("the file is not here")
	p.press("q", "c", "down")
	p.shows("Time that nothing vouches for", "▸ ✗d digests missing")
	p.press("enter")
	p.shows("▸ ✗d 03-02 08:07-09:07Z")
	p.press("enter")
	p.shows("the digest is not here")
}

func TestTheStripOfHoursOpensTheDigestOfAnHour(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "6", "tab")
	p.shows("hour     ✗a log altered")
	p.press("e")
	p.shows("2026-03-01 14:00:00Z", "✗m log missing")
	p.press("enter")
	p.shows("Log files of 111122223333_CloudTrail-Digest", "▸ ✗m missing", "!u unlisted")
	p.press("q", "q", "tab", "E", "E")
	p.shows("2026-03-01 06:00:00Z")
	p.press("esc", "e")
	p.hides("hour     ✗a")
}

func TestOnlyProblemsAreShown(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "6", "f")
	p.shows("Chains: only problems", "2 chains")
	p.hides("all 72 match")
	p.press("enter", "f")
	p.shows("only problems", "8 lines")
	p.press("a")
	p.shows("Log files: only problems", "7 files")
	p.press("f")
	p.shows("10 files", "matches")
}

func TestKeysAreShownWithTrustOriginAndHash(t *testing.T) {
	p := startAt(t, newMemory(600), 160, 50, nil)
	p.press("esc", "6", "K", "g")
	p.shows("examiner", "evidence", "DEMO KEY", "keys/keys␛[2J.json", "evidence/keys.json", "given by the examiner, who vouches for it")
	p.press("down", "down")
	p.shows("DEMO KEY: its private half is public, it proves nothing", "f152847e017518bbbaa8df20c492a202")
	p.press("F")
	p.shows("Findings", "log-hash-mismatch", "adverse")
}

func TestVerifyingIsAJobAfterWhichEverythingIsAskedAgain(t *testing.T) {
	m := newMemory(600)
	m.over.Members[model.KindDigest] = 181
	c := &custodian{}
	p := start80(t, m, func(o *Options) { o.Custodian = c })
	p.press("esc", "6")
	p.shows("not verified yet: 181 digest files are among the evidence", "r verifies")
	p.press("r")
	p.shows("verified: digests 177/181 proven", "Chains")
	if c.runs != 1 {
		t.Errorf("%d runs", c.runs)
	}
	c.err = errors.New("disk \x1b[2J full")
	p.press("r")
	p.shows("verification failed: disk ␛[2J full", "Chains")
}

func TestAVerificationCanBeStoppedAndRunAgain(t *testing.T) {
	for _, key := range []string{"esc", "ctrl+c"} {
		c := held(&custodian{report: newReport()})
		p := start80(t, newMemory(600), func(o *Options) { o.Custodian = c })
		p.press("esc", "6")
		_, cmd := p.root.Update(keyPress("r"))
		done := make(chan tea.Msg, 1)
		go func() { done <- flat(cmd()) }()
		p.shows("● verifying")
		p.press("r")
		p.shows("the verification is running")
		p.press(key)
		p.shows("stop")
		p.send(<-done)
		p.shows("verification: stopped; what was committed is kept", "Chains")
		if p.root.pending() != "" || p.root.jobs.count() != 0 {
			t.Errorf("still pending after %s", key)
		}
	}
}

// flat is the end of a job out of whatever batch it came in.
func flat(m tea.Msg) tea.Msg {
	if b, ok := m.(tea.BatchMsg); ok {
		for _, c := range b {
			if c != nil {
				if m := flat(c()); m != nil {
					return m
				}
			}
		}
		return nil
	}
	if d, ok := m.(jobDone); ok {
		return d
	}
	return nil
}

func TestAnOldVerificationOffersToRunAgain(t *testing.T) {
	m := newMemory(600)
	r := newReport()
	m.over.Verification.Stale = true
	p := start80(t, m, func(o *Options) { o.Custodian = &custodian{report: r} })
	p.press("esc", "6")
	p.shows("changed", "r runs again")
}

func TestForeignTextOfAVerificationDoesNotAct(t *testing.T) {
	p := startAt(t, newMemory(600), 160, 50, nil)
	p.press("esc", "6")
	for _, keys := range [][]string{{"G"}, {"enter"}, {"q", "a", "G"}, {"q", "K"}, {"q", "F", "down", "down"}, {"q", "c"}} {
		for _, k := range keys {
			p.press(k)
			content := p.root.View().Content
			for _, bad := range []string{"\x1b]", "\x1b[31m\n", "\x1b[2J", "\a", "\u202e"} {
				if strings.Contains(content, bad) {
					t.Fatalf("after %v %q reached the terminal", keys, bad)
				}
			}
			checkFrame(t, p, fmt.Sprint(keys))
		}
	}
}

func TestRandomKeysOnTheVerifyScreen(t *testing.T) {
	pool := []string{"h", "j", "k", "l", "H", "L", "up", "down", "left", "right", "pgup", "pgdown", "g", "G", "tab", "6", "6", "enter", "enter", "esc", "q",
		"f", "c", "a", "K", "F", "e", "E", "r", "y", "?", ":", "M", "J", "1", "7", "V", "W"}
	random := rand.New(rand.NewSource(11))
	p := start80(t, newMemory(100), func(o *Options) { o.Clock = nil })
	p.press("esc", "6")
	for i := range 1500 {
		if i%40 == 39 {
			p.send(tea.WindowSizeMsg{Width: 1 + random.Intn(200), Height: 1 + random.Intn(60)})
		}
		k := pool[random.Intn(len(pool))]
		p.press(k)
		checkFrame(t, p, fmt.Sprintf("key %d %q", i, k))
	}
}
