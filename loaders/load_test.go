package loaders

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/loaders/source"
	"trailsift/model"
)

func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func gz(content string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(content))
	w.Close()
	return b.String()
}

func noise(n int) string {
	b := make([]byte, n)
	x := uint32(2463534242)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = 'a' + byte(x)%26
	}
	return string(b)
}

func evidence(t *testing.T) *source.Evidence {
	t.Helper()
	e, err := source.OpenEvidence(filepath.Join(t.TempDir(), "x.case", "evidence"), clock(), "tester on host")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// TestOneFile is what becomes of a single file, whole in memory and in windows of 300 bytes alike.
func TestOneFile(t *testing.T) {
	hundred := records("a", 100)
	cutBody := gz("rec start\n" + "rec " + noise(3000) + "\n" + hundred)
	crc := []byte(gz(hundred))
	crc[len(crc)-6] ^= 1
	tests := map[string]struct {
		content  string
		salvage  bool
		kind     model.MemberKind
		records  int
		rejected int64
		reason   string
		flags    model.Flags
		more     int // gzip members beyond the first that are loaded
	}{
		"a plain log":   {content: hundred, kind: model.KindAccess, records: 100},
		"a gzipped log": {content: gz(hundred), kind: model.KindAccess, records: 100},
		"I01 gzip cut in the body is rejected whole": {content: cutBody[:1500], kind: model.KindRejected, reason: "truncated at byte 1500"},
		"I01 salvage takes whole records before the break": {content: gz(hundred + "rec " + noise(9000) + "\n")[:3000], salvage: true, kind: model.KindAccess, records: 100,
			reason: "truncated at byte 3000", flags: model.FlagContainerDamaged | model.FlagSalvaged},
		"I01 salvage of nothing is still rejected": {content: gz("rec " + noise(9000) + "\n")[:3000], salvage: true, kind: model.KindRejected, reason: "does not end"},
		"I02 gzip cut in the trailer is loaded and flagged": {content: gz(hundred)[:len(gz(hundred))-3], kind: model.KindAccess, records: 100,
			reason: "trailer is cut", flags: model.FlagContainerDamaged},
		"I03 a wrong checksum is loaded and flagged": {content: string(crc), kind: model.KindAccess, records: 100,
			reason: "checksum does not match", flags: model.FlagContainerDamaged},
		"I04 a second gzip member is a member of its own": {content: gz(hundred) + gz(records("b", 7)), kind: model.KindAccess, records: 107, more: 1},
		"I05 zero padding is loaded and flagged": {content: gz(hundred) + strings.Repeat("\x00", 512), kind: model.KindAccess, records: 100,
			reason: "512 zero bytes follow", flags: model.FlagContainerDamaged | model.FlagTrailingData},
		"I05 junk is loaded and flagged": {content: gz(hundred) + "junk", kind: model.KindAccess, records: 100,
			reason: "4 bytes that are no gzip follow", flags: model.FlagContainerDamaged | model.FlagTrailingData},
		"I07 an empty file is skipped":                     {kind: model.KindSkipped, reason: "an empty file"},
		"I07 empty content is skipped":                     {content: gz(""), kind: model.KindSkipped, reason: "empty inside"},
		"I09 gzip inside gzip is not opened":               {content: gz(gz(hundred)), kind: model.KindSkipped, reason: "gzip inside gzip"},
		"I26 UTF-16 of a log is rejected by name":          {content: "\xff\xfe" + strings.Join(strings.Split(hundred, ""), "\x00") + "\x00", kind: model.KindRejected, reason: "UTF-16"},
		"I26 UTF-16 of anything else is skipped by name":   {content: "\xff\xfeh\x00i\x00", kind: model.KindSkipped, reason: "UTF-16"},
		"a line that is no record is a reject of its own":  {content: hundred + "junk\n" + hundred, kind: model.KindAccess, records: 200, rejected: 1},
		"a foreign file is skipped":                        {content: "# Readme\n" + strings.Repeat("words\n", 500), kind: model.KindSkipped, reason: "not recognised"},
		"a foreign compression is named":                   {content: "\x28\xb5\x2f\xfd" + noise(2000), kind: model.KindSkipped, reason: "zstd"},
		"a parser's error takes the whole member back":     {content: hundred + "rec cut", kind: model.KindRejected, reason: "does not end"},
		"a parser's error does not hide the second member": {content: gz(hundred+"rec cut") + gz(records("b", 7)), kind: model.KindRejected, reason: "does not end", records: 7, more: 1},
		"I19 a record larger than the window is taken":     {content: "rec " + noise(2000) + "\n" + hundred, kind: model.KindAccess, records: 101},
		"I19 a record above the cap is rejected":           {content: hundred + "rec " + noise(90_000) + "\n", kind: model.KindRejected, reason: "more than"},
	}
	for name, c := range tests {
		for _, whole := range []int64{64 << 20, 300} {
			t.Run(fmt.Sprintf("%s, window %d", name, whole), func(t *testing.T) {
				if whole > 300 && strings.Contains(name, "above the cap") {
					t.Skip("needs a small window")
				}
				dir := t.TempDir()
				write(t, dir, "f.gz", c.content)
				sink := newMemory()
				req := request(sink, dir)
				req.Salvage, req.Sizes = c.salvage, Sizes{Whole: whole, Record: 40_000}
				s := mustLoad(t, req)
				m := sink.named(t, "f.gz")
				if m.Kind != c.kind || !strings.Contains(m.Reason, c.reason) || (c.reason == "") != (m.Reason == "") {
					t.Errorf("got %s %q, want %s %q", m.Kind, m.Reason, c.kind, c.reason)
				}
				if got := sink.texts(); len(got) != c.records {
					t.Errorf("%d records, want %d", len(got), c.records)
				}
				for _, r := range sink.records[m.ID] {
					if r.flags != c.flags {
						t.Fatalf("record %d has flags %v, want %v", r.number, r.flags.Names(), c.flags.Names())
					}
				}
				if m.Kind == model.KindAccess && m.Flags != c.flags {
					t.Errorf("member has flags %v, want %v", m.Flags.Names(), c.flags.Names())
				}
				if m.Rejected != c.rejected || s.Records.Rejected != c.rejected || int64(len(m.Rejects)) != c.rejected {
					t.Errorf("%d records rejected, want %d", m.Rejected, c.rejected)
				}
				if m.SHA256File != sha256.Sum256([]byte(c.content)) || m.SizeFile != int64(len(c.content)) {
					t.Errorf("the file's hash or size is not of the file")
				}
				if n := len(sink.members) - 1; n != c.more {
					t.Errorf("%d further members, want %d", n, c.more)
				}
				checkContent(t, m, c.content)
			})
		}
	}
}

// checkContent compares the content hash of a loaded, undamaged member with gunzip's idea of it.
func checkContent(t *testing.T, m model.Member, file string) {
	t.Helper()
	if m.Kind != model.KindAccess || m.Flags != 0 {
		return
	}
	content := file
	if z, err := gzip.NewReader(strings.NewReader(file)); err == nil {
		z.Multistream(false)
		var b bytes.Buffer
		b.ReadFrom(z)
		content = b.String()
	}
	if m.SHA256Content != sha256.Sum256([]byte(content)) || m.SizeContent != int64(len(content)) {
		t.Errorf("the content's hash or size (%d) is not of the content (%d)", m.SizeContent, len(content))
	}
}

func TestSecondMemberIsNamed(t *testing.T) {
	dir := t.TempDir()
	one := gz(records("a", 3))
	write(t, dir, "sub/f.gz", one+gz(records("b", 2))+"junk")
	sink := newMemory()
	mustLoad(t, request(sink, dir))
	first, second := sink.named(t, "sub/f.gz"), sink.named(t, "sub/f.gz#2")
	if second.ID != first.ID+1 || second.Part != 2 || second.PartOffset != int64(len(one)) || second.SHA256File != first.SHA256File {
		t.Errorf("second member: %+v", second)
	}
	if second.Locator != filepath.Join(dir, "sub/f.gz")+"#2" {
		t.Errorf("locator %q", second.Locator)
	}
	if first.Flags != 0 || second.Flags != model.FlagContainerDamaged|model.FlagTrailingData {
		t.Errorf("junk after the last member damages that one: %v, %v", first.Flags.Names(), second.Flags.Names())
	}
}

func TestLoadTwiceIsLoadOnce(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.gz", gz(records("a", 5)))
	write(t, dir, "b", records("b", 5))
	write(t, dir, "two.gz", gz(records("c", 5))+gz(records("d", 5)))
	writeZip(t, filepath.Join(dir, "z.zip"), map[string]string{"in/x": records("x", 4)})
	writeTar(t, filepath.Join(dir, "t.tar"), []entry{{name: "y", content: records("y", 4)}})
	sink := newMemory()
	req := request(sink, dir)
	req.Evidence, req.Copy = evidence(t), source.CopyAlways
	first := mustLoad(t, req)
	before := sink.texts()
	second := mustLoad(t, req)
	if !slices.Equal(before, sink.texts()) {
		t.Errorf("the second load added records")
	}
	if first.Members.Loaded != 6 || second.Members.Loaded != 0 || second.Members.Already != 5 {
		t.Errorf("first %+v, second %+v", first.Members, second.Members)
	}
	t.Run("I17 the same bytes under another name are another member", func(t *testing.T) {
		write(t, dir, "a-copy.gz", gz(records("a", 5)))
		if third := mustLoad(t, req); third.Members.Loaded != 1 {
			t.Errorf("third %+v", third.Members)
		}
	})
	t.Run("other bytes under the same name are another member", func(t *testing.T) {
		write(t, dir, "b", records("other", 2))
		if s := mustLoad(t, req); s.Members.Loaded != 1 {
			t.Errorf("%+v", s.Members)
		}
		var paths []string
		for _, m := range sink.members {
			if m.Name == "b" {
				paths = append(paths, m.Path)
			}
		}
		if len(paths) != 2 || paths[0] == paths[1] {
			t.Errorf("both versions must be kept: %q", paths)
		}
	})
}

type entry struct {
	name, content, link string
	kind                byte
}

func writeTar(t *testing.T, path string, entries []entry) {
	t.Helper()
	if err := os.WriteFile(path, []byte(tarBytes(t, entries)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func tarBytes(t *testing.T, entries []entry) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Size: int64(len(e.content)), Mode: 0o644, Typeflag: e.kind, Linkname: e.link}
		if e.kind == 0 {
			h.Typeflag = tar.TypeReg
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func writeZip(t *testing.T, path string, entries map[string]string) {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range entries {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte(content))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestCopiesAreTheBytesThatWereLoaded(t *testing.T) {
	for _, whole := range []int64{64 << 20, 300} {
		t.Run(fmt.Sprint("window ", whole), func(t *testing.T) {
			dir := t.TempDir()
			content := gz(records("a", 500) + "rec " + noise(3000) + "\n")
			path := write(t, dir, "logs/a.gz", content)
			foreign := write(t, dir, "logs/notes.txt", "not a log\n"+noise(3000))
			sink := newMemory()
			req := request(sink, dir)
			req.Evidence, req.Copy, req.Sizes.Whole = evidence(t), source.CopyAuto, whole
			if s := mustLoad(t, req); s.Elsewhere != 0 {
				t.Errorf("the summary says that evidence lies elsewhere")
			}
			m := sink.named(t, "logs/a.gz")
			if !strings.HasPrefix(m.Path, filepath.Join(req.Evidence.Dir(), "local")) {
				t.Fatalf("not copied: %q", m.Path)
			}
			got, err := os.ReadFile(m.Path)
			if err != nil || string(got) != content {
				t.Errorf("the copy differs: %v", err)
			}
			if m := sink.named(t, "logs/notes.txt"); m.Path != foreign {
				t.Errorf("a foreign file was copied to %q", m.Path)
			}
			checkSidecar(t, m, path)
		})
	}
}

func checkSidecar(t *testing.T, m model.Member, source string) {
	t.Helper()
	text, err := os.ReadFile(m.Path + ".meta.json")
	if err != nil {
		t.Fatal(err)
	}
	var meta map[string]any
	if err := json.Unmarshal(text, &meta); err != nil {
		t.Fatal(err)
	}
	if meta["source"] != source || meta["size"] != float64(m.SizeFile) || meta["sha256"] != fmt.Sprintf("%x", m.SHA256File) ||
		meta["fetched-by"] != "tester on host" || meta["fetched-at"] == nil || meta["last-modified"] != m.ModTime.Format(time.RFC3339Nano) {
		t.Errorf("sidecar %s", text)
	}
}

func TestOrderOfMembers(t *testing.T) {
	dir := t.TempDir()
	names := []string{
		"z/111122223333_CloudTrail_us-east-1_20260301T0005Z_AAAAAAAAAAAAAAAA.json.gz",
		"a/prod-2026-03-01-00-07-09-0123456789ABCDEF",
		"b/111122223333_CloudTrail_us-east-1_20260301T0010Z_AAAAAAAAAAAAAAAA.json",
		"a/undated", "b/undated",
	}
	for _, n := range slices.Backward(names) {
		write(t, dir, n, records(n, 1))
	}
	sink := newMemory()
	mustLoad(t, request(sink, dir))
	slices.SortFunc(sink.members, func(a, b model.Member) int { return int(a.ID - b.ID) })
	for i, m := range sink.members {
		if m.Name != names[i] || m.ID != model.MemberID(i+1)<<24 {
			t.Errorf("member %d is %q, want %q", m.ID>>24, m.Name, names[i])
		}
	}
}

func TestInterruptedLoadKeepsFinishedMembers(t *testing.T) {
	dir := t.TempDir()
	for i := range 50 {
		write(t, dir, fmt.Sprintf("f%02d", i), records(fmt.Sprint(i), 100))
	}
	ctx, cancel := context.WithCancel(t.Context())
	sink := newMemory()
	finished := 0
	sink.onFinish = func(*model.Member) error { finished++; return nil }
	sink.onWrite = func(model.MemberID, int) error {
		if finished == 3 {
			cancel()
		}
		return nil
	}
	req := request(sink, dir)
	req.Workers = 1
	s, err := Load(ctx, req, nil)
	if !errors.Is(err, context.Canceled) || !s.Interrupted || !s.Incomplete() {
		t.Errorf("summary %+v, error %v", s, err)
	}
	if s.Members.Loaded != 3 || len(sink.texts()) != 300 || len(sink.open) != 0 {
		t.Errorf("%d members, %d records, %d unfinished", s.Members.Loaded, len(sink.texts()), len(sink.open))
	}
	sink.onFinish, sink.onWrite = nil, nil
	if s := mustLoad(t, req); s.Members.Already != 3 || len(sink.texts()) != 5000 {
		t.Errorf("the next load does not complete it: %+v", s.Members)
	}
}

func TestInterruptedFileIsLoadedAgainWithAllItsMembers(t *testing.T) {
	for _, whole := range []int64{64 << 20, 300} {
		dir := t.TempDir()
		write(t, dir, "f.gz", gz(records("a", 100))+gz(records("b", 100))+gz(records("c", 100)))
		ctx, cancel := context.WithCancel(t.Context())
		sink := newMemory()
		sink.onFinish = func(m *model.Member) error {
			if m.Part == 3 {
				cancel()
			}
			return nil
		}
		req := request(sink, dir)
		req.Workers, req.Sizes.Whole = 1, whole
		if _, err := Load(ctx, req, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if len(sink.members) != 2 || len(sink.texts()) != 200 {
			t.Errorf("%d members and %d records were kept", len(sink.members), len(sink.texts()))
		}
		sink.onFinish = nil
		if s := mustLoad(t, req); s.Members.Loaded != 1 || s.Members.Already != 2 || len(sink.texts()) != 300 {
			t.Errorf("%+v, %d records", s.Members, len(sink.texts()))
		}
		if s := mustLoad(t, req); s.Members.Loaded != 0 || s.Members.Already != 1 || len(sink.texts()) != 300 {
			t.Errorf("%+v, %d records", s.Members, len(sink.texts()))
		}
	}
}

func TestSinkErrorEndsTheRun(t *testing.T) {
	broken := errors.New("the disk is on fire")
	dir := t.TempDir()
	for i := range 20 {
		write(t, dir, fmt.Sprint("f", i), records("a", 3))
	}
	for name, set := range map[string]func(*memory){
		"writing": func(s *memory) { s.onWrite = func(model.MemberID, int) error { return broken } },
		"finish":  func(s *memory) { s.onFinish = func(*model.Member) error { return broken } },
	} {
		t.Run(name, func(t *testing.T) {
			sink := newMemory()
			set(sink)
			if _, err := Load(t.Context(), request(sink, dir), nil); !errors.Is(err, broken) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestParserBugReachesTheCaller(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "f", records("a", 3))
	sink := newMemory()
	sink.onWrite = func(model.MemberID, int) error { panic("a bug") }
	defer func() {
		if p := recover(); p == nil || !strings.Contains(fmt.Sprint(p), "a bug") {
			t.Errorf("recovered %v", p)
		}
	}()
	Load(t.Context(), request(sink, dir), nil)
	t.Error("the load went on")
}

func TestNoRoomStopsTheLoad(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "f", records("a", 3))
	req := request(newMemory(), dir)
	req.HeadRoom = Room(func() (int64, int64, error) { return 900 << 20, 100 << 30, nil }, KeepFreeBytes, KeepFreePercent)
	if _, err := Load(t.Context(), req, nil); !errors.Is(err, ErrNoRoom) {
		t.Errorf("error %v", err)
	}
	if Room(nil, 0, 0) != nil {
		t.Errorf("0 must turn the check off")
	}
}

func TestI15FileThatChangesBetweenTheTwoLooks(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "f", records("a", 500))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	sink := newMemory()
	sink.onPresent = func(string) {
		write(t, dir, "f", records("b", 500)) // as long, and as old
		os.Chtimes(path, info.ModTime(), info.ModTime())
	}
	req := request(sink, dir)
	req.Sizes.Whole = 300
	mustLoad(t, req)
	if m := sink.named(t, "f"); m.Kind != model.KindRejected || !strings.Contains(m.Reason, "changed while it was read") || len(sink.texts()) != 0 {
		t.Errorf("%s %q, %d records", m.Kind, m.Reason, len(sink.texts()))
	}
}

func TestRemoteCandidatesAreFetchedAhead(t *testing.T) {
	dir := t.TempDir()
	var remote []source.Candidate
	for i := range 40 {
		path := write(t, dir, fmt.Sprint("o", i), records(fmt.Sprint(i), 2))
		remote = append(remote, source.Candidate{
			Locator: fmt.Sprint("s3://b/o", i), Name: fmt.Sprint("o", i), Size: 10,
			Fetch: func(context.Context) (source.Fetched, error) {
				switch i {
				case 7:
					return source.Fetched{}, source.SkipError{Reason: "archived in Glacier"}
				case 8:
					return source.Fetched{}, fs.ErrPermission
				}
				return source.Fetched{Path: path}, nil
			},
		})
	}
	sink := newMemory()
	req := request(sink)
	req.Remote, req.Fetchers = remote, 5
	s := mustLoad(t, req)
	if s.Members.Loaded != 38 || s.Members.Skipped != 2 || s.Members.Unreadable != 1 || len(sink.texts()) != 76 {
		t.Errorf("%+v", s.Members)
	}
	if m := sink.named(t, "o7"); m.Reason != "archived in Glacier" || m.Locator != "s3://b/o7" {
		t.Errorf("%+v", m)
	}
}

func TestARemoteSourceThatIsClosedToUsEndsTheLoad(t *testing.T) {
	closed := errors.New("the session token has expired")
	path := write(t, t.TempDir(), "o", records("a", 2))
	var remote []source.Candidate
	for i := range 40 {
		remote = append(remote, source.Candidate{
			Locator: fmt.Sprintf("s3://b/o%02d", i), Name: fmt.Sprintf("o%02d", i), Size: 10,
			Fetch: func(context.Context) (source.Fetched, error) {
				if i >= 20 {
					return source.Fetched{}, source.StopError{Err: closed}
				}
				return source.Fetched{Path: path}, nil
			},
		})
	}
	sink := newMemory()
	req := request(sink)
	req.Remote = remote
	s, err := Load(t.Context(), req, nil)
	if !errors.Is(err, closed) || s.Members.Loaded == 0 || s.Members.Skipped != 0 || s.Members.Rejected != 0 {
		t.Errorf("%v, %+v", err, s.Members)
	}
}

func TestACopyWhoseHashIsKnownIsNotReadAgain(t *testing.T) {
	path := write(t, t.TempDir(), "o", records("a", 2))
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := source.Candidate{Locator: "s3://b/o", Name: "o", Size: 10}
	c.Fetch = func(context.Context) (source.Fetched, error) {
		return source.Fetched{Path: path, SHA256: sha256.Sum256(content)}, nil
	}
	sink := newMemory()
	req := request(sink)
	req.Remote = []source.Candidate{c}
	if s := mustLoad(t, req); s.Members.Loaded != 1 {
		t.Errorf("a copy that was never taken in: %+v", s.Members)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if s := mustLoad(t, req); s.Members.Already != 1 || s.Members.Seen != 1 {
		t.Errorf("%+v", s.Members)
	}
}

func TestBodiesOfDigestsAreKept(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "d", "kind digest\n")
	write(t, dir, "large", "kind digest\n"+records("a", 100))
	sink := newMemory()
	req := request(sink, dir)
	req.Sizes.Body = 100
	mustLoad(t, req)
	if m := sink.named(t, "d"); m.Kind != model.KindDigest || string(m.Body) != "kind digest\n" {
		t.Errorf("%+v", m)
	}
	if m := sink.named(t, "large"); m.Kind != model.KindRejected || !strings.Contains(m.Reason, "limit") {
		t.Errorf("%+v", m)
	}
}
