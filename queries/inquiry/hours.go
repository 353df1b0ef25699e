package inquiry

import (
	"context"
	"slices"
	"sort"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/recording"
)

// site is what is known of CloudTrail's hours in one account and region, whatever the events: in which
// it ran, and in which records may be lost.
type site struct{ ran, gap []bool }

func (l *lane) site() string { return l.Account + "\x00" + l.Region }

// sites looks over all lanes, chains and stops once. The access log is at none.
func (c *coverer) sites(chains []Chain) map[string]site {
	out := map[string]site{"\x00": {}}
	for _, l := range c.lanes {
		if l.Log != model.CloudTrail.String() {
			continue
		}
		x, ok := out[l.site()]
		if !ok || x.ran == nil {
			x = site{make([]bool, c.hours()), make([]bool, c.hours())}
			out[l.site()] = x
		}
		for i, n := range l.cells {
			x.ran[i] = x.ran[i] || n > 0
		}
	}
	for id, x := range out {
		for _, s := range c.stops[id] {
			c.mark(x.gap, s, meet)
		}
	}
	for _, ch := range chains {
		x := out[ch.Account+"\x00"+ch.Region]
		if !ch.Span.IsZero() {
			c.mark(x.ran, ch.Span, func(s, hour model.Span) bool { return !s.From.After(hour.From) && !s.To.Before(hour.To) })
		}
		for _, g := range ch.Gaps {
			c.mark(x.gap, g, meet)
		}
	}
	return out
}

// mark sets the hours that hold with a span; only those near its ends can differ from those inside.
func (c *coverer) mark(hours []bool, s model.Span, holds func(s, hour model.Span) bool) {
	first, last := max(0, c.hourOf(s.From)-1), len(hours)
	if !s.To.IsZero() {
		last = min(last, c.hourOf(s.To)+2)
	}
	for i := first; i < last; i++ {
		hours[i] = hours[i] || holds(s, c.hour(i))
	}
}

func (c *coverer) hour(i int) model.Span {
	at := c.span.From.Add(time.Duration(i) * time.Hour)
	return model.Span{From: at, To: at.Add(time.Hour)}
}

func meet(a, b model.Span) bool {
	return a.From.Before(b.To) && (a.To.IsZero() || b.From.Before(a.To))
}

// hourly asks for every hour of the span, and again only where one of the moments, which are in order,
// lies between: what is told changes with them alone.
func hourly[T any](c *coverer, moments []time.Time, tell func(hour model.Span) T) []T {
	out := make([]T, c.hours())
	before := func(t time.Time) int {
		return sort.Search(len(moments), func(i int) bool { return !moments[i].Before(t) })
	}
	upTo := func(t time.Time) int {
		return sort.Search(len(moments), func(i int) bool { return moments[i].After(t) })
	}
	known := [2]int{-1, -1}
	for i := range out {
		hour := c.hour(i)
		if at := [2]int{upTo(hour.From), before(hour.To)}; at != known {
			known, out[i] = at, tell(hour)
		} else {
			out[i] = out[i-1]
		}
	}
	return out
}

// judge gives every hour its state.
func (l *lane) judge(c *coverer, at site) {
	var off []bool
	var kept []recording.Kept
	if l.Log == model.AccessLog.String() {
		off = c.loggingOff(l.Bucket)
	} else {
		kept = c.selected(l)
	}
	hours, proof := make([]byte, c.hours()), []byte(strings.Repeat(" ", c.hours()))
	l.Counts = map[string]int64{}
	for i := range hours {
		switch inside := l.inside(c.hour(i).From); {
		case l.Log == model.AccessLog.String():
			hours[i] = accessState(l.recorded(i), off[i], inside)
		default:
			hours[i] = l.state(i, at, kept[i], inside)
			if kept[i] == recording.KeptSome && hours[i] != answer.HourGap {
				l.Partly++
			}
		}
		if l.recorded(i) {
			proof[i] = marks[l.cells[i]]
		}
		l.Counts[answer.HourNames[hours[i]]]++
	}
	l.Hours, l.Proof = string(hours), string(proof)
}

func accessState(recorded, off, inside bool) byte {
	switch {
	case recorded:
		return answer.HourRecorded
	case off:
		return answer.HourNotSelected
	case inside:
		return answer.HourNothing
	}
	return answer.HourUnknown
}

// state is what is known of one hour of CloudTrail's. inside tells that the strip has records before and
// after it.
func (l *lane) state(i int, at site, kept recording.Kept, inside bool) byte {
	data := l.Events == model.Data.String()
	switch {
	case at.gap[i]:
		return answer.HourGap
	case l.recorded(i):
		return answer.HourRecorded
	case kept == recording.KeptNone:
		return answer.HourNotSelected
	case at.ran[i] && (!data || inside):
		return answer.HourNothing
	}
	return answer.HourUnknown
}

// loggingOff tells of every hour that the bucket's logging was switched off before it and not on again by
// its end.
func (c *coverer) loggingOff(bucket string) []bool {
	var mine []logging
	var moments []time.Time
	for _, l := range c.logged {
		if l.bucket == bucket {
			mine, moments = append(mine, l), append(moments, l.at)
		}
	}
	return hourly(c, moments, func(hour model.Span) bool {
		off := false
		for _, l := range mine {
			if l.at.Before(hour.To) && (l.on || !l.at.After(hour.From)) {
				off = !l.on
			}
		}
		return off
	})
}

// selectionsOf are the selections that can concern a lane, in time order.
func (c *coverer) selectionsOf(l *lane) []selection {
	var mine []selection
	for _, s := range c.chosen {
		if s.account == l.Account && (s.trail != "" || s.region == l.Region) {
			mine = append(mine, s)
		}
	}
	return mine
}

// selected tells how much of the lane's events the selectors last set in the account keep, for every whole
// hour: those of the one trail that the evidence names selectors of, or those of all trails that AWS listed.
// Where nothing tells, all counts as kept.
func (c *coverer) selected(l *lane) []recording.Kept {
	mine := c.selectionsOf(l)
	moments, keeps := make([]time.Time, len(mine)), make([]recording.Kept, len(mine))
	for i, s := range mine {
		if moments[i] = s.at; s.trail != "" {
			keeps[i] = s.keeps(l)
		}
	}
	return hourly(c, moments, func(hour model.Span) recording.Kept {
		kept, all := map[string]recording.Kept{}, false
		for i, s := range mine {
			before := !s.at.After(hour.From)
			switch was, known := kept[s.trail]; {
			case !s.at.Before(hour.To):
			case s.trail == "":
				if before {
					kept, all = map[string]recording.Kept{}, true
				}
			case before:
				kept[s.trail] = keeps[i]
			case known: // it changed within the hour: what was kept in either part counts
				kept[s.trail] = max(was, keeps[i])
			default:
				kept[s.trail] = recording.KeptAll
			}
		}
		most := recording.KeptNone
		for _, k := range kept {
			most = max(most, k)
		}
		if !all && len(kept) != 1 {
			return recording.KeptAll
		}
		return most
	})
}

// halves are the reads and the writes of a lane, where selectors keep the one in some hour and leave the
// other out.
func (c *coverer) halves(l *lane) (reads, writes *lane, differ bool) {
	reads, writes = &lane{Strip: l.Strip, first: l.first, last: l.last}, &lane{Strip: l.Strip, first: l.first, last: l.last}
	reads.Only, writes.Only = recording.Reads, recording.Writes
	reads.Records, writes.Records = 0, 0
	same := func(a, b recording.Kept) bool {
		return (a == recording.KeptNone) == (b == recording.KeptNone)
	}
	if l.Log == model.CloudTrail.String() && slices.ContainsFunc(c.selectionsOf(l), func(s selection) bool { return s.trail != "" && !same(s.keeps(reads), s.keeps(writes)) }) {
		differ = !slices.EqualFunc(c.selected(reads), c.selected(writes), same)
	}
	return reads, writes, differ
}

// split parts the reads from the writes of a strip where selectors keep the one and leave the other out:
// records of the one would hide that.
func (c *coverer) split(ctx context.Context, s Source) error {
	parts := map[string]bool{}
	var keep []*lane
	for _, l := range c.lanes {
		reads, writes, differ := c.halves(l)
		if !differ {
			keep = append(keep, l)
			continue
		}
		parts[laneName(l.Strip)] = true
		c.byName[laneName(reads.Strip)], c.byName[laneName(writes.Strip)] = reads, writes
		keep = append(keep, reads, writes)
	}
	c.lanes = keep
	if len(parts) == 0 {
		return nil
	}
	q := query(model.Filter{}, append(within(&c.span.From, &c.span.To), is(model.FieldLog, model.CloudTrail.String()))...)
	lines, err := s.Tally(ctx, q, model.TallyBy{Fields: append(slices.Clone(laneFields), model.FieldIntegrity, model.FieldReadOnly), Width: time.Hour, NoObjects: true})
	for _, t := range lines {
		strip := laneOf(model.CloudTrail, t.Values)
		if !parts[laneName(strip)] {
			continue
		}
		badge, _ := t.Values[len(laneFields)].(string)
		strip.Only = recording.Writes
		if read, _ := t.Values[len(laneFields)+1].(bool); read {
			strip.Only = recording.Reads
		}
		l := c.lane(strip)
		l.add(c.hourOf(t.Start), c.hours(), counted{n: t.Requests, badge: badge})
	}
	return err
}
