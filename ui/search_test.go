package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
)

// searching is a backend to which a word is a search of four steps.
type searching struct {
	*memory
	look  func(step int) error // before each step
	known map[string]bool
}

func (s *searching) Search(_ context.Context, f model.Filter) (model.Search, error) {
	if !model.Searches(f) || s.known[fmt.Sprint(f)] {
		return nil, nil
	}
	return &steps{s: s, of: fmt.Sprint(f), left: s.selected(model.Query{Filter: f, Sort: model.Sort{Desc: true}})}, nil
}

type steps struct {
	s    *searching
	of   string
	left []int
	so   model.Found
}

func (x *steps) Next(ctx context.Context, fields []model.Field, n int) (model.Found, error) {
	if err := x.s.look(int(x.so.Read / 150)); err != nil {
		return x.so, err
	}
	x.so.Read, x.so.Total, x.so.Rows = x.so.Read+150, 600, nil
	for len(x.left) > 0 && x.left[0] >= 600-int(x.so.Read) {
		x.so.Rows = append(x.so.Rows, x.s.row(x.left[0], fields))
		x.so.Count++
		x.left = x.left[1:]
	}
	x.so.Rows = x.so.Rows[:min(n, len(x.so.Rows))]
	x.so.Done = x.so.Read == x.so.Total
	x.s.known[x.of] = x.so.Done
	return x.so, ctx.Err()
}

func startSearch(t *testing.T, w, h int) (*program, *searching, *[]string) {
	t.Helper()
	s := &searching{memory: newMemory(600), known: map[string]bool{}}
	p := startAt(t, s.memory, w, h, func(o *Options) { o.Backend, o.Auditor = s, &audits{} })
	var seen []string
	s.look = func(int) error {
		p.now = p.now.Add(2 * time.Second)
		seen = append(seen, p.screen())
		return nil
	}
	p.press("esc")
	return p, s, &seen
}

// ask types a filter at one stroke.
func (p *program) ask(text string) {
	p.press("/")
	p.Send(tea.PasteMsg{Content: text})
	p.press("enter")
}

func TestASearchUnderWayAtEverySize(t *testing.T) {
	for _, size := range sizes {
		p, s, _ := startSearch(t, size.w, size.h)
		steps := 0
		s.look = func(int) error {
			p.now = p.now.Add(2 * time.Second)
			if steps++; steps == 4 {
				p.golden("searching-" + size.name)
			}
			return nil
		}
		p.ask("report-01")
	}
}

func TestASearchIsAJobThatShowsTheNewestRowsFirst(t *testing.T) {
	p, _, seen := startSearch(t, 80, 24)
	p.ask("report-01")
	if len(*seen) != 4 {
		t.Fatalf("%d steps", len(*seen))
	}
	for i, want := range map[int][]string{
		0: {"updating"},
		1: {"0 so far, of 600", "0 found in the newest 150 of 600", "search report-01 4 s ▓▓░░░░░░░░ 25%", "12 s left", "esc stops"},
		2: {"0 so far, of 600", "50%"},
		3: {"so far, of 600", "newest first, so far", "report-0199.xlsx", "75%"},
	} {
		for _, w := range want {
			if !strings.Contains((*seen)[i], w) {
				t.Errorf("before step %d there is no %q:\n%s", i, w, (*seen)[i])
			}
		}
	}
	if strings.Contains((*seen)[1], "report-0000") {
		t.Errorf("old rows stand under the new filter:\n%s", (*seen)[1])
	}
	p.shows("sort time ▲", "of 600")
	p.hides("so far", "updating", "esc stops")
	p.press("J")
	p.shows("search report-01: found ")
}

func TestASearchThatIsStoppedKeepsWhatItFound(t *testing.T) {
	p, s, _ := startSearch(t, 80, 24)
	look := s.look
	s.look = func(step int) error {
		if err := look(step); err != nil || step < 2 {
			return err
		}
		p.root.Update(keyPress("enter")) // the text was run while it was typed
		p.root.Update(keyPress("esc"))
		return context.Canceled
	}
	p.press("/")
	p.Send(tea.PasteMsg{Content: "report-05"})
	p.shows("stopped: ", "found in the newest 300 of 600", "newest first, so far", "report-0599.xlsx", " so far, of 600")
	if n := p.root.jobs.count(); n != 0 {
		t.Errorf("%d jobs are left", n)
	}
	p.press("u")
	p.shows("600 of 600")
	p.hides("so far")
	s.look = look
	p.press("ctrl+r")
	p.shows("82 of 600", "82 of 82")
	p.hides("so far")
}

func TestASearchThatFailsSaysSo(t *testing.T) {
	p, s, _ := startSearch(t, 80, 24)
	s.look = func(int) error { return errors.New("the disk is gone") }
	p.ask("report-05")
	p.shows("could not search: the disk is gone")
	if n := p.root.jobs.count(); n != 0 {
		t.Errorf("%d jobs are left", n)
	}
}

func TestACaseThatIsStillEmptyClaimsNothing(t *testing.T) {
	m := newMemory(0)
	m.over = model.Overview{Provisional: true}
	p := &program{t: t, back: m, now: start}
	p.root = New(Options{Backend: m, Language: testLanguage, Case: "c", Presets: testPresets(), Auditor: &audits{empty: true}, Clock: func() time.Time { return p.now },
		After: func(time.Duration, tea.Msg) tea.Cmd { return nil },
		Load:  &Load{Name: "evidence", Progress: &model.Progress{}, Done: make(chan error, 1)}})
	p.root.Init() // its commands wait for the load
	p.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	p.run(p.root.askOverview())
	p.run(p.root.top().Open())
	for _, keys := range [][]string{nil, {"esc"}, {"/", "o", "p", ":", "X", "enter"}, {"0", "3"}, {"4"}, {"5"}} {
		p.press(keys...)
		for _, claim := range []string{"the case holds no requests", "records are loaded\n", "bucket acme-finance are loaded\n", "nothing to verify\n", "verified: nothing to verify ", "no cloudtrail records,", "none named "} {
			if strings.Contains(p.screen(), claim) {
				if claim == "none named " && strings.Contains(p.screen(), "none named yet") {
					continue
				}
				t.Errorf("after %v the screen claims %q:\n%s", keys, claim, p.screen())
			}
		}
		if len(keys) < 2 || keys[0] == "/" {
			p.shows("yet")
		}
	}
}

func TestWhatIsLookedForIsNamedAndCanBeStopped(t *testing.T) {
	for name, c := range map[string]struct {
		keys []string
		want string
	}{
		"the next refusal in the order of time": {[]string{"G", "E"}, ""},
		"the next refusal in another order":     {[]string{"l", "l", "s", "G", "E", "E", "g", "e"}, "looking for a denied or failed re"},
		"a text":                                {[]string{"ctrl+t", "x", "l", "s", "x", "enter"}, `looking for a row holding "xlsx" after this one`},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory(600)
			for i := range m.rows {
				if i > 0 && i < 599 {
					m.rows[i][model.FieldOutcome] = "ok"
				}
			}
			p := startAt(t, m, 80, 24, nil)
			p.press("esc")
			var seen []string
			m.hook = func(_ context.Context, what string) error {
				if strings.Contains(p.root.pending(), "looking for") {
					p.now = p.now.Add(time.Second)
					seen = append(seen, p.screen())
				}
				return nil
			}
			p.press(c.keys...)
			if c.want == "" {
				return
			}
			if len(seen) == 0 || !strings.Contains(seen[0], c.want) || !strings.Contains(seen[0], "esc stops") || strings.Contains(seen[0], "counting values") {
				t.Fatalf("%d looks:\n%s", len(seen), strings.Join(seen, "\n"))
			}
			if n := len(p.root.jobs.list); n != 0 {
				t.Errorf("%d jobs are left", n)
			}
			p.hides("looking for")
			m.hook = func(context.Context, string) error {
				if strings.Contains(p.root.pending(), "looking for") {
					p.root.Update(keyPress("esc"))
					return context.Canceled
				}
				return nil
			}
			p.press(c.keys...)
			p.shows("stopped looking for a ")
			if n := len(p.root.jobs.list); n != 0 {
				t.Errorf("%d jobs are left", n)
			}
		})
	}
}

func TestEscDuringALoadSaysThatTheLoadGoesOn(t *testing.T) {
	m := newMemory(600)
	p := &program{t: t, back: m, now: start}
	p.root = New(Options{Backend: m, Language: testLanguage, Case: "c", Presets: testPresets(), Clock: func() time.Time { return p.now },
		After: func(time.Duration, tea.Msg) tea.Cmd { return nil },
		Load:  &Load{Name: "evidence", Progress: &model.Progress{}, Done: make(chan error, 1)}})
	p.root.Init() // its commands wait for the load
	p.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	p.run(p.root.askOverview())
	p.run(p.root.top().Open())
	p.press("esc")
	p.root.top().Refresh() // never answered
	p.press("esc")
	p.shows("stopped counting values; the load goes on, J stops it")
	if n := p.root.jobs.count(); n != 1 {
		t.Errorf("%d jobs run", n)
	}
}
