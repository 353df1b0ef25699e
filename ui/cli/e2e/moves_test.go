package e2e

import (
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// looks are the ways a terminal may be unable to show what others do; a story must be told in each.
var looks = map[string]struct {
	env, args []string
}{
	"as usual":       {},
	"without colour": {env: []string{"NO_COLOR=1"}},
	"in ASCII":       {args: []string{"--ascii"}},
}

// loaded is the demo evidence in a case, and its rows as `query` lists them.
type loaded struct {
	home, dir string
	rows      []map[string]string
}

func (l *loaded) command(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.Command(binary(t), args...)
	c.Dir = moduleRoot(t)
	c.Env = append(os.Environ(), "XDG_DATA_HOME="+filepath.Join(l.home, "data"), "XDG_CONFIG_HOME="+filepath.Join(l.home, "config"), "TZ=UTC")
	out, err := c.Output()
	if err != nil {
		t.Fatalf("trailsift %v: %v", args, err)
	}
	return string(out)
}

// load puts evidence into a case and asks for every row of it.
func load(t *testing.T, evidence string, columns ...string) *loaded {
	t.Helper()
	l := &loaded{home: t.TempDir()}
	l.dir = filepath.Join(l.home, "demo.case")
	if evidence == demo {
		copyDemo(t, l.home)
	} else {
		l.command(t, "load", "--quiet", "--case", l.dir, evidence)
	}
	lines, err := csv.NewReader(strings.NewReader(l.command(t, "query", l.dir, "--columns", strings.Join(columns, ","), "--format", "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		l.rows = append(l.rows, row)
	}
	return l
}

// open shows a copy of the case with the briefing closed.
func (l *loaded) open(t *testing.T, width, height int, env []string, args ...string) *terminal {
	t.Helper()
	// A case goes on where its last session ended, and has one writer: a story has its own.
	home := t.TempDir()
	dir := filepath.Join(home, "story.case")
	if err := os.CopyFS(dir, os.DirFS(l.dir)); err != nil {
		t.Fatal(err)
	}
	m := startAt(t, binary(t), home, width, height, env, append(append([]string{"open"}, args...), dir)...)
	m.until("Briefing")
	m.wait("the number of rows", func(s string) bool { return strings.Contains(s, grouped(len(l.rows))+" of "+grouped(len(l.rows))) })
	m.keys("Escape")
	m.gone("Briefing")
	m.at(1)
	return m
}

// grouped is n as the screen prints it.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
}

var place = regexp.MustCompile(`[·.] [\d ]+ of [\d ]+$`)

// at waits until the cursor is on row n and nothing is awaited, and returns the screen.
func (m *terminal) at(n int) string {
	m.t.Helper()
	return m.wait("row "+strconv.Itoa(n), func(s string) bool {
		for _, l := range strings.Split(s, "\n") {
			if strings.Contains(l, "Events") && place.MatchString(strings.TrimRight(l, " ")) {
				return strings.Contains(l, " "+grouped(n)+" of ") && !busy(s)
			}
		}
		return false
	})
}

// row is the line of the list under the cursor.
func row(s string) string {
	for _, l := range strings.Split(s, "\n") {
		if strings.HasPrefix(l, "▸ ") || strings.HasPrefix(l, "> ") {
			return l
		}
	}
	return ""
}

// pageOf is how many rows of the list are on screen.
func pageOf(s string) int {
	n, in := 0, false
	for _, l := range strings.Split(s, "\n") {
		switch {
		case strings.Contains(l, "TIME") && strings.Contains(l, "OP "):
			in = true
		case strings.Contains(l, "Detail"):
			return n
		case in:
			n++
		}
	}
	return n
}

// shown is how the list at this width shows the time of a row: "03-02 00:42:02".
func shown(t string) string { return strings.TrimSuffix(strings.Replace(t[5:], "T", " ", 1), "Z") }

// onRow checks that the line under the cursor is row n, counted from 1.
func (l *loaded) onRow(t *testing.T, s string, n int) {
	t.Helper()
	if want := shown(l.rows[n-1]["time"]); !strings.Contains(row(s), want) {
		t.Errorf("row %d is shown as %q, and is of %s", n, row(s), want)
	}
}

// find is the number of the first row after from that ok holds for, from 1.
func (l *loaded) find(from int, ok func(map[string]string) bool) int {
	return from + 1 + slices.IndexFunc(l.rows[from:], ok)
}

func (l *loaded) count(ok func(map[string]string) bool) int {
	n := 0
	for _, r := range l.rows {
		if ok(r) {
			n++
		}
	}
	return n
}

// TestStories03And04And09KeepDropAndPick are told in every look: no fact may hang on colour or on a
// character beyond ASCII.
func TestStories03And04And09KeepDropAndPick(t *testing.T) {
	t.Parallel()
	binary(t)
	l := load(t, demo, "time", "status", "ip")
	is403 := func(r map[string]string) bool { return r["status"] == "403" }
	address := l.rows[l.find(0, is403)-1]["ip"]
	has := func(r map[string]string) bool { return r["ip"] == address }
	for name, look := range looks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := l.open(t, 80, 24, look.env, look.args...)

			first := l.find(0, is403)
			for range first - 1 {
				m.keys("j")
			}
			s := m.at(first)
			l.onRow(t, s, first)
			same := shown(l.rows[first-1]["time"])
			for range 3 {
				m.keys("l")
			}
			m.keys("+")
			m.until("status=403")
			s = m.wait("the rows with 403", func(s string) bool { return strings.Contains(s, " "+grouped(l.count(is403))+" of 4 219") && !busy(s) })
			if !strings.Contains(row(s), same) {
				t.Errorf("the cursor left the event of %s:\n%s", same, s)
			}
			m.keys("u")
			m.at(first)

			m.keys("l", "-")
			m.wait("the rows without the address, and a chip that says so", func(s string) bool {
				chip := strings.Contains(s, "ip≠"+address) || strings.Contains(s, "ip!="+address)
				return strings.Contains(s, " "+grouped(len(l.rows)-l.count(has))+" of 4 219") && chip && !busy(s)
			})
			m.keys("0")
			m.wait("all rows", func(s string) bool { return strings.Contains(s, "4 219 of 4 219") && !busy(s) })

			m.keys("f", "i")
			m.until("Values of ip")
			m.text("198.51.100.23")
			m.until("1/1 value", "198.51.100.23")
			m.keys("Enter")
			picked := l.count(func(r map[string]string) bool { return r["ip"] == "198.51.100.23" })
			m.wait("the rows of the address", func(s string) bool {
				return strings.Contains(s, " "+grouped(picked)+" of 4 219") && strings.Contains(s, "ip=198.51.100.23")
			})

			if look.args != nil {
				for _, r := range m.screen() {
					if r > 0x7e {
						t.Fatalf("%q on an ASCII screen:\n%s", r, m.screen())
					}
				}
			}
			if look.env != nil && regexp.MustCompile(`\x1b\[[0-9;]*3[0-7]m`).MatchString(m.tmux("capture-pane", "-p", "-e")) {
				t.Error("colours although NO_COLOR is set")
			}
		})
	}
}

func TestStory13GoesToTheNextError(t *testing.T) {
	t.Parallel()
	binary(t)
	l := load(t, demo, "time", "outcome")
	bad := func(r map[string]string) bool { return r["outcome"] == "denied" || r["outcome"] == "failed" }
	first := l.find(0, bad)
	second := l.find(first, bad)
	third := l.find(second, bad)
	m := l.open(t, 80, 24, nil)
	m.keys("G")
	l.onRow(t, m.at(len(l.rows)), len(l.rows))
	m.keys("g")
	m.at(1)
	m.keys("e")
	l.onRow(t, m.at(first), first)
	m.keys("e")
	l.onRow(t, m.at(second), second)
	m.keys("E")
	l.onRow(t, m.at(first), first)
	m.keys("e", "e")
	l.onRow(t, m.at(third), third)
	m.keys("G", "e")
	m.until("no denied or failed", grouped(len(l.rows))+" of ")
}

// TestStory22ScrollsFar goes to the end of a long list and back a page at a time. The list has a
// million rows at night and the demo's otherwise.
func TestStory22ScrollsFar(t *testing.T) {
	t.Parallel()
	binary(t)
	evidence, pages := demo, 50
	if os.Getenv("TRAILSIFT_NIGHTLY") != "" {
		evidence = filepath.Join(t.TempDir(), "million")
		gen := exec.Command("go", "run", "./testdata/gen", "corpus", "-n", "1000000", "-out", evidence)
		gen.Dir = moduleRoot(t)
		if out, err := gen.CombinedOutput(); err != nil {
			t.Fatalf("make a million events: %v\n%s", err, out)
		}
	}
	l := load(t, evidence, "time")
	m := l.open(t, 80, 24, nil)
	m.keys("G")
	s := m.at(len(l.rows))
	l.onRow(t, s, len(l.rows))
	at, size := len(l.rows), pageOf(s)
	for range pages {
		at -= size
		m.keys("PPage")
		l.onRow(t, m.at(at), at)
	}
	m.keys("g")
	l.onRow(t, m.at(1), 1)
}
