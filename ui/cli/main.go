// Package cli holds the commands, one verb a file, and is the only place that wires loaders, queries
// and the terminal interface together. It must not parse evidence or build SQL itself.
package cli

import (
	"context"
	"io"
)

// Main runs one command line and returns the exit code.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	_, _, _, _, _ = ctx, args, stdin, stdout, stderr
	return 0
}
