package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"trailsift/model"
	"trailsift/queries/scratch"
)

// pair checks that path and its manifest are both there and belong together, or that path is absent.
func pair(t *testing.T, path string) (complete bool) {
	t.Helper()
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path + manifestSuffix)
	var m Manifest
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	hash := sha256.Sum256(data)
	if err != nil || m.SHA256 != hex.EncodeToString(hash[:]) {
		t.Errorf("%s stands there with a manifest of %q: %v", path, m.SHA256, err)
	}
	return true
}

func TestE05NothingIsLeftOfAnExportThatEndsEarly(t *testing.T) {
	dir := t.TempDir()
	stale := filepath.Join(dir, ".trailsift-4711.tmp")
	if err := os.WriteFile(stale, []byte("of a killed run"), 0o600); err != nil {
		t.Fatal(err)
	}
	job := Job{Path: filepath.Join(dir, "out"), Format: JSONL}
	full := errors.New("no space left on device")
	if _, err := Write(context.Background(), shelf{keys: []string{"a"}, fail: full}, job); !errors.Is(err, full) {
		t.Errorf("a failing source: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := Write(ctx, shelf{keys: make([]string, 9), after: func(i int) {
		if i == 4 {
			cancel()
		}
	}}, job); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled export: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestE05ExportsToOneNameAtOnceDoNotSpoilEachOther(t *testing.T) {
	for name, force := range map[string]bool{"the first one wins": false, "forced, the last one wins": true} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out.csv")
			const many = 8
			var begun, done sync.WaitGroup
			begun.Add(many)
			errs := make([]error, many)
			for i := range many {
				done.Add(1)
				go func() {
					defer done.Done()
					var once sync.Once
					s := shelf{keys: []string{strings.Repeat("x", i+1), "b"}, after: func(int) { once.Do(func() { begun.Done(); begun.Wait() }) }}
					_, errs[i] = Write(context.Background(), s, Job{Path: path, Format: CSV, Fields: few, Force: force})
				}()
			}
			done.Wait()
			won := 0
			for _, err := range errs {
				switch {
				case err == nil:
					won++
				case force || !errors.Is(err, ErrExists):
					t.Error(err)
				}
			}
			if want := map[bool]int{false: 1, true: many}[force]; won != want || !pair(t, path) {
				t.Errorf("%d of %d were written", won, many)
			}
			if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 2 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func TestE05AnExportKilledBetweenItsNamesNeverLooksComplete(t *testing.T) {
	for _, force := range []bool{false, true} {
		complete := 0
		for stop := range 4 {
			path := filepath.Join(t.TempDir(), "out.csv")
			if force {
				export(t, shelf{keys: []string{"old"}}, Job{Path: path, Format: CSV, Fields: few})
			}
			tg, err := newTarget(context.Background(), shelf{}, Job{Path: path, Force: force}, manifestSuffix)
			if err != nil {
				t.Fatal(err)
			}
			_, err = tg.Write([]byte("new"))
			manifest, err2 := scratch.Create(filepath.Dir(path))
			if err := errors.Join(err, err2, tg.finish(), json.NewEncoder(manifest).Encode(Manifest{SHA256: sum(tg.hash)})); err != nil {
				t.Fatal(err)
			}
			steps := tg.naming(manifest)
			for _, step := range steps[:stop] {
				if err := step(); err != nil {
					t.Fatal(err)
				}
			}
			if pair(t, path) {
				complete++
			}
			tg.remove()
			manifest.Remove()
		}
		if want := map[bool]int{false: 1, true: 2}[force]; complete != want {
			t.Errorf("force %v: complete at %d of 4 stops, not %d", force, complete, want)
		}
	}
}

func TestE06OnlyAFreePlaceIsWrittenTo(t *testing.T) {
	dir := t.TempDir()
	at := func(names ...string) string { return filepath.Join(append([]string{dir}, names...)...) }
	file, link, evidence, single := at("file"), at("link"), at("evidence"), at("trail.json")
	for _, err := range []error{
		os.WriteFile(file, []byte("mine"), 0o600), os.Symlink(file, link), os.Mkdir(evidence, 0o700), os.Symlink(evidence, at("way")),
		os.Mkdir(at("evidence", "deep"), 0o700), os.WriteFile(at("evidence", "log.gz"), []byte("proof"), 0o600), os.WriteFile(single, []byte("proof"), 0o600),
		os.Link(at("evidence", "log.gz"), at("hard")), os.Link(single, at("hard2")), os.Link(single, at("clean"+manifestSuffix)),
		os.WriteFile(at("orphan"+manifestSuffix), nil, 0o600), os.WriteFile(at("orphan2"+manifestSuffix), nil, 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s := shelf{keys: []string{"a"}, members: []model.Member{
		{ID: 7, Locator: at("evidence", "log.gz") + "#2", Path: at("case", "copy")}, {ID: 8, Path: single, Locator: single}, {ID: 9, Locator: "s3://b/k"},
	}}
	for name, c := range map[string]struct {
		path  string
		force bool
		says  string // empty: it is written
	}{
		"a file that exists":                        {file, false, "exists already"},
		"a file that exists, forced":                {file, true, ""},
		"a symbolic link, even forced":              {link, true, "symbolic link"},
		"a directory, even forced":                  {dir, true, "is a directory"},
		"a device, even forced":                     {"/dev/null", true, "special file"},
		"inside evidence":                           {at("evidence", "x"), true, "inside the evidence"},
		"deep inside evidence":                      {at("evidence", "deep", "x"), false, "inside the evidence"},
		"inside evidence by a symbolic link":        {at("way", "x"), false, "inside the evidence"},
		"inside evidence by a link and a step back": {at("way", "deep", "..", "x"), false, "inside the evidence"},
		"over evidence itself, forced":              {single, true, "never written to"},
		"a hard link to evidence, forced":           {at("hard"), true, "by another name"},
		"a hard link to a file loaded, forced":      {at("hard2"), true, "by another name"},
		"a manifest that is evidence, forced":       {at("clean"), true, "by another name"},
		"beside evidence, with a like name":         {evidence + "2", false, ""},
		"a directory that does not exist":           {at("no", "x"), false, "there is no folder"},
		"no name at all":                            {"", false, "name a file"},
		"where only a manifest stands":              {at("orphan"), false, "what it describes is not there"},
		"where only a manifest stands, forced":      {at("orphan2"), true, ""},
	} {
		_, err := Write(context.Background(), s, Job{Path: c.path, Format: CSV, Force: c.force, Sources: []string{evidence, single}})
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v", name, err)
		}
		if left, _ := filepath.Glob(at(".*")); len(left) > 0 {
			t.Errorf("%s leaves %v", name, left)
		}
	}
	for _, p := range []string{at("evidence", "log.gz"), single} {
		if text, err := os.ReadFile(p); err != nil || string(text) != "proof" {
			t.Errorf("evidence %s is %q now, %v", p, text, err)
		}
	}
}

func TestAFileWithoutAManifestFollowsTheSameRules(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	write := func(text string, force bool) error {
		f, err := Begin(context.Background(), shelf{}, Job{Path: path, Force: force})
		if err != nil {
			return err
		}
		defer f.Remove()
		if _, err := f.Write([]byte(text)); err != nil {
			return err
		}
		if text == "lost" {
			return nil
		}
		return f.Publish()
	}
	if err := errors.Join(write("lost", false), write("first", false)); err != nil {
		t.Fatal(err)
	}
	if err := write("second", false); !errors.Is(err, ErrExists) {
		t.Errorf("a second time: %v", err)
	}
	if err := errors.Join(write("lost", true), write("third", true)); err != nil {
		t.Error(err)
	}
	left, _ := os.ReadDir(filepath.Dir(path))
	if text, err := os.ReadFile(path); err != nil || string(text) != "third" || len(left) != 1 {
		t.Errorf("%q among %v, %v", text, left, err)
	}
}
