package verify

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"trailsift/model/integrity"
	"trailsift/model/safe"
	"trailsift/ui/theme"
	"trailsift/ui/widget/heat"
	"trailsift/ui/widget/value"
)

// tell is n of a state, with its sign and word; empty for none.
func tell(th *theme.Theme, c heat.Cell, n int, word string) string {
	if n == 0 {
		return ""
	}
	s := heat.Sign(th, c)
	return th.Paint(s.Role, s.Glyph+" "+value.Count(int64(n))+" "+word)
}

func join(sep string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, sep)
}

func proven(d integrity.DigestCounts) int { return d.Valid + d.ValidBySuccessor + d.HashLinked }

func ratio(n, of int) string { return value.Count(int64(n)) + "/" + value.Count(int64(of)) }

// totals says how much is proven, troubles what is not: counts, and never one word for all of it.
func totals(r *integrity.Report) string {
	return fmt.Sprintf("digests %s proven   logs %s match", ratio(proven(r.Digests), r.Digests.Total), ratio(r.Logs.Valid, r.Logs.Total))
}

func troubles(th *theme.Theme, r *integrity.Report) []string {
	gaps := 0
	for _, c := range r.Chains {
		gaps += len(c.Gaps)
	}
	lost := func(c heat.Cell, n int, seconds int64, one, many string) string {
		if n == 0 {
			return ""
		}
		word := many
		if n == 1 {
			word = one
		}
		return tell(th, c, n, word+" "+seconds64(seconds))
	}
	hole := ""
	if r.Coverage.Hole > 0 {
		s := heat.Sign(th, heat.Hole)
		hole = th.Paint(s.Role, s.Glyph+" holes "+seconds64(r.Coverage.Hole))
	}
	all := []string{
		tell(th, heat.Altered, r.Logs.Invalid, "altered"), tell(th, heat.Missing, r.Logs.Missing, "missing"), tell(th, heat.Unlisted, r.Logs.Unlisted, "unlisted"),
		tell(th, heat.Invalid, r.Digests.Invalid, plural(r.Digests.Invalid, "digest")+" invalid"), tell(th, heat.Absent, r.Digests.Missing, plural(r.Digests.Missing, "digest")+" missing"),
		lost(heat.Gap, gaps, r.Coverage.Gap, "gap", "gaps"), hole,
		tell(th, heat.Unproven, r.Digests.Unverifiable, plural(r.Digests.Unverifiable, "digest")+" not proven"), tell(th, heat.Unproven, r.Logs.Unverifiable, "unverifiable"),
		tell(th, heat.Unreadable, r.Logs.Unreadable, "unreadable"), tell(th, heat.Pending, r.Logs.Pending, "pending"), tell(th, heat.Outside, r.Logs.OutsideCoverage, "outside coverage"),
	}
	out := slices.DeleteFunc(all, func(s string) bool { return s == "" })
	if len(out) == 0 {
		return []string{"nothing missing, altered or unlisted"}
	}
	return out
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

func seconds64(n int64) string { return (time.Duration(n) * time.Second).String() }

// rangeWords says which span was judged and where it comes from.
func rangeWords(r *integrity.Report, wide bool) string {
	form := "2006-01-02 15:04Z"
	if wide {
		form = "2006-01-02 15:04:05Z"
	}
	from, to := "the beginning", "the end"
	if r.Range.From != nil {
		from = r.Range.From.UTC().Format(form)
	}
	if r.Range.To != nil {
		to = r.Range.To.UTC().Format(form)
	}
	switch r.Range.Source {
	case "window":
		return "incident window " + from + " to " + to
	case "asked":
		return "range asked " + from + " to " + to
	}
	return "own span " + from + " to " + to + "; nothing is proven beyond it"
}

// keyWords says whose word the proofs rest on.
func keyWords(r *integrity.Report) string {
	by := map[integrity.Trust]int{}
	for _, k := range r.Keys {
		by[k.Trust]++
	}
	var parts []string
	for _, t := range []struct {
		trust integrity.Trust
		word  string
	}{{integrity.TrustAWS, "fetched from AWS"}, {integrity.TrustExaminer, "given by the examiner"}, {integrity.TrustEvidence, "found among the evidence"}, {integrity.TrustDemo, "DEMO KEY"}} {
		if n := by[t.trust]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, t.word))
		}
	}
	if len(parts) == 0 {
		return "no public keys: nothing can be proven"
	}
	return "keys: " + strings.Join(parts, ", ")
}

// touched is the number of clock hours a stretch lies in.
func touched(from, to time.Time) int64 {
	first := from.UTC().Truncate(time.Hour)
	return int64((to.UTC().Sub(first) + time.Hour - 1) / time.Hour)
}

func hash(b []byte) string {
	if len(b) == 0 {
		return "none"
	}
	return hex.EncodeToString(b)
}

// show makes foreign text printable.
func (v *Verify) show(s string) string { return v.theme.Show(safe.New(s).String()) }
