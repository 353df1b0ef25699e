package preset

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/filter"
)

func TestSavedPresetsComeBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "presets")
	for i, value := range []string{
		"a b", `q"uote`, `back\slash`, "star*", "# no comment", "- dash", "key: value", "!tag", "&anchor", "*alias", "'", "%", "@", "{brace}", "[", "null", "true", "1e3", "~",
		"\x1b[2J\x00", "\u202e", "日本", "🎉", "a\nb", " lead", "trail ", "'; DROP TABLE events; --", "<&>", "\u2028",
	} {
		f := model.Filter{Terms: []model.Term{
			{Field: model.FieldKey, Values: []model.Value{{Text: value}}, Off: i%2 == 0},
			{Op: model.Contains, Not: true, Values: []model.Value{{Text: value}}},
		}}
		p := Preset{Name: "x", Title: value, Topic: "saved", Question: value, Filter: filter.Print(f), Empty: value, Next: value, Lead: value, Weight: 1 + i%9,
			Evidence: []string{"access"}, Group: []string{"op", "ip"}, Sort: "-time"}
		if _, err := Save(dir, p, true); err != nil {
			t.Fatalf("%q: %v", value, err)
		}
		got, errs := Load(dir)
		if len(errs) > 0 || len(got) != 1 || !reflect.DeepEqual(got[0], p) {
			t.Fatalf("%q came back as %+v, %v", value, got, errs)
		}
		q, err := got[0].Query(nil, time.Time{})
		if err != nil || !q.Filter.Equal(f) {
			t.Fatalf("%q: the filter came back as %+v, %v", value, q.Filter, err)
		}
	}
	p := Preset{Name: "with", Title: "T", Question: "Q", Filter: "key:({a}) op:{b_1}", Params: []Param{
		{Name: "a", Help: "h", Default: "x,*y", Glob: true, List: true}, {Name: "b_1", Default: "z"},
	}}
	path, err := Save(dir, p, false)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := Load(dir); !reflect.DeepEqual(got[0], p) {
		t.Errorf("parameters came back as %+v", got[0])
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if _, err := Save(dir, p, false); !errors.Is(err, ErrExists) {
		t.Errorf("overwrote: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestNothingIsSavedThatCouldNotBeRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "presets")
	for name, p := range map[string]Preset{
		"a wrong filter":  {Name: "x", Title: "x", Question: "x", Filter: "nope:1"},
		"no title":        {Name: "x", Question: "x"},
		"a name of signs": {Name: "../..", Title: "x", Question: "x"},
		"too large":       {Name: "x", Title: strings.Repeat("x", form.Bytes), Question: "x"},
	} {
		if path, err := Save(dir, p, true); err == nil {
			t.Errorf("%s: saved as %s", name, path)
		}
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("something was written: %v", err)
	}
}

func TestE07NamesAreCleaned(t *testing.T) {
	cases := map[string]struct{ in, want string }{
		"spaces and signs":    {"My Reads / 1", "my-reads-1"},
		"a way up":            {"../../etc/passwd", "etc-passwd"},
		"an absolute path":    {"/etc/x", "etc-x"},
		"a drive":             {`C:\x`, "c-x"},
		"a device":            {"CON", "con-preset"},
		"another device":      {"lpt1", "lpt1-preset"},
		"300 characters":      {strings.Repeat("a", 300), strings.Repeat("a", 60)},
		"control characters":  {"a\x1b[2Jb\x00", "a-2jb"},
		"other scripts":       {"größe 日本", "gr-e"},
		"nothing that stays":  {"…/..", ""},
		"a dash at the cut":   {strings.Repeat("a", 59) + " b", strings.Repeat("a", 59)},
		"a clean name":        {"deleted-keys", "deleted-keys"},
		"dots are no dots":    {"x.yaml", "x-yaml"},
		"a name after a dash": {"-rf", "rf"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := cleanName(c.in); got != c.want {
				t.Errorf("%q became %q, want %q", c.in, got, c.want)
			}
			if again := cleanName(cleanName(c.in)); again != c.want {
				t.Errorf("%q became %q the second time", c.want, again)
			}
		})
	}
}

func TestP04FilesOfOthersAreNotRead(t *testing.T) {
	good := []byte("name: good\ntitle: x\nquestion: x\nfilter: ''\n")
	write := func(t *testing.T, dir, name string, mode os.FileMode) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	cases := map[string]struct {
		make func(t *testing.T, dir string)
		want string // of the one error; empty: it is read
	}{
		"a file of mine":            {func(t *testing.T, dir string) { write(t, dir, "a.yaml", 0o600) }, ""},
		"a file anybody may read":   {func(t *testing.T, dir string) { write(t, dir, "a.yaml", 0o644) }, ""},
		"a file anybody may write":  {func(t *testing.T, dir string) { write(t, dir, "a.yaml", 0o606) }, "may be written by anybody"},
		"a link":                    {func(t *testing.T, dir string) { link(t, "/etc/passwd", filepath.Join(dir, "a.yaml")) }, "it is a link or no plain file"},
		"a folder":                  {func(t *testing.T, dir string) { mkdir(t, filepath.Join(dir, "a.yaml")) }, "it is a link or no plain file"},
		"a folder anybody may fill": {func(t *testing.T, dir string) { write(t, dir, "a.yaml", 0o600); chmod(t, dir, 0o777) }, "may be written by anybody"},
		"100 MB": {func(t *testing.T, dir string) {
			write(t, dir, "a.yaml", 0o600)
			if err := os.Truncate(filepath.Join(dir, "a.yaml"), 100<<20); err != nil {
				t.Fatal(err)
			}
		}, "larger than 64 KiB"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "presets")
			mkdir(t, dir)
			c.make(t, dir)
			got, errs := Load(dir)
			if c.want == "" {
				if len(got) != 1 || len(errs) > 0 {
					t.Errorf("%+v, %v", got, errs)
				}
				return
			}
			if len(got) > 0 || len(errs) != 1 || !strings.Contains(errs[0].Error(), c.want) || !strings.Contains(errs[0].Error(), dir) {
				t.Errorf("%+v, %v; want %s", got, errs, c.want)
			}
		})
	}
	t.Run("a linked folder", func(t *testing.T) {
		dir := t.TempDir()
		link(t, dir, filepath.Join(dir, "presets"))
		if _, errs := Load(filepath.Join(dir, "presets")); len(errs) != 1 || !strings.Contains(errs[0].Error(), "is no folder") {
			t.Errorf("%v", errs)
		}
	})
	t.Run("no folder", func(t *testing.T) {
		if got, errs := Load(filepath.Join(t.TempDir(), "presets")); got != nil || errs != nil {
			t.Errorf("%v, %v", got, errs)
		}
	})
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
