package model

import (
	"fmt"
	"runtime/debug"
)

// Bug is a panic that was caught where it would have ended the process at once: in a goroutine of its own,
// or while the terminal belongs to the screen. It travels to where it can be told in a sentence.
type Bug struct {
	Value any
	Stack []byte // of where it began
}

// Caught makes a Bug of what recover returned; one that was caught before stays what it is. It must be
// called by the deferred function that recovers, so that the stack is that of the panic.
func Caught(recovered any) *Bug {
	if b, ok := recovered.(*Bug); ok {
		return b
	}
	return &Bug{Value: recovered, Stack: debug.Stack()}
}

// Error says what the panic said.
func (b *Bug) Error() string { return fmt.Sprint(b.Value) }
