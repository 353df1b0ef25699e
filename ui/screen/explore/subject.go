package explore

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/value"
)

// subjectFields are what a story or a card may be asked for of a row.
var subjectFields = []model.Field{
	model.FieldBucket, model.FieldKey, model.FieldActor, model.FieldAccessKey, model.FieldIP, model.FieldSession, model.FieldActorAccount, model.FieldIssuer,
}

// subject is what the row under the cursor is about, once its values are here.
type subject struct {
	id     int
	act    keys.Action
	field  model.Field // of the column under the cursor
	values map[model.Field]string
	err    error
}

// askSubject reads the row under the cursor for its object, or for its actor.
func (e *Explore) askSubject(act keys.Action) tea.Cmd {
	row, ok := e.grid.Current()
	if !ok {
		return e.say("there is no request under the cursor")
	}
	col, _ := e.grid.Column()
	e.subject = e.shell.NextID()
	b, q, n, s := e.backend, e.view.query(), e.grid.Cursor(), subject{id: e.subject, act: act, field: col.Field, values: map[model.Field]string{}}
	return func() tea.Msg {
		page, err := b.Page(context.Background(), q, subjectFields, n, 1)
		if err == nil && (len(page.Rows) != 1 || page.Rows[0].ID != row.ID) {
			err = errors.New("the list has changed meanwhile; press the key again")
		}
		if s.err = err; err == nil {
			for i, f := range subjectFields {
				s.values[f] = value.Plain(page.Rows[0].Values[i])
			}
		}
		return s
	}
}

// receiveSubject opens the story or the card.
func (e *Explore) receiveSubject(s subject) tea.Cmd {
	if s.id != e.subject {
		return nil
	}
	e.subject = 0
	if s.err != nil {
		e.shell.Notice(theme.Bad, "could not read the request: "+safe.New(s.err.Error()).String())
		return nil
	}
	bucket, key := s.values[model.FieldBucket], s.values[model.FieldKey]
	switch {
	case s.act == keys.ShowStory && (bucket == "" || key == ""):
		return e.say("the request names no object")
	case s.act == keys.ShowStory:
		return e.shell.ShowObject(bucket + "/" + key)
	}
	// What the cursor stands on, if it is a kind of actor; else who made the request.
	for _, f := range []model.Field{s.field, model.FieldActor, model.FieldAccessKey, model.FieldIP} {
		if v := s.values[f]; v != "" && f != model.FieldBucket && f != model.FieldKey {
			return e.shell.ShowActor(v)
		}
	}
	return e.say("the request names nobody")
}
