package integrity

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"trailsift/model"
)

// Index finds things in one report: what a digest lists, who stands beside it, what was found about
// it. It changes nothing and may be shared once it is made.
type Index struct {
	Report *Report

	windows  map[string]Place // by location
	listed   map[string][]int // places in LogFiles, by the location of the digest
	loose    map[[2]string][]int
	findings map[string][]int
	members  map[model.MemberID]int
}

// Place is one window of one chain of a report.
type Place struct{ Chain, Window int }

// NewIndex reads r, which must not change afterwards.
func NewIndex(r *Report) *Index {
	x := &Index{Report: r, windows: map[string]Place{}, listed: map[string][]int{}, loose: map[[2]string][]int{}, findings: map[string][]int{}, members: map[model.MemberID]int{}}
	for c := range r.Chains {
		for w := range r.Chains[c].Windows {
			at := Place{c, w}
			// Of several files that claim one place the one that is proven speaks for it.
			if old, twice := x.windows[x.Window(at).Object]; !twice || (x.Window(at).Status.proven() && !x.Window(old).Status.proven()) {
				x.windows[x.Window(at).Object] = at
			}
		}
	}
	for i := range r.LogFiles {
		f := &r.LogFiles[i]
		for _, d := range f.Digests {
			x.listed[d] = append(x.listed[d], i)
		}
		if len(f.Digests) == 0 {
			place := [2]string{f.Account, f.Region}
			x.loose[place] = append(x.loose[place], i)
		}
		if f.File != nil && f.File.Member != 0 {
			x.members[f.File.Member] = i
		}
	}
	for _, list := range x.loose {
		slices.SortStableFunc(list, func(a, b int) int { return r.LogFiles[a].Delivered.Compare(r.LogFiles[b].Delivered) })
	}
	for i, f := range r.Findings {
		x.findings[f.Object] = append(x.findings[f.Object], i)
	}
	return x
}

// Window is the window at a place.
func (x *Index) Window(p Place) *Window { return &x.Report.Chains[p.Chain].Windows[p.Window] }

// Chain is the chain at a place.
func (x *Index) Chain(p Place) *Chain { return &x.Report.Chains[p.Chain] }

// Digest finds the window of the digest at a location.
func (x *Index) Digest(location string) (Place, bool) {
	p, ok := x.windows[location]
	return p, ok
}

// Neighbours are the windows before and after p in its chain; nil at an end.
func (x *Index) Neighbours(p Place) (before, after *Window) {
	ws := x.Report.Chains[p.Chain].Windows
	if p.Window > 0 {
		before = &ws[p.Window-1]
	}
	if p.Window+1 < len(ws) {
		after = &ws[p.Window+1]
	}
	return before, after
}

// FilesOf are the log files that the digest at p lists, and after them those that lie in its window
// though no digest lists them.
func (x *Index) FilesOf(p Place) []LogFile {
	w, c := x.Window(p), x.Chain(p)
	var out []LogFile
	for _, i := range x.listed[w.Object] {
		out = append(out, x.Report.LogFiles[i])
	}
	if c.Kind != Standard {
		return out
	}
	list := x.loose[[2]string{c.Account, c.Region}]
	at := sort.Search(len(list), func(i int) bool { return !x.Report.LogFiles[list[i]].Delivered.Before(w.From) })
	for ; at < len(list) && x.Report.LogFiles[list[at]].Delivered.Before(w.To); at++ {
		out = append(out, x.Report.LogFiles[list[at]])
	}
	return out
}

// Loose are the log files of a chain's account and Region that no digest lists, by time of delivery.
func (x *Index) Loose(chain int) []LogFile {
	c := &x.Report.Chains[chain]
	if c.Kind != Standard {
		return nil
	}
	var out []LogFile
	for _, i := range x.loose[[2]string{c.Account, c.Region}] {
		out = append(out, x.Report.LogFiles[i])
	}
	return out
}

// File is what was found about the file that a member of a case is.
func (x *Index) File(m model.MemberID) (LogFile, bool) {
	i, ok := x.members[m]
	if !ok {
		return LogFile{}, false
	}
	return x.Report.LogFiles[i], true
}

// About are the findings whose object is location.
func (x *Index) About(location string) []Finding {
	var out []Finding
	for _, i := range x.findings[location] {
		out = append(out, x.Report.Findings[i])
	}
	return out
}

// Lack says why nothing vouches for a stretch of time.
type Lack string

// The reasons.
const (
	LackGap      Lack = "gap"      // the chain restarts
	LackDigest   Lack = "missing"  // digests that a link names are not here
	LackHole     Lack = "hole"     // windows do not meet, and no link accounts for it
	LackUnproven Lack = "unproven" // the digest is here and not proven
	LackBefore   Lack = "before"   // the range begins before the chain does
	LackAfter    Lack = "after"    // the range ends after the chain does
)

// Uncovered is time of a chain that no proven digest covers.
type Uncovered struct {
	Chain         int
	From, To      time.Time
	Lack          Lack
	CoincidesWith []string
}

// Uncovered lists, in the order of time, what of a standard chain's span and of the range nothing
// vouches for. Backfill chains vouch for no stretch of time.
func (x *Index) Uncovered(chain int) []Uncovered {
	c, r := &x.Report.Chains[chain], x.Report.Range
	if c.Kind != Standard {
		return nil
	}
	var out []Uncovered
	add := func(from, to time.Time, lack Lack, with []string) {
		if to.After(from) {
			out = append(out, Uncovered{chain, from, to, lack, with})
		}
	}
	if r.Source != sourceEvidence {
		if r.From != nil {
			add(*r.From, earlier(c.From, upTo(r.To)), LackBefore, nil)
		}
		if r.To != nil {
			from := c.To
			if r.From != nil {
				from = later(from, *r.From)
			}
			add(from, *r.To, LackAfter, nil)
		}
	}
	known := make([]stretch, 0, len(c.Windows))
	for i := range c.Windows {
		w := &c.Windows[i]
		known = append(known, stretch{w.From, w.To})
		switch {
		case w.Status == Missing:
			add(w.From, w.To, LackDigest, nil)
		case !w.Status.proven():
			add(w.From, w.To, LackUnproven, nil)
		}
	}
	for _, g := range c.Gaps {
		add(g.From, g.To, LackGap, g.CoincidesWith)
		known = append(known, stretch{g.From, g.To})
	}
	reach := c.From
	for _, s := range union(known) {
		add(reach, s.from, LackHole, nil)
		reach = later(reach, s.to)
	}
	slices.SortStableFunc(out, func(a, b Uncovered) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) })
	return out
}

func upTo(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
