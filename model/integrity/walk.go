package integrity

import (
	"fmt"
	"math"
	"slices"
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
		if n.digest == nil || n.place == Elsewhere {
			start = n.end.Add(-time.Hour)
		}
		n.counted = v.overlaps(start, n.end)
	}
}

// reportDigests adds the findings about each counted digest and its link.
func (v *verification) reportDigests() {
	for _, n := range v.nodes {
		if !n.counted {
			continue
		}
		v.report.Digests.count(n.status)
		if n.status.proven() {
			v.report.trusts[n.trust] = true
		}
		v.reportDigest(n)
		v.reportLink(n)
	}
}

func (v *verification) reportDigest(n *node) {
	add := func(s Severity, code, detail string) { v.report.add(s, code, n.location(), detail) }
	switch {
	case n.file.Unreadable != "":
		add(Incomplete, "digest-unreadable", n.file.Unreadable)
		return
	case n.digest == nil:
		add(Adverse, "digest-format", v.whyFormat(n.file))
		return
	case n.place == Elsewhere:
		add(Adverse, "digest-moved", "it lies at "+n.file.Path+" and says it was delivered to "+n.digest.Location())
		return
	}
	if n.file.Trailing {
		add(Adverse, "digest-trailing-data", "something follows the digest in its file")
	}
	if n.file.Damaged {
		add(Notice, "container-damaged", "the end of its gzip file is cut or wrong; the content is whole")
	}
	v.reportSignature(n, add)
	if m := n.metadata; m != nil {
		if m.Algorithm != "" && m.Algorithm != "SHA256withRSA" {
			add(Notice, "digest-algorithm-unexpected", "its metadata names the algorithm "+m.Algorithm)
		}
		if n.chain.Kind == Backfill && m.BackfillTimestamp == "" {
			add(Notice, "backfill-timestamp-absent", "its metadata lacks the time it was generated")
		}
	}
	if a := n.digest.Algorithm; a != "" && a != "SHA256withRSA" {
		add(Notice, "digest-algorithm-unexpected", "it names the algorithm "+a)
	}
}

func (v *verification) whyFormat(f *File) string {
	if f.Gzip && !f.Whole {
		return "its gzip stream is cut or broken"
	}
	if _, err := ParseDigest(f.Body); err != nil {
		return err.Error()
	}
	return "it could not be read as a digest"
}

func (v *verification) reportSignature(n *node, add func(Severity, string, string)) {
	_, state := v.keyOf(n.digest)
	soft := Incomplete
	if n.listing {
		soft = Notice
	}
	switch state {
	case keyUnknown:
		add(soft, "digest-key-unknown", "no key with fingerprint "+n.digest.Fingerprint+" was given")
		return
	case keyUnusable:
		add(soft, "digest-key-unusable", "the key with fingerprint "+n.digest.Fingerprint+" is refused: "+v.keys[n.digest.Fingerprint][0].Problem)
		return
	}
	switch {
	case n.metadata == nil || n.metadata.Signature == "":
		if n.status == Invalid && !n.listing {
			add(Adverse, "digest-signature-invalid", "its content is not what its successor vouches for")
			return
		}
		detail := "its signature is kept by S3 beside the object and is not here"
		if len(n.after) == 0 {
			detail += "; it is the newest of its chain, so no successor repeats it"
		}
		add(soft, "digest-signature-absent", detail)
	case n.status == ValidSelf || (n.file.Trailing && v.ownSignature(n)):
	case n.listing && v.ownSignature(n):
	case n.listing:
		add(Adverse, "digest-metadata-signature-mismatch", "its successor proves it, but the signature kept beside it is another")
	default:
		add(Adverse, "digest-signature-invalid", "its content does not match its signature")
	}
}

func (v *verification) ownSignature(n *node) bool {
	if n.metadata == nil {
		return false
	}
	sig, err := DecodeSignature(n.metadata.Signature)
	return err == nil && v.signedBy(n, sig) != nil
}

// reportLink compares what a proven digest says of its predecessor with the predecessor. The object
// of a finding is whichever of the two is not proven by another way, else the successor.
func (v *verification) reportLink(n *node) {
	p := n.before
	if p == nil || !n.listing || !p.checkable() || p.file.Unreadable != "" {
		return
	}
	object := n.location()
	if !p.listing {
		object = p.location()
	}
	if n.digest.PreviousHash == nil || !v.hashAgrees(n, p) {
		v.report.add(Adverse, "link-hash-mismatch", object, "the hash that "+n.location()+" gives for "+p.location()+" is not its hash")
	}
	if _, state := v.keyOf(p.digest); state != keyKnown || !p.listing {
		return
	}
	if v.signedBy(p, n.digest.PreviousSignature) == nil {
		v.report.add(Adverse, "link-signature-mismatch", object, "the signature that "+n.location()+" repeats is not that of "+p.location())
	}
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
	v.compareChains(ids)
}

func (v *verification) walkChain(id ChainID, nodes []*node) Chain {
	c := Chain{Account: id.Account, Region: id.Region, Trail: id.Trail, Home: id.Home, Kind: id.Kind, Gaps: []Gap{}}
	c.From, c.To = nodes[0].start, nodes[0].end
	for i, n := range nodes {
		if n.start.Before(c.From) {
			c.From = n.start
		}
		if n.end.After(c.To) {
			c.To = n.end
		}
		if n.counted {
			c.Digests.count(n.status)
		}
		var older *node
		if i > 0 {
			older = nodes[i-1]
		}
		v.walkLink(&c, n, older)
		c.Windows = append(c.Windows, Window{From: n.start, To: n.end, Status: n.status, Object: n.location(), File: n.file, Logs: n.listed()})
	}
	if id.Kind == Standard {
		v.cover(&c, nodes)
		v.headAndTail(&c, nodes)
	}
	return c
}

func (n *node) listed() []string {
	if n.digest == nil {
		return nil
	}
	out := make([]string, len(n.digest.Logs))
	for i, l := range n.digest.Logs {
		out[i] = l.Location()
	}
	return out
}

// walkLink looks at what lies between a digest and the present one before it: a gap, missing
// digests, or windows that do not meet. An invalid digest's word opens none of these.
func (v *verification) walkLink(c *Chain, n, older *node) {
	if n.digest == nil || n.place == Elsewhere || (n.status == Invalid && !n.listing) {
		return
	}
	switch {
	case n.digest.PreviousLocation() == "" && !n.digest.HasPrevious:
		if older != nil && c.Kind == Standard && n.start.After(older.end) && v.overlaps(older.end, n.start) {
			v.gap(c, older.end, n.start)
		}
	case n.before == nil:
		v.missing(c, n, older)
	case n.before.chain == n.chain && c.Kind == Standard && n.listing && n.before.listing && n.start.After(n.before.end) && v.overlaps(n.before.end, n.start):
		v.report.add(Incomplete, "time-hole", n.location(), fmt.Sprintf("no digest covers %s to %s, though the digests are linked", stamp(n.before.end), stamp(n.start)))
	}
}

func (v *verification) gap(c *Chain, from, to time.Time) {
	g := Gap{From: from, To: to, CoincidesWith: []string{}}
	for _, e := range v.in.Events {
		near := e.Time.After(from.Add(-2*time.Hour)) && e.Time.Before(to.Add(2*time.Hour))
		if near && (e.Account == "" || e.Account == c.Account) && (e.Region == "" || e.Region == c.Region || e.Region == c.Home) {
			g.CoincidesWith = append(g.CoincidesWith, stamp(e.Time)+" "+e.Text)
		}
	}
	slices.Sort(g.CoincidesWith)
	c.Gaps = append(c.Gaps, g)
	detail := fmt.Sprintf("the chain restarts: no digest covers %s to %s", stamp(from), stamp(to))
	if len(g.CoincidesWith) > 0 {
		detail += "; coincides with " + strings.Join(g.CoincidesWith, ", ")
	}
	v.report.add(Incomplete, "gap", c.name(), detail)
}

// missing counts a run of digests that a link names and nobody has: the uncovered time in hours.
func (v *verification) missing(c *Chain, n, older *node) {
	from := n.start.Add(-time.Hour)
	if older != nil {
		from = older.end
	}
	if !v.overlaps(from, n.start) && !(older != nil && from.Equal(n.start) && n.counted) {
		return
	}
	if older == nil {
		if !v.in.Since.IsZero() && !n.start.After(v.in.Since) {
			return // the head of the range needs nothing before it
		}
		v.count(c, 1)
		v.report.add(Incomplete, "digest-missing", n.digest.PreviousLocation(), "the chain begins before the evidence does")
		v.report.add(Incomplete, "coverage-starts-late", c.name(), "nothing vouches for the time before "+stamp(n.start))
		return
	}
	count := max(1, int(math.Round(n.start.Sub(from).Hours())))
	v.count(c, count)
	v.report.add(Adverse, "digest-missing", n.digest.PreviousLocation(), fmt.Sprintf("%d missing, for %s to %s", count, stamp(from), stamp(n.start)))
	c.Windows = append(c.Windows, Window{From: from, To: n.start, Status: "missing", Object: n.digest.PreviousLocation()})
}

func (v *verification) count(c *Chain, missing int) {
	c.Digests.Missing += missing
	c.Digests.Total += missing
	v.report.Digests.Missing += missing
	v.report.Digests.Total += missing
}

func (c *Chain) name() string { return c.Account + " " + c.Region + " " + c.Trail }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// cover sums the time of a standard chain, clipped to the range: proven windows, restarts, the rest.
func (v *verification) cover(c *Chain, nodes []*node) {
	type stretch struct{ from, to time.Time }
	clip := func(from, to time.Time) (stretch, bool) {
		if !v.in.Since.IsZero() && from.Before(v.in.Since) {
			from = v.in.Since
		}
		if !v.in.Until.IsZero() && to.After(v.in.Until) {
			to = v.in.Until
		}
		return stretch{from, to}, to.After(from)
	}
	var windows []stretch
	for _, n := range nodes {
		if s, ok := clip(n.start, n.end); ok && n.status.proven() {
			windows = append(windows, s)
		}
	}
	slices.SortFunc(windows, func(a, b stretch) int { return a.from.Compare(b.from) })
	covered, gap := time.Duration(0), time.Duration(0)
	var reach time.Time
	for _, w := range windows {
		if w.from.Before(reach) {
			w.from = reach
		}
		if w.to.After(w.from) {
			covered += w.to.Sub(w.from)
			reach = w.to
		}
	}
	for _, g := range c.Gaps {
		if s, ok := clip(g.From, g.To); ok {
			gap += s.to.Sub(s.from)
		}
	}
	all, _ := clip(c.From, c.To)
	v.report.Coverage.Covered += int64(covered.Seconds())
	v.report.Coverage.Gap += int64(gap.Seconds())
	v.report.Coverage.Hole += max(0, int64(all.to.Sub(all.from).Seconds())-int64(covered.Seconds())-int64(gap.Seconds()))
}

// headAndTail reports the parts of an asked range that lie before a chain's first window or after
// its last, without tolerance.
func (v *verification) headAndTail(c *Chain, nodes []*node) {
	if !v.in.Since.IsZero() && c.From.After(v.in.Since) {
		v.report.add(Incomplete, "coverage-starts-late", c.name(), fmt.Sprintf("nothing vouches for %s to %s", stamp(v.in.Since), stamp(earlier(c.From, v.in.Until))))
	}
	if !v.in.Until.IsZero() && c.To.Before(v.in.Until) {
		v.report.add(Incomplete, "coverage-ends-early", c.name(), fmt.Sprintf("nothing vouches for %s to %s", stamp(later(c.To, v.in.Since)), stamp(v.in.Until)))
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
// regions that only some accounts of a trail have.
func (v *verification) compareChains(ids []ChainID) {
	if v.report.Range.Source != "evidence" {
		return
	}
	type trail struct{ name, home string }
	newest := map[trail]time.Time{}
	regions, accounts := map[trail]map[string]bool{}, map[trail]map[string]map[string]bool{}
	for _, c := range v.report.Chains {
		if c.Kind != Standard {
			continue
		}
		t := trail{c.Trail, c.Home}
		newest[t] = later(c.To, newest[t])
		if regions[t] == nil {
			regions[t], accounts[t] = map[string]bool{}, map[string]map[string]bool{}
		}
		regions[t][c.Region] = true
		if accounts[t][c.Account] == nil {
			accounts[t][c.Account] = map[string]bool{}
		}
		accounts[t][c.Account][c.Region] = true
	}
	for i := range v.report.Chains {
		c := &v.report.Chains[i]
		if end := newest[trail{c.Trail, c.Home}]; c.Kind == Standard && end.Sub(c.To) > 2*time.Hour {
			v.report.add(Incomplete, "coverage-ends-early", c.name(), fmt.Sprintf("it ends %s, other chains of its trail reach %s", stamp(c.To), stamp(end)))
		}
	}
	for t, byAccount := range accounts {
		for account, has := range byAccount {
			for region := range regions[t] {
				if !has[region] {
					v.report.add(Incomplete, "region-absent", account+" "+region+" "+t.name, "other accounts of the trail have digests of this Region")
				}
			}
		}
	}
}
