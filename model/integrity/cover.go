package integrity

import (
	"fmt"
	"slices"
	"time"
)

// clip is the part of a stretch that lies in the range; false when nothing does.
func (v *verification) clip(s stretch) (stretch, bool) {
	if !v.in.Since.IsZero() && s.from.Before(v.in.Since) {
		s.from = v.in.Since
	}
	if !v.in.Until.IsZero() && s.to.After(v.in.Until) {
		s.to = v.in.Until
	}
	return s, s.to.After(s.from)
}

// union sorts stretches and merges those that meet.
func union(all []stretch) []stretch {
	slices.SortFunc(all, func(a, b stretch) int { return a.from.Compare(b.from) })
	out := all[:0:0]
	for _, s := range all {
		switch last := len(out) - 1; {
		case !s.to.After(s.from):
		case last >= 0 && !s.from.After(out[last].to):
			out[last].to = later(s.to, out[last].to)
		default:
			out = append(out, s)
		}
	}
	return out
}

func seconds(all []stretch) int64 {
	var sum int64
	for _, s := range all {
		sum += s.seconds()
	}
	return sum
}

// seconds are whole ones. A time.Duration would end at 292 years, and a digest may claim any.
func (s stretch) seconds() int64 {
	n := s.to.Unix() - s.from.Unix()
	if s.to.Nanosecond() < s.from.Nanosecond() {
		n--
	}
	return n
}

// cover sums the time of a standard chain, clipped to the range: proven windows, restarts, the rest.
// Time between its digests that nothing accounts for is a hole, however it came about.
func (v *verification) cover(c *Chain, l *line) {
	var proven, gaps, told []stretch
	for _, n := range l.nodes {
		s, ok := v.clip(stretch{n.start, n.end})
		if ok && n.status.proven() {
			proven = append(proven, s)
		}
		told = append(told, s)
	}
	proven = union(proven)
	for _, g := range c.Gaps {
		if s, ok := v.clip(stretch{g.From, g.To}); ok {
			gaps = append(gaps, s)
		}
	}
	whole, ok := v.clip(stretch{c.From, c.To})
	if !ok {
		return
	}
	covered, gap := seconds(proven), seconds(union(gaps))
	v.report.Coverage.Covered += covered
	v.report.Coverage.Gap += gap
	v.report.Coverage.Hole += max(0, seconds([]stretch{whole})-covered-gap)
	for _, s := range l.told {
		if s, ok := v.clip(s); ok {
			told = append(told, s)
		}
	}
	reach := whole.from
	for _, s := range append(union(told), stretch{whole.to, whole.to}) {
		if s.from.After(reach) {
			v.hole(c, l, reach, s.from, "and no link accounts for it")
		}
		reach = later(s.to, reach)
	}
}

// headAndTail reports the parts of an asked range that lie before a chain's first window or after its
// last, without tolerance. An unproven digest outside the range is no window: nothing else would tell
// of it.
func (v *verification) headAndTail(c *Chain, l *line, nodes []*node) {
	var first, last time.Time
	any := false
	for _, n := range nodes {
		if n.aside || !(n.listing || n.counted) {
			continue
		}
		if !any || n.start.Before(first) {
			first = n.start
		}
		any, last = true, later(n.end, last)
	}
	name, since, until := c.id().name(), v.in.Since, v.in.Until
	if !any {
		if !since.IsZero() || !until.IsZero() {
			v.report.add(Incomplete, "coverage-starts-late", name, "no digest of the range is here")
		}
		return
	}
	if !since.IsZero() && first.After(since) {
		v.report.add(Incomplete, "coverage-starts-late", name, fmt.Sprintf("nothing vouches for %s to %s", stamp(since), stamp(earlier(first, until))))
	}
	if !until.IsZero() && last.Before(until) {
		v.report.add(Incomplete, "coverage-ends-early", name, fmt.Sprintf("nothing vouches for %s to %s", stamp(later(last, since)), stamp(until)))
	}
}

func earlier(a, b time.Time) time.Time {
	if !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// compareChains finds, where no range was asked, chains that end long before their sisters and
// Regions that only some accounts of a trail have.
func (v *verification) compareChains() {
	if v.asked() {
		return
	}
	type trail struct{ name, home string }
	type place struct {
		trail
		account, region string
	}
	newest := map[trail]time.Time{}
	accounts, regions := map[trail]map[string]bool{}, map[trail]map[string]bool{}
	present := map[place]bool{}
	for _, c := range v.report.Chains {
		if c.Kind != Standard {
			continue
		}
		t := trail{c.Trail, c.Home}
		newest[t] = later(c.To, newest[t])
		if regions[t] == nil {
			accounts[t], regions[t] = map[string]bool{}, map[string]bool{}
		}
		accounts[t][c.Account], regions[t][c.Region] = true, true
		present[place{t, c.Account, c.Region}] = true
	}
	for _, c := range v.report.Chains {
		if end := newest[trail{c.Trail, c.Home}]; c.Kind == Standard && end.Sub(c.To) > 2*time.Hour {
			v.report.add(Incomplete, "coverage-ends-early", c.id().name(), fmt.Sprintf("it ends %s, other chains of its trail reach %s", stamp(c.To), stamp(end)))
		}
	}
	for t := range accounts {
		for account := range accounts[t] {
			for region := range regions[t] {
				if !present[place{t, account, region}] {
					v.report.add(Incomplete, "region-absent", account+" "+region+" "+t.name, "other accounts of the trail have digests of this Region")
				}
			}
		}
	}
}
