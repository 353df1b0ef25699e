package explore

import (
	"time"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/value"
)

// fields are asked for with every page; a row's values stand in this order.
var fields = []model.Field{
	model.FieldIntegrity, model.FieldTime, model.FieldOp, model.FieldStatus, model.FieldError, model.FieldOutcome,
	model.FieldIP, model.FieldActor, model.FieldKey, model.FieldBucket, model.FieldEnc, model.FieldBytesOut,
	model.FieldBytesIn, model.FieldAccessKey, model.FieldRegion, model.FieldLog, model.FieldAgent,
}

var place = func() map[model.Field]int {
	m := map[model.Field]int{}
	for i, f := range fields {
		m[f] = i
	}
	return m
}()

// timeForm is how much of a time the list needs to print: what all rows share is in the title.
type timeForm uint8

const (
	fullTime timeForm = iota
	timeOfYear
	timeOfDay
)

func formOf(s model.Span) timeForm {
	from, to := s.From.UTC(), s.To.UTC()
	switch {
	case from.IsZero() || to.IsZero() || from.Year() != to.Add(-time.Second).Year():
		return fullTime
	case from.YearDay() == to.Add(-time.Second).YearDay():
		return timeOfDay
	}
	return timeOfYear
}

func (f timeForm) layout() string {
	return [...]string{"2006-01-02 15:04:05", "01-02 15:04:05", "15:04:05"}[f]
}

// known are the columns that are listed unless the user chooses others.
func known(form timeForm) []grid.Column {
	tw := len(form.layout()) + 1 // the sign of a neighbour within a second
	return []grid.Column{
		{Name: "V", Field: model.FieldIntegrity, Min: 1, Want: 1, Priority: 0},
		{Name: "TIME", Field: model.FieldTime, Min: tw, Want: tw, Priority: 1},
		{Name: "OP", Field: model.FieldOp, Min: 10, Want: 22, Priority: 2},
		{Name: "ST", Field: model.FieldStatus, Min: 5, Want: 12, Priority: 3},
		{Name: "IP", Field: model.FieldIP, Min: 12, Want: 15, Priority: 5, Cut: grid.CutMiddle},
		{Name: "ACTOR", Field: model.FieldActor, Min: 10, Want: 28, Priority: 6, Cut: grid.CutHead},
		{Name: "OBJECT", Field: model.FieldKey, Min: 18, Want: 60, Priority: 4, Cut: grid.CutMiddle, Elastic: true},
		{Name: "ENC", Field: model.FieldEnc, Min: 8, Want: 16, Priority: 7, Extra: true},
		{Name: "OUT", Field: model.FieldBytesOut, Min: 9, Want: 9, Priority: 8, Extra: true, Right: true},
		{Name: "IN", Field: model.FieldBytesIn, Min: 9, Want: 9, Priority: 9, Extra: true, Right: true},
		{Name: "BUCKET", Field: model.FieldBucket, Min: 12, Want: 24, Priority: 10, Extra: true, Cut: grid.CutMiddle},
		{Name: "ACCESS KEY", Field: model.FieldAccessKey, Min: 20, Want: 20, Priority: 11, Extra: true},
		{Name: "REGION", Field: model.FieldRegion, Min: 10, Want: 14, Priority: 12, Extra: true},
		{Name: "LOG", Field: model.FieldLog, Min: 10, Want: 10, Priority: 13, Extra: true},
		{Name: "AGENT", Field: model.FieldAgent, Min: 20, Want: 60, Priority: 14, Extra: true},
	}
}

// gridRow makes the cells of a row; it runs where the page was fetched, never in Update. near tells
// that a neighbour is within a second.
func gridRow(th *theme.Theme, s shape, r model.Row, near bool) grid.Row {
	form, cols := s.form, s.cols
	out := grid.Row{ID: r.ID, Values: r.Values, Cells: make([]grid.Cell, len(cols))}
	role := theme.OutcomeRole(value.Plain(at(r.Values, model.FieldOutcome)))
	for i, c := range cols {
		f, v := s.cellValue(c.Field, r.Values)
		switch {
		case c.Field == fieldZone:
			out.Cells[i] = grid.Word(zoneTime(v, s.zone), theme.Text)
		case c.Field == model.FieldIntegrity:
			s := th.BadgeOf(value.Plain(v))
			out.Cells[i] = grid.Word(s.Glyph, s.Role)
		case c.Field == model.FieldTime:
			text := shortTime(v, form)
			if near {
				text += th.Near
			}
			out.Cells[i] = grid.Word(text, theme.Text)
		case v == nil:
			out.Cells[i] = grid.Word("", theme.Text)
		case f == model.FieldBytesIn || f == model.FieldBytesOut:
			n, _ := v.(int64)
			out.Cells[i] = grid.Word(value.Bytes(n), theme.Text)
		case c.Field == model.FieldStatus:
			out.Cells[i] = grid.Text(th, value.Short(v), role)
		case c.Field == model.FieldKey && f == model.FieldBucket:
			out.Cells[i] = grid.Text(th, safe.Cut("bucket "+value.Plain(v), 512), theme.Text)
		default:
			out.Cells[i] = grid.Text(th, value.Short(v), theme.Text)
		}
	}
	return out
}

func shortTime(v any, form timeForm) string {
	t, ok := v.(time.Time)
	if !ok {
		return "no time"
	}
	return t.UTC().Format(form.layout())
}

func at(values []any, f model.Field) any {
	if i := place[f]; i < len(values) {
		return values[i]
	}
	return nil
}

// cellValue is the field and value a cell stands for: where a row has no status, the ST column shows
// its error, then its outcome; where it has no key, OBJECT shows the bucket.
func (s shape) cellValue(f model.Field, values []any) (model.Field, any) {
	if f == fieldZone {
		f = model.FieldTime
	}
	v := s.at(values, f)
	if v != nil {
		return f, v
	}
	switch f {
	case model.FieldStatus:
		if v := at(values, model.FieldError); v != nil {
			return model.FieldError, v
		}
		return model.FieldOutcome, at(values, model.FieldOutcome)
	case model.FieldKey:
		if v := at(values, model.FieldBucket); v != nil {
			return model.FieldBucket, v
		}
	}
	return f, nil
}

func rowTime(r grid.Row) (time.Time, bool) {
	t, ok := at(r.Values, model.FieldTime).(time.Time)
	return t, ok
}
