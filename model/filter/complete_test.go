package filter

import (
	"slices"
	"strings"
	"testing"

	"trailsift/model"
)

func TestOffersWhatMayStandHere(t *testing.T) {
	values := func(f model.Field) []ValueCount {
		switch f {
		case model.FieldOp:
			return []ValueCount{{"GetObject", 12}, {"PutObject", 3}, {"DeleteObject", 1}}
		case model.FieldKey:
			return []ValueCount{{"reports/q1 final.csv", 2}, {`odd"*`, 1}}
		case model.FieldOutcome:
			return []ValueCount{{"denied", 7}}
		}
		return nil
	}
	cases := map[string]struct {
		in   string // the bar is the cursor
		want string // texts that come first
		from int
	}{
		"fields that begin so":               {"buck¦", "bucket: bucket_account:", 0},
		"after other conditions":             {"op:x -buck¦ ip:y", "bucket: bucket_account:", 6},
		"operators of a whole name":          {"status¦", "status: status:>= status:<= status:> status:< status~ status:*", 0},
		"operators of a text":                {"ip¦", "ip: ip~ ip:*", 0},
		"values with counts":                 {"op:¦", "GetObject PutObject DeleteObject", 3},
		"values that begin so come first":    {"op:de¦", "DeleteObject", 3},
		"values that hold it follow":         {"op:object¦", "GetObject PutObject DeleteObject", 3},
		"a value is quoted where it must be": {"key:rep¦", `"reports/q1`, 4},
		"a quote that is open is replaced":   {`key:"rep¦`, `"reports/q1`, 4},
		"hostile values are escaped":         {"key:odd¦", `"odd\"\*"`, 4},
		"in brackets after a bar":            {"op:(GetObject|pu¦", "PutObject", 14},
		"in brackets after a space":          {"op:(GetObject | pu¦", "PutObject", 16},
		"names with and without counts":      {"outcome:¦", "denied ok failed", 8},
		"flags":                              {"flags:dup¦", "duplicate duplicate-key", 6},
		"truth":                              {"mfa:¦", "true false", 4},
		"records":                            {"records:¦", "all", 8},
		"json":                               {"json¦", "json.", 0},
		"nothing for an expression":          {"op~Ge¦", "", 0},
		"nothing for an unknown field":       {"stauts:¦", "", 0},
		"nothing inside quotes":              {`"op ¦`, "", 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			before, after, _ := strings.Cut(c.in, "¦")
			got := Complete(before+after, len(before), values)
			var texts []string
			for _, s := range got {
				texts = append(texts, s.Text)
				if s.From != c.from || s.To != len(before) {
					t.Errorf("%s replaces %d-%d, want %d-%d", s.Text, s.From, s.To, c.from, len(before))
				}
			}
			if joined := strings.Join(texts, " "); !strings.HasPrefix(joined, c.want) || c.want == "" && joined != "" {
				t.Errorf("got %s, want %s", joined, c.want)
			}
		})
	}
	if got := Complete("", 0, nil); len(got) != len(model.Fields)+1 || got[0].Help == "" || got[0].Count != -1 {
		t.Errorf("an empty text offers %d", len(got))
	}
}

func TestEveryFieldOfAnotherToolNamesOneOfOurs(t *testing.T) {
	for name, f := range foreignNames {
		if _, ok := model.Lookup(f); !ok {
			t.Errorf("%s names %s", name, f)
		}
		if _, ok := model.Lookup(model.Field(name)); ok {
			t.Errorf("%s is a field of ours", name)
		}
		if name != strings.ToLower(name) {
			t.Errorf("%s is never found", name)
		}
	}
	if !slices.Contains([]string{"op"}, nearestField("eventName")) {
		t.Error("eventName")
	}
}
