// Package loaders is the pipeline: candidates in, batches of records out to a model.Sink. It knows how
// evidence is read, hashed, expanded, recognised and handed to the parsers, and keeps count of
// everything it came by. It must not know how records are stored, asked for or drawn.
package loaders

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"time"

	"trailsift/loaders/source"
	"trailsift/model"
)

// Request says what a load takes in and where it goes.
type Request struct {
	// Sources are the user's arguments: files, folders, globs, archives, "-".
	Sources []string
	// Remote are candidates from elsewhere; they are fetched ahead of the workers.
	Remote []source.Candidate
	Sink   model.Sink
	// Evidence is the case's folder for copies, nil when there is none.
	Evidence *source.Evidence
	Stdin    io.Reader
	Options
}

// Options are the choices of a load; the zero value is usable.
type Options struct {
	Copy      source.CopyMode
	CopyLimit int64 // of CopyAuto; 0: source.DefaultCopyLimit
	// Salvage takes the whole records before a break in compressed data.
	Salvage bool
	Workers int // 0: one for each core
	// Fetchers is how many remote candidates are fetched side by side, those included that wait to be asked
	// for again; 0: 128. How many are asked for at once is bounded where they come from.
	Fetchers int
	Limits   source.Limits
	Sizes    Sizes
	// HeadRoom refuses to go on when need more bytes would leave too little free; nil: no check.
	HeadRoom func(need int64) error
	// Now is the clock; nil: time.Now.
	Now func() time.Time

	parsers []recogniser // in tests
}

// Sizes bounds the memory of one worker.
type Sizes struct {
	// Whole is up to where a member is read and expanded as a whole; beyond, it goes through windows
	// of this size.
	Whole int64
	// Record is the largest single record, or document that cannot be cut, for which a window grows.
	Record int64
	// Body is the largest digest, key list or metadata file.
	Body int64
}

// DefaultSizes keep two workers within 300 MB but for records larger than a window.
var DefaultSizes = Sizes{Whole: 64 << 20, Record: 1 << 30, Body: 64 << 20}

func (o Options) withDefaults() Options {
	if o.Workers <= 0 {
		o.Workers = runtime.NumCPU()
	}
	if o.Fetchers <= 0 {
		o.Fetchers = 128
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sizes.Whole <= 0 {
		o.Sizes.Whole = DefaultSizes.Whole
	}
	if o.Sizes.Record <= 0 {
		o.Sizes.Record = DefaultSizes.Record
	}
	if o.Sizes.Body <= 0 {
		o.Sizes.Body = DefaultSizes.Body
	}
	return o
}

// Room makes a HeadRoom that keeps max(atLeast, percent of the disk) free. free is
// source.FreeSpace of the case's folder. With atLeast and percent 0 it never refuses.
func Room(free func() (free, total int64, err error), atLeast, percent int64) func(need int64) error {
	if atLeast == 0 && percent == 0 {
		return nil
	}
	return func(need int64) error {
		have, total, err := free()
		if err != nil {
			return fmt.Errorf("checking for room on the disk: %w", err)
		}
		keep := max(atLeast, total/100*percent)
		if have-need < keep {
			return fmt.Errorf("%w: %d MB are free, %d MB are kept free and %d MB are needed next", ErrNoRoom, have>>20, keep>>20, need>>20)
		}
		return nil
	}
}

// Defaults of Room: whichever is more.
const (
	KeepFreeBytes   = int64(1 << 30)
	KeepFreePercent = int64(5)
)

// Estimate lists what a load of req would read, without reading, extracting or copying it. Standard
// input is not counted.
func Estimate(ctx context.Context, req Request) (source.Estimate, error) {
	e, err := source.EstimateSources(ctx, req.Sources, source.Options{Limits: req.Limits})
	for _, c := range req.Remote {
		e.Candidates++
		e.Bytes += c.Size
	}
	return e, err
}
