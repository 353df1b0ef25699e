package filter

import (
	"strconv"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/safe"
)

// signs are the comparisons as chips show them.
type signs struct {
	equal, unequal, in, notIn, like, unlike string
	less, atMost, greater, atLeast          string
}

var (
	mathSigns  = signs{"=", "≠", "∈", "∉", "~", "≁", "<", "≤", ">", "≥"}
	asciiSigns = signs{"=", "!=", " in ", " not in ", "~", "!~", "<", "<=", ">", ">="}
)

// Bounds of a chip.
const (
	chipValues = 4  // alternatives shown
	chipRunes  = 80 // characters shown of one value
)

// Describe is the text of a term's chip, printable: op=GetObject, ip∉10.0.0.0/8, status≥400. With
// ascii its signs are ones that every terminal has; values keep their characters. Whether the term is
// switched off is for the chip to show.
func Describe(t model.Term, ascii bool) string {
	if ascii {
		return asciiSigns.describe(t)
	}
	return mathSigns.describe(t)
}

func (g signs) describe(t model.Term) string {
	name := string(t.Field)
	if t.Field == model.FieldJSON {
		name = safe.Cut("json."+printPath(t.Path), chipRunes).String()
	}
	values := chipText(t)
	switch t.Op {
	case model.Contains:
		if t.Not {
			return "not " + values
		}
		return values
	case model.Present:
		if t.Not {
			return name + " absent"
		}
		return name + " present"
	}
	switch t.Field {
	case model.FieldSince, model.FieldUntil:
		return name + " " + values
	case model.FieldRecords:
		return values + " records"
	}
	return g.compare(t, name, values)
}

func (g signs) compare(t model.Term, name, values string) string {
	var sign string
	switch t.Op {
	case model.Matches:
		return name + pick(t.Not, g.unlike, g.like) + values
	case model.Less:
		sign = g.less
	case model.AtMost:
		sign = g.atMost
	case model.Greater:
		sign = g.greater
	case model.AtLeast:
		sign = g.atLeast
	default:
		if t.Field == model.FieldIP && anyBlock(t.Values) {
			return name + pick(t.Not, g.notIn, g.in) + values
		}
		return name + pick(t.Not, g.unequal, g.equal) + values
	}
	// The negation of an order keeps rows without the field, so its sign is not turned round.
	return pick(t.Not, "not ", "") + name + sign + values
}

func pick(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}

func anyBlock(values []model.Value) bool {
	for _, v := range values {
		if _, ok := Block(v); ok {
			return true
		}
	}
	return false
}

func chipText(t model.Term) string {
	in, _ := model.Lookup(t.Field)
	var parts []string
	for i, v := range t.Values {
		if i == chipValues {
			parts = append(parts, "…(+"+strconv.Itoa(len(t.Values)-i)+")")
			break
		}
		parts = append(parts, chipValue(t, in, v))
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, "|") + ")"
}

func chipValue(t model.Term, in model.Info, v model.Value) string {
	text := v.Text
	switch {
	case in.Kind == model.KindSize:
		text = printSize(text)
	case in.Kind == model.KindTime:
		text = chipTime(text)
	case t.Op == model.Contains:
		text = `"` + text + `"`
	}
	return safe.Cut(text, chipRunes).String()
}

// chipTime drops what is zero: 2026-03-01 02:00Z.
func chipTime(text string) string {
	at, err := time.Parse(timeForm, text)
	if err != nil {
		return text
	}
	if at.Second() != 0 {
		return at.Format("2006-01-02 15:04:05Z")
	}
	return at.Format("2006-01-02 15:04Z")
}
