package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"trailsift/model"
)

// The cases that the benchmarks of asking and settling use are made of a loaded one by SQL: every
// copy of its records is a week later, in members of its own, with request ids and event ids of its
// own. TRAILSIFT_BASE names the loaded case, TRAILSIFT_LARGE the one to make (it is kept, and used
// again), TRAILSIFT_TIMES how many times the base it holds.
const (
	envBase  = "TRAILSIFT_BASE"
	envLarge = "TRAILSIFT_LARGE"
	envTimes = "TRAILSIFT_TIMES"
)

// processorTime is what the process has used so far on all cores.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// copyCase copies the database of a case into a new case directory, and waits until it is on the disk:
// what the kernel has yet to write of it would else be waited for by the first checkpoint that is timed.
func copyCase(from, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, dir := range []string{evidenceName, exportsName} {
		if err := os.MkdirAll(filepath.Join(to, dir), 0o700); err != nil {
			return err
		}
	}
	for _, name := range []string{databaseName, ledgerName} {
		in, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err
		}
		out, err := os.Create(filepath.Join(to, name))
		if err != nil {
			return err
		}
		_, err = out.Write(in)
		if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
			return err
		}
	}
	return nil
}

// multiply adds times-1 copies of everything to c and takes back what settling said.
func multiply(c *Case, times int) error {
	ctx := context.Background()
	return c.write(ctx, func(db *sql.DB) error {
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close()
		statements := []string{
			fmt.Sprintf(`update ct_events set dup = 0, witness = case when service = 's3' then %d else %d end`,
				model.WitnessOtherLogAbsent, model.WitnessNA),
			change(cloudTrailTable, "", recordApart()...),
			fmt.Sprintf(`update al_events set dup = 0, witness = case when starts_with(op_raw, 'S3.') then %d else %d end`,
				model.WitnessNA, model.WitnessOtherLogAbsent),
			change(accessTable, "", lineApart()...),
			fmt.Sprintf(`update ct_events set flags = flags & ~%[1]d::uinteger; update al_events set flags = flags & ~%[1]d::uinteger`,
				model.FlagDuplicate|model.FlagConflict|model.FlagPartOfCall),
			`create temp table base as select (select count(*) from ct_events) ct, (select count(*) from al_events) al, (select max(member) + 1 from members) step`,
		}
		const other = `hash(req64, %[1]d)`
		const shared = `member + %[1]d * (select step from base) as member, time + interval (%[1]d * 7) day as time, hash(rec64, %[1]d) as rec64,
			` + other + ` as req64, upper(format('{:016x}', ` + other + `)) as request_id`
		for k := 1; k < times; k++ {
			statements = append(statements,
				fmt.Sprintf(`insert into ct_events select * replace (`+shared+`, uuid() as event_id) from ct_events where rowid < (select ct from base)`, k),
				fmt.Sprintf(`insert into al_events select * replace (`+shared+`) from al_events where rowid < (select al from base)`, k),
				fmt.Sprintf(`insert into members select * replace (member + %[1]d * (select step from base) as member, name || '-%[1]d' as name, locator || '-%[1]d' as locator,
					unhex(sha256('%[1]d' || member)) as sha256_content) from members where member < (select step from base)`, k))
		}
		statements = append(statements, `delete from objects`, `delete from facts where name in ('`+factSettled+`', '`+factObjects+`', '`+factHours+`')`, `drop table base`, `checkpoint`)
		for _, statement := range statements {
			if _, err := conn.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", firstLine(statement), err)
			}
		}
		return nil
	})
}

// largeCase opens the case that the environment names, made first if need be.
func largeCase(b *testing.B) *Case {
	b.Helper()
	base, large := os.Getenv(envBase), os.Getenv(envLarge)
	if large == "" {
		b.Skipf("%s is not set; it names the case to ask, made of %s when it is not there", envLarge, envBase)
	}
	if _, err := os.Stat(filepath.Join(large, databaseName)); err != nil {
		times := 1
		if _, err := fmt.Sscan(os.Getenv(envTimes), &times); err != nil {
			b.Fatalf("%s: %v", envTimes, err)
		}
		if err := copyCase(base, large); err != nil {
			b.Fatal(err)
		}
		c, err := Open(large, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := multiply(c, times); err != nil {
			b.Fatal(err)
		}
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
	}
	c, err := Open(large, Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	return c
}
