package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"
)

type goPackage struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// rule forbids an import. Both sides are package paths; a trailing /... takes everything below, the
// package itself included.
type rule struct {
	from, to string
	except   []string
	why      string
}

var rules = []rule{
	{from: "trailsift/model/...", to: "trailsift/loaders/...", why: "lower layers never call up"},
	{from: "trailsift/model/...", to: "trailsift/queries/...", why: "lower layers never call up"},
	{from: "trailsift/model/...", to: "trailsift/ui/...", why: "lower layers never call up"},
	{from: "trailsift/model", to: "trailsift/model/...", why: "the nouns depend on nothing of ours"},
	{from: "trailsift/loaders/...", to: "trailsift/queries/...", why: "loaders and queries meet only in model"},
	{from: "trailsift/queries/...", to: "trailsift/loaders/...", why: "loaders and queries meet only in model"},
	{from: "trailsift/loaders/...", to: "trailsift/ui/...", why: "lower layers never call up"},
	{from: "trailsift/queries/...", to: "trailsift/ui/...", why: "lower layers never call up"},
	{from: "trailsift/ui/...", to: "trailsift/loaders/...", except: []string{"trailsift/ui/cli"}, why: "only ui/cli wires"},
	{from: "trailsift/ui/...", to: "trailsift/queries/...", except: []string{"trailsift/ui/cli"}, why: "only ui/cli wires"},
	{from: "trailsift/ui/widget/...", to: "trailsift/ui/screen/...", why: "a widget knows no screen"},
	{from: "trailsift/...", to: "charm.land/...", except: []string{"trailsift/ui/..."}, why: "Bubble Tea stays in ui"},
	{from: "trailsift/...", to: "github.com/duckdb/...", except: []string{"trailsift/queries/store"}, why: "the DuckDB driver stays in queries/store"},
	{from: "trailsift/...", to: "net/http", except: []string{"trailsift/loaders/s3/..."}, why: "only an S3 or AWS source is asked over a network"},
	{from: "trailsift/...", to: "net", except: []string{"trailsift/loaders/s3/..."}, why: "only an S3 or AWS source is asked over a network"},
	{from: "trailsift/...", to: "github.com/aws/...", except: []string{"trailsift/loaders/s3"}, why: "AWS stays in loaders/s3"},
}

func within(pattern, pkg string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == base || strings.HasPrefix(pkg, base+"/")
	}
	return pkg == pattern
}

func (r rule) forbids(from, to string) bool {
	if from == to || !within(r.from, from) || !within(r.to, to) {
		return false
	}
	for _, e := range r.except {
		if within(e, from) {
			return false
		}
	}
	return true
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatalf("go list output: %v", err)
		}
		all = append(all, p)
	}
}

func TestImportsFollowTheArrows(t *testing.T) {
	for _, p := range packages(t) {
		for _, imp := range p.Imports {
			for _, r := range rules {
				if r.forbids(p.ImportPath, imp) {
					t.Errorf("%s imports %s: %s (ARCHITECTURE.md, imports)", p.ImportPath, imp, r.why)
				}
			}
			screen := "trailsift/ui/screen/"
			if strings.HasPrefix(p.ImportPath, screen) && strings.HasPrefix(imp, screen) {
				t.Errorf("%s imports %s: a screen knows no other screen", p.ImportPath, imp)
			}
			if within("trailsift/model/...", p.ImportPath) && !within("trailsift/model/...", imp) && strings.Contains(strings.SplitN(imp, "/", 2)[0], ".") {
				t.Errorf("%s imports %s: model uses the standard library only", p.ImportPath, imp)
			}
		}
	}
}

func TestPackageNamesAreNouns(t *testing.T) {
	banned := map[string]bool{"util": true, "utils": true, "common": true, "helper": true, "helpers": true, "types": true, "misc": true, "base": true}
	for _, p := range packages(t) {
		if banned[path.Base(p.ImportPath)] {
			t.Errorf("%s: a package is named by what it holds", p.ImportPath)
		}
	}
}

func TestRulesCatchAForbiddenImport(t *testing.T) {
	cases := map[string]struct {
		from, to string
		want     bool
	}{
		"a loader may not import the store":     {"trailsift/loaders/source", "trailsift/queries/store", true},
		"a screen may not import the store":     {"trailsift/ui/screen/explore", "trailsift/queries/store", true},
		"the command line wires the store":      {"trailsift/ui/cli", "trailsift/queries/store", false},
		"only the store opens DuckDB":           {"trailsift/queries/sqlgen", "github.com/duckdb/duckdb-go/v2", true},
		"the store opens DuckDB":                {"trailsift/queries/store", "github.com/duckdb/duckdb-go/v2", false},
		"the filter language may use the nouns": {"trailsift/model/filter", "trailsift/model", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := false
			for _, r := range rules {
				got = got || r.forbids(c.from, c.to)
			}
			if got != c.want {
				t.Errorf("%s -> %s: forbidden %v, want %v", c.from, c.to, got, c.want)
			}
		})
	}
}

// TestEveryPackageHasItsPlaceOnTheMap keeps ARCHITECTURE.md true: its table names every package, by
// itself or with its neighbours, and none that is not there.
func TestEveryPackageHasItsPlaceOnTheMap(t *testing.T) {
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, line := range strings.Split(string(text), "\n") {
		cell, _, ok := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		if !ok || !strings.HasPrefix(cell, "`") {
			continue
		}
		for _, name := range strings.Split(cell, ", ") {
			named = append(named, strings.Trim(name, "`"))
		}
	}
	used := map[string]bool{}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "trailsift"), "/")
		if name == "" {
			name = "main"
		}
		found := false
		for _, n := range named {
			base, many := strings.CutSuffix(n, "/*")
			if name == n || many && strings.HasPrefix(name, base+"/") || n == "testdata/gen" && strings.HasPrefix(name, n) {
				found, used[n] = true, true
			}
		}
		if !found {
			t.Errorf("ARCHITECTURE.md does not say what %s holds", name)
		}
	}
	for _, n := range named {
		if !used[n] && !strings.ContainsAny(n, " .") && n != "package" && n != "testdata/gen" {
			t.Errorf("ARCHITECTURE.md tells of %s, which is no package", n)
		}
	}
}
