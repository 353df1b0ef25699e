package cli

import (
	"cmp"
	"context"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui"
	"trailsift/ui/screen/explore"
)

// clocked is the backend of the interface, with what each kind of question takes.
type clocked struct {
	covering
	mu   sync.Mutex
	took map[string]float64 // milliseconds, of all questions of a kind
}

func (c *clocked) note(part string, began time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.took[part] += float64(time.Since(began).Microseconds()) / 1000
}

// spent is what the questions of a kind took so far.
func (c *clocked) spent(part string) float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.took[part]
}

// Page reads rows.
func (c *clocked) Page(ctx context.Context, q model.Query, fields []model.Field, start int64, n int) (model.Page, error) {
	defer c.note("page", time.Now())
	return c.covering.Page(ctx, q, fields, start, n)
}

// Position looks for a row, without which no page is asked for.
func (c *clocked) Position(ctx context.Context, q model.Query, id model.RecordID) (int64, error) {
	defer c.note("page", time.Now())
	return c.covering.Position(ctx, q, id)
}

// Count counts rows.
func (c *clocked) Count(ctx context.Context, q model.Query) (int64, error) {
	defer c.note("count", time.Now())
	return c.covering.Count(ctx, q)
}

// Bars counts rows over time.
func (c *clocked) Bars(ctx context.Context, q model.Query, span model.Span, n int) (model.Bars, error) {
	defer c.note("bars", time.Now())
	return c.covering.Bars(ctx, q, span, n)
}

// Facets counts values.
func (c *clocked) Facets(ctx context.Context, q model.Query, fields []model.Field, top int) ([]model.Facet, error) {
	defer c.note("facets", time.Now())
	return c.covering.Facets(ctx, q, fields, top)
}

// renew forgets what was remembered of earlier filters. The engine knows the case again, as it does when
// somebody has looked at it for a while.
func (c *clocked) renew(b *testing.B) {
	c.Engine = c.s.Case.Engine(nil)
	rows, err := c.Engine.Count(b.Context(), model.Query{})
	if err == nil {
		_, err = c.Engine.Page(b.Context(), model.Query{}, []model.Field{model.FieldTime}, rows/2, 1)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// parts are what a change of the filter is answered with, in the order they are wanted.
var parts = []struct {
	name  string
	shown func(explore.Shown) bool
}{
	{"page", func(s explore.Shown) bool { return s.Rows }},
	{"count", func(s explore.Shown) bool { return s.Count }},
	{"bars", func(s explore.Shown) bool { return s.Bars }},
	{"facets", func(s explore.Shown) bool { return s.Facets }},
}

// BenchmarkParts measures, over the case that TRAILSIFT_CASE names and at 200x60, how long after a key
// each part of the answer to another filter is on screen, and how long its questions themselves took: on
// few cores they wait for one another. What is asked beside the screen runs beside it, as in the program.
func BenchmarkParts(b *testing.B) {
	dir := os.Getenv("TRAILSIFT_CASE")
	if dir == "" {
		b.Skip("SKIPPED: set TRAILSIFT_CASE to a loaded case")
	}
	o, back := measured(b, dir)
	o.Presets = nil
	o.After = func(d time.Duration, msg tea.Msg) tea.Cmd {
		if d >= time.Second {
			return nil // it would only go away, or come again
		}
		return tea.Tick(d, func(time.Time) tea.Msg { return msg })
	}
	s := newLive(b, ui.NewHeadless(o, 200, 60))
	press := func(keys ...string) {
		for _, k := range keys {
			s.start(s.Paint(k))
			s.drain(true)
		}
	}
	press("esc", "l", "l") // to the operation
	for _, x := range []struct {
		name   string
		before []string
		typed  string // into the filter
		key    string // the one that is measured
		known  bool   // it may remember the filter
	}{
		{"no filter", []string{"+"}, "", "0", false},
		{"keep an operation", []string{"0"}, "", "+", false},
		{"drop an operation", []string{"0"}, "", "-", false},
		{"three terms", []string{"0"}, "op:GetObject ip:10.0.0.0/9 outcome:ok", "enter", false},
		{"a prefix of keys", []string{"0"}, "key:data/*", "enter", false},
		{"a stretch of time", []string{"0"}, "", "i", false},
		{"undo to no filter", []string{"0", "+"}, "", "u", true},
		{"redo of a filter", []string{"0", "+", "u"}, "", "ctrl+r", true},
	} {
		b.Run(x.name, func(b *testing.B) {
			shown, took := map[string][]float64{}, map[string][]float64{}
			for b.Loop() {
				press(x.before...)
				if x.typed != "" {
					press("/")
					s.start(s.Take(tea.PasteMsg{Content: x.typed})) // what it waits for is overtaken by the key
				}
				if !x.known {
					back.renew(b)
				}
				clear(back.took)
				began, at := time.Now(), map[string]float64{}
				s.seen = func() {
					for _, p := range parts {
						if _, ok := at[p.name]; !ok && p.shown(s.Shown()) {
							at[p.name] = float64(time.Since(began).Microseconds()) / 1000
							took[p.name] = append(took[p.name], back.spent(p.name))
						}
					}
				}
				press(x.key)
				s.seen = nil
				for _, p := range parts {
					ms, ok := at[p.name]
					if !ok {
						b.Fatalf("%s: the %s never came:\n%s", x.name, p.name, s.Screen())
					}
					shown[p.name] = append(shown[p.name], ms)
				}
			}
			b.ReportMetric(0, "ns/op")
			for _, p := range parts {
				b.ReportMetric(middle(shown[p.name]), p.name+"-shown-ms")
				b.ReportMetric(middle(took[p.name]), p.name+"-asked-ms")
			}
		})
	}
}

func middle(ms []float64) float64 {
	slices.SortFunc(ms, cmp.Compare)
	return ms[len(ms)/2]
}
