package shell

import (
	tea "charm.land/bubbletea/v2"

	"trailsift/ui/keys"
	"trailsift/ui/widget/grid"
)

// Gesture is what the mouse did.
type Gesture uint8

// The gestures.
const (
	Click   Gesture = iota + 1
	Drag            // with the button down
	Release         // of the button
	WheelUp
	WheelDown
)

// Mouse is one gesture at a cell of whoever it is handed to.
type Mouse struct {
	X, Y    int
	Gesture Gesture
	Right   bool // the right button
	Double  bool // the second click on the same cell
}

// Pointed is a screen or an overlay that takes more of the mouse than the wheel. Every act the mouse
// can do has a key.
type Pointed interface {
	Mouse(m Mouse) tea.Cmd
}

// WheelLines is how far one notch of the wheel goes.
const WheelLines = 3

// Wheel turns a notch into movements; false for every other gesture.
func Wheel(m Mouse, act func(keys.Action) tea.Cmd) (tea.Cmd, bool) {
	a := keys.Down
	switch m.Gesture {
	case WheelUp:
		a = keys.Up
	case WheelDown:
	default:
		return nil, false
	}
	var cmds []tea.Cmd
	for range WheelLines {
		cmds = append(cmds, act(a))
	}
	return tea.Batch(cmds...), true
}

// Point does what a gesture on a grid means whose heading is line top: the wheel scrolls, a click puts
// the cursor on a cell, one on a heading sorts where the list can be sorted, a second one opens.
func Point(g *grid.Grid, m Mouse, top int, act func(keys.Action) tea.Cmd) tea.Cmd {
	if cmd, ok := Wheel(m, act); ok {
		return cmd
	}
	row, col, head, ok := g.Hit(m.X, m.Y-top)
	if m.Gesture != Click || !ok || m.Y < top {
		return nil
	}
	if col >= 0 {
		g.SetColumn(col)
	}
	if head {
		return act(keys.SortColumn)
	}
	cmd := g.GoTo(row)
	if m.Double {
		return tea.Batch(cmd, act(keys.Open))
	}
	return cmd
}

// PointLines does what a gesture on lines means whose first is line top: the wheel scrolls, a click puts
// the cursor on a line, a second one opens.
func PointLines(lines interface{ Hit(y int) bool }, m Mouse, top int, act func(keys.Action) tea.Cmd) tea.Cmd {
	if cmd, ok := Wheel(m, act); ok {
		return cmd
	}
	if m.Gesture == Click && lines.Hit(m.Y-top) && m.Double {
		return act(keys.Open)
	}
	return nil
}
