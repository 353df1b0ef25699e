package cli

import (
	"context"
	"errors"
	"fmt"
)

// Exit codes are part of the command line's contract; scripts branch on them.
const (
	exitDone        = 0
	exitAdverse     = 1  // verify, audit: an adverse finding
	exitUsage       = 2  // the command line is wrong, or there is no terminal for open
	exitIncomplete  = 3  // load had rejects or unreadable members
	exitNothing     = 4  // nothing recognised to load, nothing verifiable
	exitAccess      = 5  // access or environment: a case held by another process, no permission, no space
	exitBug         = 70 // a bug in trailsift
	exitInterrupted = 130
)

// failure is an error with the code to exit with and what the user can do about it.
type failure struct {
	code int
	err  error
	hint string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usage makes a failure of a wrong command line.
func usage(hint, format string, args ...any) error {
	return &failure{code: exitUsage, err: fmt.Errorf(format, args...), hint: hint}
}

// access makes a failure of the environment: permissions, locks, space.
func access(err error, hint string) error {
	return &failure{code: exitAccess, err: err, hint: hint}
}

// silent ends a command with a code after it has said all there is to say.
type silent int

func (s silent) Error() string { return fmt.Sprintf("exit %d", int(s)) }

// codeOf maps an error to the exit code.
func codeOf(err error) int {
	var f *failure
	var s silent
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &s):
		return int(s)
	case errors.As(err, &f):
		return f.code
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitAccess
}
