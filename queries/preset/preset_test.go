package preset

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

func TestBuiltinsAreComplete(t *testing.T) {
	all := Builtin()
	if len(all) < 40 {
		t.Errorf("%d presets", len(all))
	}
	seen := map[string]bool{}
	for _, p := range all {
		if p.Topic == "" || p.Empty == "" || len(p.Evidence) == 0 || seen[p.Name] {
			t.Errorf("%s lacks a topic, evidence or how to read an empty answer, or is there twice", p.Name)
		}
		seen[p.Name] = true
		if _, err := p.Query(nil, time.Time{}); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
	for _, name := range []string{"sensitive-keys", "automation", "anonymous-success", "sse-c-writes", "logging-tampering", "who-deleted-object"} {
		if !seen[name] {
			t.Errorf("no preset %s", name)
		}
	}
}

func TestParametersNeverBecomeSyntax(t *testing.T) {
	p := Preset{Name: "x", Title: "x", Question: "x", Filter: `bucket:"{b}" op:GetObject`, Params: []Param{{Name: "b"}}}
	for _, hostile := range []string{`x" OR op:*`, `a b`, `-x`, `(a|b)`, `{b}`, `*`, `\`, `"`, `'; drop table`} {
		q, err := p.Query(map[string]string{"b": hostile}, time.Time{})
		if err != nil {
			t.Fatalf("%q: %v", hostile, err)
		}
		if len(q.Filter.Terms) != 2 || q.Filter.Terms[0].Values[0] != (model.Value{Text: hostile}) {
			t.Errorf("%q became %+v", hostile, q.Filter.Terms)
		}
	}
	if _, err := p.Query(map[string]string{"nope": "1"}, time.Time{}); err == nil {
		t.Error("an unknown parameter was taken")
	}
}

func TestListsAndPatterns(t *testing.T) {
	p := Preset{Name: "x", Title: "x", Question: "x", Filter: `key:({p})`, Params: []Param{{Name: "p", Glob: true, List: true, Default: "*.pem, id_rsa"}}}
	q, err := p.Query(nil, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want := []model.Value{{Text: "*.pem", Glob: true}, {Text: "id_rsa"}}
	if got := q.Filter.Terms[0].Values; len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %+v", got)
	}
}

func TestHostileFilesAreRefusedByName(t *testing.T) {
	cases := map[string]string{
		"P02 a column that does not exist": "name: x\ntitle: x\nquestion: x\nfilter: 'nope:1'\n",
		"P02 a group that does not exist":  "name: x\ntitle: x\nquestion: x\nfilter: ''\ngroup: ['1; drop table']\n",
		"P03 an alias":                     "name: &a x\ntitle: *a\nquestion: x\nfilter: ''\n",
		"P03 an unknown member":            "name: x\ntitle: x\nquestion: x\nfilter: ''\nsql: select 1\n",
		"P03 a member twice":               "name: x\nname: y\ntitle: x\nquestion: x\nfilter: ''\n",
		"P03 a large file":                 "name: x\ntitle: " + strings.Repeat("x", sizeLimit) + "\n",
		"no name":                          "title: x\n",
		"a name that is a path":            "name: ../x\ntitle: x\nquestion: x\nfilter: ''\n",
		"no YAML":                          "{{{{",
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse("FILE.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "FILE.yaml") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSavedPresetsComeBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "presets")
	p := Preset{Name: "My Reads / 1", Title: "T", Topic: "saved", Question: "Q?", Filter: `op:GetObject key:"a b"`, Empty: "E", Evidence: []string{"access"}}
	path, err := Save(dir, p, false)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Base(path) != "my-reads-1.yaml" {
		t.Errorf("saved as %s", path)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if _, err := Save(dir, p, false); !errors.Is(err, ErrExists) {
		t.Errorf("overwrote: %v", err)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link.yaml")); err != nil {
		t.Fatal(err)
	}
	got, errs := Load(dir)
	if len(errs) > 0 || len(got) != 1 || got[0].Filter != p.Filter || got[0].Name != "my-reads-1" {
		t.Errorf("got %+v, %v", got, errs)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("name: x\ntitle: x\nquestion: x\nfilter: op:GetObject\n"))
	f.Add([]byte("name: &a x\n? *a\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Parse("f", text)
		if err == nil {
			if _, err := p.Query(nil, time.Time{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
