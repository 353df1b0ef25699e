package verify

import (
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/layout"
	"trailsift/ui/theme"
	"trailsift/ui/widget/custody"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// cut is the screen in pieces: lines of summary, the list, the strip and the text. Each but the summary
// has a heading of its own within its rectangle.
type cut struct {
	head              int
	list, strip, text layout.Rect
}

const (
	lowBelow  = 14  // only the list
	wideFrom  = 120 // times in full
	sideFrom  = 150 // the text stands beside the strip
	stripSide = 82
	textLeast = 5
	dateSpare = 2 // heading of the pane and hours
)

func (v *Verify) wide() bool { return v.w >= wideFrom }

// Resize gives the screen w by h cells.
func (v *Verify) Resize(w, h int) tea.Cmd {
	wide, side := v.wide(), v.w >= sideFrom
	v.w, v.h = w, h
	if (wide != v.wide() || side != (v.w >= sideFrom)) && v.survey != nil { // cells are made for either
		for _, l := range v.levels {
			v.fill(l)
		}
	}
	v.arrange()
	return nil
}

// arrange cuts the screen for the list on top and hands the pieces out.
func (v *Verify) arrange() {
	l := v.top()
	if l == nil || v.h <= 0 {
		v.cut = cut{}
		return
	}
	v.follow()
	c := cut{head: len(v.head())}
	rest := v.h - c.head
	rows := len(l.shown) + dateSpare
	switch {
	case v.h < lowBelow:
		c.list = layout.Rect{Y: c.head, W: v.w, H: rest}
	case v.shows < 0:
		text := max(textLeast, rest/3)
		c.list = layout.Rect{Y: c.head, W: v.w, H: rest - text}
		c.text = layout.Rect{Y: v.h - text, W: v.w, H: text}
	case v.w >= sideFrom:
		list := max(4, min(rows, rest/2))
		c.list = layout.Rect{Y: c.head, W: v.w, H: list}
		c.strip = layout.Rect{Y: c.head + list, W: stripSide, H: rest - list}
		c.text = layout.Rect{X: stripSide + 1, Y: c.head + list, W: v.w - stripSide - 1, H: rest - list}
	default:
		list := max(4, min(rows, rest*2/5))
		strip := max(4, min(v.strip.Rows()+dateSpare, (rest-list)*3/5, rest-list-textLeast))
		c.list = layout.Rect{Y: c.head, W: v.w, H: list}
		c.strip = layout.Rect{Y: c.head + list, W: v.w, H: strip}
		c.text = layout.Rect{Y: c.head + list + strip, W: v.w, H: rest - list - strip}
	}
	v.cut = c
	if c.strip.Empty() {
		v.onTime = false
	}
	l.grid.SetFocus(!v.onTime)
	l.grid.SetSize(c.list.W, c.list.H-1)
	v.strip.SetFocus(v.onTime)
	v.strip.SetSize(c.strip.W, c.strip.H-1)
}

// remark is what stands over everything else: that the run is old, or that nothing was proven.
func (v *Verify) remark() string {
	switch {
	case v.survey == nil:
		return ""
	case v.survey.Report.Stale || v.over.Verification != nil && v.over.Verification.Stale:
		return "r runs again: evidence, keys or the incident window changed since this run"
	case len(v.over.Unfinished) > 0:
		return "not all is here, so what is missing may only not be taken yet: b tells why"
	case len(v.survey.Report.Keys) == 0 && v.survey.digests() && len(v.survey.Report.KeysDenied) > 0:
		region := slices.Sorted(maps.Keys(v.survey.Report.KeysDenied))[0]
		return safe.New(v.survey.Report.KeysDenied[region]).String() + "; trailsift case keys fetch CASE asks again"
	case len(v.survey.Report.Keys) == 0 && v.survey.digests():
		return "no public key is here, so nothing can be proven: trailsift case keys add CASE keys.json, then r"
	case v.survey.Report.Demo:
		return "DEMO KEY: its private half is public; it proves nothing beyond the demo"
	}
	return ""
}

// Lines draws the screen.
func (v *Verify) Lines() []string {
	if v.w <= 0 || v.h <= 0 {
		return nil
	}
	if v.survey == nil || !v.survey.digests() {
		return shell.Block(v.nothing(), v.w, v.h)
	}
	out := v.head()
	if v.cut.head != len(out) {
		v.arrange()
	}
	out = append(out, v.listPane()...)
	if v.cut.strip.Empty() {
		return append(out, v.textPane()...)
	}
	strip, text := v.stripPane(), v.textPane()
	if v.cut.text.X == 0 {
		return append(append(out, strip...), text...)
	}
	bar := v.theme.Paint(theme.Dim, v.theme.Bar)
	for i := range strip {
		out = append(out, strip[i]+bar+text[i])
	}
	return out
}

// head is the summary in counts: one line on a low screen, else as many as it takes, up to five.
func (v *Verify) head() []string {
	r := v.survey.Report
	fit := func(s string) string { return shell.Pad(" "+s, v.w) }
	parts := troubles(v.theme, r)
	if v.h < lowBelow {
		return []string{fit(totals(r) + "  " + strings.Join(parts, "  "))}
	}
	var out []string
	if s := v.remark(); s != "" {
		out = append(out, fit(v.theme.Paint(theme.Warn, grid.Fit("! "+s, v.w-1, grid.CutTail, v.theme.Cut))))
	}
	line := v.theme.Paint(theme.Title, totals(r))
	for _, p := range parts {
		if grid.Width(line)+2+grid.Width(p) > v.w-2 {
			out = append(out, fit(line))
			line = p
			continue
		}
		line += "  " + p
	}
	out = append(out, fit(line))
	over := rangeWords(r, v.wide())
	if keys := keyWords(r); grid.Width(over)+3+len(keys) < v.w {
		over += "   " + keys
	}
	return append(out, fit(grid.Fit(over, v.w-1, grid.CutTail, v.theme.Cut)))
}

func (v *Verify) listPane() []string {
	l, c := v.top(), v.cut.list
	out := []string{shell.Rule(v.theme, c.W, !v.onTime, v.title(l), l.remark())}
	if len(l.shown) == 0 {
		var why []string
		for _, s := range shell.Wrap(l.empty(), max(1, c.W-4)) {
			why = append(why, "  "+s)
		}
		return append(out, shell.Block(why, c.W, c.H-1)...)
	}
	return append(out, shell.Block(l.grid.Lines(), c.W, c.H-1)...)
}

func (v *Verify) stripPane() []string {
	c := v.cut.strip
	title := "One cell an hour"
	if v.shows >= 0 {
		chain := &v.survey.Report.Chains[v.shows]
		title = v.show(join(" ", chain.Account, chain.Region)) + " " + v.theme.Dot + " one cell an hour, UTC"
	}
	return append([]string{shell.Rule(v.theme, c.W, v.onTime, title, v.strip.Span())}, shell.Block(v.strip.Lines(), c.W, c.H-1)...)
}

func (v *Verify) textPane() []string {
	c := v.cut.text
	if c.Empty() {
		return nil
	}
	title, lines := v.text(c.W - 2)
	for i, l := range lines {
		lines[i] = " " + l
	}
	return append([]string{shell.Rule(v.theme, c.W, false, title, "")}, shell.Block(lines, c.W, c.H-1)...)
}

// nothing is the screen without a verification, or without digests.
func (v *Verify) nothing() []string {
	var out []string
	say := func(s string) {
		if s == "" {
			out = append(out, "")
		}
		for _, l := range shell.Wrap(s, max(1, v.w-4)) {
			out = append(out, "  "+l)
		}
	}
	out = append(out, shell.Rule(v.theme, v.w, true, "Verify", ""))
	digests := v.over.Members[model.KindDigest]
	switch {
	case v.failed != "":
		say(v.failed)
	case v.custodian == nil:
		say("this session cannot verify")
	case v.running():
		say("verifying" + v.theme.Cut + "  esc stops")
	case !v.asked && v.ask.Waiting():
		say("reading the verification" + v.theme.Cut)
	case digests == 0 && (v.survey == nil || !v.survey.digests()):
		say("no digests among the evidence: nothing vouches for these logs")
		if v.survey != nil {
			say(value.Of(int64(v.survey.Report.Logs.Total), "log file", "log files") + ", none of them verifiable; " + totals(v.survey.Report))
		}
		say("")
		say("How to get them: CloudTrail writes digests beside the logs when log file validation is on for the trail.")
		say("1  aws s3 sync s3://BUCKET/PREFIX/AWSLogs/ACCOUNT/CloudTrail-Digest/ digests/")
		say("2  trailsift load --case CASE digests/")
		say("3  aws cloudtrail list-public-keys --start-time T --end-time T --region REGION > keys.json, then trailsift case keys add CASE keys.json")
		say("Without them every record stays not-checked: that is no sign of tampering, and none of its absence.")
	case v.survey == nil:
		say("not verified yet: " + value.Of(digests, "digest file is", "digest files are") + " among the evidence")
		say("r verifies: offline, and nothing of the evidence is read again; the records get their badges")
		say("Public keys: trailsift case keys add CASE keys.json, of aws cloudtrail list-public-keys. Keys that lie among the evidence prove only that the pile agrees with itself.")
	default:
		say("no digest among the evidence could be read as one")
		say(strings.TrimSpace(totals(v.survey.Report)))
	}
	say("")
	say(custody.Limit)
	return out
}
