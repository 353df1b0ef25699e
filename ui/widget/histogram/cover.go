package histogram

import (
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/ui/theme"
)

// Cover is what is known of every hour from From on: one byte an hour and log, of the states in
// package answer. A log that what is looked at cannot come from has none.
type Cover struct {
	From               time.Time
	CloudTrail, Access string
	// Why says why nothing is known, in few words.
	Why string
}

// SetCover tells what the evidence covers.
func (g *Histogram) SetCover(c Cover) { g.cover, g.dirty = c, true }

// ranks are the states from the one that says least to the one that must not be missed.
const ranks = "?-.#!"

// worst is the state of a log from a moment to another: what must not be missed of its hours.
func (c Cover) worst(hours string, from, to time.Time) byte {
	rank := -1
	lo, hi := int(from.Sub(c.From)/time.Hour), int((to.Sub(c.From)-1)/time.Hour)
	if from.Before(c.From) {
		lo = 0
	}
	for i := lo; i <= hi && i < len(hours); i++ {
		rank = max(rank, strings.IndexByte(ranks, hours[i]))
	}
	if rank < 0 {
		return answer.HourUnknown
	}
	return ranks[rank]
}

// coverRow tells of every cell which logs were recording there, those that bars are finer than an hour
// by the hour they lie in.
func (g *Histogram) coverRow(w int) string {
	n := len(g.bars.Bars)
	var b strings.Builder
	for x := range w {
		if g.cover.From.IsZero() {
			b.WriteByte(' ')
			continue
		}
		c := g.coverOf(model.Span{From: g.bars.Bars[x*n/w].Start, To: g.bars.Bars[max(x*n/w+1, (x+1)*n/w)-1].Start.Add(g.bars.Width)})
		b.WriteString(g.theme.Paint(c.role, c.glyph))
	}
	return b.String()
}

// sign is a state of both logs as it is shown.
type sign struct {
	glyph, word string
	role        theme.Role
}

// coverOf is what the logs were doing in a stretch of time.
func (g *Histogram) coverOf(s model.Span) sign {
	cloudtrail, access := g.cover.worst(g.cover.CloudTrail, s.From, s.To), g.cover.worst(g.cover.Access, s.From, s.To)
	ran := func(b byte) bool { return b == answer.HourRecorded || b == answer.HourNothing }
	switch {
	case cloudtrail == answer.HourGap || access == answer.HourGap:
		return sign{"g", "gap", theme.Bad}
	case cloudtrail == answer.HourRecorded && ran(access), access == answer.HourRecorded && ran(cloudtrail):
		return sign{g.theme.Rule, "both logs", theme.Text}
	case cloudtrail == answer.HourRecorded:
		return sign{"c", "CloudTrail only", theme.Text}
	case access == answer.HourRecorded:
		return sign{"a", "access log only", theme.Text}
	case ran(cloudtrail) || ran(access):
		return sign{g.theme.Dot, "quiet", theme.Text}
	case cloudtrail == answer.HourNotSelected || access == answer.HourNotSelected:
		return sign{"s", "not selected", theme.Warn}
	}
	return sign{"?", "logs unknown", theme.Warn}
}

// coverLegend explains the row.
func (g *Histogram) coverLegend() string {
	switch {
	case g.cover.Why != "" && (g.h > Low || g.w >= 60):
		return g.cover.Why
	case g.h > Low:
		return g.theme.Rule + " both c CloudTrail a access " + g.theme.Dot + " quiet g gap s not selected ? unknown"
	case g.h < covered || g.w < 60:
		return ""
	}
	return g.theme.Rule + "both c a " + g.theme.Dot + "quiet g gap"
}

// coverLabel stands before the row, in w cells.
func (g *Histogram) coverLabel(w int) string {
	const label = " logs"
	if w <= len(label) {
		return strings.Repeat(" ", w)
	}
	return g.theme.Paint(theme.Dim, label) + strings.Repeat(" ", w-len(label))
}

// Foremost is which of two states of an hour must not be missed; one that is not known here says
// nothing.
func Foremost(a, b byte) byte {
	if strings.IndexByte(ranks, b) > strings.IndexByte(ranks, a) {
		return b
	}
	return a
}
