package export

import (
	"bytes"
	"fmt"
	"io"

	"trailsift/model"
)

// WriteCount writes the number of rows.
func WriteCount(out io.Writer, format Format, n int64) error {
	if format == Table {
		_, err := fmt.Fprintln(out, n)
		return err
	}
	if format == JSON {
		_, err := fmt.Fprintf(out, "{\"count\":%d}\n", n)
		return err
	}
	w, err := newWriter(out, format, []string{"count"}, []model.Kind{model.KindInt}, Options{})
	if err != nil {
		return err
	}
	if err := w.Row(model.Row{Values: []any{n}}); err != nil {
		return err
	}
	return w.Close()
}

// WriteGroups writes the fields of every group and its count.
func WriteGroups(out io.Writer, format Format, fields []model.Field, groups []model.Group) error {
	var names []string
	var kinds []model.Kind
	for _, f := range fields {
		in, _ := model.Lookup(f)
		names, kinds = append(names, string(f)), append(kinds, in.Kind)
	}
	w, err := newWriter(out, format, append(names, "count"), append(kinds, model.KindInt), Options{})
	if err != nil {
		return err
	}
	for _, g := range groups {
		values := append(append([]any(nil), g.Values...), g.Count)
		if err := w.Row(model.Row{Values: values}); err != nil {
			return err
		}
	}
	return w.Close()
}

// WriteFacets writes the values of every facet with their counts. Rows whose values are not listed
// and rows without the field have lines of their own in CSV and tables, marked in the column kind.
func WriteFacets(out io.Writer, format Format, facets []model.Facet) error {
	if format == JSON {
		return facetsJSON(out, facets)
	}
	w, err := newWriter(out, format, []string{"field", "kind", "value", "count"},
		[]model.Kind{model.KindText, model.KindText, model.KindText, model.KindInt}, Options{})
	if err != nil {
		return err
	}
	line := func(f model.Field, kind string, v any, n int64) error {
		return w.Row(model.Row{Values: []any{string(f), kind, v, n}})
	}
	for _, f := range facets {
		for _, v := range f.Values {
			if err := line(f.Field, "value", facetValue(v.Value), v.Count); err != nil {
				return err
			}
		}
		if err := line(f.Field, "other", nil, f.Other); err != nil {
			return err
		}
		if err := line(f.Field, "absent", nil, f.Absent); err != nil {
			return err
		}
	}
	return w.Close()
}

// facetValue is a flag by its name, since flags are counted one by one.
func facetValue(v any) any {
	if flags, ok := v.([]string); ok && len(flags) == 1 {
		return flags[0]
	}
	return v
}

func facetsJSON(out io.Writer, facets []model.Facet) error {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range facets {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "\n%q:{\"values\":[", f.Field)
		in, _ := model.Lookup(f.Field)
		for j, v := range f.Values {
			if j > 0 {
				b.WriteByte(',')
			}
			w := Writer{names: []string{"value", "count"}, kinds: []model.Kind{in.Kind, model.KindInt}}
			if err := w.object([]any{facetValue(v.Value), v.Count}, nil); err != nil {
				return err
			}
			b.Write(w.buf.Bytes())
		}
		fmt.Fprintf(&b, "],\"other\":%d,\"absent\":%d}", f.Other, f.Absent)
	}
	b.WriteString("\n}\n")
	_, err := out.Write(b.Bytes())
	return err
}
