// Package custody says what a verification found: in words for digests, log files and stretches of
// time, and as a pane about the record under a cursor. It must not know how a verification is made,
// nor any screen.
package custody

import (
	"time"

	"trailsift/model/integrity"
	"trailsift/ui/theme"
	"trailsift/ui/widget/heat"
	"trailsift/ui/widget/value"
)

// Limit is what no verification goes beyond. It stands on the screen at all times.
const Limit = "a hash proves delivery, not truth: what was delivered, not what happened"

// TrustMeans explains a trust.
func TrustMeans(t integrity.Trust) string {
	switch t {
	case integrity.TrustAWS:
		return "fetched from AWS over TLS"
	case integrity.TrustExaminer:
		return "given by the examiner, who vouches for it"
	case integrity.TrustDemo:
		return "DEMO KEY: its private half is public, it proves nothing"
	case integrity.TrustEvidence:
		return "lay among the evidence: it proves only that the pile agrees with itself"
	}
	return "not known"
}

// StatusMeans explains what was found about a digest.
func StatusMeans(s integrity.Status) string {
	switch s {
	case integrity.ValidSelf:
		return "its own signature is good"
	case integrity.ValidBySuccessor:
		return "its successor repeats its signature, and that is good"
	case integrity.HashLinked:
		return "no signature to check; a proven successor gives its hash"
	case integrity.Invalid:
		return "it does not match what CloudTrail delivered"
	case integrity.Missing:
		return "a digest names it and it is not here"
	}
	return "nothing proves it: no signature or no key is here"
}

// StatusWord names what was found about a digest.
func StatusWord(s integrity.Status) string {
	switch s {
	case integrity.ValidSelf:
		return "valid"
	case integrity.ValidBySuccessor:
		return "by successor"
	case integrity.HashLinked:
		return "hash only"
	case integrity.Unverifiable:
		return "not proven"
	}
	return string(s)
}

// ClassWord names what was found about a log file.
func ClassWord(class string) string {
	switch class {
	case "valid":
		return "matches"
	case "invalid":
		return "altered"
	case "outside_coverage":
		return "uncovered"
	}
	return class
}

// LackWord names why nothing vouches for a time.
func LackWord(l integrity.Lack) string {
	switch l {
	case integrity.LackGap:
		return "gap"
	case integrity.LackDigest:
		return "digests missing"
	case integrity.LackHole:
		return "hole"
	case integrity.LackUnproven:
		return "not proven"
	case integrity.LackBefore:
		return "before chain"
	}
	return "after chain"
}

// LackMeans explains why nothing vouches for a time.
func LackMeans(l integrity.Lack) string {
	switch l {
	case integrity.LackGap:
		return "the chain restarts: no digest covers this time"
	case integrity.LackDigest:
		return "a digest names a predecessor for this time that is not here"
	case integrity.LackHole:
		return "the windows of the digests do not meet, and no link accounts for it"
	case integrity.LackUnproven:
		return "the digest of this time is here and nothing proves it"
	case integrity.LackBefore:
		return "the range begins before the first digest of the chain"
	}
	return "the range ends after the last digest of the chain"
}

// Stretch prints two moments as briefly as the width allows.
func Stretch(from, to time.Time, wide bool) string {
	if from.IsZero() && to.IsZero() {
		return "no time"
	}
	if wide {
		if from.UTC().Format("2006-01-02") == to.UTC().Format("2006-01-02") {
			return value.Time(from) + " to " + to.UTC().Format("15:04:05Z")
		}
		return value.Time(from) + " to " + value.Time(to)
	}
	if from.UTC().Format("2006-01-02") == to.UTC().Format("2006-01-02") {
		return from.UTC().Format("01-02 15:04") + "-" + to.UTC().Format("15:04Z")
	}
	return from.UTC().Format("01-02 15:04") + "-" + to.UTC().Format("01-02 15:04Z")
}

// FileState is the state of a log file by the count it falls in.
func FileState(class string) heat.Cell {
	switch class {
	case "valid":
		return heat.Good
	case "invalid":
		return heat.Altered
	case "missing":
		return heat.Missing
	case "unlisted":
		return heat.Unlisted
	case "unreadable":
		return heat.Unreadable
	case "pending":
		return heat.Pending
	case "outside_coverage":
		return heat.Outside
	}
	return heat.Unproven
}

// DigestState is the state of a digest by itself.
func DigestState(kind integrity.Kind, s integrity.Status) heat.Cell {
	switch {
	case s == integrity.Missing:
		return heat.Absent
	case s == integrity.Invalid:
		return heat.Invalid
	case s == integrity.HashLinked:
		return heat.Linked
	case !s.Proven():
		return heat.Unproven
	case kind == integrity.Backfill:
		return heat.Backfill
	}
	return heat.Good
}

// LackState is the state of the hours that nothing vouches for.
func LackState(l integrity.Lack) heat.Cell {
	switch l {
	case integrity.LackGap:
		return heat.Gap
	case integrity.LackDigest:
		return heat.Absent
	case integrity.LackUnproven:
		return heat.Unproven
	}
	return heat.Hole
}

// RoleOf is how a state is painted; its sign and word stand beside it.
func RoleOf(c heat.Cell) theme.Role {
	switch {
	case c >= heat.Absent:
		return theme.Bad
	case c.Problem():
		return theme.Warn
	}
	return theme.Text
}

// Neighbour says who stands before or after a digest.
func Neighbour(n, of *integrity.Window, before bool) string {
	switch {
	case n == nil && before && of.Previous == "":
		return "none: the chain starts here"
	case n == nil && before:
		return "it names one that is not here"
	case n == nil:
		return "none: it is the newest of the chain"
	case before && of.Previous == "" && of.Status != integrity.Missing:
		return "it names none: the chain restarts here, after " + value.Time(n.To)
	case !before && n.Previous == "" && n.Status != integrity.Missing:
		return "names no predecessor: the chain restarts at " + value.Time(n.From)
	}
	return StatusWord(n.Status) + ", " + Stretch(n.From, n.To, true)
}
