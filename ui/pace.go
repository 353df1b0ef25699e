package ui

import (
	"reflect"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
)

// How often Bubble Tea looks at the screen for something new. Its clock runs for as long as the program
// does, and it has no setting to let it rest: looking forty times a second at a screen on which nothing
// happens costs about one percent of a core.
const (
	frames = 40                    // a second, where the clock cannot be reached
	brisk  = 10 * time.Millisecond // while something happens: a key is painted within it
	rest   = time.Second           // while nothing does; not never, so that no frame can be forgotten
	calm   = 250 * time.Millisecond
)

// pace slows the clock of the screen down when nothing has happened for a while (calm) and starts it again
// with the next message. A view that comes while the clock rests is looked at within brisk all the same:
// it is what starts the clock.
type pace struct {
	mu    sync.Mutex
	clock *time.Ticker // nil: not known, or not to be reached
	views int
	slow  bool
}

// beat says that a view is about to be drawn.
func (p *pace) beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.clock == nil {
		return
	}
	if p.views == 0 || p.slow {
		p.clock.Reset(brisk)
		p.slow = false
	}
	p.views++
	seen := p.views
	time.AfterFunc(calm, func() { p.settle(seen) })
}

// settle slows the clock unless more views came than were seen.
func (p *pace) settle(seen int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.views == seen {
		p.clock.Reset(rest)
		p.slow = true
	}
}

// clockOf reaches the clock of a program that runs; nil where Bubble Tea keeps none by this name and kind,
// which leaves it at its even pace. It must be called where Bubble Tea calls the model: there the clock
// has been made, and nobody else changes it.
func clockOf(p *tea.Program) *time.Ticker {
	field := reflect.ValueOf(p).Elem().FieldByName("ticker")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*time.Ticker]() {
		return nil
	}
	return (*time.Ticker)(field.UnsafePointer())
}

// paced is a model whose views set the pace.
type paced struct {
	tea.Model
	program *tea.Program
	pace    *pace
}

// Update hands msg on.
func (p *paced) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	p.Model, cmd = p.Model.Update(msg)
	return p, cmd
}

// View draws.
func (p *paced) View() tea.View {
	if p.pace.clock == nil {
		p.pace.clock = clockOf(p.program)
	}
	p.pace.beat()
	return p.Model.View()
}

// newProgram is a program over m whose clock rests when nothing happens.
func newProgram(m tea.Model, opts ...tea.ProgramOption) (*tea.Program, *paced) {
	p := &paced{Model: m, pace: &pace{}}
	p.program = tea.NewProgram(p, append(opts, tea.WithFPS(frames))...)
	return p.program, p
}
