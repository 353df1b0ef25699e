package cli

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"testing"

	"trailsift/queries/store"
)

func exitText(err error) string {
	if err == nil {
		return "0"
	}
	var e *exec.ExitError
	if errors.As(err, &e) {
		return strconv.Itoa(e.ExitCode())
	}
	return err.Error()
}

func TestExitCodes(t *testing.T) {
	cases := map[string]struct {
		err  error
		want int
	}{
		"success is 0":                              {nil, 0},
		"a wrong command line is 2":                 {usage("", "no such flag"), 2},
		"a wrapped usage error is still 2":          {fmt.Errorf("query: %w", usage("", "bad")), 2},
		"a case that cannot be reached is 5":        {access(errors.New("locked"), ""), 5},
		"an error nobody classified is environment": {errors.New("disk"), 5},
		"interruption is 130":                       {fmt.Errorf("load: %w", context.Canceled), 130},
		"a command may have said it all":            {silent(3), 3},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := codeOf(c.err); got != c.want {
				t.Errorf("code %d, want %d", got, c.want)
			}
		})
	}
}

func TestALoadThatLostTheCaseMeanwhileIsToldOnce(t *testing.T) {
	busy := &store.BusyError{PID: 4711}
	err := loadFailure(errors.Join(fmt.Errorf("count what was loaded: %w", busy), fmt.Errorf("list members: %w", busy)))
	if codeOf(err) != exitAccess || err.Error() != "process 4711 took the case meanwhile" {
		t.Errorf("exit %d: %v", codeOf(err), err)
	}
}
