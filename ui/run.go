package ui

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// quitPatience is how long leaving waits for jobs to reach a safe point.
const quitPatience = 2 * time.Second

// Run shows the interface until the user leaves or ctx ends. A panic of the interface or of what it asked
// comes back as a *model.Bug.
func Run(ctx context.Context, o Options) error {
	r := New(o)
	// Signals end ctx; Bubble Tea's own handling of them would hide that from the caller.
	opts := []tea.ProgramOption{tea.WithContext(ctx), tea.WithoutSignalHandler()}
	if o.NoColor {
		// Bubble Tea reads NO_COLOR as a truth value; the convention is any non-empty text.
		opts = append(opts, tea.WithColorProfile(colorprofile.ASCII))
	}
	return run(ctx, r, opts...)
}

func run(ctx context.Context, r *Root, opts ...tea.ProgramOption) error {
	g := &guarded{Model: r}
	program, _ := newProgram(g, opts...)
	g.send = program.Send
	_, err := program.Run()
	r.finish()
	if g.bug != nil {
		return g.bug
	}
	if err == nil && r.unsaved != nil {
		return fmt.Errorf("write the notebook: %w", r.unsaved)
	}
	if err != nil && ctx.Err() != nil && !errors.Is(err, tea.ErrProgramPanic) {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("terminal interface: %w", err)
	}
	return nil
}

// finish cancels what runs and waits for it within reason.
func (r *Root) finish() {
	for _, s := range r.stack {
		s.Stop()
	}
	r.jobs.cancelAll()
	r.Remember()
	if err := r.notes.Drain(); err != nil {
		r.unsaved = err
	}
	done := make(chan struct{})
	go func() { r.jobs.running.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(quitPatience):
	}
}
