package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// run runs one command line and gives its standard output.
func run(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := Main(context.Background(), args, strings.NewReader(""), &out, &errs); code != 0 {
		t.Fatalf("trailsift %s: exit %d\n%s%s", strings.Join(args, " "), code, out.String(), errs.String())
	}
	return out.String()
}

// serveDemo puts the demo evidence into a bucket of an S3 server in this process. Signatures are where
// CloudTrail puts them, in the metadata of the digests.
func serveDemo(t *testing.T) (url string) {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("demo-logs"); err != nil {
		t.Fatal(err)
	}
	root := "../../testdata/demo"
	text, err := os.ReadFile(root + "/metadata.json")
	if err != nil {
		t.Fatal(err)
	}
	var signed map[string]map[string]string
	if err := json.Unmarshal(text, &signed); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "metadata.json" {
			return err
		}
		content, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		key, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		meta := map[string]string{}
		for name, value := range signed[filepath.ToSlash(key)] {
			meta["X-Amz-Meta-"+name] = value
		}
		_, err = backend.PutObject("demo-logs", filepath.ToSlash(key), meta, bytes.NewReader(content), int64(len(content)), nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	return server.URL
}

func TestTheDemoFromS3EqualsTheLocalLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: short run")
	}
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
	} {
		t.Setenv(name, value)
	}
	dir := t.TempDir()
	local, remote := filepath.Join(dir, "local.case"), filepath.Join(dir, "s3.case")
	url := serveDemo(t)
	run(t, "load", "-q", "--case", local, "../../testdata/demo")
	run(t, "load", "-q", "--case", remote, "--endpoint-url", url, "s3://demo-logs/")
	for _, question := range [][]string{
		{"--group-by", "log,op,outcome,enc,witness,integrity,flags"},
		{"--columns", "time,log,op,bucket,key,ip,actor,status,request_id,event_id,request,response,extra,record"},
		{"records:all", "--count"},
	} {
		a := run(t, append([]string{"query", local}, question...)...)
		b := run(t, append([]string{"query", remote}, question...)...)
		if sorted(a) != sorted(b) {
			t.Errorf("%v: the two cases differ", question)
		}
	}
	for _, what := range []string{"digests", "logs", "result", "chains"} {
		var a, b map[string]any
		x, _ := command(t, "verify", "--format", "json", local)
		y, _ := command(t, "verify", "--format", "json", remote)
		if err := errors.Join(json.Unmarshal([]byte(x), &a), json.Unmarshal([]byte(y), &b)); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a[what], b[what]) {
			t.Errorf("%s: %v of files, %v of objects", what, a[what], b[what])
		}
	}
	if again := run(t, "load", "--format", "json", "--case", remote, "--endpoint-url", url, "s3://demo-logs/"); !strings.Contains(again, `"loaded":0`) {
		t.Errorf("loading again loaded something: %.300s", again)
	}
}

// sorted puts lines in order: rows of one second may come in the order of their members' numbers.
func sorted(s string) string {
	lines := strings.Split(s, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
