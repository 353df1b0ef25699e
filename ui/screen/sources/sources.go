// Package sources is the screen of members: what was taken in, what it held, what was left out and
// why, in counts that add up. It must not know how members are read.
package sources

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// Backend is what the screen asks of an engine.
type Backend interface {
	Members(ctx context.Context) ([]model.Member, error)
}

// textLines is the height of the text below the list, its heading included.
const textLines = 7

// Sources is the screen.
type Sources struct {
	shell.Still
	shell.Question[[]model.Member]
	shell    shell.Shell
	theme    *theme.Theme
	backend  Backend
	members  []model.Member
	shown    []int
	problems bool // only members with one are shown
	grid     *grid.Grid
	loading  bool
	partly   bool // a load did not come to its end
	whole    bool // the text has all of the screen
	top      int  // its first line then
	w, h     int
}

// New returns the screen.
func New(sh shell.Shell, b Backend) *Sources {
	s := &Sources{shell: sh, theme: sh.Theme(), backend: b}
	s.Doing, s.Cannot = "listing members", "could not list the members"
	s.grid = grid.New(s.theme, []grid.Column{
		{Name: "V", Min: 1, Want: 1, Priority: 1},
		{Name: "KIND", Min: 10, Want: 10, Priority: 2},
		{Name: "MEMBER", Min: 18, Want: 80, Priority: 0, Cut: grid.CutHead, Elastic: true},
		{Name: "SEEN", Min: 8, Want: 11, Priority: 3, Right: true},
		{Name: "STORED", Min: 8, Want: 11, Priority: 4, Right: true},
		{Name: "DUPL", Min: 6, Want: 9, Priority: 5, Right: true},
		{Name: "REJECT", Min: 6, Want: 9, Priority: 6, Right: true},
		{Name: "FROM", Min: 20, Want: 20, Priority: 8},
		{Name: "TO", Min: 20, Want: 20, Priority: 9},
		{Name: "REASON", Min: 20, Want: 60, Priority: 7},
	})
	s.grid.SetFocus(true)
	return s
}

// Title names the screen in the header.
func (s *Sources) Title() string { return "Sources" }

// Pane is the pane that has the keys.
func (s *Sources) Pane() keys.Pane { return keys.Sources }

// SetOverview tells whether a load is running, or did not come to its end.
func (s *Sources) SetOverview(o model.Overview, loading bool) tea.Cmd {
	s.loading, s.partly = loading, len(o.Unfinished) > 0 && !loading
	return nil
}

// Twin is the command that lists the same.
func (s *Sources) Twin() shell.Twin {
	return shell.Twin{Verb: "case info", Words: []string{"--members"}}
}

// Open asks for the members.
func (s *Sources) Open() tea.Cmd { return s.Begin(s.shell, s.backend.Members, nil, nil, model.Query{}) }

// Refresh asks again.
func (s *Sources) Refresh() tea.Cmd { return s.Open() }

// Receive takes the members.
func (s *Sources) Receive(msg tea.Msg) tea.Cmd {
	if members, ok := s.Take(msg); ok {
		s.members = members
		s.fill()
	}
	return nil
}

// problem tells that something about m wants a look.
func problem(m model.Member) bool {
	return m.Rejected > 0 || len(m.Rejects) > 0 || m.Reason != "" || m.Flags != 0 ||
		m.Integrity == model.Altered || m.Integrity == model.Unlisted
}

func (s *Sources) fill() {
	s.shown = s.shown[:0]
	var rows []grid.Row
	for i, m := range s.members {
		if s.problems && !problem(m) {
			continue
		}
		s.shown = append(s.shown, i)
		rows = append(rows, s.row(m))
	}
	s.grid.SetRows(rows)
}

func (s *Sources) row(m model.Member) grid.Row {
	badge, role := s.theme.Badge(m.Integrity), theme.Text
	switch m.Kind {
	case model.KindRejected:
		role = theme.Bad
	case model.KindSkipped:
		role = theme.Dim
	}
	n := func(v int64) grid.Cell { return grid.Word(value.Count(v), theme.Text) }
	return grid.Row{Cells: []grid.Cell{
		grid.Word(badge.Glyph, badge.Role), grid.Word(string(m.Kind), role), grid.Text(s.theme, safe.New(m.Name), theme.Text),
		n(m.Seen), n(m.Stored()), n(m.Duplicate), n(m.Rejected),
		grid.Word(moment(m.First), theme.Text), grid.Word(moment(m.Last), theme.Text), grid.Text(s.theme, safe.New(m.Reason), role),
	}}
}

func moment(sec int64) string {
	if sec == model.NoTime || sec == 0 {
		return ""
	}
	return value.Time(time.Unix(sec, 0))
}

// Resize gives the screen w by h cells.
func (s *Sources) Resize(w, h int) tea.Cmd {
	s.w, s.h = w, h
	return s.grid.SetSize(w, max(1, h-2-s.textHeight()))
}

func (s *Sources) textHeight() int {
	switch {
	case s.whole:
		return s.h
	case s.h < 14:
		return 0
	}
	return textLines
}

// Act moves, narrows to problems, copies the hashes, or shows the text of a member whole.
func (s *Sources) Act(a keys.Action) tea.Cmd {
	switch a {
	case keys.Problems:
		s.problems = !s.problems
		s.fill()
		return nil
	case keys.Open:
		if m, ok := s.current(); ok && (m.Kind == model.KindCloudTrail || m.Kind == model.KindAccess) {
			return s.shell.ShowFilter("member", model.Filter{}.With(value.Term(model.FieldMember, m.Name, false)))
		}
		s.shell.Notice(theme.Warn, "this member holds no records to show")
		return nil
	case keys.Copy:
		if m, ok := s.current(); ok {
			return s.copy(m)
		}
		return nil
	case keys.ZoomPane:
		s.whole, s.top = !s.whole, 0
		return s.Resize(s.w, s.h)
	}
	if s.whole {
		s.top = shell.Move(a, s.top, max(1, len(s.text())-s.h+2), max(1, s.h-2))
		return nil
	}
	cmd, _ := s.grid.Act(a)
	return cmd
}

// copy sends the hashes of m that are known to the clipboard.
func (s *Sources) copy(m model.Member) tea.Cmd {
	var known []string
	for _, h := range [][32]byte{m.SHA256File, m.SHA256Content} {
		if h != ([32]byte{}) {
			known = append(known, hex.EncodeToString(h[:]))
		}
	}
	switch len(known) {
	case 0:
		s.shell.Notice(theme.Warn, "this member was not hashed")
		return nil
	case 1:
		s.shell.Notice(theme.Text, "its only hash sent to the terminal's clipboard")
	default:
		s.shell.Notice(theme.Text, "both hashes sent to the terminal's clipboard")
	}
	return s.shell.Copy(strings.Join(known, " "))
}

// Mouse scrolls, and opens the member that is clicked twice.
func (s *Sources) Mouse(m shell.Mouse) tea.Cmd {
	if s.whole {
		cmd, _ := shell.Wheel(m, s.Act)
		return cmd
	}
	return shell.Point(s.grid, m, 1, s.Act)
}

func (s *Sources) current() (model.Member, bool) {
	i, ok := s.grid.Index(len(s.shown))
	if !ok {
		return model.Member{}, false
	}
	return s.members[s.shown[i]], true
}

// Lines draws the list, the totals, and the member under the cursor.
func (s *Sources) Lines() []string {
	if s.h <= 0 {
		return nil
	}
	if s.whole {
		lines := s.text()
		lines = lines[min(s.top, len(lines)):]
		return append([]string{shell.Rule(s.theme, s.w, true, "Member", "z or q back")}, shell.Block(lines, s.w, s.h-1)...)
	}
	title := "Sources"
	if s.problems {
		title = "Sources: only problems"
	}
	remark := value.Of(int64(len(s.shown)), "member", "members")
	if s.partly {
		remark += ", not all is here: b tells why"
	}
	out := []string{shell.Rule(s.theme, s.w, true, title, remark)}
	th := s.textHeight()
	h := s.h - 2 - th
	text := "nothing has been taken in yet"
	if s.problems {
		text = "no member has a problem; f shows all"
	}
	if why := s.Excuse(s.theme, s.w, h, len(s.shown) == 0, text); why != nil {
		out = append(out, why...)
	} else {
		out = append(out, shell.Block(s.grid.Lines(), s.w, h)...)
	}
	out = append(out, shell.Pad(" "+s.theme.Paint(theme.Title, grid.Fit(s.totals(), s.w-1, grid.CutTail, s.theme.Cut)), s.w))
	if th == 0 {
		return out
	}
	lines, remark := s.text(), "y copies both hashes"
	if more := len(lines) - (th - 1); more > 0 {
		remark = "z shows all, " + value.Of(int64(more), "line", "lines") + " more"
	}
	out = append(out, shell.Rule(s.theme, s.w, false, "Member", remark))
	return append(out, shell.Block(lines, s.w, th-1)...)
}

// totals is the identity every load must keep: seen = stored + duplicate + rejected.
func (s *Sources) totals() string {
	var seen, stored, dup, rej int64
	for _, i := range s.shown {
		m := s.members[i]
		seen, stored, dup, rej = seen+m.Seen, stored+m.Stored(), dup+m.Duplicate, rej+m.Rejected
	}
	mark := ""
	if s.loading {
		mark = s.theme.Tilde
	}
	return fmt.Sprintf("%srecords: %s seen = %s stored + %s duplicate + %s rejected", mark, value.Count(seen), value.Count(stored), value.Count(dup), value.Count(rej))
}

func (s *Sources) text() []string {
	m, ok := s.current()
	if !ok {
		return nil
	}
	var out []string
	line := func(label, text string, cut grid.Cut) {
		out = append(out, " "+s.theme.Paint(theme.Dim, grid.Fit(label, 8, grid.CutTail, ""))+grid.Fit(text, max(0, s.w-9), cut, s.theme.Cut))
	}
	add := func(label, text string) {
		for _, l := range shell.Wrap(s.theme.Show(text), max(1, s.w-9)) {
			line(label, l, grid.CutTail)
			label = ""
		}
	}
	where := safe.New(m.Locator).String()
	if s.whole {
		add("where", where)
	} else {
		line("where", s.theme.Show(where), grid.CutHead)
	}
	if m.Reason != "" {
		add("reason", safe.New(m.Reason).String())
	}
	if m.SHA256File == ([32]byte{}) && m.SHA256Content == ([32]byte{}) {
		add("file", "not hashed: nothing of it was taken in")
	} else {
		add("size", value.Bytes(m.SizeFile)+" as received, "+value.Bytes(m.SizeContent)+" of content")
		add("file", hashed(m.SHA256File))
		add("content", hashed(m.SHA256Content))
	}
	badge, form := s.theme.Badge(m.Integrity), safe.New(m.Form).String()
	if fl := m.Flags.Names(); len(fl) > 0 {
		form += "  flags " + strings.Join(fl, " ")
	}
	add("badge", strings.TrimSpace(badge.Glyph+" "+badge.Word+": "+badge.Means+"  "+form))
	for _, r := range m.Rejects {
		add("reject", fmt.Sprintf("record %d at byte %d: %s", r.Number, r.Offset, safe.New(r.Reason).String()))
	}
	return out
}

func hashed(sum [32]byte) string {
	if sum == ([32]byte{}) {
		return "not hashed"
	}
	return "sha256 " + hex.EncodeToString(sum[:])
}

// Peel gives up asking, or leaves the text that has all of the screen.
func (s *Sources) Peel() tea.Cmd {
	if !s.Stop() && s.whole {
		return s.Act(keys.ZoomPane)
	}
	return nil
}

// Back leaves the text, then the narrowed list.
func (s *Sources) Back() (tea.Cmd, bool) {
	if s.whole {
		return s.Act(keys.ZoomPane), true
	}
	if !s.problems {
		return nil, false
	}
	s.problems = false
	s.fill()
	return nil, true
}
