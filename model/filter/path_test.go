package filter

import (
	"slices"
	"strings"
	"testing"
)

func TestPathKeepsNames(t *testing.T) {
	cases := map[string]struct {
		names []string
		want  string
	}{
		"plain names are joined by dots":     {[]string{"requestParameters", "x-amz-acl"}, "requestParameters.x-amz-acl"},
		"a name with a dot is quoted":        {[]string{"a.b", "c"}, `"a.b".c`},
		"quotes and backslashes are escaped": {[]string{`a"b\c`}, `"a\"b\\c"`},
		"an empty name is quoted":            {[]string{"", "a", ""}, `"".a.""`},
		"control characters stay in it":      {[]string{"a b:c\x1b"}, "\"a b:c\x1b\""},
		"names of other scripts are quoted":  {[]string{"größe", "日本"}, `"größe"."日本"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := JoinPath(c.names...)
			if got != c.want {
				t.Errorf("JoinPath(%q) = %s, want %s", c.names, got, c.want)
			}
			if back, err := SplitPath(got); err != nil || !slices.Equal(back, c.names) {
				t.Errorf("SplitPath(%s) = %q, %v, want %q", got, back, err, c.names)
			}
		})
	}
}

func TestPathsThatAreNone(t *testing.T) {
	for _, path := range []string{"", ".", "a.", "a..b", `"a`, `"a"b`, strings.Repeat("a.", 40) + "a"} {
		if names, err := SplitPath(path); err == nil {
			t.Errorf("%s is %q", path, names)
		}
		if f, err := Parse("json."+path+":x", Context{}); err == nil {
			t.Errorf("json.%s:x is %+v", path, f.Terms)
		}
	}
	if names, err := SplitPath("a.b c:d.e"); err != nil || !slices.Equal(names, []string{"a", "b c:d", "e"}) {
		t.Errorf("plainly joined names: %q, %v", names, err)
	}
}
