package verify

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"trailsift/model/integrity"
	"trailsift/model/safe"
	"trailsift/ui/theme"
	"trailsift/ui/widget/custody"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/heat"
	"trailsift/ui/widget/value"
)

// item is one line of a list: a chain, a digest, a stretch of time, a log file, a key or a finding.
// Exactly one of the pointers is set, but for a digest, which is its place.
type item struct {
	id      string // the same in the next report for the same thing
	state   heat.Cell
	place   integrity.Place // of chains, digests and stretches
	chain   *integrity.Chain
	digest  *integrity.Window
	lack    *integrity.Uncovered
	file    *integrity.LogFile
	key     *integrity.KeySummary
	finding *integrity.Finding
	cells   []grid.Cell
}

// sign is the first cell of a row, without colour as clear as with it.
func (v *Verify) sign(c heat.Cell) grid.Cell {
	s := heat.Sign(v.theme, c)
	return grid.Word(s.Glyph+c.Letter(), s.Role)
}

func (v *Verify) foreign(s string, r theme.Role) grid.Cell { return grid.Text(v.theme, safe.New(s), r) }

func chainName(c *integrity.Chain) string {
	return join(" ", c.Account, c.Region, c.Trail, c.Home, string(c.Kind))
}

var chainColumns = []grid.Column{
	{Name: "V", Min: 2, Want: 2, Priority: 0},
	{Name: "ACCOUNT", Min: 12, Want: 12, Priority: 1},
	{Name: "REGION", Min: 9, Want: 14, Priority: 2},
	{Name: "TRAIL", Min: 6, Want: 24, Priority: 6},
	{Name: "KIND", Min: 8, Want: 8, Priority: 8},
	{Name: "FROM", Min: 9, Want: 20, Priority: 4},
	{Name: "TO", Min: 9, Want: 20, Priority: 5},
	{Name: "DIGESTS", Min: 7, Want: 13, Priority: 3, Right: true},
	{Name: "LOGS", Min: 7, Want: 13, Priority: 7, Right: true},
	{Name: "RESULT", Min: 11, Want: 40, Priority: 0, Elastic: true},
}

func (v *Verify) chainItems() []item {
	r := v.survey.Report
	out := make([]item, len(r.Chains))
	for i := range r.Chains {
		c := &r.Chains[i]
		state := v.survey.chains[i]
		from, to := "01-02 15Z", "01-02 15Z"
		if v.w >= sideFrom {
			from, to = "2006-01-02 15:04:05Z", "2006-01-02 15:04:05Z"
		}
		out[i] = item{id: chainName(c), state: state, place: integrity.Place{Chain: i}, chain: c, cells: []grid.Cell{
			v.sign(state), v.foreign(c.Account, theme.Text), v.foreign(c.Region, theme.Text), v.foreign(c.Trail, theme.Text), grid.Word(string(c.Kind), theme.Text),
			grid.Word(c.From.UTC().Format(from), theme.Text), grid.Word(c.To.UTC().Format(to), theme.Text),
			grid.Word(ratio(proven(c.Digests), c.Digests.Total), theme.Text), grid.Word(ratio(c.Logs.Valid, c.Logs.Total), theme.Text),
			grid.Word(v.chainResult(i), custody.RoleOf(state)),
		}}
	}
	return out
}

// chainResult says in counts what is wrong with a chain.
func (v *Verify) chainResult(i int) string {
	c := &v.survey.Report.Chains[i]
	count := map[heat.Cell]int{}
	for _, f := range v.survey.Loose(i) {
		if f.Counted {
			count[custody.FileState(f.Class)]++
		}
	}
	n := func(k int, word string) string {
		if k == 0 {
			return ""
		}
		return value.Count(int64(k)) + " " + word
	}
	out := join(", ", n(c.Logs.Invalid, "altered"), n(c.Logs.Missing, "missing"), n(count[heat.Unlisted], "unlisted"),
		n(c.Digests.Invalid, plural(c.Digests.Invalid, "digest")+" invalid"), n(c.Digests.Missing, plural(c.Digests.Missing, "digest")+" missing"),
		n(len(c.Gaps), plural(len(c.Gaps), "gap")), n(c.Digests.Unverifiable, "not proven"), n(c.Logs.Unverifiable, plural(c.Logs.Unverifiable, "log")+" unverifiable"),
		n(c.Logs.Unreadable, "unreadable"), n(count[heat.Pending], "pending"), n(count[heat.Outside], "uncovered"))
	switch {
	case out != "":
		return out
	case c.Digests.Total == 0:
		return "none in the range"
	case slices.ContainsFunc(v.survey.lacks[i], func(integrity.Uncovered) bool { return true }):
		return "not all covered"
	}
	return "all " + value.Count(int64(c.Digests.Total)) + " match"
}

var digestColumns = []grid.Column{
	{Name: "V", Min: 2, Want: 2, Priority: 0},
	{Name: "WINDOW", Min: 18, Want: 44, Priority: 1},
	{Name: "DIGEST", Min: 12, Want: 16, Priority: 2},
	{Name: "LOGS", Min: 7, Want: 9, Priority: 3, Right: true},
	{Name: "WHAT", Min: 12, Want: 60, Priority: 4, Elastic: true},
	{Name: "OBJECT", Min: 40, Want: 90, Priority: 5, Cut: grid.CutHead},
}

// digestItems are the windows of a chain and, between them, the time that has none.
func (v *Verify) digestItems(chain int) []item {
	c := &v.survey.Report.Chains[chain]
	out := make([]item, 0, len(c.Windows))
	for w := range c.Windows {
		out = append(out, v.digestItem(integrity.Place{Chain: chain, Window: w}))
	}
	lacks := v.survey.lacks[chain]
	for i := range lacks {
		if l := &lacks[i]; l.Lack != integrity.LackUnproven && l.Lack != integrity.LackDigest {
			out = append(out, v.lackItem(l, true))
		}
	}
	slices.SortStableFunc(out, func(a, b item) int {
		return a.from().Compare(b.from())
	})
	return out
}

func (v *Verify) digestItem(p integrity.Place) item {
	w := v.survey.Window(p)
	state := v.survey.states[p.Chain][p.Window]
	logs, valid := 0, 0
	var what []string
	for _, f := range v.survey.FilesOf(p) {
		logs++
		if f.Class == "valid" {
			valid++
		} else if s := custody.ClassWord(f.Class); !slices.Contains(what, "log "+s) {
			what = append(what, "log "+s)
		}
	}
	if !w.Counted {
		what = append(what, "outside the range")
	}
	if len(what) == 0 {
		what = append(what, custody.StatusMeans(w.Status))
	}
	text := theme.Text
	if !w.Counted {
		text = theme.Dim
	}
	return item{id: w.Object, state: state, place: p, digest: w, cells: []grid.Cell{
		v.sign(state), grid.Word(custody.Stretch(w.From, w.To, v.wide()), text), grid.Word(custody.StatusWord(w.Status), custody.RoleOf(custody.DigestState(integrity.Standard, w.Status))),
		grid.Word(ratio(valid, logs), text), grid.Word(strings.Join(what, ", "), custody.RoleOf(state)), v.foreign(w.Object, text),
	}}
}

// lackItem is a stretch of time that nothing vouches for, as a line among digests or of its own list.
func (v *Verify) lackItem(l *integrity.Uncovered, among bool) item {
	state := custody.LackState(l.Lack)
	what := custody.LackMeans(l.Lack)
	if len(l.CoincidesWith) > 0 {
		what = "coincides with " + strings.Join(l.CoincidesWith, ", ")
	}
	c := &v.survey.Report.Chains[l.Chain]
	out := item{id: fmt.Sprint(l.Lack, l.From.Unix(), chainName(c)), state: state, place: integrity.Place{Chain: l.Chain}, lack: l}
	length := l.To.Sub(l.From).String()
	if among {
		out.cells = []grid.Cell{v.sign(state), grid.Word(custody.Stretch(l.From, l.To, v.wide()), theme.Warn), grid.Word(custody.LackWord(l.Lack), custody.RoleOf(state)),
			grid.Word("none", theme.Dim), v.foreign(length+", "+what, custody.RoleOf(state)), grid.Word("", theme.Text)}
		return out
	}
	out.cells = []grid.Cell{v.sign(state), grid.Word(custody.LackWord(l.Lack), custody.RoleOf(state)), grid.Word(custody.Stretch(l.From, l.To, v.wide()), theme.Text), grid.Word(length, theme.Text),
		grid.Word(value.Count(touched(l.From, l.To)), theme.Text), v.foreign(join(" ", c.Account, c.Region, c.Trail), theme.Text), v.foreign(what, theme.Text)}
	return out
}

var lackColumns = []grid.Column{
	{Name: "V", Min: 2, Want: 2, Priority: 0},
	{Name: "WHY", Min: 8, Want: 16, Priority: 1},
	{Name: "TIME", Min: 18, Want: 44, Priority: 0},
	{Name: "LENGTH", Min: 9, Want: 12, Priority: 2, Right: true},
	{Name: "HOURS", Min: 5, Want: 6, Priority: 3, Right: true},
	{Name: "CHAIN", Min: 22, Want: 40, Priority: 4},
	{Name: "WHAT", Min: 12, Want: 60, Priority: 5, Elastic: true},
}

func (v *Verify) lackItems() []item {
	var out []item
	for c := range v.survey.lacks {
		for i := range v.survey.lacks[c] {
			out = append(out, v.lackItem(&v.survey.lacks[c][i], false))
		}
	}
	slices.SortStableFunc(out, func(a, b item) int { return a.lack.From.Compare(b.lack.From) })
	return out
}

var fileColumns = []grid.Column{
	{Name: "V", Min: 2, Want: 2, Priority: 0},
	{Name: "LOG FILE", Min: 10, Want: 12, Priority: 1},
	{Name: "DELIVERED", Min: 12, Want: 20, Priority: 2},
	{Name: "FILE", Min: 20, Want: 90, Priority: 0, Cut: grid.CutHead, Elastic: true},
	{Name: "WHY", Min: 36, Want: 70, Priority: 3},
}

func (v *Verify) fileItem(f integrity.LogFile) item {
	state := custody.FileState(f.Class)
	at := ""
	if !f.Delivered.IsZero() {
		at = f.Delivered.UTC().Format("01-02 15:04Z")
		if v.wide() {
			at = f.Delivered.UTC().Format("2006-01-02 15:04Z")
		}
	}
	id := f.Object
	if f.File != nil {
		id = f.File.Path
	}
	return item{id: id, state: state, file: &f, cells: []grid.Cell{
		v.sign(state), grid.Word(custody.ClassWord(f.Class), custody.RoleOf(state)), grid.Word(at, theme.Text), v.foreign(f.Object, theme.Text), v.foreign(f.Why, custody.RoleOf(state)),
	}}
}

func (v *Verify) fileItems(files []integrity.LogFile) []item {
	out := make([]item, len(files))
	for i := range files {
		out[i] = v.fileItem(files[i])
	}
	return out
}

// allFiles are the log files of the counts, the worst first.
func (v *Verify) allFiles() []item {
	var files []integrity.LogFile
	for _, f := range v.survey.Report.LogFiles {
		if f.Counted {
			files = append(files, f)
		}
	}
	out := v.fileItems(files)
	slices.SortStableFunc(out, func(a, b item) int {
		if a.state != b.state {
			return int(b.state) - int(a.state)
		}
		return a.file.Delivered.Compare(b.file.Delivered)
	})
	return out
}

var keyColumns = []grid.Column{
	{Name: "TRUST", Min: 8, Want: 10, Priority: 0},
	{Name: "FINGERPRINT", Min: 32, Want: 32, Priority: 0},
	{Name: "REGION", Min: 9, Want: 14, Priority: 3},
	{Name: "ORIGIN", Min: 16, Want: 40, Priority: 1, Cut: grid.CutHead, Elastic: true},
	{Name: "SHA256", Min: 20, Want: 64, Priority: 2},
}

func (v *Verify) keyItems() []item {
	r := v.survey.Report
	out := make([]item, len(r.Keys))
	for i := range r.Keys {
		k := &r.Keys[i]
		word, role, state := string(k.Trust), theme.Good, heat.Good
		switch k.Trust {
		case integrity.TrustDemo:
			word, role, state = "DEMO KEY", theme.Warn, heat.Unproven
		case integrity.TrustEvidence:
			role, state = theme.Warn, heat.Unproven
		}
		out[i] = item{id: k.SHA256 + k.Fingerprint + k.Origin, state: state, key: k, cells: []grid.Cell{
			grid.Word(word, role), v.foreign(k.Fingerprint, theme.Text), v.foreign(k.Region, theme.Text), v.foreign(k.Origin, theme.Text), grid.Word(k.SHA256, theme.Text)}}
	}
	return out
}

var findingColumns = []grid.Column{
	{Name: "V", Min: 2, Want: 2, Priority: 0},
	{Name: "SEVERITY", Min: 10, Want: 10, Priority: 1},
	{Name: "FINDING", Min: 20, Want: 34, Priority: 0},
	{Name: "OBJECT", Min: 20, Want: 90, Priority: 0, Cut: grid.CutHead, Elastic: true},
	{Name: "DETAIL", Min: 24, Want: 90, Priority: 2},
}

func (v *Verify) findingItems() []item {
	r := v.survey.Report
	out := make([]item, len(r.Findings))
	for i := range r.Findings {
		f := &r.Findings[i]
		state, sign := heat.Good, "- "
		switch f.Severity {
		case integrity.Adverse:
			state, sign = heat.Altered, heat.Sign(v.theme, heat.Altered).Glyph
		case integrity.Incomplete:
			state, sign = heat.Unproven, heat.Sign(v.theme, heat.Unproven).Glyph
		}
		out[i] = item{id: f.Code + f.Object + f.Detail, state: state, finding: f, cells: []grid.Cell{
			grid.Word(sign, custody.RoleOf(state)), grid.Word(string(f.Severity), custody.RoleOf(state)), grid.Word(f.Code, theme.Text), v.foreign(f.Object, theme.Text), v.foreign(f.Detail, theme.Text)}}
	}
	return out
}

// base is the last part of an object's name.
func base(object string) string { return path.Base(object) }
