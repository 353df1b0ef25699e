package cli

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// perMember counts the records of every member, folded ones too.
func perMember(t *testing.T, dir string) map[string]string {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(run(t, "query", dir, "records:all", "--group-by", "member", "--format", "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, l := range lines[1:] {
		out[l[0]] = l[1]
	}
	return out
}

// known is what a case says about itself that does not depend on how often it was loaded.
func known(t *testing.T, dir string) string {
	t.Helper()
	var info map[string]any
	if err := json.Unmarshal([]byte(run(t, "case", "info", "--json", dir)), &info); err != nil {
		t.Fatal(err)
	}
	delete(info, "case")
	delete(info, "ledger")
	text, err := json.Marshal(info)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestI30TheProgramKilledWhileLoadingLeavesACaseThatCompletes kills the program itself, copying and
// settling included, at moments of its progress.
func TestI30TheProgramKilledWhileLoadingLeavesACaseThatCompletes(t *testing.T) {
	if testing.Short() {
		t.Skip("loads the demo several times")
	}
	rounds := 3 // and the store alone twice (queries/store)
	if os.Getenv("TRAILSIFT_NIGHTLY") != "" {
		rounds = 20
	}
	const demo = "../../testdata/demo"
	whole := filepath.Join(t.TempDir(), "whole.case")
	run(t, "load", "-q", "--case", whole, demo)
	want, members := known(t, whole), perMember(t, whole)
	r := rand.New(rand.NewPCG(7, uint64(rounds)))
	for round := range rounds {
		dir := filepath.Join(t.TempDir(), "killed.case")
		at := r.IntN(16)
		loadAndKill(t, at, "load", "--progress", "json", "--case", dir, demo)
		kept := map[string]string{}
		if isCase(dir) {
			kept = perMember(t, dir)
		}
		for name, n := range kept {
			// Duplicates are counted until they have been marked, so there may be more.
			if len(n) < len(members[name]) || len(n) == len(members[name]) && n < members[name] {
				t.Errorf("round %d: %s has %s records, not %s", round, name, n, members[name])
			}
		}
		run(t, "load", "-q", "--case", dir, demo)
		if got := known(t, dir); got != want {
			t.Errorf("round %d: loaded again, the case says\n%s\nnot\n%s", round, got, want)
		}
		t.Logf("round %d: killed at step %d, %d of %d members were kept", round, at, len(kept), len(members))
	}
}

// loadAndKill runs the program and kills it when it has told its progress n times.
func loadAndKill(t *testing.T, n int, args ...string) {
	t.Helper()
	cmd := exec.Command("trailsift", args...)
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(out)
	for i := 0; i < n && in.Scan(); {
		if strings.HasPrefix(in.Text(), "{") {
			i++
		}
	}
	_ = cmd.Process.Kill() // it may have come to its end
	_, _ = io.Copy(io.Discard, out)
	_ = cmd.Wait()
}

// TestTwoLoadsThatMakeOneCaseAtOnceBothEnd starts the program twice over one evidence and a case that is
// not there yet: one makes it, the other waits and finds the evidence loaded.
func TestTwoLoadsThatMakeOneCaseAtOnceBothEnd(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new.case")
	const evidence = "../../testdata/demo/acme-audit-logs/AWSLogs/444455556666/CloudTrail/eu-west-1/2026/03/13"
	errs := make(chan error, 2)
	for range cap(errs) {
		go func() {
			out, err := exec.Command("trailsift", "load", "-q", "--wait", "60s", "--case", dir, evidence).CombinedOutput()
			if err != nil {
				err = fmt.Errorf("%w\n%s", err, out)
			}
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got := run(t, "query", dir, "--count"); strings.TrimSpace(got) == "0" {
		t.Errorf("the case holds %s requests", got)
	}
}
