package ui

import (
	"encoding/json"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui/keys"
	"trailsift/ui/screen/explore"
	"trailsift/ui/widget/grid"
)

// session is where a session left off, as the case's notebook keeps it. What a later version adds is
// ignored by an earlier one; what is missing is as usual.
type session struct {
	Settings explore.Settings `json:"settings"`
	sessionView
	Screen keys.Action   `json:"screen,omitempty"`
	Past   []sessionView `json:"past,omitempty"`   // what undo goes back to, the nearest last
	Future []sessionView `json:"future,omitempty"` // what redo goes on to
}

// sessionView is a list and where its cursor stood.
type sessionView struct {
	Filter string         `json:"filter,omitempty"`
	Sort   model.Sort     `json:"sort"`
	Record *sessionRecord `json:"record,omitempty"` // under the cursor
	Place  grid.Place     `json:"place,omitzero"`
}

type sessionRecord struct {
	Log    model.Log      `json:"log"`
	Member model.MemberID `json:"member"`
	Number uint32         `json:"number"`
	Time   time.Time      `json:"time,omitzero"`
}

// restore reads a session that was written before. One that cannot be read is as none.
func (r *Root) restore(text string) session {
	var s session
	if text == "" || json.Unmarshal([]byte(text), &s) != nil {
		return session{}
	}
	r.session, r.settings = text, s.Settings
	for _, c := range s.Settings.Columns {
		if _, ok := model.Lookup(c.Field); !ok {
			if _, ok := model.JSONPath(c.Field); !ok {
				r.settings.Columns = nil
			}
		}
	}
	if _, err := time.LoadLocation(s.Settings.Zone); err != nil {
		r.settings.Zone, r.settings.Zoned = "", false
	}
	return s
}

// resume goes on where the session left off, unless the program was told a filter of its own.
func (r *Root) resume(s session) {
	e, ok := r.bases[keys.GoExplore].(*explore.Explore)
	if !ok || r.session == "" || len(r.options.Filter.Terms) > 0 {
		return
	}
	here, ok := r.step(s.sessionView)
	if !ok {
		return
	}
	e.Resume(here.Query)
	if here.Record != (model.RecordID{}) {
		e.StartAt(here.Record, here.Time)
		e.StartIn(here.Place)
	}
	e.Recall(r.steps(s.Past), r.steps(s.Future))
	if base, ok := r.bases[s.Screen]; ok {
		r.stack[0] = base
	}
}

// Remember writes down where the session stands, if that has changed.
func (r *Root) Remember() tea.Cmd {
	e, ok := r.bases[keys.GoExplore].(*explore.Explore)
	if !ok {
		return nil
	}
	id, at, _ := e.Record()
	past, future := e.Steps()
	s := session{
		Settings: r.settings, sessionView: r.view(explore.Step{Query: e.Query(), Record: id, Time: at, Place: e.Place()}),
		Past: r.views(past), Future: r.views(future),
	}
	for act, base := range r.bases {
		if base == r.stack[0] {
			s.Screen = act
		}
	}
	text, err := json.Marshal(s)
	if err != nil || string(text) == r.session {
		return nil
	}
	r.session = string(text)
	return r.notes.Add(model.NoteEntry{Kind: model.NoteSession, Text: r.session})
}

// view is a step as it is written down, and step reads it.
func (r *Root) view(x explore.Step) sessionView {
	v := sessionView{Filter: r.options.Language.Print(x.Query.Filter), Sort: x.Query.Sort, Place: x.Place}
	if x.Record != (model.RecordID{}) {
		v.Record = &sessionRecord{x.Record.Log, x.Record.Member, x.Record.Number, x.Time}
	}
	return v
}

func (r *Root) step(v sessionView) (explore.Step, bool) {
	f, err := r.options.Language.Parse(v.Filter, time.Time{})
	if err != nil {
		return explore.Step{}, false
	}
	if _, ok := model.Lookup(v.Sort.Field); !ok {
		v.Sort.Field = ""
	}
	x := explore.Step{Query: model.Query{Filter: f, Sort: v.Sort}, Place: v.Place}
	if v.Record != nil {
		x.Record, x.Time = model.RecordID{Log: v.Record.Log, Member: v.Record.Member, Number: v.Record.Number}, v.Record.Time
	}
	return x, true
}

func (r *Root) views(xs []explore.Step) []sessionView {
	var out []sessionView
	for _, x := range xs {
		out = append(out, r.view(x))
	}
	return out
}

// steps leaves out what cannot be read.
func (r *Root) steps(vs []sessionView) []explore.Step {
	var out []explore.Step
	for _, v := range vs {
		if x, ok := r.step(v); ok {
			out = append(out, x)
		}
	}
	return out
}
