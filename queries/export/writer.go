package export

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"trailsift/model"
)

// Options of a Writer.
type Options struct {
	Guard bool // make cells safe for spreadsheets (CSV only)
}

// Writer writes rows in one format to a stream. Without Options.Guard cells go out verbatim, except
// in a table, where foreign text is made printable.
type Writer struct {
	// Guarded and Escaped count the cells that Options.Guard changed.
	Guarded, Escaped int64

	out    io.Writer
	format Format
	names  []string
	kinds  []model.Kind
	guard  bool
	raw    bool
	csv    *csv.Writer
	rows   int64
	buf    bytes.Buffer
	table  *table
}

// NewWriter begins the output: CSV and tables with a line of names.
func NewWriter(out io.Writer, format Format, fields []model.Field, opts Options) (*Writer, error) {
	names := make([]string, len(fields))
	kinds := make([]model.Kind, len(fields))
	for i, f := range fields {
		in, _ := model.Lookup(f)
		names[i], kinds[i] = string(f), in.Kind
	}
	return newWriter(out, format, names, kinds, opts)
}

func newWriter(out io.Writer, format Format, names []string, kinds []model.Kind, opts Options) (*Writer, error) {
	w := &Writer{out: out, format: format, names: names, kinds: kinds, guard: opts.Guard}
	switch format {
	case CSV:
		w.csv = csv.NewWriter(out)
		return w, w.csv.Write(names)
	case Table:
		w.table = newTable(out, names, kinds)
		return w, nil
	case JSONL, JSON:
		return w, nil
	}
	return nil, fmt.Errorf("%q is no format that can be written here; use table, csv, jsonl or json", format)
}

// Row writes one row; its values belong to the fields in order.
func (w *Writer) Row(r model.Row) error { return w.row(r, nil) }

func (w *Writer) row(r model.Row, raw []byte) error {
	w.rows++
	switch w.format {
	case CSV:
		return w.csvRow(r.Values)
	case Table:
		return w.table.row(r.Values)
	}
	w.buf.Reset()
	if w.format == JSON {
		w.buf.WriteString(map[bool]string{true: "[\n", false: ",\n"}[w.rows == 1])
	}
	if err := w.object(r.Values, raw); err != nil {
		return err
	}
	if w.format == JSONL {
		w.buf.WriteByte('\n')
	}
	_, err := w.out.Write(w.buf.Bytes())
	return err
}

// Close ends the output. It does not close the stream.
func (w *Writer) Close() error {
	switch w.format {
	case CSV:
		w.csv.Flush()
		return w.csv.Error()
	case Table:
		return w.table.flush()
	case JSON:
		end := "\n]\n"
		if w.rows == 0 {
			end = "[]\n"
		}
		_, err := io.WriteString(w.out, end)
		return err
	}
	return nil
}

func (w *Writer) csvRow(values []any) error {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = Text(v)
		if !w.guard || numeric(w.kinds[i]) {
			continue
		}
		var changed bool
		if cells[i], changed = escape(cells[i]); changed {
			w.Escaped++
		}
		if cells[i], changed = guard(cells[i]); changed {
			w.Guarded++
		}
	}
	if len(cells) == 1 && cells[0] == "" {
		// The line would be empty, and readers skip empty lines.
		w.csv.Flush()
		_, err := io.WriteString(w.out, "\"\"\n")
		return err
	}
	return w.csv.Write(cells)
}

func numeric(k model.Kind) bool {
	return k == model.KindInt || k == model.KindSize || k == model.KindTime || k == model.KindBool
}

// Text is a value as CSV and tables write it; absent is empty.
func Text(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case int64:
		return strconv.FormatInt(x, 10)
	case bool:
		return strconv.FormatBool(x)
	case time.Time:
		return x.UTC().Format(time.RFC3339)
	case []string:
		return strings.Join(x, "|")
	}
	return fmt.Sprint(v)
}

// object writes one JSON object into the buffer.
func (w *Writer) object(values []any, raw []byte) error {
	w.buf.WriteByte('{')
	for i, v := range values {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		if err := w.member(w.names[i], JSONOf(w.kinds[i], v)); err != nil {
			return err
		}
	}
	if w.raw {
		name, value := RawOf(raw)
		if len(values) > 0 {
			w.buf.WriteByte(',')
		}
		if err := w.member(name, value); err != nil {
			return err
		}
	}
	w.buf.WriteByte('}')
	return nil
}

func (w *Writer) member(name string, v any) error {
	if err := put(&w.buf, name); err != nil {
		return err
	}
	w.buf.WriteByte(':')
	if text, ok := v.(json.RawMessage); ok {
		return json.Compact(&w.buf, text)
	}
	return put(&w.buf, v)
}

// put writes v without the escapes meant for HTML.
func put(b *bytes.Buffer, v any) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // the encoder's line end
	return nil
}

// JSONOf is a value as JSON shows it: JSON text nested, times in RFC 3339. encoding/json calls text
// valid that is no UTF-8; nested, it would make the whole line unreadable to others.
func JSONOf(k model.Kind, v any) any {
	switch x := v.(type) {
	case time.Time:
		return x.UTC().Format(time.RFC3339)
	case string:
		if k == model.KindJSON && utf8.ValidString(x) && json.Valid([]byte(x)) {
			return json.RawMessage(x)
		}
	}
	return v
}

// RawOf is the name and value under which JSON carries the bytes of a record.
func RawOf(raw []byte) (string, any) {
	switch {
	case raw == nil:
		return "raw", nil
	case utf8.Valid(raw):
		return "raw", string(raw)
	}
	return "raw_base64", base64.StdEncoding.EncodeToString(raw)
}
