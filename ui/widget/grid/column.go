package grid

import "trailsift/model"

// Column is one column of a grid, in the order of display.
type Column struct {
	Name     string
	Field    model.Field // whose value the cell shows; empty for a column that filters nothing
	Min      int         // narrower than this it is hidden
	Want     int         // wider than this it does not grow
	Priority int         // smaller stays longer when the screen is narrow
	Cut      Cut
	Elastic  bool // takes what the others leave
	Right    bool // numbers
	Extra    bool // shown only when the elastic columns have room to spare
	Yields   bool // where there is no room for it, the less important ones may still be shown
}

const (
	margin      = 2  // the cursor's mark
	markMargin  = 3  // and that of a marked row
	elasticWant = 30 // what an elastic column gets before the others grow
	elasticLess = 10 // and what it makes do with where there is no room for its least width
)

// placed is a column with its width on screen.
type placed struct {
	index, width int
}

// place chooses the columns that fit into w cells when the first `left` ones are scrolled away, and
// shares the room out.
func place(cols []Column, left, w, edge int) []placed {
	avail := w - edge
	if avail < 1 {
		return nil
	}
	chosen := choose(cols, left, avail)
	var out []placed
	extra := avail
	for i := range cols {
		if chosen[i] {
			out = append(out, placed{i, min(cols[i].Min, avail)})
			extra -= min(cols[i].Min, avail) + 1
		}
	}
	for n := range out {
		if cols[out[n].index].Elastic && extra < -1 {
			less := min(-1-extra, max(0, out[n].width-elasticLess))
			out[n].width, extra = out[n].width-less, extra+less
		}
	}
	if len(out) == 0 {
		return nil
	}
	extra++ // no space after the last one
	grow := func(i, want int) {
		n := max(0, min(extra, want-out[i].width))
		out[i].width += n
		extra -= n
	}
	stretch := len(out) - 1
	for i, p := range out {
		if cols[p.index].Elastic {
			grow(i, elasticWant)
			stretch = i
		}
	}
	for i, p := range out {
		if !cols[p.index].Elastic {
			grow(i, cols[p.index].Want)
		}
	}
	out[stretch].width += max(0, extra)
	return out
}

// spare is what the elastic columns would like beyond their least width.
func spare(cols []Column, chosen []bool) int {
	n := 0
	for i, c := range cols {
		if c.Elastic && chosen[i] {
			n += max(0, elasticWant-c.Min)
		}
	}
	return n
}

func choose(cols []Column, left, avail int) []bool {
	chosen := make([]bool, len(cols))
	used := -1
	for p, found := 0, true; found; p++ {
		found = false
		for i := left; i < len(cols); i++ {
			switch {
			case cols[i].Priority > p:
				found = true
			case cols[i].Priority == p:
				need := used + cols[i].Min + 1
				if cols[i].Extra {
					need += spare(cols, chosen)
				}
				found = true
				switch {
				case need <= avail || used < 0:
					used += cols[i].Min + 1
				case cols[i].Elastic && used+elasticLess+1 <= avail:
					used = avail
				case cols[i].Yields:
					continue
				default:
					return chosen
				}
				chosen[i] = true
			}
		}
	}
	return chosen
}
