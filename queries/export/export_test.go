package export

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"trailsift/model"
	"trailsift/queries/scratch"
)

// shelf is a source whose rows are given.
type shelf struct {
	keys   []string
	raw    []byte
	rawErr error
	fail   error
	after  func(i int)

	members []model.Member
}

func (s shelf) row(fields []model.Field, i int) model.Row {
	r := model.Row{ID: model.RecordID{Log: model.CloudTrail, Member: 7, Number: uint32(i + 1)}, Values: make([]any, len(fields))}
	for j, f := range fields {
		switch f {
		case model.FieldTime:
			r.Values[j] = time.Date(2026, 3, 1, 0, 0, i, 0, time.UTC)
		case model.FieldKey:
			r.Values[j] = s.keys[i]
		case model.FieldBytesOut:
			r.Values[j] = int64(-2)
		case model.FieldIntegrity:
			r.Values[j] = "verified"
		case model.FieldFlags:
			r.Values[j] = []string{"odd-time", "bad-utf8"}
		case model.FieldExtra:
			r.Values[j] = `{ "a": [1, "<&>"] }`
		case model.FieldMember:
			r.Values[j] = "m.json.gz"
		case model.FieldRecord:
			r.Values[j] = int64(i + 1)
		}
	}
	return r
}

func (s shelf) StreamRaw(ctx context.Context, _ model.Query, fields []model.Field, _ int64, each func(model.Row, []byte, error) error) error {
	for i := range s.keys {
		if s.after != nil {
			s.after(i)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := each(s.row(fields, i), s.raw, s.rawErr); err != nil {
			return err
		}
	}
	return s.fail
}

func (s shelf) Stream(ctx context.Context, q model.Query, fields []model.Field, limit int64, each func(model.Row) error) error {
	return s.StreamRaw(ctx, q, fields, limit, func(r model.Row, _ []byte, _ error) error { return each(r) })
}

func (s shelf) Members(context.Context) ([]model.Member, error) {
	if s.members != nil {
		return s.members, nil
	}
	return []model.Member{{ID: 7, Name: "m.json.gz", Integrity: model.Verified}, {ID: 8, Name: "unused"}}, nil
}

func (s shelf) Parquet(context.Context, model.Query, []model.Field) (*scratch.File, error) {
	return nil, errors.New("no Parquet here")
}

var few = []model.Field{model.FieldTime, model.FieldKey, model.FieldBytesOut}

func export(t *testing.T, s shelf, job Job) (Manifest, string) {
	t.Helper()
	if job.Path == "" {
		job.Path = filepath.Join(t.TempDir(), "out")
	}
	m, err := Write(context.Background(), s, job)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(job.Path)
	if err != nil {
		t.Fatal(err)
	}
	return m, string(text)
}

func TestE01SpreadsheetFormulasAreGuarded(t *testing.T) {
	for cell, guarded := range map[string]bool{
		"=1+1": true, "+1": true, "-2": true, "@x": true, "\tx": true, "\rx": true, "\nx": true, "\uFF1D1": true, "\uFF0B1": true, "\uFF0D1": true, "\uFF201": true,
		"  =1": true, `"=1`: true, " '=1": true, "\u00A0=1": true, "\uFEFF=1": true, "\u200B+1": true,
		"\u200D\u2060-1": true, "\u00AD@x": true, "\u180E=1": true, "\u3000=1": true, "\u2028=1": true, "\u3164=1": true, "\uFE0F=1": true,
		"\u034F=1": true, "\U000E0020=1": true, "\uFE66" + "1": true, "\u200Ba=1": false, "\uFEFF": false, "": false, "a=1": false, "1-2": false, "  a": false, "é": false,
	} {
		m, text := export(t, shelf{keys: []string{cell}}, Job{Format: CSV, Fields: few})
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		want := cell
		if guarded {
			want = "'" + cell
		}
		if rows[1][1] != want || (m.Guarded == 1) != guarded || rows[1][2] != "-2" {
			t.Errorf("cell %q is %q, number %q, %d guarded", cell, rows[1][1], rows[1][2], m.Guarded)
		}
		_, text = export(t, shelf{keys: []string{cell}}, Job{Format: CSV, Fields: few, CSVRaw: true})
		if rows, err = csv.NewReader(strings.NewReader(text)).ReadAll(); err != nil || rows[1][1] != cell {
			t.Errorf("raw cell %q is %q, %v", cell, rows[1][1], err)
		}
	}
}

func TestE02E03E04OddCellsSurvive(t *testing.T) {
	for cell, want := range map[string]string{
		"a\rb": "a\rb", "a\nb": "a\nb", `\.`: `\.`, "a,b\"c": "a,b\"c",
		"\x1b[31mred": "<U+001B>[31mred", "a\x00b": "a<U+0000>b", "a\xffb": "a<FF>b", "a\u202eb": "a<U+202E>b",
	} {
		m, text := export(t, shelf{keys: []string{cell}}, Job{Format: CSV, Fields: few})
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || rows[1][1] != want || (m.Escaped == 1) != (cell != want) {
			t.Errorf("cell %q is %q, %d escaped, %v", cell, rows[1][1], m.Escaped, err)
		}
	}
}

func TestE09E10TheSameExportIsTheSameBytesAndTheManifestSaysWhatItIs(t *testing.T) {
	job := Job{Format: CSV, Fields: few, About: About{Command: []string{"trailsift", "export"}, Filter: "op:GetObject", LedgerHead: "ab", Tool: "trailsift 1", Window: model.Span{From: time.Unix(0, 0)}}}
	s := shelf{keys: []string{"a", "=b", "c"}}
	m, first := export(t, s, job)
	m2, second := export(t, s, job)
	if first != second || !reflect.DeepEqual(m, m2) {
		t.Error("two exports differ")
	}
	hash := sha256.Sum256([]byte(first))
	if m.SHA256 != hex.EncodeToString(hash[:]) || m.Rows != 3 || m.Bytes != int64(len(first)) || m.Guarded != 1 || m.Integrity["verified"] != 3 || m.LedgerHead != "ab" {
		t.Errorf("manifest %+v", m)
	}
	if len(m.Members) != 1 || m.Members[0].Rows != 3 || !strings.HasPrefix(first, "time,key,bytes_out,member,record,integrity\n") {
		t.Errorf("members %+v, file %s", m.Members, first)
	}
}

func TestE11JSONLinesCarryTheRecordItself(t *testing.T) {
	for name, c := range map[string]struct {
		raw  []byte
		err  error
		want map[string]any
	}{
		"text":           {[]byte(`{"a":"<>"}`), nil, map[string]any{"raw": `{"a":"<>"}`}},
		"not UTF-8":      {[]byte("a\xff"), nil, map[string]any{"raw_base64": "Yf8="}},
		"changed":        {[]byte("other"), model.ErrChanged, map[string]any{"raw": nil}},
		"an empty bytes": {[]byte{}, nil, map[string]any{"raw": ""}},
	} {
		m, text := export(t, shelf{keys: []string{"k"}, raw: c.raw, rawErr: c.err}, Job{Format: JSONL})
		var got map[string]any
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for k, v := range c.want {
			if have, ok := got[k]; !ok || have != v {
				t.Errorf("%s: %s is %v", name, k, have)
			}
		}
		if len(got) != len(model.Columns())+1 || (m.RawChanged == 1) != (c.err != nil) {
			t.Errorf("%s: %d members, manifest %+v", name, len(got), m)
		}
	}
}

func TestJSONNestsJSONAndListsFlags(t *testing.T) {
	var b bytes.Buffer
	fields := []model.Field{model.FieldFlags, model.FieldExtra, model.FieldKey, model.FieldOp}
	w, err := NewWriter(&b, JSON, fields, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if err := w.Row(shelf{keys: []string{"<a>", "b"}}.row(fields, i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := `[
{"flags":["odd-time","bad-utf8"],"extra":{"a":[1,"<&>"]},"key":"<a>","op":null},
{"flags":["odd-time","bad-utf8"],"extra":{"a":[1,"<&>"]},"key":"b","op":null}
]
`
	if b.String() != want {
		t.Errorf("got %s", b.String())
	}
	b.Reset()
	if w, err = NewWriter(&b, JSON, fields, Options{}); err != nil || w.Close() != nil || b.String() != "[]\n" {
		t.Errorf("an empty list is %q, %v", b.String(), err)
	}
}

func TestOneColumnOfNothingIsStillALine(t *testing.T) {
	var b bytes.Buffer
	w, err := NewWriter(&b, CSV, []model.Field{model.FieldKey}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{"a", nil, "", "b", nil} {
		if err := w.Row(model.Row{Values: []any{v}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil || b.String() != "key\na\n\"\"\n\"\"\nb\n\"\"\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
	if rows, err := csv.NewReader(&b).ReadAll(); err != nil || len(rows) != 6 {
		t.Errorf("%d lines are read back, %v", len(rows), err)
	}
}

func TestJSONTextThatIsNoUTF8IsNotNested(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1}`: `{"extra":{"a":1}}`, "{\"a\":\"\xff\"}": "{\"extra\":\"{\\\"a\\\":\\\"\\ufffd\\\"}\"}", `{"a":`: `{"extra":"{\"a\":"}`,
	} {
		var b bytes.Buffer
		w, err := NewWriter(&b, JSONL, []model.Field{model.FieldExtra}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Row(model.Row{Values: []any{text}}), w.Close()); err != nil || strings.TrimSpace(b.String()) != want || !utf8.Valid(b.Bytes()) {
			t.Errorf("%q is written as %q, not %q, %v", text, b.String(), want, err)
		}
	}
}

func TestU18ATableShowsForeignTextHarmlessly(t *testing.T) {
	var b bytes.Buffer
	fields := []model.Field{model.FieldKey, model.FieldRecord}
	w, err := NewWriter(&b, Table, fields, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Row(shelf{keys: []string{"\x1b[2Jx"}}.row(fields, 0)), w.Close()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "\x1b") || !strings.HasPrefix(b.String(), "key") || !strings.HasSuffix(b.String(), "1\n") {
		t.Errorf("table %q", b.String())
	}
}

func TestCountsInEveryFormat(t *testing.T) {
	facets := []model.Facet{{Field: model.FieldOp, Values: []model.FacetValue{{Value: "a<", Count: 2}}, Other: 1, Absent: 3}, {Field: model.FieldFlags, Values: []model.FacetValue{{Value: []string{"salvaged"}, Count: 1}}}}
	var b bytes.Buffer
	if err := WriteFacets(&b, JSON, facets); err != nil {
		t.Fatal(err)
	}
	var got map[string]struct {
		Values []struct {
			Value any
			Count int64
		}
		Other, Absent int64
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil || got["op"].Values[0].Value != "a<" || got["op"].Absent != 3 || got["flags"].Values[0].Value != "salvaged" {
		t.Errorf("%s, %v", b.String(), err)
	}
	b.Reset()
	if err := errors.Join(WriteFacets(&b, CSV, facets[:1]), WriteCount(&b, JSON, 4), WriteGroups(&b, JSONL, []model.Field{model.FieldOp}, []model.Group{{Values: []any{nil}, Count: 1}})); err != nil {
		t.Fatal(err)
	}
	if want := "field,kind,value,count\nop,value,a<,2\nop,other,,1\nop,absent,,3\n{\"count\":4}\n{\"op\":null,\"count\":1}\n"; b.String() != want {
		t.Errorf("got %s", b.String())
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"", "=1", "a\"b", "\\.", "a\r\nb", "\x00", " x ", "\xff", "'x"} {
		f.Add(s, "y")
	}
	f.Fuzz(func(t *testing.T, a, c string) {
		for _, safe := range []bool{true, false} {
			var b bytes.Buffer
			w, err := NewWriter(&b, CSV, []model.Field{model.FieldKey, model.FieldBucket}, Options{Guard: safe})
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(w.Row(model.Row{Values: []any{a, c}}), w.Close()); err != nil {
				t.Fatal(err)
			}
			rows, err := csv.NewReader(&b).ReadAll()
			if err != nil || len(rows) != 2 {
				t.Fatalf("%q: %d rows, %v", a, len(rows), err)
			}
			for i, cell := range []string{a, c} {
				if safe {
					cell, _ = escape(cell)
					cell, _ = guard(cell)
				}
				// The reader, not the file, turns CR LF inside a cell into LF.
				if want := strings.ReplaceAll(cell, "\r\n", "\n"); rows[1][i] != want {
					t.Errorf("cell %q came back as %q", want, rows[1][i])
				}
			}
		}
	})
}
