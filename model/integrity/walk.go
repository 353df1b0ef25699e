package integrity

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"
)

// overlaps tells that the half-open window [from, to) meets the range.
func (v *verification) overlaps(from, to time.Time) bool {
	return (v.in.Until.IsZero() || from.Before(v.in.Until)) && (v.in.Since.IsZero() || to.After(v.in.Since))
}

// holds tells that an instant lies in the range.
func (v *verification) holds(t time.Time) bool {
	return (v.in.Since.IsZero() || !t.Before(v.in.Since)) && (v.in.Until.IsZero() || t.Before(v.in.Until))
}

// selectRange marks the digests that are counted. A digest whose start nobody could read counts by
// the hour before its end.
func (v *verification) selectRange() {
	for _, n := range v.nodes {
		start := n.start
		if !n.end.After(start) {
			start = n.end.Add(-time.Hour)
		}
		n.counted = v.overlaps(start, n.end)
	}
}

// line is the digests of one chain that are neighbours in time, by end.
type line struct {
	id          ChainID
	nodes       []*node
	first, last time.Time // of all windows
	told        []stretch // time that a finding or a digest that is present accounts for
}

type stretch struct{ from, to time.Time }

// newLine leaves out what lies where no digest of the chain has its place, and unproven digests whose
// window a proven one covers: they are reported, but say nothing about time.
func newLine(id ChainID, nodes []*node) *line {
	l := &line{id: id}
	var proven []*node
	for _, n := range nodes {
		if n.listing {
			proven = append(proven, n)
		}
	}
	for _, n := range nodes {
		if n.aside || (!n.listing && covered(proven, n)) {
			continue
		}
		if l.nodes = append(l.nodes, n); len(l.nodes) == 1 || n.start.Before(l.first) {
			l.first = n.start // not told by IsZero: a digest may claim the year 1
		}
		l.last = later(n.end, l.last)
	}
	return l
}

// covered tells that one of proven, which are in the order of their ends, spans the window of n.
func covered(proven []*node, n *node) bool {
	i := sort.Search(len(proven), func(i int) bool { return !proven[i].end.Before(n.end) })
	for ; i < len(proven) && proven[i].end.Sub(n.end) < 24*time.Hour; i++ {
		if p := proven[i]; !p.start.After(n.start) && n.end.After(p.start) {
			return true
		}
	}
	return false
}

// walkChains judges the time each chain vouches for.
func (v *verification) walkChains() {
	ids := make([]ChainID, 0, len(v.chains))
	for id := range v.chains {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, ChainID.compare)
	for _, id := range ids {
		v.report.Chains = append(v.report.Chains, v.walkChain(id, v.chains[id]))
	}
	v.compareChains()
}

func (v *verification) walkChain(id ChainID, nodes []*node) Chain {
	c := Chain{Account: id.Account, Region: id.Region, Trail: id.Trail, Home: id.Home, Kind: id.Kind, Gaps: []Gap{}}
	l := newLine(id, nodes)
	if len(l.nodes) == 0 {
		l.first, l.last = nodes[0].start, nodes[len(nodes)-1].end
	}
	c.From, c.To = l.first, l.last
	for _, n := range nodes {
		if n.counted {
			c.Digests.count(n.status)
		}
		c.Windows = append(c.Windows, n.window())
	}
	for i, n := range l.nodes {
		var older *node
		if i > 0 {
			older = l.nodes[i-1]
		}
		v.walkLink(&c, l, n, older)
	}
	if id.Kind == Standard {
		place := [2]string{id.Account, id.Region}
		v.lines[place] = append(v.lines[place], l)
		v.cover(&c, l)
		v.headAndTail(&c, l, nodes)
	}
	return c
}

// walkLink looks at what lies between a digest and the present one before it: a gap, missing
// digests, or windows that do not meet. An invalid digest's word opens none of these.
func (v *verification) walkLink(c *Chain, l *line, n, older *node) {
	if older != nil && (!n.listing || !older.listing) {
		l.told = append(l.told, stretch{older.end, n.start})
	}
	if !n.listing {
		l.told = append(l.told, stretch{n.start, n.end})
	}
	if !n.checkable() || (n.status == Invalid && !n.listing) {
		return
	}
	before := n.before()
	switch {
	case !n.digest.HasPrevious:
		if older != nil && c.Kind == Standard && n.start.After(older.end) {
			l.told = append(l.told, stretch{older.end, n.start})
			if v.overlaps(older.end, n.start) {
				v.gap(c, older.end, n.start)
			}
		}
	case before == nil:
		v.missing(c, l, n, older)
	case before.chain == n.chain && n.listing && before.listing && n.start.After(before.end):
		v.passedOver(c, l, before, n)
	}
}

// hole reports time inside a standard chain that no digest covers.
func (v *verification) hole(c *Chain, l *line, from, to time.Time, why string) {
	l.told = append(l.told, stretch{from, to})
	if c.Kind == Standard && v.overlaps(from, to) {
		v.report.add(Incomplete, "time-hole", c.id().name(), fmt.Sprintf("no digest covers %s to %s, %s", stamp(from), stamp(to), why))
	}
}

// passedOver reports the time between two linked digests whose windows do not meet. Where others cover
// it, the time is vouched for, and yet the link is not what CloudTrail writes.
func (v *verification) passedOver(c *Chain, l *line, before, n *node) {
	between := stretch{before.end, n.start}
	var there []stretch
	for _, o := range l.nodes {
		if o.status.proven() {
			there = append(there, stretch{o.start, o.end})
		}
	}
	for _, s := range union(there) {
		if !s.from.After(between.from) && !s.to.Before(between.to) {
			if c.Kind == Standard && v.overlaps(between.from, between.to) {
				v.report.add(Incomplete, "time-hole", c.id().name(), fmt.Sprintf("the link of %s passes over %s to %s, which other digests cover", n.location(), stamp(between.from), stamp(between.to)))
			}
			return
		}
	}
	v.hole(c, l, between.from, between.to, "though the digests are linked")
}

func (v *verification) gap(c *Chain, from, to time.Time) {
	g := Gap{From: from, To: to, CoincidesWith: v.coinciding(c, from, to)}
	c.Gaps = append(c.Gaps, g)
	detail := fmt.Sprintf("the chain restarts: no digest covers %s to %s", stamp(from), stamp(to))
	if len(g.CoincidesWith) > 0 {
		detail += "; coincides with " + strings.Join(g.CoincidesWith, ", ")
	}
	v.report.add(Incomplete, "gap", c.id().name(), detail)
}

// missing counts a run of digests that a link names and nobody has: the uncovered time in hours. What
// a backfill chain begins with cannot be told, so it has no head.
func (v *verification) missing(c *Chain, l *line, n, older *node) {
	object := n.digest.PreviousLocation()
	if object == "" {
		object = c.id().name() // it names no place, only a hash or signature
	} else if len(v.shelf.all(n.digest.PreviousBucket, n.digest.PreviousObject)) > 0 {
		object = n.location() // what lies there is no digest
	}
	hidden := v.unread.over(n.digest.PreviousBucket, n.digest.PreviousObject)
	if older == nil {
		if c.Kind == Backfill || !v.overlaps(n.start.Add(-time.Hour), n.start) || (!v.in.Since.IsZero() && !n.start.After(v.in.Since)) {
			return
		}
		if hidden != nil {
			v.hidden(c, hidden, 1, n.start.Add(-time.Hour), n.start)
		} else {
			v.count(c, 1)
			v.report.add(Incomplete, "digest-missing", object, "the chain begins before the evidence does")
		}
		v.report.add(Incomplete, "coverage-starts-late", c.id().name(), "nothing vouches for the time before "+stamp(n.start))
		return
	}
	from := older.end
	l.told = append(l.told, stretch{from, n.start})
	if from.Before(n.start) && !v.overlaps(from, n.start) || !from.Before(n.start) && !n.counted {
		return
	}
	count := max(1, int(math.Round(float64(stretch{from, n.start}.seconds())/3600)))
	if hidden != nil {
		v.hidden(c, hidden, count, from, n.start)
		c.Windows = append(c.Windows, Window{From: from, To: n.start, Status: Unverifiable, Object: object, Counted: true})
		return
	}
	v.count(c, count)
	v.report.add(Adverse, "digest-missing", object, fmt.Sprintf("%d missing, for %s to %s", count, stamp(from), stamp(n.start)))
	c.Windows = append(c.Windows, Window{From: from, To: n.start, Status: Missing, Object: object, Counted: true})
}

// hidden counts a run of digests, as many as missing ones would be, that should lie where nobody could
// look: nothing is known of them, which is no loss.
func (v *verification) hidden(c *Chain, place *unread, count int, from, to time.Time) {
	c.Digests.Unverifiable += count
	c.Digests.Total += count
	v.report.Digests.Unverifiable += count
	v.report.Digests.Total += count
	v.report.add(Incomplete, "digest-unreadable", place.file.Path, fmt.Sprintf("the digests of %s %s to %s should lie there: %s", c.id().name(), stamp(from), stamp(to), place.file.Unreadable))
}

func (v *verification) count(c *Chain, missing int) {
	c.Digests.Missing += missing
	c.Digests.Total += missing
	v.report.Digests.Missing += missing
	v.report.Digests.Total += missing
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
