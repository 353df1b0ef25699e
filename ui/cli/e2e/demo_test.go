package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

const demo = "testdata/demo"

// readyCase is the demo evidence as a case, made once and copied for every story. The evidence stays where
// it is: its 3,600 small files would take most of the time of every copy.
var readyCase = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "trailsift-stories-")
	if err != nil {
		return "", err
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		return "", err
	}
	c := exec.Command(os.Getenv("TRAILSIFT_E2E"), "load", "-q", "--copy=never", "--case", filepath.Join(dir, "demo.case"), filepath.Join(root, demo))
	c.Env = append(os.Environ(), "XDG_DATA_HOME="+dir)
	if out, err := c.CombinedOutput(); err != nil {
		return "", &exec.Error{Name: string(out), Err: err}
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if os.Getenv("TRAILSIFT_E2E") != "" {
		if dir, err := readyCase(); err == nil {
			os.RemoveAll(dir)
		}
	}
	os.Exit(code)
}

// copyDemo puts a loaded demo into the folder home, as demo.case.
func copyDemo(t *testing.T, home string) {
	t.Helper()
	binary(t)
	from, err := readyCase()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(home, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// caseAt opens a copy of the loaded demo, the briefing closed, and returns the case's folder too.
func caseAt(t *testing.T, width, height int, env []string, flags ...string) (*terminal, string) {
	t.Helper()
	bin := binary(t)
	home := t.TempDir()
	copyDemo(t, home)
	dir := filepath.Join(home, "demo.case")
	m := reopen(t, bin, home, width, height, env, flags...)
	return m, dir
}

func reopen(t *testing.T, bin, home string, width, height int, env []string, flags ...string) *terminal {
	t.Helper()
	m := startAt(t, bin, home, width, height, env, append(append([]string{"open"}, flags...), filepath.Join(home, "demo.case"))...)
	m.until("leads")
	m.keys("Escape")
	m.gone("Briefing")
	m.settled()
	return m
}
