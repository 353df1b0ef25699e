package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"trailsift/loaders/s3"
	"trailsift/model"
)

// logPrefix is where serveLogs puts its logs.
const logPrefix = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/05/"

// serveLogs is a bucket with some small CloudTrail files.
func serveLogs(t *testing.T, n int) *bucket {
	t.Helper()
	b := newBucket(t, demoBucket)
	for i := range n {
		id := fmt.Sprintf("11111111-2222-4333-8444-%012d", i)
		b.put(t, fmt.Sprintf("%s111122223333_CloudTrail_us-east-1_20260305T%02d00Z_%016d.json", logPrefix, i, i), []byte(read(id, "k")), nil)
	}
	return b
}

// expires lets a token expire after some objects.
func (b *bucket) expires(after int64) {
	var asked atomic.Int64
	b.spoil(func(w http.ResponseWriter, r *http.Request) bool {
		if !isGetObject(r) || asked.Add(1) <= after {
			return false
		}
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>")
		return true
	})
}

// interfaceOf is what the terminal interface loads with, and the case it loads into.
func (b *bucket) interfaceOf(t *testing.T, errs *bytes.Buffer) *beside {
	t.Helper()
	p := &program{args: []string{"open"}, stdin: strings.NewReader(""), stdout: errs, stderr: errs, now: fixedNow, getenv: os.Getenv}
	work := &beside{
		p: p, ctx: t.Context(), sources: []string{"s3://" + b.name},
		o: &loadOptions{remote: s3.Options{Endpoint: b.url}, caseDir: filepath.Join(t.TempDir(), "x.case"), copying: "auto", maxSize: "1MB", maxRatio: 200},
	}
	s, err := p.prepare(work.o, work.sources)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close() })
	if err := p.connectLoad(t.Context(), s, work.o, work.sources); err != nil {
		t.Fatal(err)
	}
	work.s = s
	return work
}

func TestALoadThatStoppedEarlyIsSeenUntilItHasGoneOn(t *testing.T) {
	b := serveLogs(t, 19)
	b.expires(9)
	work := b.interfaceOf(t, &bytes.Buffer{})
	err := <-work.begin().Done
	if err == nil || err.Error() != "the session token has expired" {
		t.Fatalf("it ends with %v", err)
	}
	var advice interface{ Advice() string }
	if a, ok := err.(interface{ Advice() string }); !ok || !strings.Contains(a.Advice(), "renew it") || !strings.Contains(a.Advice(), "at s3://demo-logs/AWSLogs/") {
		t.Errorf("advises %v", advice)
	}
	o, err := work.s.engine.Overview(t.Context())
	if err != nil || len(o.Unfinished) != 1 || o.Unfinished[0].Total != 19 || o.Unfinished[0].Taken >= 19 || o.Unfinished[0].Why != "the session token has expired" {
		t.Fatalf("%v, %+v", err, o.Unfinished)
	}
	want := o.Unfinished[0].String()
	if !strings.HasPrefix(want, "not all is here: ") || !strings.HasSuffix(want, " of 19 files of s3://demo-logs were taken: the session token has expired") {
		t.Errorf("says %q", want)
	}
	dir := work.s.Dir()
	ledger, err := os.ReadFile(filepath.Join(dir, "ledger.jsonl"))
	if err != nil || !strings.Contains(string(ledger), `"stopped":"the session token has expired"`) {
		t.Errorf("%v: %s", err, ledger)
	}
	if err := work.s.close(); err != nil {
		t.Fatal(err)
	}
	if out := run(t, "case", "info", dir); !strings.Contains(out, "notice     "+want+"; load again to go on") {
		t.Errorf("case info:\n%s", out)
	}
	var info struct{ Unfinished []model.Unfinished }
	if err := json.Unmarshal([]byte(run(t, "case", "info", "--json", dir)), &info); err != nil || len(info.Unfinished) != 1 || info.Unfinished[0].Total != 19 {
		t.Errorf("%v, %+v", err, info)
	}
	if _, errs, _ := said(t, "query", dir, "op:NoSuchCall"); !strings.Contains(errs, want) {
		t.Errorf("an empty answer is followed by\n%s", errs)
	}
	if _, errs, _ := said(t, "verify", dir); !strings.Contains(errs, want+"; what is missing may only not be taken yet") {
		t.Errorf("a verification warns of\n%s", errs)
	}
	b.spoil(nil)
	run(t, "load", "-q", "--case", dir)
	if out := run(t, "case", "info", dir); strings.Contains(out, "not all is here") {
		t.Errorf("loaded again:\n%s", out)
	}
}

func TestALoadThatNobodyEndedIsSeen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "x.case")
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "log.json"), []byte(read("11111111-2222-4333-8444-555555555555", "k")), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "load", "-q", "--case", dir, folder)
	p := &program{stdout: discard{}, stderr: discard{}, now: fixedNow, getenv: os.Getenv}
	s, err := p.openSession(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	// As the program leaves it when it is killed.
	if err := s.remain(t.Context(), unfinishedOf(&loadOptions{}, []string{folder}), false); err != nil {
		t.Fatal(err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	if out := run(t, "case", "info", dir); !strings.Contains(out, "not all is here: "+folder+" was not loaded to its end: the program ended meanwhile") {
		t.Error(out)
	}
	run(t, "load", "-q", "--case", dir, folder)
	if out := run(t, "case", "info", dir); strings.Contains(out, "not all is here") {
		t.Errorf("loaded again:\n%s", out)
	}
}

func TestALoadHoldsAnother(t *testing.T) {
	of := func(w wanted, sources ...string) unfinished {
		return unfinishedOf(&loadOptions{wanted: w}, sources)
	}
	ticked := of(wanted{Streams: []string{"cloudtrail s3://x-logs/"}}, "s3://x-logs")
	for name, c := range map[string]struct {
		u, v unfinished
		want bool
	}{
		"the same":                     {ticked, ticked, true},
		"all holds a part":             {of(wanted{All: true}, "s3://x-logs"), ticked, true},
		"a part does not hold all":     {ticked, of(wanted{All: true}, "s3://x-logs"), false},
		"all of an account holds less": {of(wanted{All: true, Accounts: []string{"111122223333"}}, "s3://x-logs"), ticked, false},
		"another bucket":               {of(wanted{All: true}, "s3://y-logs"), ticked, false},
		"more folders hold fewer":      {of(wanted{}, "a", "b"), of(wanted{}, "b"), true},
	} {
		if got := c.u.holds(c.v); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
