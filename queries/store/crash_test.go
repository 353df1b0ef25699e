package store

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"trailsift/model"
)

// The test binary started with this variable set is a loader that somebody kills.
const crashEnv = "TRAILSIFT_CRASH_CASE"

const (
	crashMembers = 60
	crashEach    = 7_000 // a row group ends in the middle of a member
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashEnv); dir != "" {
		if err := crashLoad(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// crashLoad loads what is not present yet of a fixed set of members, two workers, and says after
// each commit-worthy step where it is.
func crashLoad(dir string) error {
	ctx := context.Background()
	c, err := Open(dir, testOptions())
	if err != nil {
		return err
	}
	s, err := c.Load(ctx, map[string]any{"sources": []string{"synthetic"}})
	if err != nil {
		return err
	}
	if _, err := s.Reserve(ctx, crashMembers); err != nil {
		return err
	}
	records := map[model.Log][]model.Record{}
	for _, log := range []model.Log{model.CloudTrail, model.AccessLog} {
		for n := range crashEach {
			records[log] = append(records[log], synthetic(log, 1<<24, n))
		}
	}
	errs := make(chan error, 2)
	for k := range 2 {
		w, err := s.Writer(ctx)
		if err != nil {
			return err
		}
		go func() {
			for i := k; i < crashMembers; i += 2 {
				id := model.MemberID(i+1) << 24
				log := model.CloudTrail
				if i%5 == 0 {
					log = model.AccessLog
				}
				if m := syntheticMember(log, id, 0); s.Present(m.Locator, m.SHA256File) {
					continue
				}
				err := w.Write(ctx, &model.Batch{Member: id, Records: records[log]})
				if err == nil {
					err = w.Finish(ctx, syntheticMember(log, id, crashEach))
				}
				if err != nil {
					errs <- err
					return
				}
				fmt.Println("member", i)
			}
			errs <- w.Close(ctx)
		}()
	}
	for range 2 {
		if err := <-errs; err != nil {
			return err
		}
	}
	fmt.Println("closing")
	if _, err := s.Close(ctx); err != nil {
		return err
	}
	fmt.Println("settling")
	if err := c.Settle(ctx, nil, nil); err != nil {
		return err
	}
	return c.Close()
}

// runAndKill starts a loader and kills it after it has said so many lines; it tells whether the
// loader came to its end instead.
func runAndKill(t *testing.T, dir string, lines int) (finished bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashEnv+"="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	in := bufio.NewScanner(out)
	for n := 0; in.Scan(); n++ {
		if n == lines {
			killed = true
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil && !killed {
		t.Fatalf("the loader failed: %v\n%s", err, stderr.String())
	}
	return !killed
}

func checkWhole(t *testing.T, dir, when string) (members int64) {
	t.Helper()
	c, err := Open(dir, testOptions())
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	defer c.Close()
	if len(c.Problems()) > 0 {
		t.Errorf("%s: problems %q", when, c.Problems())
	}
	const rows = `(select member from ct_events union all select member from al_events)`
	if n := number(t, c, `select count(*) from `+rows+` where member not in (select member from members)`); n != 0 {
		t.Errorf("%s: %d rows belong to no member", when, n)
	}
	if n := number(t, c, `select count(*) from (select m.member from members m left join `+rows+` e on e.member = m.member group by m.member, m.seen having count(e.member) <> m.seen)`); n != 0 {
		t.Errorf("%s: %d members are not whole", when, n)
	}
	if v, err := c.Fact(context.Background(), factLoading); v != "" || err != nil {
		t.Errorf("%s: the case still says that it is being loaded: %q, %v", when, v, err)
	}
	return number(t, c, `select count(*) from members`)
}

// I30, F1, F2: whatever the moment, a member is in or out, and loading again completes the case.
func TestI30I31ALoaderKilledAtAnyMomentLeavesWholeMembers(t *testing.T) {
	rounds := 2 // and the whole program three times (ui/cli)
	if n, err := strconv.Atoi(os.Getenv("TRAILSIFT_NIGHTLY")); err == nil && n > 0 {
		rounds = 20
	}
	r := rand.New(rand.NewPCG(1, uint64(rounds)))
	anyKept := false
	for round := range rounds {
		dir := filepath.Join(t.TempDir(), "t.case")
		c, err := Create(dir, testOptions())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		at := r.IntN(crashMembers + 3)
		runAndKill(t, dir, at)
		kept := checkWhole(t, dir, fmt.Sprintf("round %d, killed after line %d", round, at))
		if !runAndKill(t, dir, 1<<30) {
			t.Fatal("the second load was killed")
		}
		if got := checkWhole(t, dir, "loaded again"); got != crashMembers {
			t.Errorf("round %d: %d members after loading again, want %d", round, got, crashMembers)
		}
		anyKept = anyKept || kept > 0 && kept < crashMembers
		t.Logf("round %d: killed after line %d, %d members were kept", round, at, kept)
	}
	if !anyKept {
		t.Error("no kill came between two commits; the test tests nothing")
	}
}

func TestACaseWhoseMakerWasKilledIsBegunAgain(t *testing.T) {
	for name, c := range map[string]struct {
		make func(dir string) error
		want bool
	}{
		"nothing":       {func(string) error { return nil }, true},
		"empty folders": {func(dir string) error { return os.Mkdir(filepath.Join(dir, "evidence"), 0o700) }, true},
		"half a database": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, databaseName+".new"), []byte("x"), 0o600)
		}, true},
		"logs of somebody":       {func(dir string) error { return os.WriteFile(filepath.Join(dir, "log.json"), nil, 0o600) }, false},
		"a folder with evidence": {func(dir string) error { return os.MkdirAll(filepath.Join(dir, "evidence", "bucket"), 0o700) }, false},
		"another folder":         {func(dir string) error { return os.Mkdir(filepath.Join(dir, "logs"), 0o700) }, false},
		"a link":                 {func(dir string) error { return os.Symlink("/", filepath.Join(dir, "evidence")) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := c.make(dir); err != nil {
				t.Fatal(err)
			}
			if got := Begun(dir); got != c.want {
				t.Errorf("begun: %v", got)
			}
			if !c.want {
				return
			}
			made, err := Create(dir, testOptions())
			if err != nil {
				t.Fatal(err)
			}
			if err := made.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// B04: DuckDB itself says nothing when its write-ahead log is gone or an older file is put back.
func TestADatabaseThatLostChangesIsNamed(t *testing.T) {
	c := newTestCase(t)
	old := filepath.Join(t.TempDir(), "old")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	copyFile(t, c.path(databaseName), old)
	again, err := Open(c.Dir(), testOptions())
	if err != nil {
		t.Fatal(err)
	}
	loadSynthetic(t, again, model.CloudTrail, 1, []int{10})
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	copyFile(t, old, c.path(databaseName))
	last, err := Open(c.Dir(), testOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer last.Close()
	if p := strings.Join(last.Problems(), "\n"); !strings.Contains(p, "lost changes") {
		t.Errorf("problems are %q", p)
	}
}

func TestAChangedLedgerIsNamed(t *testing.T) {
	changes := map[string]struct {
		change func(lines []string) []string
		want   string
	}{
		"untouched":             {func(l []string) []string { return l }, ""},
		"a word in the middle":  {func(l []string) []string { l[1] = strings.Replace(l[1], "ada", "eve", 1); return l }, "does not hold the hash"},
		"a line taken out":      {func(l []string) []string { return append(l[:1], l[2:]...) }, "followed by"},
		"the last line changed": {func(l []string) []string { l[2] = strings.Replace(l[2], "ada", "eve", 1); return l }, "not the one the database remembers"},
		"the end cut off":       {func(l []string) []string { return l[:1] }, "was cut"},
		"a torn last line":      {func(l []string) []string { return append(l, `{"seq":4,"ti`) }, ""},
		"one line too few":      {func(l []string) []string { return l[:2] }, ""},
		"no JSON":               {func(l []string) []string { l[1] = "hello"; return l }, "cannot be read"},
	}
	for name, x := range changes {
		t.Run(name, func(t *testing.T) {
			c := newTestCase(t)
			loadSynthetic(t, c, model.CloudTrail, 1, []int{10})
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(c.path(ledgerName))
			if err != nil {
				t.Fatal(err)
			}
			lines := x.change(strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"))
			end := "\n"
			if name == "a torn last line" {
				end = ""
			}
			if err := os.WriteFile(c.path(ledgerName), []byte(strings.Join(lines, "\n")+end), 0o600); err != nil {
				t.Fatal(err)
			}
			o, err := Open(c.Dir(), testOptions())
			if err != nil {
				t.Fatal(err)
			}
			defer o.Close()
			if p := strings.Join(o.Problems(), "\n"); (x.want == "") != (p == "") || !strings.Contains(p, x.want) {
				t.Errorf("problems are %q, want %q", p, x.want)
			}
			if x.want == "" {
				if err := o.Record(context.Background(), "export", map[string]any{"rows": 3}); err != nil {
					t.Fatal(err)
				}
				if seq, hash := o.Head(); seq != 4 || len(hash) != 64 {
					t.Errorf("the head is %d %s, want act 4", seq, hash)
				}
			}
		})
	}
}
