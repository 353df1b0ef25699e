package explore

import (
	"context"
	"time"

	"trailsift/model"
	"trailsift/ui/notes"
	"trailsift/ui/widget/custody"
)

// Backend is what Explore asks of an engine.
type Backend interface {
	Page(ctx context.Context, q model.Query, fields []model.Field, start int64, n int) (model.Page, error)
	Count(ctx context.Context, q model.Query) (int64, error)
	Facets(ctx context.Context, q model.Query, fields []model.Field, top int) ([]model.Facet, error)
	Bars(ctx context.Context, q model.Query, span model.Span, n int) (model.Bars, error)
	Record(ctx context.Context, id model.RecordID) (model.Detail, error)
	Position(ctx context.Context, q model.Query, id model.RecordID) (int64, error)
	Coverage(ctx context.Context, q model.Query) (model.Coverage, error)
}

// summing is a backend that keeps sums, and tells for which questions it needs to look at no row.
type summing interface{ Summed(q model.Query) bool }

// ExportRequest is what the export dialog asks for.
type ExportRequest struct {
	Query   model.Query
	Path    string
	Format  string        // one of Options.Formats
	Columns []model.Field // nil: all
}

// Language reads and writes filters as text. Times that count from the end of the evidence need it.
type Language struct {
	Parse    func(text string, end time.Time) (model.Filter, error)
	Print    func(f model.Filter) string
	Describe func(t model.Term) string // one term, as its chip prints it
}

// Options are the functions Explore works with besides its backend; a nil one switches its key off.
type Options struct {
	Language Language
	// Export writes the rows and returns a sentence saying what was written.
	Export func(ctx context.Context, r ExportRequest) (string, error)
	// ExportCheck says why a file cannot be written at a path; nil: Export finds out.
	ExportCheck func(ctx context.Context, path string) error
	// Formats are what Export can write, the usual one first; each is also the ending of a file.
	Formats []string
	// RawFormat is the one of Formats that holds records as the evidence has them, secrets too.
	RawFormat string
	// Save stores a filter as a user preset.
	Save func(ctx context.Context, name, question string, f model.Filter) error
	// Named is the name that a preset is saved under, empty when it must be called otherwise.
	Named func(typed string) string
	// Custody is what the proof pane learns from; nil: this session cannot verify.
	Custody custody.Source
	// Notes is the notebook.
	Notes *notes.Notes
	// Settings are shared by all lists; nil: a list's own. Zone is offered as second time zone.
	Settings *Settings
	Zone     string
	// SQL is the statement behind a list, one clause a line, its parameters after it.
	SQL func(q model.Query, fields []model.Field) ([]string, error)
	// Hours is what is known of every hour of the evidence; all lists share one.
	Hours *Hours
	// Case is how commands name the case.
	Case string
}
