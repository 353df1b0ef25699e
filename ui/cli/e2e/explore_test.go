package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// headless is the number of requests the command line counts for a filter, of the case the stories
// were copied from: the one on screen may be open.
func headless(t *testing.T, filter string) string {
	t.Helper()
	dir, err := readyCase()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(binary(t), "query", filepath.Join(dir, "demo.case"), "--count", "--wait", "30s", "--", filter).Output()
	if err != nil {
		t.Fatalf("count %s: %v", filter, err)
	}
	n := strings.TrimSpace(string(out))
	if len(n) > 3 {
		n = n[:len(n)-3] + " " + n[len(n)-3:]
	}
	return n
}

// still is the screen when it no longer changes: every key sent has been dealt with.
func (m *terminal) still() string {
	m.t.Helper()
	before, same := "", 0
	return m.wait("a screen that stays", func(s string) bool {
		if s != before {
			before, same = s, 0
			return false
		}
		same++
		return same > 8 && !busy(s)
	})
}

// typed is the filter line's text.
func (m *terminal) typed() string {
	line := strings.Split(m.screen(), "\n")[1]
	return strings.TrimSpace(strings.TrimPrefix(total.ReplaceAllString(line, ""), " /"))
}

func TestStory03And04WithTheMouse(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 160, 50, nil)
	m.filter("outcome:denied")
	m.kept(headless(t, "outcome:denied"))
	m.clickOn("GetObject ", 0)
	m.kept(headless(t, "outcome:denied op:GetObject"))
	m.clickOn(" 203.0.113.66  ", 2)
	m.kept(headless(t, "outcome:denied op:GetObject -ip:203.0.113.66"))
}

// clickOn presses and lets go a mouse button on the first place of text: 0 is left, 2 is right.
func (m *terminal) clickOn(text string, button int) {
	m.t.Helper()
	x, y := -1, -1
	text = spelt(text)
	m.settled()
	for i, l := range strings.Split(m.until(text), "\n") {
		if at := strings.Index(l, text); at >= 0 && i > 2 {
			x, y = len([]rune(l[:at]))+1, i+1
			break
		}
	}
	m.mouse(button, x, y, "M")
	m.mouse(button, x, y, "m")
}

// mouse sends one gesture as terminals report it (SGR): M presses, m lets go.
func (m *terminal) mouse(button, x, y int, what string) {
	m.t.Helper()
	m.text("\x1b[<" + strconv.Itoa(button) + ";" + strconv.Itoa(x) + ";" + strconv.Itoa(y) + what)
}

func TestStory08CompletesAValue(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.keys("/")
	m.text("enc:sse")
	m.keys("Tab")
	m.until("sse-c 63", "sse-kms") // what may be chosen, with counts
	for range 8 {
		m.now("Tab")
		if m.still(); m.typed() == "enc:sse-c" {
			break
		}
	}
	m.keys("Enter")
	m.kept(headless(t, "enc:sse-c"))
}

func TestStory10ShowsTheRareEnd(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.keys("f", "a")
	m.until("1/23 values")
	m.keys("G")
	m.until("23/23 values")
	m.wait("a last value that was seen once", regexp.MustCompile(spelt("▸")+` .* 1 *`+regexp.QuoteMeta(spelt("│"))).MatchString)
	m.keys("Enter")
	m.until(" 1 of 4 219")
}

func TestStory11BrushesTimeAndStory12ZoomsOut(t *testing.T) {
	t.Parallel()
	for name, way := range looks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, _ := caseAt(t, 80, 24, way.env, way.args...)
			m.keys("v", "Right", "Right", "Right", "Right", "Right")
			m.until(" failed; ")
			said := m.still()
			sum := regexp.MustCompile(`([\d ]+) ok ([\d ]+) denied ([\d ]+) failed`).FindStringSubmatch(said)
			m.keys("Enter")
			m.until("[2 until")
			m.still()
			text := m.typed()
			n := headless(t, text)
			m.kept(n)
			if sum == nil || total3(sum[1:]) != strings.ReplaceAll(n, " ", "") {
				t.Errorf("the bars add up to %v, the list to %s", sum, n)
			}
			m.keys("o")
			m.wait("another window", func(string) bool { return m.typed() != text })
			m.keys("u")
			m.wait("the brushed window", func(string) bool { return m.typed() == text })
			m.keys("u")
			m.kept("4 219")
		})
	}
}

func total3(parts []string) string {
	sum := 0
	for _, p := range parts {
		n, _ := strconv.Atoi(strings.ReplaceAll(strings.TrimSpace(p), " ", ""))
		sum += n
	}
	return strconv.Itoa(sum)
}

func TestStory11BrushesWithTheMouse(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.mouse(0, 20, 4, "M")
	m.mouse(32, 30, 4, "M")
	m.until(" failed; ")
	m.mouse(0, 30, 4, "m")
	m.until("[2 until")
	m.still()
	m.kept(headless(t, m.typed()))
}

// TestStoriesWithTheMouse are those with a gesture of their own that no other story tells; keys tell the
// same in the stories of every run.
func TestStoriesWithTheMouse(t *testing.T) {
	if os.Getenv("TRAILSIFT_NIGHTLY") == "" && look == "" {
		t.Skip("SKIPPED: these stories are nightly: TRAILSIFT_NIGHTLY=1")
	}
	t.Parallel()
	m, _ := caseAt(t, 160, 50, nil)
	m.keys("f", "i") // 9: a value is picked by a double click, and dropped by the right button
	m.until("Values of ip", "203.0.113.66")
	m.clickOn(" 203.0.113.66 ", 0)
	m.clickOn(" 203.0.113.66 ", 0)
	m.gone("Values of ip")
	m.until("[1 ip=203.0.113.66]")
	m.kept(headless(t, "ip:203.0.113.66"))
	m.clickChip("ip=203.0.113.66") // 5: a condition is switched off, and on again
	m.kept("4 219")
	m.clickChip("ip=203.0.113.66")
	m.kept(headless(t, "ip:203.0.113.66"))
	m.keys("0")
	m.kept("4 219")
	m.clickOn("TIME", 0) // the heading sorts
	m.until("TIME▼")
	first := m.still()
	m.mouse(65, 80, 25, "M") // 22: the wheel scrolls
	m.wait("another row at the top", func(s string) bool { return s != first && !busy(s) })
}

// clickChip clicks into the line of conditions.
func (m *terminal) clickChip(text string) {
	m.t.Helper()
	text = spelt(text)
	lines := strings.Split(m.until(text), "\n")
	at := strings.Index(lines[2], text)
	if at < 0 {
		m.t.Fatalf("no condition %q in %q", text, lines[2])
	}
	x := len([]rune(lines[2][:at])) + 2
	m.mouse(0, x, 3, "M")
	m.mouse(0, x, 3, "m")
}

func TestStory14FiltersFromTheDetailAndStory15ListsAValue(t *testing.T) {
	t.Parallel()
	m, dir := caseAt(t, 80, 24, nil)
	m.filter("op:ListObjects log:cloudtrail json.requestParameters.prefix:*")
	m.kept(headless(t, "op:ListObjects log:cloudtrail json.requestParameters.prefix:*"))
	m.settled()
	before := m.typed()
	m.keys("Enter")
	m.until("▸time")
	m.keys("C-t")
	m.until("Search in the list")
	m.text(`"prefix"`)
	m.keys("Enter")
	m.until(`▸    "prefix"`)
	m.keys("C")
	m.until("listed as a column")
	m.keys("+")
	m.wait("a condition on the path", func(string) bool { return m.typed() != before })
	m.settled()
	kept := total.FindStringSubmatch(m.screen())[1]
	m.keys("q")
	m.until("─Events")
	m.leave()
	again := reopen(t, binary(t), filepath.Dir(dir), 160, 50, nil)
	again.until("prefix")
	if got := again.typed(); !strings.Contains(got, before+" json.requestParameters.prefix:") {
		t.Errorf("the session goes on with %q, after %q", got, before)
	}
	again.kept(strings.TrimSpace(kept))
}

func TestStory16PivotsAndReturns(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.filter("op:GetObject outcome:ok")
	m.kept(headless(t, "op:GetObject outcome:ok"))
	m.keys("j", "j", "j", "j", "j", "j", "j", "j", "j", "j", "j", "l", "l")
	before := m.still()
	m.keys("p")
	m.wait("all counts", func(s string) bool { return regexp.MustCompile(`k access key +\d`).MatchString(s) })
	m.keys("k")
	m.until("Events: access key")
	m.keys("q")
	m.wait("the same screen", func(s string) bool { return s == before })
}

func TestStory17ShowsBothLogsOfARequest(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.filter("witness:both op:GetObject")
	m.kept(headless(t, "witness:both op:GetObject"))
	m.keys("p")
	m.wait("two records", func(s string) bool { return regexp.MustCompile(`r request, both logs +2 `).MatchString(s) })
	m.keys("r")
	m.until("Events: request, both logs")
	m.kept("2")
	m.keys("Enter")
	m.until("z zoom")
	m.keys("C-t")
	m.until("Search in the list")
	m.text("the other log")
	m.keys("Enter")
	m.until("the other log tells the same request; where it differs")
}

func TestStory18AsksForEncryption(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.filter("enc:*-default op:PutObject")
	m.kept(headless(t, "enc:*-default op:PutObject"))
	m.filter("outcome:denied")
	if n := headless(t, "enc:*-default op:PutObject outcome:denied"); n != "0" {
		t.Errorf("%s refused writes are told as encrypted", n)
	}
}

func TestMarksAndNotesAreInTheNotebookOfTheCase(t *testing.T) {
	t.Parallel()
	m, dir := caseAt(t, 80, 24, nil)
	m.keys("Space")
	m.until("★ marked")
	m.keys("j", "c")
	m.until("keeps it in the case's notebook")
	m.text("read at night")
	m.keys("Enter")
	m.until("★ marked read at night")
	m.keys("8")
	m.until("2 marks, 0 views")
	m.leave()
	out, err := exec.Command(binary(t), "case", "notebook", dir).Output()
	if err != nil || !strings.Contains(string(out), "> read at night") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestObjectsAreWalked(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.keys("3")
	m.until("▸ acme-finance")
	m.keys("Enter")
	m.until("Objects in s3://acme-finance/")
	m.until(" entries")
	m.keys("+")
	m.until("Events: acme-finance/")
	m.still()
	m.kept(headless(t, m.typed()))
}
