package integrity

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"trailsift/model"
)

// listed is everything the digests say of one log file.
type listed struct {
	bucket, object string
	by             []*node
	hashes         [][]byte // in step with by
	counted        bool
}

func (l *listed) location() string { return l.bucket + "/" + l.object }

// believed are the listings of digests that are proven, and the nodes they come from.
func (l *listed) believed() (nodes []*node, hashes [][]byte) {
	for i, n := range l.by {
		if n.listing {
			nodes, hashes = append(nodes, n), append(hashes, l.hashes[i])
		}
	}
	return nodes, hashes
}

// judgeLogs puts every log file, present or only listed, into one count.
func (v *verification) judgeLogs() {
	all := v.collectListings()
	used := map[*File]bool{}
	hashOwner := map[string]string{}
	for _, l := range all {
		if _, hashes := l.believed(); len(hashes) > 0 && hashes[0] != nil {
			hashOwner[hex.EncodeToString(hashes[0])] = l.location()
		}
	}
	for _, l := range all {
		v.judgeListed(l, used)
	}
	for _, f := range v.in.Files {
		if used[f] || v.byFile[f] != nil {
			continue
		}
		if name, ok := ParseLogName(f.Path); ok {
			v.judgeUnlisted(f, name, hashOwner)
		}
	}
}

func (v *verification) collectListings() []*listed {
	byPlace := map[string]*listed{}
	var all []*listed
	for _, n := range v.nodes {
		if !n.checkable() {
			continue
		}
		for _, g := range n.digest.Logs {
			l := byPlace[g.Location()]
			if l == nil {
				l = &listed{bucket: g.Bucket, object: g.Object}
				byPlace[g.Location()] = l
				all = append(all, l)
			}
			l.by, l.hashes, l.counted = append(l.by, n), append(l.hashes, g.Hash), l.counted || n.counted
		}
	}
	return all
}

func (v *verification) judgeListed(l *listed, used map[*File]bool) {
	files := v.shelf.all(l.bucket, l.object)
	files = slices.DeleteFunc(slices.Clone(files), func(f *File) bool { return v.byFile[f] != nil })
	for _, f := range files {
		used[f] = true
	}
	nodes, hashes := l.believed()
	if len(nodes) == 0 {
		v.tally(l, "unverifiable")
		for _, f := range files {
			v.verdict(f, "unverifiable", model.Unverifiable, l.by[0], "only digests that are not proven list it")
		}
		return
	}
	conflict := false
	for _, h := range hashes[1:] {
		conflict = conflict || !bytes.Equal(h, hashes[0])
	}
	if conflict && l.counted {
		v.report.add(Adverse, "listing-conflict", l.location(), "proven digests give it different hashes")
	}
	if len(files) == 0 {
		v.tally(l, "missing")
		if l.counted {
			v.report.add(Adverse, "log-missing", l.location(), "listed by "+nodes[0].location()+", but it is not here")
		}
		return
	}
	best := files[0]
	class := v.judgeFile(l, best, nodes[0], hashes, conflict)
	v.tally(l, class)
	for _, f := range files[1:] {
		v.judgeCopy(l, f, best, nodes[0], hashes, conflict)
	}
}

// judgeFile compares one file with the hash that proven digests give.
func (v *verification) judgeFile(l *listed, f *File, by *node, hashes [][]byte, conflict bool) string {
	add := func(s Severity, code, detail string) {
		if l.counted {
			v.report.add(s, code, l.location(), detail)
		}
	}
	if f.Unreadable != "" {
		add(Incomplete, "log-unreadable", f.Unreadable)
		v.verdict(f, "unreadable", model.Unverifiable, by, "its bytes could not be read: "+f.Unreadable)
		return "unreadable"
	}
	matches := (!f.Gzip || f.Whole) && slices.ContainsFunc(hashes, func(h []byte) bool { return bytes.Equal(h, f.Content[:]) })
	why := ""
	switch {
	case f.Gzip && !f.Whole:
		why = "its gzip stream is cut or broken"
		add(Adverse, "log-format", why)
	case !matches:
		why = "its content does not match what CloudTrail delivered"
		add(Adverse, "log-hash-mismatch", fmt.Sprintf("%s: expected SHA-256 %s, found %x", why, hexOrNone(hashes[0]), f.Content))
	case f.Trailing:
		why = "something follows the content that CloudTrail delivered"
		add(Adverse, "log-trailing-data", why)
	case conflict:
		why = "proven digests give it different hashes"
	}
	if f.Damaged {
		add(Notice, "container-damaged", "the end of its gzip file is cut or wrong")
	}
	if why != "" {
		v.verdict(f, "invalid", model.Altered, by, why)
		return "invalid"
	}
	v.verdict(f, "valid", model.Verified, by, "its content is what CloudTrail delivered")
	return "valid"
}

func hexOrNone(h []byte) string {
	if h == nil {
		return "(unreadable)"
	}
	return hex.EncodeToString(h)
}

// judgeCopy looks at a further file at the place of a listing: the same content counts once.
func (v *verification) judgeCopy(l *listed, f, best *File, by *node, hashes [][]byte, conflict bool) {
	if f.Unreadable == "" && f.Content == best.Content && f.Trailing == best.Trailing && f.Whole == best.Whole {
		v.report.ByPath[f.Path] = v.report.ByPath[best.Path]
		return
	}
	class := v.judgeFile(l, f, by, hashes, conflict)
	if class != "valid" {
		v.tally(l, class)
	}
}

// tally counts a listed log in the whole and in the chains that list it.
func (v *verification) tally(l *listed, class string) {
	if !l.counted {
		return
	}
	v.report.Logs.count(class)
	seen := map[ChainID]bool{}
	for _, n := range l.by {
		if !n.counted || seen[n.chain] {
			continue
		}
		seen[n.chain] = true
		for i := range v.report.Chains {
			if c := &v.report.Chains[i]; c.id() == n.chain {
				c.Logs.count(class)
			}
		}
	}
}

func (c *Chain) id() ChainID { return ChainID{c.Account, c.Region, c.Trail, c.Home, c.Kind} }

func (c *LogCounts) count(class string) {
	c.Total++
	switch class {
	case "valid":
		c.Valid++
	case "invalid":
		c.Invalid++
	case "missing":
		c.Missing++
	case "unlisted":
		c.Unlisted++
	case "unreadable":
		c.Unreadable++
	case "pending":
		c.Pending++
	case "outside_coverage":
		c.OutsideCoverage++
	default:
		c.Unverifiable++
	}
}

func (c *ChainLogCounts) count(class string) {
	c.Total++
	switch class {
	case "valid":
		c.Valid++
	case "invalid":
		c.Invalid++
	case "missing":
		c.Missing++
	case "unreadable":
		c.Unreadable++
	default:
		c.Unverifiable++
	}
}

// verdict records what is known about a file that is present.
func (v *verification) verdict(f *File, class string, badge model.Integrity, by *node, why string) {
	out := LogVerdict{Class: class, Badge: badge, Why: why}
	if by != nil {
		out.Digest, out.Demo = by.location(), by.trust == TrustDemo
		if badge == model.Verified && by.trust == TrustEvidence {
			out.Badge = model.Unverifiable
			out.Why += ", by the word of a key that lay among the evidence"
		}
	}
	v.report.ByPath[f.Path] = out
}

// judgeUnlisted decides what a log file is that no digest lists, from the minute of its delivery and
// the standard chains of its account and region. First that fits.
func (v *verification) judgeUnlisted(f *File, name LogName, hashOwner map[string]string) {
	t := name.Delivered
	class, badge, why := v.placeInTime(name)
	if f.Unreadable != "" && class == "unlisted" {
		class, badge, why = "unverifiable", model.Unverifiable, "no digest lists it and its bytes could not be read"
	}
	v.verdict(f, class, badge, nil, why)
	if !v.holds(t) {
		return
	}
	v.report.Logs.count(class)
	detail := why
	if owner := hashOwner[hex.EncodeToString(f.Content[:])]; owner != "" && f.Unreadable == "" {
		detail += "; its content is that of " + owner
	}
	switch class {
	case "unlisted":
		v.report.add(Adverse, "log-unlisted", f.Path, detail)
	case "pending":
		v.report.add(Notice, "pending", f.Path, detail)
		v.unvouched(name, "coverage-ends-early", "log files after the newest digest: nothing vouches for them yet")
	case "outside_coverage":
		first, last := v.span(name)
		if !last.IsZero() && !t.Before(last) {
			v.unvouched(name, "coverage-ends-early", "log files after the newest digest: nothing vouches for them")
		}
		if !first.IsZero() && t.Before(first) {
			v.unvouched(name, "coverage-starts-late", "log files before the first digest: nothing vouches for them")
		}
	}
}

// unvouched says of every standard chain of a log's account and region that it does not reach the log.
func (v *verification) unvouched(name LogName, code, detail string) {
	for id := range v.chains {
		if id.Account == name.Account && id.Region == name.Region && id.Kind == Standard {
			v.report.add(Incomplete, code, id.Account+" "+id.Region+" "+id.Trail, detail)
		}
	}
}

func (v *verification) standardChains(name LogName) [][]*node {
	var out [][]*node
	for id, nodes := range v.chains {
		if id.Account == name.Account && id.Region == name.Region && id.Kind == Standard {
			out = append(out, nodes)
		}
	}
	return out
}

// span is the time from the first window to the end of the newest over all chains of a log's account
// and region.
func (v *verification) span(name LogName) (first, last time.Time) {
	for _, nodes := range v.standardChains(name) {
		for _, n := range nodes {
			if first.IsZero() || n.start.Before(first) {
				first = n.start
			}
			last = later(n.end, last)
		}
	}
	return first, last
}

func (v *verification) placeInTime(name LogName) (class string, badge model.Integrity, why string) {
	t := name.Delivered
	chains := v.standardChains(name)
	spanned, newest, gap, unproven := false, false, false, false
	for _, nodes := range chains {
		first, last := bounds(nodes)
		if t.Before(first) || !t.Before(last) {
			continue
		}
		spanned = true
		state := v.stateAt(nodes, t)
		newest = newest || state == "newest"
		gap = gap || state == "gap"
		unproven = unproven || state == "unproven"
	}
	_, last := v.span(name)
	switch {
	case !spanned && !last.IsZero() && !t.Before(last) && t.Sub(last) <= 2*time.Hour:
		return "pending", model.Pending, "it was delivered after the newest digest's window, whose digest may be yet to come"
	case !spanned:
		return "outside_coverage", model.Uncovered, "no digest covers the time it was delivered"
	case newest:
		return "pending", model.Pending, "the newest digest does not list it, the next one may"
	case gap:
		return "outside_coverage", model.Uncovered, "it was delivered in a gap of the digest chain"
	case unproven:
		return "unverifiable", model.Unverifiable, "the digests that should list it are absent or not proven"
	}
	return "unlisted", model.Unlisted, "no digest lists it, though the digests of its time are proven"
}

func bounds(nodes []*node) (first, last time.Time) {
	first = nodes[0].start
	for _, n := range nodes {
		if n.start.Before(first) {
			first = n.start
		}
		last = later(n.end, last)
	}
	return first, last
}

// stateAt says what one chain has at an instant inside its span: "newest" (its last window), "gap"
// (a restart), "unproven" (the window or the next is absent or not proven), "proven".
func (v *verification) stateAt(nodes []*node, t time.Time) string {
	for i, n := range nodes {
		if t.Before(n.start) {
			if n.digest != nil && n.place != Elsewhere && n.status.proven() && !n.digest.HasPrevious {
				return "gap"
			}
			return "unproven"
		}
		if !t.Before(n.end) {
			continue
		}
		if i == len(nodes)-1 {
			if n.status.proven() {
				return "newest"
			}
			return "unproven"
		}
		next := nodes[i+1]
		if n.status.proven() && next.status.proven() && (next.before == n || !next.start.After(n.end)) {
			return "proven"
		}
		if n.status.proven() && next.status.proven() && !next.digest.HasPrevious {
			return "newest" // the last window before a restart has no next
		}
		return "unproven"
	}
	return "unproven"
}

// finish adds up the ranges and draws the conclusion.
func (v *verification) finish() {
	for _, f := range v.in.Files {
		if f.Unreadable != "" && v.byFile[f] == nil {
			if _, isLog := ParseLogName(f.Path); isLog {
				if _, judged := v.report.ByPath[f.Path]; judged && !v.counted(f.Path) {
					v.report.add(Incomplete, "log-unreadable", f.Path, f.Unreadable)
				}
			}
		}
	}
	for i := range v.report.Chains {
		slices.SortFunc(v.report.Chains[i].Windows, func(a, b Window) int {
			return strings.Compare(stamp(a.From)+stamp(a.To), stamp(b.From)+stamp(b.To))
		})
	}
	if v.report.Range.Source == "evidence" {
		v.evidenceRange()
	}
	v.report.conclude()
}

func (v *verification) counted(p string) bool {
	return slices.ContainsFunc(v.report.Findings, func(f Finding) bool {
		return f.Code == "log-unreadable" && (f.Object == p || strings.HasSuffix(f.Object, p) || strings.HasSuffix(p, f.Object))
	})
}

func (v *verification) evidenceRange() {
	var from, to time.Time
	for _, c := range v.report.Chains {
		if from.IsZero() || c.From.Before(from) {
			from = c.From
		}
		to = later(c.To, to)
	}
	if len(v.report.Chains) > 0 {
		v.report.Range.From, v.report.Range.To = &from, &to
	}
}
