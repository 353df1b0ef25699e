package ui

import (
	"context"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/integrity"
)

// venom is put behind every text of every answer: it would retitle the terminal, clear it, break a line,
// move a column, turn the direction of writing and hide what follows.
const venom = " \x1b]0;owned\a\x1b[2J\r\n\t\u009b8m\u202e\u200d\x7f漢字\U0001FAC6\xff"

// own are members of answers that hold words and signs of our own, of which there is a list.
var own = func() map[string]bool {
	out := map[string]bool{}
	for _, name := range strings.Fields("Hours Proof Kind Code Class Events SHA256 By State Told Only Fate Enc EncReq Outcome Log Integrity Witness") {
		out[name] = true
	}
	return out
}()

// word tells a value of a field that takes one of a few words of our own.
func word(s string) bool {
	for _, f := range model.Columns() {
		in, _ := model.Lookup(f)
		if in.Kind == model.KindEnum && slices.Contains(in.Values, s) {
			return true
		}
	}
	return false
}

// poison is v with venom in all of its texts, v itself left alone.
func poison[T any](v T) T {
	out, _ := poisoned(reflect.ValueOf(&v).Elem(), map[uintptr]reflect.Value{}).Interface().(T)
	return out
}

func poisoned(v reflect.Value, seen map[uintptr]reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() && v.Len() > 0 && !word(v.String()) {
			out.SetString(v.String() + venom)
		}
	case reflect.Interface:
		if !v.IsNil() && v.Elem().Kind() != reflect.Pointer {
			out.Set(poisoned(v.Elem(), seen))
		}
	case reflect.Pointer:
		if v.IsNil() || v.Elem().Kind() != reflect.Struct {
			break
		}
		if was, ok := seen[v.Pointer()]; ok {
			return was
		}
		out = reflect.New(v.Type().Elem())
		seen[v.Pointer()] = out
		out.Elem().Set(poisoned(v.Elem(), seen))
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && !own[f.Name] {
				out.Field(i).Set(poisoned(v.Field(i), seen))
			}
		}
	case reflect.Slice:
		if v.IsNil() {
			break
		}
		out = reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(poisoned(v.Index(i), seen))
		}
	case reflect.Map:
		if v.IsNil() {
			break
		}
		out = reflect.MakeMap(v.Type())
		for k, x := range v.Seq2() {
			out.SetMapIndex(k, poisoned(x, seen))
		}
	}
	return out
}

func poisonParts[T any](parts []model.Part[T]) []model.Part[T] {
	for i, p := range parts {
		parts[i].Do = func(ctx context.Context) (T, error) {
			v, err := p.Do(ctx)
			return poison(v), err
		}
	}
	return parts
}

// foul is a backend, an auditor and a custodian whose every text is hostile.
type foul struct {
	*memory
	*audits
	*custodian
}

func (f foul) Page(ctx context.Context, q model.Query, fields []model.Field, from int64, n int) (model.Page, error) {
	v, err := f.memory.Page(ctx, q, fields, from, n)
	return poison(v), err
}

func (f foul) Facets(ctx context.Context, q model.Query, fields []model.Field, top int) ([]model.Facet, error) {
	v, err := f.memory.Facets(ctx, q, fields, top)
	return poison(v), err
}

func (f foul) Record(ctx context.Context, id model.RecordID) (model.Detail, error) {
	v, err := f.memory.Record(ctx, id)
	return poison(v), err
}

func (f foul) Coverage(ctx context.Context, q model.Query) (model.Coverage, error) {
	v, err := f.memory.Coverage(ctx, q)
	return poison(v), err
}

func (f foul) GroupBy(ctx context.Context, q model.Query, fields []model.Field, n int) ([]model.Group, error) {
	v, err := f.memory.GroupBy(ctx, q, fields, n)
	return poison(v), err
}

func (f foul) Members(ctx context.Context) ([]model.Member, error) {
	v, err := f.memory.Members(ctx)
	return poison(v), err
}

func (f foul) Overview(ctx context.Context) (model.Overview, error) {
	v, err := f.memory.Overview(ctx)
	return poison(v), err
}

func (f foul) NodeNames(ctx context.Context, q model.Query, bucket, prefix string, limit int) ([]model.Node, error) {
	v, err := f.memory.NodeNames(ctx, q, bucket, prefix, limit)
	return poison(v), err
}

func (f foul) Nodes(ctx context.Context, q model.Query, bucket, prefix string, limit int) ([]model.Node, error) {
	v, err := f.memory.Nodes(ctx, q, bucket, prefix, limit)
	return poison(v), err
}

func (f foul) Actors(q model.Filter) []model.Part[answer.Actors] {
	return poisonParts(f.audits.Actors(q))
}

func (f foul) Actor(q model.Filter, name string) []model.Part[answer.Card] {
	return poisonParts(f.audits.Actor(q, name))
}

func (f foul) Object(name string, n int) []model.Part[answer.ObjectStory] {
	return poisonParts(f.audits.Object(name, n))
}

func (f foul) Deletes(q model.Filter) []model.Part[answer.Deletes] {
	return poisonParts(f.audits.Deletes(q))
}

func (f foul) Encryption(q model.Filter, by, over string) []model.Part[answer.Encryption] {
	return poisonParts(f.audits.Encryption(q, by, over))
}

func (f foul) Hours(ctx context.Context, span model.Span) (answer.Coverage, error) {
	v, err := f.audits.Hours(ctx, span)
	return poison(v), err
}

func (f foul) Recording(ctx context.Context) (answer.Recording, error) {
	v, err := f.audits.Recording(ctx)
	return poison(v), err
}

func (f foul) Verdict() *integrity.Report { return poison(f.custodian.Verdict()) }

func (f foul) Recheck(ctx context.Context) (*integrity.Report, error) {
	v, err := f.custodian.Recheck(ctx)
	return poison(v), err
}

func (f foul) Verdicts(ctx context.Context) (map[model.MemberID]model.Verdict, error) {
	v, err := f.custodian.Verdicts(ctx)
	return poison(v), err
}

// styles are the only sequences a screen may hold.
var styles = regexp.MustCompile("\x1b\\[[0-9;:]*m")

// checkClean finds what a text must not bring onto a screen.
func checkClean(t *testing.T, p *program, what string) {
	t.Helper()
	view := p.root.View()
	text := styles.ReplaceAllString(view.Content, "") + view.WindowTitle
	for i, r := range text {
		if r != '\n' && !unicode.IsPrint(r) || r == utf8.RuneError && !utf8.ValidString(text) {
			t.Fatalf("%s: %q reaches the terminal behind %q", what, text[i:i+utf8.RuneLen(r)], text[max(0, i-60):i])
		}
	}
	checkFrame(t, p, what)
}

// TestHostileTextInEveryFieldOfEveryScreenOnlyShows walks every screen and overlay, and what its first
// lines lead to, over answers in which every text is hostile; at the other sizes nightly.
func TestHostileTextInEveryFieldOfEveryScreenOnlyShows(t *testing.T) {
	everywhere := maps.Clone(places)
	for place, keys := range inquiryPlaces {
		everywhere[place] = append([]string{"esc"}, strings.Fields(keys)...)
	}
	for place, keys := range everywhere {
		for _, size := range sizes {
			if size.w != 80 && os.Getenv("TRAILSIFT_NIGHTLY") == "" {
				continue
			}
			t.Run(place+"-"+size.name, func(t *testing.T) {
				f := foul{newMemory(60), &audits{}, &custodian{report: newReport()}}
				p := startAt(t, f.memory, size.w, size.h, func(o *Options) {
					o.Backend, o.Auditor, o.Custodian, o.Case = f, f, f, poison("acme")
					o.Presets = poison(o.Presets)
				})
				checkClean(t, p, "at the start")
				for i, k := range keys {
					p.press(k)
					checkClean(t, p, fmt.Sprint(keys[:i+1]))
				}
				for _, k := range []string{"down", "tab", "down", "enter", "down", "y", "enter", "esc", "M"} {
					p.press(k)
					checkClean(t, p, fmt.Sprint(keys, " then ", k))
				}
			})
		}
	}
}
