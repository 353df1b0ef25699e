package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"trailsift/loaders/s3"
)

const (
	shownKey     = "AKIAIOSFODNN7EXAMPLE"
	hiddenSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	hiddenToken  = "FwoGZXIvYXdzEXAMPLETOKEN"
)

// credentials sets what must never be seen again, and nothing of the host's configuration.
func credentials(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": shownKey, "AWS_SECRET_ACCESS_KEY": hiddenSecret, "AWS_SESSION_TOKEN": hiddenToken, "AWS_REGION": "us-east-1", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
	} {
		t.Setenv(name, value)
	}
}

// serveOne is a bucket with one log.
func serveOne(t *testing.T) (url string) {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("acme-logs"); err != nil {
		t.Fatal(err)
	}
	content := read("11111111-2222-4333-8444-555555555555", "k")
	if _, err := backend.PutObject("acme-logs", "log.json", nil, strings.NewReader(content), int64(len(content)), nil); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	return server.URL
}

// said runs a command and gives both its streams.
func said(t *testing.T, args ...string) (out, errs string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	code = Main(context.Background(), args, strings.NewReader(""), &o, &e)
	return o.String(), e.String(), code
}

func TestALoadFromABucketLeavesItsFootprintInTheCaseAndNoSecret(t *testing.T) {
	credentials(t)
	dir := filepath.Join(t.TempDir(), "acme.case")
	diary := filepath.Join(t.TempDir(), "diary")
	load := []string{"load", "--all", "-v", "--log", diary, "--case", dir, "--endpoint-url", serveOne(t), "s3://acme-logs/"}
	out, errs, code := said(t, load...)
	if code != 0 || strings.Count(errs, "leaves traces") != 1 || !strings.Contains(errs, "trailsift/"+release+" case/") {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	again, quiet, _ := said(t, load...)
	if strings.Contains(quiet, "leaves traces") {
		t.Errorf("the warning comes again: %s", quiet)
	}
	all := out + errs + again + quiet
	files := 0
	err := filepath.WalkDir(filepath.Dir(dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all += string(content)
		files++
		return err
	})
	if err != nil || files < 4 {
		t.Fatalf("%d files: %v", files, err)
	}
	if content, err := os.ReadFile(diary); err == nil {
		all += string(content)
	}
	for _, secret := range []string{hiddenSecret, hiddenToken, shownKey} {
		if strings.Contains(all, secret) {
			t.Errorf("%s is kept or shown", secret)
		}
	}
	lists, err := filepath.Glob(filepath.Join(dir, "aws", "requests-*.jsonl"))
	if err != nil || len(lists) != 2 {
		t.Fatalf("%v, %v", lists, err)
	}
	calls := map[string]int{}
	for _, list := range lists {
		content, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(content)) {
			var r struct{ Call, Request_ID string }
			if err := json.Unmarshal([]byte(line), &r); err != nil || r.Request_ID == "" {
				t.Errorf("%s: %v", line, err)
			}
			calls[r.Call]++
		}
	}
	if calls["S3:ListObjectsV2"] < 2 || calls["S3:GetObject"] != 1 {
		t.Errorf("%v", calls)
	}
	ledger, err := os.ReadFile(filepath.Join(dir, "ledger.jsonl"))
	if err != nil || strings.Count(string(ledger), `"requests-begin"`) != 2 || strings.Count(string(ledger), `"act":"requests"`) != 2 {
		t.Errorf("%v: %s", err, ledger)
	}
}

func TestAnMFANumberWithoutATerminalIsAnErrorBeforeAnythingIsAsked(t *testing.T) {
	credentials(t)
	file := filepath.Join(t.TempDir(), "config")
	text := "[profile base]\naws_access_key_id=" + shownKey + "\naws_secret_access_key=" + hiddenSecret +
		"\n[profile ir]\nrole_arn=arn:aws:iam::111122223333:role/audit\nsource_profile=base\nmfa_serial=arn:aws:iam::111122223333:mfa/ir\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", file)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	reached, _ := listener(t)
	var errs bytes.Buffer
	p := &program{args: []string{"load"}, stdin: strings.NewReader(""), stdout: &errs, stderr: &errs, now: fixedNow, getenv: os.Getenv, terminal: file}
	err := p.load(t.Context(), &loadOptions{remote: s3.Options{Profile: "ir"}, caseDir: filepath.Join(t.TempDir(), "x.case"), copying: "auto", maxSize: "1MB", maxRatio: 2}, []string{"s3://acme-logs/"})
	p.report(err)
	if codeOf(err) != exitAccess || !strings.Contains(errs.String(), "MFA number") || !strings.Contains(errs.String(), "get-session-token") || reached() != 0 {
		t.Errorf("exit %d after %d connections: %s", codeOf(err), reached(), errs.String())
	}
}

// listener makes every way to AWS lead to one place and counts who comes.
func listener(t *testing.T) (reached func() int64, first <-chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var n atomic.Int64
	came := make(chan struct{})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if n.Add(1) == 1 {
				close(came)
			}
			c.Close()
		}
	}()
	url := "http://" + l.Addr().String()
	for _, name := range []string{"AWS_ENDPOINT_URL", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "AWS_EC2_METADATA_SERVICE_ENDPOINT"} {
		t.Setenv(name, url)
	}
	return n.Load, came
}

func TestNothingIsAskedOfAnyNetworkUnlessABucketIsNamed(t *testing.T) {
	credentials(t)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "")
	reached, first := listener(t)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "log.json"), []byte(read("11111111-2222-4333-8444-555555555555", "k")), 0o644); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "acme.case")
	for _, args := range [][]string{
		{"load", "--case", dir, folder}, {"load", "--role-arn", "arn:aws:iam::111122223333:role/audit", "--case", dir, folder},
		{"query", dir}, {"verify", dir}, {"case", "info", dir}, {"case", "coverage", dir}, {"case", "keys", "list", dir}, {"preset", "run", dir, "our-own-traffic"},
	} {
		if out, errs, code := said(t, args...); code == exitBug || code == exitUsage || code == exitAccess {
			t.Errorf("%v: exit %d: %s%s", args, code, out, errs)
		}
		if reached() != 0 {
			t.Fatalf("%v used the network", args)
		}
	}
	// The listener is on the way of what would be asked.
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-first
		cancel()
	}()
	var out bytes.Buffer
	if code := Main(ctx, []string{"load", "--case", dir, "s3://acme-logs/"}, strings.NewReader(""), &out, &out); code != exitInterrupted || reached() == 0 {
		t.Errorf("exit %d after %d connections: %s", code, reached(), out.String())
	}
}
