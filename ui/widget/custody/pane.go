package custody

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/integrity"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/shell"
)

// Source is where the pane learns what a verification found.
type Source interface {
	// Verdict is the last report, nil when there was none; Recheck makes it whole again.
	Verdict() *integrity.Report
	Recheck(ctx context.Context) (*integrity.Report, error)
	// Verdicts is what the last verification found out about every member.
	Verdicts(ctx context.Context) (map[model.MemberID]model.Verdict, error)
}

// Record is what the pane needs to know of the record under the cursor.
type Record struct {
	ID     model.RecordID
	Badge  string // as the record has it
	Access bool   // it is a line of a server access log
}

// known is one report with the verdicts of the members, asked for once and looked up at every move.
type known struct {
	index    *integrity.Index // nil: never verified
	verdicts map[model.MemberID]model.Verdict
	lacks    [][]integrity.Uncovered
	stale    bool
}

// Pane tells why the record under the cursor has the badge it has: the digest that names its file, the
// digests beside that, and the time on screen that nothing vouches for.
type Pane struct {
	theme  *theme.Theme
	source Source
	ask    shell.Ask[*known]
	known  *known
	failed string

	record Record
	set    bool
	span   model.Span // on screen
	w, h   int
	top    int
	total  int // lines of the text
	lines  []string
	dirty  bool
}

// NewPane returns a pane that knows nothing yet. A nil source cannot be asked.
func NewPane(th *theme.Theme, s Source) *Pane { return &Pane{theme: th, source: s, dirty: true} }

// Open asks for the last verification, once until Forget.
func (p *Pane) Open(sh shell.Shell) tea.Cmd {
	if p.source == nil || p.known != nil || p.ask.Waiting() {
		return nil
	}
	p.failed, p.dirty = "", true
	s := p.source
	return p.ask.Begin(sh, func(ctx context.Context) (*known, error) { return learn(ctx, s) })
}

// Forget lets Open ask again: the case has changed. What is on screen stays until the answer is here.
func (p *Pane) Forget(sh shell.Shell, shown bool) tea.Cmd {
	was := p.known
	p.ask.Stop()
	p.known = nil
	if !shown {
		return nil
	}
	cmd := p.Open(sh)
	p.known = was
	return cmd
}

func learn(ctx context.Context, s Source) (*known, error) {
	r := s.Verdict()
	if r == nil {
		return &known{}, nil
	}
	k := &known{stale: r.Stale}
	var err error
	if r.ByFile == nil {
		if r, err = s.Recheck(ctx); err != nil {
			return nil, err
		}
	}
	k.index = integrity.NewIndex(r)
	for c := range r.Chains {
		k.lacks = append(k.lacks, k.index.Uncovered(c))
	}
	k.verdicts, err = s.Verdicts(ctx)
	return k, err
}

// Receive takes the verification.
func (p *Pane) Receive(msg tea.Msg) {
	k, mine, err := p.ask.Receive(msg)
	if !mine {
		return
	}
	p.dirty = true
	if err != nil {
		p.failed = "could not read the verification: " + safe.New(err.Error()).String()
		return
	}
	p.known, p.failed = k, ""
}

// Waiting tells that the verification is awaited. Stop gives it up.
func (p *Pane) Waiting() bool { return p.ask.Waiting() }

// Stop gives up what is awaited.
func (p *Pane) Stop() bool { return p.ask.Stop() }

// Set shows another record, among those of span.
func (p *Pane) Set(r Record, span model.Span) {
	if p.set && p.record == r && p.span == span {
		return
	}
	p.record, p.set, p.span, p.dirty, p.top = r, true, span, true, 0
}

// Unset says that no record is under the cursor.
func (p *Pane) Unset() { p.set, p.dirty = false, true }

// SetSize gives the pane w by h cells.
func (p *Pane) SetSize(w, h int) {
	p.dirty = p.dirty || p.w != w || p.h != h
	p.w, p.h = w, h
}

// Act scrolls; false when the act is no movement.
func (p *Pane) Act(a keys.Action) bool {
	switch a {
	case keys.Up:
		p.top--
	case keys.Down:
		p.top++
	case keys.PageUp, keys.HalfUp:
		p.top -= max(1, p.h/2)
	case keys.PageDown, keys.HalfDown:
		p.top += max(1, p.h/2)
	case keys.First:
		p.top = 0
	case keys.Last:
		p.top = 1 << 20
	default:
		return false
	}
	p.dirty = true
	return true
}

// Lines draws the pane; the result is kept until something changes.
func (p *Pane) Lines() []string {
	if !p.dirty {
		return p.lines
	}
	p.dirty, p.lines = false, nil
	if p.w <= 0 || p.h <= 0 {
		return nil
	}
	text := p.text(p.w - 2)
	p.total = len(text)
	p.top = max(0, min(p.top, len(text)-p.h))
	for i := range text {
		text[i] = " " + text[i]
	}
	p.lines = shell.Block(text[p.top:], p.w, p.h)
	return p.lines
}

// Clipped tells that not all of the text is on screen.
func (p *Pane) Clipped() bool { return p.total > p.h }

// within tells that a stretch meets the span on screen.
func (p *Pane) within(from, to time.Time) bool {
	return (p.span.To.IsZero() || from.Before(p.span.To)) && (p.span.From.IsZero() || to.After(p.span.From))
}
