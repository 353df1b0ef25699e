package preset

import (
	"slices"
	"strings"
	"testing"

	"trailsift/model/filter"
)

func TestValuesCompleteWhatWasGiven(t *testing.T) {
	have := []filter.ValueCount{{Value: "anonymous", Count: 9}, {Value: "user/anna", Count: 4}, {Value: "a*b, c", Count: 2}, {Value: " x", Count: 1}, {Value: "", Count: 7}}
	for _, c := range []struct {
		name, given, want string
		q                 Param
	}{
		{"those that begin so stand before those that hold it", "AN", "anonymous|user/anna", Param{}},
		{"a default of a star is any value", "*", `anonymous|user/anna|"a\*b, c"|" x"`, Param{Glob: true, List: true}},
		{"without patterns a star is a star", "*", `a*b, c`, Param{}},
		{"the last of a list is completed", "anonymous, us", "anonymous, user/anna|anonymous, anonymous", Param{List: true}},
		{"commas in quotes part nothing", `"a\*b, c",ano`, `"a\*b, c",anonymous`, Param{List: true, Glob: true}},
		{"a quote that was begun is closed", `" `, `" x"|"a*b, c"`, Param{List: true}},
		{"nothing holds it", "zzz", "", Param{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range c.q.Complete(c.given, have) {
				got = append(got, c.given[:s.From]+s.Text+c.given[s.To:])
			}
			if strings.Join(got, "|") != c.want {
				t.Errorf("%q offers %q, want %q", c.given, got, c.want)
			}
		})
	}
}

// FuzzComplete holds that a completion means the value it was made of, and leaves what stands before it.
func FuzzComplete(f *testing.F) {
	f.Add("", "arn:aws:iam::111122223333:user/anna", uint8(3))
	f.Add(`a, "b,`, `x*"y, z`, uint8(7))
	f.Add("*", ` a\b? `, uint8(1))
	f.Add(`"`, `"q"`, uint8(2))
	f.Fuzz(func(t *testing.T, given, value string, way uint8) {
		q := Param{Name: "p", Glob: way&1 != 0, List: way&2 != 0}
		before := commas(given)
		before = before[:len(before)-1]
		for _, s := range q.Complete(given, []filter.ValueCount{{Value: value, Count: 1}}) {
			if s.From < 0 || s.From > s.To || s.To != len(given) {
				t.Fatalf("%q: from %d to %d", given, s.From, s.To)
			}
			got, err := q.values(given[:s.From] + s.Text)
			if err != nil || len(got) == 0 {
				t.Fatalf("%q completed to %q: %v", given, given[:s.From]+s.Text, err)
			}
			last := got[len(got)-1]
			if last.Glob && last.Text != filter.Literal(value) || !last.Glob && last.Text != value {
				t.Errorf("%q completed to %q, which means %q", given, given[:s.From]+s.Text, last.Text)
			}
			if want, _ := q.values(strings.Join(before, ",")); q.List && !slices.Equal(got[:len(got)-1], want) {
				t.Errorf("%q completed to %q lost what stood before: %v", given, given[:s.From]+s.Text, got)
			}
		}
	})
}
