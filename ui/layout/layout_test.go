package layout

import "testing"

func TestTheFrameFollowsTheSizeTable(t *testing.T) {
	tests := map[string]struct {
		w, h int
		want Frame
	}{
		"one column less than the floor is too small": {39, 10, Frame{TooSmall: true}},
		"one line less than the floor is too small":   {40, 9, Frame{TooSmall: true}},
		"at the floor status and help share a line":   {40, 10, Frame{Header: Rect{0, 0, 40, 1}, Body: Rect{0, 1, 40, 8}, Status: Rect{0, 9, 40, 1}}},
		"80x24 has a rule, a status and a help line": {80, 24, Frame{Header: Rect{0, 0, 80, 1}, Body: Rect{0, 1, 80, 20},
			Rule: Rect{0, 21, 80, 1}, Status: Rect{0, 22, 80, 1}, Help: Rect{0, 23, 80, 1}}},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			if got := NewFrame(c.w, c.h); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestExploreShowsWhatFits(t *testing.T) {
	all := Want{Facets: true, Detail: true}
	tests := map[string]struct {
		w, h                 int
		want                 Want
		bars, facets, detail bool
		side                 bool
	}{
		"40x10 is filter, chips and events":      {40, 8, all, false, false, false, false},
		"80x24 has a bar line and detail below":  {80, 20, all, true, false, true, false},
		"120x40 adds the facets":                 {120, 36, all, true, true, true, false},
		"160x50 puts the detail beside the list": {160, 46, all, true, true, true, true},
		"what is switched off is not shown":      {160, 46, Want{}, true, false, false, false},
		"a zoomed detail has the room to itself": {80, 20, Want{Zoom: Detail, Detail: true}, true, false, true, false},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			e := NewExplore(c.w, c.h, c.want)
			if !e.Bars.Empty() != c.bars || !e.Facets.Empty() != c.facets || !e.Detail.Empty() != c.detail || e.Side != c.side {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestExploreFillsTheBodyExactly(t *testing.T) {
	for w := MinWidth; w <= 220; w++ {
		for h := 8; h <= 60; h++ {
			for _, want := range []Want{{}, {Facets: true}, {Detail: true}, {Facets: true, Detail: true}, {Facets: true, Detail: true, Proof: true}, {Proof: true}, {Zoom: List}, {Zoom: Detail}, {Zoom: Facets}} {
				e := NewExplore(w, h, want)
				area := 0
				for _, r := range []Rect{e.Input, e.Chips, e.Bars, e.Facets, e.List, e.Detail} {
					if r.X < 0 || r.Y < 0 || r.X+r.W > w || r.Y+r.H > h {
						t.Fatalf("%dx%d %+v: %+v leaves the body", w, h, want, r)
					}
					if !r.Empty() {
						area += r.W * r.H
					}
				}
				if !e.Facets.Empty() && e.Facets.W < w {
					area += e.Facets.H
				}
				if e.Side {
					area += e.Detail.H
				}
				if area != w*h {
					t.Fatalf("%dx%d %+v: %d of %d cells used: %+v", w, h, want, area, w*h, e)
				}
			}
		}
	}
}
