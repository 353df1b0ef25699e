package ui

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestTheClockRestsWhenNothingHappens counts how often the screen is looked at, in a time that only
// passes when everybody waits.
func TestTheClockRestsWhenNothingHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pace{clock: time.NewTicker(time.Second / frames)}
		defer p.clock.Stop()
		looked := 0
		var first time.Time // of the looks since they were counted
		wait := func(d time.Duration) int {
			looked, first = 0, time.Time{}
			for end := time.After(d); ; {
				select {
				case at := <-p.clock.C:
					if looked++; first.IsZero() {
						first = at
					}
				case <-end:
					return looked
				}
			}
		}
		p.beat()
		if n := wait(calm); n < 20 {
			t.Errorf("%d looks while something happens", n)
		}
		if n := wait(time.Minute); n > 62 {
			t.Errorf("%d looks in a minute in which nothing happens", n)
		}
		key := time.Now()
		p.beat()
		wait(calm / 2)
		if d := first.Sub(key); d > brisk {
			t.Errorf("what came at rest was looked at after %v", d)
		}
		p.beat()
		if n := wait(calm - brisk); n < 20 {
			t.Errorf("%d looks although something happened meanwhile", n)
		}
		if n := wait(time.Minute); n > 62 {
			t.Errorf("%d looks in the minute after", n)
		}
	})
}

// TestFramesThatComeFastAreLookedAt holds that views one after the other do not keep the clock from going.
func TestFramesThatComeFastAreLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pace{clock: time.NewTicker(time.Hour)}
		defer p.clock.Stop()
		looked := 0
		for range 200 {
			p.beat()
			time.Sleep(brisk / 5)
			select {
			case <-p.clock.C:
				looked++
			default:
			}
		}
		if looked < 38 {
			t.Errorf("%d looks in 400 ms", looked)
		}
	})
}
