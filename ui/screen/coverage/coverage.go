// Package coverage is the screen of what could have been recorded: one strip an account, region, bucket
// and log, one cell an hour, the changes of the recording over it, and the files that were delivered. It
// must not know how the hours are judged.
package coverage

import (
	"context"
	"path"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/recording"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/dialog"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/heat"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// Backend is what the screen asks.
type Backend interface {
	Recording(ctx context.Context) (answer.Recording, error)
}

// list is what stands in the upper part.
type list uint8

const (
	strips list = iota
	changes
	files
	lists
)

// Coverage is the screen.
type Coverage struct {
	shell.Still
	shell.Question[answer.Recording]
	shell   shell.Shell
	theme   *theme.Theme
	backend Backend
	name    string // how commands name the case
	all     answer.Recording
	shown   list
	grids   [lists]*grid.Grid
	strip   *heat.Strip
	lane    int  // the strip that the hours are of; -1: none
	onTime  bool // the hours have the keys
	w, h    int
}

// New returns the screen; a nil backend says that this session cannot tell.
func New(sh shell.Shell, b Backend, name string) *Coverage {
	c := &Coverage{shell: sh, theme: sh.Theme(), backend: b, name: name, lane: -1}
	c.Doing, c.Cannot = "looking at what was recorded hour by hour", "could not tell the coverage"
	for i, columns := range [lists][]grid.Column{stripColumns, changeColumns, fileColumns} {
		c.grids[i] = grid.New(c.theme, columns)
		c.grids[i].SetFocus(true)
	}
	c.strip = heat.New(c.theme)
	c.strip.SetNotes(c.noteOf)
	return c
}

// Title names the screen in the header.
func (c *Coverage) Title() string { return "Coverage" }

// Pane is the pane that has the keys.
func (c *Coverage) Pane() keys.Pane { return keys.Coverage }

// Open asks for the hours of the incident window, else of the evidence.
func (c *Coverage) Open() tea.Cmd {
	if c.backend == nil {
		c.Failed = "this session cannot tell the coverage; trailsift case coverage can"
		return nil
	}
	return c.Begin(c.shell, c.backend.Recording, nil, nil, model.Query{})
}

// Refresh asks again.
func (c *Coverage) Refresh() tea.Cmd { return c.Open() }

// Receive takes the hours.
func (c *Coverage) Receive(msg tea.Msg) tea.Cmd {
	all, ok := c.Take(msg)
	if !ok {
		return nil
	}
	c.all, c.lane = all, -1
	c.fill()
	c.firstProblem()
	c.arrange()
	return nil
}

// firstProblem puts the cursor on the first strip with a gap, so that it is in sight.
func (c *Coverage) firstProblem() {
	for i, s := range c.all.Strips {
		if strings.IndexByte(s.Hours, answer.HourGap) >= 0 {
			c.grids[strips].GoTo(int64(i))
			return
		}
	}
}

const (
	lowBelow  = 16 // only the list
	textLines = 5
)

// parts are the heights of the list, the hours and the text, each with a heading.
func (c *Coverage) parts() (list, hours, text int) {
	rest := c.h - 1
	if c.h < lowBelow || c.shown == files {
		return rest, 0, 0
	}
	const least = 4
	wants := max(least, int(c.grids[c.shown].Total())+2)
	hours = max(least, min(c.strip.Rows()+2, rest-textLines-min(wants, rest/3)))
	list = max(least, min(wants, rest-textLines-hours))
	return list, hours, rest - list - hours
}

// Resize gives the screen w by h cells.
func (c *Coverage) Resize(w, h int) tea.Cmd {
	c.w, c.h = w, h
	c.arrange()
	return nil
}

// arrange lets the hours follow the list, and hands the parts their sizes.
func (c *Coverage) arrange() {
	if i, ok := c.grids[strips].Index(len(c.all.Strips)); ok && i != c.lane {
		c.lane = i
		c.strip.Set(c.all.From, cells(&c.all.Strips[i]))
	}
	if x, ok := c.change(); ok && c.shown == changes && x.Time != nil {
		c.strip.SetCursor(*x.Time)
	}
	n, hours, _ := c.parts()
	if hours == 0 {
		c.onTime = false
	}
	c.grids[c.shown].SetFocus(!c.onTime)
	c.grids[c.shown].SetSize(c.w, max(0, n-1))
	c.strip.SetFocus(c.onTime)
	c.strip.SetSize(c.w, max(0, hours-1))
}

// cells are the hours of a strip as they are drawn.
func cells(s *answer.Strip) []heat.Cell {
	states := map[byte]heat.Cell{answer.HourNothing: heat.NothingRecorded, answer.HourNotSelected: heat.NotSelected, answer.HourUnknown: heat.Unknown, answer.HourGap: heat.NotWhole}
	proofs := map[byte]heat.Cell{'v': heat.RecordedProven, 'o': heat.RecordedOpen, 'x': heat.RecordedAltered, ' ': heat.RecordedPlain}
	out := make([]heat.Cell, len(s.Hours))
	for i := range out {
		if out[i] = states[s.Hours[i]]; s.Hours[i] == answer.HourRecorded {
			out[i] = proofs[s.Proof[i]]
		}
	}
	return out
}

// Act moves, changes the list, or opens what the cursor stands on.
func (c *Coverage) Act(a keys.Action) tea.Cmd {
	switch a {
	case keys.NextPane, keys.PrevPane:
		if _, hours, _ := c.parts(); hours > 0 && c.lane >= 0 {
			c.onTime = !c.onTime
			if c.onTime {
				c.strip.SetCursor(c.strip.Cursor())
			}
		}
	case keys.ShowChanges:
		c.turn(changes)
	case keys.ShowFiles:
		c.turn(files)
	case keys.ShowCmd:
		word := "case coverage "
		if c.shown == files {
			word = "audit delivery "
		}
		return dialog.Command(c.shell, "trailsift "+word+value.Quote(c.name))
	case keys.Open, keys.Keep:
		return c.open()
	case keys.Copy:
		return c.shell.Copy(c.Status())
	case keys.NextBad, keys.PrevBad:
		if c.lane >= 0 {
			c.strip.Act(a)
		}
	default:
		if c.onTime {
			c.strip.Act(a)
			break
		}
		cmd, _ := c.grids[c.shown].Act(a)
		c.arrange()
		return cmd
	}
	c.arrange()
	return nil
}

// turn shows a list, or the strips again.
func (c *Coverage) turn(l list) {
	if c.shown == l {
		l = strips
	}
	c.shown, c.onTime = l, false
}

// Back leaves the hours, then another list than the strips.
func (c *Coverage) Back() (tea.Cmd, bool) {
	switch {
	case c.onTime:
		c.onTime = false
	case c.shown != strips:
		c.shown = strips
	default:
		return nil, false
	}
	c.arrange()
	return nil, true
}

// open lists what was recorded in the hour or the strip, or leads to the record of a change or delivery.
func (c *Coverage) open() tea.Cmd {
	switch {
	case c.onTime && c.lane >= 0:
		at := c.strip.Cursor()
		f := laneFilter(&c.all.Strips[c.lane]).With(value.Term(model.FieldSince, at, false)).With(value.Term(model.FieldUntil, at.Add(time.Hour), false))
		return c.shell.ShowFilter("hour", f)
	case c.shown == strips && c.lane >= 0:
		s := &c.all.Strips[c.lane]
		f := laneFilter(s).With(value.Term(model.FieldSince, c.all.From, false)).With(value.Term(model.FieldUntil, c.all.To, false))
		return c.shell.ShowFilter("strip", f)
	case c.shown == changes:
		if x, ok := c.change(); ok {
			return c.showRecord(x.EventID, x.RequestID)
		}
	case c.shown == files:
		if i, ok := c.grids[files].Index(len(c.all.Delivery.Files)); ok {
			d := &c.all.Delivery.Files[i]
			if d.Bucket == "" {
				c.shell.Notice(theme.Warn, "no record tells of this file")
				return nil
			}
			return c.shell.ShowFilter("delivery", model.Filter{}.With(value.Term(model.FieldBucket, d.Bucket, false)).With(value.Term(model.FieldKey, d.Key, false)))
		}
	}
	c.shell.Notice(theme.Warn, "there is nothing under the cursor")
	return nil
}

func (c *Coverage) showRecord(event, request string) tea.Cmd {
	switch {
	case event != "":
		return c.shell.ShowFilter("change", model.Filter{}.With(value.Term(model.FieldEventID, event, false)))
	case request != "":
		return c.shell.ShowFilter("change", model.Filter{}.With(value.Term(model.FieldRequestID, request, false)))
	}
	c.shell.Notice(theme.Warn, "this is an answer of AWS's, of which there is no record")
	return nil
}

// laneFilter keeps what a strip counts.
func laneFilter(s *answer.Strip) model.Filter {
	f := model.Filter{}.With(value.Term(model.FieldLog, s.Log, false))
	for _, p := range []struct {
		field model.Field
		v     string
	}{{model.FieldCategory, s.Events}, {model.FieldAccount, s.Account}, {model.FieldRegion, s.Region}, {model.FieldBucket, s.Bucket}} {
		if p.v != "" && !(p.field == model.FieldCategory && s.Log == model.AccessLog.String()) {
			f = f.With(value.Term(p.field, p.v, false))
		}
	}
	if s.Only != "" {
		f = f.With(value.Term(model.FieldReadOnly, s.Only == recording.Reads, false))
	}
	return f
}

// Mouse scrolls, and opens what is clicked twice.
func (c *Coverage) Mouse(m shell.Mouse) tea.Cmd {
	if n, _, _ := c.parts(); m.Y > n {
		cmd, _ := shell.Wheel(m, c.Act)
		return cmd
	}
	cmd := shell.Point(c.grids[c.shown], m, 2, c.Act)
	c.arrange()
	return cmd
}

// Status is what the cursor stands on, in full.
func (c *Coverage) Status() string {
	text := ""
	switch c.shown {
	case changes:
		if x, ok := c.change(); ok {
			text = changeWords(x)
		}
	case files:
		if i, ok := c.grids[files].Index(len(c.all.Delivery.Files)); ok {
			d := &c.all.Delivery.Files[i]
			dir, name := path.Split(d.Key) // the name first: it tells account, region and minute
			text = strings.TrimSpace(name+" "+d.Note) + ", in " + strings.TrimPrefix(d.Bucket+"/"+dir, "/")
		}
	default:
		if c.lane >= 0 {
			text = stripName(&c.all.Strips[c.lane])
		}
	}
	return c.theme.Show(safe.Cut(text, 512).String())
}
