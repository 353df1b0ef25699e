package loaders

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/loaders/source"
	"trailsift/model"
	"trailsift/model/integrity"
)

// days copies two days of one chain of the demo evidence, with keys and metadata, into a new folder.
func days(t *testing.T) string {
	t.Helper()
	const demo = "../testdata/demo"
	dir := t.TempDir()
	for _, part := range []string{
		"metadata.json", "keys",
		"acme-audit-logs/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/11",
		"acme-audit-logs/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/11",
		"acme-audit-logs/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/12",
	} {
		err := filepath.WalkDir(filepath.Join(demo, part), func(p string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			rel, err := filepath.Rel(demo, p)
			if err != nil {
				return err
			}
			content, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			put(t, filepath.Join(dir, rel), content)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func put(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func deflated(content string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, content)
	_ = z.Close()
	return b.Bytes()
}

func inflated(t *testing.T, stored []byte) string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(stored))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// files of a kind ("CloudTrail" or "CloudTrail-Digest") in dir, in the order of their names.
func filesOf(t *testing.T, dir, kind string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "acme-audit-logs/AWSLogs/111122223333", kind, "us-east-1/2026/03/*/*"))
	if err != nil || len(found) < 5 {
		t.Fatalf("%d files of %s: %v", len(found), kind, err)
	}
	return found
}

// judge verifies a pile without any other keys than those in it.
func judge(t *testing.T, p integrity.Pile) (*integrity.Report, string) {
	t.Helper()
	in := integrity.Input{}
	for _, problem := range p.AddTo(&in) {
		t.Log(problem)
	}
	r := integrity.Verify(in)
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return r, string(text)
}

// bothWays verifies dir as it lies there and as it was loaded, and holds the two against each other.
func bothWays(t *testing.T, sources ...string) (*integrity.Report, []model.Member) {
	t.Helper()
	read, err := Inspect(context.Background(), sources, Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	sink := newMemory()
	if _, err := Load(context.Background(), Request{Sources: sources, Sink: sink}, nil); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(sink.members, func(a, b model.Member) int { return int(a.ID - b.ID) })
	_, fromFiles := judge(t, read)
	pile := integrity.Custody(sink.members)
	r, fromCase := judge(t, pile)
	if fromFiles != fromCase {
		t.Errorf("a case and the files it was loaded from are judged differently:\n%s", difference(fromFiles, fromCase))
	}
	for _, v := range r.Verdicts(sink.members, pile) {
		for i := range sink.members {
			if sink.members[i].ID == v.Member {
				sink.members[i].Integrity = v.Badge
			}
		}
	}
	return r, sink.members
}

func difference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	var out []string
	for i := range max(len(x), len(y)) {
		l, r := "", ""
		if i < len(x) {
			l = x[i]
		}
		if i < len(y) {
			r = y[i]
		}
		if l != r && len(out) < 20 {
			out = append(out, "files: "+l, "case:  "+r)
		}
	}
	return strings.Join(out, "\n")
}

// TestACaseIsJudgedAsTheFilesItWasLoadedFrom tampers with evidence in every way that leaves a file
// there, or takes it away.
func TestACaseIsJudgedAsTheFilesItWasLoadedFrom(t *testing.T) {
	const planted = "111122223333_CloudTrail_us-east-1_20260311T1005Z_AAAAAAAAAAAAAAAA.json.gz"
	records := `{"Records":[{"eventVersion":"1.11","eventTime":"2026-03-11T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","eventID":"09395fe4-9624-e882-aa93-62cbb8934595"}]}`
	// Each is given a log file, a digest, and the folder of each.
	cases := map[string]struct {
		tamper func(t *testing.T, log, digest string)
		code   string          // a finding there must be, besides those of the demo; empty: none
		badge  model.Integrity // of the tampered log's members; 0: it has none
	}{
		"nothing":                      {func(*testing.T, string, string) {}, "", model.Verified},
		"a log with other content":     {func(t *testing.T, log, _ string) { put(t, log, deflated(records)) }, "log-hash-mismatch", model.Altered},
		"a log compressed anew":        {func(t *testing.T, log, _ string) { put(t, log, deflated(inflated(t, get(t, log)))) }, "", model.Verified},
		"a log expanded in place":      {func(t *testing.T, log, _ string) { put(t, log, []byte(inflated(t, get(t, log)))) }, "", model.Verified},
		"a log that is gone":           {func(t *testing.T, log, _ string) { must(t, os.Remove(log)) }, "log-missing", 0},
		"a log that is empty":          {func(t *testing.T, log, _ string) { put(t, log, nil) }, "log-hash-mismatch", model.Altered},
		"a log of empty content":       {func(t *testing.T, log, _ string) { put(t, log, deflated("")) }, "log-hash-mismatch", model.Altered},
		"a log cut in half":            {func(t *testing.T, log, _ string) { b := get(t, log); put(t, log, b[:len(b)/2]) }, "log-format", model.Altered},
		"a log cut in its header":      {func(t *testing.T, log, _ string) { put(t, log, get(t, log)[:7]) }, "log-format", model.Altered},
		"a log without its trailer":    {func(t *testing.T, log, _ string) { b := get(t, log); put(t, log, b[:len(b)-8]) }, "container-damaged", model.Verified},
		"a log with another checksum":  {func(t *testing.T, log, _ string) { b := get(t, log); b[len(b)-8] ^= 1; put(t, log, b) }, "container-damaged", model.Verified},
		"a log with a second member":   {func(t *testing.T, log, _ string) { put(t, log, append(get(t, log), deflated(records)...)) }, "log-trailing-data", model.Altered},
		"a log with junk behind it":    {func(t *testing.T, log, _ string) { put(t, log, append(get(t, log), "junk"...)) }, "log-trailing-data", model.Altered},
		"a log with zeros behind it":   {func(t *testing.T, log, _ string) { put(t, log, append(get(t, log), make([]byte, 512)...)) }, "log-trailing-data", model.Altered},
		"a log with a cut second one":  {func(t *testing.T, log, _ string) { put(t, log, append(get(t, log), deflated(records)[:40]...)) }, "log-trailing-data", model.Altered},
		"a log that is no gzip":        {func(t *testing.T, log, _ string) { put(t, log, []byte("garbage\n")) }, "log-hash-mismatch", model.Altered},
		"a log of gzipped garbage":     {func(t *testing.T, log, _ string) { put(t, log, deflated("garbage\n")) }, "log-hash-mismatch", model.Altered},
		"garbage with junk behind it":  {func(t *testing.T, log, _ string) { put(t, log, append(deflated("garbage\n"), "junk"...)) }, "log-hash-mismatch", model.Altered},
		"a log of broken JSON":         {func(t *testing.T, log, _ string) { put(t, log, deflated(records[:100])) }, "log-hash-mismatch", model.Altered},
		"a log in UTF-16":              {func(t *testing.T, log, _ string) { put(t, log, utf16(records)) }, "log-hash-mismatch", model.Altered},
		"a log as JSON lines":          {func(t *testing.T, log, _ string) { put(t, log, []byte(strings.TrimSuffix(records[12:], "]}")+"\n")) }, "log-hash-mismatch", model.Altered},
		"a log that holds access logs": {func(t *testing.T, log, _ string) { put(t, log, []byte(accessLine)) }, "log-hash-mismatch", model.IntegrityNA},
		"a log that holds a digest":    {func(t *testing.T, log, digest string) { put(t, log, get(t, digest)) }, "log-hash-mismatch", 0},
		"a log with a digest's words": {func(t *testing.T, log, _ string) {
			put(t, log, deflated(strings.Replace(records, "GetObject", `x\"digestS3Object\"`, 1)))
		}, "log-hash-mismatch", model.Altered},
		"a log nobody may read":           {func(t *testing.T, log, _ string) { must(t, os.Chmod(log, 0)) }, "log-unreadable", model.Unverifiable},
		"a log that is a link":            {func(t *testing.T, log, d string) { must(t, os.Remove(log)); must(t, os.Symlink(d, log)) }, "log-unreadable", model.Unverifiable},
		"a log of two magic bytes":        {func(t *testing.T, log, _ string) { put(t, log, []byte{0x1f, 0x8b}) }, "log-format", model.Altered},
		"a log folder that is a link":     {func(t *testing.T, log, _ string) { linkFolder(t, filepath.Dir(log)) }, "log-unreadable", model.Verified},
		"a digest folder that is a link":  {func(t *testing.T, _, d string) { linkFolder(t, filepath.Dir(d)) }, "digest-unreadable", model.Uncovered},
		"a log folder nobody may read":    {func(t *testing.T, log, _ string) { lockFolder(t, filepath.Dir(log)) }, "log-unreadable", model.Verified},
		"a digest folder nobody may read": {func(t *testing.T, _, d string) { lockFolder(t, filepath.Dir(d)) }, "digest-unreadable", model.Uncovered},
		"a log renamed": {func(t *testing.T, log, _ string) {
			must(t, os.Rename(log, filepath.Join(filepath.Dir(log), planted)))
		}, "log-missing", 0},
		"a log under a name that tells nothing": {func(t *testing.T, log, _ string) {
			must(t, os.Rename(log, filepath.Join(filepath.Dir(log), "x.json.gz")))
		}, "log-missing", 0},
		"a log planted": {func(t *testing.T, log, _ string) {
			put(t, filepath.Join(filepath.Dir(log), planted), deflated(records))
		}, "log-unlisted", model.Verified},
		"a log planted as JSON lines": {func(t *testing.T, log, _ string) {
			put(t, filepath.Join(filepath.Dir(log), planted), []byte(strings.TrimSuffix(records[12:], "]}")+"\n"))
		}, "log-unlisted", model.Verified},
		"a log copied to another folder": {func(t *testing.T, log, _ string) {
			put(t, filepath.Join(filepath.Dir(log), "copy", filepath.Base(log)), get(t, log))
		}, "", model.Verified},
		"an altered copy of a log elsewhere": {func(t *testing.T, log, _ string) {
			put(t, filepath.Join(filepath.Dir(log), "copy", filepath.Base(log)), deflated(records))
		}, "log-hash-mismatch", model.Verified},
		"a digest that is gone":        {func(t *testing.T, _, d string) { must(t, os.Remove(d)) }, "digest-missing", model.Verified},
		"a digest cut in half":         {func(t *testing.T, _, d string) { b := get(t, d); put(t, d, b[:len(b)/2]) }, "digest-format", model.Verified},
		"a digest without its trailer": {func(t *testing.T, _, d string) { b := get(t, d); put(t, d, b[:len(b)-8]) }, "container-damaged", model.Verified},
		"a digest with a second one":   {func(t *testing.T, _, d string) { put(t, d, append(get(t, d), get(t, d)...)) }, "digest-trailing-data", model.Verified},
		"a digest with junk behind it": {func(t *testing.T, _, d string) { put(t, d, append(get(t, d), "junk"...)) }, "digest-trailing-data", model.Verified},
		"a digest expanded in place":   {func(t *testing.T, _, d string) { put(t, d, []byte(inflated(t, get(t, d)))) }, "", model.Verified},
		"a digest that is empty":       {func(t *testing.T, _, d string) { put(t, d, nil) }, "digest-format", model.Verified},
		"a digest that is no gzip":     {func(t *testing.T, _, d string) { put(t, d, []byte("garbage")) }, "digest-format", model.Verified},
		"a digest that is a list":      {func(t *testing.T, _, d string) { put(t, d, deflated("[1,2]")) }, "digest-format", model.Verified},
		"a digest that is an object":   {func(t *testing.T, _, d string) { put(t, d, deflated(`{"a":1}`)) }, "digest-format", model.Verified},
		"a digest that is cut JSON":    {func(t *testing.T, _, d string) { s := inflated(t, get(t, d)); put(t, d, deflated(s[:len(s)-5])) }, "digest-format", model.Verified},
		"a digest that is a log":       {func(t *testing.T, log, d string) { put(t, d, get(t, log)) }, "digest-format", model.Verified},
		"a digest that lacks its end": {func(t *testing.T, _, d string) {
			put(t, d, deflated(strings.Replace(inflated(t, get(t, d)), "digestEndTime", "digestEnd", 1)))
		}, "digest-format", model.Verified},
		"a digest nobody may read": {func(t *testing.T, _, d string) { must(t, os.Chmod(d, 0)) }, "digest-unreadable", model.Verified},
		"a digest over another": {func(t *testing.T, _, d string) {
			put(t, d, get(t, filepath.Join(filepath.Dir(d), sibling(t, d))))
		}, "digest-moved", model.Verified},
		"a digest under a name that tells nothing": {func(t *testing.T, _, d string) {
			must(t, os.Rename(d, filepath.Join(filepath.Dir(d), "digest.json.gz")))
		}, "digest-missing", model.Verified},
		"keys that are no keys": {func(t *testing.T, log, _ string) {
			put(t, filepath.Join(filepath.Dir(log), "keys.json"), []byte(`{"PublicKeyList":"none"}`))
		}, "", model.Verified},
	}
	before, _ := bothWays(t, days(t))
	had := map[string]int{}
	for _, f := range before.Findings {
		had[f.Code]++
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := days(t)
			log, digest := filesOf(t, dir, "CloudTrail")[4], filesOf(t, dir, "CloudTrail-Digest")[12]
			c.tamper(t, log, digest)
			if strings.HasSuffix(name, "nobody may read") {
				if _, err := os.ReadFile(log); err == nil && c.code == "log-unreadable" {
					t.Skip("run as a user to whom permissions do not apply")
				}
				if _, err := os.ReadFile(digest); err == nil && c.code == "digest-unreadable" {
					t.Skip("run as a user to whom permissions do not apply")
				}
			}
			r, members := bothWays(t, dir)
			has := map[string]int{}
			for _, f := range r.Findings {
				has[f.Code]++
			}
			if c.code != "" && has[c.code] <= had[c.code] {
				t.Errorf("no %s among %v", c.code, r.Findings)
			}
			if c.code == "" && len(r.Findings) != len(before.Findings) {
				t.Errorf("findings %v, before %v", r.Findings, before.Findings)
			}
			for _, m := range members {
				file, _, _ := strings.Cut(m.Locator, "#")
				if file == log && m.Integrity != c.badge && (m.Kind == model.KindCloudTrail || m.Kind == model.KindSkipped || m.Kind == model.KindRejected) {
					t.Errorf("%s is %s, want %s", m.Name, m.Integrity, c.badge)
				}
				if name == "a log planted" && strings.HasSuffix(m.Name, planted) && m.Integrity != model.Unlisted {
					t.Errorf("the planted file is %s", m.Integrity)
				}
				if name == "a log planted as JSON lines" && strings.HasSuffix(m.Name, planted) && m.Integrity != model.IntegrityNA {
					t.Errorf("a form that is never delivered is %s", m.Integrity)
				}
			}
		})
	}
}

// linkFolder moves a folder out of the evidence and leaves a link to it.
func linkFolder(t *testing.T, dir string) {
	t.Helper()
	away := filepath.Join(t.TempDir(), "away")
	must(t, os.Rename(dir, away))
	must(t, os.Symlink(away, dir))
}

func lockFolder(t *testing.T, dir string) {
	t.Helper()
	must(t, os.Chmod(dir, 0))
	t.Cleanup(func() { os.Chmod(dir, 0o755) })
	if _, err := os.ReadDir(dir); err == nil {
		t.Skip("run as a user to whom permissions do not apply: nothing is shown about folders nobody may read")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func utf16(s string) []byte {
	out := []byte{0xff, 0xfe}
	for i := range len(s) {
		out = append(out, s[i], 0)
	}
	return out
}

// sibling is the base name of another file in the folder of p.
func sibling(t *testing.T, p string) string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(p))
	must(t, err)
	for _, e := range entries {
		if e.Name() != filepath.Base(p) {
			return e.Name()
		}
	}
	t.Fatal("it is alone")
	return ""
}

func TestArchivesCountByThePathsInside(t *testing.T) {
	dir := days(t)
	want, _ := bothWays(t, dir)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	must(t, z.AddFS(os.DirFS(dir)))
	must(t, z.Close())
	at := filepath.Join(t.TempDir(), "all of it.zip")
	put(t, at, b.Bytes())
	got, _ := bothWays(t, at)
	sameJSON(t, "a zip archive", got, want)

	at = filepath.Join(t.TempDir(), "all of it!.tar.gz")
	put(t, at, tarOf(t, dir))
	evidence, err := source.OpenEvidence(filepath.Join(t.TempDir(), "evidence"), time.Now, "examiner")
	must(t, err)
	defer evidence.Close()
	sink := newMemory()
	if _, err := Load(context.Background(), Request{Sources: []string{filepath.Dir(at)}, Sink: sink, Evidence: evidence}, nil); err != nil {
		t.Fatal(err)
	}
	got, _ = judge(t, integrity.Custody(sink.members))
	sameJSON(t, "a tar archive", got, want)
}

func sameJSON(t *testing.T, what string, got, want *integrity.Report) {
	t.Helper()
	x, _ := json.MarshalIndent(got, "", " ")
	y, _ := json.MarshalIndent(want, "", " ")
	if string(x) != string(y) {
		t.Errorf("%s is judged differently:\n%s", what, difference(string(y), string(x)))
	}
}

func tarOf(t *testing.T, dir string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	must(t, w.AddFS(os.DirFS(dir)))
	must(t, w.Close())
	must(t, z.Close())
	return b.Bytes()
}

// TestLargeLogsAreJudgedAsTheirFiles goes through windows, where what ails a container is found out after
// the first records were written.
func TestLargeLogsAreJudgedAsTheirFiles(t *testing.T) {
	const place = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/11/111122223333_CloudTrail_us-east-1_20260311T1005Z_AAAAAAAAAAAAAAAA.json.gz"
	var b strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&b, `,{"eventVersion":"1.11","eventTime":"2026-03-11T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","eventID":"%08x-9624-e882-aa93-62cbb8934595"}`, i)
	}
	content := `{"Records":[` + b.String()[1:] + `]}`
	stored := deflated(content)
	for name, file := range map[string][]byte{
		"whole":             stored,
		"plain":             []byte(content),
		"cut":               stored[:len(stored)/2],
		"without trailer":   stored[:len(stored)-8],
		"with junk":         append(slices.Clone(stored), "junk"...),
		"with a second one": append(slices.Clone(stored), stored...),
		"of broken JSON":    deflated(content[:len(content)/2]),
		"of garbage":        deflated(strings.Repeat("garbage\n", 40_000)),
	} {
		for _, salvage := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " salvage ", salvage), func(t *testing.T) {
				dir := t.TempDir()
				put(t, filepath.Join(dir, place), file)
				read, err := Inspect(context.Background(), []string{dir}, Options{}, nil)
				must(t, err)
				sink := newMemory()
				if _, err := Load(context.Background(), Request{Sources: []string{dir}, Sink: sink, Options: Options{Salvage: salvage, Sizes: Sizes{Whole: 16 << 10}}}, nil); err != nil {
					t.Fatal(err)
				}
				loaded := integrity.Custody(sink.members)
				a, b := *read.Files[0], *loaded.Files[0]
				if b.Member = 0; a.Path != b.Path || a.Unreadable != b.Unreadable || a.Gzip != b.Gzip || a.Whole != b.Whole || a.Damaged != b.Damaged || a.Trailing != b.Trailing || (a.Whole && a.Content != b.Content) {
					t.Errorf("read %+v\nloaded %+v", a, b)
				}
			})
		}
	}
}

func TestTwoLoadsOfOneFileKeepTheBytesThatWereHad(t *testing.T) {
	dir := days(t)
	log := filesOf(t, dir, "CloudTrail")[4]
	_, members := bothWays(t, dir)
	for _, m := range members {
		if m.Locator == log {
			m.ID, m.Kind, m.SHA256File, m.SHA256Content, m.Reason = 1<<40, model.KindSkipped, [32]byte{}, [32]byte{}, "no permission to read it"
			members = append(members, m)
			break
		}
	}
	r, _ := judge(t, integrity.Custody(members))
	if r.Logs.Unreadable != 0 {
		t.Errorf("%+v", r.Logs)
	}
}

// TestAFolderThatIsNamedMustBeReadable: a verification of it would have nothing to say, and say so softly.
func TestAFolderThatIsNamedMustBeReadable(t *testing.T) {
	dir := days(t)
	lockFolder(t, dir)
	if _, err := Inspect(t.Context(), []string{dir}, Options{}, nil); err == nil || !strings.Contains(err.Error(), "reading the folder") {
		t.Errorf("error %v", err)
	}
}
