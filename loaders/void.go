package loaders

import (
	"context"
	"sync/atomic"

	"trailsift/model"
)

// Void is a sink that counts and keeps nothing. A load into it is the parse floor: reading, expanding,
// hashing and scanning without a database, against which the cost of storing is measured.
type Void struct {
	Records atomic.Int64
	next    atomic.Int64
}

// Reserve numbers members from 1.
func (v *Void) Reserve(_ context.Context, n int) (model.MemberID, error) {
	return model.MemberID(v.next.Add(int64(n))-int64(n)+1) << 24, nil
}

// Present knows no member.
func (v *Void) Present(string, [32]byte) bool { return false }

// Writer is a writer that counts.
func (v *Void) Writer(context.Context) (model.Writer, error) { return voidWriter{v}, nil }

type voidWriter struct{ v *Void }

func (w voidWriter) Write(_ context.Context, b *model.Batch) error {
	w.v.Records.Add(int64(len(b.Records)))
	return nil
}

func (voidWriter) Finish(context.Context, *model.Member) error   { return nil }
func (voidWriter) Discard(context.Context, model.MemberID) error { return nil }
func (voidWriter) Close(context.Context) error                   { return nil }
