package source

import (
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

func memberOf(path, content string) model.Member {
	return model.Member{Name: "m", Path: path, Part: 1, SHA256Content: sha256.Sum256([]byte(content)), SizeContent: int64(len(content))}
}

func TestContentsReadBackARange(t *testing.T) {
	dir := t.TempDir()
	content := "first line\nsecond line\nthird line\n"
	one, two := pack(t, content), pack(t, "other\n")
	cut := pack(t, noise(12000))[:9000]
	salvaged := readParts(func() *Parts { p := NewParts(Limits{}); p.Reset(cut); return p }())[0].content
	plain := memberOf(put(t, dir, "plain", content), content)
	packed := memberOf(put(t, dir, "packed", string(one)), content)
	packed.Gzip = true
	second := memberOf(put(t, dir, "two", string(slices.Concat(two, one))), content)
	second.Gzip, second.Part, second.PartOffset = true, 2, int64(len(two))
	junk := memberOf(put(t, dir, "junk", string(one)+"junk"), content)
	junk.Gzip = true
	broken := memberOf(put(t, dir, "broken", string(cut)), salvaged)
	broken.Gzip = true
	entry := memberOf(put(t, dir, "z.zip", string(zipOf(t, zipPart{"x", "no"}, zipPart{"x", string(one)}))), content)
	entry.Gzip, entry.Entry = true, "x (2)"
	moved := memberOf("/gone/old.case/evidence/local/evidence/f", content)
	put(t, dir, "new.case/evidence/local/evidence/f", content)

	for name, m := range map[string]model.Member{
		"a plain file": plain, "a gzip file": packed, "a second gzip member": second, "before junk": junk,
		"a salvaged member": broken, "an entry of a zip archive": entry, "a case that was moved": moved,
	} {
		t.Run(name, func(t *testing.T) {
			c := &Contents{Dir: filepath.Join(dir, "new.case/evidence")}
			defer c.Close()
			all := content
			if name == "a salvaged member" {
				all = salvaged
			}
			for range 3 { // the second time from what is kept
				got, err := c.Range(t.Context(), m, 11, 11)
				if err != nil || string(got) != all[11:22] {
					t.Errorf("got %q, %v", got, err)
				}
				if got, err := c.Range(t.Context(), m, int64(len(all))-3, 100); err != nil || string(got) != all[len(all)-3:] {
					t.Errorf("beyond the end: %q, %v", got, err)
				}
			}
		})
	}
}

func TestContentsTellOfChanges(t *testing.T) {
	content := "first line\nsecond line\n"
	changed := "first line\nSECOND LINE\n"
	later := time.Now().Add(time.Hour)
	for name, stored := range map[string]func(string) string{
		"plain": func(s string) string { return s },
		"gzip":  func(s string) string { return string(pack(t, s)) },
	} {
		t.Run(name, func(t *testing.T) {
			path := put(t, t.TempDir(), "f", stored(content))
			m := memberOf(path, content)
			m.Gzip = name == "gzip"
			c := &Contents{}
			if _, err := c.Range(t.Context(), m, 11, 11); err != nil {
				t.Fatal(err)
			}
			os.WriteFile(path, []byte(stored(changed)), 0o644)
			os.Chtimes(path, later, later)
			for range 2 {
				got, err := c.Range(t.Context(), m, 11, 11)
				if !errors.Is(err, model.ErrChanged) || string(got) != "SECOND LINE" {
					t.Errorf("got %q, %v", got, err)
				}
			}
			os.WriteFile(path, []byte(stored(content+"more\n")), 0o644)
			os.Chtimes(path, later.Add(1e9), later.Add(1e9))
			if got, err := c.Range(t.Context(), m, 0, 10); !errors.Is(err, model.ErrChanged) || string(got) != "first line" {
				t.Errorf("grown: got %q, %v", got, err)
			}
			os.Remove(path)
			if _, err := c.Range(t.Context(), m, 0, 10); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
				t.Errorf("gone: %v", err)
			}
		})
	}
}

func TestContentsOfNonsense(t *testing.T) {
	content := "x"
	m := memberOf(put(t, t.TempDir(), "f", content), content)
	c := &Contents{}
	for _, r := range []struct {
		offset int64
		length int
	}{{-1, 1}, {0, -1}} {
		if _, err := c.Range(t.Context(), m, r.offset, r.length); err == nil {
			t.Errorf("%+v was taken", r)
		}
	}
	if got, err := c.Range(t.Context(), m, 1<<40, 10); err != nil || len(got) != 0 {
		t.Errorf("far beyond the end: %q, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m.Path = put(t, t.TempDir(), "g", content)
	if _, err := c.Range(ctx, m, 0, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	m.Gzip = true // it is not: what was loaded as gzip is plain now
	if got, err := c.Range(t.Context(), m, 0, 1); err != nil && !errors.Is(err, model.ErrChanged) {
		t.Errorf("%q, %v", got, err)
	}
}
