package model

import "context"

// Part is one step towards an answer that takes long as a whole. The steps are taken in order.
type Part[T any] struct {
	Doing string // what the step does: "counting objects"
	// Peek tells that the step only gives an early look: no later one builds upon it.
	Peek bool
	// Do gives all that is known after the step, as a value that later ones leave alone; after the last
	// one it is the whole answer. A number that is not known yet is NotYet.
	Do func(ctx context.Context) (T, error)
}

// NotYet stands for a number that a part of an answer does not tell yet.
const NotYet = -1

// Whole takes all steps and gives the whole answer.
func Whole[T any](ctx context.Context, parts []Part[T]) (out T, err error) {
	for _, p := range parts {
		if p.Peek {
			continue
		}
		if out, err = p.Do(ctx); err != nil {
			return out, err
		}
	}
	return out, nil
}
