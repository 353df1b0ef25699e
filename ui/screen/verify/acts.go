package verify

import (
	"context"
	"encoding/hex"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/integrity"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/custody"
	"trailsift/ui/widget/dialog"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// run is a verification that was begun here. Its end is read off when the screen is drawn, as the
// counters of its progress are.
type run struct {
	progress model.Progress
	cancel   context.CancelFunc
	done     atomic.Bool
}

func (v *Verify) running() bool { return v.run != nil && !v.run.done.Load() }

// again verifies the case as a job.
func (v *Verify) again() tea.Cmd {
	switch {
	case v.custodian == nil:
		return v.say("this session cannot verify")
	case v.running():
		return v.say("the verification is running; esc stops it")
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &run{cancel: cancel}
	r.progress.Stage.Store("verifying")
	v.run = r
	c := v.custodian
	return v.shell.Change("verification", &r.progress, func(job context.Context) (string, error) {
		defer r.done.Store(true)
		defer context.AfterFunc(job, cancel)()
		defer cancel()
		report, err := c.Verify(ctx, &r.progress)
		if err != nil {
			return "", err
		}
		return "verified: " + totals(report), nil
	})
}

func (v *Verify) say(s string) tea.Cmd {
	v.shell.Notice(theme.Warn, s)
	return nil
}

// Act does an act of the screen.
func (v *Verify) Act(a keys.Action) tea.Cmd {
	switch a {
	case keys.Rerun:
		return v.again()
	case keys.ShowCmd:
		return v.showCommand()
	}
	l := v.top()
	if l == nil {
		return nil
	}
	switch a {
	case keys.Open:
		return v.open(l)
	case keys.Copy:
		return v.copy(l)
	case keys.Problems:
		return v.narrow(l)
	case keys.NextPane, keys.PrevPane:
		return v.turn()
	case keys.ShowLacks:
		return v.list(lacks)
	case keys.ShowFiles:
		return v.list(allFiles)
	case keys.ShowKeys:
		return v.list(keyList)
	case keys.ShowFinds:
		return v.list(findings)
	case keys.NextBad, keys.PrevBad:
		if !v.onTime {
			if !l.nextProblem(a == keys.NextBad) {
				return v.say("no further problem in this list")
			}
			v.follow()
			return nil
		}
	}
	if v.onTime {
		v.strip.Act(a)
		return nil
	}
	cmd, _ := l.grid.Act(a)
	v.follow()
	return cmd
}

// Mouse gives what is clicked the keys, scrolls, and opens what is clicked twice.
func (v *Verify) Mouse(m shell.Mouse) tea.Cmd {
	l := v.top()
	if l == nil {
		return nil
	}
	inStrip := !v.cut.strip.Empty() && v.shows >= 0 && m.Y >= v.cut.strip.Y && m.Y < v.cut.strip.Y+v.cut.strip.H && m.X < v.cut.strip.X+v.cut.strip.W
	inList := m.Y > v.cut.list.Y && m.Y < v.cut.list.Y+v.cut.list.H
	switch {
	case m.Gesture != shell.Click:
	case inStrip != v.onTime && (inStrip || inList):
		return v.turn()
	case !inList:
		return nil
	}
	cmd := shell.Point(l.grid, m, v.cut.list.Y+1, v.Act)
	v.follow()
	return cmd
}

// list shows one of the lists of the whole run, over the chains.
func (v *Verify) list(k kind) tea.Cmd {
	if v.top().kind == k {
		return nil
	}
	v.levels = v.levels[:1]
	if l := v.push(k, ""); l != nil {
		l.firstProblem()
		v.follow()
	}
	return nil
}

// narrow shows problems only, or all again.
func (v *Verify) narrow(l *level) tea.Cmd {
	was := ""
	if it, ok := l.current(); ok {
		was = it.id
	}
	l.only = !l.only
	l.narrow()
	l.seek(was)
	v.strip.SetOnly(l.only)
	v.shows = -1
	v.arrange()
	return nil
}

// turn gives the keys to the strip and back.
func (v *Verify) turn() tea.Cmd {
	if !v.onTime && (v.cut.strip.Empty() || v.shows < 0) {
		return v.say("there is no strip of hours on screen")
	}
	v.onTime = !v.onTime
	if v.onTime {
		v.strip.SetCursor(v.strip.Cursor())
	}
	v.arrange()
	return nil
}

// open goes from a chain to its digests, from a digest to its log files, from a file to its records.
func (v *Verify) open(l *level) tea.Cmd {
	if v.onTime {
		return v.openHour()
	}
	it, ok := l.current()
	if !ok {
		return nil
	}
	switch {
	case it.chain != nil:
		v.push(digests, it.id).firstProblem()
		v.follow()
	case it.digest != nil:
		return v.openDigest(it.place)
	case it.lack != nil && l.kind == lacks:
		if d := v.push(digests, chainName(&v.survey.Report.Chains[it.place.Chain])); d != nil {
			d.seek(v.lackOrDigest(it))
			v.follow()
		}
	case it.lack != nil:
		return v.say("no digest is here for this time: " + custody.LackMeans(it.lack.Lack))
	case it.file != nil:
		return v.openFile(it.file)
	case it.finding != nil:
		return v.openFinding(it.finding)
	case it.key != nil:
		return v.say(custody.TrustMeans(it.key.Trust))
	}
	return nil
}

// lackOrDigest is the line among the digests that stands for a stretch of time.
func (v *Verify) lackOrDigest(it item) string {
	if it.lack.Lack == integrity.LackUnproven || it.lack.Lack == integrity.LackDigest {
		for i := range v.survey.Report.Chains[it.place.Chain].Windows {
			if w := &v.survey.Report.Chains[it.place.Chain].Windows[i]; w.From.Equal(it.lack.From) && w.To.Equal(it.lack.To) {
				return w.Object
			}
		}
	}
	return it.id
}

// openHour opens the digest that the hour under the cursor is about.
func (v *Verify) openHour() tea.Cmd {
	p, ok := v.survey.windowAt(v.shows, v.strip.Cursor())
	if !ok {
		return v.say("no digest of this chain meets the hour " + value.Time(v.strip.Cursor()))
	}
	if l := v.top(); l.kind != digests {
		v.levels = v.levels[:1]
		v.push(digests, chainName(v.survey.Chain(p)))
	}
	v.onTime = false
	v.top().seek(v.survey.Window(p).Object)
	return v.openDigest(p)
}

func (v *Verify) openDigest(p integrity.Place) tea.Cmd {
	w := v.survey.Window(p)
	if w.Status == integrity.Missing {
		v.arrange()
		return v.say("the digest is not here: " + custody.StatusMeans(w.Status))
	}
	if l := v.push(files, w.Object); l != nil {
		l.firstProblem()
		v.follow()
	}
	return nil
}

// openFile shows the records of a log file over this screen.
func (v *Verify) openFile(f *integrity.LogFile) tea.Cmd {
	if f.File == nil {
		return v.say("the file is not here, so there are no records to show: " + safe.New(f.Why).String())
	}
	names := v.survey.names[f.File.Member]
	if len(names) == 0 {
		return v.say("no records of this file are in the case")
	}
	t := model.Term{Field: model.FieldMember, Op: model.Equals}
	for _, n := range names {
		t.Values = append(t.Values, model.Value{Text: n})
	}
	return v.shell.ShowFilter("file "+base(f.Object), model.Filter{}.With(t))
}

// openFinding goes to what a finding is about.
func (v *Verify) openFinding(f *integrity.Finding) tea.Cmd {
	if p, ok := v.survey.Digest(f.Object); ok {
		return v.openDigest(p)
	}
	for i := range v.survey.Report.LogFiles {
		if x := &v.survey.Report.LogFiles[i]; x.Object == f.Object {
			return v.openFile(x)
		}
	}
	return v.say("the finding is about a whole chain: q and enter on the chain show its digests")
}

// copy sends the hashes or the name under the cursor to the terminal.
func (v *Verify) copy(l *level) tea.Cmd {
	it, ok := l.current()
	if !ok {
		return nil
	}
	text, what := "", "sent to the terminal's clipboard"
	switch {
	case it.file != nil:
		text, what = "expected "+hash(it.file.Expected)+" found "+found(it.file.File)+" "+it.file.Object, "both hashes and the name sent to the terminal's clipboard"
	case it.digest != nil:
		text = it.digest.Object
	case it.chain != nil:
		text = it.id
	case it.lack != nil:
		text = value.Time(it.lack.From) + " " + value.Time(it.lack.To)
	case it.key != nil:
		text = it.key.SHA256
	case it.finding != nil:
		text = it.finding.Code + " " + it.finding.Object + " " + it.finding.Detail
	}
	cmd := v.shell.Copy(text)
	if cmd != nil {
		v.shell.Notice(theme.Text, what)
	}
	return cmd
}

// found is the hash of a file's content as it was read.
func found(f *integrity.File) string {
	switch {
	case f == nil:
		return "nothing"
	case f.Unreadable != "":
		return "unreadable"
	case f.Gzip && !f.Whole:
		return "a cut gzip stream"
	}
	return hex.EncodeToString(f.Content[:])
}

func (v *Verify) showCommand() tea.Cmd {
	return dialog.Command(v.shell, "trailsift verify "+value.Quote(v.name))
}
