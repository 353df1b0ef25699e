package verify

import (
	"fmt"
	"strings"
	"time"

	"trailsift/model/integrity"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/heat"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

const (
	labelWidth = 9
	heatHour   = time.Hour
)

// page is the text about one item, label by label.
type page struct {
	v     *Verify
	w     int
	lines []string
}

// say adds our own words and foreign ones, sanitised here; long ones are broken at their ends.
func (p *page) say(label, text string) { p.put(label, theme.Text, text) }

func (p *page) put(label string, r theme.Role, text string) {
	room := max(8, p.w-labelWidth)
	for i, l := range shell.Wrap(p.v.show(text), room) {
		if i > 0 {
			label = ""
		}
		p.lines = append(p.lines, p.v.theme.Paint(theme.Dim, grid.Fit(label, labelWidth, grid.CutTail, ""))+p.v.theme.Paint(r, l))
	}
}

// name adds a name on one line, its end in sight.
func (p *page) name(label, text string) {
	p.lines = append(p.lines, p.v.theme.Paint(theme.Dim, grid.Fit(label, labelWidth, grid.CutTail, ""))+
		grid.Fit(p.v.show(text), max(8, p.w-labelWidth), grid.CutHead, p.v.theme.Cut))
}

// text explains what is under the cursor.
func (v *Verify) text(w int) (title string, lines []string) {
	p := &page{v: v, w: w}
	if v.onTime {
		return v.hourText(p), p.lines
	}
	it, ok := v.top().current()
	if !ok {
		return "Nothing", []string{Limit}
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
		title = keyText(p, it.key)
	case it.finding != nil:
		title = findingText(p, it.finding)
	}
	return title, p.lines
}

func (v *Verify) chainText(p *page, it item) string {
	c := it.chain
	d := c.Digests
	p.put("result", role(it.state), heat.Sign(v.theme, it.state).Glyph+" "+v.chainResult(it.place.Chain))
	p.say("digests", ratio(proven(d), d.Total)+" proven: "+counts("own signature", d.Valid, "by successor", d.ValidBySuccessor, "hash only", d.HashLinked,
		"not proven", d.Unverifiable, "invalid", d.Invalid, "missing", d.Missing))
	p.say("logs", ratio(c.Logs.Valid, c.Logs.Total)+" match; others: "+counts("altered", c.Logs.Invalid, "missing", c.Logs.Missing,
		"unverifiable", c.Logs.Unverifiable, "unreadable", c.Logs.Unreadable))
	for _, g := range c.Gaps {
		p.say("gap", gapWords(g.From.UTC().Format("2006-01-02 15:04:05Z"), g.To.UTC().Format("2006-01-02 15:04:05Z"), g.To.Sub(g.From).String(), g.CoincidesWith))
	}
	p.say("keys", v.keysOf(c))
	p.say("next", "enter lists its digests, tab goes into the hours")
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

func (v *Verify) digestText(p *page, at integrity.Place) string {
	w := v.survey.Window(at)
	state := digestState(integrity.Standard, w.Status)
	p.put("digest", role(state), heat.Sign(v.theme, state).Glyph+" "+statusWord(w.Status)+": "+statusMeans(w.Status))
	v.logsOf(p, at)
	before, after := v.survey.Neighbours(at)
	p.say("previous", neighbour(before, w, true))
	p.say("next", neighbour(after, w, false))
	if w.Fingerprint != "" {
		p.say("key", w.Fingerprint+", "+trustMeans(w.Trust))
	}
	for _, f := range v.survey.About(w.Object) {
		p.say(string(f.Severity), f.Code+": "+f.Detail)
	}
	p.name("object", w.Object)
	if !w.Counted {
		p.say("range", "it lies outside the range and is in no count; it only helps to prove its neighbours")
	}
	return value.Time(w.From) + " to " + value.Time(w.To)
}

// logsOf says what became of the log files of a digest.
func (v *Verify) logsOf(p *page, at integrity.Place) {
	var matching int
	for _, f := range v.survey.FilesOf(at) {
		if f.Class == "valid" {
			matching++
			continue
		}
		state := fileState(f.Class)
		p.put("log", role(state), heat.Sign(v.theme, state).Glyph+" "+classWord(f.Class)+" "+base(f.Object)+": "+f.Why)
	}
	if v.survey.Window(at).Status == integrity.Missing {
		return
	}
	p.say("logs", value.Of(int64(matching), "log file matches", "log files match"))
}

// neighbour says who stands before or after a digest.
func neighbour(n, of *integrity.Window, before bool) string {
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
	return statusWord(n.Status) + ", " + stretch(n.From, n.To, true)
}

func (v *Verify) lackText(p *page, l *integrity.Uncovered) string {
	p.put("why", theme.Warn, lackMeans(l.Lack))
	p.say("length", l.To.Sub(l.From).String()+", in "+value.Of(touched(l.From, l.To), "clock hour", "clock hours"))
	if len(l.CoincidesWith) == 0 && l.Lack == integrity.LackGap {
		p.say("with", "look for StopLogging, DeleteTrail and UpdateTrail around it")
	}
	for _, s := range l.CoincidesWith {
		p.say("with", s)
	}
	p.say("so", "log files delivered meanwhile are uncovered: nothing vouches for them, and nothing tells whether any are missing")
	return stretch(l.From, l.To, true)
}

func (v *Verify) fileText(p *page, f *integrity.LogFile) string {
	state := fileState(f.Class)
	p.put(classWord(f.Class), role(state), heat.Sign(v.theme, state).Glyph+" "+f.Why)
	if len(f.Digests) > 0 {
		p.say("expected", hash(f.Expected))
	}
	if f.File != nil {
		p.say("found", found(f.File))
	}
	p.name("file", f.Object)
	if f.File != nil && f.File.Path != f.Object {
		p.name("here", f.File.Path)
	}
	for i, d := range f.Digests {
		if i == 2 {
			p.say("", fmt.Sprintf("and %d digests more", len(f.Digests)-i))
			break
		}
		p.name("digest", d)
	}
	if f.Class == "invalid" {
		p.say("note", "a mismatch may be a re-save as well as tampering")
	}
	next := "enter shows its records in Explore, y copies both hashes"
	if f.File == nil {
		next = "its records are not here: the access log or the other log of the same hour may still tell"
	}
	p.say("next", next)
	return base(v.show(f.Object))
}

func keyText(p *page, k *integrity.KeySummary) string {
	p.say("trust", trustMeans(k.Trust))
	p.say("origin", k.Origin)
	p.say("sha256", k.SHA256)
	if k.Region != "" {
		p.say("region", k.Region)
	}
	return "Key " + p.v.show(k.Fingerprint)
}

func findingText(p *page, f *integrity.Finding) string {
	p.name("object", f.Object)
	p.say("detail", f.Detail)
	return string(f.Severity) + ": " + f.Code
}

// hourText explains the hour under the strip's cursor.
func (v *Verify) hourText(p *page) string {
	hour, cell := v.strip.Cursor(), v.strip.At()
	s := heat.Sign(v.theme, cell)
	p.put("hour", s.Role, s.Glyph+cell.Letter()+" "+s.Word)
	for _, l := range v.survey.lacks[v.shows] {
		if l.From.Before(hour.Add(heatHour)) && l.To.After(hour) {
			p.say(string(l.Lack), lackMeans(l.Lack)+", "+stretch(l.From, l.To, true))
			for _, with := range l.CoincidesWith {
				p.say("with", with)
			}
		}
	}
	if at, ok := v.survey.windowAt(v.shows, hour); ok {
		w := v.survey.Window(at)
		p.say("digest", statusWord(w.Status)+", window "+stretch(w.From, w.To, true))
		v.logsOf(p, at)
		p.say("next", "enter lists the log files of this digest, e and E go to the next problem")
	}
	return value.Time(hour)
}
