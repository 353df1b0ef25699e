package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailsift/ui"
)

// walker goes through an incident as an investigator would and counts the keys. Names and values that
// are typed are not counted: they are read off something.
type walker struct {
	*ui.Headless
	t    *testing.T
	keys int
}

func (w *walker) press(keys ...string) {
	w.t.Helper()
	w.keys += len(keys)
	w.Press(keys...)
}

// shows checks that the screen tells every one of texts.
func (w *walker) shows(texts ...string) {
	w.t.Helper()
	s := w.Screen()
	for _, text := range texts {
		if !strings.Contains(s, text) {
			w.t.Errorf("after %d keys the screen does not tell %q:\n%s", w.keys, text, s)
		}
	}
}

// ask asks a standard question by its name; params are taken as they are offered.
func (w *walker) ask(name string, params int) {
	w.press(":")
	w.Type(name)
	w.press("enter")
	if params > 0 {
		w.press("enter")
	}
}

func (w *walker) filter(text string) {
	w.press("/")
	w.Type(text)
	w.press("enter")
}

// TestTheIncidentsOfTheDemoAreWalkedInFewKeys walks the eight kinds of incident on the demo evidence, and what
// the log bucket itself tells of its files. What
// each must tell is what the demo's README says, and none may take more keys than an investigator was
// promised.
func TestTheIncidentsOfTheDemoAreWalkedInFewKeys(t *testing.T) {
	s, p := openDemoCase(t)
	docs, err := filepath.Abs("../../docs")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("the screens of the documents", func(t *testing.T) { testScreensOfTheDocuments(t, s, p, docs) })
	t.Run("keep, drop and only", func(t *testing.T) { testSifting(t, s, p) })
	for name, incident := range map[string]struct {
		keys int
		walk func(w *walker)
	}{
		"a leaked key takes a prefix":              {20, walkLeakedKey},
		"objects are rewritten with customer keys": {17, walkRansom},
		"a public bucket is scraped":               {9, walkScrape},
		"an insider takes the payroll home":        {12, walkInsider},
		"logs are tampered with":                   {12, walkTampering},
		"versions are deleted":                     {8, walkDeletes},
		"objects are copied to another account":    {6, walkCopies},
		"the credentials of an instance leave it":  {10, walkInstance},
		"files were delivered and are not here":    {9, walkDelivery},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir()) // exports go where the program was started
			o, err := p.screenOptions(t.Context(), s, false)
			if err != nil {
				t.Fatal(err)
			}
			o.Note, o.Clock, o.ASCII = nil, fixedNow, false
			w := &walker{Headless: ui.NewHeadless(o, 80, 24), t: t}
			incident.walk(w)
			t.Logf("%d keys, of %d", w.keys, incident.keys)
			if w.keys > incident.keys {
				t.Errorf("it took %d keys and must not take more than %d", w.keys, incident.keys)
			}
		})
	}
}

func openDemoCase(t *testing.T) (*session, *program) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "demo.case")
	var out bytes.Buffer
	if code := Main(context.Background(), []string{"load", "-q", "--case", dir, filepath.Join("..", "..", "testdata", "demo")}, strings.NewReader(""), &out, &out); code != exitDone {
		t.Fatalf("load: exit %d: %s", code, out.String())
	}
	p := &program{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, now: fixedNow, getenv: func(string) string { return "" }}
	s, err := p.openSession(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.close() })
	return s, p
}

func walkLeakedKey(w *walker) {
	w.shows("4 049 requests in 4 219 rows", "10 altered", "3 unlisted", "L542/545") // the evidence is not whole
	w.filter("access_key:AKIAQ7DEMOLEAKEDKEY1")
	w.shows("313 of 4 219", "03-06 02:10:45")
	w.press("3")
	w.shows("acme-finance", "82.7 MB", "acme-web", "reads took 82.6 MB", "LEAST", "MOST")
	w.press("1", "A")
	w.shows("516 requests in 656 rows, 33 denied", "2026-03-06 02:10:45Z to 2026-03-11 03:06:34Z", "6.3 MB in the access log alone", "CreateAccessKey")
	w.press("tab", "enter") // what it looked for first
	w.shows("Events: recon", "5 of 4 219", "ListUsers")
	w.press("q", "tab")
	w.shows("Homes", "203.0.113.66", "CHANGED", "ASIAQ7DEMOCHAINEDKEY")
	w.ask("persistence", 1)
	w.shows("No such call is recorded", "23 recorded") // its CreateAccessKey was denied
	w.ask("only-in-access-log", 0)
	w.shows("acme-finance", "GetObject", "12")
	w.press("enter", "space", "x", "enter")
	w.shows("12 rows written to export.csv, manifest beside it")
	w.exported()
}

// exported looks for what an export leaves behind.
func (w *walker) exported() {
	w.t.Helper()
	if _, err := os.Stat("export.csv.manifest.json"); err != nil {
		w.t.Error(err)
	}
}

func walkRansom(w *walker) {
	w.ask(":deletes", 0)
	w.shows("80 restorable (70 only if", "45 lost, 26 contradicted")
	w.press("5", "tab", "down", "enter")
	w.shows("Events: sse-c-writes", "60 of 4 219", "03-11 03:00:44", "203.0.113.66")
	w.press("A")
	w.shows("out 82.7 MB") // they were read before
	w.ask("self-copy-rewrite", 0)
	w.shows("acme-finance", "sse-c")
	w.ask("data-management-changes", 0)
	w.shows("3 of 4 219", "203.0.113.66")
	w.ask("versioning-suspended", 0)
	w.shows("03-11 03:00:32")
	w.ask("short-lifecycle", 0)
	w.shows("PutBucketLifecycle", "03-11 03:00:40")
	w.ask("ransom-note", 0)
	w.shows("2 of 4 219", "READ")
}

func walkScrape(w *walker) {
	w.ask("permission-changes", 0)
	w.shows("03-10 09:12:16", "03-10 17:40:08", "ana.reyes") // opened, closed, by whom
	w.ask("anonymous-success", 0)
	w.shows("156 of 4 219", "ListObjec", "192.0.2.77", "Scrapy")
	w.press("f", "i")
	w.shows("192.0.2.77", "143")
	w.press("esc", "3")
	w.shows("acme-web", "65.2 MB")
}

func walkInsider(w *walker) {
	w.filter(`actor:*m.okafor`)
	w.shows("218 of 4 219", "okafor")
	w.press("A")
	w.shows("218 requests", "1.4 %", "95.6 MB")
	w.press("tab", "tab")
	w.shows("Homes", "CHANGED address", "203.0.113.190")
	w.ask("compare-windows", 1) // the days before against those since
	w.shows("grown", "okafor            25         193", "before: CloudTrail management events")
	w.ask("presigned-url-use", 0)
	w.shows("signed", "expires")
	w.ask("cross-account-access", 0)
	w.shows("xfe", "acme-lake")
}

func walkTampering(w *walker) {
	w.press("6")
	w.shows("1 altered", "1 missing", "1 unlisted", "1 gap 5h8m43s")
	w.press("c")
	w.shows("03-08 01:33-06:41Z", "StopLogging by arn:aws:sts::111122223333:assumed-", "2026-03-08T01:26:33Z")
	w.press("enter")
	w.shows("08 00:41-01:33Z", "gap")
	w.press("a")
	w.shows("altered", "missing", "unlisted", "03-11 03:12Z")
	w.ask("logging-tampering", 0)
	w.shows("Sto", "Sta", "enter opens the requests")
	w.press("enter", "x", "enter") // the paper for the court
	w.shows("written to export.csv, manifest beside it")
	w.exported()
	w.ask("data-access-gap", 0)
	w.shows("acme-web", "access")
}

func walkDeletes(w *walker) {
	w.ask(":deletes", 0)
	w.shows("80 restorable (70 only if", "45 lost, 26 contradicted", "0 with unknown keys", "version-remov")
	w.ask("versions-deleted", 0)
	w.shows("acme-web", "24", "acme-finance", "7")
	w.press("enter", "O")
	w.shows("img/product-0017.jpg", "01:48:08") // it was tried on one first
	w.ask("versioning-suspended", 0)
	w.shows("03-11 03:00:32")
}

func walkCopies(w *walker) {
	w.ask("cross-account-access", 0)
	w.shows("444455556666", "999900001111", "xfe")
	w.ask("Copies into foreign buckets", 0)
	w.shows("xfer-drop-7731", "30")
	w.press("enter", "x")
	w.shows("30 rows to export.csv")
}

func walkInstance(w *walker) {
	w.ask("instance-creds-outside", 1)
	w.shows("i-0a1b2c3d4e5f60789", "198.51.100.23")
	w.press("enter")
	w.shows("03-04 21:12")
	w.press("A", "e")
	w.shows("CHANGED", "198.51.100.23", "i-0a1b2c3d4e5f60789")
	w.press("enter")
	w.shows("of 4 219", "198.51.100.23")
	w.press("3")
	w.shows("(no bucket)") // the first thing done from elsewhere was to ask whose credentials these are
}

func walkDelivery(w *walker) {
	w.press("7", "c", "a")
	w.shows("5 files not as delivered; digests: 3 present, 1 missing", "log files: 7 present, 1 missing, 1 other-size, 1 undelivered, 1 not-recorded")
	w.shows("not-recorded log    …2Z_5U2ebt4szYNYffhu", "other-size   log    …2Z_XEOTresFTZXcts5H", "missing      log    ", "undelivered  log    ", "missing      digest ")
	w.press("j", "j", "enter") // the record of the delivery of the one that is missing
	w.shows("1 of 4 219", "PutObject", "cloudtrail")
	w.press("q")
	w.ask("delivery-reconciliation", 0)
	w.shows("Delivered files against loaded files", "5 lines", "undelivered", "CloudTrail/us-east-1/2026/03/11/")
}
