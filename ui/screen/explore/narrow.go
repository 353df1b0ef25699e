package explore

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui/keys"
	"trailsift/ui/layout"
	"trailsift/ui/widget/value"
)

// narrowed tells that the panel shows only values that hold a text.
func (f *facets) narrowed() bool { return f.search.String() != "" }

// wantsAll tells that any value may have to be shown, not only the most frequent ones.
func (f *facets) wantsAll() bool { return f.rare || f.typing || f.narrowed() }

// sum is how many rows the facet tells of.
func (x facet) sum() int64 {
	n := x.Other + x.Absent
	for _, v := range x.Values {
		n += v.Count
	}
	return n
}

// choose picks the values of a facet that the panel shows, with how many rows have one of the others
// that it might show, and what its heading says.
func (f *facets) choose(x facet) (shown []model.FacetValue, others int64, head string) {
	most, want := panelTop, strings.ToLower(f.search.String())
	if f.narrowed() {
		most = narrowedTop
	} else {
		others = x.Other
	}
	n := int64(0)
	take := func(i int) {
		if want != "" && i < len(x.lower) && !strings.Contains(x.lower[i], want) {
			return
		}
		n++
		if len(shown) < most {
			shown = append(shown, x.Values[i])
		} else {
			others += x.Values[i].Count
		}
	}
	if f.rare {
		for i := len(x.Values) - 1; i >= 0; i-- {
			take(i)
		}
	} else {
		for i := range x.Values {
			take(i)
		}
	}
	head = value.Of(x.Distinct, "value", "values")
	if f.narrowed() {
		head = value.Count(n) + " of " + head
	}
	return slices.Clip(shown), others, head
}

// above is how many lines stand over the values.
func (f *facets) above() int {
	if f.typing || f.narrowed() {
		return 1
	}
	return 0
}

// searchLine is the text the panel is narrowed to.
func (f *facets) searchLine() string {
	if f.typing {
		return "/ " + f.search.View(f.theme, max(0, f.w-2))
	}
	return "/ " + f.search.Plain(f.theme, max(0, f.w-2))
}

// narrowFacets has letters narrow the panel's values.
func (e *Explore) narrowFacets() tea.Cmd {
	e.facets.typing = true
	return e.fillFacets()
}

// typeFacets narrows by a key; the cursor goes to the first value left.
func (e *Explore) typeFacets(k tea.KeyPressMsg) tea.Cmd {
	if !e.facets.search.Type(k) {
		return nil
	}
	return e.narrowedFacets()
}

func (e *Explore) narrowedFacets() tea.Cmd {
	cmd := e.fillFacets()
	e.facets.row, e.facets.top = 0, 0
	if len(e.facets.lines) > 1 {
		e.facets.row = 1 // below the heading
	}
	return cmd
}

// widenFacets shows every value again.
func (e *Explore) widenFacets() tea.Cmd {
	e.facets.typing = false
	e.facets.search.Set("")
	return e.fillFacets()
}

// facetAct does what a key means while letters narrow the panel.
func (e *Explore) facetAct(a keys.Action) tea.Cmd {
	switch a {
	case keys.Open:
		e.facets.typing = false
		if !e.facets.narrowed() {
			return e.fillFacets()
		}
	case keys.Peel:
		return e.widenFacets()
	case keys.Up, keys.Down, keys.PageUp, keys.PageDown:
		e.facets.move(a)
	case keys.NextPane, keys.PrevPane:
		e.facets.typing = false
		return e.nextPane(map[keys.Action]int{keys.NextPane: 1, keys.PrevPane: -1}[a])
	}
	return nil
}

// inFacets tells that letters go to the facet panel.
func (e *Explore) inFacets() bool { return e.facets.typing && e.focus == layout.Facets && !e.edit.on }
