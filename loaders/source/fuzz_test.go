package source

import (
	"archive/tar"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzArchive lists and reads whatever it is given as an archive: nothing panics, nothing lands outside
// the evidence folder, and no file is left half-written.
func FuzzArchive(f *testing.F) {
	f.Add(zipOf(f, zipPart{"a", "A"}, zipPart{"../b", noise(300)}))
	f.Add(tarOf(f, tarEntry{name: "../a", content: "A"}, tarEntry{name: "l", link: "/etc/passwd", kind: tar.TypeSymlink}))
	f.Add(pack(f, string(tarOf(f, tarEntry{name: "a", content: noise(3000)}))))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, stored []byte) {
		if len(stored) > 1<<16 {
			return
		}
		case1, err := os.MkdirTemp(dir, "c")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(case1)
		path := filepath.Join(case1, "archive")
		if err := os.WriteFile(path, stored, 0o600); err != nil {
			t.Fatal(err)
		}
		e, err := OpenEvidence(filepath.Join(case1, "evidence"), nil, "")
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		set, err := List(t.Context(), []string{path}, Options{Evidence: e, Limits: Limits{Expanded: 1 << 20, Entries: 50}})
		if err != nil {
			t.Fatalf("a file of the user's ended the listing: %v", err)
		}
		defer set.Close()
		for i := range set.Len() {
			c := set.At(i)
			if c.Skip != "" {
				continue
			}
			file, err := Open(c)
			if err != nil {
				continue
			}
			io.Copy(io.Discard, io.LimitReader(file, 2<<20))
			file.Close()
		}
		for _, name := range []string{"archive", "evidence"} {
			if _, err := os.Lstat(filepath.Join(case1, name)); err != nil {
				t.Fatalf("%s is gone: %v", name, err)
			}
		}
		if entries, _ := os.ReadDir(case1); len(entries) != 2 {
			t.Fatalf("something was written beside the evidence folder: %v", entries)
		}
		if left, _ := os.ReadDir(filepath.Join(e.Dir(), incoming)); len(left) > 0 {
			t.Fatalf("a copy was left half-written: %v", left)
		}
	})
}
