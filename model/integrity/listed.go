package integrity

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"

	"trailsift/model"
)

// listed is everything the digests say of one log file.
type listed struct {
	bucket, object string
	by             []*node
	hashes         [][]byte // in step with by
	proven         bool     // a digest whose listings are believed is among them
	counted        bool
	byMinute       bool // counted for its delivery minute only
	files          []*File
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
	v.assignFiles(all)
	owner := map[[32]byte]string{} // of contents that proven digests list
	used := map[*File]bool{}
	chains := map[ChainID]*Chain{}
	for i := range v.report.Chains {
		chains[v.report.Chains[i].id()] = &v.report.Chains[i]
	}
	for _, l := range all {
		for _, f := range l.files {
			used[f] = true
		}
		if _, hashes := l.believed(); len(hashes) > 0 && hashes[0] != nil {
			if h := [32]byte(hashes[0]); owner[h] == "" {
				owner[h] = l.location()
			}
		}
		v.judgeListed(l, chains)
	}
	for _, f := range v.in.Files {
		if used[f] || v.byFile[f] != nil {
			continue
		}
		if name, ok := ParseLogName(f.Path); ok {
			v.judgeUnlisted(f, name, owner)
		}
	}
}

// collectListings gathers what digests list. The word of a digest that is neither proven nor in the
// range counts for nothing: it would hide a planted file behind a digest nobody reports.
func (v *verification) collectListings() []*listed {
	byPlace := map[string]*listed{}
	var all []*listed
	for _, n := range v.nodes {
		if !n.checkable() || !(n.listing || n.counted) {
			continue
		}
		for _, g := range n.digest.Logs {
			l := byPlace[g.Location()]
			if l == nil {
				l = &listed{bucket: g.Bucket, object: g.Object}
				byPlace[g.Location()] = l
				all = append(all, l)
			}
			l.by, l.hashes = append(l.by, n), append(l.hashes, g.Hash)
			l.counted, l.proven = l.counted || n.counted, l.proven || n.listing
		}
	}
	for _, l := range all {
		if name, ok := ParseLogName(l.object); ok && !l.counted && !name.Delivered.IsZero() && v.holds(name.Delivered) {
			l.counted, l.byMinute = true, true
		}
	}
	return all
}

// assignFiles gives every file to one listing: a proven one before others, then the one it lies
// closest to. A forged listing thus cannot draw a file away from its own.
func (v *verification) assignFiles(all []*listed) {
	type claim struct {
		by   *listed
		rank Rank
	}
	claims := map[*File]claim{}
	for _, l := range all {
		for _, f := range v.shelf.all(l.bucket, l.object) {
			if n := v.byFile[f]; n != nil && !n.aside {
				continue
			}
			c, old := claim{l, rankOfFile(f, l.bucket, l.object)}, claims[f]
			if old.by == nil || (l.proven && !old.by.proven) || (l.proven == old.by.proven && c.rank > old.rank) {
				claims[f] = c
			}
		}
	}
	for _, f := range v.in.Files {
		if c := claims[f]; c.by != nil {
			c.by.files = append(c.by.files, f)
		}
	}
	for _, l := range all {
		if len(l.files) < 2 {
			continue
		}
		_, hashes := l.believed()
		slices.SortStableFunc(l.files, func(a, b *File) int {
			return cmp.Or(cmp.Compare(claims[b].rank, claims[a].rank), compareBool(sound(b, hashes), sound(a, hashes)))
		})
	}
}

// matches tells that the content of f has one of the hashes; sound, that nothing else ails it.
func matches(f *File, hashes [][]byte) bool {
	return f.Unreadable == "" && (!f.Gzip || f.Whole) && slices.ContainsFunc(hashes, func(h []byte) bool { return bytes.Equal(h, f.Content[:]) })
}

func sound(f *File, hashes [][]byte) bool { return matches(f, hashes) && !f.Trailing }

func (v *verification) judgeListed(l *listed, chains map[ChainID]*Chain) {
	nodes, hashes := l.believed()
	if len(nodes) == 0 {
		v.tally(l, classUnverifiable, chains)
		v.tell(l, firstOf(l.files), l.location(), classUnverifiable, "only digests that are not proven list it")
		for _, f := range l.files {
			v.verdict(f, l.location(), classUnverifiable, model.Unverifiable, l.by[0], "only digests that are not proven list it")
			v.reportUnreadable(f, l.location(), l.counted)
		}
		return
	}
	conflict := slices.ContainsFunc(hashes, func(h []byte) bool { return !bytes.Equal(h, hashes[0]) })
	if conflict && l.counted {
		v.report.add(Adverse, "listing-conflict", l.location(), "proven digests give it different hashes")
	}
	var place *unread
	if len(l.files) == 0 {
		place = v.unread.over(l.bucket, l.object)
	}
	if place != nil {
		why := "it should lie in " + place.file.Path + ", which was not looked into: " + place.file.Unreadable
		v.tally(l, classUnreadable, chains)
		v.tell(l, nil, l.location(), classUnreadable, why)
		if l.counted {
			v.report.add(Incomplete, "log-unreadable", l.location(), why)
		}
		return
	}
	if len(l.files) == 0 {
		v.tally(l, classMissing, chains)
		v.tell(l, nil, l.location(), classMissing, "a proven digest lists it, but it is not here")
		if l.counted {
			v.report.add(Adverse, "log-missing", l.location(), "listed by "+nodes[0].location()+", but it is not here")
		}
		return
	}
	best := l.files[0]
	class := v.judgeFile(l, best, l.location(), conflict)
	v.tally(l, class, chains)
	v.tell(l, best, l.location(), class, v.report.ByFile[best].Why)
	for _, f := range l.files[1:] {
		if f.Unreadable == "" && f.Content == best.Content && f.Trailing == best.Trailing && f.Whole == best.Whole {
			v.note(f, v.report.ByFile[best])
			continue
		}
		if class := v.judgeFile(l, f, f.Path, conflict); class != classValid {
			v.tally(l, class, chains)
			v.tell(l, f, f.Path, class, v.report.ByFile[f].Why)
		}
	}
}

func firstOf(files []*File) *File {
	if len(files) == 0 {
		return nil
	}
	return files[0]
}

// tell adds a listed log file to those that the report goes through one by one.
func (v *verification) tell(l *listed, f *File, object, class, why string) {
	out := LogFile{Object: object, Class: class, Why: why, File: f, Counted: l.counted}
	nodes, hashes := l.believed()
	if len(nodes) == 0 {
		nodes, hashes = l.by, l.hashes
	}
	for _, n := range nodes {
		out.Digests = append(out.Digests, n.location())
	}
	out.Expected = hashes[0]
	if name, ok := ParseLogName(l.object); ok {
		out.Account, out.Region, out.Delivered = name.Account, name.Region, name.Delivered
	}
	v.report.LogFiles = append(v.report.LogFiles, out)
}

func (v *verification) reportUnreadable(f *File, object string, counted bool) {
	if f.Unreadable != "" && counted {
		v.report.add(Incomplete, "log-unreadable", object, f.Unreadable)
	}
}

// judgeFile compares one file with the hashes that proven digests give, says what it finds about
// object, and returns the class.
func (v *verification) judgeFile(l *listed, f *File, object string, conflict bool) string {
	nodes, hashes := l.believed()
	by := bestWord(nodes, hashes, f)
	if f.Unreadable != "" {
		v.reportUnreadable(f, object, l.counted)
		v.verdict(f, object, classUnreadable, model.Unverifiable, by, "its bytes could not be read: "+f.Unreadable)
		return classUnreadable
	}
	add := func(s Severity, code, detail string) {
		if l.counted {
			v.report.add(s, code, object, detail)
		}
	}
	why := ""
	switch {
	case f.Gzip && !f.Whole:
		why = "its gzip stream is cut or broken"
		add(Adverse, "log-format", why)
	case !matches(f, hashes):
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
		v.verdict(f, object, classInvalid, model.Altered, by, why)
		return classInvalid
	}
	v.verdict(f, object, classValid, model.Verified, by, "its content is what CloudTrail delivered")
	return classValid
}

// bestWord is the best trusted of the digests that give the content of f, else of them all.
func bestWord(nodes []*node, hashes [][]byte, f *File) *node {
	var best *node
	agrees := false
	for i, n := range nodes {
		a := bytes.Equal(hashes[i], f.Content[:])
		if best == nil || (a && !agrees) || (a == agrees && n.trust.rank() < best.trust.rank()) {
			best, agrees = n, a
		}
	}
	return best
}

func hexOrNone(h []byte) string {
	if h == nil {
		return "(unreadable)"
	}
	return hex.EncodeToString(h)
}

// tally counts a listed log in the whole and in the chains that list it.
func (v *verification) tally(l *listed, class string, chains map[ChainID]*Chain) {
	if !l.counted {
		return
	}
	v.report.Logs.count(class)
	var seen []ChainID
	for _, n := range l.by {
		if (n.counted || l.byMinute) && !slices.Contains(seen, n.chain) {
			seen = append(seen, n.chain)
			chains[n.chain].Logs.count(class)
		}
	}
}

// verdict records what is known about a file that is present.
func (v *verification) verdict(f *File, object, class string, badge model.Integrity, by *node, why string) {
	out := LogVerdict{Class: class, Badge: badge, Why: why, Object: object}
	if by != nil {
		out.Digest, out.Demo = by.location(), by.trust == TrustDemo
		if badge == model.Verified && by.trust == TrustEvidence {
			out.Badge = model.Unverifiable
			out.Why += ", by the word of a key that lay among the evidence"
		}
	}
	v.note(f, out)
}

func (v *verification) note(f *File, found LogVerdict) {
	v.report.ByFile[f] = found
	if _, twice := v.report.ByPath[f.Path]; !twice || found.Class != classValid {
		v.report.ByPath[f.Path] = found
	}
}
