package encryption

import (
	"strings"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/ui/theme"
)

func TestTheChartHasOneScaleAndSaysWhich(t *testing.T) {
	e := &Encryption{theme: theme.New(false), w: 80}
	t0 := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	e.audit.Total = answer.Counts{}
	hour := func(h int, enc model.Enc, n int64) {
		at := t0.Add(time.Duration(h) * time.Hour)
		e.audit.Time = append(e.audit.Time, answer.EncGroup{Start: &at, Outcomes: answer.Counts{enc.String(): n}})
		e.audit.Total[enc.String()] += n
	}
	for h := range 14 * 24 {
		hour(h, model.EncSSES3Default, 4)
	}
	hour(100, model.EncDSSEKMS, 2)
	hour(200, model.EncSSEC, 12)
	lines, scale := e.chart()
	if scale != "█ = 24 writes in 6 h; " || len(lines) != 3 {
		t.Fatalf("%q, %d lines", scale, len(lines))
	}
	for i, want := range []string{"█", "▁", "▄"} { // 24, 2 and 12 in six hours
		for _, level := range e.theme.Levels[1:] {
			if strings.Contains(lines[i], level) != (level == want) {
				t.Errorf("%q has other bars than %s", lines[i], want)
			}
		}
	}
}
