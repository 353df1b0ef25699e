// Package ui is the terminal interface: one root model that holds a stack of screens, a stack of
// overlays, the jobs and the notices, and hands every message to whom it belongs. It must not know
// how evidence is read, stored or exported; what it needs comes in through Options.
package ui

import (
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/layout"
	"trailsift/ui/notes"
	"trailsift/ui/screen/actors"
	"trailsift/ui/screen/explore"
	"trailsift/ui/screen/notebook"
	"trailsift/ui/screen/presets"
	"trailsift/ui/screen/sources"
	"trailsift/ui/screen/verify"
	"trailsift/ui/theme"
	"trailsift/ui/widget/briefing"
	"trailsift/ui/widget/custody"
	"trailsift/ui/widget/dialog"
	"trailsift/ui/widget/palette"
	"trailsift/ui/widget/shell"
)

// Root is the one tea.Model.
type Root struct {
	options  Options
	theme    *theme.Theme
	frame    layout.Frame
	w, h     int
	bases    map[keys.Action]shell.Screen // one for each key of the tab line
	stack    []shell.Screen
	stale    map[shell.Screen]bool // not asked again since the case changed
	overlays []shell.Overlay
	pointer  pointer
	repaint  repaint
	prefix   string // first key of a pair
	keyed    bool   // a key is being handled
	ids      int
	queued   []tea.Cmd
	notices  notices
	jobs     jobs
	summary  summary
	before   *model.Span // the incident window before the present one; nil: not changed yet
	notes    *notes.Notes
	settings explore.Settings
	covered  *explore.Hours
	arriving atomic.Bool // evidence is being loaded; for what runs beside the screen
	session  string      // as it was written last
	stopped  time.Time   // of the last ctrl+c
	unsaved  error       // why the notebook could not be written at the end
	painted  painted
	waiting  waiting
}

// tabs is the tab line: screens that exist, by their key.
var tabs = []struct {
	act  keys.Action
	key  string
	name string
}{{keys.GoExplore, "1", "Explore"}, {keys.GoPresets, "2", "Presets"}, {keys.GoObjects, "3", "Objects"}, {keys.GoActors, "4", "Actors"}, {keys.GoEncryption, "5", "Encryption"}, {keys.GoVerify, "6", "Verify"}, {keys.GoSources, "7", "Sources"}, {keys.GoNotebook, "8", "Notebook"}}

// New returns the root model.
func New(o Options) *Root {
	r := &Root{options: o.filled(), theme: theme.New(o.ASCII), stale: map[shell.Screen]bool{}}
	r.notes = notes.New(r.options.Notebook, r.options.Note, r.options.Clock)
	was := r.restore(r.options.Notebook.Session)
	r.bases = map[keys.Action]shell.Screen{
		keys.GoExplore:    r.newExplore("Explore", o.Filter),
		keys.GoPresets:    presets.New(r, o.Backend, r.covers, o.Presets, o.PresetsNow),
		keys.GoObjects:    r.newObjects(),
		keys.GoActors:     actors.New(r, r.actorOptions()),
		keys.GoEncryption: r.newEncryption(),
		keys.GoVerify:     r.newVerify(),
		keys.GoSources:    sources.New(r, o.Backend),
		keys.GoNotebook: notebook.New(r, notebook.Options{
			Notes: r.notes, Export: o.ExportNotebook,
			Parse: func(text string) (model.Filter, error) { return o.Language.Parse(text, r.summary.over.Span.To) },
		}),
	}
	r.stack = []shell.Screen{r.bases[keys.GoExplore]}
	for _, s := range r.bases {
		r.stale[s] = true
	}
	r.resume(was)
	return r
}

func (r *Root) newExplore(title string, f model.Filter) *explore.Explore {
	return explore.New(r, r.options.Backend, explore.Options{
		Language: r.options.Language, Export: r.options.Export, ExportCheck: r.options.ExportCheck, Formats: r.options.Formats, RawFormat: r.options.RawFormat, Save: r.options.Save, Named: r.options.Named, Case: r.options.Case, Notes: r.notes, SQL: r.options.SQL, Custody: r.custody(), Settings: &r.settings, Zone: r.options.Zone, Hours: r.hours(),
	}, title, f)
}

// hours is what all lists know of the hours of the evidence.
func (r *Root) hours() *explore.Hours {
	if r.covered == nil {
		r.covered = &explore.Hours{}
		if r.options.Auditor != nil {
			r.covered.Ask = r.options.Auditor.Hours
		}
	}
	return r.covered
}

// newVerify and custody keep an absent custodian a nil of the interface that is asked for.
func (r *Root) newVerify() *verify.Verify {
	var c verify.Custodian
	if r.options.Custodian != nil {
		c = r.options.Custodian
	}
	return verify.New(r, r.options.Backend, c, r.options.Case)
}

func (r *Root) custody() custody.Source {
	if r.options.Custodian == nil {
		return nil
	}
	return r.options.Custodian
}

// Init asks for what the first screen shows.
func (r *Root) Init() tea.Cmd {
	r.stale[r.top()] = false
	cmds := []tea.Cmd{r.askOverview(), r.top().Open()}
	if r.options.Load != nil {
		cmds = append(cmds, r.startLoad(r.options.Load))
	}
	if r.options.Bucket != nil {
		return tea.Batch(append(cmds, r.openBucket(r.options.Bucket))...)
	}
	r.showBriefing()
	return tea.Batch(cmds...)
}

// Update hands msg to whom it belongs.
func (r *Root) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := r.dispatch(msg)
	r.reap()
	cmds := append(r.queued, cmd, r.goOn(), r.waiting.follow(r.pending(), r.options.Clock(), r.options.After))
	r.queued = nil
	r.painted.valid = false
	return r, tea.Batch(cmds...)
}

func (r *Root) dispatch(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case tea.WindowSizeMsg:
		return tea.Batch(r.resize(m.Width, m.Height), r.repaint.soon(r.options.After))
	case repaintDue:
		return r.repaint.due(m)
	case tea.KeyPressMsg:
		return r.key(m)
	case tea.MouseMsg:
		return r.mouse(m)
	case tea.PasteMsg:
		return r.paste(m.Content)
	case overviewReady:
		return r.receiveOverview(m)
	case leadReady:
		return r.receiveLead(m)
	case noticeExpired:
		r.notices.expire(m)
		return nil
	case notes.Written:
		if m.Err != nil {
			r.Notice(theme.Bad, "the notebook could not be written: "+safe.New(m.Err.Error()).String())
		}
	case jobTick:
		return r.tick()
	case waitTick:
		r.waiting.ticking = false // whoever still waits has it go on
		return nil
	case jobDone:
		return r.receiveJob(m)
	case loadChanged:
		return r.receiveChanged(m)
	case refreshDue:
		return r.refresh()
	}
	return tea.Batch(r.deliver(msg), r.repaint.late(r.options.After))
}

// deliver offers an answer to everyone: whoever did not ask for it knows by its id.
func (r *Root) deliver(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, o := range r.overlays {
		cmds = append(cmds, o.Receive(msg))
	}
	seen := map[shell.Screen]bool{}
	for _, s := range r.stack {
		seen[s] = true
		cmds = append(cmds, s.Receive(msg))
	}
	for _, s := range r.bases {
		if !seen[s] {
			cmds = append(cmds, s.Receive(msg))
		}
	}
	return tea.Batch(cmds...)
}

func (r *Root) top() shell.Screen { return r.stack[len(r.stack)-1] }

func (r *Root) overlay() (shell.Overlay, bool) {
	if n := len(r.overlays); n > 0 {
		return r.overlays[n-1], true
	}
	return nil, false
}

// reap takes away overlays that are done.
func (r *Root) reap() {
	kept := r.overlays[:0]
	for _, o := range r.overlays {
		if !o.Done() {
			kept = append(kept, o)
		}
	}
	clear(r.overlays[len(kept):])
	r.overlays = kept
}

func (r *Root) resize(w, h int) tea.Cmd {
	r.w, r.h = w, h
	r.frame = layout.NewFrame(w, h)
	if r.frame.TooSmall {
		return nil
	}
	return r.top().Resize(r.frame.Body.W, r.frame.Body.H)
}

// show makes the top of the stack fit and, if the case has changed meanwhile, ask again.
func (r *Root) show() tea.Cmd {
	s := r.top()
	cmds := []tea.Cmd{s.SetOverview(r.summary.over, r.jobs.loading())}
	if r.frame.Body.W > 0 {
		cmds = append(cmds, s.Resize(r.frame.Body.W, r.frame.Body.H))
	}
	if r.stale[s] {
		r.stale[s] = false
		cmds = append(cmds, s.Refresh())
	}
	return tea.Batch(cmds...)
}

func (r *Root) paste(text string) tea.Cmd {
	if o, ok := r.overlay(); ok {
		return o.Paste(text)
	}
	return r.top().Paste(text)
}

// act does what a key or the palette asked for.
func (r *Root) act(a keys.Action) tea.Cmd {
	switch a {
	case keys.Stop:
		return r.stop()
	case keys.Peel:
		return r.peel()
	}
	if o, ok := r.overlay(); ok && !o.Done() {
		return o.Act(a)
	}
	switch a {
	case keys.ShowHelp:
		r.Push(palette.Help(r.theme, r.top().Pane(), r.act))
	case keys.ShowAll:
		r.Push(palette.New(r.theme, r.top().Pane(), r.act, r.questions()))
	case keys.SetWindow:
		return r.askWindow()
	case keys.LookAgain:
		return r.lookAgain()
	case keys.ShowBrief:
		r.showBriefing()
	case keys.ShowJobs:
		r.Push(&logView{root: r, jobs: true})
	case keys.ShowLog:
		r.Push(&logView{root: r})
	case keys.Back:
		return r.back()
	case keys.ToggleMouse:
		return r.toggleMouse()
	case keys.ShowDels:
		return r.showDeletes()
	case keys.ShowHours:
		return r.ShowScreen(r.newCoverage())
	case keys.ShowCmd:
		if s, ok := r.top().(shell.Twinned); ok {
			return dialog.Command(r, s.Twin().Command(r.options.Case, r.options.Language.Print))
		}
		return r.top().Act(a)
	default:
		if base, ok := r.bases[a]; ok {
			return r.goTo(base)
		}
		return r.top().Act(a)
	}
	return nil
}

func (r *Root) goTo(base shell.Screen) tea.Cmd {
	if o, ok := base.(interface{ SetFilter(f model.Filter) }); ok && base != r.top() {
		// The tree and the audit tell of what is being looked at.
		if looking, ok := r.top().(shell.Narrowed); ok {
			o.SetFilter(looking.Looking())
			r.stale[base] = true
		}
	}
	for _, s := range r.stack[1:] {
		s.Stop()
	}
	r.stack = []shell.Screen{base}
	if o, ok := base.(interface{ Reread() tea.Cmd }); ok {
		return tea.Batch(r.show(), o.Reread())
	}
	return r.show()
}

// back leaves a pushed screen, or asks at the first one.
func (r *Root) back() tea.Cmd {
	if cmd, left := r.top().Back(); left {
		return cmd
	}
	if len(r.stack) > 1 {
		r.top().Stop()
		r.stack = r.stack[:len(r.stack)-1]
		return r.show()
	}
	r.Push(dialog.New(r.theme, dialog.Spec{
		Title: "Leave trailsift?", Yes: "or y leaves",
		Says: func(dialog.Answer) []string {
			if r.jobs.count() > 0 {
				return []string{"a job is still running; it is stopped, what was committed is kept"}
			}
			return []string{"everything is saved"}
		},
		Do: func(dialog.Answer) (tea.Cmd, string) { return tea.Quit, "" },
	}))
	return nil
}

func (r *Root) peel() tea.Cmd {
	r.prefix = ""
	if o, ok := r.overlay(); ok {
		o.Close()
		return nil
	}
	return r.top().Peel()
}

// stop is ctrl+c: it stops a query, else a job; twice within a second it leaves.
func (r *Root) stop() tea.Cmd {
	now := r.options.Clock()
	if !r.stopped.IsZero() && now.Sub(r.stopped) <= time.Second {
		return tea.Quit
	}
	r.stopped = now
	switch {
	case r.top().Stop():
		r.Notice(theme.Warn, "stopped; ctrl+c again leaves")
	case r.jobs.count() > 0:
		r.jobs.cancelLast()
		r.Notice(theme.Warn, "stopping the job; ctrl+c again leaves")
	default:
		r.Notice(theme.Warn, "nothing is running; ctrl+c again leaves")
	}
	return nil
}

// Theme is how things look.
func (r *Root) Theme() *theme.Theme { return r.theme }

// Push puts an overlay on top.
func (r *Root) Push(o shell.Overlay) { r.overlays = append(r.overlays, o) }

// NextID numbers results.
func (r *Root) NextID() int { r.ids++; return r.ids }

// After delivers msg when d has passed.
func (r *Root) After(d time.Duration, msg tea.Msg) tea.Cmd { return r.options.After(d, msg) }

// ShowFilter opens Explore with f over the present screen.
func (r *Root) ShowFilter(title string, f model.Filter) tea.Cmd {
	return r.ShowScreen(r.newExplore(safe.New(title).String(), f))
}

// ShowRecord opens Explore with f over the present screen, the cursor on a record.
func (r *Root) ShowRecord(title string, f model.Filter, id model.RecordID, at time.Time) tea.Cmd {
	e := r.newExplore(safe.New(title).String(), f)
	e.StartAt(id, at)
	return r.ShowScreen(e)
}

// ShowScreen puts a screen on the stack.
func (r *Root) ShowScreen(s shell.Screen) tea.Cmd {
	r.stack = append(r.stack, s)
	return tea.Batch(r.show(), s.Open())
}

// showBriefing opens the briefing with what is known so far.
func (r *Root) showBriefing() {
	b := briefing.New(r.theme, r.options.Case)
	r.summary.fill(b, r.jobs.loading())
	r.Push(b)
}
