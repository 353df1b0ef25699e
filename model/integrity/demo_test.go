package integrity

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readTree reads a folder the way a loader would: the first gzip member, whether it is whole, and
// what follows.
func readTree(t *testing.T, root string) []*File {
	t.Helper()
	var files []*File
	err := filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		files = append(files, fileOf(filepath.ToSlash(rel), raw))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// fileOf describes raw bytes at a path.
func fileOf(path string, raw []byte) *File {
	f := &File{Path: path}
	content := raw
	if len(raw) >= 2 && raw[0] == 0x1f && raw[1] == 0x8b {
		f.Gzip = true
		content, f.Whole, f.Damaged, f.Trailing = inflate(raw)
	}
	f.Content = sha256.Sum256(content)
	f.Digest = bytes.Contains(content, []byte(`"digestS3Object"`))
	f.Body = content
	return f
}

// inflate expands the first gzip member (RFC 1952) without a name in its header or with one.
func inflate(raw []byte) (content []byte, whole, damaged, trailing bool) {
	if len(raw) < 10 {
		return nil, false, false, false
	}
	at := 10
	if raw[3]&8 != 0 {
		if end := bytes.IndexByte(raw[at:], 0); end >= 0 {
			at += end + 1
		}
	}
	in := bytes.NewReader(raw[at:])
	content, err := io.ReadAll(flate.NewReader(in))
	if err != nil {
		return content, false, false, false
	}
	rest := raw[len(raw)-in.Len():]
	if len(rest) < 8 {
		return content, true, true, false
	}
	return content, true, !bytes.Equal(rest[:8], trailer(content)), len(rest) > 8
}

func demoReport(t *testing.T) *Report {
	t.Helper()
	root := "../../testdata/demo"
	keyFile, err := os.ReadFile(root + "/keys/public-keys.json")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ParseKeys(keyFile, TrustExaminer, "", "public-keys.json")
	if err != nil {
		t.Fatal(err)
	}
	var metadata map[string]Metadata
	metaFile, err := os.ReadFile(root + "/metadata.json")
	if err != nil {
		t.Fatal(err)
	}
	if metadata, err = ParseMetadata(metaFile); err != nil {
		t.Fatal(err)
	}
	return Verify(Input{Files: readTree(t, root), Keys: keys, Metadata: metadata})
}

func TestTheDemoEvidenceShowsItsTamperingAndNothingElse(t *testing.T) {
	r := demoReport(t)
	wantDigests := DigestCounts{Total: 1076, Valid: 342, ValidBySuccessor: 734}
	if r.Digests != wantDigests {
		t.Errorf("digests %+v, want %+v", r.Digests, wantDigests)
	}
	wantLogs := LogCounts{Total: 545, Valid: 542, Invalid: 1, Missing: 1, Unlisted: 1}
	if r.Logs != wantLogs {
		t.Errorf("logs %+v, want %+v", r.Logs, wantLogs)
	}
	if r.Coverage.Gap != 18523 {
		t.Errorf("gap %d s, want 18523", r.Coverage.Gap)
	}
	if r.Result != ResultAdverse || r.ExitCode != 1 {
		t.Errorf("result %s, exit %d", r.Result, r.ExitCode)
	}
	got := map[string]int{}
	for _, f := range r.Findings {
		got[f.Code]++
	}
	delete(got, "digest-signature-absent")
	want := map[string]int{"log-hash-mismatch": 1, "log-missing": 1, "log-unlisted": 1, "gap": 1}
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if !bytes.Equal(a, b) {
		t.Errorf("findings %s, want %s", a, b)
		for _, f := range r.Findings {
			if !strings.Contains(f.Code, "absent") {
				t.Logf("%+v", f)
			}
		}
	}
}
