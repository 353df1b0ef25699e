package preset

import (
	"slices"
	"strings"

	"trailsift/model"
	"trailsift/model/filter"
)

// Complete says which of the values that its field has may stand where given ends. A value is written so
// that it means itself; one that cannot be is left out.
func (q Param) Complete(given string, have []filter.ValueCount) []filter.Suggestion {
	from := 0
	if q.List {
		parts := commas(given)
		from = len(given) - len(parts[len(parts)-1])
	}
	from += len(given[from:]) - len(strings.TrimLeft(given[from:], " "))
	typed := strings.Trim(given[from:], `"`)
	if q.Glob {
		typed = strings.Trim(typed, "*")
	}
	var out []filter.Suggestion
	for _, s := range filter.Matching(typed, have) {
		if s.Text = q.written(given[:from], s.Value); s.Text == "" {
			continue
		}
		s.From, s.To = from, len(given)
		out = append(out, s)
	}
	return out
}

// written is a value as it is given for q behind what was given before it; empty when it cannot be.
func (q Param) written(before, value string) string {
	want := model.Value{Text: value}
	if q.Glob {
		want = model.Value{Text: filter.Literal(value), Glob: true}
	}
	all, _ := q.values(before) // of nothing there are none
	all = append(all, want)
	for _, text := range []string{want.Text, `"` + want.Text + `"`} {
		if got, err := q.values(before + text); err == nil && slices.Equal(got, all) {
			return text
		}
	}
	return ""
}
