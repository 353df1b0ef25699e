package ui

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui/screen/explore"
	"trailsift/ui/screen/presets"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/value"
)

func TestKeepAndDropUnderTheCursor(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "l", "l", "+")
	p.shows("[1 op:GetObject]", "258 of 600", "1 of 258")
	p.press("l", "l", "l", "h", "-")
	p.shows("[2 -ip:203.0.113.7]")
	p.hides("  203.0.113.7 ")
	p.press("u", "u")
	p.shows("600 of 600", "no filter")
	p.press("ctrl+r")
	p.shows("[1 op:GetObject]", "258 of 600")
	p.hides("[2 ")
	p.press("ctrl+r", "0")
	p.shows("600 of 600")
	p.press("u")
	p.shows("[2 -ip:203.0.113.7]")
}

func TestTheCursorStaysOnItsRecordWhenTheFilterChanges(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc")
	for range 21 {
		p.press("j")
	}
	p.shows("22 of 600")
	before := p.top(t)
	p.press("l", "l", "+")
	if got := p.top(t); got != before {
		t.Errorf("cursor is on record %v, want %v", got, before)
	}
	p.press("u")
	if got := p.top(t); got != before {
		t.Errorf("after undo the cursor is on record %v, want %v", got, before)
	}
	p.shows("22 of 600")
}

func TestARecordThatIsFilteredAwayLeavesTheCursorAtTheNearestByTime(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc")
	for range 21 {
		p.press("j")
	}
	// Row 22 is a GetObject; the next request that is none is row 25.
	p.press("l", "l", "-")
	if got, want := p.top(t).Number, uint32(25); got != want {
		t.Errorf("cursor is on record %d, want %d", got, want)
	}
}

// top is the record the detail would show.
func (p *program) top(t *testing.T) model.RecordID {
	t.Helper()
	for _, l := range strings.Split(p.screen(), "\n") {
		if _, rest, ok := strings.Cut(l, "record "); ok && strings.Contains(l, "Detail") {
			var n uint32
			if _, err := fmt.Sscan(rest, &n); err == nil {
				return model.RecordID{Log: model.CloudTrail, Member: 1, Number: n}
			}
		}
	}
	t.Fatalf("no detail on screen:\n%s", p.screen())
	return model.RecordID{}
}

func TestTypedFilters(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "/")
	p.typeText("op:GetObject outcome:denied")
	p.press("enter")
	p.shows("[1 op:GetObject] [2 outcome:denied]", "23 of 600")
	p.press("/")
	p.shows("/ op:GetObject outcome:denied")
	p.press("esc")
	p.shows("23 of 600")
	p.press("u")
	p.shows("600 of 600")
}

func TestAWrongFieldSaysWhyAndLeavesTheList(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "/")
	p.send(tea.PasteMsg{Content: "stauts:403"})
	p.shows("! ", "status", "600 of 600")
	p.press("enter")
	p.shows("/ stauts:403", "600 of 600")
	p.press("esc")
	p.shows("no filter", "600 of 600")
}

func TestTextThatIsGivenUpRestoresTheView(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "/")
	p.typeText("outcome:denied")
	p.shows("55 of 600")
	p.press("esc")
	p.shows("no filter", "600 of 600")
	p.press("u")
	p.shows("nothing to undo")
}

func TestCompletionOffersFieldsThenValuesWithCounts(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "/")
	p.typeText("outc")
	p.press("tab")
	p.shows("/ outcome:")
	p.press("tab")
	p.shows("ok 514", "denied 55", "failed 31")
	p.press("tab", "tab", "enter")
	p.shows("[1 outcome:denied]", "55 of 600")
}

func TestCompletionIsTheLanguagesOwn(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "/")
	for _, c := range []struct{ typed, offered, taken string }{
		{"status", "status:  status:>=  status:<=", "/ status:"},
		{"jso", "", "/ json."},
		{"outcome:ok -actor:ano", "", "/ outcome:ok -actor:anonymous "},
		{"outcome:(ok|den", "", "/ outcome:(ok|denied"},
	} {
		p.press("ctrl+u")
		p.typeText(c.typed)
		p.press("tab")
		p.shows(c.offered, c.taken)
	}
	p.press("ctrl+u")
	p.typeText("object:t-0005")
	p.press("tab")
	p.shows("/ object:acme-finance/finance/2025/q2/report-0005.xlsx")
	p.press("ctrl+u")
	p.typeText("nosuch:x")
	p.press("tab")
	p.shows("there is nothing to offer here")
	p.press("ctrl+u")
	p.typeText("actor:zzz")
	p.press("tab")
	p.shows("no value of actor holds that")
}

func TestACompletionThatComesLateIsDropped(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "/")
	p.typeText("outcome:")
	_, late := p.root.Update(keyPress("tab"))
	if p.root.pending() == "" {
		t.Error("nothing tells that values are counted")
	}
	p.typeText("o")
	p.run(late)
	p.shows("/ outcome:o")
	p.hides("denied 55")
	if p.root.pending() != "" {
		t.Errorf("still pending: %s", p.root.pending())
	}
}

func TestPastedTextIsInert(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc")
	p.send(tea.PasteMsg{Content: "op:GetObject\nq\x1b]0;x\aq"})
	if p.left {
		t.Fatal("a pasted q left the program")
	}
	p.shows("/ op:GetObject q")
	if strings.ContainsAny(p.root.View().Content, "\a") {
		t.Error("a pasted control character reached the terminal")
	}
}

func TestPickAValueWithCounts(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "f")
	p.shows("o object", "i ip")
	p.press("i")
	p.shows("Values of ip", "198.51.100.23", "150")
	p.press("/")
	p.typeText("198.51")
	p.press("enter")
	p.shows("[1 ip:198.51.100.23]", "150 of 600")
	p.press("f", "i", "enter")
	p.shows("[1 ip:(198.51.100.23|", "300 of 600")
	p.press("f", "a", "r", "-")
	p.shows("[2 -actor:")
}

func TestRarestFirstAndTheEnd(t *testing.T) {
	m := newMemory(600)
	m.rows[77][model.FieldActor] = "seen-once"
	p := start80(t, m, nil)
	p.press("esc", "f", "a", "G")
	p.shows("▸ seen-once")
	p.press("r")
	p.shows("▸ seen-once", "rarest first")
	p.press("=")
	p.shows("[1 actor:seen-once]", "1 of 600")
}

func TestNextAndPreviousDenied(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "e")
	p.shows("5 of 600")
	p.press("e")
	p.shows("10 of 600")
	p.press("E")
	p.shows("5 of 600")
	p.press("E")
	p.shows("no denied or failed request before this one")
}

func TestNextDeniedFarAwayIsFoundByBisection(t *testing.T) {
	m := newMemory(5000)
	for i := range m.rows {
		m.rows[i][model.FieldOutcome] = "ok"
	}
	m.rows[3000][model.FieldOutcome] = "denied"
	m.rows[4999][model.FieldOutcome] = "failed"
	p := start80(t, m, nil)
	p.press("esc", "e")
	p.shows("3 001 of 5 000")
	p.press("e")
	p.shows("5 000 of 5 000")
	p.press("E")
	p.shows("3 001 of 5 000")
}

func TestDetailToFilter(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "enter")
	for range 4 {
		p.press("down")
	}
	p.press("+")
	p.shows("[1 op:GetObject]")
	p.press("end")
	p.shows(`"readOnly": true`)
	for range 12 {
		p.press("up")
	}
	p.shows(`▸  "eventName": "GetObject"`)
	p.press("=", "esc")
	p.shows("[2 json.eventName:GetObject]", "258 of 600")
}

func TestChips(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "l", "l", "+", "F", "space")
	p.shows("1 off", "600 of 600")
	p.press("space", "!")
	p.shows("-op:GetObject", "342 of 600")
	p.press("x")
	p.shows("no filter")
	p.press("u", "u", "u")
	p.shows("[1 op:GetObject off]")
}

func TestSortingCyclesAndKeepsTheRecord(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "l", "l", "s")
	p.shows("OP▲", "sort op ▲")
	p.press("s")
	p.shows("OP▼", "sort op ▼")
	p.press("s")
	p.shows("sort time ▲", "1 of 600")
	p.press("u")
	p.shows("sort op ▼")
}

func TestTimeZoomAndShift(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "i")
	p.shows("[1 since:", "[2 until:")
	p.press("o", "o", "o")
	p.shows("no filter", "600 of 600")
	p.press("@")
	p.press("ctrl+u")
	if o, ok := p.root.overlay(); !ok || o.Title() != "Go to time" {
		t.Fatal("no dialog for the time")
	}
}

func TestAnEmptyAnswerSaysWhyAndWhatIsCovered(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "/")
	p.typeText("op:NoSuchThing")
	p.press("enter")
	p.shows("no request matches: op:NoSuchThing", "no access logs for bucket acme-finance are loaded", "600 records", "u takes the last change back")
	p.press("u")
	p.shows("600 of 600")
	p.hides("no request matches")
}

func TestAFailingQueryIsSaidAndTheRowsStay(t *testing.T) {
	m := newMemory(600)
	p := start80(t, m, nil)
	p.press("esc")
	m.hook = func(_ context.Context, what string) error {
		if what == "page" {
			return errors.New("disk \x1b[2J gone")
		}
		return nil
	}
	p.press("l", "l", "+")
	p.shows("could not read rows: disk", "02:10:58")
	if strings.Contains(p.root.View().Content, "\x1b[2J") {
		t.Error("an error text reached the terminal as it was")
	}
}

func TestU20LateAnswersAreDropped(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc")
	_, late := p.root.Update(keyPress("+"))
	p.press("u")
	p.shows("600 of 600", "no filter")
	p.run(late)
	p.shows("600 of 600", "no filter", "1 of 600")
	if p.root.pending() != "" {
		t.Errorf("still pending: %s", p.root.pending())
	}
}

func TestTheBusySignIsBlankWhenIdle(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc")
	line := func() string { return strings.Split(p.screen(), "\n")[22] }
	if l := line(); !strings.HasPrefix(l, " ") {
		t.Errorf("idle status line is %q", l)
	}
	_, cmd := p.root.Update(keyPress("+"))
	if l := line(); !strings.HasPrefix(l, "●") {
		t.Errorf("busy status line is %q", l)
	}
	if l := line(); strings.Contains(l, " s ") {
		t.Errorf("time is told at once: %q", l)
	}
	p.now = p.now.Add(3500 * time.Millisecond)
	p.root.Update(waitTick{})
	if l := line(); !strings.Contains(l, "… 3 s  esc stops") {
		t.Errorf("after more than three seconds the status line is %q", l)
	}
	p.run(cmd)
	if l := line(); !strings.HasPrefix(l, " ") {
		t.Errorf("status line after the answers is %q", l)
	}
}

func TestEscStopsARunningQuery(t *testing.T) {
	m := newMemory(600)
	p := startAt(t, m, 120, 40, nil)
	p.press("esc", "l", "l", "+")
	before := p.screen()
	_, cmd := p.root.Update(keyPress("-"))
	p.shows("[2 -op:GetObject]", "updating")
	p.press("esc")
	p.shows("stopped: these are the rows of the view before; ctrl+r asks again", "[1 op:GetObject]", "258 of 600", "1 of 258")
	p.hides("updating", "[2 -op")
	if p.root.pending() != "" {
		t.Errorf("still pending: %s", p.root.pending())
	}
	p.run(cmd) // what comes late
	p.send(noticeExpired{p.root.notices.seq})
	if got := p.screen(); got != before {
		t.Errorf("after stopping the screen is\n%s\nwant\n%s", got, before)
	}
	p.press("j", "ctrl+r")
	p.shows("[2 -op:GetObject]", "no request matches")
	p.press("u", "u")
	p.shows("no filter", "600 of 600")
}

func TestWhatWasNotCountedWhenAQueryWasStoppedIsNotShown(t *testing.T) {
	m := newMemory(600)
	p := startAt(t, m, 120, 40, nil)
	p.press("esc", "l", "l")
	m.hook = func(_ context.Context, what string) error {
		if what == "bars" || what == "facets" || what == "count" {
			p.root.top().Peel()
			return context.Canceled
		}
		return nil
	}
	p.press("+")
	m.hook = nil
	p.shows("stopped: not all is counted", "[1 op:GetObject]", "not counted, of 600", "not counted over time")
	p.hides("op               5 values")
	p.press("/", "enter")
	p.shows("258 of 600", "peak", "op                1 value")
}

func TestLeavingAViewThatIsStillBeingCountedIsNoStop(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "2")
	before := p.screen()
	_, open := p.root.Update(keyPress("enter"))
	p.shows("Events: Denied requests", "reading rows")
	p.press("q")
	if got := p.screen(); got != before {
		t.Errorf("after q the screen is\n%s\nwant\n%s", got, before)
	}
	p.run(open) // what comes late
	p.hides("stopped")
}

func TestARecordThatComesLateIsNotShownBesideAnEmptyList(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "l", "l", "+")
	_, late := p.root.Update(keyPress("j"))
	p.press("-")
	p.run(late)
	p.shows("no request matches", "no record under the cursor")
	p.hides("report-0001")
}

func TestAStoppedFirstQueryIsAskedAgain(t *testing.T) {
	m := newMemory(600)
	p := &program{t: t, back: m, now: start}
	p.root = New(Options{Backend: m, Language: testLanguage, Case: "c", Clock: func() time.Time { return p.now }, After: func(time.Duration, tea.Msg) tea.Cmd { return nil }})
	p.root.Init() // never answered
	p.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	p.press("esc", "esc")
	p.shows("stopped before the first rows came")
	p.press("/", "enter")
	p.shows("600 of", "1 of 600")
}

func TestLeavingAsksAndCtrlCTwiceLeaves(t *testing.T) {
	p := start80(t, newMemory(10), nil)
	p.press("esc", "q")
	p.shows("Leave trailsift?")
	p.press("n", "q", "y")
	if !p.left {
		t.Error("y did not leave")
	}
	p = start80(t, newMemory(10), nil)
	p.press("ctrl+c")
	p.now = p.now.Add(2 * time.Second)
	p.press("ctrl+c")
	if p.left {
		t.Error("two slow ctrl+c left")
	}
	p.press("ctrl+c")
	if !p.left {
		t.Error("two quick ctrl+c did not leave")
	}
}

func TestPresetsOpenExploreAndQComesBack(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "2", "enter")
	p.shows("Events: Denied requests", "55 of 600")
	p.press("q")
	p.shows("Presets", "Which requests were refused?")
	p.press("j", "enter")
	p.shows("12 lines")
	p.press("+")
	p.shows("Events: Denied requests by address", "[1 outcome:denied]", "[2 ip:203.0.113.7]", "5 of 600")
	p.press("q", "q", "j", "enter")
	p.shows("this case cannot answer it: no CloudTrail management events are loaded")
	p.press("j", "enter")
	p.typeText("anonymous")
	p.press("enter")
	p.shows("[1 actor:anonymous]", "200 of 600")
}

func TestAParameterLeftEmptyTakesItsDefaultOrIsAskedFor(t *testing.T) {
	var got []string
	p := start80(t, newMemory(600), func(o *Options) {
		for i := range o.Presets {
			if q := &o.Presets[i]; q.Name == "actor" {
				q.Params = append(q.Params, presets.Param{Name: "size", Question: "a size", Default: "10MB"})
				q.Filter = func(p map[string]string) (model.Filter, error) {
					size, given := p["size"]
					got = append(got, fmt.Sprintf("%q %q %v", p["actor"], size, given))
					return model.Filter{}, nil
				}
			}
		}
	})
	p.press("esc", "2", "G", "enter", "enter")
	p.shows("actor wants a value")
	p.typeText(" x ")
	p.press("down")
	p.shows("a size; left empty: 10MB")
	p.press("ctrl+u", "enter")
	if want := `" x " "" false`; len(got) != 1 || got[0] != want {
		t.Errorf("asked with %q, want %s", got, want)
	}
}

func TestAQuestionIsRefusedOnlyOnceAllIsLoaded(t *testing.T) {
	m := newMemory(600)
	m.over.Provisional = true
	p := start80(t, m, nil)
	p.press("esc", "2")
	p.hides("cannot say")
	m.over.Provisional = false
	p.send(refreshDue{})
	p.shows("cannot say")
	p.press("j", "j", "enter")
	p.shows("this case cannot answer it: no CloudTrail management events are loaded")
}

func TestTheBriefingOpensALeadAndMakesWay(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.shows("Briefing", "▸ Denied requests  55")
	p.press("enter")
	p.shows("Events: Denied requests")
	p = start80(t, newMemory(600), nil)
	p.press("/")
	p.hides("Briefing")
	p.shows("tab completes")
}

func TestTheDetailIsReadAgainWhenTheCaseChanges(t *testing.T) {
	m := newMemory(600)
	p := start80(t, m, nil)
	p.press("esc")
	asked := 0
	m.hook = func(_ context.Context, what string) error {
		if what == "record" {
			asked++
		}
		return nil
	}
	_, cmd := p.root.Update(refreshDue{})
	p.run(cmd)
	if asked != 1 {
		t.Errorf("the record under the cursor was asked for %d times", asked)
	}
	if p.root.pending() != "" {
		t.Errorf("still pending: %s", p.root.pending())
	}
}

func TestWhatIsMissingIsNotSaidBeforeEverythingIsLoaded(t *testing.T) {
	for name, change := range map[string]func(o *model.Overview){
		"while it loads":         func(o *model.Overview) { o.Provisional = true },
		"without any CloudTrail": func(o *model.Overview) { o.ByLog = map[model.Log]int64{model.AccessLog: 600} },
	} {
		m := newMemory(600)
		m.over.DataEvents = false
		change(&m.over)
		p := start80(t, m, nil)
		if s := p.screen(); strings.Contains(s, "no CloudTrail data events") {
			t.Errorf("%s:\n%s", name, s)
		}
	}
}

func TestNoDataEventsIsAStandingNotice(t *testing.T) {
	m := newMemory(600)
	m.over.DataEvents = false
	p := start80(t, m, nil)
	p.press("esc")
	p.shows("! no CloudTrail data events")
	p.press("l", "l", "+")
	p.shows("! no data events")
}

func TestSourcesAddUpAndCanBeNarrowed(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "7")
	p.shows("603 seen = 600 stored + 2 duplicate + 1 rejected", "3 members")
	p.press("f")
	p.shows("2 members", "only problems")
	p.press("q")
	p.shows("3 members")
}

func TestExportRunsAsAJobAndSaysWhatItWrote(t *testing.T) {
	var got explore.ExportRequest
	p := start80(t, newMemory(600), func(o *Options) {
		o.Export = func(_ context.Context, r explore.ExportRequest) (string, error) {
			got = r
			return "wrote 258 rows to " + r.Path, nil
		}
	})
	p.press("esc", "l", "l", "+", "x", "down")
	for _, format := range []string{"csv", "jsonl", "json", "parquet"} {
		p.shows("258 rows to export."+format, "export."+format+".manifest.json")
		if warned := strings.Contains(p.screen(), "unredacted"); warned != (format == "jsonl") {
			t.Errorf("as %s it warns of raw secrets: %v", format, warned)
		}
		p.press("right")
	}
	p.press("right", "enter")
	p.shows("wrote 258 rows to export.jsonl")
	if got.Format != "jsonl" || len(got.Query.Filter.Terms) != 1 || got.Columns != nil {
		t.Errorf("asked for %+v", got)
	}
	p.press("J")
	p.shows("done     wrote 258 rows")
}

func TestE07APresetsNameIsShownBeforeItIsSaved(t *testing.T) {
	var saved string
	p := start80(t, newMemory(600), func(o *Options) {
		o.Save = func(_ context.Context, name, _ string, _ model.Filter) error { saved = name; return nil }
	})
	p.press("esc", "l", "l", "+", "S", "enter")
	p.shows("a name of letters and digits is needed")
	p.typeText("../../Mine/")
	p.shows("saved as mine; without a screen: trailsift preset run acme-2026-03 mine")
	p.press("enter")
	p.shows("saved preset mine")
	if saved != "../../Mine/" {
		t.Errorf("saved as %q", saved)
	}
}

func TestALoadIsAJobWithProgressAndProvisionalCounts(t *testing.T) {
	m := newMemory(300)
	m.over.Provisional = true
	progress := &model.Progress{}
	progress.MembersTotal.Store(20)
	progress.MembersDone.Store(14)
	progress.BytesTotal.Store(100)
	progress.BytesDone.Store(71)
	progress.Records.Store(300)
	progress.Stage.Store("loading")
	changed, done := make(chan struct{}), make(chan error, 1)
	cancelled := false
	p := &program{t: t, back: m, now: start}
	o := Options{Backend: m, Language: testLanguage, Case: "c", Presets: testPresets(), Clock: func() time.Time { return p.now },
		After: func(_ time.Duration, msg tea.Msg) tea.Cmd {
			if _, ok := msg.(refreshDue); ok {
				return func() tea.Msg { return msg }
			}
			return nil
		},
		Load: &Load{Name: "evidence", Progress: progress, Cancel: func() { cancelled = true }, Changed: changed, Done: done}}
	p.root = New(o)
	p.root.Init() // its commands wait for the load; the test sends what they would
	p.send(tea.WindowSizeMsg{Width: 160, Height: 50})
	p.run(p.root.askOverview())
	p.run(p.root.top().Open())
	p.now = p.now.Add(10 * time.Second)
	p.send(jobTick{})
	progress.Retries.Store(3)
	p.shows("loading 14/20 files", "71%", "30 records/s", "left, 3 asked again", "~300", "counts are provisional")
	p.press("esc")

	m.rows = newMemory(600).rows
	m.summarise()
	_, cmd := p.root.Update(refreshDue{})
	p.hides("updating", "counting of")
	p.run(cmd)
	p.shows("600 requests", "1 of 600")
	p.press("J", "x")
	if !cancelled {
		t.Error("x did not stop the load")
	}
	p.press("esc")
	p.send(jobDone{p.root.jobs.list[0].id, "loaded 600 records", nil})
	p.shows("loaded 600 records", "600 of 600")
	p.hides("~600")
	p.press("J")
	p.shows("done     loaded 600 records")
	p.root.jobs.list[0].done = false
	p.send(jobDone{p.root.jobs.list[0].id, "loaded 600 records", Partial("not all could be loaded: 2 files rejected; screen 7 tells why")})
	p.shows("partly   loaded 600 records; not all could be loaded: 2 files rejected")
	p.hides("▸ failed")
}

func TestResizingKeepsTheRecord(t *testing.T) {
	p := startAt(t, newMemory(600), 160, 50, nil)
	p.press("esc", "j", "j", "j")
	before := p.screen()
	for _, s := range [][2]int{{80, 24}, {39, 9}, {40, 10}, {160, 50}} {
		p.send(tea.WindowSizeMsg{Width: s[0], Height: s[1]})
		if s[0] == 39 {
			p.shows("trailsift needs 40x10")
		}
	}
	if got := p.screen(); got != before {
		t.Errorf("after resizing there and back the screen is\n%s\nwant\n%s", got, before)
	}
}

func checkFrame(t *testing.T, p *program, what string) {
	t.Helper()
	content := p.root.View().Content
	lines := strings.Split(content, "\n")
	if len(lines) != p.root.h {
		t.Fatalf("%s: %d lines, want %d", what, len(lines), p.root.h)
	}
	for i, l := range lines {
		if w := grid.Width(l); w > p.root.w {
			t.Fatalf("%s: line %d is %d wide, want at most %d: %q", what, i, w, p.root.w, l)
		}
	}
}

// inquiryPlaces are the screens of inquiries, by the keys that lead there from the list.
var inquiryPlaces = map[string]string{"actors": "4", "actor": "A", "story": "O", "deletes": "O D", "coverage": "7 c", "hours": "7 c tab", "changes": "7 c t", "deliveries": "7 c a", "encryption": "5"}

func TestEveryPlaceFitsEverySize(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	all := [][2]int{{1, 1}, {2, 2}, {39, 10}, {40, 9}, {40, 10}, {41, 11}, {60, 15}, {79, 23}, {80, 24}, {81, 25}, {99, 30}, {100, 19}, {100, 20},
		{119, 40}, {120, 40}, {121, 36}, {132, 43}, {159, 50}, {160, 50}, {161, 40}, {200, 20}, {200, 60}, {40, 60}, {200, 10}, {400, 100}, {400, 1}, {1, 100}}
	for range 12 {
		all = append(all, [2]int{1 + random.Intn(400), 1 + random.Intn(100)})
	}
	everywhere := maps.Clone(places)
	for place, keys := range inquiryPlaces {
		everywhere[place] = append([]string{"esc"}, strings.Fields(keys)...)
	}
	for place, keys := range everywhere {
		p := startAudit(t, 100, 30, &audits{})
		p.press(keys...)
		for _, s := range all {
			p.send(tea.WindowSizeMsg{Width: s[0], Height: s[1]})
			checkFrame(t, p, fmt.Sprintf("%s at %dx%d", place, s[0], s[1]))
		}
	}
}

func TestHostileKeysStayOneRowEachAndDoNotAct(t *testing.T) {
	m := newMemory(len(hostile))
	for i, k := range hostile {
		m.rows[i][model.FieldKey] = k
		m.rows[i][model.FieldAgent] = k
		m.rows[i][model.FieldActor] = k
	}
	p := startAt(t, m, 160, 50, nil)
	p.press("esc")
	for range len(hostile) {
		p.press("j")
		checkFrame(t, p, "hostile rows")
		content := p.root.View().Content
		for _, bad := range []string{"\x1b]", "\x1b[2J", "\x1b[8m", "\u009b", "\a", "\r", "\b", "\x7f", "\u202e", "\u200d", "\t", "\xff"} {
			if strings.Contains(content, bad) {
				t.Fatalf("%q reached the terminal", bad)
			}
		}
	}
	// Every line of the list ends in its pane's bar at the same column.
	for i, l := range strings.Split(p.screen(), "\n")[12:40] {
		if cells := []rune(l); len(cells) > 0 && !strings.Contains(l, "│") {
			t.Errorf("line %d lost its bars: %q", i, l)
		}
	}
	for _, act := range [][]string{{"enter"}, {"esc", "f", "o"}, {"esc", "l", "l", "l", "l", "l", "l", "+"}, {"F"}} {
		p.press(act...)
		checkFrame(t, p, "hostile "+act[0])
	}
}

func TestRandomKeysNeitherPanicNorBreakTheFrame(t *testing.T) {
	pool := []string{"h", "j", "k", "l", "H", "L", "up", "down", "left", "right", "pgup", "pgdown", "home", "end", "g", "G", "tab", "shift+tab",
		"1", "2", "3", "4", "5", "6", "7", "A", "O", "D", "V", "W", "K", "8", "c", "t", "m", "{", "}", "enter", "esc", "q", "/", "F", "0", "u", "ctrl+r", "+", "-", "=", "v", "f", "o", "i", "p", "e", "a", "s", "b", "t", "v", "E", "[", "]", "@",
		"d", "z", "C", "<", ">", "T", "w", "x", "S", "y", "J", "M", "?", ":", "space", "!", "r", "backspace", "delete", "ctrl+u", "ctrl+d", "ctrl+f", "ctrl+w", "ctrl+t", "n", "N", "漢", "\u0301", "ctrl+c"}
	random := rand.New(rand.NewSource(7))
	m := newMemory(700)
	p := start80(t, m, func(o *Options) { o.Clock, o.Auditor = nil, &audits{} })
	presses := 1000
	if os.Getenv("TRAILSIFT_NIGHTLY") != "" {
		presses = 10000
	}
	began := runtime.NumGoroutine()
	for i := range presses {
		if i%11 == 10 {
			at := tea.Mouse{X: random.Intn(90) - 3, Y: random.Intn(30) - 3, Button: tea.MouseLeft}
			p.send(tea.MouseClickMsg(at))
			at.X += random.Intn(20)
			p.send(tea.MouseMotionMsg(at))
			p.send(tea.MouseReleaseMsg(at))
			at.Button = tea.MouseWheelDown
			p.send(tea.MouseWheelMsg(at))
		}
		if i%50 == 49 {
			p.send(tea.WindowSizeMsg{Width: 1 + random.Intn(200), Height: 1 + random.Intn(60)})
		}
		if i%97 == 96 {
			p.send(tea.PasteMsg{Content: hostile[random.Intn(len(hostile))]})
		}
		k := pool[random.Intn(len(pool))]
		p.press(k)
		checkFrame(t, p, fmt.Sprintf("key %d %q", i, k))
	}
	if n := len(p.root.overlays); n > 50 {
		t.Errorf("%d overlays are stacked", n)
	}
	if n := p.root.jobs.count(); n > 0 {
		t.Errorf("%d jobs never ended", n)
	}
	if n := runtime.NumGoroutine(); n > began+20 {
		t.Errorf("%d goroutines, %d at first", n, began)
	}
}

func TestFacetPanelSumsEqualTheCount(t *testing.T) {
	m := newMemory(600)
	fs, err := m.Facets(context.Background(), model.Query{}, []model.Field{model.FieldOp, model.FieldIP}, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fs {
		sum := f.Other + f.Absent
		for _, v := range f.Values {
			sum += v.Count
		}
		if sum != 600 {
			t.Errorf("%s sums to %s", f.Field, value.Count(sum))
		}
	}
	p := startAt(t, m, 160, 50, nil)
	p.press("esc", "shift+tab", "down", "+")
	p.shows("[1 op:GetObject]", "258 of 600")
	p.press("up", "enter")
	p.shows("Values of op", "counts without the filter's own conditions on op")
}

func BenchmarkView200x60(b *testing.B) {
	p := startAt(b, newMemory(2000), 200, 60, nil)
	p.press("esc")
	b.ReportAllocs()
	for b.Loop() {
		p.root.Update(keyPress("down"))
		_ = p.root.View().Content
	}
}

func BenchmarkViewUnchanged(b *testing.B) {
	p := startAt(b, newMemory(2000), 200, 60, nil)
	p.press("esc")
	b.ReportAllocs()
	for b.Loop() {
		p.root.Update(jobTick{})
		_ = p.root.View().Content
	}
}

func BenchmarkUpdateDown(b *testing.B) {
	p := startAt(b, newMemory(2000), 200, 60, nil)
	p.press("esc")
	b.ReportAllocs()
	for b.Loop() {
		p.root.Update(keyPress("down"))
	}
}

func TestThePaletteAsksTheStandardQuestions(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", ":")
	p.typeText("denied by addr")
	p.press("enter")
	p.shows("Denied requests by address", "12 lines")
	p.press("q", ":")
	p.typeText("bucket deletions")
	p.shows("▸ question", "Bucket deletions")
	p.press("enter")
	p.shows("this case cannot answer it: no CloudTrail management events are loaded")
}

func TestASavedPresetIsOnItsScreenAtOnce(t *testing.T) {
	var saved []presets.Preset
	p := start80(t, newMemory(600), func(o *Options) {
		o.PresetsNow = func(context.Context) []presets.Preset { return append(testPresets(), saved...) }
		o.Save = func(_ context.Context, name, _ string, f model.Filter) error {
			saved = append(saved, presets.Preset{Name: name, Topic: "saved", Title: "My own " + name, Filter: func(map[string]string) (model.Filter, error) { return f, nil }})
			return nil
		}
	})
	p.press("esc", "2")
	p.shows("4 questions")
	p.press("1", "/")
	p.typeText("outcome:denied")
	p.press("enter", "S")
	p.typeText("refused")
	p.press("enter", "2")
	p.shows("5 questions", "My own refused", "55")
}

func TestHelpIsPagedAndAKeyWithoutAnActSaysSo(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "K")
	p.shows("K does nothing here; ? lists the keys")
	p.press("?", "pgdown")
	p.hides("edit the filter as text")
	p.press("pgup")
	p.shows("▸ /")
	p.press("esc", ":", "pgdown", "pgdown")
	p.hides("does nothing")
}
