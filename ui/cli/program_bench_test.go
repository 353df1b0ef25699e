package cli

import (
	"cmp"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/ui"
)

// BenchmarkProgram measures the interface over a loaded case, which TRAILSIFT_CASE names, at 200x60 and
// without a terminal: from a key to what is drawn. BenchmarkParts has what a change of the filter takes.
func BenchmarkProgram(b *testing.B) {
	dir := os.Getenv("TRAILSIFT_CASE")
	if dir == "" {
		b.Skip("SKIPPED: set TRAILSIFT_CASE to a loaded case")
	}
	o, back := measured(b, dir)
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
	} {
		if strings.HasPrefix(x.name, "page") {
			h.Press("d") // the detail has been measured
		}
		b.Run(x.name, func(b *testing.B) {
			var took []float64
			for b.Loop() {
				h.Press(x.before...)
				if x.before != nil {
					back.renew(b) // or it would be remembered from the run before
				}
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

// measured are the options of the interface over a case, without a terminal, and its backend.
func measured(b *testing.B, dir string) (ui.Options, *clocked) {
	p := &program{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }}
	s, err := p.openSession(dir, false)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.close() })
	o, err := p.screenOptions(b.Context(), s, false)
	if err != nil {
		b.Fatal(err)
	}
	back := &clocked{covering: o.Backend.(covering), took: map[string]float64{}}
	o.Note, o.Notebook, o.ASCII, o.Backend = nil, model.Notebook{}, false, back // where somebody left off is not measured
	return o, back
}

// laterPart tells a part of an answer that is awaited when another is there already.
var laterPart = regexp.MustCompile(`, (?:[2-9]|\d\d) of \d+: `)

// BenchmarkScreens measures the screens of inquiries over the case that TRAILSIFT_CASE names: from a key to
// the first answer drawn, and to the whole. Every screen is asked anew by a program of its own.
func BenchmarkScreens(b *testing.B) {
	dir := os.Getenv("TRAILSIFT_CASE")
	if dir == "" {
		b.Skip("SKIPPED: set TRAILSIFT_CASE to a loaded case")
	}
	o, _ := measured(b, dir)
	o.Presets = nil // leads are counted when a case is opened, again and again here
	for _, x := range []struct {
		name   string
		before []string
		key    string
	}{
		{"actors: the list", nil, "4"},
		{"actor: the card of the busiest", []string{"4"}, "enter"},
		{"object: the story of one", nil, "O"},
		{"deletes: the ledger of all", []string{":", "l", "e", "d", "g", "e", "r"}, "enter"},
		{"objects: the tree", nil, "3"},
		{"encryption: the audit", nil, "5"},
	} {
		b.Run(x.name, func(b *testing.B) {
			var firsts, wholes []float64
			for b.Loop() {
				h := ui.NewHeadless(o, 200, 60)
				h.Press("esc")
				h.Press(x.before...)
				began, first := time.Now(), 0.0
				since := func() float64 { return float64(time.Since(began).Microseconds()) / 1000 }
				h.Watch(func() {
					if first == 0 && laterPart.MatchString(h.Awaited()) {
						_ = h.Screen()
						first = since()
					}
				})
				h.Run(h.Paint(x.key))
				_ = h.Screen()
				wholes = append(wholes, since())
				firsts = append(firsts, cmp.Or(first, since()))
			}
			slices.Sort(firsts)
			slices.Sort(wholes)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(firsts[len(firsts)/2], "first-ms")
			b.ReportMetric(wholes[len(wholes)/2], "whole-ms")
		})
	}
}
