package cli

import (
	"io"
	"os"

	"github.com/charmbracelet/x/term"
)

// watched is a stream that remembers its first failure: a command whose output was lost has not
// succeeded, whoever printed it.
type watched struct {
	io.Writer
	err error
}

// Write implements io.Writer.
func (w *watched) Write(b []byte) (int, error) {
	n, err := w.Writer.Write(b)
	if err != nil && w.err == nil {
		w.err = err
	}
	return n, err
}

// isTerminal tells that a stream of the program is a terminal; other devices, as /dev/null, are not.
func isTerminal(stream any) bool {
	if w, ok := stream.(*watched); ok {
		stream = w.Writer
	}
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(f.Fd())
}
