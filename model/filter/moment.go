package filter

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"trailsift/model"
)

// layouts are the forms a time may be typed in. Where they lack a zone, UTC is meant.
var layouts = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04",
	"2006-01-02T15Z07:00", "2006-01-02",
}

const timeForm = "2006-01-02T15:04:05Z"

// moment reads a time. Those that count from another are left as typed until the whole is read.
func (s *scanner) moment(t *readTerm, l lexed) (model.Value, error) {
	typed := string(l.literal)
	if l.glob {
		return model.Value{}, fail(l.from, l.to, "%s wants a time, which * and ? cannot stand for", string(t.Field))
	}
	if typed[0] == '+' || typed[0] == '-' {
		return s.relative(t, l, typed)
	}
	at, layout, err := parseTime(typed)
	if err != nil {
		return model.Value{}, fail(l.from, l.to, "%s wants a time such as 2026-03-01T02:00Z%s", string(t.Field), because(err))
	}
	if t.Op == model.Equals && !strings.Contains(layout, ":05") && t.Field == model.FieldTime {
		return model.Value{}, fail(l.from, l.to, "time is one second, such as 2026-03-01T02:00:00Z; a span is written since: and until:")
	}
	return model.Value{Text: at.Format(timeForm)}, nil
}

func because(err error) string {
	var p *time.ParseError
	if errors.As(err, &p) {
		if strings.Contains(p.Message, "out of range") {
			return " (" + strings.TrimPrefix(p.Message, ": ") + ")"
		}
		return ""
	}
	return " (" + err.Error() + ")"
}

// ParseTime reads a time in one of the forms a filter takes; without a zone it is UTC.
func ParseTime(typed string) (time.Time, error) {
	at, _, err := parseTime(typed)
	if err != nil {
		return at, fmt.Errorf("a time is wanted, such as 2026-03-01T02:00Z%s", because(err))
	}
	return at, nil
}

func parseTime(typed string) (time.Time, string, error) {
	text := strings.ToUpper(typed)
	if len(text) > 10 && text[10] == ' ' {
		text = text[:10] + "T" + text[11:]
	}
	var first error
	for _, layout := range layouts {
		at, err := time.Parse(layout, text)
		if err != nil {
			if p := (*time.ParseError)(nil); first == nil || errors.As(err, &p) && strings.Contains(p.Message, "out of range") {
				first = err
			}
			continue
		}
		at = at.UTC()
		if at.Nanosecond() != 0 {
			return at, "", errors.New("records have whole seconds")
		}
		if y := at.Year(); y < 1 || y > 9999 {
			return at, "", errors.New("the year is out of range")
		}
		return at, layout, nil
	}
	return time.Time{}, "", first
}

// relative reads -7d, which counts from the end of the evidence, and +90m, which counts from since.
func (s *scanner) relative(t *readTerm, l lexed, typed string) (model.Value, error) {
	d, ok := ParseLength(typed[1:])
	if !ok {
		return model.Value{}, fail(l.from, l.to, "%s is no length of time; write -7d, -36h, -90m or +1h30m", typed)
	}
	if typed[0] == '+' {
		if t.Field != model.FieldUntil {
			return model.Value{}, fail(l.from, l.to, "only until counts from since: until:%s", typed)
		}
		return model.Value{Text: typed}, nil
	}
	if s.ctx.End.IsZero() {
		return model.Value{}, fail(l.from, l.to, "%s counts from the end of the evidence, and there is no record with a time", typed)
	}
	at := s.ctx.End.UTC().Truncate(time.Second).Add(-d)
	if at.Year() < 1 {
		return model.Value{}, fail(l.from, l.to, "%s is before the year 1", typed)
	}
	return model.Value{Text: at.Format(timeForm)}, nil
}

var lengths = map[byte]time.Duration{
	's': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour,
}

// longest bounds a length of time; sums of it stay far from overflow.
const longest = 100 * 366 * 24 * time.Hour

// ParseLength reads a length of time as filters write it: 7d, 36h, 1h30m.
func ParseLength(s string) (time.Duration, bool) {
	var sum time.Duration
	n, digits := time.Duration(0), 0
	for i := 0; i < len(s); i++ {
		if s[i] >= '0' && s[i] <= '9' {
			n, digits = n*10+time.Duration(s[i]-'0'), digits+1
			if digits > 10 {
				return 0, false
			}
			continue
		}
		unit, ok := lengths[s[i]|0x20]
		if !ok || digits == 0 || n > longest/unit {
			return 0, false
		}
		sum += n * unit
		if sum > longest {
			return 0, false
		}
		n, digits = 0, 0
	}
	return sum, digits == 0 && s != ""
}

// finish settles times that count from since and checks that the window is one.
func (s *scanner) finish() (model.Filter, error) {
	var since string
	for _, t := range s.read {
		if t.Field == model.FieldSince && !t.Off {
			since = max(since, t.Values[0].Text) // of two, the later one bounds
		}
	}
	var f model.Filter
	for _, t := range s.read {
		if t.Field == model.FieldUntil {
			if err := settle(&t, since); err != nil {
				return model.Filter{}, err
			}
			if !t.Off && since != "" && t.Values[0].Text <= since {
				return model.Filter{}, fail(t.from, t.to, "the window ends at %s, not after its beginning %s", t.Values[0].Text, since)
			}
		}
		f.Terms = append(f.Terms, t.Term)
	}
	return f, nil
}

func settle(t *readTerm, since string) error {
	typed := t.Values[0].Text
	if typed[0] != '+' {
		return nil
	}
	from, err := time.Parse(timeForm, since)
	if err != nil {
		return fail(t.from, t.to, "until:%s counts from since, and there is no since", typed)
	}
	d, _ := ParseLength(typed[1:])
	at := from.Add(d)
	if at.Year() > 9999 {
		return fail(t.from, t.to, "until:%s ends after the year 9999", typed)
	}
	t.Values = []model.Value{{Text: at.Format(timeForm)}}
	return nil
}
