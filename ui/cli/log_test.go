package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestADiaryIsNeverWrittenIntoAFileOfSomethingElse(t *testing.T) {
	dir := t.TempDir()
	for name, x := range map[string]struct {
		holds   string
		refused bool
	}{
		"evidence in JSON":        {`{"Records":[]}`, true},
		"an access log":           {"79a59df900b949e5 bucket [06/Feb/2019:00:00:38 +0000]", true},
		"a shorter file":          {"x", true},
		"an empty file":           {"", false},
		"a diary of another time": {"time=2026-03-01T00:00:00Z level=INFO msg=x\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
			if err := os.WriteFile(path, []byte(x.holds), 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := openDiary(path)
			if (err != nil) != x.refused {
				t.Fatalf("opening says %v", err)
			}
			if f != nil {
				f.Close()
			}
			if text, err := os.ReadFile(path); err != nil || string(text) != x.holds {
				t.Errorf("the file holds %q, %v", text, err)
			}
		})
	}
	if _, err := openDiary(dir); err == nil {
		t.Error("a folder was taken")
	}
	f, err := openDiary(filepath.Join(dir, "new"))
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}
