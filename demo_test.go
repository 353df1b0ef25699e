package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"trailsift/testdata/gen/demo"
)

const demoDir = "testdata/demo"

func demoTree(t *testing.T) map[string][]byte {
	t.Helper()
	return readTree(t, demoDir)
}

// readTree reads what lies below dir: slash-separated names and contents.
func readTree(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	tree := map[string][]byte{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		tree[filepath.ToSlash(strings.TrimPrefix(name, filepath.FromSlash(dir)+string(filepath.Separator)))] = content
		return err
	})
	if err != nil {
		t.Fatalf("reading %s: %v", dir, err)
	}
	return tree
}

func TestDemoIsWhatItsGeneratorMakes(t *testing.T) {
	have, want := demoTree(t), demo.Build(demo.Seed)
	total := 0
	for name, content := range have {
		total += len(content)
		if _, ok := want[name]; !ok {
			t.Errorf("%s: the generator does not make it", name)
		}
	}
	for name, content := range want {
		if !bytes.Equal(have[name], content) {
			t.Errorf("%s: differs from what the generator makes; run go run ./testdata/gen demo", name)
		}
	}
	if total >= 4<<20 {
		t.Errorf("the demo has %d bytes, want less than 4 MB", total)
	}
}

func gunzip(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return plain
}

// event is a CloudTrail record as encoding/json sees it.
type event struct {
	file string
	raw  string

	EventID, EventName, EventTime, SourceIPAddress, ErrorCode, RequestID string

	UserIdentity        struct{ Type, AccountID, ARN, UserName, AccessKeyID, PrincipalID string }
	RequestParameters   map[string]any
	ResponseElements    map[string]any
	AdditionalEventData map[string]any
}

func (e event) param(name string) string {
	s, _ := e.RequestParameters[name].(string)
	return s
}

func (e event) sent() int64 {
	n, _ := e.AdditionalEventData["bytesTransferredOut"].(float64)
	return int64(n)
}

func (e event) ok(name string) bool { return e.EventName == name && e.ErrorCode == "" }

// accessLine holds the columns of a line as far as they stand before anything a client can forge.
type accessLine struct {
	text                                                string
	bucket, ip, requester, request, op, status, errCode string
	key, target                                         string // as they stand in the line
	time                                                time.Time
	sent                                                int64
}

var accessShape = regexp.MustCompile(`^\S+ (\S+) \[([^]]+)\] (\S+) (\S+) (\S+) (\S+) (\S+) (-|"[^"]*") (\S+) (\S+) (\S+) `)

type demoEvidence struct {
	events []event
	lines  []accessLine
	tree   map[string][]byte
	logs   map[string]int // records by CloudTrail log file
}

func readDemo(t *testing.T) demoEvidence {
	t.Helper()
	d := demoEvidence{tree: demoTree(t), logs: map[string]int{}}
	for name, content := range d.tree {
		switch {
		case strings.Contains(name, "/CloudTrail/"):
			d.readLog(t, name, content)
		case strings.HasPrefix(name, "acme-access-logs") && !strings.HasSuffix(name, ".txt"):
			d.readAccess(t, name, content)
		}
	}
	return d
}

func (d *demoEvidence) readLog(t *testing.T, name string, content []byte) {
	t.Helper()
	var file struct{ Records []json.RawMessage }
	if err := json.Unmarshal(gunzip(t, name, content), &file); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	d.logs[name] = len(file.Records)
	for _, raw := range file.Records {
		e := event{file: name, raw: string(raw)}
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		d.events = append(d.events, e)
	}
}

func (d *demoEvidence) readAccess(t *testing.T, name string, content []byte) {
	t.Helper()
	for text := range strings.Lines(string(content)) {
		m := accessShape.FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("%s: not an access-log line: %q", name, text)
		}
		at, err := time.Parse("02/Jan/2006:15:04:05 -0700", m[2])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		l := accessLine{text: text, bucket: m[1], time: at, ip: m[3], requester: m[4], request: m[5], op: m[6], key: m[7], target: m[8], status: m[9], errCode: m[10]}
		l.sent, _ = strconv.ParseInt(m[11], 10, 64) // a dash is zero
		d.lines = append(d.lines, l)
	}
}

// readmeFacts reads the table of the demo's README.
func readmeFacts(t *testing.T, readme []byte) map[string]int64 {
	t.Helper()
	facts := map[string]int64{}
	for _, m := range regexp.MustCompile(`(?m)^\| ([a-z0-9-]+) \| (\d+) \|`).FindAllSubmatch(readme, -1) {
		n, err := strconv.ParseInt(string(m[2]), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		facts[string(m[1])] = n
	}
	return facts
}

func TestDemoReadmeCountsWhatIsInTheFiles(t *testing.T) {
	d := readDemo(t)
	stated := readmeFacts(t, d.tree["README.md"])
	counted := map[string]int64{}
	d.countFiles(t, counted)
	d.countEvents(counted)
	d.countDeliveries(counted)
	d.countLines(counted)
	d.countChain(t, counted)
	for fact, n := range stated {
		got, ok := counted[fact]
		if !ok {
			t.Errorf("the README states %s = %d and no test counts it", fact, n)
		} else if got != n {
			t.Errorf("%s: the README says %d, the files say %d", fact, n, got)
		}
	}
	for fact, n := range counted {
		if _, ok := stated[fact]; !ok {
			t.Errorf("%s = %d is counted and not in the README", fact, n)
		}
	}
	if text := string(d.tree["README.md"]); regexp.MustCompile(`\{[a-z]`).MatchString(text) {
		t.Error("the README has an unfilled number")
	}
}

func TestBothLogsNameTheSameObject(t *testing.T) {
	d := readDemo(t)
	keys := map[string]string{}
	for _, e := range d.events {
		if k := e.param("key"); k != "" && !strings.HasPrefix(e.EventName, "Delete") {
			keys[e.RequestID] = k
		}
	}
	joined := 0
	for _, l := range d.lines {
		want, ok := keys[l.request]
		if !ok || strings.HasSuffix(l.op, "COPY.OBJECT_GET") {
			continue
		}
		joined++
		_, target, _ := strings.Cut(l.target, " /")
		target, _, _ = strings.Cut(strings.TrimSuffix(target, ` HTTP/1.1"`), "?")
		once, err := url.PathUnescape(target)
		if err != nil || once != want {
			t.Errorf("%s: the target names %q, CloudTrail %q (%v)", l.request, once, want, err)
		}
		if column, err := url.PathUnescape(l.key); err != nil || column != target {
			t.Errorf("%s: the key column %q is not the encoded target %q (%v)", l.request, l.key, target, err)
		}
	}
	if joined < 1000 {
		t.Errorf("only %d requests stand in both logs", joined)
	}
}

func TestDemoHasAccessLogLinesOfEveryWidth(t *testing.T) {
	widths := map[int]int{}
	for _, l := range readDemo(t).lines {
		// Nothing after the user agent holds a quote or a space inside a column.
		text := strings.TrimSuffix(l.text, "\n")
		if last := strings.LastIndexByte(text, '"'); last >= 0 {
			widths[17+len(strings.Fields(text[last+1:]))]++
		}
	}
	for n := 24; n <= 27; n++ {
		if widths[n] == 0 {
			t.Errorf("no line has %d columns: %v", n, widths)
		}
	}
	if len(widths) != 4 {
		t.Errorf("widths %v, want 24 to 27 only", widths)
	}
}

// The go tool leaves testdata out of ./..., so the generator's command is checked here.
func TestGeneratorPassesVet(t *testing.T) {
	if out, err := exec.Command("go", "vet", "./testdata/gen/...").CombinedOutput(); err != nil {
		t.Errorf("go vet ./testdata/gen/...: %v\n%s", err, out)
	}
}
