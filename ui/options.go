package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui/screen/explore"
	"trailsift/ui/screen/objects"
	"trailsift/ui/screen/presets"
	"trailsift/ui/screen/sources"
	"trailsift/ui/screen/verify"
	"trailsift/ui/widget/custody"
)

// Backend is what the interface asks of an engine; model.Engine has it all.
type Backend interface {
	explore.Backend
	presets.Backend
	sources.Backend
	objects.Backend
	Overview(ctx context.Context) (model.Overview, error)
}

// Load is a load that runs while the case is looked at.
type Load struct {
	Name     string // of what is loaded; shown sanitised
	Progress *model.Progress
	Cancel   func()
	// Changed delivers when records were committed or settled; Done once, at the end.
	Changed <-chan struct{}
	Done    <-chan error
	// Warnings are what it had to tell so far, in order; nil: nothing.
	Warnings func() []string
}

// Custodian verifies a case and tells what came out.
type Custodian interface {
	verify.Custodian
	custody.Source
}

// Options is what the interface is made of.
type Options struct {
	Backend Backend
	Case    string // shown in the header; also how commands name the case
	Version string
	Presets []presets.Preset
	// PresetsNow reads them again; nil: they stay as they are.
	PresetsNow  func(ctx context.Context) []presets.Preset
	Export      func(ctx context.Context, r explore.ExportRequest) (string, error) // nil: no exports
	ExportCheck func(ctx context.Context, path string) error                       // why a file cannot be written at a path; nil: Export finds out
	Formats     []string                                                           // that Export can write, the usual one first
	RawFormat   string                                                             // the one of them that holds records as the evidence has them, secrets too
	Save        func(ctx context.Context, name, question string, f model.Filter) error
	Named       func(typed string) string // the name a preset is saved under
	SQL         func(q model.Query, fields []model.Field) ([]string, error)
	Load        *Load   // nil: nothing is being loaded
	Bucket      *Bucket // nil: nothing is to be taken from one
	// Look begins to look for new evidence; nil: this session cannot.
	Look func() *Load
	// Notebook is what the case's notebook holds, Note adds a line to it and returns when it is on
	// disk. A nil Note keeps nothing beyond the session.
	Notebook       model.Notebook
	Note           func(e model.NoteEntry) error
	ExportNotebook func(ctx context.Context, path, format string) (string, error)
	// SetWindow sets the incident window, or forgets it when the span is zero; nil: this session cannot.
	SetWindow func(ctx context.Context, s model.Span) error
	// Custodian verifies the case; nil: this session cannot.
	Custodian Custodian
	// Auditor answers the standard questions; nil: this session cannot.
	Auditor Auditor
	// Language is how filters are typed and printed.
	Language explore.Language
	Filter   model.Filter
	ASCII    bool
	NoColor  bool
	Zone     string // offered as second time zone
	Tmux     bool   // the program runs inside tmux
	// Clock and After are the host's unless a test sets them.
	Clock func() time.Time
	After func(d time.Duration, msg tea.Msg) tea.Cmd
}

func (o Options) filled() Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.After == nil {
		o.After = func(d time.Duration, msg tea.Msg) tea.Cmd {
			return tea.Tick(d, func(time.Time) tea.Msg { return msg })
		}
	}
	return o
}
