package encryption

import (
	"slices"
	"strings"
	"time"

	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/value"
)

// charted are the outcomes that occur, in the order of the columns.
func (e *Encryption) charted() []int {
	var out []int
	for i, o := range outcomes {
		if sum(e.audit.Total, o.of) > 0 {
			out = append(out, i)
		}
	}
	return out
}

// span is the first and last hour with writes.
func (e *Encryption) span() (from, to time.Time) {
	for _, g := range e.audit.Time {
		if g.Start == nil {
			continue
		}
		if from.IsZero() || g.Start.Before(from) {
			from = *g.Start
		}
		if end := g.Start.Add(time.Hour); end.After(to) {
			to = end
		}
	}
	return from, to
}

func (e *Encryption) spanText() string {
	from, to := e.span()
	if from.IsZero() {
		return ""
	}
	return value.Time(from) + " to " + value.Time(to)
}

const chartLabel = 10 // cells before the bars; as many again hold the count

// bars adds up the charted outcomes over time, in at most so many bars of whole hours, all of one width.
func (e *Encryption) bars(cells int) (all [][]int64, width time.Duration) {
	from, to := e.span()
	if from.IsZero() {
		return nil, 0
	}
	hours := max(1, int(to.Sub(from)/time.Hour))
	each := (hours + cells - 1) / cells
	for _, i := range e.charted() {
		bars := make([]int64, (hours+each-1)/each)
		for _, g := range e.audit.Time {
			if g.Start != nil {
				bars[int(g.Start.Sub(from)/time.Hour)/each] += sum(g.Outcomes, outcomes[i].of)
			}
		}
		all = append(all, bars)
	}
	return all, time.Duration(each) * time.Hour
}

// chart draws one line an outcome, all to one scale, and says which: outcomes are there to be compared.
// What begins shows, however little it is beside the rest.
func (e *Encryption) chart() (lines []string, scale string) {
	all, width := e.bars(max(1, e.w-2*chartLabel-2))
	top := int64(0)
	for _, bars := range all {
		top = max(top, slices.Max(bars))
	}
	if top == 0 {
		return nil, ""
	}
	most := len(e.theme.Levels) - 1
	for k, i := range e.charted() {
		var b strings.Builder
		for _, n := range all[k] {
			b.WriteString(e.theme.Levels[(n*int64(most)+top-1)/top]) // rounded up: a single write shows
		}
		lines = append(lines, " "+e.theme.Paint(theme.Dim, grid.Fit(outcomes[i].name, chartLabel-1, grid.CutTail, ""))+
			e.theme.Paint(outcomes[i].role, b.String())+" "+value.Count(sum(e.audit.Total, outcomes[i].of)))
	}
	return lines, e.theme.Levels[most] + " = " + value.Of(top, "write", "writes") + " in " + value.Duration(width) + "; "
}
