package cli

import (
	"math/rand"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/ui"
)

// soaked are the keys of the soak, those that lead somewhere more often than once.
var soaked = strings.Fields(`h j k l H L up down left right pgup pgdown home end g G tab shift+tab 1 2 3 4 5 6 7 8 A O D V W K c t m { } enter enter enter
	esc esc q / F 0 u ctrl+r + - = v f o i p e a s b E [ ] @ d z C < > T w x S y J M ? : space ! r R backspace delete ctrl+u ctrl+d ctrl+f ctrl+w ctrl+t n N 漢 ctrl+c`)

// soak presses keys by chance.
type soak struct{ *live }

// heap is what is held after a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestRandomKeysOnTheRealEngineLeaveNothingBehind presses ten thousand keys on the demo in a real case.
func TestRandomKeysOnTheRealEngineLeaveNothingBehind(t *testing.T) {
	if os.Getenv("TRAILSIFT_NIGHTLY") == "" {
		t.Skip("SKIPPED: the soak on the real engine is nightly: TRAILSIFT_NIGHTLY=1")
	}
	session, p := openDemoCase(t)
	t.Chdir(t.TempDir()) // exports go where the program was started
	o, err := p.screenOptions(t.Context(), session, false)
	if err != nil {
		t.Fatal(err)
	}
	o.Clock = nil
	s := soak{newLive(t, ui.NewHeadless(o, 80, 24))}
	random := rand.New(rand.NewSource(11))
	const presses, warm = 10_000, 2_000
	var began uint64
	var routines int
	for i := range presses {
		if i == warm {
			s.rest()
			began, routines = heap(), runtime.NumGoroutine()
		}
		s.one(random, i)
		s.drain(random.Intn(8) == 0)
	}
	s.rest()
	if n := s.Working(); n > 0 {
		t.Errorf("%d jobs never ended", n)
	}
	if what := s.Awaited(); what != "" {
		t.Errorf("%q is still awaited:\n%s", what, s.Screen())
	}
	for deadline := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > routines+10 && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > routines+10 {
		buf := make([]byte, 1<<20)
		t.Errorf("%d goroutines, %d after %d keys:\n%s", n, routines, warm, buf[:runtime.Stack(buf, true)])
	}
	const room = 64 << 20
	if now := heap(); now > 2*began+room {
		t.Errorf("the heap grew from %d MB after %d keys to %d MB", began>>20, warm, now>>20)
	} else {
		t.Logf("heap %d MB after %d keys, %d MB after %d; %d goroutines, then %d", began>>20, warm, now>>20, presses, routines, runtime.NumGoroutine())
	}
}

// rest gives up whatever is being typed or awaited, and waits until nothing is.
func (s soak) rest() {
	s.t.Helper()
	for range 12 {
		s.start(s.Paint("esc"))
	}
	s.drain(true)
}

// one is a key, and now and then a mouse, a pasted text or another size.
func (s soak) one(random *rand.Rand, i int) {
	if i%11 == 10 {
		at := tea.Mouse{X: random.Intn(90) - 3, Y: random.Intn(30) - 3, Button: tea.MouseLeft}
		s.start(s.Take(tea.MouseClickMsg(at)))
		at.X += random.Intn(20)
		s.start(s.Take(tea.MouseMotionMsg(at)))
		s.start(s.Take(tea.MouseReleaseMsg(at)))
		at.Button = tea.MouseWheelDown
		s.start(s.Take(tea.MouseWheelMsg(at)))
	}
	if i%50 == 49 {
		s.start(s.Take(tea.WindowSizeMsg{Width: 1 + random.Intn(200), Height: 1 + random.Intn(60)}))
	}
	if i%97 == 96 {
		s.start(s.Take(tea.PasteMsg{Content: "op:Get* \x1b]0;x\a outcome:denied"}))
	}
	s.start(s.Paint(soaked[random.Intn(len(soaked))]))
}
