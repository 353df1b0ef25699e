package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

func testOptions() Options {
	return Options{
		Memory: 512 << 20, Threads: 2,
		Now:      func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) },
		Identity: Identity{Operator: "ada", Host: "bench", Command: []string{"trailsift", "load"}, Version: "test", SHA256: func() string { return "00" }},
	}
}

func newTestCase(t testing.TB) *Case {
	t.Helper()
	c, err := Create(filepath.Join(t.TempDir(), "t.case"), testOptions())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestACaseRemembersFactsAcrossOpenings(t *testing.T) {
	c := newTestCase(t)
	ctx := context.Background()
	if err := c.SetFact(ctx, FactRawElsewhere, "true"); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	o, err := Open(c.Dir(), testOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if v, err := o.Fact(ctx, FactRawElsewhere); v != "true" || err != nil {
		t.Errorf("fact is %q, %v", v, err)
	}
	if len(o.Problems()) != 0 {
		t.Errorf("problems: %q", o.Problems())
	}
}

// B08
func TestOtherFilesAreNoCase(t *testing.T) {
	contents := map[string][]byte{
		"an empty file":           {},
		"a text file":             []byte("hello, this is a text file of some length\n"),
		"an SQLite database":      append([]byte("SQLite format 3\x00"), make([]byte, 4096)...),
		"a database cut at start": []byte("\x00\x00\x00\x00\x00\x00\x00\x00DUC"),
	}
	for name, content := range contents {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, databaseName), content, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(dir, testOptions()); !errors.Is(err, ErrNoCase) {
				t.Errorf("got %v, want ErrNoCase", err)
			}
		})
	}
	if _, err := Open(t.TempDir(), testOptions()); !errors.Is(err, ErrNoCase) {
		t.Errorf("an empty directory: got %v, want ErrNoCase", err)
	}
}

// B09
func TestACaseOfANewerFormatIsRefused(t *testing.T) {
	c := newTestCase(t)
	if err := c.SetFact(context.Background(), factFormat, "99"); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if _, err := Open(c.Dir(), testOptions()); !errors.Is(err, ErrNewer) {
		t.Errorf("got %v, want ErrNewer", err)
	}
}

func TestNothingOutsideTheCaseCanBeReadOrWrittenBySQL(t *testing.T) {
	c := newTestCase(t)
	ctx := context.Background()
	secret := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(secret, []byte("a,b\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	statements := []string{
		`select * from read_text('` + secret + `')`,
		`select * from read_csv('` + secret + `')`,
		`select * from glob('/*')`,
		`copy (select 1) to '` + secret + `.out'`,
		`attach '` + secret + `.db'`,
		`install httpfs`, `load httpfs`,
		`set memory_limit = '1GB'`, `set global threads = 3`, `set enable_external_access = true`,
		`set global temp_directory = '/tmp'`, `reset lock_configuration`,
		`copy (select 1) to '` + c.Exports() + `/../x.csv'`,
	}
	for _, writable := range []bool{false, true} {
		run := func(statement string) (err error) {
			if writable {
				h, end, err := c.beginWrite(ctx, 1)
				if err != nil {
					t.Fatal(err)
				}
				_, err = h.db.Exec(statement)
				return errors.Join(err, end())
			}
			db, done, err := c.DB(ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer done()
			_, err = db.Exec(statement)
			return err
		}
		for _, s := range statements {
			if err := run(s); err == nil {
				t.Errorf("writable %v: %s was allowed", writable, s)
			}
		}
		if err := run(`copy (select 1 as a) to '` + c.Exports() + `/x.parquet' (format parquet)`); err != nil {
			t.Errorf("writable %v: an export into the case: %v", writable, err)
		}
	}
}

func TestB17FilesOfACaseAreTheOwnersOnly(t *testing.T) {
	c := newTestCase(t)
	if err := c.SetFact(context.Background(), "x", "y"); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(c.Dir(), func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := os.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAReleasedCaseOpensAgainByItself(t *testing.T) {
	c := newTestCase(t)
	ctx := context.Background()
	db, done, err := c.DB(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Release(); err != nil {
		t.Fatal(err)
	}
	var one int
	if err := db.QueryRow(`select 1`).Scan(&one); err != nil {
		t.Fatalf("a release took the database from under a query: %v", err)
	}
	done()
	if c.h != nil {
		t.Error("the database is still open after the last user left")
	}
	if _, err := c.Fact(ctx, factFormat); err != nil {
		t.Errorf("after release: %v", err)
	}
}

// B01, inside one process: DuckDB itself keeps other processes out by a file lock.
func TestASecondWriterIsToldWhoHoldsTheCase(t *testing.T) {
	c := newTestCase(t)
	_, end, err := c.beginWrite(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	var busy *BusyError
	if _, err = Open(c.Dir(), testOptions()); !errors.As(err, &busy) || busy.PID != os.Getpid() {
		t.Errorf("got %v, want a BusyError with our own process", err)
	}
	got := explain("x", errors.New(`IO Error: Could not set lock on file "x": Conflicting lock is held in /usr/bin/trailsift (PID 4711). See also`))
	if !errors.As(got, &busy) || busy.PID != 4711 || !strings.Contains(got.Error(), "4711") {
		t.Errorf("got %v, want process 4711", got)
	}
}

// B16: two programs may hold the same case where locks are only promises.
func TestB16ACaseOnANetworkFileSystemIsWarnedAbout(t *testing.T) {
	if got := shareProblem("NFS"); len(got) != 1 || !strings.Contains(got[0], "(NFS)") {
		t.Errorf("%q", got)
	}
	if c := newTestCase(t); shareOf(c.Dir()) == "" && len(c.Problems()) > 0 {
		t.Errorf("a local case has the problems %q", c.Problems())
	}
}

// B18 and I33: the host's clock may jump back, and its zone is nobody's business.
func TestB18AClockThatJumpsBackSpoilsNeitherLedgerNorLoad(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("elsewhere", -7*3600))
	o := testOptions()
	o.Now = func() time.Time { at = at.Add(-time.Hour); return at }
	dir := filepath.Join(t.TempDir(), "t.case")
	c, err := Create(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	loadSynthetic(t, c, model.CloudTrail, 1, []int{10, 20})
	if n := number(t, c, `select count(*) from members where loaded_at < timestamp '2026-03-01 19:00:00'`); n != 2 {
		t.Errorf("%d members are loaded at a time in UTC, want 2", n)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if c, err = Open(dir, o); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if len(c.Problems()) > 0 {
		t.Errorf("problems %q", c.Problems())
	}
	text, err := os.ReadFile(filepath.Join(dir, ledgerName))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, `Z","zone":"elsewhere -07:00"`) {
			t.Errorf("a line of the ledger has not both UTC and the zone of the host: %s", line)
		}
	}
}
