package cli

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"

	"trailsift/model"
)

// keys gives the keys of files of the demo below a folder, in order.
func keys(t *testing.T, folder string) (out []string) {
	t.Helper()
	found, err := filepath.Glob("../../testdata/demo/acme-audit-logs/" + folder + "/*")
	if err != nil || len(found) < 8 {
		t.Fatalf("%d files in %s, %v", len(found), folder, err)
	}
	for _, name := range found {
		out = append(out, strings.TrimPrefix(filepath.ToSlash(name), "../../testdata/demo/acme-audit-logs/"))
	}
	return out
}

// tampered is the demo in a bucket that keeps versions, in which somebody altered a log and a digest and
// deleted a log and two digests that follow each other.
func tampered(t *testing.T) (b *bucket, altered, deleted []string) {
	t.Helper()
	b = serveVersions(t, "../../testdata/demo")
	logs := keys(t, "AWSLogs/444455556666/CloudTrail/us-east-1/2026/03/11")
	digests := keys(t, "AWSLogs/444455556666/CloudTrail-Digest/us-east-1/2026/03/12")
	altered, deleted = []string{logs[2], digests[15]}, []string{logs[5], digests[5], digests[6]}
	for _, key := range altered {
		content, err := os.ReadFile("../../testdata/demo/acme-audit-logs/" + key)
		if err != nil {
			t.Fatal(err)
		}
		b.put(t, key, respaced(t, content), nil)
	}
	for _, key := range deleted {
		if _, err := b.backend.DeleteObject(b.name, key); err != nil {
			t.Fatal(err)
		}
	}
	return b, altered, deleted
}

// respaced is a gzip file whose JSON means the same and is written otherwise.
func respaced(t *testing.T, content []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err = w.Write(bytes.Replace(text, []byte("{"), []byte("{ "), 1))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

type told struct {
	Result   string
	Logs     struct{ Total, Valid, Missing, Unlisted int64 }
	Findings []struct{ Severity, Code, Object, Detail string }
}

// about is what a verification says of an object.
func (r told) about(key string) (out []string) {
	for _, f := range r.Findings {
		if strings.HasSuffix(f.Object, key) {
			out = append(out, f.Severity+" "+f.Code+": "+f.Detail)
		}
	}
	return out
}

func verified(t *testing.T, dir string, how ...string) (r told) {
	t.Helper()
	text, _ := command(t, append([]string{"verify", "--format", "json", dir}, how...)...)
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestOlderVersionsOfWhatIsAlteredOrMissingAreFoundAndNamed(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: loads a part of the demo")
	}
	b, altered, deleted := tampered(t)
	dir := filepath.Join(t.TempDir(), "tampered.case")
	run(t, append(b.load(dir, "AWSLogs/444455556666/", "keys/"), "-q")...)
	r := verified(t, dir)
	for _, key := range slices.Concat(altered, deleted) {
		said := strings.Join(r.about(key), "\n")
		if !strings.Contains(said, "version ") || !strings.Contains(said, " is what CloudTrail delivered") || !strings.Contains(said, "adverse") {
			t.Errorf("%s: %s", key, said)
		}
	}
	have := members(t, dir)
	for _, key := range deleted {
		if m, there := have["s3://"+b.name+"/"+key]; there {
			t.Errorf("%s is deleted and here: %+v", key, m)
		}
	}
	n := 0
	for locator, m := range have {
		if strings.Contains(locator, "?versionId=") {
			n++
			if m.Kind == model.KindCloudTrail && m.Integrity != model.Verified {
				t.Errorf("%s has the badge %s", locator, m.Integrity)
			}
		}
	}
	if n != len(altered)+len(deleted) {
		t.Errorf("%d older versions were taken", n)
	}
	b.asked()
	if run(t, append(b.load(dir, "AWSLogs/444455556666/", "keys/"), "-q")...); len(b.asked()) != 0 {
		t.Error("loading again fetched something")
	}
	if again := verified(t, dir); again.Result != r.Result || len(again.Findings) != len(r.Findings) {
		t.Errorf("%s with %d findings, then %s with %d", r.Result, len(r.Findings), again.Result, len(again.Findings))
	}
}

func TestVersionsThatCannotBeListedAreToldOfByTheVerification(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: loads a part of the demo")
	}
	b, altered, _ := tampered(t)
	b.spoil(func(w http.ResponseWriter, r *http.Request) bool {
		if !r.URL.Query().Has("versions") {
			return false
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "<Error><Code>AccessDenied</Code></Error>")
		return true
	})
	dir := filepath.Join(t.TempDir(), "closed.case")
	run(t, append(b.load(dir, "AWSLogs/444455556666/", "keys/"), "-q")...)
	for _, key := range altered {
		if said := strings.Join(verified(t, dir).about(key), "\n"); !strings.Contains(said, "older versions of its key cannot be listed: access is denied") {
			t.Errorf("%s: %s", key, said)
		}
	}
	b.spoil(nil) // the next load may list them
	run(t, append(b.load(dir, "AWSLogs/444455556666/", "keys/"), "-q")...)
	for _, key := range altered {
		if said := strings.Join(verified(t, dir).about(key), "\n"); !strings.Contains(said, " is what CloudTrail delivered") || strings.Contains(said, "listed") {
			t.Errorf("%s: %s", key, said)
		}
	}
}

func TestVersionsTakesThemAll(t *testing.T) {
	b := serveVersions(t, t.TempDir())
	for _, content := range []string{"one", "two", "three"} {
		b.put(t, "notes", []byte(content), nil)
	}
	dir := filepath.Join(t.TempDir(), "all.case")
	_, errs, code := b.loadIt(t, dir, "--all", "--versions", "s3://"+b.name)
	if have := members(t, dir); len(have) != 3 || code != exitNothing || !strings.Contains(errs, "to take  3 objects") || !strings.Contains(errs, " 2 of them older versions") {
		t.Errorf("exit %d, %d members: %s", code, len(have), errs)
	}
	b.spoil(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Has("versions") {
			w.WriteHeader(http.StatusBadRequest)
		}
		return r.URL.Query().Has("versions")
	})
	dir = filepath.Join(t.TempDir(), "unlistable.case")
	_, errs, code = b.loadIt(t, dir, "--all", "--versions", "s3://"+b.name)
	if have := members(t, dir); len(have) != 2 || code != exitNothing || !strings.Contains(errs, "closed   s3://acme-audit-logs/: older versions of what lies here cannot be listed: ") {
		t.Errorf("exit %d, %d members: %s", code, len(have), errs)
	}
}

func serveVersions(t *testing.T, root string) *bucket {
	t.Helper()
	b := newBucket(t, "acme-audit-logs")
	versioning := gofakes3.VersioningConfiguration{}
	versioning.SetEnabled(true)
	if err := b.backend.SetVersioningConfiguration(b.name, versioning); err != nil {
		t.Fatal(err)
	}
	b.fill(t, root)
	return b
}

// A digest that names another of before what was asked for is no sign that somebody removed that one.
func TestWhatNobodyAskedForIsNotLookedForAndSaidToBeSo(t *testing.T) {
	b := newBucket(t, "acme-audit-logs")
	b.fill(t, "../../testdata/demo")
	dir := filepath.Join(t.TempDir(), "late.case")
	asked := 0
	b.spoil(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Has("versions") {
			asked++
		}
		return false
	})
	load := func(since string) []string {
		args := b.load(dir, "AWSLogs/444455556666/")
		return append(slices.DeleteFunc(args, func(a string) bool { return a == "--all" }), "-q", "--region", "us-east-1", "--since", since, "--until", "2026-03-14T23:00:00Z")
	}
	run(t, load("2026-03-14T20:20:40Z")...)
	heads := func() (out []string) {
		for _, f := range verified(t, dir).Findings {
			if f.Code == "digest-missing" {
				out = append(out, f.Detail)
			}
		}
		return out
	}
	const told = "the chain begins before the evidence does; it was not fetched: what was asked for begins with what was delivered "
	if got := heads(); len(got) != 1 || got[0] != told+"2026-03-14T20:20:40Z" || asked > 0 {
		t.Errorf("%q, after %d listings of versions", got, asked)
	}
	run(t, load("2026-03-14T18:20:40Z")...)
	if got := heads(); len(got) != 1 || got[0] != told+"2026-03-14T18:20:40Z" || asked > 0 {
		t.Errorf("%q, after %d listings of versions", got, asked)
	}
}
