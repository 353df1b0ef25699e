package ui

import (
	"math/rand"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// cell finds text on the screen.
func (p *program) cell(text string) (x, y int) {
	p.t.Helper()
	for y, l := range strings.Split(p.screen(), "\n") {
		if i := strings.Index(l, text); i >= 0 {
			return len([]rune(l[:i])), y
		}
	}
	p.t.Fatalf("no %q on screen:\n%s", text, p.screen())
	return 0, 0
}

// click clicks the text, a while after what was clicked before.
func (p *program) click(text string, button tea.MouseButton) {
	p.t.Helper()
	p.now = p.now.Add(time.Minute)
	x, y := p.cell(text)
	p.send(tea.MouseClickMsg{X: x, Y: y, Button: button})
	p.send(tea.MouseReleaseMsg{X: x, Y: y, Button: button})
}

func (p *program) doubleClick(text string) {
	p.t.Helper()
	p.click(text, tea.MouseLeft)
	x, y := p.cell(text)
	p.now = p.now.Add(100 * time.Millisecond)
	p.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
}

func TestWhatLooksClickableIs(t *testing.T) {
	p := startAt(t, newMemory(600), 160, 50, nil)
	p.press("esc")
	p.click("02:11:26", tea.MouseLeft)
	p.shows("5 of 600")
	p.click("PutObject ", tea.MouseLeft)
	p.shows("[1 op:PutObject]", "86 of 600", "▸█ PutObject")
	p.click("[1 op", tea.MouseLeft)
	p.shows("[1 op:PutObject off]", "600 of 600")
	p.click("[1 op", tea.MouseRight)
	p.shows("no filter")
	p.click("IP ", tea.MouseLeft)
	p.shows("IP▲")
	p.click("IP▲", tea.MouseLeft)
	p.shows("IP▼")
	p.click("▁ denied", tea.MouseLeft)
	p.shows("[1 outcome:denied]", "55 of 600")
	p.click("198.51.100.23 ", tea.MouseRight)
	p.shows("[2 -ip:198.51.100.23]")
	p.click("2 Presets", tea.MouseLeft)
	p.shows("Which requests were refused?")
	p.click("1 Explore", tea.MouseLeft)
	p.shows("[1 outcome:denied]")
	p.click("/ outcome", tea.MouseLeft)
	p.shows("tab completes")
}

func TestDraggingOnTheBarsKeepsAStretchOfTime(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc")
	_, y := p.cell("peak")
	p.send(tea.MouseClickMsg{X: 12, Y: y, Button: tea.MouseLeft})
	p.send(tea.MouseMotionMsg{X: 20, Y: y, Button: tea.MouseLeft})
	p.shows("enter, esc")
	p.send(tea.MouseReleaseMsg{X: 20, Y: y, Button: tea.MouseLeft})
	p.shows("[1 since:", "[2 until:")
	p.press("u")
	p.shows("no filter")
}

func TestTheWheelScrollsWhatLiesUnderIt(t *testing.T) {
	p := startAt(t, newMemory(600), 160, 50, nil)
	p.press("esc")
	x, y := p.cell("02:11:26")
	p.send(tea.MouseWheelMsg{X: x, Y: y, Button: tea.MouseWheelDown})
	p.shows("4 of 600")
	p.send(tea.MouseWheelMsg{X: x, Y: y, Button: tea.MouseWheelUp})
	p.shows("1 of 600")
}

func TestClicksInOverlaysAndBesideThem(t *testing.T) {
	p := startAt(t, newMemory(600), 160, 50, nil)
	p.press("esc", "f", "i")
	p.doubleClick("▸ 192.0.2.44")
	p.shows("[1 ip:192.0.2.44]")
	p.press("f", "i")
	p.send(tea.MouseClickMsg{X: 1, Y: 40, Button: tea.MouseLeft})
	p.hides("Values of ip")
}

func TestADoubleClickOpens(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc")
	p.doubleClick("02:11:26")
	p.shows("z zoom", "access_key  AKIA")
	p.press("q", "3")
	p.doubleClick("acme-finance  ")
	p.shows("Objects in s3://acme-finance/")
}

func TestTheMouseIsGivenToTheTerminal(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc")
	p.send(tea.KeyPressMsg{Code: tea.KeyF2})
	p.shows("the mouse selects text now")
	if p.root.View().MouseMode != tea.MouseModeNone {
		t.Error("the mouse is still asked for")
	}
	p.click("02:11:26", tea.MouseLeft)
	p.shows("1 of 600")
}

func TestRandomGesturesNeitherPanicNorBreakTheFrame(t *testing.T) {
	random := rand.New(rand.NewSource(9))
	p := start80(t, newMemory(300), nil)
	keys := []string{"esc", "f", "i", "F", "3", "1", "8", "2", "7", "enter", "q", "+", "space", "x", "C"}
	for i := range 1500 {
		at := tea.Mouse{X: random.Intn(170) - 3, Y: random.Intn(55) - 3, Button: []tea.MouseButton{tea.MouseLeft, tea.MouseRight, tea.MouseMiddle}[random.Intn(3)]}
		p.now = p.now.Add(time.Duration(random.Intn(600)) * time.Millisecond)
		switch random.Intn(7) {
		case 0, 1:
			p.send(tea.MouseClickMsg(at))
		case 2:
			p.send(tea.MouseMotionMsg(at))
		case 3:
			p.send(tea.MouseReleaseMsg(at))
		case 4:
			at.Button = []tea.MouseButton{tea.MouseWheelUp, tea.MouseWheelDown, tea.MouseWheelLeft}[random.Intn(3)]
			p.send(tea.MouseWheelMsg(at))
		case 5:
			p.press(keys[random.Intn(len(keys))])
		case 6:
			if i%40 == 0 {
				p.send(tea.WindowSizeMsg{Width: 1 + random.Intn(200), Height: 1 + random.Intn(60)})
			}
		}
		checkFrame(t, p, "random gestures")
	}
}

func TestADoubleClickOpensOnEveryScreenOfLists(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "2")
	p.doubleClick("Denied requests by address")
	p.shows("12 lines")
	p.doubleClick("203.0.113.7")
	p.shows("Events: Denied requests by address", "[2 ip:203.0.113.7]")
	p.press("7")
	p.click("readme.txt", tea.MouseLeft)
	p.shows("no log")
	p.doubleClick("T0200Z_x1.json.gz  ")
	p.shows("Events: member", "512 of 600")
	p.press("6")
	p.click(" 03-01  ", tea.MouseLeft)
	p.shows("digest   by successor")
	p.doubleClick("us-east-1 org-m")
	p.shows("─Digests")
}
