package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// full takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestAnAnswerThatCannotBeWrittenIsTold(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "x.case")
	events := filepath.Join(t.TempDir(), "events.json")
	if err := os.WriteFile(events, []byte(read("11111111-2222-4333-8444-555555555555", "k")), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "load", "-q", "--case", dir, events)
	for _, args := range [][]string{
		{"query", dir}, {"facets", dir, "--fields", "op"}, {"verify", dir}, {"preset", "run", dir, "our-own-traffic", "--format", "json"},
		{"case", "info", dir}, {"completion", "bash"}, {"help"}, {"load", "--case", dir, events},
	} {
		var errs bytes.Buffer
		code := Main(context.Background(), args, strings.NewReader(""), full{}, &errs)
		if told := errs.String(); code != exitAccess || strings.Count(told, "no space left") != 1 || !strings.Contains(told, "the answer is not complete") {
			t.Errorf("%v: exit %d: %s", args, code, told)
		}
	}
}
