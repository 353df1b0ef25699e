package integrity

import (
	"sort"
	"time"

	"trailsift/model"
)

// pendingFor is how long after the newest digest a log may wait for one: an hour's window and the
// time its delivery takes.
const pendingFor = 2 * time.Hour

// judgeUnlisted decides what a log file is that no digest lists, from the minute of its delivery and
// the standard chains of its account and region.
func (v *verification) judgeUnlisted(f *File, name LogName, owner map[[32]byte]string) {
	class, badge, why := v.placeInTime(name)
	counted := name.Delivered.IsZero() || v.holds(name.Delivered)
	v.verdict(f, f.Path, class, badge, nil, why)
	if place := owner[f.Content]; place != "" && f.Unreadable == "" {
		why += "; its content is that of " + place
	}
	v.report.LogFiles = append(v.report.LogFiles, LogFile{Object: f.Path, Class: class, Why: why, File: f,
		Account: name.Account, Region: name.Region, Delivered: name.Delivered, Counted: counted})
	if !counted {
		return
	}
	v.report.Logs.count(class)
	v.reportUnreadable(f, f.Path, true)
	switch class {
	case classUnlisted:
		v.report.add(Adverse, "log-unlisted", f.Path, why)
	case classPending:
		v.report.add(Notice, "pending", f.Path, why)
		v.awaited(name)
	case classOutsideCoverage:
		first, last, ok := v.span(name)
		switch {
		case !ok:
			if len(v.report.Chains) > 0 {
				v.report.add(Incomplete, "region-absent", name.Account+" "+name.Region, "log files of this Region are here, but none of its digests")
			}
		case !name.Delivered.Before(last):
			v.unvouched(name, "coverage-ends-early", "log files after the newest digest: nothing vouches for them")
		case name.Delivered.Before(first):
			v.unvouched(name, "coverage-starts-late", "log files before the first digest: nothing vouches for them")
		}
	}
}

func (v *verification) linesOf(name LogName) []*line {
	return v.lines[[2]string{name.Account, name.Region}]
}

// unvouched says of every standard chain of a log's account and region that it does not reach the log.
func (v *verification) unvouched(name LogName, code, detail string) {
	for _, l := range v.linesOf(name) {
		v.report.add(Incomplete, code, l.id.name(), detail)
	}
}

// awaited says of the standard chains that a pending log waits for that they do not reach it: those in
// whose newest window it lies, else all. Another trail that is whole at that time is not to blame.
func (v *verification) awaited(name LogName) {
	const detail = "log files after the newest digest: nothing vouches for them yet"
	inWindow := false
	for _, l := range v.linesOf(name) {
		if l.spans(name.Delivered) && l.at(name.Delivered) == stateNewest {
			inWindow = true
			v.report.add(Incomplete, "coverage-ends-early", l.id.name(), detail)
		}
	}
	if !inWindow {
		v.unvouched(name, "coverage-ends-early", detail)
	}
}

// span is the time from the first window to the end of the newest over all chains of a log's account
// and region.
func (v *verification) span(name LogName) (first, last time.Time, ok bool) {
	for _, l := range v.linesOf(name) {
		if !ok || l.first.Before(first) {
			first = l.first
		}
		last, ok = later(l.last, last), true
	}
	return first, last, ok
}

// state is what one chain has at an instant of its span.
type state int

const (
	stateProven   state = iota // the window and the next are present and proven
	stateNewest                // the newest window, which has no next
	stateGap                   // a restart
	stateUnproven              // the window or the next is absent or not proven
)

// placeInTime decides the class of a log that no digest lists. First that fits. Only the chains that
// span the minute of its delivery have a say in it; where another trail of the account may have
// delivered it, that is told.
func (v *verification) placeInTime(name LogName) (class string, badge model.Integrity, why string) {
	t := name.Delivered
	if t.IsZero() {
		return classUnverifiable, model.Unverifiable, "no digest lists it, and its name does not tell when it was delivered"
	}
	spanned, other := false, ""
	var has [stateUnproven + 1]bool
	for _, l := range v.linesOf(name) {
		switch {
		case l.spans(t):
			spanned = true
			has[l.at(t)] = true
		case l.mayReach(t):
			other = "; digests of the trail " + l.id.Trail + " that are not here may have listed it"
		}
	}
	_, last, known := v.span(name)
	switch {
	case !spanned && known && !t.Before(last) && t.Sub(last) <= pendingFor:
		return classPending, model.Pending, "it was delivered after the newest digest's window, whose digest may be yet to come"
	case !spanned:
		return classOutsideCoverage, model.Uncovered, "no digest covers the time it was delivered"
	case has[stateNewest]:
		return classPending, model.Pending, "the newest digest does not list it, the next one may"
	case has[stateGap]:
		return classOutsideCoverage, model.Uncovered, "it was delivered in a gap of the digest chain"
	case has[stateUnproven]:
		return classUnverifiable, model.Unverifiable, "the digests that should list it are absent or not proven"
	}
	return classUnlisted, model.Unlisted, "no digest lists it, though the digests of its time are proven" + other
}

// spans tells that an instant lies between the chain's first window and the end of its newest.
func (l *line) spans(t time.Time) bool { return !t.Before(l.first) && t.Before(l.last) }

// mayReach tells that an instant outside the span of a chain may have been in one of its digests that
// is not here: so soon after its newest one, or before one that names a predecessor.
func (l *line) mayReach(t time.Time) bool {
	if len(l.nodes) == 0 {
		return false
	}
	if t.Before(l.first) {
		head := l.nodes[0]
		return !head.checkable() || head.digest.HasPrevious
	}
	return !t.Before(l.last) && t.Sub(l.last) <= pendingFor
}

// at is the state of a chain at an instant inside its span. Only the newest window has no next: that of
// the last one before a restart is the digest the chain restarts with.
func (l *line) at(t time.Time) state {
	i := sort.Search(len(l.nodes), func(i int) bool { return l.nodes[i].end.After(t) })
	if i == len(l.nodes) {
		return stateUnproven
	}
	n := l.nodes[i]
	if t.Before(n.start) {
		if n.status.proven() && !n.digest.HasPrevious {
			return stateGap
		}
		return stateUnproven
	}
	if i == len(l.nodes)-1 {
		return stateNewest
	}
	next := l.nodes[i+1]
	switch {
	case !n.status.proven() || !next.status.proven():
		return stateUnproven
	case next.before() == n || !next.start.After(n.end) || !next.digest.HasPrevious:
		return stateProven
	}
	return stateUnproven
}
