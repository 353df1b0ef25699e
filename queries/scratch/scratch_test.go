package scratch

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// TestMain is also the program that makes a file and is killed.
func TestMain(m *testing.M) {
	dir := os.Getenv("SCRATCH_MAKER")
	if dir == "" {
		os.Exit(m.Run())
	}
	f, err := Create(dir)
	fmt.Println(f.Name(), err)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func TestWhatAKilledProgramLeavesIsSwept(t *testing.T) {
	dir := t.TempDir()
	maker := exec.Command(os.Args[0])
	maker.Env = append(os.Environ(), "SCRATCH_MAKER="+dir)
	in, err := maker.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := maker.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := maker.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	Sweep(dir)
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("while its maker is at work: %q", got)
	}
	if err := maker.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = maker.Wait()
	Sweep(dir)
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("after its maker was killed: %q", got)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestSweepTakesOnlyWhatNobodyWorksOn(t *testing.T) {
	dir := t.TempDir()
	live, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := live.Stat(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	for _, name := range []string{".trailsift-1.tmp", ".trailsift-.tmp", "report.tmp", ".trailsift-x", "trailsift-1.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, ".trailsift-d.tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("report.tmp", filepath.Join(dir, ".trailsift-l.tmp")); err != nil {
		t.Fatal(err)
	}
	Sweep(dir)
	if got := names(t, dir); len(got) != 6 {
		t.Errorf("left: %q", got)
	}
	live.Remove()
	live.Remove()
	if got := names(t, dir); len(got) != 5 {
		t.Errorf("after its maker is done: %q", got)
	}
}

func TestAKeptFileStays(t *testing.T) {
	dir := t.TempDir()
	f, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, "result")); err != nil {
		t.Fatal(err)
	}
	f.Keep()
	f.Remove()
	Sweep(dir)
	if got := names(t, dir); len(got) != 1 || got[0] != "result" {
		t.Errorf("left: %q", got)
	}
}

func TestMakersAndSweepersDoNotDisturbEachOther(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for range 4 {
		all.Add(2)
		go func() { defer all.Done(); Sweep(dir) }()
		go func() {
			defer all.Done()
			for range 50 {
				f, err := Create(dir)
				if err != nil {
					t.Error(err)
					return
				}
				if !stands(f.File) {
					t.Error("a file at work was taken away")
				}
				f.Remove()
				Sweep(dir)
			}
		}()
	}
	all.Wait()
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
}
