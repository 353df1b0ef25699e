// Package actors is the screen of who made the requests: a list of roles with their sessions below and
// of every other name, and the card of one of them. It must not know how the requests are added up.
package actors

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/dialog"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// Backend is what the screen asks.
type Backend interface {
	Actors(f model.Filter) []model.Part[answer.Actors]
	Actor(f model.Filter, value string) []model.Part[answer.Card]
}

// Options is what the screens of this package are made of.
type Options struct {
	Backend Backend // nil: this session cannot add up
	Covers  shell.Covers
	Parse   func(text string) (model.Filter, error)
	Print   func(model.Filter) string
	Case    string // as commands name it
}

// shownBelow is how many sessions of a role are shown before they are asked for.
const shownBelow = 6

// row is one line of the list.
type row struct {
	answer.ActorLine
	below int // 1: a session, a name of an owner
	open  bool
}

// Actors is the list.
type Actors struct {
	shell.Still
	shell.Question[answer.Actors]
	shell   shell.Shell
	theme   *theme.Theme
	options Options
	filter  model.Filter
	all     answer.Actors
	rows    []row
	toggled map[string]bool // shown otherwise than at first
	sorted  grid.Sorting
	grid    *grid.Grid
	w, h    int
}

var columns = []grid.Column{
	{Name: "ACTOR", Min: 34, Want: 90, Priority: 0, Elastic: true},
	{Name: "REQUESTS", Min: 9, Want: 11, Priority: 1, Right: true},
	{Name: "DENIED", Min: 7, Want: 8, Priority: 2, Right: true},
	{Name: "OBJECTS", Min: 8, Want: 9, Priority: 3, Right: true},
	{Name: "OUT", Min: 9, Want: 9, Priority: 4, Right: true},
	{Name: "IN", Min: 9, Want: 9, Priority: 7, Right: true},
	{Name: "OUT, ACCESS LOG", Min: 15, Want: 15, Priority: 8, Right: true},
	{Name: "FIRST", Min: 20, Want: 20, Priority: 6},
	{Name: "LAST", Min: 20, Want: 20, Priority: 5},
	{Name: "KIND", Min: 9, Want: 12, Priority: 9},
}

// by orders lines by a column, smaller first.
var by = []func(a, b answer.ActorLine) int{
	func(a, b answer.ActorLine) int { return cmp.Compare(a.Name, b.Name) },
	func(a, b answer.ActorLine) int { return cmp.Compare(a.Requests, b.Requests) },
	func(a, b answer.ActorLine) int { return cmp.Compare(share(a.Totals), share(b.Totals)) },
	func(a, b answer.ActorLine) int { return cmp.Compare(a.Objects, b.Objects) },
	func(a, b answer.ActorLine) int { return cmp.Compare(a.CloudTrailOut, b.CloudTrailOut) },
	func(a, b answer.ActorLine) int { return cmp.Compare(a.CloudTrailIn, b.CloudTrailIn) },
	func(a, b answer.ActorLine) int { return cmp.Compare(a.AccessOnlyOut, b.AccessOnlyOut) },
	func(a, b answer.ActorLine) int { return moment(a.First).Compare(moment(b.First)) },
	func(a, b answer.ActorLine) int { return moment(a.Last).Compare(moment(b.Last)) },
	func(a, b answer.ActorLine) int { return cmp.Compare(a.Kind, b.Kind) },
}

func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// share is the part of the rows that was denied.
func share(t answer.Totals) float64 {
	if t.Rows == 0 {
		return 0
	}
	return float64(t.Denied) / float64(t.Rows)
}

// New returns the list.
func New(sh shell.Shell, o Options) *Actors {
	a := &Actors{shell: sh, theme: sh.Theme(), options: o, toggled: map[string]bool{}, sorted: grid.Sorting{Column: 1, Desc: true}}
	a.Doing, a.Cannot = "adding up the actors", "could not list the actors"
	a.grid = grid.New(a.theme, columns)
	a.grid.SetFocus(true)
	return a
}

// Title names the screen in the header.
func (a *Actors) Title() string { return "Actors" }

// Pane is the pane that has the keys.
func (a *Actors) Pane() keys.Pane { return keys.Actors }

// Looking is the filter whose rows it tells of.
func (a *Actors) Looking() model.Filter { return a.filter }

// SetFilter has the list add up the requests of f only. It takes effect when the screen is opened.
func (a *Actors) SetFilter(f model.Filter) {
	if !f.Equal(a.filter) {
		a.filter, a.Known = f, false
	}
}

// Open asks who made the requests.
func (a *Actors) Open() tea.Cmd {
	if a.options.Backend == nil {
		a.Failed = "this session cannot add up actors; trailsift actor can"
		return nil
	}
	return a.BeginParts(a.shell, a.options.Backend.Actors(a.filter), func(x answer.Actors) bool { return len(x.Lines) == 0 }, a.options.Covers, model.Query{Filter: a.filter})
}

// Refresh asks again.
func (a *Actors) Refresh() tea.Cmd { return a.Open() }

// Receive takes the list.
func (a *Actors) Receive(msg tea.Msg) tea.Cmd {
	all, ok := a.Take(msg)
	if !ok {
		return a.More()
	}
	a.all = all
	return tea.Batch(a.fill(), a.More())
}

// fill sorts the lines, those below an owner among themselves, and keeps the cursor on its line.
func (a *Actors) fill() tea.Cmd {
	was, had := a.current()
	grid.SortRows(a.sorted, a.all.Lines, by)
	a.rows = a.rows[:0]
	at := int64(0)
	var cells []grid.Row
	add := func(r row) {
		if had && r.Name == was.Name && r.below == was.below {
			at = int64(len(a.rows))
		}
		a.rows = append(a.rows, r)
		cells = append(cells, a.cells(r))
	}
	for _, l := range a.all.Lines {
		open := len(l.Below) > 0 && len(l.Below) <= shownBelow != a.toggled[l.Name]
		add(row{ActorLine: l, open: open})
		if !open {
			continue
		}
		grid.SortRows(a.sorted, l.Below, by)
		for _, b := range l.Below {
			add(row{ActorLine: b, below: 1})
		}
	}
	a.grid.SetRows(cells)
	a.grid.SetColumns(a.sorted.Heads(a.theme, columns))
	return a.grid.GoTo(at)
}

func (a *Actors) cells(r row) grid.Row {
	mark, role := "", theme.Text
	switch {
	case r.below > 0:
		mark = "   "
	case r.open:
		mark, role = a.theme.Down+" ", theme.Accent
	case len(r.Below) > 0:
		mark, role = a.theme.More+" ", theme.Accent
	}
	name := short(r.Name, r.below > 0)
	if len(r.Below) > 0 && !r.open {
		name += fmt.Sprintf(" (%d below)", len(r.Below))
	}
	denied := grid.Word("", theme.Text)
	switch {
	case r.Denied < 0:
		denied = grid.Word(a.theme.Cut, theme.Dim)
	case r.Denied > 0:
		denied = grid.Word(fmt.Sprintf("%.1f %%", 100*share(r.Totals)), theme.Warn)
	}
	return grid.Row{Cells: []grid.Cell{
		grid.Text(a.theme, safe.Cut(mark+name, 300), role), grid.Word(value.Count(r.Requests), theme.Text), denied, a.number(r.Objects, value.Count),
		a.number(r.CloudTrailOut, value.Bytes), a.number(r.CloudTrailIn, value.Bytes), a.number(r.AccessOnlyOut, value.Bytes),
		grid.Word(shown(r.First), theme.Text), grid.Word(shown(r.Last), theme.Text), grid.Word(r.Kind, theme.Dim),
	}}
}

// number is a cell of n, or says that it is still being counted.
func (a *Actors) number(n int64, words func(int64) string) grid.Cell {
	if n < 0 {
		return grid.Word(a.theme.Cut, theme.Dim)
	}
	return grid.Word(words(n), theme.Text)
}

// short is a name without what every ARN has: what it names, and the account. Below its role a session
// needs no more than its own name. The status line has the name in full.
func short(name string, below bool) string {
	parts := strings.SplitN(name, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return name
	}
	session, ok := strings.CutPrefix(parts[5], "assumed-role/")
	switch {
	case ok && below:
		_, session, _ = strings.Cut(session, "/")
		return session
	case ok:
		return session + " " + parts[4]
	}
	return parts[5] + " " + parts[4]
}

func shown(t *time.Time) string { return value.Time(moment(t)) }

func (a *Actors) current() (row, bool) {
	i, ok := a.grid.Index(len(a.rows))
	if !ok {
		return row{}, false
	}
	return a.rows[i], true
}

// Resize gives the screen w by h cells.
func (a *Actors) Resize(w, h int) tea.Cmd {
	a.w, a.h = w, h
	return a.grid.SetSize(w, max(0, h-2))
}

// Act does an act.
func (a *Actors) Act(act keys.Action) tea.Cmd {
	switch act {
	case keys.SortColumn:
		_, col := a.grid.Column()
		a.sorted.Press(col)
		return a.fill()
	case keys.ClearAll:
		a.SetFilter(model.Filter{})
		return a.Open()
	case keys.ShowCmd:
		return dialog.Command(a.shell, command(a.options, "--list", a.options.Print(a.filter)))
	case keys.Open, keys.ShowCard, keys.Toggle, keys.Keep, keys.Drop, keys.Only, keys.Copy:
		r, ok := a.current()
		if !ok {
			a.shell.Notice(theme.Warn, "there is nothing under the cursor")
			return nil
		}
		return a.onRow(act, r)
	}
	cmd, _ := a.grid.Act(act)
	return cmd
}

// command is what tells the same without a screen.
func command(o Options, words ...string) string {
	out := "trailsift actor " + value.Quote(o.Case)
	for _, w := range words {
		if w != "" {
			out += " " + value.Quote(w)
		}
	}
	return out
}

func (a *Actors) onRow(act keys.Action, r row) tea.Cmd {
	switch act {
	case keys.Copy:
		return a.shell.Copy(r.Name)
	case keys.Toggle:
		if len(r.Below) == 0 {
			a.shell.Notice(theme.Warn, "nothing stands below this line")
			return nil
		}
		a.toggled[r.Name] = !a.toggled[r.Name]
		return a.fill()
	case keys.Keep, keys.Drop, keys.Only:
		f, err := a.options.Parse(r.Filter)
		if err != nil {
			a.shell.Notice(theme.Bad, "the filter of the line cannot be read: "+safe.New(err.Error()).String())
			return nil
		}
		if act == keys.Keep {
			return a.shell.ShowFilter(r.Name, f)
		}
		return shell.Sift(a.shell, act, r.Name, a.filter, f.Terms[len(f.Terms)-1:])
	}
	return a.shell.ShowScreen(NewCard(a.shell, a.options, a.filter, r.Card))
}

// Mouse scrolls, sorts by a heading, and opens what is clicked twice.
func (a *Actors) Mouse(m shell.Mouse) tea.Cmd {
	if len(a.rows) == 0 {
		return nil
	}
	return shell.Point(a.grid, m, 2, a.Act)
}

// Lines draws the list.
func (a *Actors) Lines() []string {
	if a.w <= 0 || a.h <= 0 {
		return nil
	}
	remark := ""
	if a.Known {
		remark = value.Of(int64(len(a.all.Lines)), "actor", "actors")
		if a.all.More > 0 {
			remark = "the " + value.Count(int64(len(a.all.Lines))) + " with the most requests"
		}
		remark += a.Remark()
	}
	under := "enter: card   + requests   - all others   space: sessions   s sorts"
	if len(a.filter.Terms) > 0 {
		under = "under the filter " + a.theme.Show(safe.New(a.options.Print(a.filter)).String()) + "   0 clears it"
	} else if a.all.Absent > 0 {
		under += "   " + value.Of(a.all.Absent, "row names", "rows name") + " nobody"
	}
	out := []string{
		shell.Rule(a.theme, a.w, true, "Actors", remark),
		shell.Pad(" "+a.theme.Paint(theme.Dim, grid.Fit(under, max(0, a.w-1), grid.CutMiddle, a.theme.Cut)), a.w),
	}
	if why := a.Excuse(a.theme, a.w, a.h-2, len(a.rows) == 0, "no request that is recorded here names an actor"); why != nil {
		return append(out, why...)
	}
	return append(out, shell.Block(a.grid.Lines(), a.w, a.h-2)...)
}

// Status is the name under the cursor in full, and why it stands where it does.
func (a *Actors) Status() string {
	r, ok := a.current()
	if !ok {
		return ""
	}
	text := r.Kind + " " + r.Name
	if told := value.Remarks(r.Requests, r.Rows, 0); told != "" {
		text += ", " + told
	}
	if r.Why != "" {
		text += ": " + r.Why
	}
	return a.theme.Show(safe.Cut(text, 512).String())
}
