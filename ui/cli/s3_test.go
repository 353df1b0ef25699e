package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
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

func TestTheDemoFromS3EqualsTheLocalLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: short run")
	}
	dir := t.TempDir()
	local, remote := filepath.Join(dir, "local.case"), filepath.Join(dir, "s3.case")
	b := serve(t, "../../testdata/demo")
	run(t, "load", "-q", "--case", local, "../../testdata/demo")
	run(t, append(b.load(remote), "-q")...)
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
	if again := run(t, append(b.load(remote), "--format", "json")...); !strings.Contains(again, `"loaded":0`) {
		t.Errorf("loading again loaded something: %.300s", again)
	}
}

// sorted puts lines in order: rows of one second may come in the order of their members' numbers.
func sorted(s string) string {
	lines := strings.Split(s, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
