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
func (a auditor) Encryption(f model.Filter, by, over string) []model.Part[answer.Encryption] {
	return inquiry.EncryptionParts(a.engine, f, by, over)
}

// Actors lists who made the requests that f keeps.
func (a auditor) Actors(f model.Filter) []model.Part[answer.Actors] {
	return inquiry.ActorsParts(a.engine, f)
}

// Actor draws the card of one.
func (a auditor) Actor(f model.Filter, value string) []model.Part[answer.Card] {
	return inquiry.ActorParts(a.engine, f, value)
}

// Object tells the story of an object or prefix.
func (a auditor) Object(name string, limit int) []model.Part[answer.ObjectStory] {
	return inquiry.ObjectParts(a.engine, name, limit)
}

// Deletes is the ledger of the deletes that f keeps.
func (a auditor) Deletes(f model.Filter) []model.Part[answer.Deletes] {
	return inquiry.DeletesParts(a.engine, f)
}

// Bounded bounds what reads took of the nodes below a prefix.
func (a auditor) Bounded(ctx context.Context, f model.Filter, bucket, prefix string, nodes []model.Node) ([]model.Node, error) {
	return inquiry.Bounded(ctx, a.engine, f, bucket, prefix, nodes)
}

// Hours is the coverage of span.
func (a auditor) Hours(ctx context.Context, span model.Span) (answer.Coverage, error) {
	return a.coverage(ctx, span)
}

// Recording is the coverage of the incident window, else of the evidence, with everything that changed
// the recording in that time, and the deliveries.
func (a auditor) Recording(ctx context.Context) (answer.Recording, error) {
	c, err := a.coverage(ctx, model.Span{})
	out := answer.Recording{Coverage: c}
	if err != nil {
		return out, err
	}
	within := between(model.Span{From: c.From, To: c.To})
	touched, err := a.tampered(ctx, within)
	if err != nil {
		return out, err
	}
	out.Causes = inquiry.MergeCauses(out.Causes, touched)
	out.Delivery, err = inquiry.Deliveries(ctx, a.engine, within)
	return out, err
}
