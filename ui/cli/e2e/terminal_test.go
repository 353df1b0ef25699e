// Package e2e holds stories told to the real program in a real terminal: tmux types the keys and
// shows the screen. It must not reach into the program; everything it knows it reads off the screen
// and the files that are written.
package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for the screen. It is long because the machine may be busy, and is
// never waited out when the program answers.
const patience = 2 * time.Minute

// terminal is one tmux server with one window that runs the program.
type terminal struct {
	t      *testing.T
	socket string
	home   string
}

func binary(t *testing.T) string {
	t.Helper()
	bin := os.Getenv("TRAILSIFT_E2E")
	if bin == "" {
		t.Skip("SKIPPED: terminal stories need the built program: run them with `make e2e`")
	}
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("SKIPPED: terminal stories need tmux")
	}
	return bin
}

// moduleRoot is the top of the checkout.
func moduleRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// start runs the program with args in a terminal of the given size. env entries are KEY=VALUE.
func start(t *testing.T, width, height int, env []string, args ...string) *terminal {
	t.Helper()
	bin := binary(t)
	home := t.TempDir()
	return startAt(t, bin, home, width, height, env, args...)
}

func startAt(t *testing.T, bin, home string, width, height int, env []string, args ...string) *terminal {
	t.Helper()
	env, args = dressed(env, args)
	term := &terminal{t: t, socket: filepath.Join(home, "tmux.sock"), home: home}
	command := []string{"env", "XDG_DATA_HOME=" + filepath.Join(home, "data"), "XDG_CONFIG_HOME=" + filepath.Join(home, "config"), "TZ=UTC", "LC_ALL=C.UTF-8", "TERM=tmux-256color"}
	command = append(command, env...)
	command = append(command, bin)
	for i, part := range append(command, args...) {
		if i < len(command) {
			command[i] = quote(part)
		} else {
			command = append(command, quote(part))
		}
	}
	line := strings.Join(command, " ") + "; printf '\\nEXIT %s\\n' $?; exec cat"
	term.tmux("-f", "/dev/null", "-u", "new-session", "-d", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height), "-c", moduleRoot(t), "sh", "-c", line)
	term.tmux("set-option", "-g", "status", "off")
	term.tmux("resize-window", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height))
	t.Cleanup(func() {
		term.inLook()
		if t.Failed() {
			t.Logf("last screen:\n%s", term.screen())
		}
		term.end()
	})
	return term
}

// end closes the terminal and waits until the program, which still writes where its session ended,
// is gone: what it writes into is removed next.
func (m *terminal) end() {
	shell, _ := exec.Command("tmux", "-S", m.socket, "list-panes", "-F", "#{pane_pid}").Output()
	parent := strings.TrimSpace(string(shell))
	running, err := os.ReadFile(filepath.Join("/proc", parent, "task", parent, "children"))
	if err != nil {
		running, _ = exec.Command("pgrep", "-P", parent).Output()
	}
	_ = exec.Command("tmux", "-S", m.socket, "kill-server").Run()
	deadline := time.Now().Add(patience)
	for _, pid := range strings.Fields(string(running)) {
		n, err := strconv.Atoi(pid)
		for err == nil && syscall.Kill(n, 0) == nil && time.Now().Before(deadline) {
			pause()
		}
	}
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func (m *terminal) tmux(args ...string) string {
	m.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-S", m.socket}, args...)...).CombinedOutput()
	if err != nil {
		m.t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// screen is the text on screen now.
func (m *terminal) screen() string {
	out, err := exec.Command("tmux", "-S", m.socket, "capture-pane", "-p").Output()
	if err != nil {
		return fmt.Sprintf("(no screen: %v)", err)
	}
	return string(out)
}

// shows is how long a key has to change the screen before it is taken for one that changes nothing.
const shows = 500 * time.Millisecond

// keys sends keys by tmux's names ("Enter", "Escape", "C-r", "+"), each once the one before has shown
// and the program is at rest: one sent into a list that is still on its way would move nothing.
func (m *terminal) keys(names ...string) {
	m.t.Helper()
	for _, n := range names {
		before := m.settled()
		m.now(n)
		for deadline := time.Now().Add(shows); m.screen() == before && time.Now().Before(deadline); {
			pause()
		}
	}
}

// leave presses ctrl+c twice within a second, which leaves from everywhere.
func (m *terminal) leave() {
	m.t.Helper()
	m.tmux("send-keys", "C-c", "C-c")
	m.until("EXIT 0")
}

// now sends keys whatever the program is doing.
func (m *terminal) now(names ...string) {
	m.t.Helper()
	for _, n := range names {
		if n == ";" {
			n = `\;`
		}
		m.tmux("send-keys", "--", n)
	}
}

// text types s as it is.
func (m *terminal) text(s string) {
	m.t.Helper()
	m.tmux("send-keys", "-l", "--", s)
}

// wait polls until ok holds for the screen.
func (m *terminal) wait(what string, ok func(screen string) bool) string {
	m.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		s := m.screen()
		if ok(s) {
			return s
		}
		if time.Now().After(deadline) {
			m.t.Fatalf("waited %s for %s; the screen is:\n%s", patience, what, s)
		}
		pause()
	}
}

// pause is the polling interval of a real terminal, 20 times a second.
func pause() { <-time.After(50 * time.Millisecond) }

// until waits for all of texts to be on one screen and returns it. What a story expects to read it
// awaits here: parts of a screen arrive one after the other, and a look at the first may come before
// the second.
func (m *terminal) until(texts ...string) string {
	m.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		s := m.screen()
		missing := slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return strings.Contains(s, spelt(text)) })
		if len(missing) == 0 {
			return s
		}
		if time.Now().After(deadline) {
			m.t.Fatalf("waited %s for %q; the screen is:\n%s", patience, missing, s)
		}
		pause()
	}
}

// settled waits until the program is at rest: nothing is pending in either set of signs.
func (m *terminal) settled() string {
	m.t.Helper()
	return m.wait("the idle status line", func(s string) bool { return !busy(s) })
}

// busy tells that the status line shows the sign of work.
func busy(s string) bool {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	return len(lines) > 1 && (strings.HasPrefix(lines[len(lines)-2], "●") || strings.HasPrefix(lines[len(lines)-2], "*"))
}

// gone waits for text to leave the screen.
func (m *terminal) gone(text string) string {
	m.t.Helper()
	return m.wait("no "+strconv.Quote(text), func(s string) bool { return !strings.Contains(s, spelt(text)) })
}

// resize changes the size of the terminal.
func (m *terminal) resize(width, height int) {
	m.t.Helper()
	m.tmux("resize-window", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height))
}
