package ui

import (
	"fmt"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/ui/screen/explore"
)

// testLanguage is a small part of the filter language, enough to drive the screens.
var testLanguage = explore.Language{Parse: parseTest, Print: printTest, Describe: describeTest}

func parseTest(text string, _ time.Time) (model.Filter, error) {
	var f model.Filter
	for _, w := range strings.Fields(text) {
		t := model.Term{}
		if strings.HasPrefix(w, "-") {
			t.Not, w = true, w[1:]
		}
		field, v, ok := strings.Cut(w, ":")
		if !ok {
			t.Op, t.Values = model.Contains, []model.Value{{Text: w}}
			f = f.With(t)
			continue
		}
		t.Field = model.Field(field)
		if p, ok := strings.CutPrefix(field, "json."); ok {
			t.Field, t.Path = model.FieldJSON, p
		} else if _, ok := model.Lookup(t.Field); !ok {
			return f, fmt.Errorf("unknown field %q; did you mean status", field)
		}
		v = strings.Trim(v, `"`)
		if v == "*" {
			t.Op = model.Present
		} else {
			for _, s := range strings.Split(strings.Trim(v, "()"), "|") {
				t.Values = append(t.Values, model.Value{Text: s})
			}
		}
		f = f.With(t)
	}
	return f, nil
}

func printTest(f model.Filter) string {
	var out []string
	for _, t := range f.Terms {
		out = append(out, describeTest(t))
	}
	return strings.Join(out, " ")
}

func describeTest(t model.Term) string {
	s := string(t.Field)
	if t.Path != "" {
		s = "json." + t.Path
	}
	if s != "" {
		s += ":"
	}
	if t.Not {
		s = "-" + s
	}
	if t.Op == model.Present {
		return s + "*"
	}
	var vs []string
	for _, v := range t.Values {
		vs = append(vs, v.Text)
	}
	if len(vs) == 1 {
		return s + vs[0]
	}
	return s + "(" + strings.Join(vs, "|") + ")"
}
