package verify

import (
	"slices"
	"time"

	"trailsift/model/integrity"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/value"
)

// kind is what a level lists.
type kind uint8

const (
	chains kind = iota
	digests
	files    // of one digest
	lacks    // time that nothing vouches for
	allFiles // log files of the whole run
	keyList
	findings
)

// level is one list of the way down from the chains to a file. Those above stay as they are.
type level struct {
	kind  kind
	of    string // the id of what was opened: a chain, a digest
	chain int    // whose strip is shown; -1: none
	only  bool   // problems only
	all   []item
	shown []int // places in all
	grid  *grid.Grid
	sum   time.Duration // of stretches of time
	hours int64         // clock hours they touch
}

func (v *Verify) newLevel(k kind, of string) *level {
	l := &level{kind: k, of: of, chain: -1}
	l.grid = grid.New(v.theme, map[kind][]grid.Column{chains: chainColumns, digests: digestColumns, files: fileColumns, lacks: lackColumns,
		allFiles: fileColumns, keyList: keyColumns, findings: findingColumns}[k])
	l.grid.SetFocus(true)
	return l
}

// fill makes the rows of l anew; false when what it lists is no longer there. The cursor stays on its
// item.
func (v *Verify) fill(l *level) bool {
	was := ""
	if it, ok := l.current(); ok {
		was = it.id
	}
	switch l.kind {
	case chains:
		l.all = v.chainItems()
	case digests:
		at := slices.IndexFunc(v.survey.Report.Chains, func(c integrity.Chain) bool { return chainName(&c) == l.of })
		if at < 0 {
			return false
		}
		l.chain, l.all = at, v.digestItems(at)
	case files:
		p, ok := v.survey.Digest(l.of)
		if !ok {
			return false
		}
		l.chain, l.all = p.Chain, v.fileItems(v.survey.FilesOf(p))
	case lacks:
		l.all = v.lackItems()
	case allFiles:
		l.all = v.allFiles()
	case keyList:
		l.all = v.keyItems()
	case findings:
		l.all = v.findingItems()
	}
	l.narrow()
	l.seek(was)
	return true
}

// narrow puts the items that are wanted into the grid.
func (l *level) narrow() {
	l.shown = l.shown[:0:0]
	var rows []grid.Row
	for i, it := range l.all {
		if !l.only || it.state.Problem() {
			l.shown = append(l.shown, i)
			rows = append(rows, grid.Row{Cells: it.cells})
		}
	}
	l.grid.SetRows(rows)
	l.measure()
}

// seek puts the cursor on the item of an id, if it is shown.
func (l *level) seek(id string) {
	if id == "" {
		return
	}
	if at := slices.IndexFunc(l.shown, func(i int) bool { return l.all[i].id == id }); at >= 0 {
		l.grid.GoTo(int64(at))
	}
}

// firstProblem puts the cursor on the worst item, the first of equals; on the first when none is bad.
func (l *level) firstProblem() {
	best := -1
	for row, i := range l.shown {
		if s := l.all[i].state; s.Problem() && (best < 0 || s > l.all[l.shown[best]].state) {
			best = row
		}
	}
	l.grid.GoTo(int64(max(0, best)))
}

// nextProblem goes to the next or previous item that wants a look.
func (l *level) nextProblem(forward bool) bool {
	step := -1
	if forward {
		step = 1
	}
	for row := int(l.grid.Cursor()) + step; row >= 0 && row < len(l.shown); row += step {
		if l.all[l.shown[row]].state.Problem() {
			l.grid.GoTo(int64(row))
			return true
		}
	}
	return false
}

func (l *level) current() (item, bool) {
	i, ok := l.grid.Index(len(l.shown))
	if !ok {
		return item{}, false
	}
	return l.all[l.shown[i]], true
}

// from is the time an item is about; zero when it is about none.
func (it item) from() time.Time {
	switch {
	case it.digest != nil:
		return it.digest.From
	case it.lack != nil:
		return it.lack.From
	case it.file != nil:
		return it.file.Delivered
	}
	return time.Time{}
}

// title names the list.
func (v *Verify) title(l *level) string {
	only := ""
	if l.only {
		only = ": only problems"
	}
	switch l.kind {
	case digests:
		c := &v.survey.Report.Chains[l.chain]
		name := join(" ", c.Account, c.Region, c.Trail)
		if c.Kind != integrity.Standard {
			name += " " + string(c.Kind)
		}
		return "Digests of " + v.show(name) + only
	case files:
		return "Log files of " + v.show(base(l.of)) + only
	case lacks:
		return "Time that nothing vouches for"
	case allFiles:
		return "Log files" + only
	case keyList:
		return "Public keys" + only
	case findings:
		return "Findings" + only
	}
	return "Chains" + only
}

// remark counts the list.
func (l *level) remark() string {
	n := int64(len(l.shown))
	switch l.kind {
	case chains:
		return value.Of(n, "chain", "chains")
	case digests:
		return value.Of(n, "line", "lines")
	case files, allFiles:
		return value.Of(n, "file", "files")
	case lacks:
		return value.Of(n, "stretch", "stretches") + ", " + l.sum.String() + " in " + value.Of(l.hours, "hour", "hours")
	case keyList:
		return value.Of(n, "key", "keys")
	}
	return value.Of(n, "finding", "findings")
}

// measure adds up the time of the list: its length, and the clock hours it touches, chain by chain.
func (l *level) measure() {
	l.sum, l.hours = 0, 0
	last := map[int]int64{}
	for _, i := range l.shown {
		u := l.all[i].lack
		if u == nil {
			return
		}
		l.sum += u.To.Sub(u.From)
		from, to := u.From.UTC().Truncate(time.Hour), u.To.UTC().Add(time.Hour-1).Truncate(time.Hour)
		if was, ok := last[u.Chain]; ok && was > from.Unix() {
			from = time.Unix(was, 0).UTC() // the hour was counted with the stretch before
		}
		if to.After(from) {
			l.hours += int64(to.Sub(from) / time.Hour)
			last[u.Chain] = to.Unix()
		}
	}
}

// empty says why a list is empty.
func (l *level) empty() string {
	if l.only {
		return "nothing here wants a look; f shows all"
	}
	switch l.kind {
	case files:
		return "the digest lists no log file: CloudTrail delivered none in its window"
	case lacks:
		return "every hour of every chain is covered by a proven digest"
	case keyList:
		return "no public keys: aws cloudtrail list-public-keys --start-time T --end-time T --region REGION > keys.json, then trailsift case keys add CASE keys.json"
	case findings:
		return "nothing was found"
	}
	return "nothing here"
}

// strip tells whose hours go with the level.
func (l *level) strip() int {
	if l.kind == chains || l.kind == lacks {
		if it, ok := l.current(); ok {
			return it.place.Chain
		}
		return -1
	}
	return l.chain
}
