// Package story is the screens of what happened to objects: the story of one as a vertical timeline, and
// the ledger of deletes. It must not know how a story is put together.
package story

import (
	"slices"
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
	"trailsift/ui/widget/sheet"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// Backend is what the screens ask.
type Backend interface {
	Object(name string, limit int) []model.Part[answer.ObjectStory]
	Deletes(f model.Filter) []model.Part[answer.Deletes]
}

// Options is what the screens of this package are made of.
type Options struct {
	Backend Backend // nil: this session cannot tell stories
	Covers  shell.Covers
	Term    func(name string) model.Term // keeps what is about an object or a prefix
	Print   func(model.Filter) string
	Case    string // as commands name it
}

// eventsTold bounds the events of one story; the list under the same filter tells all.
const eventsTold = 10_000

// way is where a line leads.
type way struct {
	filter model.Filter
	title  string
	object string // whose story it may be
	actor  string // whose card A draws
	text   string
	record string // the event's own; empty: the line is none
}

// Story is the timeline of one object or prefix.
type Story struct {
	shell.Still
	shell.Question[answer.ObjectStory]
	shell   shell.Shell
	theme   *theme.Theme
	options Options
	name    string
	story   answer.ObjectStory
	sheet   *sheet.Sheet[way]
	w, h    int
}

// New returns the story of bucket/key, or of a prefix that ends in a star.
func New(sh shell.Shell, o Options, name string) *Story {
	s := &Story{shell: sh, theme: sh.Theme(), options: o, name: name}
	s.Doing, s.Cannot = "putting the story together", "could not tell the story"
	s.sheet = sheet.New[way](s.theme)
	return s
}

// Title names the screen in the header.
func (s *Story) Title() string { return "Story of " + safe.Cut(s.name, 60).String() }

// Pane is the pane that has the keys.
func (s *Story) Pane() keys.Pane { return keys.Story }

// about keeps the requests on the object.
func (s *Story) about() model.Filter { return model.Filter{}.With(s.options.Term(s.name)) }

// Open asks for the story.
func (s *Story) Open() tea.Cmd {
	if s.options.Backend == nil {
		s.Failed = "this session cannot tell stories; trailsift object can"
		return nil
	}
	return s.BeginParts(s.shell, s.options.Backend.Object(s.name, eventsTold), empty, s.options.Covers, model.Query{Filter: s.about()})
}

func empty(o answer.ObjectStory) bool { return len(o.Lines) == 0 && len(o.Deletes.Entries) == 0 }

// Refresh asks again.
func (s *Story) Refresh() tea.Cmd { return s.Open() }

// Receive takes the story.
func (s *Story) Receive(msg tea.Msg) tea.Cmd {
	if o, ok := s.Take(msg); ok {
		was, _ := s.sheet.Current()
		s.story = o
		lines := s.lines()
		s.sheet.Set(lines)
		same := func(l sheet.Line[way]) bool { return l.Stop && l.Of.record == was.record }
		if i := slices.IndexFunc(lines, same); was.record != "" && i >= 0 {
			s.sheet.GoTo(i)
		}
	}
	return s.More()
}

// Resize gives the screen w by h cells.
func (s *Story) Resize(w, h int) tea.Cmd {
	s.w, s.h = w, h
	s.sheet.SetSize(w, max(0, h-1))
	return nil
}

// Act walks through the story, or opens what the line under the cursor stands for.
func (s *Story) Act(a keys.Action) tea.Cmd {
	if s.sheet.Act(a) {
		return nil
	}
	switch a {
	case keys.ShowCmd:
		return dialog.Command(s.shell, "trailsift object "+value.Quote(s.options.Case)+" "+value.Quote(s.name))
	case keys.ShowDels:
		return s.shell.ShowDeletes(s.about())
	}
	w, ok := s.sheet.Current()
	if !ok {
		return nil
	}
	switch {
	case a == keys.Open || a == keys.Keep:
		return s.shell.ShowFilter(w.title, w.filter)
	case a == keys.Drop || a == keys.Only:
		return shell.Sift(s.shell, a, w.title, s.about(), w.filter.Terms)
	case a == keys.ShowCard && w.actor != "":
		return s.shell.ShowActor(w.actor)
	case a == keys.ShowStory && w.object != "" && w.object != s.name:
		return s.shell.ShowObject(w.object)
	case a == keys.Copy:
		return s.shell.Copy(w.text)
	case a == keys.ShowCard || a == keys.ShowStory:
		s.shell.Notice(theme.Warn, "this line names no other one")
	}
	return nil
}

// Mouse scrolls, and opens what is clicked twice.
func (s *Story) Mouse(m shell.Mouse) tea.Cmd {
	return shell.PointLines(s.sheet, m, 1, s.Act)
}

// Lines draws the story.
func (s *Story) Lines() []string {
	if s.w <= 0 || s.h <= 0 {
		return nil
	}
	remark := ""
	if s.Known {
		remark = value.Of(max(s.story.Total, int64(len(s.story.Lines))), "event", "events") + s.Remark()
	}
	out := []string{shell.Rule(s.theme, s.w, true, s.theme.Show(safe.Cut(s.name, 300).String()), remark)}
	if why := s.Excuse(s.theme, s.w, s.h-1, empty(s.story), "nothing that is recorded here happened to it"); why != nil {
		return append(out, why...)
	}
	return append(out, shell.Block(s.sheet.Lines(), s.w, s.h-1)...)
}

// Status is the line under the cursor in full.
func (s *Story) Status() string {
	w, ok := s.sheet.Current()
	if !ok || empty(s.story) {
		return ""
	}
	return s.theme.Show(safe.Cut(w.text, 512).String())
}

// lines are the timeline, then who read and wrote, then what was deleted.
func (s *Story) lines() []sheet.Line[way] {
	var out []sheet.Line[way]
	head := func(title, remark string) {
		out = append(out, sheet.Line[way]{Head: true, Draw: func(w int) string { return shell.Rule(s.theme, w, false, title, remark) }})
	}
	o := s.story
	head("Timeline", "in the order of time; neighbours within a second have no known order")
	day := ""
	for i := range o.Lines {
		l := &o.Lines[i]
		if d := dayOf(l.Time); d != day {
			day = d
			out = append(out, sheet.Line[way]{Draw: func(int) string { return s.theme.Paint(theme.Title, d) }})
		}
		out = append(out, sheet.Line[way]{Stop: true, Of: s.wayOf(l), Draw: func(w int) string { return s.event(l, w) }})
	}
	if more := o.Total - int64(len(o.Lines)); more > 0 {
		out = append(out, sheet.Line[way]{Stop: true, Of: way{filter: s.about(), title: s.name, text: s.name}, Draw: func(int) string { return "and " + value.Count(more) + " more; enter lists all" }})
	}
	for _, p := range []struct {
		name string
		all  []answer.Party
	}{{"Readers", o.Readers}, {"Writers", o.Writers}} {
		if len(p.all) > 0 {
			head(p.name, value.Of(int64(len(p.all)), "line", "lines"))
		}
		for i := range p.all {
			x := &p.all[i]
			out = append(out, sheet.Line[way]{Stop: true, Of: s.partyWay(x), Draw: func(w int) string { return s.party(x, w) }})
		}
	}
	if d := o.Deletes; len(d.Entries)+len(d.UnknownKeys) > 0 {
		head("Deletes", "D opens the ledger")
		for i := range d.Entries {
			e := &d.Entries[i]
			out = append(out, sheet.Line[way]{Stop: true, Of: deleteWay(e), Draw: func(w int) string { return deleteLine(s.theme, e, w) }})
		}
	}
	return out
}

func dayOf(t *time.Time) string {
	if t == nil {
		return "without a time"
	}
	return t.UTC().Format("2006-01-02")
}

func timeOf(t *time.Time) string {
	if t == nil {
		return value.Time(time.Time{})
	}
	return value.Time(*t)
}

func clock(t *time.Time) string {
	if t == nil {
		return "--------"
	}
	return t.UTC().Format("15:04:05")
}

// wayOf leads to one request: its record, else the second it was made in.
func (s *Story) wayOf(l *answer.StoryLine) way {
	w := way{title: l.Act, object: l.Bucket + "/" + l.Key, actor: l.Actor, text: s.words(l), record: l.Record}
	switch {
	case l.EventID != "":
		w.filter = model.Filter{}.With(value.Term(model.FieldEventID, l.EventID, false))
	case l.RequestID != "":
		w.filter = model.Filter{}.With(value.Term(model.FieldRequestID, l.RequestID, false))
	default:
		w.filter = s.about()
	}
	if w.actor == "" {
		w.actor = l.IP
	}
	return w
}

// acts that destroy, that change who may, and that take away stand out by a sign and a role.
var signs = []struct {
	word, glyph, ascii string
	role               theme.Role
}{
	{"denied", "✗", "x", theme.Warn}, {"failed", "✗", "x", theme.Warn}, {"delete", "✗", "x", theme.Bad}, {"expired", "✗", "x", theme.Bad},
	{"marker removed", "●", "*", theme.Good}, {"version removed", "✗", "x", theme.Bad}, {"copied back", "●", "*", theme.Good},
	{"re-encrypted", "◆", "#", theme.Bad}, {"onto itself", "◆", "#", theme.Bad}, {"copied out", "◀", "<", theme.Bad}, {"KMS alone", "?", "?", theme.Warn},
	{"permissions", "!", "!", theme.Warn}, {"written", "●", "*", theme.Good}, {"copied in", "●", "*", theme.Good}, {"read", "○", "o", theme.Accent},
}

func (s *Story) event(l *answer.StoryLine, w int) string {
	glyph, role := s.theme.Bar, theme.Text
	for _, x := range signs {
		if strings.Contains(l.Act, x.word) {
			if glyph, role = x.glyph, x.role; s.theme.ASCII {
				glyph = x.ascii
			}
			break
		}
	}
	left := clock(l.Time) + " " + s.theme.Paint(role, glyph) + " "
	act := s.theme.Show(safe.Cut(l.Act, 60).String())
	n := max(18, grid.Width(act))
	room := w - 11 - n - 1
	if room < 1 {
		return left + s.theme.Paint(role, grid.Fit(act, max(1, w-11), grid.CutTail, s.theme.Cut))
	}
	return left + s.theme.Paint(role, grid.Fit(act, n, grid.CutTail, s.theme.Cut)) + " " + grid.Fit(s.theme.Show(safe.Cut(s.words(l), 600).String()), room, grid.CutTail, s.theme.Cut)
}

// words are an event in words, what matters first.
func (s *Story) words(l *answer.StoryLine) string {
	var out []string
	add := func(before, v string) {
		if v != "" {
			out = append(out, before+v)
		}
	}
	if strings.HasSuffix(s.name, "*") {
		add("", strings.TrimPrefix(l.Key, s.prefix()))
	}
	add("", l.Note)
	add("by ", short(l.Actor))
	if l.BytesOut != nil && *l.BytesOut > 0 {
		add("", value.Bytes(*l.BytesOut)+" out")
	}
	if l.BytesIn != nil && *l.BytesIn > 0 {
		add("", value.Bytes(*l.BytesIn)+" in")
	}
	if l.Enc != "" && l.Enc != model.EncNA.String() {
		add("", l.Enc)
	} else {
		add("object ", l.ObjectEnc)
	}
	add("from ", l.IP)
	add("version ", l.Version)
	add("", l.Error)
	add("", l.Log)
	add("", l.Integrity)
	return strings.Join(out, ", ")
}

// prefix is the folder of a prefix's name, without its bucket.
func (s *Story) prefix() string {
	_, key, _ := strings.Cut(strings.TrimSuffix(s.name, "*"), "/")
	return key[:strings.LastIndexByte(key, '/')+1]
}

// short leaves out of an ARN what every one has.
func short(actor string) string {
	if parts := strings.SplitN(actor, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		return strings.TrimPrefix(parts[5], "assumed-role/")
	}
	return actor
}

func (s *Story) partyWay(x *answer.Party) way {
	f := s.about().With(value.Term(model.FieldActor, orNil(x.Actor), false)).With(value.Term(model.FieldIP, orNil(x.IP), false)).With(value.Term(model.FieldAccessKey, orNil(x.AccessKey), false))
	actor := x.Actor
	if actor == "" {
		actor = x.IP
	}
	return way{filter: f, title: short(x.Actor), actor: actor, text: strings.TrimSpace(x.Actor + " " + x.AccessKey + " " + x.IP)}
}

// orNil is nil for a value that the record lacks.
func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// party tells who first: in a narrow window the lines would else be all alike.
func (s *Story) party(x *answer.Party, w int) string {
	text := strings.TrimSpace(short(x.Actor)+" "+x.IP) + ": " + value.Of(x.Requests, "request", "requests") + ", " + value.Bytes(x.CloudTrailOut) + " out by CloudTrail"
	if x.AccessOut > 0 {
		text += ", " + value.Bytes(x.AccessOut) + " only in the access log"
	}
	if x.AccessKey != "" {
		text += "; " + x.AccessKey
	}
	return grid.Fit(s.theme.Show(safe.Cut(text, 600).String()), w, grid.CutTail, s.theme.Cut)
}
