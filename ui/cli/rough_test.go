package cli

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// stranger runs the program as somebody for whom permissions count: root may do everything.
type stranger struct {
	t   *testing.T
	dir string // which the stranger may write to
}

const nobody = 65534

func newStranger(t *testing.T) *stranger {
	t.Helper()
	dir, err := os.MkdirTemp("", "trailsift-rough-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = exec.Command("chmod", "-R", "u+rwX", dir).Run()
		_ = os.RemoveAll(dir)
	})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	// Beside the test program itself lies what only its user can reach.
	out, err := os.OpenFile(filepath.Join(dir, "trailsift"), os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(out.Close(), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	return &stranger{t, dir}
}

func (s *stranger) at(names ...string) string {
	return filepath.Join(append([]string{s.dir}, names...)...)
}

// own gives everything below the folder to the stranger.
func (s *stranger) own() {
	s.t.Helper()
	if os.Geteuid() == 0 {
		if err := exec.Command("chown", "-hR", strconv.Itoa(nobody), s.dir).Run(); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *stranger) put(name, content string) string {
	s.t.Helper()
	path := s.at(name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
		s.t.Fatal(err)
	}
	return path
}

func (s *stranger) command(args ...string) *exec.Cmd {
	c := exec.Command(s.at("trailsift"), args...)
	c.Dir = s.dir
	c.Env = append(os.Environ(), "HOME="+s.dir, "XDG_DATA_HOME="+s.at("data"), "XDG_CONFIG_HOME="+s.at("config"), "TMPDIR="+s.dir)
	if os.Geteuid() == 0 {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody, NoSetGroups: false}}
	}
	return c
}

// run checks the exit code and that what was said holds each text.
func (s *stranger) run(code int, holds []string, args ...string) (stdout string) {
	s.t.Helper()
	var out, errs bytes.Buffer
	c := s.command(args...)
	c.Stdout, c.Stderr = &out, &errs
	if got := exitText(c.Run()); got != strconv.Itoa(code) {
		s.t.Errorf("trailsift %s: exit %s, want %d\n%s%s", strings.Join(args, " "), got, code, out.String(), errs.String())
	}
	for _, h := range holds {
		if !strings.Contains(out.String()+errs.String(), h) {
			s.t.Errorf("trailsift %s does not say %q:\n%s%s", strings.Join(args, " "), h, out.String(), errs.String())
		}
	}
	return out.String()
}

// read makes a CloudTrail file of one read of key.
func read(id, key string) string {
	return `{"Records":[{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::1:user/x"},"eventTime":"2026-03-01T00:00:00Z",` +
		`"eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1",` +
		`"requestParameters":{"bucketName":"b","key":"` + key + `"},"eventID":"` + id + `","eventCategory":"Data"}]}`
}

func squeezed(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

// hostileArchives are entries that would leave the folder if anybody took them out by their names.
func hostileArchives(t *testing.T) (zipped, tarred string) {
	t.Helper()
	var z, x bytes.Buffer
	zw, tw := zip.NewWriter(&z), tar.NewWriter(&x)
	for i, name := range []string{"../../../up.json", "/abs.json", `C:\x.json`, "a\x1b[2J.json"} {
		w, err := zw.Create(name)
		if err == nil {
			_, err = io.WriteString(w, read(fmt.Sprint("zip", i), "z"))
		}
		text := read(fmt.Sprint("tar", i), "t")
		err = errors.Join(err, tw.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o644}))
		if _, werr := io.WriteString(tw, text); err != nil || werr != nil {
			t.Fatal(err, werr)
		}
	}
	if err := errors.Join(tw.WriteHeader(&tar.Header{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}), tw.Close(), zw.Close()); err != nil {
		t.Fatal(err)
	}
	return z.String(), x.String()
}

// TestRoughEvidenceIsNamedAndTheRestLoads is the groups I10 to I14 and I21 to I26 as a user meets them.
func TestRoughEvidenceIsNamedAndTheRestLoads(t *testing.T) {
	s := newStranger(t)
	s.put("ev/plain.json", read("e1", "k"))
	s.put("ev/bom.json", "\ufeff"+read("e2", "k"))
	s.put("ev/surrogate.json", read("e3", `lone\ud800`))
	s.put("ev/nul.json", read("e4", `nul\u0000x`))
	s.put("ev/lines.json", strings.ReplaceAll(read("e5", "k"), ",", ",\r\n"))
	s.put("ev/latin.json", read("e6", "caf\xe9"))
	s.put("ev/upper.json", strings.ReplaceAll(read("e7", "k"), `"eventName":"GetObject"`, `"eventName":"GetObject","EventName":"PutObject"`))
	s.put("ev/cut.json.gz", squeezed(read("e8", "k"))[:120])
	s.put("ev/wide.json", "\xff\xfe{\x00}\x00")
	s.put("ev/zeros.bin", "\x00\x00\x00\x00")
	s.put("ev/empty.json", "")
	zipped, tarred := hostileArchives(t)
	s.put("ev/hostile.zip", zipped)
	s.put("ev/hostile.tar.gz", squeezed(tarred))
	if err := errors.Join(os.Chmod(s.put("ev/locked.json", read("e9", "k")), 0), os.Symlink(".", s.at("ev", "loop")),
		os.Symlink("/etc/passwd", s.at("ev", "out")), syscall.Mkfifo(s.at("ev", "pipe"), 0o644)); err != nil {
		t.Fatal(err)
	}
	s.own()
	out := s.run(exitIncomplete, []string{
		"24 seen = 15 loaded + 7 skipped + 2 rejected", "15 seen = 15 stored + 0 duplicate + 0 rejected",
		"rejected cut.json.gz: the gzip data is truncated at byte 120", "rejected wide.json: UTF-16 text; convert it to UTF-8",
		"unread   locked.json: no permission to read it",
	}, "load", "--case", "r.case", "ev")
	if strings.ContainsAny(out, "\x1b\x00") {
		t.Errorf("a name reached the screen as it is: %q", out)
	}
	var sum loadSummary
	if err := json.Unmarshal([]byte(s.run(exitIncomplete, nil, "load", "-v", "--format", "json", "--case", "again.case", "ev")), &sum); err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	for _, n := range sum.Skipped {
		reasons[n.Name] = n.Reason
	}
	for name, why := range map[string]string{"loop": "symbolic link", "out": "symbolic link", "pipe": "a pipe", "hostile.tar.gz!link": "a link in the archive", "empty.json": "an empty file", "locked.json": "no permission"} {
		if !strings.Contains(reasons[name], why) {
			t.Errorf("%s is skipped as %q, not %q", name, reasons[name], why)
		}
	}
	m := sum.Members
	if m.Seen != m.Loaded+m.Skipped+m.Rejected+m.Already || int(m.Skipped) != len(sum.Skipped) {
		t.Errorf("the summary does not add up: %+v, %d skipped", m, len(sum.Skipped))
	}
	keys := s.run(0, nil, "query", "r.case", "--columns", "key,flags", "--sort", "event_id", "--format", "csv")
	for _, want := range []string{"lone\ufffd,lone-surrogate\n", "nul\x00x,", "caf\ufffd,bad-utf8\n", "duplicate-key"} {
		if !strings.Contains(keys, want) {
			t.Errorf("no row holds %q:\n%q", want, keys)
		}
	}
	if n := s.run(0, nil, "query", "r.case", "json.requestParameters.key:*", "--count"); n != "15\n" {
		t.Errorf("a question about the JSON counts %s", n)
	}
	raw := s.run(0, nil, "show", "r.case", "e6", "--format", "json")
	if !strings.Contains(raw, `"raw_base64"`) {
		t.Errorf("bytes that are no text are not given as they are: %s", raw)
	}
	for _, p := range []string{"/abs.json", s.at("up.json"), s.at("..", "up.json")} {
		if _, err := os.Lstat(p); err == nil {
			t.Errorf("an archive wrote %s", p)
		}
	}
}

// TestB02PlacesThatCannotBeWrittenToAreNamed reads from a medium that is read-only, and says so where
// something would have to be written.
func TestB02PlacesThatCannotBeWrittenToAreNamed(t *testing.T) {
	s := newStranger(t)
	s.put("ev/log.json", read("e1", "k"))
	if err := os.Mkdir(s.at("locked"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.own()
	s.run(0, nil, "load", "--case", "c.case", "ev")
	if out, err := exec.Command("chmod", "-R", "a-w", s.at("c.case"), s.at("locked")).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	s.run(exitAccess, []string{"open case locked/x.case", "permission denied", "hint: "}, "load", "--case", "locked/x.case", "ev")
	if n := s.run(0, nil, "query", "c.case", "--count"); n != "1\n" {
		t.Errorf("a case on a read-only medium counts %s", n)
	}
	// The stranger's folder may lie below one that is called as the case's folder for what questions spill.
	const writable = "hint: check that the folder and the disk may be written to"
	s.run(exitAccess, []string{"case is read-only", writable}, "load", "--case", "c.case", "ev")
	s.run(exitAccess, []string{"case is read-only", writable}, "case", "window", "c.case", "2026-01-01", "2026-01-02")
	s.run(exitAccess, []string{"permission denied", "hint: "}, "preset", "save", "c.case", "mine", "op:GetObject")
	s.run(0, []string{"the export is complete, but the case's ledger does not tell of it"}, "export", "c.case", "-o", "out.csv")
	s.run(exitAccess, []string{"locked", "permission denied", "nothing was left"}, "export", "c.case", "-o", "locked/out.csv")
	if err := os.Chmod(s.at("c.case"), 0); err != nil {
		t.Fatal(err)
	}
	s.run(exitAccess, []string{"look at case c.case", "permission denied", "hint: "}, "query", "c.case")
	if err := errors.Join(os.Chmod(s.at("c.case"), 0o700), os.Chmod(s.at("ev/log.json"), 0)); err != nil {
		t.Fatal(err)
	}
	s.run(exitNothing, []string{"nothing could be loaded: 1 file unreadable", "check that you may read it"}, "load", "--case", "d.case", "ev")
}

// TestB08OtherFilesAreNoCase says so before any database looks at them.
func TestB08OtherFilesAreNoCase(t *testing.T) {
	s := newStranger(t)
	s.put("text", "hello")
	s.put("empty.case/case.duckdb", "")
	s.put("sqlite.case/case.duckdb", "SQLite format 3\x00"+strings.Repeat("\x00", 4096))
	s.put("cut.case/case.duckdb", strings.Repeat("\x00", 8)+"DUCK")
	s.put("log/log.json", read("e1", "k"))
	s.own()
	for name, c := range map[string]struct {
		code  int
		holds []string
	}{
		"nowhere":     {exitUsage, []string{"there is no case at nowhere", "hint: make one with: trailsift load"}},
		"text":        {exitUsage, []string{"text is a file, not a case"}},
		"log":         {exitUsage, []string{"log is no case", "trailsift load --case NAME.case log"}},
		"empty.case":  {exitAccess, []string{"not a trailsift case"}},
		"sqlite.case": {exitAccess, []string{"not a trailsift case"}},
		"cut.case":    {exitAccess, []string{"open case", "cut.case"}},
	} {
		for _, args := range [][]string{{"query", name}, {"case", "info", name}, {"export", name, "-o", "out.csv"}} {
			s.run(c.code, c.holds, args...)
		}
	}
	if left, _ := filepath.Glob(s.at("out.csv*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// reading starts a load of standard input, which holds its case until the input ends.
func reading(s *stranger, dir string) (*exec.Cmd, io.WriteCloser, *bufio.Scanner) {
	s.t.Helper()
	c := s.command("load", "--case", dir, "-")
	in, err := c.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	errs, err := c.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	said := bufio.NewScanner(errs)
	if !said.Scan() || !strings.HasPrefix(said.Text(), "case ") {
		s.t.Fatalf("the load began with %q", said.Text())
	}
	return c, in, said
}

func TestB01AnotherProcessIsNamed(t *testing.T) {
	s := newStranger(t)
	s.own()
	c, in, _ := reading(s, "busy.case")
	defer func() { _ = c.Process.Kill(); _ = c.Wait() }()
	said := ""
	for range 200 { // until the other one has come to its load
		q := s.command("query", "busy.case", "--count", "--wait", "10ms")
		out, err := q.CombinedOutput()
		if said = string(out); err != nil {
			if code := exitText(err); code != strconv.Itoa(exitAccess) {
				t.Errorf("exit %s: %s", code, out)
			}
			break
		}
	}
	if want := fmt.Sprintf("process %d holds it", c.Process.Pid); !strings.Contains(said, want) || !strings.Contains(said, "hint: ") {
		t.Errorf("said %q, not %q", said, want)
	}
	if _, err := io.WriteString(in, read("e1", "k")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(in.Close(), c.Wait()); err != nil {
		t.Error(err)
	}
	if n := s.run(0, nil, "query", "busy.case", "--count"); n != "1\n" {
		t.Errorf("afterwards it counts %s", n)
	}
}

func TestI32SignalsEndALoadInOrder(t *testing.T) {
	s := newStranger(t)
	s.own()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			dir := fmt.Sprintf("%d.case", int(sig))
			c, in, said := reading(s, dir)
			defer in.Close()
			if err := c.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			text := ""
			for said.Scan() {
				text += said.Text() + "\n"
			}
			if code := exitText(c.Wait()); code != strconv.Itoa(exitInterrupted) || !strings.Contains(text, "what was committed is kept") {
				t.Errorf("exit %s, said %q", code, text)
			}
			s.run(0, []string{"0 seen = 0 stored"}, "case", "info", dir)
		})
	}
}

// TestB11AFullDiskIsNamed needs the right to mount a small one.
func TestB11AFullDiskIsNamed(t *testing.T) {
	s := newStranger(t)
	if err := os.Mkdir(s.at("tiny"), 0o777); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=3m,mode=777", "tmpfs", s.at("tiny")).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: a full disk cannot be tried without the right to mount one: %v %s", err, out)
	}
	defer exec.Command("umount", s.at("tiny")).Run()
	s.put("ev/log.json", read("e1", strings.Repeat("k", 900)))
	s.own()
	s.run(exitAccess, []string{"no space left on device", "hint: free some space"}, "load", "--fill-disk", "--case", "tiny/c.case", "ev")
	s.run(exitAccess, []string{"room"}, "load", "--case", "tiny/d.case", "ev")
	s.run(0, nil, "load", "--case", "c.case", "ev")
	if err := os.WriteFile(s.at("tiny", "ballast"), make([]byte, 4<<20), 0o644); err == nil {
		t.Fatal("the disk is larger than it was made")
	}
	for _, out := range []string{"tiny/out.csv", "tiny/out.jsonl", "tiny/out.parquet"} {
		s.run(exitAccess, []string{"no space left on device", "free some space"}, "export", "c.case", "-o", out)
		s.run(exitAccess, []string{"no space left on device"}, "query", "c.case", "-o", out)
	}
	if left, _ := filepath.Glob(s.at("tiny", "*out*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
	if left, _ := filepath.Glob(s.at("tiny", ".*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// TestAnAnswerThatIsLostIsNoSuccess sends answers to a device that takes nothing.
func TestAnAnswerThatIsLostIsNoSuccess(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("SKIPPED: there is no /dev/full here: %v", err)
	}
	defer full.Close()
	s := newStranger(t)
	s.put("ev/log.json", read("e1", "k"))
	s.own()
	s.run(0, nil, "load", "--case", "c.case", "ev")
	for _, args := range [][]string{{"version"}, {"man"}, {"help"}, {"case", "info", "c.case"}, {"query", "c.case"}, {"query", "c.case", "--count"}, {"facets", "c.case", "--fields", "op"}, {"show", "c.case", "e1"}, {"preset", "list", "c.case"},
		{"preset", "run", "c.case", "our-own-traffic", "--format", "json"}, {"verify", "c.case"}, {"load", "--case", "c.case", "ev"}, {"completion", "bash"}} {
		c := s.command(args...)
		var errs bytes.Buffer
		c.Stdout, c.Stderr = full, &errs
		if code := exitText(c.Run()); code != strconv.Itoa(exitAccess) || strings.Count(errs.String(), "no space left") != 1 || !strings.Contains(errs.String(), "the answer is not complete") {
			t.Errorf("%v: exit %s, %s", args, code, errs.String())
		}
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if isTerminal(null) || isTerminal(&watched{Writer: null}) {
		t.Error("the device that takes everything is called a terminal")
	}
}
