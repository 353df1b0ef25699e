package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func put(t testing.TB, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func list(t testing.TB, opt Options, args ...string) *Set {
	t.Helper()
	set, err := List(t.Context(), args, opt)
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	t.Cleanup(func() { set.Close() })
	return set
}

// listed maps the names of a set to why they are skipped.
func listed(t testing.TB, set *Set) map[string]string {
	t.Helper()
	out := map[string]string{}
	for i := range set.Len() {
		c := set.At(i)
		if _, twice := out[c.Name]; twice {
			t.Errorf("%q is listed twice", c.Name)
		}
		out[c.Name] = c.Skip
	}
	return out
}

// read gives the stored bytes of the candidate with that name.
func read(t testing.TB, set *Set, name string) string {
	t.Helper()
	for i := range set.Len() {
		if c := set.At(i); c.Name == name {
			f, err := Open(c)
			if err != nil {
				t.Fatalf("opening %q: %v", name, err)
			}
			defer f.Close()
			b, err := io.ReadAll(f)
			if err != nil {
				t.Fatalf("reading %q: %v", name, err)
			}
			return string(b)
		}
	}
	t.Fatalf("%q is not listed", name)
	return ""
}

func TestArguments(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "logs/a.json", "A")
	put(t, dir, "logs/sub/b.json", "B")
	put(t, dir, "we[i]rd*.log", "W")
	if err := os.Symlink(filepath.Join(dir, "logs"), filepath.Join(dir, "link")); err != nil {
		t.Skip("no symbolic links here")
	}
	os.Symlink(filepath.Join(dir, "logs", "a.json"), filepath.Join(dir, "other-name"))
	tests := map[string]struct {
		args []string
		want []string
	}{
		"a folder names its files by what is below it":         {[]string{"logs"}, []string{"a.json", "sub/b.json"}},
		"a trailing slash changes nothing":                     {[]string{"logs/"}, []string{"a.json", "sub/b.json"}},
		"a file is named by its base name":                     {[]string{"logs/sub/b.json"}, []string{"b.json"}},
		"a glob is expanded":                                   {[]string{"logs/*.json"}, []string{"a.json"}},
		"a name that looks like a glob is taken as it is":      {[]string{"we[i]rd*.log"}, []string{"we[i]rd*.log"}},
		"a file that is named twice is one candidate":          {[]string{"logs/a.json", "logs/a.json"}, []string{"a.json"}},
		"a link that the user names is followed":               {[]string{"link"}, []string{"a.json", "sub/b.json"}},
		"a link to a file keeps its own name":                  {[]string{"other-name"}, []string{"other-name"}},
		"two folders are one list":                             {[]string{"logs/sub", "logs/a.json"}, []string{"a.json", "b.json"}},
		"everything below the top, links not followed":         {[]string{"."}, []string{"link", "logs/a.json", "logs/sub/b.json", "other-name", "we[i]rd*.log"}},
		"a folder and a file in it are listed once each":       {[]string{"logs", "logs/sub"}, nil},
		"the names of a folder do not depend on the way there": {[]string{"logs/../logs"}, []string{"a.json", "sub/b.json"}},
	}
	t.Chdir(dir)
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			set := list(t, Options{}, c.args...)
			var got []string
			for i := range set.Len() {
				got = append(got, set.At(i).Name)
			}
			slices.Sort(got)
			if c.want != nil && !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if c.want == nil && set.Len() != 2 {
				t.Errorf("got %q", got)
			}
		})
	}
	for _, missing := range []string{"nothing", "no*match"} {
		if _, err := List(t.Context(), []string{missing}, Options{}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: error %v", missing, err)
		}
	}
}

func TestI15FileThatChangesWhileItIsRead(t *testing.T) {
	grow := func(path string) { appendTo(t, path, "more") }
	tests := map[string]struct {
		change func(path string)
		stable bool
	}{
		"nothing happens":  {func(string) {}, true},
		"it grows":         {grow, false},
		"it is cut":        {func(p string) { os.Truncate(p, 3) }, false},
		"it is rewritten":  {func(p string) { os.Chtimes(p, time.Time{}, time.Unix(1, 0)) }, false},
		"it is read after": {func(p string) { os.ReadFile(p) }, true},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			path := put(t, t.TempDir(), "f", "content")
			f, err := Open(Candidate{Path: path})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			c.change(path)
			if _, whole, err := f.ReadAll(nil, 1<<20); err != nil || !whole {
				t.Fatalf("reading: %v", err)
			}
			if err := f.Unchanged(); errors.Is(err, ErrUnstable) == c.stable {
				t.Errorf("error %v", err)
			}
		})
	}
}

func appendTo(t *testing.T, path, more string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(more); err != nil {
		t.Fatal(err)
	}
}

func stateOf(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		fmt.Fprintln(&b, path, info.Size(), info.ModTime())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestI34ManySmallFilesStaySmallInMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 20,000 files")
	}
	dir := t.TempDir()
	const n = 20_000
	for i := range n {
		// Hard links are files like any other and quick to make.
		name := filepath.Join(dir, fmt.Sprintf("111122223333_CloudTrail_us-east-1_20260301T%02d%02dZ_%016d.json.gz", i/60%24, i%60, i))
		if i%1000 == 0 {
			put(t, dir, filepath.Base(name), "x")
		} else if err := os.Link(filepath.Join(dir, fmt.Sprintf("111122223333_CloudTrail_us-east-1_20260301T%02d%02dZ_%016d.json.gz", i/1000*1000/60%24, i/1000*1000%60, i/1000*1000)), name); err != nil {
			t.Skip("no hard links here")
		}
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	set := list(t, Options{}, dir)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if set.Len() != n {
		t.Fatalf("%d candidates", set.Len())
	}
	// A million candidates are to need no more than 250 MB.
	if each := int64(after.HeapAlloc-before.HeapAlloc) / n; each > 250 {
		t.Errorf("a candidate takes %d bytes", each)
	}
	runtime.KeepAlive(set)
}

func TestNamesCarryTheirTime(t *testing.T) {
	at := func(s string) int64 {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v.Unix()
	}
	tests := map[string]int64{
		"p/111122223333_CloudTrail_us-east-1_20230710T1145Z_7xgocspSowgK0Gto.json.gz":       at("2023-07-10T11:45:00Z"),
		"111122223333_CloudTrail-Digest_us-east-1_trail_us-east-1_20230710T114530Z.json.gz": at("2023-07-10T11:45:30Z"),
		"logs/prod-2026-03-01-00-15-22-ABCDEF0123456789":                                    at("2026-03-01T00:15:22Z"),
		"2026-03-01-00-00-00-ABCDEF0123456789":                                              at("2026-03-01T00:00:00Z"),
		`C:\logs\2026-03-01-00-00-00-ABCDEF0123456789`:                                      at("2026-03-01T00:00:00Z"),
		"2026-13-01-00-00-00-ABCDEF":                                                        undated,
		"2026-03-01-00-00-00-A/readme":                                                      undated,
		"notes_20230710T1145Z":                                                              undated,
		"":                                                                                  undated,
	}
	for name, want := range tests {
		if got := nameTime(name); got != want {
			t.Errorf("%q: %d, want %d", name, got, want)
		}
	}
}

func TestEscapedNamesStayApartAndInside(t *testing.T) {
	names := []string{
		"a", "a/b", "a//b", "a/./b", "a/../b", "../../etc/x", "/abs", "abs", "C:/x", `C:\x`, "", ".", "..", "a%2Fb", "a%2fb",
		"~", "a~", "x.meta.json", "x.META.json", "x%2Emeta.json", "CON", "con.txt", "aux ", "a ", "a.", "a\x00b", "a\xffb", "é", "a!b", "a!/b",
		"x" + strings.Repeat("y", 300), "x" + strings.Repeat("y", 301), "x" + strings.Repeat("\xff", 90), ".incoming", "a\nb", "a\x1b[2Jb",
	}
	seen := map[string]string{}
	for _, n := range names {
		p := EscapePath(n)
		if other, twice := seen[p]; twice {
			t.Errorf("%q and %q both go to %q", n, other, p)
		}
		seen[p] = n
		checkEscaped(t, n, p)
	}
}

func checkEscaped(t *testing.T, name, p string) {
	t.Helper()
	if !filepath.IsLocal(p) || filepath.Clean(p) != p {
		t.Errorf("%q goes to %q, which leaves its folder", name, p)
	}
	for part := range strings.SplitSeq(p, string(filepath.Separator)) {
		if len(part) > longest || part == "" || part[0] == '.' || strings.HasSuffix(strings.ToLower(part), sidecarSuffix) {
			t.Errorf("%q goes to %q with the component %q", name, p, part)
		}
		for i := range len(part) {
			if c := part[i]; c < 0x20 || c > 0x7e || strings.IndexByte(`\:*?"<>|!`, c) >= 0 {
				t.Errorf("%q goes to %q with the byte %q", name, p, c)
			}
		}
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("a/b", "a%2Fb")
	f.Add("..", "%2E%2E")
	f.Add("x.meta.json", "x%2Emeta.json")
	f.Fuzz(func(t *testing.T, a, b string) {
		if pa, pb := EscapePath(a), EscapePath(b); (pa == pb) != (a == b) {
			t.Errorf("%q and %q go to %q and %q", a, b, pa, pb)
		}
		checkEscaped(t, a, EscapePath(a))
	})
}

func TestEstimateWritesNothing(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a", "12345")
	put(t, dir, "t.tar", string(tarOf(t, tarEntry{name: "x", content: "1"})))
	os.Symlink("a", filepath.Join(dir, "link"))
	e := openEvidence(t)
	got, err := EstimateSources(t.Context(), []string{dir, Stdin}, Options{Evidence: e, Copy: CopyAlways, Stdin: neverRead{t}})
	if err != nil || got.Candidates != 3 || got.Skipped != 1 || got.Bytes < 1000 {
		t.Errorf("%+v, %v", got, err)
	}
	if entries, err := os.ReadDir(filepath.Join(e.Dir(), "local")); err == nil {
		t.Errorf("copies were made: %v", entries)
	}
}

type neverRead struct{ t *testing.T }

func (n neverRead) Read([]byte) (int, error) {
	n.t.Error("standard input was read")
	return 0, io.EOF
}

func TestCancelledListingStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	defer w.Close()
	go func() {
		w.Write([]byte("some"))
		cancel()
	}()
	if _, err := List(ctx, []string{Stdin}, Options{Evidence: openEvidence(t), Stdin: r}); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for standard input: %v", err)
	}
}
