package ui

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/ui/layout"
	"trailsift/ui/screen/explore"
	"trailsift/ui/screen/presets"
)

var update = flag.Bool("update", false, "rewrite the golden screens")

// program is the interface over a backend in memory.
type program struct {
	Headless
	t    testing.TB
	back *memory
	now  time.Time
}

func testPresets() []presets.Preset {
	outcome := func(v string) func(map[string]string) (model.Filter, error) {
		return func(map[string]string) (model.Filter, error) {
			return model.Filter{}.With(model.Term{Field: model.FieldOutcome, Values: []model.Value{{Text: v}}}), nil
		}
	}
	return []presets.Preset{
		{Name: "denied", Topic: "access", Title: "Denied requests", Question: "Which requests were refused?", Needs: []string{"either log"},
			Empty: "nothing was refused where the evidence covers", Lead: true, Filter: outcome("denied")},
		{Name: "denied-by-ip", Topic: "access", Title: "Denied requests by address", Question: "From where were requests refused?", Filter: outcome("denied"),
			Group: []model.Field{model.FieldIP, model.FieldActor}},
		{Name: "gone", Topic: "deletion", Title: "Bucket deletions", Question: "Was a bucket deleted?", Missing: func(model.Overview) string { return "no CloudTrail management events are loaded" }, Filter: outcome("ok")},
		{Name: "actor", Topic: "identity", Title: "One actor", Question: "What did this actor do?", Params: []presets.Param{{Name: "actor", Question: "an ARN or name"}},
			Filter: func(p map[string]string) (model.Filter, error) {
				return model.Filter{}.With(model.Term{Field: model.FieldActor, Values: []model.Value{{Text: p["actor"]}}}), nil
			}},
	}
}

func start80(t testing.TB, m *memory, change func(*Options)) *program {
	return startAt(t, m, 80, 24, change)
}

func startAt(t testing.TB, m *memory, w, h int, change func(*Options)) *program {
	t.Helper()
	p := &program{t: t, back: m, now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	o := Options{
		Backend: m, Language: testLanguage, Case: "acme-2026-03", Version: "test", Presets: testPresets(),
		Clock:     func() time.Time { return p.now },
		After:     atOnce,
		SetWindow: func(_ context.Context, s model.Span) error { m.over.Window = s; return nil },
		Custodian: &custodian{report: newReport()},
		Export:    func(_ context.Context, r explore.ExportRequest) (string, error) { return "wrote " + r.Path, nil },
		SQL: func(q model.Query, _ []model.Field) ([]string, error) {
			lines := []string{"select * from ct_events", "where op = ?"}
			for i, t := range q.Filter.Terms {
				lines = append(lines, fmt.Sprintf("-- ?%d = %v", i+1, t.Values))
			}
			return lines, nil
		},
		Formats: []string{"csv", "jsonl", "json", "parquet"}, RawFormat: "jsonl",
		Save:  func(context.Context, string, string, model.Filter) error { return nil },
		Named: func(typed string) string { return strings.ToLower(strings.Trim(typed, " ./")) },
	}
	if change != nil {
		change(&o)
	}
	p.Headless = *NewHeadless(o, w, h)
	return p
}

func (p *program) send(msg tea.Msg) { p.Send(msg) }

func (p *program) run(cmd tea.Cmd) { p.Run(cmd) }

// press sends keys by their names. One that follows "narrow " or "wide " is sent only where the facet
// panel has no room beside the list, or has it.
func (p *program) press(keys ...string) {
	p.t.Helper()
	for _, k := range keys {
		way, rest, ok := strings.Cut(k, " ")
		if ok && way == "narrow" == (p.root.w >= layout.FacetsFrom) {
			continue
		}
		if ok {
			k = rest
		}
		p.Press(k)
	}
}

func (p *program) typeText(s string) { p.Type(s) }

// screen is the text on screen.
func (p *program) screen() string { p.t.Helper(); return p.Screen() }

func (p *program) shows(texts ...string) {
	p.t.Helper()
	s := p.screen()
	for _, text := range texts {
		if !strings.Contains(s, text) {
			p.t.Errorf("screen does not show %q:\n%s", text, s)
		}
	}
}

func (p *program) hides(texts ...string) {
	p.t.Helper()
	s := p.screen()
	for _, text := range texts {
		if strings.Contains(s, text) {
			p.t.Errorf("screen shows %q:\n%s", text, s)
		}
	}
}

func (p *program) golden(name string) {
	p.t.Helper()
	path := filepath.Join("testdata", name+".txt")
	got := p.screen()
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			p.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			p.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatalf("%v (go test ./ui -update writes it)", err)
	}
	if got != string(want) {
		p.t.Errorf("screen %s is\n%s\nwant\n%s", name, got, want)
	}
}

// places are every screen and overlay, by the keys that lead there from the first screen.
var places = map[string][]string{
	"briefing":      nil,
	"explore":       {"esc"},
	"explore-kept":  {"esc", "l", "l", "+"},
	"explore-edit":  {"esc", "/", "o", "p"},
	"explore-wrong": {"esc", "/", "x", "y", ":", "1"},
	"explore-empty": {"esc", "l", "l", "+", "/", "o", "p", ":", "N", "o", "enter"},
	"detail":        {"esc", "enter", "down", "down"},
	"picker":        {"esc", "f", "i"},
	"choices":       {"esc", "f"},
	"pivots":        {"esc", "p"},
	"pivoted":       {"esc", "j", "p", "i", "p", "a"},
	"search":        {"esc", "ctrl+t"},
	"note":          {"esc", "c", "s", "e", "e", "n"},
	"marked":        {"esc", "space", "j", "j", "space"},
	"notebook":      {"esc", "space", "l", "l", "+", "m", "r", "e", "a", "d", "s", "enter", "8"},
	"notebook-none": {"esc", "8"},
	"columns":       {"esc", "C", "j", "]", "space"},
	"facets":        {"esc", "narrow f", "narrow f", "wide shift+tab", "j", "j"},
	"facets-hidden": {"esc", "f", "f", "j", "j"},
	"facets-narrow": {"esc", "narrow f", "narrow f", "wide shift+tab", "/", "2", "0", "3"},
	"history":       {"esc", "l", "l", "+", "l", "l", "-", "u", "U"},
	"facet-fields":  {"esc", "narrow f", "narrow f", "wide shift+tab", "C"},
	"sql":           {"esc", "l", "l", "+", ":", "s", "q", "l", "enter"},
	"bars":          {"esc", "shift+tab", "right"},
	"brush":         {"esc", "v", "right", "right", "right"},
	"objects":       {"esc", "3"},
	"objects-deep":  {"esc", "l", "l", "+", "3", "enter", "enter", "enter"},
	"notebook-file": {"esc", "8", "x"},
	"zone":          {"esc", "T"},
	"tag":           {"esc", "t"},
	"condition":     {"esc", "l", "l", "+", "F", "e"},
	"chips":         {"esc", "l", "l", "+", "F"},
	"export":        {"esc", "x"},
	"save":          {"esc", "l", "l", "+", "S"},
	"time":          {"esc", "f", "t"},
	"go-to":         {"esc", "@"},
	"keep-view":     {"esc", "l", "l", "+", "m", "r"},
	"help":          {"esc", "?", "d", "r", "o", "p"},
	"palette":       {"esc", ":", "u", "n", "d"},
	"jobs":          {"esc", "J"},
	"messages":      {"esc", "u", "M"},
	"leave":         {"esc", "q"},
	"presets":       {"esc", "2"},
	"groups":        {"esc", "2", "down", "enter"},
	"params":        {"esc", "2", "G", "enter"},
	"sources":       {"esc", "7", "down"},
	"problems":      {"esc", "7", "f"},

	"verify":          {"esc", "6"},
	"verify-problems": {"esc", "6", "f"},
	"verify-digests":  {"esc", "6", "enter"},
	"verify-files":    {"esc", "6", "enter", "enter"},
	"verify-hours":    {"esc", "6", "tab", "down", "right"},
	"verify-coverage": {"esc", "6", "c"},
	"verify-all":      {"esc", "6", "a", "down"},
	"verify-keys":     {"esc", "6", "K", "down", "down"},
	"window":          {"esc", "W"},
	"proof":           {"esc", "V"},
	"proof-focus":     {"esc", "j", "V", "tab", "down"},
	"verify-findings": {"esc", "6", "F"},
	"command":         {"esc", "l", "l", "+", ":", "c", "m", "d", "enter"},
}

var sizes = []struct {
	name string
	w, h int
}{{"40x10", 40, 10}, {"80x24", 80, 24}, {"120x40", 120, 40}, {"160x50", 160, 50}}

// stoppedTrail is hours in which one of the rows' trail was stopped, and the access log went on.
var stoppedTrail = answer.Coverage{From: start.Truncate(time.Hour), To: start.Truncate(time.Hour).Add(2 * time.Hour), Strips: []answer.Strip{
	{Log: "cloudtrail", Events: "data", Account: "111122223333", Region: "eu-west-1", Bucket: "acme-finance", Hours: "#!"},
	{Log: "access", Events: "data", Bucket: "acme-finance", Hours: "##"},
}}

func TestScreensLookAsRecorded(t *testing.T) {
	for place, keys := range places {
		for _, size := range sizes {
			t.Run(place+"-"+size.name, func(t *testing.T) {
				p := startAt(t, newMemory(600), size.w, size.h, func(o *Options) { o.Auditor = &audits{hours: stoppedTrail} })
				p.press(keys...)
				p.golden(place + "-" + size.name)
			})
		}
	}
}

func TestTheASCIISetNeedsNoOtherCharacter(t *testing.T) {
	for place, keys := range places {
		t.Run(place, func(t *testing.T) {
			p := startAt(t, newMemory(600), 120, 40, func(o *Options) { o.ASCII = true })
			p.press(keys...)
			for _, r := range p.screen() {
				if r >= 0x7f {
					t.Fatalf("shows %q (U+%04X):\n%s", r, r, p.screen())
				}
			}
		})
	}
}
