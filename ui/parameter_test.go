package ui

import (
	"testing"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/ui/screen/presets"
)

// whole completes a text by values that replace all of it.
func whole(text string, have []filter.ValueCount) []filter.Suggestion {
	found := filter.Matching(text, have)
	for i := range found {
		found[i].To, found[i].Text = len(text), found[i].Value
	}
	return found
}

func startAsking(t testing.TB) *program {
	p := start80(t, newMemory(600), func(o *Options) {
		for i := range o.Presets {
			if q := &o.Presets[i]; q.Name == "actor" {
				q.Params[0].Field, q.Params[0].Complete = model.FieldActor, whole
				q.Params = append(q.Params, presets.Param{Name: "size", Question: "a size", Default: "10MB"})
			}
		}
	})
	p.press("esc", "2", "G", "enter")
	return p
}

func TestAParameterIsCompletedByTheValuesOfItsField(t *testing.T) {
	p := startAsking(t)
	p.shows("tab complete")
	p.press("tab")
	p.shows("anonymous 200", "arn:aws:iam::111122223333:user/dev-anna 200")
	p.press("tab", "tab")
	p.shows("user/dev-anna")
	p.press("ctrl+u")
	p.hides("anonymous 200")
	p.typeText("zzz")
	p.press("tab")
	p.shows("no value of actor holds that")
	p.press("ctrl+u")
	p.hides("no value of actor")
	p.typeText("ANON")
	p.press("tab")
	p.shows("actor  anonymous")
	p.press("down")
	p.shows("a size; left empty: 10MB")
	p.press("tab", "enter")
	p.shows("[1 actor:anonymous]", "200 of 600")
}

func TestValuesOfAParameterThatComeLateAreDropped(t *testing.T) {
	p := startAsking(t)
	_, late := p.root.Update(keyPress("tab"))
	if p.root.pending() == "" {
		t.Error("nothing tells that values are counted")
	}
	p.press("down")
	p.run(late)
	p.hides("anonymous 200")
	if p.root.pending() != "" {
		t.Errorf("still pending: %s", p.root.pending())
	}
}
