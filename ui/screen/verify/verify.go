// Package verify is the screen of custody: which digest chains there are, what they prove of every hour,
// and the way down from a chain to a digest, to a log file, to its records. It must not know how a
// verification is made or kept, nor any other screen.
package verify

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/integrity"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/custody"
	"trailsift/ui/widget/heat"
	"trailsift/ui/widget/shell"
)

// Backend is what the screen asks of an engine.
type Backend interface {
	Members(ctx context.Context) ([]model.Member, error)
}

// Custodian verifies a case.
type Custodian interface {
	// Verdict is the last report, nil when there was none. What hangs on the files is absent from one
	// that an earlier session kept.
	Verdict() *integrity.Report
	// Recheck makes the whole report again and writes nothing.
	Recheck(ctx context.Context) (*integrity.Report, error)
	// Verify judges the case, gives its records their badges and keeps the report.
	Verify(ctx context.Context, p *model.Progress) (*integrity.Report, error)
}

// Verify is the screen.
type Verify struct {
	shell.Still
	shell     shell.Shell
	theme     *theme.Theme
	backend   Backend
	custodian Custodian
	name      string // how commands name the case

	ask    shell.Ask[*survey]
	asked  bool // an answer is here
	survey *survey
	failed string
	over   model.Overview
	run    *run

	levels []*level
	strip  *heat.Strip
	shows  int  // chain of the strip, -1: none
	onTime bool // the strip has the keys
	cut    cut
	w, h   int
}

// New returns the screen. A nil custodian says that this session cannot verify.
func New(sh shell.Shell, b Backend, c Custodian, name string) *Verify {
	v := &Verify{shell: sh, theme: sh.Theme(), backend: b, custodian: c, name: name, shows: -1}
	v.strip = heat.New(v.theme)
	return v
}

// Title names the screen in the header.
func (v *Verify) Title() string { return "Verify" }

// Pane is the pane that has the keys.
func (v *Verify) Pane() keys.Pane { return keys.Verify }

// SetOverview tells what the case holds now.
func (v *Verify) SetOverview(o model.Overview, _ bool) tea.Cmd {
	v.over = o
	return nil
}

// Open asks for the last verification.
func (v *Verify) Open() tea.Cmd {
	if v.custodian == nil {
		return nil
	}
	c, b := v.custodian, v.backend
	return v.ask.Begin(v.shell, func(ctx context.Context) (*survey, error) { return read(ctx, c, b) })
}

// Refresh asks again; what is on screen stays until the answer is here.
func (v *Verify) Refresh() tea.Cmd { return v.Open() }

// Receive takes the verification.
func (v *Verify) Receive(msg tea.Msg) tea.Cmd {
	s, mine, err := v.ask.Receive(msg)
	if !mine {
		return nil
	}
	if err != nil {
		v.failed = "could not read the verification: " + safe.New(err.Error()).String()
		v.shell.Notice(theme.Bad, v.failed)
		return nil
	}
	v.failed, v.asked, v.survey = "", true, s
	v.rebuild()
	return nil
}

// rebuild fills the levels from a new survey. A level whose subject is gone is left with all below it.
func (v *Verify) rebuild() {
	v.shows = -1
	if v.survey == nil {
		v.levels = nil
		v.arrange()
		return
	}
	if len(v.levels) == 0 {
		v.levels = []*level{v.newLevel(chains, "")}
		v.fill(v.levels[0])
		v.levels[0].firstProblem()
	}
	for i, l := range v.levels {
		if !v.fill(l) {
			v.levels = v.levels[:i]
			break
		}
	}
	v.arrange()
}

// top is the list on screen; nil when there is none.
func (v *Verify) top() *level {
	if len(v.levels) == 0 {
		return nil
	}
	return v.levels[len(v.levels)-1]
}

// push goes one level down.
func (v *Verify) push(k kind, of string) *level {
	l := v.newLevel(k, of)
	l.only = k == allFiles
	if !v.fill(l) {
		return nil
	}
	v.levels = append(v.levels, l)
	v.onTime = false
	v.arrange()
	return l
}

// follow lets the strip show the chain and the hour of the item under the cursor.
func (v *Verify) follow() {
	l := v.top()
	if l == nil {
		return
	}
	if chain := l.strip(); chain != v.shows {
		v.shows = chain
		if chain >= 0 {
			h := v.survey.hours[chain]
			v.strip.Set(h.from, h.cells)
		}
	}
	if v.onTime || v.shows < 0 {
		return
	}
	if it, ok := l.current(); ok && !it.from().IsZero() {
		v.strip.SetCursor(it.from())
	} else {
		v.strip.Unmark()
	}
}

// Back leaves the strip, then a level.
func (v *Verify) Back() (tea.Cmd, bool) {
	switch {
	case v.onTime:
		v.onTime = false
		v.arrange()
		return nil, true
	case len(v.levels) > 1:
		v.levels = v.levels[:len(v.levels)-1]
		v.arrange()
		return nil, true
	}
	return nil, false
}

// Peel stops what runs, else leaves the strip.
func (v *Verify) Peel() tea.Cmd {
	if !v.Stop() && v.onTime {
		v.Back()
	}
	return nil
}

// Stop gives the verification or the question up.
func (v *Verify) Stop() bool {
	if v.running() {
		v.run.cancel()
		v.shell.Notice(theme.Warn, "stopping the verification; what stood before stays")
		return true
	}
	return v.ask.Stop()
}

// Pending says what is awaited.
func (v *Verify) Pending() string {
	if v.ask.Waiting() {
		return "reading the verification"
	}
	return ""
}

// Status says what no verification goes beyond.
func (v *Verify) Status() string {
	if v.failed != "" {
		return v.failed
	}
	return custody.Limit
}
