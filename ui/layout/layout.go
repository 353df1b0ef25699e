// Package layout turns a terminal size into rectangles. It is arithmetic only: it must not know what
// is drawn into them.
package layout

// The floor: below it one sentence is shown and keys still work.
const (
	MinWidth  = 40
	MinHeight = 10
)

// Rect is a piece of the screen in cells.
type Rect struct {
	X, Y, W, H int
}

// Empty tells that nothing fits into r.
func (r Rect) Empty() bool { return r.W <= 0 || r.H <= 0 }

// Frame is what every screen shares: one line of header, the body, and one to three lines below.
type Frame struct {
	TooSmall bool
	Header   Rect
	Body     Rect
	Rule     Rect // empty when low
	Status   Rect
	Help     Rect // empty when low: status and help share a line
}

// Low tells that the height leaves no room for anything but the list.
func Low(h int) bool { return h < 20 }

// NewFrame cuts a terminal of w by h.
func NewFrame(w, h int) Frame {
	if w < MinWidth || h < MinHeight {
		return Frame{TooSmall: true}
	}
	f := Frame{Header: Rect{0, 0, w, 1}}
	if Low(h) {
		f.Body = Rect{0, 1, w, h - 2}
		f.Status = Rect{0, h - 1, w, 1}
		return f
	}
	f.Body = Rect{0, 1, w, h - 4}
	f.Rule = Rect{0, h - 3, w, 1}
	f.Status = Rect{0, h - 2, w, 1}
	f.Help = Rect{0, h - 1, w, 1}
	return f
}

// Want is what the user has switched on.
type Want struct {
	Facets, Detail bool
	Zoom           Pane // the pane that has the screen to itself; None: all
	Proof          bool // in the detail's place, with more room
}

// Pane names a part of Explore.
type Pane uint8

// The panes of Explore.
const (
	None Pane = iota
	List
	Detail
	Facets
	Bars
)

// Explore is the cut of Explore's body. Rectangles of what is not shown are empty; the first line of
// List, Detail and Facets is their heading.
type Explore struct {
	Input, Chips, Bars   Rect
	Facets, List, Detail Rect
	Side                 bool // detail stands beside the list
}

// FacetsFrom is the width from which the facet panel stands beside the list; below it takes the screen.
const FacetsFrom = 120

// Widths from which a part appears, and the sizes it then has.
const (
	sideFrom    = 160
	facetsWidth = 29
	sideWidth   = 51
	proofWidth  = 77
	proofLines  = 10 // with its heading
	proofList   = 3  // of the list that stay in sight above it
	detailLines = 7  // with its heading
	barsLow     = 2  // the bars, and signs below them
	barsPlain   = 3  // and what the evidence covers
	barsWide    = 7  // heading, three lines, signs, coverage, axis
)

// NewExplore cuts a body of w by h that belongs to a terminal of the same width and h+4 or h+2 lines.
func NewExplore(w, h int, want Want) Explore {
	low := h < 16 // a body of 16 is a terminal of 20
	e := Explore{Input: Rect{0, 0, w, 1}, Chips: Rect{0, 1, w, 1}}
	y := 2
	if !low {
		n := barsLow
		switch {
		case w >= sideFrom && h >= 36:
			n = barsWide
		case h >= 20: // a terminal of 24
			n = barsPlain
		}
		e.Bars = Rect{0, y, w, n}
		y += n
	}
	rest := Rect{0, y, w, h - y}
	switch want.Zoom {
	case List:
		e.List = rest
		return e
	case Detail:
		e.Detail = rest
		return e
	case Facets:
		e.Facets = rest
		return e
	}
	if want.Facets && w >= FacetsFrom && (!want.Proof || w >= sideFrom) {
		e.Facets = Rect{0, y, facetsWidth - 3, rest.H}
		if w >= sideFrom {
			e.Facets.W = facetsWidth
		}
		rest.X += e.Facets.W + 1
		rest.W -= e.Facets.W + 1
	}
	if want.Proof {
		e.prove(&rest, low)
		e.List = rest
		return e
	}
	if want.Detail && !low {
		if w >= sideFrom {
			e.Side = true
			e.Detail = Rect{rest.X + rest.W - sideWidth, y, sideWidth, rest.H}
			rest.W -= sideWidth + 1
		} else {
			n := max(detailLines, rest.H/3)
			e.Detail = Rect{rest.X, y + rest.H - n, rest.W, n}
			rest.H -= n
		}
	}
	e.List = rest
	return e
}

// prove cuts the proof off rest: beside the list from 120 columns, else over its lower part, of which
// three lines remain at least.
func (e *Explore) prove(rest *Rect, low bool) {
	if rest.X+rest.W >= FacetsFrom && !low {
		e.Side = true
		n := max(sideWidth, min(proofWidth, rest.W/2))
		e.Detail = Rect{rest.X + rest.W - n, rest.Y, n, rest.H}
		rest.W -= n + 1
		return
	}
	n := min(rest.H-proofList, max(proofLines, rest.H*3/5))
	e.Detail = Rect{rest.X, rest.Y + rest.H - n, rest.W, n}
	rest.H -= n
}

// Overlay is the place of an overlay that would like w by h cells on a screen of sw by sh: centred,
// or the whole width when the screen is narrow.
func Overlay(sw, sh, w, h int) Rect {
	if sw < 100 {
		w = sw
	}
	w, h = min(w, sw), min(h, max(1, sh-2))
	return Rect{(sw - w) / 2, max(0, (sh-h)/2), w, h}
}
