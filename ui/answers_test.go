package ui

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"trailsift/model"
	"trailsift/ui/screen/presets"
)

// tabledPreset is a question that t answers.
func tabledPreset(t presets.Table) presets.Preset {
	return presets.Preset{Name: "taken", Topic: "transfers", Title: "What was taken", Empty: "Nothing was taken where the evidence covers.",
		Filter: func(map[string]string) (model.Filter, error) { return model.Filter{}, nil },
		Table:  func(context.Context, map[string]string) (presets.Table, error) { return t, nil }}
}

func TestAnEmptyTableIsHeldAgainstTheCoverage(t *testing.T) {
	nobody := presets.Preset{Name: "nobody", Topic: "identity", Title: "Requests of nobody", Group: []model.Field{model.FieldIP},
		Filter: func(map[string]string) (model.Filter, error) {
			return model.Filter{}.With(model.Term{Field: model.FieldActor, Values: []model.Value{{Text: "nobody"}}}), nil
		}}
	for name, list := range map[string][]presets.Preset{"groups": {nobody}, "a table": {tabledPreset(presets.Table{Names: []string{"key"}})}} {
		t.Run(name, func(t *testing.T) {
			p := startAt(t, newMemory(50), 80, 24, func(o *Options) { o.Presets = list })
			p.press("esc", "2", "enter")
			p.shows("no access logs for bucket acme-finance are loaded", "cloudtrail 111122223333: 50 records", list[0].Empty)
			if list[0].Empty == "" {
				p.shows("nothing answers this question")
			}
		})
	}
	none := tabledPreset(presets.Table{Names: []string{"file", "state"}, Lines: [][]any{{"a.json.gz", "present"}}})
	p := startAt(t, newMemory(50), 80, 24, func(o *Options) { o.Presets = []presets.Preset{none} })
	p.press("esc", "2", "enter")
	p.shows("a.json.gz", "no access logs for bucket acme-finance are loaded")
}

// What lines are to be held against stands below them, as far as there is room.
func TestTheNotesOfATableStandBelowItsLines(t *testing.T) {
	answer := presets.Table{Names: []string{"change", "value"}, Number: 3, Lines: [][]any{{"new", "one"}, {"gone", "two"}, {"gone", "three"}}}
	for i := range 30 {
		answer.Notes = append(answer.Notes, fmt.Sprintf("before: strip %02d: of 24 hours unknown 24 \x1b", i))
	}
	open := func(lines int) string {
		a := answer
		for i := range lines {
			a.Lines = append(a.Lines, []any{"new", fmt.Sprintf("value %d", i)})
		}
		p := startAt(t, newMemory(10), 80, 24, func(o *Options) { o.Presets = []presets.Preset{tabledPreset(a)} })
		p.press("esc", "2", "enter")
		p.shows("before: strip 00", "lines more: :cmd is the command that tells them", "three")
		return p.screen()
	}
	if few, many := strings.Count(open(0), "before:"), strings.Count(open(200), "before:"); few <= many || many < 4 {
		t.Errorf("%d notes below three lines, %d below many", few, many)
	}
	answer.Notes = answer.Notes[:2]
	p := startAt(t, newMemory(10), 80, 24, func(o *Options) { o.Presets = []presets.Preset{tabledPreset(answer)} })
	p.press("esc", "2", "enter")
	p.shows("strip 00", "strip 01")
	p.hides("lines more", "no access logs")
}
