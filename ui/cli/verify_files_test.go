package cli

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"trailsift/model/integrity"
)

// lakeCopy is a plain copy of the smallest chain of the demo evidence with its keys, and the path of
// one of its log files.
func lakeCopy(t *testing.T) (dir, log string) {
	t.Helper()
	dir = t.TempDir()
	const chain = "444455556666_CloudTrail"
	err := filepath.WalkDir("../../testdata/demo", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		wanted := strings.Contains(path, "/eu-west-1/") && strings.Contains(path, chain)
		if !wanted && !strings.HasSuffix(path, "public-keys.json") && !strings.HasSuffix(path, "demo/metadata.json") {
			return nil
		}
		rel, err := filepath.Rel("../../testdata/demo", path)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, rel)
		if log == "" && wanted && !strings.Contains(path, "-Digest") {
			log = to
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		return os.WriteFile(to, content, 0o600)
	})
	if err != nil || log == "" {
		t.Fatalf("no copy of the chain: %v", err)
	}
	return dir, log
}

// judged runs verify on dir and gives its report.
func judged(t *testing.T, dir string, args ...string) (*integrity.Report, int) {
	t.Helper()
	out, code := command(t, append([]string{"verify", "--format", "json", dir}, args...)...)
	r := &integrity.Report{}
	if err := json.Unmarshal([]byte(out), r); err != nil {
		t.Fatalf("exit %d, %v: %s", code, err, out)
	}
	return r, code
}

func hasFinding(r *integrity.Report, code string) bool {
	return slices.ContainsFunc(r.Findings, func(f integrity.Finding) bool { return f.Code == code })
}

// The scenarios that are about files and the command line; the others stand in model/integrity's table.
func TestScenariosOfFilesAndCommandLine(t *testing.T) {
	t.Run("X08 a link that leads out of the tree is not followed and is reported", func(t *testing.T) {
		dir, log := lakeCopy(t)
		outside := filepath.Join(t.TempDir(), filepath.Base(log))
		if err := os.Rename(log, outside); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(outside, log); err != nil {
			t.Fatal(err)
		}
		r, code := judged(t, dir)
		if !hasFinding(r, "log-unreadable") || r.Logs.Unreadable != 1 || hasFinding(r, "log-missing") || code != exitIncomplete {
			t.Errorf("exit %d, logs %+v, findings %+v", code, r.Logs, r.Findings)
		}
	})
	t.Run("X16 a time with an offset is converted", func(t *testing.T) {
		dir, _ := lakeCopy(t)
		zulu, code := judged(t, dir, "--since", "2026-03-14T00:00:00Z", "--until", "2026-03-15T00:00:00Z")
		offset, other := judged(t, dir, "--since", "2026-03-14T02:00:00+02:00", "--until", "2026-03-14T19:00:00-05:00")
		if code != other || !zulu.Range.From.Equal(*offset.Range.From) || !zulu.Range.To.Equal(*offset.Range.To) || zulu.Digests != offset.Digests || zulu.Digests.Total != 25 {
			t.Errorf("%+v and %+v, digests %+v and %+v", zulu.Range, offset.Range, zulu.Digests, offset.Digests)
		}
	})
	t.Run("X17 a start after the end is a usage error and nothing is done", func(t *testing.T) {
		if out, code := command(t, "verify", "--format", "json", "/no/such/folder", "--since", "2026-03-15", "--until", "2026-03-14"); code != exitUsage || out != "" {
			t.Errorf("exit %d: %s", code, out)
		}
	})
	t.Run("X28 what cannot be read twice alike is not read", func(t *testing.T) {
		dir, log := lakeCopy(t)
		if err := os.Remove(log); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(log, 0o600); err != nil {
			t.Skipf("SKIPPED: no named pipes here: %v", err)
		}
		r, code := judged(t, dir) // nobody writes into it: opening it would block for ever
		if !hasFinding(r, "log-unreadable") || r.Logs.Unreadable != 1 || code != exitIncomplete {
			t.Errorf("exit %d, logs %+v, findings %+v", code, r.Logs, r.Findings)
		}
	})
}
