package e2e

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var total = regexp.MustCompile(`\s(\d{1,3}(?: \d{3})*) of (\d{1,3}(?: \d{3})*)`)

// kept is the number of rows the filter line tells.
func (m *terminal) kept(want string) string {
	m.t.Helper()
	return m.wait(want+" rows", func(s string) bool {
		found := total.FindStringSubmatch(s)
		return found != nil && strings.TrimSpace(found[1]) == want
	})
}

func (m *terminal) filter(text string) {
	m.t.Helper()
	m.keys("/")
	m.text(text)
	m.keys("Enter")
}

func TestStory01OpensAndOrients(t *testing.T) {
	t.Parallel()
	m := start(t, 80, 24, nil, "open", demo)
	m.until("Briefing")
	m.until("4 049 requests in 4 219 rows", "leads", "cloudtrail 3 941 records", "access 2 584 records", "111122223333", "acme-finance", "incident window: not set")
	m.keys("Escape")
	m.gone("Briefing")
	m.until("? help", "OBJECT")
}

func TestStory02LearnsKeys(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	before := m.still()
	m.keys("?")
	m.until("Keys of events")
	m.text("drop")
	m.until("drop rows with the value under the cursor")
	m.keys("Escape")
	m.gone("Keys of events")
	m.wait("the screen as it was", func(s string) bool { return s == before })
}

func TestStory06TypesAFilter(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.filter("op:GetObject ip:203.0.113.0/26 outcome:ok")
	m.keys("0")
	m.kept("4 219")
	m.filter("op:GetObject ip:203.0.113.66 outcome:ok")
	m.kept("215")
	m.until("op=GetObject", "outcome=ok")
	m.keys("u")
	m.kept("4 219")
	m.keys("C-r")
	m.kept("215")
}

func TestStory07MistypesAField(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.keys("/")
	m.text("stauts:403")
	m.until("status")
	m.keys("Enter")
	m.until("did you mean", "stauts")
	m.keys("Escape")
	m.kept("4 219")
}

func TestStory03And05KeepsAndUndoes(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.filter("enc:sse-c")
	m.kept("63")
	m.keys("l", "l")
	m.keys("+")
	m.wait("a second chip", func(s string) bool { return strings.Contains(s, "[2") })
	m.keys("u")
	m.gone("[2")
	m.kept("63")
	m.keys("u")
	m.kept("4 219")
	m.keys("C-r", "C-r")
	m.wait("both chips again", func(s string) bool { return strings.Contains(s, "[2") })
}

func TestStory09PicksAValue(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.keys("f", "i")
	m.until("203.0.113.66")
	m.text("198.51")
	m.until("198.51.100")
	m.keys("Enter")
	m.wait("a chip on the address", func(s string) bool { return strings.Contains(s, "ip=198.51.100") })
}

func TestStory23Resizes(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 160, 50, nil)
	before := m.still()
	m.resize(80, 24)
	m.wait("the small layout", func(s string) bool { return strings.Contains(s, "? help") && len(strings.Split(s, "\n")[0]) <= 90 })
	m.resize(39, 9)
	m.until("40x10")
	m.resize(160, 50)
	m.wait("the same screen", func(s string) bool { return s == before })
}

func TestStory24HostileNamesStayVisible(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.filter(`op:PutObject actor~"partner-upload"`)
	s := m.until("␛")
	for _, line := range strings.Split(strings.TrimRight(s, "\n"), "\n") {
		if strings.ContainsAny(line, "\x1b\r\u202e\u200b") {
			t.Errorf("a control character reached the screen: %q", line)
		}
	}
	if title := strings.TrimSpace(m.tmux("display-message", "-p", "#{pane_title}")); strings.Contains(title, "pwn") {
		t.Errorf("the terminal's title became %q", title)
	}
}

func TestStory25Exports(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.filter("enc:sse-c")
	m.kept("63")
	out := filepath.Join(m.home, "out.csv")
	m.keys("x")
	m.until("Export")
	m.keys("C-u")
	m.text(filepath.Join(m.home, "nowhere", "out.csv"))
	m.keys("Enter")
	m.until("there is no folder")
	m.keys("C-u")
	m.text(out)
	m.keys("Enter")
	m.until("63 rows written")
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 64 {
		t.Errorf("%d lines, %v", len(rows), err)
	}
	if _, err := os.Stat(out + ".manifest.json"); err != nil {
		t.Error(err)
	}
	m.keys("x")
	m.until("Export")
	m.keys("C-u")
	m.text(out)
	m.keys("Enter")
	m.until("exists already")
}

func TestPresetsAndSourcesScreens(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	m.keys("2")
	m.until("What it asks")
	m.keys("7")
	m.until("1 822 members", "6 534 seen = 6 525 stored + 9 duplicate + 0 rejected")
	m.keys("1")
	m.until("OBJECT")
}

func TestWithoutColourAndInASCII(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, []string{"NO_COLOR=yes"})
	if esc := m.tmux("capture-pane", "-p", "-e"); regexp.MustCompile(`\x1b\[[0-9;]*3[0-7]m`).MatchString(esc) {
		t.Error("colours although NO_COLOR is set")
	}
	a, _ := caseAt(t, 80, 24, nil, "--ascii")
	for _, r := range a.screen() {
		if r > 0x7e {
			t.Fatalf("%q on an ASCII screen:\n%s", r, a.screen())
		}
	}
}

func TestQuittingAsksAtTheRoot(t *testing.T) {
	t.Parallel()
	m, _ := caseAt(t, 80, 24, nil)
	before := m.still()
	m.keys("q")
	m.wait("the question", func(s string) bool { return s != before })
	if strings.Contains(m.screen(), "EXIT") {
		t.Fatal("one q quit")
	}
	m.keys("Escape")
	m.wait("the list again", func(s string) bool { return s == before })
	m.leave()
}
