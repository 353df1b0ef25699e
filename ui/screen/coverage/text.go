package coverage

import (
	"fmt"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/safe"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/heat"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

var (
	stripColumns = []grid.Column{
		{Name: "LOG", Min: 11, Want: 22, Priority: 0},
		{Name: "ACCOUNT, REGION, BUCKET", Min: 20, Want: 70, Priority: 0, Cut: grid.CutMiddle, Elastic: true},
		{Name: "GAP", Min: 5, Want: 6, Priority: 1, Right: true},
		{Name: "UNKNOWN", Min: 7, Want: 8, Priority: 2, Right: true},
		{Name: "NOT SEL", Min: 7, Want: 8, Priority: 3, Right: true},
		{Name: "NOTHING", Min: 7, Want: 8, Priority: 5, Right: true},
		{Name: "RECORDED", Min: 8, Want: 9, Priority: 4, Right: true},
		{Name: "RECORDS", Min: 9, Want: 12, Priority: 6, Right: true},
	}
	changeColumns = []grid.Column{
		{Name: "TIME", Min: 20, Want: 20, Priority: 0},
		{Name: "OPERATION", Min: 14, Want: 24, Priority: 0},
		{Name: "WHAT CHANGED", Min: 12, Want: 90, Priority: 0, Elastic: true},
		{Name: "BY", Min: 18, Want: 60, Priority: 1, Cut: grid.CutHead},
		{Name: "FROM", Min: 15, Want: 15, Priority: 2},
	}
	fileColumns = []grid.Column{
		{Name: "STATE", Min: 12, Want: 12, Priority: 0},
		{Name: "KIND", Min: 6, Want: 6, Priority: 2},
		{Name: "FILE", Min: 24, Want: 110, Priority: 0, Cut: grid.CutHead, Elastic: true},
		{Name: "DELIVERED", Min: 20, Want: 20, Priority: 1},
		{Name: "BYTES", Min: 8, Want: 9, Priority: 3, Right: true},
		{Name: "HERE", Min: 8, Want: 9, Priority: 4, Right: true},
	}
)

// fill makes the rows of the three lists anew.
func (c *Coverage) fill() {
	var rows []grid.Row
	foreign := func(s string) grid.Cell { return grid.Text(c.theme, safe.Cut(s, 400), theme.Text) }
	for i := range c.all.Strips {
		s := &c.all.Strips[i]
		n := func(state byte, r theme.Role) grid.Cell {
			if v := s.Counts[answer.HourNames[state]]; v > 0 {
				return grid.Word(value.Count(v), r)
			}
			return grid.Word(c.theme.Dot, theme.Dim)
		}
		rows = append(rows, grid.Row{Cells: []grid.Cell{
			grid.Word(logName(s), theme.Text), foreign(place(s)), n(answer.HourGap, theme.Bad), n(answer.HourUnknown, theme.Warn), n(answer.HourNotSelected, theme.Warn),
			n(answer.HourNothing, theme.Text), n(answer.HourRecorded, theme.Text), grid.Word(value.Count(s.Records), theme.Text),
		}})
	}
	c.grids[strips].SetRows(rows)
	rows = nil
	for i := range c.all.Causes {
		x := &c.all.Causes[i]
		rows = append(rows, grid.Row{Cells: []grid.Cell{grid.Word(timeOf(x.Time), theme.Text), foreign(x.Op), foreign(x.Text), foreign(x.Actor), foreign(x.IP)}})
	}
	c.grids[changes].SetRows(rows)
	rows = nil
	for i := range c.all.Delivery.Files {
		d := &c.all.Delivery.Files[i]
		role := theme.Warn
		if d.Kind == "log" && (d.State == answer.DeliveryMissing || d.State == answer.DeliveryOtherSize || d.State == answer.DeliveryForeign) {
			role = theme.Bad
		}
		rows = append(rows, grid.Row{Cells: []grid.Cell{
			grid.Word(d.State, role), grid.Word(d.Kind, theme.Text), foreign(strings.TrimPrefix(d.Bucket+"/"+d.Key, "/")), grid.Word(timeOf(d.Time), theme.Text),
			grid.Word(size(d.Size), theme.Text), grid.Word(size(d.SizeHere), theme.Text),
		}})
	}
	c.grids[files].SetRows(rows)
}

func size(n *int64) string {
	if n == nil {
		return ""
	}
	return value.Count(*n)
}

func timeOf(t *time.Time) string {
	if t == nil {
		return value.Time(time.Time{})
	}
	return value.Time(*t)
}

func logName(s *answer.Strip) string {
	if s.Log == model.AccessLog.String() {
		return "access log"
	}
	return s.EventsNamed()
}

// place is where a strip's records are of.
func place(s *answer.Strip) string {
	return strings.TrimSpace(strings.Join([]string{s.Account, s.Region, s.Bucket}, " "))
}

func stripName(s *answer.Strip) string {
	name := logName(s)
	if s.Log != model.AccessLog.String() {
		name = strings.TrimSuffix("CloudTrail "+s.Events+" events, "+s.Only, ", ")
	}
	return name + ", " + place(s)
}

func (c *Coverage) change() (*answer.Cause, bool) {
	i, ok := c.grids[changes].Index(len(c.all.Causes))
	if !ok {
		return nil, false
	}
	return &c.all.Causes[i], true
}

func changeWords(x *answer.Cause) string {
	out := timeOf(x.Time) + " " + x.Text
	if x.Actor != "" {
		out += " by " + x.Actor
	}
	if x.IP != "" {
		out += " from " + x.IP
	}
	return out
}

// noteOf tells of a day's changes beside its hours.
func (c *Coverage) noteOf(day time.Time) string {
	var out []string
	for i := range c.all.Causes {
		if x := &c.all.Causes[i]; x.Time != nil && x.Time.Truncate(24*time.Hour).Equal(day) {
			name := x.Op
			if name == "" {
				name = x.Text
			}
			out = append(out, x.Time.UTC().Format("15:04 ")+c.theme.Show(safe.Cut(name, 60).String()))
		}
	}
	return strings.Join(out, ", ")
}

// Lines draws the screen.
func (c *Coverage) Lines() []string {
	if c.w <= 0 || c.h <= 0 {
		return nil
	}
	if why := c.Excuse(c.theme, c.w, c.h-1, len(c.all.Strips) == 0, "nothing is recorded in this time, so there are no hours to show"); why != nil {
		return append([]string{shell.Rule(c.theme, c.w, true, "Coverage", "")}, why...)
	}
	n, hours, text := c.parts()
	title, remark := c.title()
	out := []string{shell.Rule(c.theme, c.w, !c.onTime, title, remark)}
	out = append(out, shell.Pad(" "+c.theme.Paint(theme.Dim, grid.Fit(c.under(), max(0, c.w-1), grid.CutTail, c.theme.Cut)), c.w))
	out = append(out, c.listLines(n-1)...)
	if hours > 0 {
		head := "Hours"
		if c.lane >= 0 {
			head = c.theme.Show(safe.Cut(stripName(&c.all.Strips[c.lane]), 200).String())
		}
		out = append(out, shell.Rule(c.theme, c.w, c.onTime, head, c.strip.Span()))
		out = append(out, shell.Block(c.strip.Lines(), c.w, hours-1)...)
	}
	if text > 0 {
		lines := c.words()
		for i := range lines {
			lines[i] = " " + grid.Fit(lines[i], max(0, c.w-1), grid.CutTail, c.theme.Cut)
		}
		out = append(out, shell.Rule(c.theme, c.w, false, "This hour", "coincides with is not caused by"))
		out = append(out, shell.Block(lines, c.w, text-1)...)
	}
	return shell.Block(out, c.w, c.h)
}

func (c *Coverage) listLines(h int) []string {
	if c.grids[c.shown].Total() > 0 {
		return shell.Block(c.grids[c.shown].Lines(), c.w, h)
	}
	why := "no change of trails, selectors or logging is recorded in this time"
	if c.shown == files {
		why = "every delivery that is recorded is here as it was delivered"
		if len(c.all.Delivery.Buckets) == 0 {
			why = "no write of CloudTrail's into the bucket of a trail is recorded, so there is nothing to hold the files against"
		}
	}
	var out []string
	for _, l := range shell.Wrap(why, max(1, c.w-4)) {
		out = append(out, "  "+l)
	}
	return shell.Block(out, c.w, h)
}

func (c *Coverage) title() (title, remark string) {
	switch c.shown {
	case changes:
		return "Changes of the recording", value.Of(int64(len(c.all.Causes)), "change", "changes")
	case files:
		remark = value.Of(int64(len(c.all.Delivery.Files)), "file", "files") + " not as delivered"
		if d := c.all.Delivery.Digests; len(d) > 0 {
			remark += "; digests: " + states(d)
		}
		return "Delivered files", remark
	}
	remark = value.Of(int64(len(c.all.Strips)), "strip", "strips")
	if o := c.all.Outside; o != nil {
		remark = value.Of(o.Records, "record outside", "records outside") + ", " + remark
	}
	return "Coverage " + value.Time(c.all.From) + " to " + value.Time(c.all.To), remark
}

// under is the second line: what else there is, in numbers.
func (c *Coverage) under() string {
	d := &c.all.Delivery
	if c.shown == files && len(d.Buckets) > 0 {
		return "log files: " + states(d.Logs)
	}
	delivery := "no delivery is recorded"
	if len(d.Buckets) > 0 {
		delivery = "log files " + states(d.Logs)
	}
	return "t " + value.Of(int64(len(c.all.Causes)), "change", "changes") + " of the recording   a deliveries: " + delivery + "   tab hours"
}

func states(counts map[string]int64) string {
	var out []string
	for _, s := range answer.DeliveryStates {
		if n := counts[s]; n > 0 {
			out = append(out, value.Count(n)+" "+s)
		}
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

// meanings say what a state is worth.
var meanings = map[byte]string{
	answer.HourRecorded: "records are here", answer.HourNothing: "none, while the log demonstrably ran", answer.HourNotSelected: "none, and a selector or setting proves that none was to be recorded",
	answer.HourUnknown: "none, and nothing tells whether any was to be recorded", answer.HourGap: "the trail was stopped, or its digests have a gap: records may be lost",
}

// proofs say what a verification tells of an hour's records.
var proofs = map[byte]string{'v': "what is here is all verified", 'o': "not all of it is proven", 'x': "altered or unlisted records are among it"}

// words tell of the hour under the cursor, and what changed on that day or last before it.
func (c *Coverage) words() []string {
	if c.lane < 0 {
		return nil
	}
	s, at := &c.all.Strips[c.lane], c.strip.Cursor()
	i := int(at.Sub(c.all.From) / time.Hour)
	if i < 0 || i >= len(s.Hours) {
		return nil
	}
	sign := heat.Sign(c.theme, cells(&answer.Strip{Hours: s.Hours[i : i+1], Proof: s.Proof[i : i+1]})[0])
	line := fmt.Sprintf("%s %s  %s: %s", at.Format("2006-01-02 15:00Z"), sign.Glyph, answer.HourNames[s.Hours[i]], meanings[s.Hours[i]])
	if p := proofs[s.Proof[i]]; p != "" {
		line += "; " + p
	}
	out := []string{line}
	day := at.Truncate(24 * time.Hour)
	var last *answer.Cause
	for j := range c.all.Causes {
		x := &c.all.Causes[j]
		switch {
		case x.Time == nil:
		case x.Time.Before(day):
			last = x
		case x.Time.Before(day.Add(24 * time.Hour)):
			out = append(out, "coincides with "+c.theme.Show(safe.Cut(changeWords(x), 400).String()))
		}
	}
	if last != nil {
		out = append(out, "last before: "+c.theme.Show(safe.Cut(changeWords(last), 400).String()))
	}
	return out
}
