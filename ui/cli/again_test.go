package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const later = "AWSLogs/444455556666/CloudTrail/us-east-1/2026/03/10/"

// followed runs load --follow, over rounds that between changes the world.
func followed(t *testing.T, args []string, between ...func()) (said, warned string, err error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errs bytes.Buffer
	p := &program{args: args, stdout: &out, stderr: &errs, now: func() time.Time { return time.Unix(1_800_000_000, 0) }, getenv: os.Getenv}
	p.after = func(d time.Duration) <-chan time.Time {
		if d != 5*time.Minute {
			t.Errorf("it waits for %s", d)
		}
		if len(between) == 0 {
			cancel()
			return nil
		}
		between[0]()
		between = between[1:]
		ready := make(chan time.Time, 1)
		ready <- time.Time{}
		return ready
	}
	root := p.root()
	root.SetArgs(args)
	err = root.ExecuteContext(ctx)
	return out.String(), errs.String(), err
}

func TestFollowFindsWhatCameLateAndOutlivesABadRound(t *testing.T) {
	demo := "../../testdata/demo/acme-audit-logs/"
	logs, err := filepath.Glob(demo + later + "*.gz")
	if err != nil || len(logs) < 4 {
		t.Fatalf("%d logs, %v", len(logs), err)
	}
	b := serve(t, t.TempDir())
	put := func(name string) {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b.put(t, later+filepath.Base(name), content, nil)
	}
	put(logs[2])
	dir := filepath.Join(t.TempDir(), "followed.case")
	said, warned, err := followed(t, append(b.load(dir), "--follow", "5m"),
		func() {},
		func() { put(logs[1]) }, // sorts before what is there
		func() {
			put(logs[3])
			b.spoil(func(w http.ResponseWriter, r *http.Request) bool {
				w.WriteHeader(http.StatusForbidden)
				_, _ = io.WriteString(w, "<Error><Code>AccessDenied</Code></Error>")
				return true
			})
		},
		func() { b.spoil(nil) },
	)
	if !errors.Is(err, context.Canceled) && codeOf(err) != exitAccess {
		t.Errorf("%v", err)
	}
	if strings.Count(said, "1 files more, ") != 2 || strings.Count(warned, "access is denied; looking again in 5m0s") != 1 {
		t.Errorf("%s\n%s", said, warned)
	}
	if asked := b.asked(); len(asked) != 3 {
		t.Errorf("asked for %v", asked)
	}
	put(logs[0])
	// What the case was loaded from need not be named again.
	if again := run(t, "load", "--format", "json", "--case", dir); !strings.Contains(again, `"loaded":1,`) || !strings.Contains(again, `"already":3`) {
		t.Errorf("%s", again)
	}
	for path, n := range b.asked() {
		if !strings.HasSuffix(path, filepath.Base(logs[0])) || n != 1 {
			t.Errorf("%s was fetched again", path)
		}
	}
}

func TestACaseLooksWhereItsFilesCameFrom(t *testing.T) {
	dir, from := filepath.Join(t.TempDir(), "files.case"), t.TempDir()
	add := func(name string) {
		t.Helper()
		line := `{"Records":[{"eventVersion":"1.08","eventTime":"2026-03-10T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","eventID":"` + name + `","requestParameters":{"bucketName":"b","key":"k"}}]}`
		if err := os.WriteFile(filepath.Join(from, name+".json"), []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	add("one")
	run(t, "load", "-q", "--case", dir, from)
	add("two")
	if again := run(t, "load", "--format", "json", "--case", dir); !strings.Contains(again, `"loaded":1,`) || !strings.Contains(again, `"already":1}`) {
		t.Errorf("%s", again)
	}
	for _, args := range [][]string{{"load"}, {"load", "--case", filepath.Join(t.TempDir(), "none.case")}, {"load", "--case", dir, "--follow", "1ms"}} {
		if _, code := command(t, args...); code != exitUsage {
			t.Errorf("%v: exit %d", args, code)
		}
	}
}
