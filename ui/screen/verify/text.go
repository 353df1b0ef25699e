package verify

import (
	"fmt"
	"strings"
	"time"

	"trailsift/model/integrity"
	"trailsift/ui/theme"
	"trailsift/ui/widget/custody"
	"trailsift/ui/widget/heat"
	"trailsift/ui/widget/value"
)

// text explains what is under the cursor.
func (v *Verify) text(w int) (title string, lines []string) {
	p := custody.NewPage(v.theme, w)
	if v.onTime {
		return v.hourText(p), p.Lines()
	}
	it, ok := v.top().current()
	if !ok {
		return "Nothing", []string{custody.Limit}
	}
	switch {
	case it.chain != nil:
		title = v.chainText(p, it)
	case it.digest != nil:
		title = v.digestText(p, it.place)
	case it.lack != nil:
		title = v.lackText(p, it.lack)
	case it.file != nil:
		title = v.fileText(p, it.file)
	case it.key != nil:
		title = v.keyText(p, it.key)
	case it.finding != nil:
		title = findingText(p, it.finding)
	}
	return title, p.Lines()
}

func (v *Verify) chainText(p *custody.Page, it item) string {
	c := it.chain
	d := c.Digests
	p.Put("result", custody.RoleOf(it.state), heat.Sign(v.theme, it.state).Glyph+" "+v.chainResult(it.place.Chain))
	p.Say("digests", ratio(proven(d), d.Total)+" proven: "+counts("own signature", d.Valid, "by successor", d.ValidBySuccessor, "hash only", d.HashLinked,
		"not proven", d.Unverifiable, "invalid", d.Invalid, "missing", d.Missing))
	p.Say("logs", ratio(c.Logs.Valid, c.Logs.Total)+" match; others: "+counts("altered", c.Logs.Invalid, "missing", c.Logs.Missing,
		"unverifiable", c.Logs.Unverifiable, "unreadable", c.Logs.Unreadable))
	for _, g := range c.Gaps {
		p.Say("gap", gapWords(g.From.UTC().Format("2006-01-02 15:04:05Z"), g.To.UTC().Format("2006-01-02 15:04:05Z"), g.To.Sub(g.From).String(), g.CoincidesWith))
	}
	p.Say("keys", v.keysOf(c))
	p.Say("next", "enter lists its digests, tab goes into the hours")
	return v.show(join(" ", c.Account, c.Region, c.Trail)) + " (" + string(c.Kind) + ")"
}

func gapWords(from, to, length string, with []string) string {
	s := "no digest covers " + from + " to " + to + " (" + length + ")"
	if len(with) > 0 {
		return s + "; coincides with " + strings.Join(with, ", ")
	}
	return s + "; look for StopLogging, DeleteTrail and UpdateTrail around it"
}

// counts joins the counts that are not zero with their names.
func counts(pairs ...any) string {
	var parts []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if n := pairs[i+1].(int); n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", value.Count(int64(n)), pairs[i]))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// keysOf names the trusts that the proofs of a chain rest on.
func (v *Verify) keysOf(c *integrity.Chain) string {
	var parts []string
	for _, t := range []integrity.Trust{integrity.TrustAWS, integrity.TrustExaminer, integrity.TrustEvidence, integrity.TrustDemo} {
		n := 0
		for i := range c.Windows {
			if c.Windows[i].Trust == t {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, value.Of(int64(n), "digest", "digests")+" by a key that is "+trustWord(t))
		}
	}
	if len(parts) == 0 {
		return "none proves anything here"
	}
	return strings.Join(parts, ", ")
}

func trustWord(t integrity.Trust) string {
	switch t {
	case integrity.TrustAWS:
		return "fetched from AWS"
	case integrity.TrustExaminer:
		return "given by the examiner"
	case integrity.TrustDemo:
		return "a DEMO KEY"
	}
	return "found among the evidence"
}

func (v *Verify) digestText(p *custody.Page, at integrity.Place) string {
	w := v.survey.Window(at)
	state := custody.DigestState(integrity.Standard, w.Status)
	p.Put("digest", custody.RoleOf(state), heat.Sign(v.theme, state).Glyph+" "+custody.StatusWord(w.Status)+": "+custody.StatusMeans(w.Status))
	v.logsOf(p, at)
	before, after := v.survey.Neighbours(at)
	p.Say("previous", custody.Neighbour(before, w, true))
	p.Say("next", custody.Neighbour(after, w, false))
	if w.Fingerprint != "" {
		p.Say("key", w.Fingerprint+", "+custody.TrustMeans(w.Trust))
	}
	for _, f := range v.survey.About(w.Object) {
		p.Say(string(f.Severity), f.Code+": "+f.Detail)
	}
	p.Name("object", w.Object)
	if !w.Counted {
		p.Say("range", "it lies outside the range and is in no count; it only helps to prove its neighbours")
	}
	return value.Time(w.From) + " to " + value.Time(w.To)
}

// logsOf says what became of the log files of a digest.
func (v *Verify) logsOf(p *custody.Page, at integrity.Place) {
	var matching int
	for _, f := range v.survey.FilesOf(at) {
		if f.Class == "valid" {
			matching++
			continue
		}
		state := custody.FileState(f.Class)
		p.Put("log", custody.RoleOf(state), heat.Sign(v.theme, state).Glyph+" "+custody.ClassWord(f.Class)+" "+base(f.Object)+": "+f.Why)
	}
	if v.survey.Window(at).Status == integrity.Missing {
		return
	}
	p.Say("logs", value.Of(int64(matching), "log file matches", "log files match"))
}

func (v *Verify) lackText(p *custody.Page, l *integrity.Uncovered) string {
	p.Put("why", theme.Warn, custody.LackMeans(l.Lack))
	p.Say("length", l.To.Sub(l.From).String()+", in "+value.Of(touched(l.From, l.To), "clock hour", "clock hours"))
	if len(l.CoincidesWith) == 0 && l.Lack == integrity.LackGap {
		p.Say("with", "look for StopLogging, DeleteTrail and UpdateTrail around it")
	}
	for _, s := range l.CoincidesWith {
		p.Say("with", s)
	}
	p.Say("so", "log files delivered meanwhile are uncovered: nothing vouches for them, and nothing tells whether any are missing")
	return custody.Stretch(l.From, l.To, true)
}

func (v *Verify) fileText(p *custody.Page, f *integrity.LogFile) string {
	state := custody.FileState(f.Class)
	p.Put(custody.ClassWord(f.Class), custody.RoleOf(state), heat.Sign(v.theme, state).Glyph+" "+f.Why)
	if len(f.Digests) > 0 {
		p.Say("expected", hash(f.Expected))
	}
	if f.File != nil {
		p.Say("found", found(f.File))
	}
	p.Name("file", f.Object)
	if f.File != nil && f.File.Path != f.Object {
		p.Name("here", f.File.Path)
	}
	for i, d := range f.Digests {
		if i == 2 {
			p.Say("", fmt.Sprintf("and %d digests more", len(f.Digests)-i))
			break
		}
		p.Name("digest", d)
	}
	if f.Class == "invalid" {
		p.Say("note", "a mismatch may be a re-save as well as tampering")
	}
	next := "enter shows its records in Explore, y copies both hashes"
	if f.File == nil {
		next = "its records are not here: the access log or the other log of the same hour may still tell"
	}
	p.Say("next", next)
	return base(v.show(f.Object))
}

func (v *Verify) keyText(p *custody.Page, k *integrity.KeySummary) string {
	p.Say("trust", custody.TrustMeans(k.Trust))
	p.Say("origin", k.Origin)
	p.Say("sha256", k.SHA256)
	if k.Region != "" {
		p.Say("region", k.Region)
	}
	return "Key " + v.show(k.Fingerprint)
}

func findingText(p *custody.Page, f *integrity.Finding) string {
	p.Name("object", f.Object)
	p.Say("detail", f.Detail)
	return string(f.Severity) + ": " + f.Code
}

// hourText explains the hour under the strip's cursor.
func (v *Verify) hourText(p *custody.Page) string {
	hour, cell := v.strip.Cursor(), v.strip.At()
	s := heat.Sign(v.theme, cell)
	p.Put("hour", s.Role, s.Glyph+cell.Letter()+" "+s.Word)
	for _, l := range v.survey.lacks[v.shows] {
		if l.From.Before(hour.Add(time.Hour)) && l.To.After(hour) {
			p.Say(string(l.Lack), custody.LackMeans(l.Lack)+", "+custody.Stretch(l.From, l.To, true))
			for _, with := range l.CoincidesWith {
				p.Say("with", with)
			}
		}
	}
	if at, ok := v.survey.windowAt(v.shows, hour); ok {
		w := v.survey.Window(at)
		p.Say("digest", custody.StatusWord(w.Status)+", window "+custody.Stretch(w.From, w.To, true))
		v.logsOf(p, at)
		p.Say("next", "enter lists the log files of this digest, e and E go to the next problem")
	}
	return value.Time(hour)
}
