package ui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"trailsift/model"
	"trailsift/ui/screen/explore"
)

// Headless runs the interface without a terminal, for the screens in documents and for tests: what is
// asked is answered where it is asked, one after the other, until nothing is left. Options.Load must be
// nil: there is nobody to wait for it.
type Headless struct {
	root  *Root
	left  bool
	after func() // called when a message has been taken
}

// NewHeadless shows the interface at a size, every first answer come.
func NewHeadless(o Options, w, h int) *Headless {
	if o.After == nil {
		o.After = atOnce
	}
	p := &Headless{root: New(o)}
	p.Run(p.root.Init())
	p.Send(tea.WindowSizeMsg{Width: w, Height: h})
	return p
}

// atOnce lets no time pass: what waits for a pause comes at once, what would only go away or come
// again does not.
func atOnce(_ time.Duration, msg tea.Msg) tea.Cmd {
	switch msg.(type) {
	case noticeExpired, jobTick, waitTick:
		return nil
	}
	return func() tea.Msg { return msg }
}

// Send hands over a message and all that follows from it.
func (p *Headless) Send(msg tea.Msg) {
	_, cmd := p.root.Update(msg)
	if p.after != nil {
		p.after()
	}
	p.Run(cmd)
}

// Awaited is what the status line says is awaited; empty when all answers are there.
func (p *Headless) Awaited() string { return p.root.pending() }

// Listed is what the list on screen asks for, and how many rows it says there are; false where no list
// with all its rows counted is on screen.
func (p *Headless) Listed() (model.Query, int64, bool) {
	e, ok := p.root.top().(*explore.Explore)
	if !ok {
		return model.Query{}, 0, false
	}
	n, counted := e.Total()
	return e.Query(), n, counted
}

// Shown tells which parts of the answer the list on screen shows; none where no list is on screen.
func (p *Headless) Shown() explore.Shown {
	if e, ok := p.root.top().(*explore.Explore); ok {
		return e.Shown()
	}
	return explore.Shown{}
}

// Watch calls seen behind every message from now on.
func (p *Headless) Watch(seen func()) { p.after = seen }

// Run runs a command and all that follows from it.
func (p *Headless) Run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch m := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range m {
			p.Run(c)
		}
	case tea.QuitMsg:
		p.left = true
	default:
		p.Send(m)
	}
}

// Left tells that the user has left the program.
func (p *Headless) Left() bool { return p.left }

// Press presses keys by their names: "j", "enter", "ctrl+r", "space".
func (p *Headless) Press(keys ...string) {
	for _, k := range keys {
		p.Send(keyPress(k))
	}
}

// Type types text, letter by letter.
func (p *Headless) Type(text string) {
	for _, r := range text {
		p.Send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// Screen is what a terminal would show, as lines of text.
func (p *Headless) Screen() string {
	buf := uv.NewScreenBuffer(p.root.w, p.root.h)
	uv.NewStyledString(p.root.View().Content).Draw(buf, buf.Bounds())
	lines := strings.Split(strings.ReplaceAll(buf.String(), "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// named are the keys that are no character.
var named = map[string]rune{
	"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
	"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete,
}

func keyPress(k string) tea.KeyPressMsg {
	switch rest, ctrl := strings.CutPrefix(k, "ctrl+"); {
	case k == "space":
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	case k == "shift+tab":
		return tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift}
	case named[k] != 0:
		return tea.KeyPressMsg{Code: named[k]}
	case ctrl && rest != "":
		return tea.KeyPressMsg{Code: []rune(rest)[0], Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
}

// Paint presses a key and draws what there is at once, as a terminal sees it first; what the key asked
// for is still to be run.
func (p *Headless) Paint(key string) tea.Cmd { return p.Take(keyPress(key)) }

// Take hands over a message and draws; what follows from it is still to be run.
func (p *Headless) Take(msg tea.Msg) tea.Cmd {
	_, cmd := p.root.Update(msg)
	_ = p.root.View().Content
	return cmd
}

// Working is how many jobs have not come to their end.
func (p *Headless) Working() int { return p.root.jobs.count() }
