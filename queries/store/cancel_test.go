package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// openFiles is how many open files of this process have a name that begins so.
func openFiles(t *testing.T, name string) (n int) {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("SKIPPED: this system does not tell which files are open: %v", err)
	}
	for _, e := range all {
		if to, err := os.Readlink(filepath.Join("/proc/self/fd", e.Name())); err == nil && strings.HasPrefix(to, name) {
			n++
		}
	}
	return n
}

// A query that is cancelled between being planned and being run was never freed, and the next opening
// of the database waited for it for ever.
func TestCancelledQueriesLetGoOfTheDatabase(t *testing.T) {
	c := newTestCase(t)
	file, err := filepath.EvalSymlinks(c.path(databaseName))
	if err != nil {
		t.Fatal(err)
	}
	const text = `select count(*), coalesce(max(member), 0), cast(coalesce(epoch(max(loaded_at)), 0) as bigint) from members`
	var mu sync.Mutex
	cancelled, answered := 0, 0
	for round := range 40 {
		var all sync.WaitGroup
		for k := range 6 {
			ctx, cancel := context.WithCancel(context.Background())
			all.Go(func() {
				defer cancel()
				db, done, err := c.DB(ctx)
				if err == nil {
					var n, highest, latest int64
					err = db.QueryRowContext(ctx, text).Scan(&n, &highest, &latest)
					done()
				}
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					answered++
				case errors.Is(err, context.Canceled):
					cancelled++
				default:
					t.Errorf("round %d: %v", round, err)
				}
			})
			// The moments are spread over what the query takes here.
			time.AfterFunc(time.Duration(200*(round*6+k))*time.Microsecond, cancel)
		}
		all.Wait()
		if err := c.Release(); err != nil {
			t.Fatal(err)
		}
		if n := openFiles(t, file); n > 0 {
			t.Fatalf("round %d: the closed database is still open %d times", round, n)
		}
	}
	t.Logf("%d queries were cancelled, %d answered", cancelled, answered)
}
