package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

// advice is an error that knows what to do.
type advice struct {
	error
	hint string
}

func (a advice) Advice() string { return a.hint }

func TestALoadThatStoppedSaysWhyWithinAScreen(t *testing.T) {
	m := newMemory(600)
	m.over.Unfinished = []model.Unfinished{{Sources: []string{"s3://acme-audit-logs"}, Why: "the session token has expired", Taken: 9, Total: 19}}
	done := make(chan error, 1)
	done <- advice{errors.New("the session token has expired"), "renew it, for example with aws sso login, and load again: what is there is not fetched twice; " +
		"at s3://acme-audit-logs/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/01/111122223333_CloudTrail_eu-west-1_20260301T0200Z_0123456789abcdef.json.gz"}
	p := startAt(t, m, 80, 24, func(o *Options) { o.Load = &Load{Name: "s3://acme-audit-logs", Done: done} })
	p.shows("loading stopped: the session token has expired; renew it",
		"not all is here: 9 of 19 files of s3://acme-audit-logs were taken: the", "session token has expired; R goes on")
	for _, key := range []string{"M", "J"} {
		p.press("esc", key)
		p.shows("the session token has expired", "aws sso login", "not fetched", "2026/03/01/", "0123456789abcdef.json.gz", "R goes on (load")
	}
	p.press("esc", "6")
	p.shows("not all is here, so what is missing may only not be taken yet")
	p.press("7")
	p.shows("not all is here: b tells why")
}

// loadingFor makes the one job of p a load that began so long ago; shown tells that records of it are.
func (p *program) loadingFor(ago time.Duration, progress *model.Progress, shown bool) {
	progress.Stage.Store("loading")
	p.root.jobs.list = []*job{{name: "load x", started: p.now.Add(-ago), progress: progress, loads: true, shown: shown}}
	p.root.painted.valid = false
}

func TestProgressFitsALine(t *testing.T) {
	progress := &model.Progress{}
	progress.MembersTotal.Store(5678)
	progress.MembersDone.Store(1234)
	progress.BytesTotal.Store(1000)
	progress.BytesDone.Store(430)
	progress.Records.Store(4_938_000)
	progress.Retries.Store(16)
	for _, c := range []struct {
		w      int
		hidden bool // nothing of it is committed
		status string
	}{
		{90, true, "loading 1 234/5 678 files 43% 4 938 000 records read, shown 122 880 at a time  J jobs"},
		{160, true, "43% 12 345 records/s 4 938 000 records read, shown 122 880 at a time 530 s left, 16 asked again  J jobs"},
		{80, false, "loading 1 234/5 678 files 43% 530 s left, 16 asked again  J jobs"},
		{90, false, "loading 1 234/5 678 files 43% 12 345 records/s 530 s left, 16 asked again  J jobs"},
		{120, false, "loading 1 234/5 678 files ▓▓▓▓░░░░░░ 43% 12 345 records/s 530 s left, 16 asked again  J jobs"},
	} {
		p := startAt(t, newMemory(600), c.w, 24, nil)
		p.press("esc")
		p.loadingFor(400*time.Second, progress, !c.hidden)
		p.shows(c.status)
		p.press("J")
		p.shows("running  loading 1 234/5 678 files", "16 asked again")
	}
}

// TestARunningLoadLooksAsRecorded is of the screens on which somebody waits for one, a minute after it began.
func TestARunningLoadLooksAsRecorded(t *testing.T) {
	for place, keys := range map[string][]string{"loading": {"esc"}, "loading-jobs": {"esc", "J"}, "loading-sources": {"esc", "7"}, "loading-verify": {"esc", "6"}} {
		for _, size := range sizes {
			t.Run(place+"-"+size.name, func(t *testing.T) {
				m := newMemory(600)
				m.over.Provisional, m.over.Stored = true, 600
				p := startAt(t, m, size.w, size.h, nil)
				p.press(keys...)
				progress := &model.Progress{}
				progress.MembersTotal.Store(181)
				progress.MembersDone.Store(14)
				progress.BytesTotal.Store(1_000_000)
				progress.BytesDone.Store(71_000)
				progress.Records.Store(600)
				p.loadingFor(time.Minute, progress, true)
				p.golden(place + "-" + size.name)
			})
		}
	}
}

func TestHowLongALoadTakesIsToldWhenItIsKnown(t *testing.T) {
	progress := &model.Progress{}
	progress.BytesTotal.Store(1000)
	p := startAt(t, newMemory(600), 120, 40, nil)
	p.press("esc")
	for done, says := range map[int64]bool{0: false, 19: false, 20: true, 500: true, 1000: false} {
		progress.BytesDone.Store(done)
		p.loadingFor(10*time.Second, progress, true)
		if got := strings.Contains(p.screen(), " left"); got != says {
			t.Errorf("%d of 1000 bytes: tells what is left: %v, want %v\n%s", done, got, says, p.screen())
		}
	}
}

func TestWhatALoadWarnsOfIsShown(t *testing.T) {
	const why = "the public keys of CloudTrail in eu-west-1 cannot be had: AccessDeniedException"
	done := make(chan error, 1)
	done <- nil
	p := startAt(t, newMemory(600), 80, 24, func(o *Options) {
		o.Load = &Load{Name: "s3://acme-audit-logs", Done: done, Progress: &model.Progress{}, Warnings: func() []string { return []string{why + "; it needs \x1b[31mcloudtrail:ListPublicKeys"} }}
		o.Load.Progress.Records.Store(186)
		r := newReport()
		r.Keys, r.KeysDenied = nil, map[string]string{"eu-west-1": why}
		o.Custodian = &custodian{report: r}
	})
	p.shows("loaded 186 records; 1 warning: M tells")
	p.root.jobs.list[0].done = false
	p.send(jobDone{p.root.jobs.list[0].id, "loaded 186 records", Partial("2 files rejected")})
	p.shows("loaded 186 records; 2 files rejected; 1 warning: M tells")
	p.press("esc", "M", "G")
	p.shows(why[:60], "ListPublicKeys")
	p.hides("\x1b[31m")
	p.press("esc", "6")
	p.shows("the public keys of CloudTrail in eu-west-1 cannot be had")
}

func TestALoadSaysWhyNothingIsShownYet(t *testing.T) {
	m := newMemory(600)
	p := startAt(t, m, 90, 24, nil)
	p.press("esc")
	progress := &model.Progress{}
	progress.Records.Store(130_000)
	p.loadingFor(0, progress, false)
	p.shows("130 000 records read, shown 122 880 at a time")
	p.send(refreshDue{}) // a commit of files without records
	p.shows("shown 122 880 at a time")
	m.over.Stored += 122_880
	p.send(refreshDue{})
	p.hides("at a time")
}
