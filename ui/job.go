package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

const tickEvery = 100 * time.Millisecond

type jobTick struct{}

type jobDone struct {
	id   int
	text string
	err  error
}

type loadChanged struct{ open bool }

type refreshDue struct{}

// Partial is the error of work that did all it could do but not all there was to do, in words. What it
// did is whole.
type Partial string

// Error is what was left out.
func (p Partial) Error() string { return string(p) }

// job is work that outlives the screen that began it.
type job struct {
	id       int
	name     string
	cancel   func()
	started  time.Time
	progress *model.Progress // nil when it counts nothing
	load     *Load           // that it is, if it is one
	warned   int             // how many of its warnings were shown
	shown    bool            // some of what it loads can be seen
	loads    bool            // records arrive meanwhile, so counts are provisional
	watched  bool            // its screen does the work, and esc stops it
	changes  bool            // what the case holds is another when it ends
	stopping bool
	done     bool
	result   string
	failed   bool
	partial  bool
}

// jobs is all of this session's.
type jobs struct {
	list       []*job
	ticking    bool
	refreshing bool // a refresh is already due
	running    sync.WaitGroup
}

func (j *jobs) count() int {
	n := 0
	for _, x := range j.list {
		if !x.done {
			n++
		}
	}
	return n
}

func (j *jobs) loading() bool {
	for _, x := range j.list {
		if !x.done && x.loads {
			return true
		}
	}
	return false
}

func (x *job) stop() {
	if !x.done && !x.stopping {
		x.stopping = true
		x.cancel()
	}
}

func (j *jobs) cancelAll() {
	for _, x := range j.list {
		x.stop()
	}
}

func (j *jobs) cancelLast() {
	for i := len(j.list) - 1; i >= 0; i-- {
		if !j.list[i].done && !j.list[i].stopping {
			j.list[i].stop()
			return
		}
	}
}

// Run starts a job.
func (r *Root) Run(name string, work func(ctx context.Context) (string, error)) tea.Cmd {
	ctx, cancel := context.WithCancel(context.Background())
	return r.begin(&job{name: name, cancel: cancel}, ctx, work)
}

// Change starts a job that changes what the case holds; when it ends every screen asks again.
func (r *Root) Change(name string, p *model.Progress, work func(ctx context.Context) (string, error)) tea.Cmd {
	ctx, cancel := context.WithCancel(context.Background())
	return r.begin(&job{name: name, cancel: cancel, progress: p, changes: true}, ctx, work)
}

func (r *Root) begin(x *job, ctx context.Context, work func(ctx context.Context) (string, error)) tea.Cmd {
	x.id, x.started = r.NextID(), r.options.Clock()
	r.jobs.list = append(r.jobs.list, x)
	r.jobs.running.Add(1)
	return tea.Batch(r.startTicking(), func() tea.Msg {
		defer r.jobs.running.Done()
		defer x.cancel()
		text, err := work(ctx)
		return jobDone{x.id, text, err}
	})
}

// Watch shows work that a screen does in steps as a job.
func (r *Root) Watch(name string, p *model.Progress, cancel func()) (end func(result string)) {
	x := &job{id: r.NextID(), name: name, cancel: cancel, started: r.options.Clock(), progress: p, watched: true}
	r.jobs.list = append(r.jobs.list, x)
	r.queued = append(r.queued, r.startTicking())
	return func(result string) {
		x.done, x.result = true, x.name+": "+result
		if result == "" {
			r.jobs.list = slices.DeleteFunc(r.jobs.list, func(o *job) bool { return o == x })
		}
	}
}

// startLoad shows a load that is already running as a job.
func (r *Root) startLoad(l *Load) tea.Cmd {
	if l.Progress == nil {
		l.Progress = &model.Progress{}
	}
	if l.Cancel == nil {
		l.Cancel = func() {}
	}
	x := &job{id: r.NextID(), name: "load " + safe.New(l.Name).String(), cancel: l.Cancel, started: r.options.Clock(), progress: l.Progress, load: l, loads: true, changes: true}
	r.jobs.list = append(r.jobs.list, x)
	r.arriving.Store(true)
	return tea.Batch(r.startTicking(), r.awaitChange(), func() tea.Msg {
		err := <-l.Done
		text := "loaded " + value.Of(l.Progress.Records.Load(), "record", "records")
		if l.Progress.Records.Load() == 0 {
			text = "nothing new was loaded"
		}
		if n := l.Progress.Rejected.Load(); n > 0 && err == nil {
			text += ", " + value.Count(n) + " rejected (screen 7 says which)"
		}
		return jobDone{x.id, text, err}
	})
}

// lookAgain loads what is new where the case's evidence came from.
func (r *Root) lookAgain() tea.Cmd {
	if r.options.Look == nil {
		r.Notice(theme.Warn, "this session cannot load evidence")
		return nil
	}
	if r.jobs.loading() {
		r.Notice(theme.Warn, "evidence is being loaded already; J shows how far it is")
		return nil
	}
	if b := r.options.Bucket; b != nil && b.Only && b.screen != nil {
		return r.reopenBucket(b)
	}
	r.options.Load = r.options.Look()
	return r.startLoad(r.options.Load)
}

func (r *Root) awaitChange() tea.Cmd {
	changed := r.options.Load.Changed
	if changed == nil {
		return nil
	}
	return func() tea.Msg {
		_, open := <-changed
		return loadChanged{open}
	}
}

// receiveChanged lets the screen ask again soon; many commits make one refresh.
func (r *Root) receiveChanged(m loadChanged) tea.Cmd {
	for _, x := range r.jobs.list {
		r.showWarnings(x)
	}
	if !m.open {
		return nil
	}
	return tea.Batch(r.awaitChange(), r.refreshSoon())
}

// showWarnings shows what a load had to tell since it was asked last.
func (r *Root) showWarnings(x *job) {
	if x.load == nil || x.load.Warnings == nil {
		return
	}
	for _, text := range x.load.Warnings()[x.warned:] {
		r.Notice(theme.Warn, safe.New(text).String())
		x.warned++
	}
}

func (r *Root) refreshSoon() tea.Cmd {
	if r.jobs.refreshing {
		return nil
	}
	r.jobs.refreshing = true
	return r.After(refreshPause, refreshDue{})
}

func (r *Root) refresh() tea.Cmd {
	r.jobs.refreshing = false
	for _, s := range r.bases {
		r.stale[s] = true
	}
	for _, s := range r.stack {
		r.stale[s] = true
	}
	r.stale[r.top()] = false
	return tea.Batch(r.askOverview(), r.top().Refresh())
}

func (r *Root) startTicking() tea.Cmd {
	if r.jobs.ticking {
		return nil
	}
	r.jobs.ticking = true
	return r.After(tickEvery, jobTick{})
}

// tick exists only while a job runs; drawing samples the counters.
func (r *Root) tick() tea.Cmd {
	if r.jobs.count() == 0 {
		r.jobs.ticking = false
		return nil
	}
	return r.After(tickEvery, jobTick{})
}

func (r *Root) receiveJob(m jobDone) tea.Cmd {
	for _, x := range r.jobs.list {
		if x.id != m.id || x.done {
			continue
		}
		r.showWarnings(x)
		x.done, x.result = true, m.text
		warned := ""
		if x.warned > 0 {
			warned = "; " + value.Of(int64(x.warned), "warning", "warnings") + ": M tells"
		}
		r.arriving.Store(r.jobs.loading())
		var left Partial
		switch {
		case errors.Is(m.err, context.Canceled):
			x.result = x.name + ": stopped; what was committed is kept"
			r.Notice(theme.Warn, x.result)
		case errors.As(m.err, &left):
			x.partial, x.result = true, m.text+"; "+safe.New(left.Error()).String()+warned
			r.Notice(theme.Warn, x.result)
		case m.err != nil:
			x.failed, x.result = true, x.name+" failed: "+shell.Told(m.err)
			if x.loads {
				x.result = "loading stopped: " + shell.Told(m.err) + "; R goes on (" + x.name + ")"
			}
			r.Notice(theme.Bad, x.result)
		case x.warned > 0:
			x.result += warned
			r.Notice(theme.Warn, x.result)
		default:
			r.Notice(theme.Good, x.result)
		}
		if x.changes {
			return r.refresh()
		}
	}
	return nil
}

// strip is a running job in words, in at most w cells where that can be: name, count, bar, share, rate,
// what remains and what had to be asked for again, as far as known. The bar goes first, then the rate.
func (x *job) strip(th *theme.Theme, now time.Time, w int) string {
	if x.stopping {
		return "stopping " + x.name + th.Cut
	}
	if x.progress == nil {
		return x.name + th.Cut
	}
	p := x.progress
	stage, _ := p.Stage.Load().(string)
	if stage == "" {
		stage = "loading"
		if !x.loads {
			stage = x.name
		}
	}
	done, total := p.MembersDone.Load(), p.MembersTotal.Load()
	if !x.loads && !x.watched && total == 0 {
		return stage + th.Cut
	}
	elapsed := now.Sub(x.started)
	files := fmt.Sprintf("%s %s", stage, value.Of(done, "file", "files"))
	if total > 0 {
		files = fmt.Sprintf("%s %s/%s", stage, value.Count(done), value.Of(total, "file", "files"))
	}
	var bar, share, rate, left, again string
	bd, bt := p.BytesDone.Load(), p.BytesTotal.Load()
	if bt > 0 {
		pct := min(100, bd*100/bt)
		bar = " " + strings.Repeat(th.Done, int(pct/10)) + strings.Repeat(th.Left, 10-int(pct/10))
		share = fmt.Sprintf(" %d%%", pct)
	}
	if s := elapsed.Seconds(); s >= 1 {
		rate = fmt.Sprintf(" %s records/s", value.Count(int64(float64(p.Records.Load())/s)))
		// Of less than a fiftieth nothing can be told: what begins takes longer.
		if bd*50 >= bt && bt > bd {
			d := time.Duration(float64(elapsed) * float64(bt-bd) / float64(bd))
			left = fmt.Sprintf(" %s left", value.Duration(d.Truncate(time.Second)))
		}
	}
	if x.watched {
		rest := " " + value.Duration(elapsed.Truncate(time.Second))
		if with := rest + bar + share + left; w-grid.Width(with) >= 12 {
			rest = with
		} else {
			rest += share
		}
		return grid.Fit(stage, max(1, min(w-grid.Width(rest), grid.Width(stage))), grid.CutTail, th.Cut) + rest
	}
	if n := p.Retries.Load(); n > 0 {
		again = ", " + value.Count(n) + " asked again"
	}
	if n := p.Records.Load(); x.loads && !x.shown && stage == "loading" {
		// Nothing of it is in any list, and only the strip can say why.
		first := fmt.Sprintf(" %s read, shown %s at a time", value.Of(n, "record", "records"), value.Count(model.CommitRows))
		for _, text := range []string{files + bar + share + rate + first + left + again, files + share + first + left + again, files + share + first} {
			if grid.Width(text) <= w {
				return text
			}
		}
	}
	for _, text := range []string{files + bar + share + rate + left + again, files + share + rate + left + again} {
		if grid.Width(text) <= w {
			return text
		}
	}
	return files + share + left + again
}
