package explore

import (
	"fmt"
	"slices"
	"strings"

	"trailsift/model"
	"trailsift/ui/layout"
	"trailsift/ui/theme"
	"trailsift/ui/widget/briefing"
	"trailsift/ui/widget/detail"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// Lines draws the body: as many lines as the screen was given, each of its width.
func (e *Explore) Lines() []string {
	if e.w <= 0 || e.h <= 0 {
		return nil
	}
	out := make([]string, 0, e.h)
	out = append(out, e.inputLine(), e.chipLine())
	if !e.cut.Bars.Empty() {
		out = append(out, e.bars.Lines()...)
	}
	return append(out, e.panes()...)
}

// panes draws list, facets and detail beside or below each other.
func (e *Explore) panes() []string {
	h := e.h - 2 - e.cut.Bars.H
	list, facets, detail := e.listPane(), e.facetPane(), e.detailPane()
	if e.cut.Facets.Empty() && (e.cut.Detail.Empty() || !e.cut.Side) {
		return append(list, detail...)
	}
	if e.cut.List.Empty() {
		return append(facets, detail...)
	}
	bar := e.theme.Paint(theme.Dim, e.theme.Bar)
	middle := list
	if !e.cut.Side {
		middle = append(middle, detail...)
	}
	out := make([]string, h)
	for i := range out {
		if i < len(facets) {
			out[i] = facets[i] + bar
		}
		out[i] += middle[i]
		if e.cut.Side {
			out[i] += bar + detail[i]
		}
	}
	return out
}

// inputLine is the filter as text, and how many rows it keeps.
func (e *Explore) inputLine() string {
	right := e.countText()
	room := max(0, e.w-4-grid.Width(right))
	left := ""
	switch {
	case e.edit.on:
		left = e.edit.line.View(e.theme, room)
	case len(e.view.filter.Terms) == 0:
		left = e.theme.Paint(theme.Dim, grid.Fit("no filter", room, grid.CutTail, e.theme.Cut))
	default:
		left = grid.Fit(e.filterText(), room, grid.CutTail, e.theme.Cut)
	}
	return shell.Pad(" / "+left+" "+right, e.w)
}

func (e *Explore) countText() string {
	total := value.Count(e.over.Listed)
	mark := ""
	if e.loading || e.over.Provisional {
		mark = e.theme.Tilde
	}
	switch {
	case e.result.partial && !e.result.counted:
		return value.Count(e.result.hunt.found.Count) + " so far, of " + mark + total
	case !e.result.counted && e.result.waiting > 0:
		return "counting of " + mark + total
	case !e.result.counted:
		return "not counted, of " + mark + total
	}
	return mark + value.Count(e.result.total) + " of " + mark + total
}

// chipLine shows the conditions by number; while text is edited, what is wrong with it or what would
// complete it.
func (e *Explore) chipLine() string {
	switch {
	case e.edit.on && e.edit.offers.Any():
		return shell.Pad(" "+e.edit.offers.View(e.theme, e.w-1), e.w)
	case e.edit.on && e.edit.wrong != "":
		return shell.Pad(" "+e.theme.Paint(theme.Bad, grid.Fit("! "+e.theme.Show(e.edit.wrong), e.w-1, grid.CutTail, e.theme.Cut)), e.w)
	case e.edit.on:
		return shell.Pad(" "+e.theme.Paint(theme.Dim, grid.Fit("tab completes, enter applies, esc gives up", e.w-1, grid.CutTail, e.theme.Cut)), e.w)
	case len(e.view.filter.Terms) == 0 && !e.loading && briefing.LacksDataEvents(e.over):
		return shell.Pad(" "+e.theme.Paint(theme.Warn, grid.Fit("! "+briefing.NoDataEvents, e.w-1, grid.CutTail, e.theme.Cut)), e.w)
	}
	return shell.Pad(" "+e.chips(e.w-2), e.w)
}

// chips prints as many chips as fit and how many do not.
func (e *Explore) chips(w int) string {
	var b strings.Builder
	terms := e.view.filter.Terms
	widths := e.chipWidths(w)
	for i, n := range widths {
		role := theme.Accent
		if terms[i].Off {
			role = theme.Dim
		}
		chip := e.chip(i)
		if grid.Width(chip) > n {
			chip = grid.Fit(chip, n, grid.CutMiddle, e.theme.Cut)
		}
		b.WriteString(e.theme.Paint(role, chip) + " ")
	}
	if more := len(terms) - len(widths); more > 0 {
		fmt.Fprintf(&b, "+%d", more)
	}
	return b.String()
}

// chip is condition i as it stands in the line of chips.
func (e *Explore) chip(i int) string {
	t := e.view.filter.Terms[i]
	text := e.chipText(t)
	if t.Off {
		text += " off"
	}
	return fmt.Sprintf("[%d %s]", i+1, text)
}

// chipWidths is how many cells each chip takes in a line of w, of those that fit.
func (e *Explore) chipWidths(w int) []int {
	var out []int
	used := 0
	for i := range e.view.filter.Terms {
		n := grid.Width(e.chip(i))
		if room := w - used - 5; n > room {
			if at := e.view.filter.Terms[i]; room < 14 || i > 0 && slices.Contains(bounds, at.Field) {
				break // a time is told whole or, among the others, not at all
			}
			n = room
		}
		out = append(out, n)
		used += n + 1
	}
	return out
}

func (e *Explore) listPane() []string {
	r := e.cut.List
	if r.Empty() {
		return nil
	}
	out := []string{shell.Rule(e.theme, r.W, e.focus == layout.List, e.heading(), e.listRemark(r.W))}
	if e.result.partial && e.grid.Total() == 0 {
		return append(out, shell.Block([]string{"  " + e.soFar()}, r.W, r.H-1)...)
	}
	if e.result.empty && e.grid.Total() == 0 {
		var why []string
		says := e.why(r.W-2, r.H-1)
		if e.loading {
			says = e.notYet(r.W - 2)
		}
		for _, l := range says {
			why = append(why, "  "+l)
		}
		return append(out, shell.Block(why, r.W, r.H-1)...)
	}
	return append(out, e.grid.Lines()...)
}

// notYet is what an empty list says while evidence is loaded: nothing of what it lacks is known to be
// absent.
func (e *Explore) notYet(w int) []string {
	text := "no request is here yet: the evidence is being loaded, and the first records appear once a worker has " + value.Count(model.CommitRows) + " of one log, or at the end"
	if len(e.view.filter.Terms) > 0 {
		text = "no request matches yet: " + e.filterText() + "; the evidence is still being loaded"
	}
	return shell.Wrap(text, max(1, w))
}

// heading names the list, and the question it answers when it was opened from elsewhere.
func (e *Explore) heading() string {
	trail := e.Trail()
	if len(trail) == 0 {
		return "Events"
	}
	sep := " " + e.theme.More + " "
	room := max(12, e.cut.List.W*3/5-10)
	each := max(8, room/len(trail)-grid.Width(sep))
	for i, name := range trail {
		name = e.theme.Show(name)
		trail[i] = grid.Fit(name, min(each, grid.Width(name)), grid.CutMiddle, e.theme.Cut)
	}
	path := strings.Join(trail, sep)
	return "Events: " + grid.Fit(path, min(room, grid.Width(path)), grid.CutHead, e.theme.Cut)
}

func (e *Explore) listRemark(w int) string {
	var parts []string
	if !e.result.opened && e.result.waiting > 0 {
		parts = append(parts, "updating")
	}
	if e.result.partial {
		parts = append(parts, "newest first, so far")
	}
	if w >= 60 && len(e.view.filter.Terms) > 0 && !e.loading && briefing.LacksDataEvents(e.over) {
		parts = append(parts, "! no data events")
	}
	if s := e.searchRemark(); s != "" && w >= 100 {
		parts = append(parts, s)
	}
	if w >= 120 && e.sortedField() == model.FieldTime {
		parts = append(parts, e.theme.Near+" within a second: order unknown")
	}
	switch form := formOf(e.formSpan()); {
	case form == timeOfDay:
		parts = append(parts, e.formSpan().From.UTC().Format("2006-01-02")+" UTC")
	case form == timeOfYear:
		parts = append(parts, e.formSpan().From.UTC().Format("2006")+" UTC")
	case w >= 60:
		parts = append(parts, "UTC")
	}
	if w >= 60 && (w >= 100 || len(e.Trail()) == 0) {
		dir := e.theme.Up
		if e.view.sort.Desc {
			dir = e.theme.Down
		}
		parts = append(parts, "sort "+string(e.sortedField())+" "+dir)
	}
	if n := e.grid.Total(); n > 0 {
		of := value.Count(n)
		if !e.result.counted {
			of = "?"
		}
		parts = append(parts, value.Count(e.grid.Cursor()+1)+" of "+of)
	}
	return strings.Join(parts, " "+e.theme.Dot+" ")
}

func (e *Explore) facetPane() []string {
	r := e.cut.Facets
	if r.Empty() {
		return nil
	}
	out := []string{shell.Rule(e.theme, r.W, e.focus == layout.Facets, "Facets", e.facets.remark())}
	return append(out, shell.Block(e.facets.draw(), r.W, r.H-1)...)
}

func (e *Explore) detailPane() []string {
	r := e.cut.Detail
	if r.Empty() {
		return nil
	}
	if e.want.Proof {
		return e.proofPane()
	}
	remark := "d hide  z zoom"
	if d := e.detail.Doc(); d != nil {
		remark = d.Title + "  " + remark
	}
	out := []string{shell.Rule(e.theme, r.W, e.focus == layout.Detail, "Detail", remark)}
	return append(out, e.detail.Lines()...)
}

// Status is the full value under the cursor, or what went wrong last.
func (e *Explore) Status() string {
	if e.result.failed != "" {
		return e.result.failed
	}
	if e.focus == layout.Bars {
		return e.bars.Says()
	}
	row, ok := e.grid.Current()
	if !ok || e.focus != layout.List {
		return ""
	}
	col, i := e.grid.Column()
	f, v := e.shape.cellValue(col.Field, row.Values)
	if v == nil {
		return string(f) + " " + value.Absent
	}
	text := e.theme.Show(value.Short(v).String())
	if s := e.theme.BadgeOf(value.Plain(v)); string(f) == "integrity" {
		text = s.Word + ": " + s.Means
	}
	if says := detail.Explain(value.Plain(v)); f == model.FieldOp && says != "" {
		text += ": " + says
	}
	if i < len(row.Cells) && f == model.FieldTime && strings.HasSuffix(row.Cells[i].String(), e.theme.Near) {
		text += " " + e.theme.Near + " within a second of a neighbour: their order is not known"
	}
	return e.markText(row.ID) + string(f) + " " + text
}
