package model

import "context"

// Found is how far a search is.
type Found struct {
	Rows        []Row // some that its last step found, newest first
	Count       int64 // all that were found so far
	Read, Total int64 // requests read, and of the time that is searched
	Done        bool  // all is read; what the filter keeps is known from now on
}

// Search looks through the text of records, stretch by stretch of time from the newest to the oldest.
type Search interface {
	// Next reads the next stretch and returns at most n of its rows.
	Next(ctx context.Context, fields []Field, n int) (Found, error)
}

// Searcher is an engine to which a filter can be a job of its own.
type Searcher interface {
	// Search begins to look for what f keeps; nil when it can be asked at once, as others are.
	Search(ctx context.Context, f Filter) (Search, error)
}

// Searches tells that f looks into the text of every record, which no column holds apart.
func Searches(f Filter) bool {
	for _, t := range f.Terms {
		switch {
		case t.Off:
		case t.Field == FieldAny, t.Field == FieldJSON && !promoted(t.Path):
			return true
		case t.Field == FieldRequest || t.Field == FieldResponse || t.Field == FieldExtra:
			if t.Op != Present {
				return true
			}
		}
	}
	return false
}

func promoted(path string) bool {
	for _, p := range Promoted {
		if p.Path == path {
			return true
		}
	}
	return false
}
