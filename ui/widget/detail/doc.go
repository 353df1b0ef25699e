package detail

import (
	"errors"
	"fmt"
	"strings"

	"trailsift/model"
	"trailsift/ui/theme"
	"trailsift/ui/widget/value"
)

// Entry is one line of a record before wrapping: a label and a value that may be filtered on.
type Entry struct {
	Label string
	Text  string // printable
	Role  theme.Role
	Head  bool // a heading; holds no value

	Depth         int    // of a line of JSON
	Opens, Closes bool   // an object or a list
	Node          string // names what opens, the same in every record of its kind

	Field model.Field // empty: cannot be filtered on
	Path  string      // of FieldJSON
	Value any
}

// Term is the condition the entry stands for.
func (e Entry) Term(not bool) (model.Term, bool) {
	if e.Head || (e.Field == "" && e.Path == "") {
		return model.Term{}, false
	}
	t := value.Term(e.Field, e.Value, not)
	t.Path = e.Path
	return t, true
}

// Doc is one record made ready for drawing, outside Update.
type Doc struct {
	ID      model.RecordID
	Title   string
	Entries []Entry
	Summary []Entry
	Raw     []byte // as it stands in the evidence
}

// textLimit bounds what is shown of one value, in bytes; exports hold all of it.
const textLimit = 64 << 10

type builder struct {
	theme  *theme.Theme
	fields map[model.Field]any
	out    []Entry
}

// Build lays a record out.
func Build(th *theme.Theme, d model.Detail) *Doc {
	b := &builder{theme: th, fields: map[model.Field]any{}}
	for i, f := range model.Columns() {
		if i < len(d.Row.Values) {
			b.fields[f] = d.Row.Values[i]
		}
	}
	doc := &Doc{ID: d.Row.ID, Title: b.title(), Summary: b.summary(d), Raw: d.Raw}
	b.parsed()
	b.origins(d)
	b.other(d)
	b.raw(d)
	doc.Entries = b.out
	return doc
}

func (b *builder) show(v any) string {
	s := value.Plain(v)
	more := ""
	if n := len(s); n > textLimit {
		s, more = s[:textLimit], fmt.Sprintf("%s(+%d bytes; an export holds all of it)", b.theme.Cut, n-textLimit)
	}
	return b.theme.Show(value.Text(s).String()) + more
}

func (b *builder) text(f model.Field) string {
	v := b.fields[f]
	if v == nil {
		return ""
	}
	switch v := v.(type) {
	case int64:
		if in, _ := model.Lookup(f); in.Kind == model.KindSize {
			return fmt.Sprintf("%s (%s)", value.Count(v), value.Bytes(v))
		}
	case []string:
		return strings.Join(v, " ")
	}
	return b.show(v)
}

func (b *builder) title() string {
	if n := b.text(model.FieldRecord); n != "" {
		return "record " + n
	}
	return "record"
}

func (b *builder) add(e Entry) { b.out = append(b.out, e) }

func (b *builder) head(s string) { b.add(Entry{Label: s, Head: true, Role: theme.Title}) }

// parsed is every field that has a value, badge and outcome with their words.
func (b *builder) parsed() {
	for _, f := range model.Columns() {
		v := b.fields[f]
		if v == nil || f == model.FieldRequest || f == model.FieldResponse || f == model.FieldExtra {
			continue
		}
		if l, ok := v.([]string); ok && len(l) == 0 {
			continue
		}
		e := Entry{Label: string(f), Text: b.text(f), Field: f, Value: v}
		switch f {
		case model.FieldIntegrity:
			s := b.theme.BadgeOf(value.Plain(v))
			e.Text, e.Role = s.Glyph+" "+s.Word+": "+s.Means, s.Role
		case model.FieldOutcome:
			e.Role = theme.OutcomeRole(value.Plain(v))
		case model.FieldEnc:
			e.Text = EncWord(value.Plain(v))
		case model.FieldOp:
			b.add(e)
			e = Entry{Label: "which", Text: Explain(value.Plain(v)), Role: theme.Dim}
			if e.Text == "" {
				continue
			}
		}
		b.add(e)
	}
}

// EncWord spells an encryption outcome whose bare name could be read wrongly.
func EncWord(name string) string {
	switch name {
	case model.EncNone.String():
		return "none: no server-side encryption recorded"
	case model.EncNotReported.String():
		return "not-reported: a successful write that names none"
	case model.EncNotWritten.String():
		return "not-written: the write failed"
	case model.EncNA.String():
		return "n/a: not a write of an object"
	}
	return name
}

func (b *builder) origins(d model.Detail) {
	if len(d.Origins) == 0 {
		return
	}
	b.head("found in " + value.Of(int64(len(d.Origins)), "place", "places"))
	for i, o := range d.Origins {
		role := "counted"
		switch {
		case o.Duplicate:
			role = "duplicate"
		case o.Folded:
			role = "folded: the CloudTrail record tells the same request"
		}
		s := b.theme.Badge(o.Member.Integrity)
		b.add(Entry{Label: fmt.Sprintf("%d %s", i+1, o.ID.Log), Field: model.FieldMember, Value: o.Member.Name,
			Text: fmt.Sprintf("%s record %d, %d bytes at %d, %s, %s %s", b.show(o.Member.Name), o.ID.Number, o.Length, o.Offset, role, s.Glyph, s.Word)})
		if o.Verdict.Why != "" {
			b.add(Entry{Label: "  why", Text: b.show(why(o.Verdict)), Role: s.Role})
		}
	}
}

// why is the reason of a badge, and the digest that gives it.
func why(v model.Verdict) string {
	text := v.Why
	if v.Digest != "" {
		text += "; listed by " + v.Digest
	}
	if v.Demo {
		text += " (DEMO KEY, proves nothing)"
	}
	return text
}

// other shows where the two logs differ about one request.
func (b *builder) other(d model.Detail) {
	if d.Other == nil {
		return
	}
	b.head("the other log tells the same request; where it differs")
	same := int64(0)
	for i, f := range model.Columns() {
		if i >= len(d.Other.Values) || d.Other.Values[i] == nil {
			continue
		}
		switch f {
		case model.FieldMember, model.FieldRecord, model.FieldLog, model.FieldFlags, model.FieldIntegrity, model.FieldExtra, model.FieldRequest, model.FieldResponse, model.FieldWitness:
			continue
		}
		v := d.Other.Values[i]
		if value.Plain(v) == value.Plain(b.fields[f]) {
			same++
			continue
		}
		text := b.show(v)
		if ours := b.fields[f]; ours != nil {
			text += "  here: " + b.show(ours)
		} else {
			text += "  here: nothing"
		}
		b.add(Entry{Label: string(f), Text: text, Field: f, Value: v})
	}
	b.add(Entry{Text: value.Of(same, "field says", "fields say") + " the same in both", Role: theme.Dim})
}

func (b *builder) raw(d model.Detail) {
	b.head("as it stands in the evidence")
	if d.RawErr != nil {
		text := b.show(d.RawErr.Error())
		if errors.Is(d.RawErr, model.ErrChanged) {
			text = "the evidence is no longer what was loaded: " + text
		}
		b.add(Entry{Text: text, Role: theme.Bad})
	}
	if len(d.Raw) == 0 {
		return
	}
	if d.Redacted > 0 {
		n := value.Of(int64(d.Redacted), "signature or token is", "signatures or tokens are")
		b.add(Entry{Text: n + " redacted; an export of JSON lines holds the bytes as they are", Role: theme.Dim})
	}
	if d.Row.ID.Log == model.CloudTrail {
		b.json(d.Raw)
		return
	}
	b.add(Entry{Text: b.show(string(d.Raw))})
}

// summary is the six lines shown where there is no room for more.
func (b *builder) summary(d model.Detail) []Entry {
	join := func(parts ...string) string {
		var out []string
		for _, p := range parts {
			if p != "" {
				out = append(out, p)
			}
		}
		return strings.Join(out, "  ")
	}
	label := func(l string, f model.Field) string {
		if s := b.text(f); s != "" {
			return l + " " + s
		}
		return ""
	}
	place := ""
	if bucket := b.text(model.FieldBucket); bucket != "" {
		place = "s3://" + bucket + "/" + b.text(model.FieldKey)
	}
	badge := b.theme.BadgeOf(value.Plain(b.fields[model.FieldIntegrity]))
	means := badge.Means
	if len(d.Origins) > 0 && d.Origins[0].Verdict.Why != "" {
		v := d.Origins[0].Verdict
		v.Digest = "" // its place is long; the origins name it
		means = b.show(why(v))
	}
	seen := "witness " + b.text(model.FieldWitness)
	if n := len(d.Origins); n > 1 {
		seen += ", found in " + value.Of(int64(n), "place", "places")
	}
	if f := b.text(model.FieldFlags); f != "" {
		seen += ", flags " + f
	}
	return []Entry{
		{Text: join(b.text(model.FieldOp), b.text(model.FieldStatus), b.text(model.FieldError), b.text(model.FieldOutcome), place), Role: theme.Title},
		{Label: "who", Text: join(b.text(model.FieldActor), label("key", model.FieldAccessKey))},
		{Label: "from", Text: join(b.text(model.FieldIP), b.text(model.FieldAgent), b.text(model.FieldTLS), label("req", model.FieldRequestID))},
		{Label: "enc", Text: join(EncWord(b.text(model.FieldEnc)), label("out", model.FieldBytesOut), label("in", model.FieldBytesIn))},
		{Label: "seen", Text: join(seen, label("file", model.FieldMember), label("record", model.FieldRecord))},
		{Label: "badge", Text: badge.Glyph + " " + badge.Word + ": " + means, Role: badge.Role},
	}
}
