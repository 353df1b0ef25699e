// Package export hands results out: to a file with a manifest that others can check, or to a stream
// for commands. It knows rows and how each format writes them; it must not know where rows come from
// or how a filter is answered (that is Source) and nothing of commands or screens.
package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"slices"
	"sync/atomic"

	"trailsift/model"
	"trailsift/model/secret"
	"trailsift/queries/scratch"
)

// Format is how rows are written.
type Format string

// The formats. Table is for reading on a terminal; Parquet for files only.
const (
	Table   Format = "table"
	CSV     Format = "csv"
	JSONL   Format = "jsonl"
	JSON    Format = "json"
	Parquet Format = "parquet"
)

// Source is what an export reads.
type Source interface {
	Stream(ctx context.Context, q model.Query, fields []model.Field, limit int64, each func(model.Row) error) error
	// StreamRaw gives the record's own bytes too; err says why they are not what was loaded.
	StreamRaw(ctx context.Context, q model.Query, fields []model.Field, limit int64, each func(r model.Row, raw []byte, err error) error) error
	Members(ctx context.Context) ([]model.Member, error)
	// Parquet writes a temporary file of its own, which the caller reads from its beginning and removes.
	Parquet(ctx context.Context, q model.Query, fields []model.Field) (*scratch.File, error)
}

// Job is one export to a file.
type Job struct {
	Path   string
	Format Format
	Query  model.Query
	Fields []model.Field // empty: every field; origin columns are added when they are missing
	CSVRaw bool          // cells as they are, for programs; spreadsheets may run formulas in them
	Force  bool          // replace a file that is there
	// Sources are directories and files of evidence, absolute, which nothing is ever written into.
	Sources []string
	About   About
	// Rows, when set, counts up while rows are written.
	Rows *atomic.Int64
}

// About is what the manifest repeats from the one who asked.
type About struct {
	Command    []string
	Filter     string // as printed
	Window     model.Span
	LedgerHead string
	// Verification is the last one of the case, nil when there was none.
	Verification *model.Verification
	Tool         string // name, version and SHA-256 of the program
}

// origins are the columns that no export goes without: they lead back to the evidence.
var origins = []model.Field{model.FieldMember, model.FieldRecord, model.FieldIntegrity}

// columnsOf are the columns of a file.
func columnsOf(fields []model.Field) []model.Field {
	if len(fields) == 0 {
		return model.Columns()
	}
	out := slices.Clone(fields)
	for _, f := range origins {
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// Check tells that an export could be begun: that its file and the manifest beside it may be written
// there. Nothing is left behind.
func Check(ctx context.Context, src Source, job Job) error {
	t, err := newTarget(ctx, src, job, manifestSuffix)
	if err == nil {
		t.remove()
	}
	return err
}

// Write runs an export. Until it is complete nothing stands under the final name; whatever goes
// wrong, nothing is left behind.
func Write(ctx context.Context, src Source, job Job) (Manifest, error) {
	job.Fields = columnsOf(job.Fields)
	t, err := newTarget(ctx, src, job, manifestSuffix)
	if err != nil {
		return Manifest{}, err
	}
	defer t.remove()
	tally := newTally(job.Fields)
	if job.Format == Parquet {
		err = t.parquet(ctx, src, job, tally)
	} else {
		err = t.rows(ctx, src, job, tally)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return Manifest{}, err
	}
	m, err := tally.manifest(ctx, src, job, t)
	if err == nil {
		err = t.publish(ctx, m)
	}
	if err != nil {
		return Manifest{}, err
	}
	return m, nil
}

// rows writes every format that is written row by row.
func (t *target) rows(ctx context.Context, src Source, job Job, tally *tally) error {
	w, err := NewWriter(t, job.Format, job.Fields, Options{Guard: !job.CSVRaw})
	if err != nil {
		return err
	}
	one := func(r model.Row, raw []byte, rawErr error) error {
		tally.count(r)
		if job.Rows != nil {
			job.Rows.Add(1)
		}
		if rawErr != nil {
			tally.rawMissing++
			raw = nil
		}
		tally.rawSecrets += int64(secret.Holds(string(raw)))
		return w.row(r, raw)
	}
	if job.Format == JSONL {
		w.raw = true
		err = src.StreamRaw(ctx, job.Query, job.Fields, 0, one)
	} else {
		err = src.Stream(ctx, job.Query, job.Fields, 0, func(r model.Row) error { return one(r, nil, nil) })
	}
	if err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	tally.guarded, tally.escaped = w.Guarded, w.Escaped
	return nil
}

// parquet has the source write the file and copies it to the target's directory.
func (t *target) parquet(ctx context.Context, src Source, job Job, tally *tally) error {
	f, err := src.Parquet(ctx, job.Query, job.Fields)
	if err != nil {
		return err
	}
	defer f.Remove()
	if _, err := io.Copy(t, f); err != nil {
		return err
	}
	// The rows once more, for what the manifest counts: a file that the database writes tells nothing.
	counted := append([]model.Field{model.FieldIntegrity}, texts(job.Fields)...)
	tally.integrityAt = 0
	return src.Stream(ctx, job.Query, counted, 0, func(r model.Row) error {
		tally.count(r)
		if job.Rows != nil {
			job.Rows.Add(1)
		}
		return nil
	})
}

// texts are the fields that can hold a secret's mark.
func texts(fields []model.Field) []model.Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f model.Field) bool {
		in, _ := model.Lookup(f)
		return in.Kind != model.KindJSON && f != model.FieldReferer && f != model.FieldAgent && f != model.FieldErrorMessage
	})
}

// tally is what the manifest says about the rows.
type tally struct {
	integrityAt      int
	rows             int64
	members          map[model.MemberID]int64
	badges           map[string]int64
	guarded, escaped int64
	rawMissing       int64
	redacted         int64 // marks in the cells
	rawSecrets       int64 // secrets in raw records, which stand there as they are
}

func newTally(fields []model.Field) *tally {
	return &tally{
		integrityAt: slices.Index(fields, model.FieldIntegrity),
		members:     map[model.MemberID]int64{}, badges: map[string]int64{},
	}
}

func (t *tally) count(r model.Row) {
	t.countAs(r, r.Values[t.integrityAt])
	for _, v := range r.Values {
		if text, ok := v.(string); ok {
			t.redacted += secret.Marks(text)
		}
	}
}

func (t *tally) countAs(r model.Row, badge any) {
	t.rows++
	t.members[r.ID.Member]++
	if s, ok := badge.(string); ok {
		t.badges[s]++
	}
}

// sum is a hash as manifests write it.
func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

var newHash = sha256.New
