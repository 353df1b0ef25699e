package store

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/filter"
)

// oracleRow is a row of the plain evaluator that the engine is held against.
type oracleRow struct {
	row       model.Row
	dup, fold bool
}

func (o oracleRow) get(f model.Field) any { return valueOf(o.row, f) }

func asText(v any) (string, bool) {
	switch x := v.(type) {
	case string:
		return x, true
	case int64:
		return strconv.FormatInt(x, 10), true
	case bool:
		return strconv.FormatBool(x), true
	}
	return "", false
}

// keeps says by the words of the design which rows a filter keeps.
func (o oracleRow) keeps(f model.Filter) bool {
	all, onlyAccess := false, false
	for _, t := range f.Terms {
		if t.Off {
			continue
		}
		all = all || t.Field == model.FieldRecords
		if t.Field == model.FieldLog {
			names := 0
			for _, n := range model.LogNames {
				if oneTerm(t, func(v model.Value) bool { return enumHit(t.Op, v, n) }) != t.Not {
					names++
					onlyAccess = n == "access"
				}
			}
			onlyAccess = onlyAccess && names == 1
		}
	}
	if o.dup && !all || o.fold && !all && !onlyAccess {
		return false
	}
	if c := o.get(model.FieldCategory).(string); c != "data" && c != "management" && !f.Names(model.FieldCategory) {
		return false
	}
	for _, t := range f.Terms {
		if !t.Off && o.term(t) == t.Not {
			return false
		}
	}
	return true
}

func oneTerm(t model.Term, hit func(model.Value) bool) bool {
	return slices.ContainsFunc(t.Values, hit)
}

func textHit(v model.Value, s string) bool {
	if v.Glob {
		return filter.Glob(v.Text, s)
	}
	return v.Text == s
}

func enumHit(op model.Op, v model.Value, s string) bool {
	if op == model.Matches {
		return regexp.MustCompile("(?i)" + v.Text).MatchString(s)
	}
	return textHit(model.Value{Text: strings.ToLower(v.Text), Glob: v.Glob}, s)
}

func (o oracleRow) term(t model.Term) bool {
	switch t.Field {
	case model.FieldRecords:
		return true
	case model.FieldIs:
		return oneTerm(t, func(v model.Value) bool {
			return slices.ContainsFunc(model.RelationNames, func(n string) bool { return enumHit(t.Op, v, n) && o.related(n) })
		})
	case model.FieldHour:
		at, ok := o.get(model.FieldTime).(time.Time)
		return ok && oneTerm(t, func(v model.Value) bool {
			h, ok := filter.ParseHours(v)
			return ok && h.Holds(at.Unix())
		})
	case model.FieldAny:
		return oneTerm(t, o.word)
	case model.FieldObject:
		return oneTerm(t, o.object)
	case model.FieldSince:
		return oneTerm(t, func(v model.Value) bool { return o.number(model.FieldTime, model.AtLeast, v) })
	case model.FieldUntil:
		return oneTerm(t, func(v model.Value) bool { return o.number(model.FieldTime, model.Less, v) })
	}
	in, _ := model.Lookup(t.Field)
	v := o.get(t.Field)
	if t.Op == model.Present {
		return v != nil
	}
	if flags, ok := v.([]string); ok {
		return slices.ContainsFunc(flags, func(s string) bool { return oneTerm(t, func(v model.Value) bool { return enumHit(t.Op, v, s) }) })
	}
	if v == nil {
		return false
	}
	return oneTerm(t, func(x model.Value) bool { return o.value(in, t, x, v) })
}

func (o oracleRow) value(in model.Info, t model.Term, x model.Value, v any) bool {
	s, _ := asText(v)
	switch {
	case in.Kind == model.KindEnum:
		return enumHit(t.Op, x, s)
	case t.Op == model.Matches && in.Kind == model.KindFold:
		return regexp.MustCompile("(?i)" + x.Text).MatchString(s)
	case t.Op == model.Matches:
		return regexp.MustCompile(x.Text).MatchString(s)
	case in.Kind == model.KindTime, in.Kind == model.KindInt && !x.Glob, in.Kind == model.KindSize && !x.Glob:
		return o.number(t.Field, t.Op, x)
	case in.Kind == model.KindFold:
		return textHit(model.Value{Text: strings.ToLower(x.Text), Glob: x.Glob}, strings.ToLower(s))
	case in.Kind == model.KindIP:
		if p, ok := filter.Block(x); ok {
			a, err := netip.ParseAddr(s)
			return err == nil && p.Contains(a.Unmap())
		}
	}
	return textHit(x, s)
}

func (o oracleRow) number(f model.Field, op model.Op, v model.Value) bool {
	var a, b int64
	switch x := o.get(f).(type) {
	case nil:
		return false
	case time.Time:
		at, err := time.Parse(time.RFC3339, v.Text)
		if err != nil {
			panic(err)
		}
		a, b = x.Unix(), at.Unix()
	case int64:
		a = x
		text, unit := strings.CutSuffix(v.Text, "KB")
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			panic(err)
		}
		if b = n; unit {
			b = n << 10
		}
	}
	switch op {
	case model.Less:
		return a < b
	case model.AtMost:
		return a <= b
	case model.Greater:
		return a > b
	case model.AtLeast:
		return a >= b
	}
	return a == b
}

// related says by words which relation between its fields a row has.
func (o oracleRow) related(name string) bool {
	text := func(f model.Field) string { s, _ := o.get(f).(string); return s }
	differ := func(a, b string) bool { return len(a) == 12 && len(b) == 12 && a != b }
	cloudTrail := text(model.FieldLog) == "cloudtrail"
	switch name {
	case "self-copy":
		return text(model.FieldCopySource) != "" && o.get(model.FieldKey) != nil && text(model.FieldCopySource) == text(model.FieldBucket)+"/"+text(model.FieldKey)
	case "foreign-caller":
		return cloudTrail && differ(text(model.FieldActorAccount), text(model.FieldBucketAccount))
	case "foreign-bucket":
		return cloudTrail && differ(text(model.FieldAccount), text(model.FieldBucketAccount))
	}
	owner := text(model.FieldBucketAccount)
	if o.get(model.FieldBucketAccount) == nil {
		owner = text(model.FieldAccount)
	}
	parts := append(strings.Split(text(model.FieldKMSKey), ":"), "", "", "", "", "")
	return cloudTrail && differ(parts[4], owner)
}

func (o oracleRow) object(v model.Value) bool {
	bucket, _ := o.get(model.FieldBucket).(string)
	key, hasKey := o.get(model.FieldKey).(string)
	source, hasSource := o.get(model.FieldCopySource).(string)
	if hasSource && textHit(v, source) {
		return true
	}
	if hasSource && !v.Glob && !strings.Contains(v.Text, "/") && strings.HasPrefix(source, v.Text+"/") {
		return true
	}
	return bucket != "" && (textHit(v, bucket) || hasKey && textHit(v, bucket+"/"+key))
}

func (o oracleRow) word(v model.Value) bool {
	pattern := strings.ToLower(v.Text)
	for i, f := range model.Columns() {
		in, _ := model.Lookup(f)
		switch in.Kind {
		case model.KindText, model.KindFold, model.KindIP, model.KindEnum, model.KindJSON:
		default:
			if f != model.FieldStatus {
				continue
			}
		}
		if f == model.FieldMember {
			continue
		}
		if s, ok := asText(o.row.Values[i]); ok && strings.Contains(strings.ToLower(s), pattern) {
			return true
		}
	}
	return false
}
