package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trailsift/model"
)

// someOfTheDemo is enough of the demo evidence to be killed while it is loaded: both logs, and digests.
var someOfTheDemo = []string{"acme-audit-logs/AWSLogs/444455556666/", "acme-access-logs/"}

// kept is the objects whose copies lie in a case with their sidecars, by their paths on the server.
func kept(t *testing.T, dir string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	root := filepath.Join(dir, "evidence", demoBucket)
	err := filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if name, sidecar := strings.CutSuffix(p, ".meta.json"); err == nil && sidecar {
			if _, err := os.Stat(name); err == nil {
				rel, _ := filepath.Rel(root, name)
				out["/"+demoBucket+"/"+filepath.ToSlash(rel)] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// members is what a case holds, by locator.
func members(t *testing.T, dir string) map[string]model.Member {
	t.Helper()
	p := &program{stdout: discard{}, stderr: discard{}, now: time.Now, getenv: os.Getenv, wait: time.Minute}
	s, err := p.openSession(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	list, err := s.engine.Members(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]model.Member{}
	for _, m := range list {
		out[m.Locator] = m
	}
	return out
}

// resumes loads what an interrupted load left, and checks that nothing was fetched twice and that the
// case is the one an undisturbed load makes.
func (b *bucket) resumes(t *testing.T, dir, want string) {
	t.Helper()
	have, known1 := kept(t, dir), map[string]model.Member{}
	if isCase(dir) {
		known1 = members(t, dir)
	}
	b.asked()
	run(t, append(b.load(dir, someOfTheDemo...), "-q")...)
	asked := b.asked()
	for path, n := range asked {
		if have[path] || n > 1 {
			t.Errorf("%s was fetched %d times after its copy was whole", path, n)
		}
		if _, there := known1["s3:/"+path]; there {
			t.Errorf("%s was fetched again after its commit", path)
		}
	}
	if got := known(t, dir); got != want {
		t.Errorf("loaded again, the case says\n%s\nnot\n%s", got, want)
	}
	t.Logf("%d copies and %d members were kept, %d objects fetched", len(have), len(known1), len(asked))
}

// TestTheProgramKilledWhileItFetchesFetchesNothingTwice kills the program itself at a random request,
// or later, when all is fetched.
func TestTheProgramKilledWhileItFetchesFetchesNothingTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: loads a part of the demo several times")
	}
	rounds := 5
	if os.Getenv("TRAILSIFT_NIGHTLY") != "" {
		rounds = 20
	}
	b := serve(t, "../../testdata/demo")
	whole := filepath.Join(t.TempDir(), "whole.case")
	run(t, append(b.load(whole, someOfTheDemo...), "-q")...)
	want, total := known(t, whole), len(b.asked())
	r := rand.New(rand.NewPCG(11, uint64(rounds)))
	for round := range rounds {
		dir := filepath.Join(t.TempDir(), "killed.case")
		at, signal := int64(1+r.IntN(total)), os.Kill
		switch round {
		case 0:
			signal = os.Interrupt
		case 1:
			at = int64(total) + 1
		}
		b.disturb(t, at, signal, b.load(dir, someOfTheDemo...))
		t.Logf("round %d: %v at request %d of %d", round, signal, at, total)
		b.resumes(t, dir, want)
	}
}

// disturb runs the program and sends it a signal at its n-th request for an object; when there are not
// so many, a moment after the last one.
func (b *bucket) disturb(t *testing.T, n int64, signal os.Signal, args []string) {
	t.Helper()
	cmd := exec.Command("trailsift", append(args, "--progress", "json")...)
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	b.spoil(func(_ http.ResponseWriter, r *http.Request) bool {
		if isGetObject(r) && asked.Add(1) == n {
			_ = cmd.Process.Signal(signal) // it may have come to its end
		}
		return false
	})
	defer b.spoil(nil)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(watch{out, func(line []byte) {
		if bytes.Contains(line, []byte(`"stage":"settling`)) && asked.Load() < n {
			_ = cmd.Process.Signal(signal)
		}
	}})
	if err := cmd.Wait(); signal == os.Interrupt && exitText(err) != "130" && exitText(err) != "0" {
		t.Errorf("interrupted, it ended with %v: %.500s", err, text)
	}
}

// watch shows what is read from r to see.
type watch struct {
	r   io.Reader
	see func(text []byte)
}

func (w watch) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.see(p[:n])
	return n, err
}

func TestS02CredentialsThatExpireWhileLoadingCostNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: loads a part of the demo several times")
	}
	b := serve(t, "../../testdata/demo")
	whole, dir := filepath.Join(t.TempDir(), "whole.case"), filepath.Join(t.TempDir(), "expired.case")
	run(t, append(b.load(whole, someOfTheDemo...), "-q")...)
	var asked atomic.Int64
	b.spoil(func(w http.ResponseWriter, r *http.Request) bool {
		if !isGetObject(r) || asked.Add(1) < 200 {
			return false
		}
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>")
		return true
	})
	var out, errs bytes.Buffer
	code := Main(context.Background(), append(b.load(dir, someOfTheDemo...), "-q"), nil, &out, &errs)
	if code != exitAccess || !strings.Contains(errs.String(), "the session token has expired") || !strings.Contains(errs.String(), "load again") {
		t.Errorf("exit %d: %s", code, errs.String())
	}
	for locator, m := range members(t, dir) {
		if m.Kind == model.KindSkipped && m.Reason != members(t, whole)[locator].Reason {
			t.Fatalf("%s was marked: %s", locator, m.Reason)
		}
	}
	b.spoil(nil)
	b.resumes(t, dir, known(t, whole))
}

// TestALoadUnderFaultsMakesTheCaseOfACleanOne spoils every twentieth answer: it is turned away, cut off,
// altered or not given.
func TestALoadUnderFaultsMakesTheCaseOfACleanOne(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: loads a part of the demo twice")
	}
	b := serve(t, "../../testdata/demo")
	clean, spoilt := filepath.Join(t.TempDir(), "clean.case"), filepath.Join(t.TempDir(), "spoilt.case")
	start := time.Now()
	run(t, append(b.load(clean, someOfTheDemo...), "-q")...)
	took, total := time.Since(start), len(b.asked())
	var answers, faults atomic.Int64
	b.spoil(func(w http.ResponseWriter, r *http.Request) bool {
		return answers.Add(1)%20 == 0 && b.spoilt(w, r, faults.Add(1))
	})
	start = time.Now()
	run(t, append(b.load(spoilt, someOfTheDemo...), "-q")...)
	t.Logf("%d objects: clean in %s, with %d faults in %d answers in %s", total, took, faults.Load(), answers.Load(), time.Since(start))
	if most := int64(total) * 115 / 100; answers.Load() > most || faults.Load() < int64(total)/20 {
		t.Errorf("%d requests with %d faults for %d objects", answers.Load(), faults.Load(), total)
	}
	if a, b := known(t, clean), known(t, spoilt); a != b {
		t.Errorf("clean, the case says\n%s\nunder faults\n%s", a, b)
	}
}

// spoilt gives a wrong answer, of each kind in turn.
func (b *bucket) spoilt(w http.ResponseWriter, r *http.Request, n int64) bool {
	rec := httptest.NewRecorder()
	b.fake.ServeHTTP(rec, r)
	body := rec.Body.Bytes()
	for name, v := range rec.Header() {
		w.Header()[name] = v
	}
	switch n % 4 {
	case 0:
		w.Header().Del("Content-Length")
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>")
		return true
	case 1:
		if isGetObject(r) { // altered on the way
			w.Header().Set("X-Amz-Checksum-Crc32", "AAAAAA==")
			_, _ = w.Write(body)
			return true
		}
	case 2:
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = w.Write(body[:len(body)/2])
	}
	panic(http.ErrAbortHandler)
}
