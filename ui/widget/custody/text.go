package custody

import (
	"fmt"
	"time"

	"trailsift/model/integrity"
	"trailsift/ui/theme"
	"trailsift/ui/widget/heat"
	"trailsift/ui/widget/value"
)

// lacksShown bounds the stretches that are told one by one.
const lacksShown = 4

// text is what the pane says, in lines of w cells.
func (p *Pane) text(w int) []string {
	page := NewPage(p.theme, w)
	switch {
	case p.source == nil:
		page.Say("", "this session cannot verify")
	case p.failed != "":
		page.Put("", theme.Bad, p.failed)
	case p.known == nil:
		page.Say("", "reading the verification"+p.theme.Cut)
	case !p.set:
		page.Say("", "no record under the cursor")
	default:
		p.badge(page)
		at, found := p.digest(page)
		p.lacking(page)
		if found {
			p.chain(page, at)
		}
		p.file(page)
		page.Put("limit", theme.Dim, Limit)
	}
	return page.Lines()
}

// badge says what the badge is and why.
func (p *Pane) badge(page *Page) {
	sign := p.theme.BadgeOf(p.record.Badge)
	page.Put("badge", sign.Role, sign.Glyph+" "+sign.Word+": "+sign.Means)
	v, judged := p.known.verdicts[p.record.ID.Member]
	switch {
	case p.record.Access:
		page.Say("why", "a server access log: S3 delivers no digests for these, so nothing but the bucket they lie in vouches for them")
	case p.known.index == nil:
		page.Say("why", "the case was never verified: 6 and r verify it")
	case !judged:
		page.Say("why", "the last verification did not judge this file: 6 and r run again")
	default:
		why := v.Why
		if v.Demo {
			why += " (DEMO KEY)"
		}
		page.Say("why", why)
	}
	if p.known.stale {
		page.Put("old", theme.Warn, "evidence, keys or the incident window changed since: 6 and r run again")
	}
}

// digest says which digest names the file, or covers its time, and who stands beside that digest.
func (p *Pane) digest(page *Page) (at integrity.Place, ok bool) {
	x := p.known.index
	if x == nil || p.record.Access {
		return at, false
	}
	v := p.known.verdicts[p.record.ID.Member]
	at, ok = x.Digest(v.Digest)
	switch {
	case ok:
		page.Put("digest", RoleOf(p.stateOf(at)), p.windowWords(at))
		page.Name("", x.Window(at).Object)
	case v.Digest != "":
		page.Name("digest", v.Digest)
		return at, false
	default:
		f, known := x.File(p.record.ID.Member)
		if !known || f.Delivered.IsZero() {
			page.Say("digest", "none names the file")
			return at, false
		}
		if at, ok = windowOf(x, f); !ok {
			page.Say("digest", "none names the file, and none covers the minute of its delivery, "+value.Time(f.Delivered))
			return at, false
		}
		page.Put("digest", theme.Warn, "none names the file; that of its delivery is "+p.windowWords(at))
		page.Name("", x.Window(at).Object)
	}
	w := x.Window(at)
	before, after := x.Neighbours(at)
	page.Say("previous", Neighbour(before, w, true))
	page.Say("next", Neighbour(after, w, false))
	return at, true
}

// chain says whose word the digest has, what else was found about it, and how its chain stands.
func (p *Pane) chain(page *Page, at integrity.Place) {
	x := p.known.index
	w, c := x.Window(at), x.Chain(at)
	if w.Trust != "" {
		page.Say("key", TrustMeans(w.Trust)+"; fingerprint "+w.Fingerprint)
	}
	for _, f := range x.About(w.Object) {
		page.Say(string(f.Severity), f.Code+": "+f.Detail)
	}
	d := c.Digests
	page.Say("chain", fmt.Sprintf("%s %s %s, %s: %d of %d digests proven", c.Account, c.Region, c.Trail, c.Kind, d.Valid+d.ValidBySuccessor+d.HashLinked, d.Total))
}

// file names the file as the verification knows it.
func (p *Pane) file(page *Page) {
	if x := p.known.index; x != nil {
		if f, ok := x.File(p.record.ID.Member); ok && f.File != nil {
			page.Name("file", f.File.Path)
		}
	}
}

func (p *Pane) stateOf(at integrity.Place) heat.Cell {
	return DigestState(p.known.index.Chain(at).Kind, p.known.index.Window(at).Status)
}

func (p *Pane) windowWords(at integrity.Place) string {
	w := p.known.index.Window(at)
	return heat.Sign(p.theme, p.stateOf(at)).Glyph + " " + StatusWord(w.Status) + ", window " + Stretch(w.From, w.To, true)
}

// windowOf is the window of a standard chain in which a file was delivered.
func windowOf(x *integrity.Index, f integrity.LogFile) (integrity.Place, bool) {
	for c := range x.Report.Chains {
		chain := &x.Report.Chains[c]
		if chain.Kind != integrity.Standard || chain.Account != f.Account || chain.Region != f.Region {
			continue
		}
		for w := range chain.Windows {
			if !f.Delivered.Before(chain.Windows[w].From) && f.Delivered.Before(chain.Windows[w].To) {
				return integrity.Place{Chain: c, Window: w}, true
			}
		}
	}
	return integrity.Place{}, false
}

// lacking tells of the time on screen that nothing vouches for, in whatever chain.
func (p *Pane) lacking(page *Page) {
	x := p.known.index
	if x == nil || len(x.Report.Chains) == 0 {
		return
	}
	n := 0
	var sum time.Duration
	for c, lacks := range p.known.lacks {
		for i := range lacks {
			l := &lacks[i]
			if !p.within(l.From, l.To) {
				continue
			}
			sum += l.To.Sub(l.From)
			if n++; n > lacksShown {
				continue
			}
			chain := &x.Report.Chains[c]
			page.Put("gaps", theme.Warn, fmt.Sprintf("%s %s %s, %s %s", heat.Sign(p.theme, LackState(l.Lack)).Glyph, LackWord(l.Lack), Stretch(l.From, l.To, true), chain.Account, chain.Region))
			for _, with := range l.CoincidesWith {
				page.Say("", "coincides with "+with)
			}
		}
	}
	switch {
	case n == 0 && p.span.IsZero():
		page.Say("gaps", "none")
	case n == 0:
		page.Say("gaps", "none in the time on screen, "+Stretch(p.span.From, p.span.To, true))
	case n > lacksShown:
		page.Say("", fmt.Sprintf("and %d more, %s in all", n-lacksShown, sum))
	}
}
