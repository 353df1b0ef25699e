package story

import (
	"fmt"
	"slices"
	"strings"

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

// Deletes is the ledger of deletes.
type Deletes struct {
	shell.Still
	shell.Question[answer.Deletes]
	shell   shell.Shell
	theme   *theme.Theme
	options Options
	filter  model.Filter
	ledger  answer.Deletes
	grid    *grid.Grid
	w, h    int
}

var deleteColumns = []grid.Column{
	{Name: "TIME", Min: 20, Want: 20, Priority: 1},
	{Name: "FATE", Min: 14, Want: 14, Priority: 0},
	{Name: "OBJECT", Min: 18, Want: 80, Priority: 0, Cut: grid.CutMiddle, Elastic: true},
	{Name: "KIND", Min: 15, Want: 15, Priority: 2},
	{Name: "KEY FROM", Min: 10, Want: 18, Priority: 4},
	{Name: "BY", Min: 14, Want: 34, Priority: 3, Cut: grid.CutHead},
	{Name: "WHY", Min: 20, Want: 70, Priority: 5},
}

// NewDeletes returns the ledger of the deletes that f keeps.
func NewDeletes(sh shell.Shell, o Options, f model.Filter) *Deletes {
	d := &Deletes{shell: sh, theme: sh.Theme(), options: o, filter: f}
	d.Doing, d.Cannot = "listing deletes", "could not list the deletes"
	d.grid = grid.New(d.theme, deleteColumns)
	d.grid.SetFocus(true)
	return d
}

// Title names the screen in the header.
func (d *Deletes) Title() string { return "Deletes" }

// Pane is the pane that has the keys.
func (d *Deletes) Pane() keys.Pane { return keys.Deletes }

// Looking is the filter whose deletes it lists.
func (d *Deletes) Looking() model.Filter { return d.filter }

// Open asks for the ledger.
func (d *Deletes) Open() tea.Cmd {
	if d.options.Backend == nil {
		d.Failed = "this session cannot list deletes; trailsift audit deletes can"
		return nil
	}
	return d.BeginParts(d.shell, d.options.Backend.Deletes(d.filter), none, d.options.Covers, model.Query{Filter: d.filter})
}

func none(l answer.Deletes) bool { return len(l.Entries)+len(l.UnknownKeys) == 0 }

// Refresh asks again.
func (d *Deletes) Refresh() tea.Cmd { return d.Open() }

// Receive takes the ledger.
func (d *Deletes) Receive(msg tea.Msg) tea.Cmd {
	l, ok := d.Take(msg)
	if !ok {
		return d.More()
	}
	was, had := d.at()
	d.ledger = l
	d.grid.SetRowsBy(len(l.Entries)+len(l.UnknownKeys), d.row)
	cmd := d.Resize(d.w, d.h)
	if had && was.Record != "" {
		same := func(e answer.Delete) bool {
			return e.Record == was.Record && e.Key == was.Key && e.Version == was.Version
		}
		if i := slices.IndexFunc(l.Entries, same); i >= 0 {
			cmd = tea.Batch(cmd, d.grid.GoTo(int64(i)))
		}
	}
	return tea.Batch(cmd, d.More())
}

// at is the entry under the cursor; false where it stands on a call with unknown keys, or on nothing.
func (d *Deletes) at() (answer.Delete, bool) {
	i, ok := d.grid.Index(len(d.ledger.Entries))
	if !ok {
		return answer.Delete{}, false
	}
	return d.ledger.Entries[i], true
}

// row draws the entry at a place; those with unknown keys stand last.
func (d *Deletes) row(i int) grid.Row {
	if i < len(d.ledger.Entries) {
		e := &d.ledger.Entries[i]
		fate, role := fateOf(e), fateRole(e.Fate)
		if fate == "" {
			fate, role = d.theme.Cut, theme.Dim
		}
		return d.cells(timeOf(e.Time), fate, role, e.Bucket+"/"+e.Key, e.Kind, strings.Join(e.Sources, " "), short(e.Actor), why(e))
	}
	e := &d.ledger.UnknownKeys[i-len(d.ledger.Entries)]
	return d.cells(timeOf(e.Time), "unknown", theme.Warn, e.Bucket+"/?", "keys unknown", "neither log", short(e.Actor), "request "+e.RequestID)
}

func (d *Deletes) cells(at, fate string, role theme.Role, object, kind, from, actor, why string) grid.Row {
	foreign := func(s string) grid.Cell { return grid.Text(d.theme, safe.Cut(s, 400), theme.Text) }
	return grid.Row{Cells: []grid.Cell{
		grid.Word(at, theme.Text), grid.Word(fate, role), foreign(object), grid.Word(kind, theme.Text), grid.Word(from, theme.Dim), foreign(actor), foreign(why),
	}}
}

// fateRole repeats by colour what the word says.
func fateRole(fate string) theme.Role {
	switch fate {
	case answer.Lost:
		return theme.Bad
	case answer.CannotTell, answer.Contradicted:
		return theme.Warn
	}
	return theme.Good
}

// fateOf marks a fate that hangs on what nothing tells.
func fateOf(e *answer.Delete) string {
	if e.If != "" {
		return e.Fate + ", if"
	}
	return e.Fate
}

// why is what a fate follows from, and the write that came after.
func why(e *answer.Delete) string {
	if e.Again == nil {
		return e.Why
	}
	return e.Why + "; written again " + value.Time(*e.Again)
}

// deleteWay leads to the requests on a deleted object.
func deleteWay(e *answer.Delete) way {
	f := model.Filter{}.With(value.Term(model.FieldBucket, e.Bucket, false)).With(value.Term(model.FieldKey, e.Key, false))
	return way{filter: f, title: e.Key, object: e.Bucket + "/" + e.Key, actor: e.Actor, text: e.Bucket + "/" + e.Key + ": " + why(e)}
}

func deleteLine(th *theme.Theme, e *answer.Delete, w int) string {
	text := fmt.Sprintf("%s  %s  %s/%s, by %s: %s", timeOf(e.Time), e.Kind, e.Bucket, e.Key, short(e.Actor), why(e))
	return th.Paint(fateRole(e.Fate), grid.Fit(fateOf(e), 15, grid.CutTail, "")) + grid.Fit(th.Show(safe.Cut(text, 600).String()), max(0, w-15), grid.CutTail, th.Cut)
}

// Resize gives the screen w by h cells.
func (d *Deletes) Resize(w, h int) tea.Cmd {
	d.w, d.h = w, h
	return d.grid.SetSize(w, max(0, h-1-len(d.under())))
}

// Act moves, or opens what the line under the cursor stands for.
func (d *Deletes) Act(a keys.Action) tea.Cmd {
	if a == keys.ShowCmd {
		text := "trailsift audit deletes " + value.Quote(d.options.Case)
		if f := d.options.Print(d.filter); f != "" {
			text += " -- " + value.Quote(f)
		}
		return dialog.Command(d.shell, text)
	}
	if cmd, moved := d.grid.Act(a); moved {
		return cmd
	}
	w, ok := d.current()
	if !ok {
		d.shell.Notice(theme.Warn, "there is nothing under the cursor")
		return nil
	}
	switch {
	case a == keys.Open || a == keys.Keep:
		return d.shell.ShowFilter(w.title, w.filter)
	case a == keys.Drop || a == keys.Only:
		return shell.Sift(d.shell, a, w.title, d.filter, w.filter.Terms)
	case a == keys.ShowStory && w.object != "":
		return d.shell.ShowObject(w.object)
	case a == keys.ShowStory:
		d.shell.Notice(theme.Warn, "neither log tells the keys of this call")
	case a == keys.ShowCard:
		return d.shell.ShowActor(w.actor)
	case a == keys.Copy:
		return d.shell.Copy(w.text)
	}
	return nil
}

func (d *Deletes) current() (way, bool) {
	l := &d.ledger
	i, ok := d.grid.Index(len(l.Entries) + len(l.UnknownKeys))
	if !ok {
		return way{}, false
	}
	if i < len(l.Entries) {
		return deleteWay(&l.Entries[i]), true
	}
	e := l.UnknownKeys[i-len(l.Entries)]
	f := model.Filter{}.With(value.Term(model.FieldRequestID, e.RequestID, false))
	return way{filter: f, title: e.RequestID, actor: e.Actor, text: e.Bucket + ", request " + e.RequestID}, true
}

// Mouse scrolls, and opens what is clicked twice.
func (d *Deletes) Mouse(m shell.Mouse) tea.Cmd {
	if none(d.ledger) {
		return nil
	}
	return shell.Point(d.grid, m, 1+len(d.under()), d.Act)
}

// Lines draws the ledger.
func (d *Deletes) Lines() []string {
	if d.w <= 0 || d.h <= 0 {
		return nil
	}
	remark := ""
	if d.Known {
		of := " by key"
		if d.ledger.Objects > 0 {
			of = " of " + value.Of(d.ledger.Objects, "key", "keys")
		}
		remark = value.Of(int64(len(d.ledger.Entries)), "delete", "deletes") + of + d.Remark()
	}
	title := "Deletes"
	if len(d.filter.Terms) > 0 {
		title += " among " + d.theme.Show(safe.Cut(d.options.Print(d.filter), max(10, d.w/2)).String())
	}
	under := d.under()
	out := append([]string{shell.Rule(d.theme, d.w, true, title, remark)}, under...)
	room := d.h - 1 - len(under)
	if excuse := d.Excuse(d.theme, d.w, room, none(d.ledger), "no successful delete is recorded here"); excuse != nil {
		return append(out, excuse...)
	}
	return append(out, shell.Block(d.grid.Lines(), d.w, room)...)
}

// under adds the ledger up, keys apart from versions: in one line where that has room, else in a line for
// each, as many as a quarter of the screen holds.
func (d *Deletes) under() []string {
	says := d.sums()
	if whole := strings.Join(says, "; "); grid.Width(whole) <= d.w-2 {
		says = []string{whole}
	}
	var lines []string
	for _, l := range says {
		lines = append(lines, shell.Pad(" "+d.theme.Paint(theme.Dim, grid.Fit(l, max(0, d.w-1), grid.CutTail, d.theme.Cut)), d.w))
	}
	return lines[:min(len(lines), max(1, (d.h-1)/4))]
}

// sums are the parts of what the ledger adds up to; one is there always.
func (d *Deletes) sums() []string {
	if !d.Known {
		return []string{""}
	}
	l := &d.ledger
	fates := func(of map[string]int64, hanging int64) string {
		var parts []string
		for _, fate := range answer.FateNames {
			if n := of[fate]; n > 0 {
				parts = append(parts, value.Count(n)+" "+fate)
			}
			if fate == answer.Restorable && hanging > 0 {
				parts[len(parts)-1] += " (" + value.Count(hanging) + " only if " + answer.IfVersionsWereKept + ")"
			}
		}
		return strings.Join(parts, ", ")
	}
	var parts []string
	if text := fates(l.KeyFates, l.Hanging); text != "" {
		parts = append(parts, "keys: "+text)
	}
	if text := fates(l.VersionFates, 0); text != "" {
		parts = append(parts, "versions removed: "+text)
	}
	if l.Refused < 0 {
		return append(parts, "fates, multi-object calls and refused deletes are not told yet")
	}
	return append(parts, value.Of(l.Calls, "multi-object call", "multi-object calls")+", "+value.Count(int64(len(l.UnknownKeys)))+" with unknown keys, "+value.Count(l.Refused)+" refused")
}

// Status is the object under the cursor in full, and what its fate follows from.
func (d *Deletes) Status() string {
	if w, ok := d.current(); ok {
		return d.theme.Show(safe.Cut(w.text, 512).String())
	}
	return ""
}
