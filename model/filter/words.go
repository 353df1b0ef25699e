package filter

import (
	"net/netip"
	"strings"

	"trailsift/model"
)

func isBlock(s string) bool {
	p, err := netip.ParsePrefix(s)
	return err == nil && p.Masked().String() == s
}

// Block is the address block of a value on the field ip, if it is one.
func Block(v model.Value) (netip.Prefix, bool) {
	if v.Glob || !isBlock(v.Text) {
		return netip.Prefix{}, false
	}
	p, err := netip.ParsePrefix(v.Text)
	return p, err == nil
}

// Describe is the text of a chip: op=GetObject, ip∉10.0.0.0/8, status≥400. ascii keeps it to ASCII.
func Describe(t model.Term, ascii bool) string {
	mark := func(fancy, plain string) string {
		if ascii {
			return plain
		}
		return fancy
	}
	vals := make([]string, len(t.Values))
	for i, v := range t.Values {
		vals[i] = v.Text
	}
	value := strings.Join(vals, "|")
	name := fieldName(t)
	switch t.Op {
	case model.Contains:
		return map[bool]string{false: "“" + value + "”", true: "without “" + value + "”"}[t.Not]
	case model.Present:
		return map[bool]string{false: name + " present", true: name + " absent"}[t.Not]
	case model.Matches:
		return name + map[bool]string{false: "~", true: mark("≁", "!~")}[t.Not] + value
	}
	if t.Field == model.FieldSince || t.Field == model.FieldUntil {
		return name + " " + value
	}
	relation := map[model.Op][2]string{
		model.Equals: {"=", mark("≠", "!=")}, model.Less: {"<", mark("≥", ">=")}, model.AtMost: {mark("≤", "<="), ">"},
		model.Greater: {">", mark("≤", "<=")}, model.AtLeast: {mark("≥", ">="), "<"},
	}[t.Op]
	if _, block := Block(firstValue(t)); block && t.Field == model.FieldIP {
		relation = [2]string{mark("∈", " in "), mark("∉", " not in ")}
	}
	if t.Not {
		return name + relation[1] + value
	}
	return name + relation[0] + value
}

func firstValue(t model.Term) model.Value {
	if len(t.Values) == 0 {
		return model.Value{}
	}
	return t.Values[0]
}
