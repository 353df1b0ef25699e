package ui

import (
	"context"
	"math/rand"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// TestAStormOfSizesEndsOnTheScreenOfTheLast resizes hundreds of times before anything that was asked is
// answered, and answers in any order: what is counted for a size that is gone is given up.
func TestAStormOfSizesEndsOnTheScreenOfTheLast(t *testing.T) {
	random := rand.New(rand.NewSource(5))
	for _, keys := range [][]string{{"esc", "l", "l", "+"}, {"esc", "6"}, {"esc", "?"}} {
		m := newMemory(600)
		p := startAt(t, m, 160, 50, nil)
		p.press(keys...)
		asked := map[string]int{}
		m.hook = func(ctx context.Context, what string) error {
			if ctx.Err() == nil {
				asked[what]++
			}
			return nil
		}
		var late []tea.Cmd
		resize := func(w, h int) {
			_, cmd := p.root.Update(tea.WindowSizeMsg{Width: w, Height: h})
			checkFrame(t, p, "storm")
			late = append(late, cmd)
		}
		for range 150 {
			resize(1+random.Intn(400), 1+random.Intn(100))
		}
		resize(120, 40)
		random.Shuffle(len(late), func(i, j int) { late[i], late[j] = late[j], late[i] })
		for _, cmd := range late {
			p.run(cmd)
		}
		for what, n := range asked {
			if n > 4 {
				t.Errorf("%v: %s was asked %d times", keys, what, n)
			}
		}
		calm := startAt(t, newMemory(600), 160, 50, nil)
		calm.press(keys...)
		calm.send(tea.WindowSizeMsg{Width: 120, Height: 40})
		if got, want := p.screen(), calm.screen(); got != want {
			t.Errorf("%v: after the storm the screen is\n%s\nwant\n%s", keys, got, want)
		}
	}
}
