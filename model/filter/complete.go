package filter

import (
	"slices"
	"strings"

	"trailsift/model"
	"trailsift/model/safe"
)

// ValueCount is a value of a field and how many rows have it.
type ValueCount struct {
	Value string
	Count int64
}

// Suggestion replaces the bytes From to To of a text by Text.
type Suggestion struct {
	From, To int
	Text     string
	Show     string // what a list shows of it, printable
	Help     string // what it means; empty for values
	Count    int64  // rows that have the value; -1 where nothing is counted
	Value    string // of a field, as it is; empty for names
}

// offered bounds how many suggestions there are.
const offered = 50

// Complete says what may stand at byte cursor of a text that is being typed: names of fields, the
// operators of a field, then its values. values is asked for the values of fields without a fixed
// list; it may be nil.
func Complete(text string, cursor int, values func(model.Field) []ValueCount) []Suggestion {
	cursor = max(0, min(cursor, len(text)))
	from := wordStart(text[:cursor])
	for from < cursor && (text[from] == '!' || text[from] == '-') {
		from++
	}
	s := scanner{text: text[:cursor], at: from}
	name, sep, _ := s.head()
	if sep == 0 {
		return completeField(text[from:cursor], from, cursor)
	}
	if sep == '~' {
		return nil
	}
	in, ok := model.Lookup(model.Field(strings.ToLower(name)))
	if !ok {
		return nil
	}
	return completeValue(in, text, valueStart(text[:cursor], s.at), cursor, values)
}

// WordStart is where the condition begins that is being typed at byte cursor of text; what stands
// before it are the other conditions.
func WordStart(text string, cursor int) int { return wordStart(text[:max(0, min(cursor, len(text)))]) }

// wordStart is where the last word of text begins: after a space outside quotes and brackets.
func wordStart(text string) int {
	start, quoted, brackets := 0, false, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(' && (i == start || text[i-1] == ':' || text[i-1] == '-' || text[i-1] == '!'):
			brackets = true
		case c == ')':
			brackets = false
		case isSpace(c) && !brackets:
			start = i + 1
		}
	}
	return start
}

// valueStart is where the alternative begins that text ends in; values begin at from.
func valueStart(text string, from int) int {
	for from < len(text) && strings.IndexByte("<>=", text[from]) >= 0 {
		from++
	}
	if from >= len(text) || text[from] != '(' {
		return from
	}
	from++
	quoted := false
	for i := from; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '|' && !quoted:
			from = i + 1
		}
	}
	for from < len(text) && isSpace(text[from]) {
		from++
	}
	return from
}

func completeField(typed string, from, to int) []Suggestion {
	typed = strings.ToLower(typed)
	if strings.ContainsAny(typed, `"(\`) {
		return nil
	}
	var out []Suggestion
	if in, ok := model.Lookup(model.Field(typed)); ok {
		out = operators(in, from, to)
	}
	for _, in := range model.Fields {
		if n := string(in.Field); strings.HasPrefix(n, typed) && n != typed {
			out = append(out, Suggestion{from, to, n + ":", n, in.Help, -1, ""})
		}
	}
	if strings.HasPrefix("json.", typed) {
		out = append(out, Suggestion{from, to, "json.", "json.", "a member of the record's JSON by its path: json.requestParameters.prefix:x", -1, ""})
	}
	return out
}

// operators are what may follow the name of a field.
func operators(in model.Info, from, to int) []Suggestion {
	var out []Suggestion
	offer := func(sign, help string) {
		out = append(out, Suggestion{from, to, string(in.Field) + sign, string(in.Field) + sign, help, -1, ""})
	}
	offer(":", in.Help)
	if in.Filter && in.Field != model.FieldObject {
		return out
	}
	if ordered(in.Kind) {
		offer(":>=", "at least")
		offer(":<=", "at most")
		offer(":>", "more than")
		offer(":<", "less than")
	}
	switch in.Kind {
	case model.KindTime, model.KindBool:
	default:
		offer("~", "matches a regular expression (RE2)")
	}
	offer(":*", "has a value")
	return out
}

func completeValue(in model.Info, text string, from, to int, values func(model.Field) []ValueCount) []Suggestion {
	if from > to {
		from = to
	}
	out := Matching(strings.ReplaceAll(strings.TrimPrefix(text[from:to], `"`), `\`, ""), candidates(in, values))
	for i := range out {
		out[i].From, out[i].To, out[i].Text = from, to, printValue(model.Term{Field: in.Field}, model.Value{Text: out[i].Value})
	}
	return out
}

// Matching are the values that begin with what was typed, before those that hold it, whatever the case.
// They replace nothing yet: whoever asked knows how a value is written in the text.
func Matching(typed string, have []ValueCount) []Suggestion {
	typed = strings.ToLower(typed)
	var begin, hold []Suggestion
	for _, v := range have {
		if v.Value == "" {
			continue
		}
		s := Suggestion{Show: safe.Cut(v.Value, chipRunes).String(), Count: v.Count, Value: v.Value}
		switch at := strings.Index(strings.ToLower(v.Value), typed); {
		case at == 0:
			begin = append(begin, s)
		case at > 0:
			hold = append(hold, s)
		}
	}
	out := append(begin, hold...)
	return out[:min(len(out), offered)]
}

// candidates are the values of a field: its fixed list, with counts where they are known, else
// those that are there.
func candidates(in model.Info, values func(model.Field) []ValueCount) []ValueCount {
	fixed := fixedNames(in)
	var have []ValueCount
	if values != nil && !(in.Filter && in.Field != model.FieldObject) {
		have = slices.Clone(values(in.Field))
	}
	for _, n := range fixed {
		if !slices.ContainsFunc(have, func(v ValueCount) bool { return v.Value == n }) {
			have = append(have, ValueCount{n, -1})
		}
	}
	return have
}

// fixedNames are the values a field can have at all, when there is a list of them.
func fixedNames(in model.Info) []string {
	switch in.Kind {
	case model.KindEnum:
		return in.Values
	case model.KindFlags:
		return model.FlagNames
	case model.KindBool:
		return []string{"true", "false"}
	}
	return nil
}
