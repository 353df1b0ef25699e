package ui

import (
	"encoding/json"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui/keys"
	"trailsift/ui/screen/explore"
)

// session is where a session left off, as the case's notebook keeps it. What a later version adds is
// ignored by an earlier one; what is missing is as usual.
type session struct {
	Settings explore.Settings `json:"settings"`
	Filter   string           `json:"filter,omitempty"`
	Sort     model.Sort       `json:"sort"`
	Record   *sessionRecord   `json:"record,omitempty"` // under the cursor
	Screen   keys.Action      `json:"screen,omitempty"`
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
	f, err := r.options.Language.Parse(s.Filter, time.Time{})
	if err != nil {
		return
	}
	if _, ok := model.Lookup(s.Sort.Field); !ok {
		s.Sort.Field = ""
	}
	e.Resume(model.Query{Filter: f, Sort: s.Sort})
	if s.Record != nil {
		e.StartAt(model.RecordID{Log: s.Record.Log, Member: s.Record.Member, Number: s.Record.Number}, s.Record.Time)
	}
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
	q := e.Query()
	s := session{Settings: r.settings, Filter: r.options.Language.Print(q.Filter), Sort: q.Sort}
	if id, at, ok := e.Record(); ok {
		s.Record = &sessionRecord{id.Log, id.Member, id.Number, at}
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
