package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

// The nightly run tells every story once more in another look, which TRAILSIFT_LOOK names: no-colour or
// ascii. What a story expects to read is then spelt as that look spells it.
var (
	look    = os.Getenv("TRAILSIFT_LOOK")
	inASCII = look == "ascii"
)

// ours are the program's own signs and what stands for them in ASCII.
var ours = map[rune]string{'▸': ">", '─': "-", '│': "|", '✗': "x", '✓': "+", '★': "*", '≠': "!=", '·': ".", '…': "~", '▲': "^", '▼': "v",
	'█': "#", '▅': "=", '–': "-"}

// dressed is a command line of the program, with its environment, in the look of the run.
func dressed(env, args []string) ([]string, []string) {
	switch {
	case len(args) == 0 || args[0] != "open" || look == "":
	case look == "no-colour":
		env = append(slices.Clone(env), "NO_COLOR=1")
	case inASCII && !slices.Contains(args, "--ascii"):
		args = slices.Insert(slices.Clone(args), 1, "--ascii")
	}
	return env, args
}

// spelt is text as the look of the run shows it.
func spelt(text string) string {
	if !inASCII {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch sign, own := ours[r]; {
		case own:
			b.WriteString(sign)
		case r > 0x7e:
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

var colour = regexp.MustCompile(`\x1b\[[0-9;]*\b[349][0-7]m`)

// inLook holds the screen at the end of a story to the look of the run.
func (m *terminal) inLook() {
	m.t.Helper()
	switch {
	case inASCII:
		s := m.screen()
		if i := strings.IndexFunc(s, func(r rune) bool { return r > 0x7e }); i >= 0 {
			m.t.Errorf("%q on an ASCII screen:\n%s", []rune(s[i:])[0], s)
		}
	case look == "no-colour":
		// A story that left its terminal has no screen any more.
		if s, err := exec.Command("tmux", "-S", m.socket, "capture-pane", "-p", "-e").Output(); err == nil && colour.Match(s) {
			m.t.Errorf("colours although NO_COLOR is set: %q", colour.Find(s))
		}
	}
}
