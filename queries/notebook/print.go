package notebook

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/safe"
)

// Formats are what Print writes.
var Formats = []string{"md", "csv", "jsonl"}

// printed is what every format tells of a record.
var printed = []model.Field{
	model.FieldTime, model.FieldOp, model.FieldOutcome, model.FieldActor, model.FieldIP, model.FieldBucket, model.FieldKey,
	model.FieldRequestID, model.FieldEventID, model.FieldMember, model.FieldRecord,
}

// Print writes the notebook in one of Formats: marks in the order of their records' times, then views.
func Print(w io.Writer, n model.Notebook, format string) error {
	switch format {
	case "md":
		return markdown(w, n)
	case "csv":
		return commas(w, n)
	case "jsonl":
		return lines(w, n)
	}
	return fmt.Errorf("the notebook cannot be written as %q", format)
}

// inline is text from evidence or a note inside a line of Markdown.
func inline(s string) string {
	return strings.NewReplacer("`", "'", "|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "[", `\[`).Replace(safe.New(s).String())
}

func markdown(w io.Writer, n model.Notebook) error {
	var b strings.Builder
	b.WriteString("# Notebook\n")
	for _, m := range sorted(n.Marks) {
		fmt.Fprintf(&b, "\n## %s\n\n", inline(strings.TrimSpace(strings.Join([]string{m.Said(model.FieldTime), m.Said(model.FieldOp), m.Said(model.FieldOutcome)}, " "))))
		if m.Note != "" {
			for _, l := range strings.Split(m.Note, "\n") {
				b.WriteString("> " + inline(l) + "\n")
			}
			b.WriteString("\n")
		}
		if len(m.Tags) > 0 {
			fmt.Fprintf(&b, "- tags: %s\n", inline(strings.Join(m.Tags, ", ")))
		}
		for _, f := range printed {
			if v := m.Said(f); v != "" {
				fmt.Fprintf(&b, "- %s: %s\n", f, inline(v))
			}
		}
		fmt.Fprintf(&b, "- marked: %s by %s\n", m.At.Format(time.RFC3339), inline(m.By))
	}
	if len(n.Views) > 0 {
		b.WriteString("\n## Views\n\n")
	}
	for _, v := range n.Views {
		fmt.Fprintf(&b, "- %s: `%s` (%s by %s)\n", inline(v.Name), strings.ReplaceAll(safe.New(v.Filter).String(), "`", "'"), v.At.Format(time.RFC3339), inline(v.By))
	}
	if len(n.Marks)+len(n.Views) == 0 {
		b.WriteString("\nNothing is marked.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// sorted is the marks in the order of their records' times; ties stay in the order of marking.
func sorted(marks []model.Mark) []model.Mark {
	out := append([]model.Mark(nil), marks...)
	slices.SortStableFunc(out, func(a, b model.Mark) int { return strings.Compare(a.Said(model.FieldTime), b.Said(model.FieldTime)) })
	return out
}

// guarded keeps a spreadsheet from running a cell.
func guarded(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func commas(w io.Writer, n model.Notebook) error {
	c := csv.NewWriter(w)
	head := []string{"kind", "name", "note", "tags", "filter"}
	for _, f := range printed {
		head = append(head, string(f))
	}
	rows := [][]string{append(head, "at", "by")}
	for _, m := range sorted(n.Marks) {
		row := []string{"mark", "", guarded(m.Note), guarded(strings.Join(m.Tags, "|")), ""}
		for _, f := range printed {
			row = append(row, guarded(m.Said(f)))
		}
		rows = append(rows, append(row, m.At.Format(time.RFC3339), guarded(m.By)))
	}
	for _, v := range n.Views {
		row := append([]string{"view", guarded(v.Name), "", "", guarded(v.Filter)}, make([]string, len(printed))...)
		rows = append(rows, append(row, v.At.Format(time.RFC3339), guarded(v.By)))
	}
	return c.WriteAll(rows)
}

func lines(w io.Writer, n model.Notebook) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, m := range sorted(n.Marks) {
		said := map[string]any{}
		for _, s := range m.About {
			said[string(s.Field)] = s.Value
		}
		if r, err := strconv.ParseInt(m.Said(model.FieldRecord), 10, 64); err == nil {
			said[string(model.FieldRecord)] = r
		}
		tags := append([]string{}, m.Tags...)
		if err := enc.Encode(map[string]any{"kind": "mark", "note": m.Note, "tags": tags, "about": said, "at": m.At.Format(time.RFC3339), "by": m.By}); err != nil {
			return err
		}
	}
	for _, v := range n.Views {
		if err := enc.Encode(map[string]any{"kind": "view", "name": v.Name, "filter": v.Filter, "at": v.At.Format(time.RFC3339), "by": v.By}); err != nil {
			return err
		}
	}
	return nil
}
