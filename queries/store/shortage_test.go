package store

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// B13 and B14: a question too big says so, what to do, and is the only one that fails.
func TestAQuestionThatNeedsTooMuchSaysSoAndTheNextIsAnswered(t *testing.T) {
	const (
		noSpill = `select length(string_agg(repeat('x', 1000), '')) from range(200000)`
		spills  = `select sum(length(x)) from (select repeat('x', 200) || i x from range(1000000) t(i) order by x desc limit 900000)`
	)
	for name, x := range map[string]struct {
		prepare func(tmp string) error
		sql     string
		hint    string
	}{
		"B13 more memory than it may have": {func(string) error { return nil }, noSpill, "--memory 8GB"},
		"B14 nowhere to spill to":          {func(tmp string) error { return os.WriteFile(tmp, nil, 0o600) }, spills, "the case's tmp folder"},
	} {
		t.Run(name, func(t *testing.T) {
			o := testOptions()
			o.Memory = 64 << 20
			dir := filepath.Join(t.TempDir(), "t.case")
			c, err := Create(dir, o)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if err := os.RemoveAll(filepath.Join(dir, tempName)); err != nil {
				t.Fatal(err)
			}
			if err := x.prepare(filepath.Join(dir, tempName)); err != nil {
				t.Fatal(err)
			}
			db, done, err := c.DB(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			defer done()
			var n int64
			err = db.QueryRowContext(context.Background(), x.sql).Scan(&n)
			sentence, hint := Shortage(err)
			if err == nil || sentence == "" || strings.Contains(sentence, "\n") || !strings.Contains(hint, x.hint) {
				t.Errorf("%v is told as %q, %q", err, sentence, hint)
			}
			if err := db.QueryRowContext(context.Background(), `select count(*) from facts`).Scan(&n); err != nil || n == 0 {
				t.Errorf("the next question: %d, %v", n, err)
			}
		})
	}
}
