package source

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func openEvidence(t testing.TB) *Evidence {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
	e, err := OpenEvidence(filepath.Join(t.TempDir(), "x.case", "evidence"), now, "tester")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

type tarEntry struct {
	name, content, link string
	kind                byte
}

func tarOf(t testing.TB, entries ...tarEntry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		if e.kind == 0 {
			e.kind = tar.TypeReg
		}
		h := &tar.Header{Name: e.name, Size: int64(len(e.content)), Mode: 0o644, Typeflag: e.kind, Linkname: e.link, ModTime: time.Unix(1_700_000_000, 0)}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zipPart struct{ name, content string }

func zipOf(t testing.TB, parts ...zipPart) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, p := range parts {
		f, err := w.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate})
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, p.content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// hostile names appear in both kinds of archive.
var hostile = []string{
	"../../../../etc/cron.d/x", "/etc/x", `..\..\x`, `C:\Windows\x`, "C:/x", "a//b", "./c", "dir/../../d", "e\x1b[2J", "con", "x.meta.json",
	"x", "deep/" + strings.Repeat("p/", 1500) + "f", strings.Repeat("n", 250) + "/" + strings.Repeat("m", 240),
}

func TestI10HostileNamesStayInside(t *testing.T) {
	var entries []tarEntry
	var parts []zipPart
	for i, n := range hostile {
		entries = append(entries, tarEntry{name: n, content: fmt.Sprint("content ", i)})
		parts = append(parts, zipPart{n, fmt.Sprint("content ", i)})
	}
	archives := map[string][]byte{
		"t.tar": tarOf(t, entries...), "t.tgz": pack(t, string(tarOf(t, entries...))), "named-otherwise.gz": pack(t, string(tarOf(t, entries...))), "z.zip": zipOf(t, parts...),
	}
	for file, content := range archives {
		t.Run(file, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "sub/"+file, string(content))
			var note Archive
			e := openEvidence(t)
			set := list(t, Options{Evidence: e, Copy: CopyAlways, Note: func(a Archive) { note = a }}, dir)
			for i, n := range hostile {
				if got := read(t, set, "sub/"+file+"!"+n); got != fmt.Sprint("content ", i) {
					t.Errorf("%q holds %q", n, got)
				}
			}
			if set.Len() != len(hostile) || note.Entries != len(hostile) || note.SHA256 != sha256.Sum256(content) {
				t.Errorf("%d candidates, archive %+v", set.Len(), note)
			}
			for i := range set.Len() {
				c := set.At(i)
				if !strings.HasPrefix(c.Path, e.Dir()+string(filepath.Separator)) || !strings.HasPrefix(c.Locator, filepath.Join(dir, "sub", file)+"!") || !c.Copied {
					t.Errorf("%+v", c)
				}
			}
			if left, _ := os.ReadDir(filepath.Join(e.Dir(), incoming)); len(left) > 0 {
				t.Errorf("remains of copies: %v", left)
			}
		})
	}
}

func TestTarFileThatIsAlsoAFolder(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "t.tar", string(tarOf(t, tarEntry{name: "a", content: "file"}, tarEntry{name: "a/b", content: "below"}, tarEntry{name: "a", content: "again"})))
	e := openEvidence(t)
	for range 2 {
		set := list(t, Options{Evidence: e}, dir)
		for name, want := range map[string]string{"t.tar!a": "file", "t.tar!a/b": "below", "t.tar!a (2)": "again"} {
			if got := read(t, set, name); got != want {
				t.Errorf("%s holds %q", name, got)
			}
		}
	}
}

func TestI11LinksAndDevicesInTars(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "t.tar", string(tarOf(t,
		tarEntry{name: "dir/", kind: tar.TypeDir},
		tarEntry{name: "sym", link: "/etc/passwd", kind: tar.TypeSymlink},
		tarEntry{name: "hard", link: "dir/x", kind: tar.TypeLink},
		tarEntry{name: "dev", kind: tar.TypeChar}, tarEntry{name: "fifo", kind: tar.TypeFifo},
		tarEntry{name: "sym/below", content: "S"}, tarEntry{name: "good", content: "G"},
	)))
	e := openEvidence(t)
	set := list(t, Options{Evidence: e}, dir)
	want := map[string]string{
		"t.tar!sym": "a link in the archive", "t.tar!hard": "a link in the archive", "t.tar!dev": "a device or pipe", "t.tar!fifo": "a device or pipe",
		"t.tar!sym/below": "", "t.tar!good": "",
	}
	got := listed(t, set)
	for name, why := range want {
		if !strings.HasPrefix(got[name], why) || (why == "") != (got[name] == "") {
			t.Errorf("%s: %q, want %q", name, got[name], why)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%q", got)
	}
}

func TestBrokenTars(t *testing.T) {
	whole := tarOf(t, tarEntry{name: "a", content: strings.Repeat("a", 2000)}, tarEntry{name: "b", content: strings.Repeat("b", 2000)})
	packed := pack(t, string(tarOf(t, tarEntry{name: "a", content: noise(9000)}, tarEntry{name: "b", content: noise(20000)[9000:]})))
	sparse := tarOf(t, tarEntry{name: "zeros", content: strings.Repeat("\x00", 3<<20)})
	tests := map[string]struct {
		stored []byte
		limits Limits
		whole  int // entries that are had
		why    string
	}{
		"a tar cut in an entry keeps the entries before":     {whole[:4000], Limits{}, 1, "after 2 entries"},
		"a gzipped tar cut in its body keeps what is before": {packed[:14000], Limits{}, 1, "truncated"},
		"I12 entries are capped":                             {whole, Limits{Entries: 1}, 1, "more than 1 entries"},
		"I12 the size of an entry is capped":                 {whole, Limits{Expanded: 1000}, 0, "bomb"},
		"I08 a bomb of a tar is stopped":                     {pack(t, string(sparse)), Limits{RatioFloor: 1 << 20}, 0, "bomb"},
		"a whole tar":                                        {whole, Limits{}, 2, ""},
		"a tar cut in the padding of an entry":               {whole[:512+2000], Limits{}, 1, "after 1 entries: it has no end mark"},
		"a tar cut between two entries":                      {whole[:512+2048], Limits{}, 1, "it has no end mark"},
		"a tar with one empty block at its end":              {whole[:2*(512+2048)+512], Limits{}, 2, ""},
		"a tar behind another":                               {slices.Concat(whole, tarOf(t, tarEntry{name: "c", content: "c"})), Limits{}, 3, ""},
		"a tar behind another that is cut":                   {slices.Concat(whole, tarOf(t, tarEntry{name: "c", content: "c"})[:512]), Limits{}, 2, "after 3 entries"},
		"junk behind a tar":                                  {slices.Concat(whole, []byte("junk")), Limits{}, 2, "after 2 entries"},
		"a tar gzipped in two pieces is one":                 {slices.Concat(pack(t, string(whole[:700])), pack(t, string(whole[700:]))), Limits{}, 2, ""},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "t", string(c.stored))
			set := list(t, Options{Evidence: openEvidence(t), Limits: c.limits}, dir)
			had, why := 0, ""
			for i := range set.Len() {
				if cand := set.At(i); cand.Skip == "" {
					had++
				} else {
					why += cand.Skip
					if !cand.Unreadable {
						t.Errorf("%q does not make the load incomplete", cand.Skip)
					}
				}
			}
			if had != c.whole || !strings.Contains(why, c.why) || (why == "") != (c.why == "") {
				t.Errorf("%d entries and %q, want %d and %q", had, why, c.whole, c.why)
			}
		})
	}
}

func TestAGzippedTarWhoseChecksumIsWrongIsReadAndToldOf(t *testing.T) {
	packed := pack(t, string(tarOf(t, tarEntry{name: "a", content: "a"})))
	packed[len(packed)-6] ^= 1
	dir := t.TempDir()
	put(t, dir, "t", string(packed))
	set := list(t, Options{Evidence: openEvidence(t)}, dir)
	if set.Len() != 2 {
		t.Fatalf("%d candidates", set.Len())
	}
	for i := range set.Len() {
		if cand := set.At(i); strings.HasSuffix(cand.Name, "!") && (cand.Skip != "the archive was read, but the gzip checksum does not match" || cand.Unreadable) {
			t.Errorf("%+v", cand)
		}
	}
}

func TestI12HostileZips(t *testing.T) {
	plain := zipOf(t, zipPart{"a", noise(500)}, zipPart{"b", noise(700)})
	overlapping := bytes.Clone(plain)
	// Both directory entries point at the first file.
	second := bytes.LastIndex(overlapping, []byte("PK\x01\x02"))
	first := bytes.Index(overlapping, []byte("PK\x01\x02"))
	copy(overlapping[second+42:second+46], overlapping[first+42:first+46])
	lying := bytes.Clone(plain)
	binary.LittleEndian.PutUint32(lying[first+24:], 10) // uncompressed size of a
	encrypted := bytes.Clone(plain)
	encrypted[first+8] |= 1
	method := bytes.Clone(plain)
	method[first+10] = 93
	wrongSum := bytes.Clone(plain)
	wrongSum[first+16] ^= 1
	var many []zipPart
	for i := range 2000 {
		many = append(many, zipPart{fmt.Sprint("e", i), ""})
	}
	tests := map[string]struct {
		stored []byte
		limits Limits
		skip   map[string]string
		fail   map[string]string // on reading
	}{
		"overlapping entries":       {stored: overlapping, skip: map[string]string{"z!a": "overlaps", "z!b": "overlaps"}},
		"a size that lies":          {stored: lying, fail: map[string]string{"z!a": "not what the archive says"}},
		"an encrypted entry":        {stored: encrypted, skip: map[string]string{"z!a": "encrypted"}},
		"an unknown method":         {stored: method, skip: map[string]string{"z!a": "method 93"}},
		"a wrong checksum":          {stored: wrongSum, fail: map[string]string{"z!a": "checksum"}},
		"a cut directory":           {stored: plain[:len(plain)-30], skip: map[string]string{"z": "cannot be opened"}},
		"too many entries":          {stored: zipOf(t, many...), limits: Limits{Entries: 1000}, skip: map[string]string{"z": "2000 entries"}},
		"a directory without bound": {stored: zipOf(t, slices.Repeat(many, 3)...), limits: Limits{Entries: 1}, skip: map[string]string{"z": "entries"}},
		"a bomb":                    {stored: zipOf(t, zipPart{"a", strings.Repeat("\x00", 4<<20)}), limits: Limits{RatioFloor: 1 << 20}, fail: map[string]string{"z!a": "bomb"}},
		"an entry that comes twice": {stored: zipOf(t, zipPart{"a", "1"}, zipPart{"a", "2"}, zipPart{"a (2)", "3"})},
		"an empty archive":          {stored: zipOf(t)},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "z", string(c.stored))
			set := list(t, Options{Limits: c.limits}, dir)
			skipped := listed(t, set)
			for n, why := range c.skip {
				if !strings.Contains(skipped[n], why) {
					t.Errorf("%s: %q, want %q", n, skipped[n], why)
				}
			}
			for i := range set.Len() {
				cand := set.At(i)
				if cand.Skip != "" {
					if c.skip[cand.Name] == "" {
						t.Errorf("%s is skipped: %s", cand.Name, cand.Skip)
					}
					continue
				}
				err := readEntry(cand)
				if why := c.fail[cand.Name]; (err != nil) != (why != "") || err != nil && !strings.Contains(err.Error(), why) {
					t.Errorf("%s: error %v, want %q", cand.Name, err, why)
				}
			}
		})
	}
}

func readEntry(c Candidate) error {
	f, err := Open(c)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(io.Discard, f)
	return err
}

func TestStandardInput(t *testing.T) {
	tests := map[string]struct {
		in   string
		want map[string]string
	}{
		"one file":      {"a log", map[string]string{"standard-input": "a log"}},
		"a gzip file":   {string(pack(t, "a log")), map[string]string{"standard-input": string(pack(t, "a log"))}},
		"nothing":       {"", map[string]string{"standard-input": ""}},
		"a tar stream":  {string(tarOf(t, tarEntry{name: "../x", content: "X"})), map[string]string{"standard-input!../x": "X"}},
		"a gzipped tar": {string(pack(t, string(tarOf(t, tarEntry{name: "x", content: "X"})))), map[string]string{"standard-input!x": "X"}},
		"a zip archive": {string(zipOf(t, zipPart{"x", "X"})), map[string]string{"standard-input!x": "X"}},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			e := openEvidence(t)
			for _, mode := range []CopyMode{CopyAuto, CopyNever, CopyAlways, CopyAlways} {
				set := list(t, Options{Evidence: e, Copy: mode, Stdin: strings.NewReader(c.in)}, Stdin)
				if set.Len() != len(c.want) {
					t.Errorf("%q", listed(t, set))
				}
				for n, content := range c.want {
					if got := read(t, set, n); got != content {
						t.Errorf("%s holds %q", n, got)
					}
					if cand := set.At(0); !strings.HasPrefix(cand.Path, e.Dir()) || !cand.Copied {
						t.Errorf("%+v", cand)
					}
				}
			}
		})
	}
	if _, err := List(t.Context(), []string{Stdin}, Options{Stdin: strings.NewReader("x")}); err == nil {
		t.Errorf("standard input without a case must be refused")
	}
}

func TestCopyingIsDecidedByTheTotal(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a", "12345")
	put(t, dir, "b", "12345")
	e := openEvidence(t)
	for _, c := range []struct {
		opt  Options
		want bool
	}{
		{Options{Evidence: e}, true}, {Options{Evidence: e, CopyLimit: 10}, true}, {Options{Evidence: e, CopyLimit: 9}, false},
		{Options{Evidence: e, CopyLimit: 9, Copy: CopyAlways}, true}, {Options{Evidence: e, Copy: CopyNever}, false}, {Options{}, false},
	} {
		set := list(t, c.opt, dir)
		if set.Copying != c.want || set.At(0).Copied == c.want {
			t.Errorf("%+v: copying is %v", c.opt, set.Copying)
		}
	}
}

func TestFullDiskEndsTheListing(t *testing.T) {
	full := errors.New("no room")
	dir := t.TempDir()
	put(t, dir, "t.tar", string(tarOf(t, tarEntry{name: "a", content: "A"})))
	opt := Options{Evidence: openEvidence(t), HeadRoom: func(int64) error { return full }, Stdin: strings.NewReader("x")}
	for _, arg := range []string{dir, Stdin} {
		if _, err := List(t.Context(), []string{arg}, opt); !errors.Is(err, full) {
			t.Errorf("%s: error %v", arg, err)
		}
	}
}

func TestEvidenceNeverReplacesAFile(t *testing.T) {
	e := openEvidence(t)
	var paths []string
	for _, content := range []string{"one", "two", "one", "two", "three"} {
		p, err := e.Put("local/x", []byte(content), sha256.Sum256([]byte(content)), Sidecar{Source: "src"})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(p); err != nil || string(got) != content {
			t.Errorf("%s holds %q, %v", p, got, err)
		}
		if _, err := os.Stat(p + sidecarSuffix); err != nil {
			t.Errorf("no sidecar: %v", err)
		}
		paths = append(paths, p)
	}
	if paths[0] != paths[2] || paths[1] != paths[3] || paths[0] == paths[1] || paths[1] == paths[4] {
		t.Errorf("%q", paths)
	}
	info, err := os.Stat(paths[0])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	t.Run("I30 what a killed load left half-written goes at the next", func(t *testing.T) {
		in, err := e.Create(false)
		if err != nil {
			t.Fatal(err)
		}
		in.Write([]byte("half"))
		again, err := OpenEvidence(e.Dir(), nil, "")
		if err != nil {
			t.Fatal(err)
		}
		if left, _ := os.ReadDir(filepath.Join(e.Dir(), incoming)); len(left) > 0 {
			t.Errorf("%v was left", left)
		}
		again.root.Close()
	})
	t.Run("a link planted in the folder does not lead out of it", func(t *testing.T) {
		outside := t.TempDir()
		os.Symlink(outside, filepath.Join(e.Dir(), "local", "trap"))
		if p, err := e.Put("local/trap/x", []byte("x"), sha256.Sum256([]byte("x")), Sidecar{}); err == nil && !strings.HasPrefix(p, e.Dir()) {
			t.Errorf("written to %s", p)
		}
		if left, _ := os.ReadDir(outside); len(left) > 0 {
			t.Errorf("%v was written outside", left)
		}
	})
}
