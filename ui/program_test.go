package ui

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// lockedBuffer is an output that may be read while the program writes.
type lockedBuffer struct {
	sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	return b.Buffer.Write(p)
}

// TestTheProgramRunsOnARealLoop wires the root to Bubble Tea with an input that says nothing, presses
// keys, and checks the model that comes back. What is on screen is the business of the other tests.
func TestTheProgramRunsOnARealLoop(t *testing.T) {
	m := newMemory(600)
	r := New(Options{Backend: m, Language: testLanguage, Case: "c", Presets: testPresets(),
		After: func(_ time.Duration, msg tea.Msg) tea.Cmd {
			if _, ok := msg.(noticeExpired); ok {
				return nil
			}
			return func() tea.Msg { return msg }
		}})
	silent, hold := io.Pipe()
	defer hold.Close()
	out := &lockedBuffer{}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	p, paced := newProgram(r, tea.WithContext(ctx), tea.WithInput(silent), tea.WithOutput(out), tea.WithWindowSize(120, 40),
		tea.WithColorProfile(colorprofile.ASCII), tea.WithoutSignalHandler())
	go func() {
		for _, k := range []string{"esc", "l", "l", "+", "j", "j", "f", "i", "esc", "u", "2", "1", "7", "1", "enter", "esc", "q", "y"} {
			p.Send(keyPress(k))
		}
	}()
	if _, err := p.Run(); err != nil {
		t.Fatalf("run: %v", err)
	}
	r.finish()
	if len(r.stack) != 1 || r.w != 120 {
		t.Errorf("the program ended with %d screens at width %d", len(r.stack), r.w)
	}
	if paced.pace.clock == nil {
		t.Error("Bubble Tea keeps its clock elsewhere than it did: a program at rest now costs about one percent of a core")
	}
	out.Lock()
	defer out.Unlock()
	if s := out.String(); strings.Contains(s, "\x1b[31m") || strings.Contains(s, "\x1b[36m") {
		t.Error("colours were written although the profile has none")
	}
}
