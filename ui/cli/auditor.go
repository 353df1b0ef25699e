package cli

import (
	"context"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/queries/inquiry"
)

// auditor answers for the terminal interface.
type auditor struct{ *session }

// Encryption audits the writes that f keeps.
func (a auditor) Encryption(ctx context.Context, f model.Filter, by, over string) (answer.Encryption, error) {
	return inquiry.Encryption(ctx, a.engine, f, by, over)
}

// Actors lists who made the requests that f keeps.
func (a auditor) Actors(ctx context.Context, f model.Filter) (answer.Actors, error) {
	return inquiry.Actors(ctx, a.engine, f)
}

// Actor draws the card of one.
func (a auditor) Actor(ctx context.Context, f model.Filter, value string) (answer.Card, error) {
	return inquiry.Actor(ctx, a.engine, f, value)
}

// Object tells the story of an object or prefix.
func (a auditor) Object(ctx context.Context, name string, limit int) (answer.ObjectStory, error) {
	return inquiry.Object(ctx, a.engine, name, limit)
}

// Deletes is the ledger of the deletes that f keeps.
func (a auditor) Deletes(ctx context.Context, f model.Filter) (answer.Deletes, error) {
	return inquiry.Deletes(ctx, a.engine, f)
}
