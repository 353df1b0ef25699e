package notebook

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, dir string) *Book {
	t.Helper()
	b, err := Open(dir, "anna", func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func entries() []model.NoteEntry {
	one := model.RecordID{Log: model.CloudTrail, Member: 3 << 24, Number: 17}
	two := model.RecordID{Log: model.AccessLog, Member: 4 << 24, Number: 1}
	about := []model.Said{{Field: model.FieldTime, Value: "2026-03-01T02:11:05Z"}, {Field: model.FieldOp, Value: "GetObject"}, {Field: model.FieldKey, Value: "=cmd|' /C calc'!A0"}}
	return []model.NoteEntry{
		{Kind: model.NoteMark, Record: one, About: about},
		{Kind: model.NoteText, Record: one, Text: "first read\nof the payroll"},
		{Kind: model.NoteTag, Record: one, Text: "exfil"},
		{Kind: model.NoteTag, Record: one, Text: "later"},
		{Kind: model.NoteUntag, Record: one, Text: "later"},
		{Kind: model.NoteTag, Record: two, Text: "odd", About: []model.Said{{Field: model.FieldTime, Value: "2026-03-01T02:10:00Z"}}},
		{Kind: model.NoteView, Name: "night", Text: "since:2026-03-01T02:00:00Z op:GetObject"},
		{Kind: model.NoteView, Name: "gone", Text: "op:x"},
		{Kind: model.NoteForget, Name: "gone"},
		{Kind: model.NoteSession, Text: `{"filter":"op:GetObject"}`},
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	for _, e := range entries() {
		if err := b.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	again := open(t, dir)
	if !reflect.DeepEqual(again.State(), b.State()) || len(again.Problems()) > 0 {
		t.Errorf("read back %+v %v\nwant %+v", again.State(), again.Problems(), b.State())
	}
	n := again.State()
	if len(n.Marks) != 2 || n.Marks[0].Note != "first read\nof the payroll" || len(n.Marks[0].Tags) != 1 || len(n.Views) != 1 || n.Session == "" {
		t.Errorf("the notebook holds %+v", n)
	}
	if err := again.Append(model.NoteEntry{Kind: model.NoteUnmark, Record: n.Marks[0].Record}); err != nil {
		t.Fatal(err)
	}
	if n := open(t, dir).State(); len(n.Marks) != 1 {
		t.Errorf("after taking a mark back: %+v", n.Marks)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, FileName)); bytes.Count(text, []byte("\n")) != len(entries())+1 {
		t.Error("a line was taken out of the file")
	}
}

func TestALineCutByACrashSpoilsNoOther(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	for _, e := range entries()[:2] {
		if err := b.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, FileName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range text {
		if err := os.WriteFile(path, text[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		b := open(t, dir)
		if err := b.Append(entries()[6]); err != nil {
			t.Fatal(err)
		}
		if n := open(t, dir).State(); len(n.Views) != 1 {
			t.Fatalf("cut at byte %d: the line after it is lost", cut)
		}
	}
}

func TestEntriesThatCannotBeReadBackAreRefused(t *testing.T) {
	b := open(t, t.TempDir())
	for name, e := range map[string]model.NoteEntry{
		"no record":    {Kind: model.NoteMark},
		"no name":      {Kind: model.NoteView, Text: "x"},
		"unknown kind": {Kind: "other"},
		"no UTF-8":     {Kind: model.NoteSession, Text: "\xff"},
		"too long":     {Kind: model.NoteSession, Text: strings.Repeat("x", lineLimit)},
	} {
		t.Run(name, func(t *testing.T) {
			if err := b.Append(e); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestEveryFormatTellsMarksAndViews(t *testing.T) {
	b := open(t, t.TempDir())
	for _, e := range entries() {
		if err := b.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	for _, format := range Formats {
		var out bytes.Buffer
		if err := Print(&out, b.State(), format); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"payroll", "exfil", "night", "GetObject"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s lacks %q:\n%s", format, want, out.String())
			}
		}
		if format == "csv" {
			rows, err := csv.NewReader(&out).ReadAll()
			if err != nil || len(rows) != 4 || !strings.HasPrefix(rows[2][11], "'=cmd") {
				t.Errorf("%v %v", rows, err)
			}
		}
	}
	if err := Print(&bytes.Buffer{}, b.State(), "xml"); err == nil {
		t.Error("xml was written")
	}
}

func FuzzParse(f *testing.F) {
	b, err := Open(f.TempDir(), "anna", func() time.Time { return noon })
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries() {
		if err := b.Append(e); err != nil {
			f.Fatal(err)
		}
	}
	text, err := os.ReadFile(b.path)
	if err != nil {
		f.Fatal(err)
	}
	for _, l := range bytes.Split(text, []byte("\n")) {
		f.Add(l)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := parse(text)
		if err != nil {
			return
		}
		n := model.Notebook{}.With(e)
		for _, format := range Formats {
			if err := Print(&bytes.Buffer{}, n, format); err != nil {
				t.Fatal(err)
			}
		}
	})
}
