package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailsift/model"
)

// B05, B06, B07: a damaged database is an error in words, at opening or at the first question that
// meets the damage, and never a crash or a silent answer from another database.
func TestADamagedDatabaseIsAnErrorInWords(t *testing.T) {
	whole := newTestCase(t)
	loadSynthetic(t, whole, model.CloudTrail, 1, []int{4000, 4000})
	if err := whole.Close(); err != nil {
		t.Fatal(err)
	}
	original, err := os.ReadFile(whole.path(databaseName))
	if err != nil {
		t.Fatal(err)
	}
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[at] ^= 0x10; return b }
	}
	for name, damage := range map[string]func([]byte) []byte{
		"B07: a bit of the header":          flip(40),
		"B07: a bit of the second header":   flip(4096 + 12),
		"B06: the end is cut off":           func(b []byte) []byte { return b[:len(b)*6/10] },
		"B06: only the header is left":      func(b []byte) []byte { return b[:4096*3] },
		"B06: zeros where the tables were":  func(b []byte) []byte { clear(b[len(b)/2:]); return b },
		"B08: the magic alone":              func(b []byte) []byte { return b[:12] },
		"a version nobody has made yet":     func(b []byte) []byte { b[12], b[13] = 0xff, 0x7f; return b },
		"B06: a bit in the middle of a row": flip(len(original) / 3),
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "damaged.case")
			if err := os.CopyFS(dir, os.DirFS(whole.Dir())); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, databaseName), damage(append([]byte(nil), original...)), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := Open(dir, testOptions())
			if err != nil {
				said(t, err)
				return
			}
			defer c.Close()
			e := c.Engine(nil)
			rows := 0
			err = e.Stream(context.Background(), model.Query{}, model.Columns(), 0, func(model.Row) error { rows++; return nil })
			if err == nil && rows != 8000 {
				t.Errorf("%d of 8000 rows without a word", rows)
			}
			if err != nil {
				said(t, err)
			}
		})
	}
}

func said(t *testing.T, err error) {
	t.Helper()
	if !IsDamage(err) && !strings.Contains(err.Error(), "write-ahead log beside the database is damaged") {
		t.Errorf("not called damage: %v", err)
	}
}

// B03, B05: what a killed process left in the write-ahead log is read, and a flipped bit of it is not.
func TestAWriteAheadLogIsReadOrRefused(t *testing.T) {
	left := func(t *testing.T) string {
		t.Helper()
		c := newTestCase(t)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		h, err := openHandle(c.path(databaseName), c.settings(modeWrite, 1))
		if err != nil {
			t.Fatal(err)
		}
		defer h.close()
		if _, err := h.db.Exec(`insert into facts values ('kept', 'in the log')`); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "left.case")
		if err := os.CopyFS(dir, os.DirFS(c.Dir())); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, databaseName+".wal")); err != nil {
			t.Fatalf("nothing is in the log: %v", err)
		}
		return dir
	}
	t.Run("as it was left", func(t *testing.T) {
		c, err := Open(left(t), testOptions())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if v, err := c.Fact(context.Background(), "kept"); err != nil || v != "in the log" {
			t.Errorf("%q, %v", v, err)
		}
	})
	t.Run("with a flipped bit", func(t *testing.T) {
		dir := left(t)
		log := filepath.Join(dir, databaseName+".wal")
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		text[len(text)-8] ^= 1
		if err := os.WriteFile(log, text, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Open(dir, testOptions())
		if err == nil {
			v, ferr := c.Fact(context.Background(), "kept")
			t.Errorf("opened: %q, %v", v, errors.Join(ferr, c.Close()))
			return
		}
		said(t, err)
	})
}
