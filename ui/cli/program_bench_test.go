package cli

import (
	"cmp"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/ui"
)

// BenchmarkProgram measures the interface over a loaded case, which TRAILSIFT_CASE names, at 200x60 and
// without a terminal: from a key to what is drawn. What Explore asks side by side is asked one after the
// other here, so the times of a filter are sums.
func BenchmarkProgram(b *testing.B) {
	dir := os.Getenv("TRAILSIFT_CASE")
	if dir == "" {
		b.Skip("SKIPPED: set TRAILSIFT_CASE to a loaded case")
	}
	p := &program{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }}
	s, err := p.openSession(dir, false)
	if err != nil {
		b.Fatal(err)
	}
	defer s.close()
	o, err := p.screenOptions(b.Context(), s, false)
	if err != nil {
		b.Fatal(err)
	}
	o.Note, o.ASCII = nil, false
	open := time.Now()
	h := ui.NewHeadless(o, 200, 60)
	h.Press("esc", "l", "l") // to the operation
	b.Logf("open to a complete first screen: %d ms", time.Since(open).Milliseconds())
	for _, x := range []struct {
		name         string
		before, keys []string
		paint        bool // only what is drawn at once counts
	}{
		{"key to paint, page in memory", nil, []string{"j"}, true},
		{"key to paint, detail read", nil, []string{"j"}, false},
		{"page never seen: the end", []string{"i", "0", "g"}, []string{"G"}, false},
		{"facets: every value of ip", []string{"esc", "0"}, []string{"f", "i"}, false},
		{"filter: page, count, bars, facets", []string{"esc", "0"}, []string{"+"}, false},
		{"undo: page, count, bars, facets", []string{"0", "+"}, []string{"u"}, false},
		{"zoom in time: page, count, bars, facets", []string{"0"}, []string{"i"}, false},
	} {
		if strings.HasPrefix(x.name, "page") {
			h.Press("d") // the detail has been measured
		}
		b.Run(x.name, func(b *testing.B) {
			var took []float64
			for b.Loop() {
				h.Press(x.before...)
				began := time.Now()
				for _, k := range x.keys {
					left := h.Paint(k)
					if !x.paint {
						h.Run(left)
						_ = h.Screen()
					}
				}
				took = append(took, float64(time.Since(began).Microseconds())/1000)
			}
			slices.SortFunc(took, cmp.Compare)
			b.ReportMetric(took[0], "best-ms")
			b.ReportMetric(took[len(took)*95/100], "p95-ms")
		})
	}
}
