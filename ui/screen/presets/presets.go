// Package presets is the screen of standard questions: what each asks, which evidence it needs, how
// an empty answer is to be read, and how many requests answer it now. It must not know how presets
// are stored or what Explore does with a filter.
package presets

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/dialog"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/offers"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// Param is something a question asks for before it can be answered.
type Param struct {
	Name, Question, Default string
	Field                   model.Field // whose values complete it; empty: nothing does
	// Complete says which of the field's values may complete a text.
	Complete func(text string, have []filter.ValueCount) []filter.Suggestion
}

// Preset is one question.
type Preset struct {
	Name     string
	Topic    string
	Title    string
	Question string
	Needs    []string // evidence, in words
	// Missing says why a case cannot answer it, empty when it can; nil: any case can.
	Missing func(o model.Overview) string
	Reading string // how to read the answer
	Empty   string // how to read an empty answer
	Next    string // what to ask next
	Command string // the command that tells more than the requests; empty: none does
	Noun    string // what its number counts; empty: requests
	Lead    bool   // worth a place in the briefing when its count is not zero
	Weight  int    // of the lead; the heaviest stand first
	Params  []Param
	// Filter makes the filter out of the parameters, by name.
	Filter func(params map[string]string) (model.Filter, error)
	Group  []model.Field // answered by a table of groups; empty: by the requests themselves
	// Table answers with a table of its own, and a number; nil: the requests or their groups answer.
	Table func(ctx context.Context, params map[string]string) (Table, error)
}

// Table is an answer in lines.
type Table struct {
	Names  []string
	Lines  [][]any  // texts, numbers, times; nil where absent
	Number int64    // what the question's noun counts
	Says   []string // sentences that stand above the lines
	Notes  []string // what the lines are to be held against; they stand below them
	// Open is the filter behind a line; nil: lines open nothing.
	Open func(line int) (model.Filter, bool)
}

// Reason says why the case cannot answer s; nothing is said against it before all is loaded.
func (s Preset) Reason(o model.Overview, loading bool) string {
	if s.Missing == nil || loading || o.Provisional {
		return ""
	}
	return s.Missing(o)
}

// settled tells that s can be answered without asking for anything.
func (s Preset) settled() bool {
	for _, q := range s.Params {
		if q.Default == "" {
			return false
		}
	}
	return true
}

// Number counts what answers s where its parameters have their defaults; ok is false where one has none.
func Number(s Preset) (count func(ctx context.Context, b Counter) (int64, error), ok bool) {
	if !s.settled() {
		return nil, false
	}
	return func(ctx context.Context, b Counter) (int64, error) {
		if s.Table != nil {
			t, err := s.Table(ctx, nil)
			return t.Number, err
		}
		f, err := s.Filter(nil)
		if err != nil {
			return 0, err
		}
		return b.Count(ctx, model.Query{Filter: f})
	}, true
}

// Counter counts requests.
type Counter interface {
	Count(ctx context.Context, q model.Query) (int64, error)
}

// Backend is what the screen asks of an engine.
type Backend interface {
	Counter
	offers.Counter
	GroupBy(ctx context.Context, q model.Query, fields []model.Field, limit int) ([]model.Group, error)
}

// textLines are the least and the most lines of the text below the list, its heading included.
const (
	textLines     = 10
	textLinesMost = 18
)

// Presets is the screen.
type Presets struct {
	shell.Still
	shell   shell.Shell
	theme   *theme.Theme
	backend Backend
	covers  shell.Covers
	list    []Preset
	reload  func(ctx context.Context) []Preset // nil: the list stays as it is
	reading shell.Ask[[]Preset]
	counts  map[string]string // by name: a number, or why there is none
	grid    *grid.Grid
	asking  Preset // counted last
	answer  shell.Ask[int64]
	over    model.Overview
	loading bool // or nothing is known of the case yet
	w, h    int
}

// New returns the screen. reload, where it is not nil, reads the list again whenever the screen opens.
func New(sh shell.Shell, b Backend, covers shell.Covers, list []Preset, reload func(ctx context.Context) []Preset) *Presets {
	p := &Presets{shell: sh, theme: sh.Theme(), backend: b, covers: covers, list: list, reload: reload, counts: map[string]string{}, loading: true}
	p.grid = grid.New(p.theme, []grid.Column{
		{Name: "TOPIC", Min: 12, Want: 18, Priority: 2},
		{Name: "QUESTION", Min: 20, Want: 80, Priority: 0, Elastic: true},
		{Name: "ANSWER", Min: 11, Want: 19, Priority: 1, Right: true},
	})
	p.grid.SetFocus(true)
	p.fill()
	return p
}

func (p *Presets) fill() {
	rows := make([]grid.Row, len(p.list))
	for i, s := range p.list {
		role := theme.Text
		if p.reason(s) != "" {
			role = theme.Dim
		}
		rows[i].Cells = []grid.Cell{
			grid.Text(p.theme, safe.New(s.Topic), role), grid.Text(p.theme, safe.New(s.Title), role), grid.Word(p.count(s), role),
		}
	}
	p.grid.SetRows(rows)
}

// SetOverview tells what the case holds, on which it hangs which questions it can answer.
func (p *Presets) SetOverview(o model.Overview, loading bool) tea.Cmd {
	p.over, p.loading = o, loading
	p.fill()
	return p.ask()
}

func (p *Presets) reason(s Preset) string { return s.Reason(p.over, p.loading) }

func (p *Presets) count(s Preset) string {
	switch {
	case p.reason(s) != "":
		return "cannot say"
	case !s.settled():
		return "asks first"
	case p.counts[s.Name] != "":
		return p.counts[s.Name]
	}
	return p.theme.Dot
}

// List is the questions as they are now.
func (p *Presets) List() []Preset { return p.list }

// Title names the screen in the header.
func (p *Presets) Title() string { return "Presets" }

// Pane is the pane that has the keys.
func (p *Presets) Pane() keys.Pane { return keys.Presets }

// Twin is the command that lists the questions.
func (p *Presets) Twin() shell.Twin { return shell.Twin{Verb: "preset list"} }

// Open counts what is on screen.
func (p *Presets) Open() tea.Cmd { return p.ask() }

// Reread reads the list again: one that was just saved is there.
func (p *Presets) Reread() tea.Cmd {
	if p.reload == nil {
		return nil
	}
	return p.reading.Begin(p.shell, func(ctx context.Context) ([]Preset, error) { return p.reload(ctx), nil })
}

// Refresh counts anew.
func (p *Presets) Refresh() tea.Cmd {
	p.Stop()
	p.counts = map[string]string{}
	p.fill()
	return p.ask()
}

// Resize gives the screen w by h cells.
func (p *Presets) Resize(w, h int) tea.Cmd {
	p.w, p.h = w, h
	return tea.Batch(p.grid.SetSize(w, h-1-p.textHeight()), p.ask())
}

func (p *Presets) textHeight() int {
	if p.h < 16 {
		return 0
	}
	return min(max(textLines, p.h/2), textLinesMost)
}

// Act moves or opens a question.
func (p *Presets) Act(a keys.Action) tea.Cmd {
	if a == keys.Open {
		return p.open()
	}
	cmd, _ := p.grid.Act(a)
	return tea.Batch(cmd, p.ask())
}

// Mouse scrolls, and opens the question that is clicked twice.
func (p *Presets) Mouse(m shell.Mouse) tea.Cmd {
	return tea.Batch(shell.Point(p.grid, m, 1, p.Act), p.ask())
}

// ask counts the first uncounted question on screen; the answer asks for the next.
func (p *Presets) ask() tea.Cmd {
	if p.answer.Waiting() || p.h == 0 {
		return nil
	}
	from, to := p.grid.Visible()
	for i := from; i < min(to, int64(len(p.list))); i++ {
		s := p.list[i]
		count, ok := Number(s)
		if p.reason(s) != "" || !ok || p.counts[s.Name] != "" {
			continue
		}
		p.asking = s
		return p.answer.Begin(p.shell, func(ctx context.Context) (int64, error) { return count(ctx, p.backend) })
	}
	return nil
}

// Receive takes a count, or the list.
func (p *Presets) Receive(msg tea.Msg) tea.Cmd {
	if list, mine, _ := p.reading.Receive(msg); mine {
		p.list = list
		p.fill()
		return p.ask()
	}
	n, mine, err := p.answer.Receive(msg)
	if !mine {
		return nil
	}
	name := p.asking.Name
	if err != nil {
		p.counts[name] = "failed"
		p.shell.Notice(theme.Bad, "could not count "+safe.New(name).String()+": "+safe.New(err.Error()).String())
	} else {
		p.counts[name] = Counted(n, p.asking.Noun)
	}
	p.fill()
	return p.ask()
}

// Counted is a number with what it counts, a plural; requests are not named.
func Counted(n int64, noun string) string {
	switch {
	case noun == "" || noun == "requests":
		return value.Count(n)
	case n == 1:
		return "1 " + strings.TrimSuffix(noun, "s")
	}
	return value.Count(n) + " " + noun
}

// current is the question under the cursor.
func (p *Presets) current() (Preset, bool) {
	i, ok := p.grid.Index(len(p.list))
	if !ok {
		return Preset{}, false
	}
	return p.list[i], true
}

func (p *Presets) open() tea.Cmd {
	s, ok := p.current()
	if !ok {
		return nil
	}
	if why := p.reason(s); why != "" {
		p.shell.Notice(theme.Warn, "this case cannot answer it: "+safe.New(why).String())
		return nil
	}
	return Answer(p.shell, p.backend, p.covers, s)
}

// asker is what opens the answer to a question.
type asker struct {
	shell   shell.Shell
	backend Backend
	covers  shell.Covers // holds an empty answer against what the evidence covers
}

// Answer opens Explore or a table of groups on a question, asking for its parameters first.
func Answer(sh shell.Shell, b Backend, covers shell.Covers, s Preset) tea.Cmd {
	by := asker{sh, b, covers}
	if len(s.Params) == 0 {
		cmd, refusal := by.answer(s, nil)
		if refusal != "" {
			sh.Notice(theme.Bad, refusal)
		}
		return cmd
	}
	spec := dialog.Spec{Title: safe.New(s.Title).String(), Yes: "asks"}
	for _, q := range s.Params {
		help := safe.New(q.Question).String()
		if q.Default != "" {
			help += "; left empty: " + safe.New(q.Default).String()
		}
		field := dialog.Field{Label: safe.New(q.Name).String(), Text: q.Default, Help: help}
		if in, ok := model.Lookup(q.Field); ok && q.Complete != nil && !in.Filter {
			field.Values = &dialog.Values{Shell: sh, Counter: b, Field: q.Field, Complete: q.Complete}
		}
		spec.Fields = append(spec.Fields, field)
	}
	spec.Do = func(a dialog.Answer) (tea.Cmd, string) {
		params := map[string]string{}
		for i, q := range s.Params {
			switch {
			case strings.TrimSpace(a[i]) != "":
				params[q.Name] = a[i]
			case q.Default == "":
				return nil, safe.New(q.Name).String() + " wants a value"
			}
		}
		return by.answer(s, params)
	}
	sh.Push(dialog.New(sh.Theme(), spec))
	return nil
}

func (a asker) answer(s Preset, params map[string]string) (tea.Cmd, string) {
	f, err := s.Filter(params)
	if err != nil {
		return nil, safe.New(err.Error()).String()
	}
	switch {
	case s.Table != nil:
		return a.shell.ShowScreen(newTable(a, s, params, f, func(ctx context.Context) (Table, error) { return s.Table(ctx, params) })), ""
	case len(s.Group) == 0:
		return a.shell.ShowFilter(safe.New(s.Title).String(), f), ""
	}
	return a.shell.ShowScreen(newTable(a, s, params, f, func(ctx context.Context) (Table, error) { return groups(ctx, a.backend, f, s.Group) })), ""
}

// twin is the command that answers s.
func twin(s Preset, params map[string]string) shell.Twin {
	t := shell.Twin{Verb: "preset run", Words: []string{s.Name}}
	for _, q := range s.Params {
		if v, given := params[q.Name]; given {
			t.Words = append(t.Words, "--param="+q.Name+"="+v)
		}
	}
	return t
}

// Lines draws the list and the text of the question under the cursor.
func (p *Presets) Lines() []string {
	if p.h <= 0 {
		return nil
	}
	remark := value.Of(int64(len(p.list)), "question", "questions")
	out := []string{shell.Rule(p.theme, p.w, true, "Presets", remark)}
	th := p.textHeight()
	out = append(out, shell.Block(p.grid.Lines(), p.w, p.h-1-th)...)
	if th == 0 {
		return out
	}
	out = append(out, shell.Rule(p.theme, p.w, false, "What it asks", ""))
	return append(out, shell.Block(p.text(), p.w, th-1)...)
}

func (p *Presets) text() []string {
	s, ok := p.current()
	if !ok {
		return []string{" no presets are built in or saved"}
	}
	var out []string
	add := func(r theme.Role, label, text string) {
		if text == "" {
			return
		}
		for i, l := range shell.Wrap(label+p.theme.Show(safe.New(text).String()), max(1, p.w-2)) {
			if i > 1 {
				break
			}
			out = append(out, " "+p.theme.Paint(r, l))
		}
	}
	add(theme.Bad, "cannot say: ", p.reason(s))
	add(theme.Text, "", s.Question)
	add(theme.Text, "reading it: ", s.Reading)
	add(theme.Text, "if empty: ", s.Empty)
	add(theme.Text, "ask next: ", s.Next)
	add(theme.Text, "tells more: ", s.Command)
	if len(s.Params) > 0 {
		var names []string
		for _, q := range s.Params {
			names = append(names, q.Name+" ("+q.Question+")")
		}
		add(theme.Text, "asks for: ", strings.Join(names, ", "))
	}
	add(theme.Dim, "needs: ", strings.Join(s.Needs, ", "))
	return out
}

// Pending says what is awaited.
func (p *Presets) Pending() string {
	if p.answer.Waiting() {
		return "counting"
	}
	return ""
}

// Peel stops the counting.
func (p *Presets) Peel() tea.Cmd { p.Stop(); return nil }

// Stop gives up the count under way.
func (p *Presets) Stop() bool { return p.answer.Stop() }
