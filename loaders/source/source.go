// Package source turns what a user names (files, folders, globs, archives, standard input) into an
// ordered list of candidates, opens them safely, and gives their bytes back later. It knows files,
// archives, gzip and the copies a case keeps. It must not know what a log record is, how a case
// stores one, or anything of S3; and it never writes outside the evidence folder it was given.
package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Candidate is one file or archive entry that may hold evidence. Name, Locator and Entry are foreign
// text; only Path is ever opened.
type Candidate struct {
	Locator string // see model.Member
	Name    string
	Path    string // empty for a remote candidate until it is fetched
	Entry   string // inside the zip archive at Path
	Size    int64  // stored bytes, as listed
	// ModTime is when a remote candidate was last changed at its origin; zero: the file's own.
	ModTime time.Time
	// Skip is why there is nothing to read here; empty for everything that can be tried.
	Skip string
	// Unreadable says that Skip is a lack of access, which makes a load incomplete.
	Unreadable bool
	// Folder says that Skip is about a folder, or a link to one, and all that lies below it.
	Folder bool
	// Copied says that Path lies in the case already, or is to stay where it is.
	Copied bool
	// Fetch brings a remote candidate into the case; nil for local ones. It is called once, ahead of
	// the worker that reads it, side by side with other fetches.
	Fetch func(ctx context.Context) (Fetched, error)

	zip *zipArchive
	at  int // index in zip
}

// Fetched is the copy of a remote candidate.
type Fetched struct {
	Path string
	// SHA256 is of a copy that an earlier load made, as its sidecar tells; zero when it was made now.
	SHA256 [32]byte
}

// StopError, returned by Fetch, ends the load: nothing more can be fetched from there, and nothing is
// wrong with the candidate.
type StopError struct{ Err error }

func (e StopError) Error() string { return e.Err.Error() }

// Unwrap gives the reason.
func (e StopError) Unwrap() error { return e.Err }

// SkipError, returned by Fetch, skips a candidate with a reason instead of rejecting it.
type SkipError struct{ Reason string }

func (e SkipError) Error() string { return e.Reason }

// Limits bounds what hostile evidence can cost.
type Limits struct {
	// Ratio and RatioFloor refuse a file that expands to more than Ratio times its stored bytes, once
	// more than RatioFloor bytes came out of it.
	Ratio      int64
	RatioFloor int64
	// Expanded refuses a compressed file that expands to more.
	Expanded int64
	// Entries bounds the entries of one archive, Parts the gzip members of one file.
	Entries int
	Parts   int
}

// DefaultLimits are generous for logs, whose gzip rarely passes 30:1.
var DefaultLimits = Limits{Ratio: 200, RatioFloor: 64 << 20, Expanded: 2 << 30, Entries: 500_000, Parts: 10_000}

// withDefaults replaces every zero by its default.
func (l Limits) withDefaults() Limits {
	pick := func(v *int64, d int64) {
		if *v == 0 {
			*v = d
		}
	}
	pick(&l.Ratio, DefaultLimits.Ratio)
	pick(&l.RatioFloor, DefaultLimits.RatioFloor)
	pick(&l.Expanded, DefaultLimits.Expanded)
	if l.Entries == 0 {
		l.Entries = DefaultLimits.Entries
	}
	if l.Parts == 0 {
		l.Parts = DefaultLimits.Parts
	}
	return l
}

// check tells whether expanded bytes out of stored ones are too many.
func (l Limits) check(expanded, stored int64) error {
	if expanded > l.Expanded {
		return fmt.Errorf("it expands to more than %s: %w", bytesText(l.Expanded), ErrTooLarge)
	}
	if expanded > l.RatioFloor && expanded/l.Ratio > stored {
		return fmt.Errorf("it expands more than %d-fold (%s out of %s so far): %w",
			l.Ratio, bytesText(expanded), bytesText(stored), ErrTooLarge)
	}
	return nil
}

// The errors a caller tells apart.
var (
	ErrTooLarge  = errors.New("refused as a decompression bomb")
	ErrUnstable  = errors.New("changed while it was read")
	ErrNotFile   = errors.New("not a regular file")
	errNoStorage = errors.New("archives of this kind and standard input are taken apart into a case; load them into one first (trailsift load)")
)

// CopyMode says whether local evidence is copied into the case.
type CopyMode string

// The copy modes. CopyAuto copies when all local evidence of a load is at most Options.CopyLimit.
const (
	CopyAuto   CopyMode = "auto"
	CopyAlways CopyMode = "always"
	CopyNever  CopyMode = "never"
)

// DefaultCopyLimit is how much local evidence CopyAuto copies: 2 GB.
const DefaultCopyLimit = int64(2_000_000_000)

// Options says how sources are listed.
type Options struct {
	// Evidence is the case's evidence folder; nil when there is no case to copy into.
	Evidence  *Evidence
	Copy      CopyMode
	CopyLimit int64
	Limits    Limits
	Stdin     io.Reader
	// HeadRoom refuses to write need more bytes; nil allows all.
	HeadRoom func(need int64) error
	// Note is told of every archive that was opened; nil is allowed.
	Note func(Archive)
	// dry lists without writing anything: archives that would be extracted stay one candidate.
	dry bool
}

// Archive is the provenance of an archive that was taken apart.
type Archive struct {
	Locator string
	Format  string // "zip", "tar", "tar.gz"
	Entries int
	Size    int64
	// SHA256 is of the whole archive; zero for a zip that is read in place.
	SHA256 [32]byte
}

// Estimate is what a load would have to read.
type Estimate struct {
	Candidates int
	Bytes      int64
	Skipped    int
}

// EstimateSources lists sources without extracting, copying or reading standard input.
func EstimateSources(ctx context.Context, args []string, opt Options) (Estimate, error) {
	opt.dry, opt.Copy = true, CopyNever
	set, err := List(ctx, args, opt)
	if err != nil {
		return Estimate{}, err
	}
	defer set.Close()
	e := Estimate{Candidates: set.Len(), Bytes: set.Bytes()}
	for i := range set.Len() {
		if set.items[i].skip != "" {
			e.Skipped++
		}
	}
	return e, nil
}

// bytesText writes a size for a sentence.
func bytesText(n int64) string {
	switch {
	case n >= 1<<30 && n%(1<<30) == 0:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// Clock tells the time written into sidecars.
type Clock func() time.Time
