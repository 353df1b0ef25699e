package explore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model/safe"
	"trailsift/ui/theme"
	"trailsift/ui/widget/dialog"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// askExport opens the export dialog; the writing is a job.
func (e *Explore) askExport() tea.Cmd {
	if e.options.Export == nil || len(e.options.Formats) == 0 {
		return e.say("this session cannot write exports")
	}
	if e.loading || e.over.Provisional {
		return e.say("the case is still loading: export when the counts are settled")
	}
	formats := e.options.Formats
	q, rows := e.view.query(), "rows not counted yet"
	if e.result.counted {
		rows = value.Of(e.result.total, "row", "rows")
	}
	e.shell.Push(dialog.New(e.theme, dialog.Spec{
		Title: "Export", Yes: "writes the file and its manifest",
		Fields: []dialog.Field{
			{Label: "file", Text: "export." + formats[0], Help: "a new file; an existing one is never overwritten"},
			{Label: "format", Choices: formats, Help: "left and right choose"},
			{Label: "columns", Choices: []string{"all", "as listed"}},
		},
		Says: func(a dialog.Answer) []string {
			return []string{
				rows + " to " + safe.New(exportPath(formats, a[0], a[1])).String(),
				"filter: " + e.filterText(),
				"beside it " + safe.New(filepath.Base(exportPath(formats, a[0], a[1]))).String() + ".manifest.json says how it was made",
			}
		},
		Warns: func(a dialog.Answer) string {
			if a[1] != e.options.RawFormat {
				return ""
			}
			return "warning: " + a[1] + " holds signatures and session tokens as they are, unredacted"
		},
		First: &dialog.First{Shell: e.shell, Doing: "looking whether it can be written", Work: func(ctx context.Context, a dialog.Answer) error {
			if name := strings.TrimSpace(a[0]); name == "" || strings.HasSuffix(name, "/") {
				return errors.New("a file name is needed")
			}
			if e.options.ExportCheck == nil {
				return nil
			}
			return e.options.ExportCheck(ctx, exportPath(formats, a[0], a[1]))
		}},
		Do: func(a dialog.Answer) (tea.Cmd, string) {
			path := exportPath(formats, a[0], a[1])
			r := ExportRequest{Query: q, Path: path, Format: a[1]}
			if a[2] != "all" {
				r.Columns = e.listed()
			}
			work := e.options.Export
			return e.shell.Run("export to "+safe.New(filepath.Base(path)).String(), func(ctx context.Context) (string, error) { return work(ctx, r) }), ""
		},
	}))
	return nil
}

// exportPath is the file an export goes to: an ending that names another format follows the format
// chosen.
func exportPath(formats []string, name, format string) string {
	name = strings.TrimSpace(name)
	for _, f := range formats {
		if base, ok := strings.CutSuffix(name, "."+f); ok && base != "" {
			return base + "." + format
		}
	}
	return name
}

func (e *Explore) filterText() string {
	text := e.options.Language.Print(e.view.filter)
	if text == "" {
		return "none: every request"
	}
	return e.theme.Show(safe.New(text).String())
}

// askSave stores the filter under a name.
func (e *Explore) askSave() tea.Cmd {
	switch {
	case e.options.Save == nil || e.options.Named == nil:
		return e.say("this session cannot save presets")
	case len(e.view.filter.Terms) == 0:
		return e.say("there is no filter to save")
	}
	f, save := e.view.filter, e.options.Save
	e.shell.Push(dialog.New(e.theme, dialog.Spec{
		Title: "Save as preset", Yes: "saves it in the case",
		Fields: []dialog.Field{
			{Label: "name", Help: "small letters, digits and hyphens"},
			{Label: "question", Help: "what the filter answers, in a sentence"},
		},
		Says: func(a dialog.Answer) []string {
			out := []string{"filter: " + e.filterText()}
			if name := e.options.Named(a[0]); name != "" {
				out = append(out, "saved as "+name+"; without a screen: trailsift preset run "+safe.New(value.Quote(e.options.Case)).String()+" "+name)
			}
			return out
		},
		First: &dialog.First{Shell: e.shell, Doing: "saving", Work: func(ctx context.Context, a dialog.Answer) error {
			if e.options.Named(a[0]) == "" {
				return errors.New("a name of letters and digits is needed")
			}
			return save(ctx, strings.TrimSpace(a[0]), strings.TrimSpace(a[1]), f)
		}},
		Do: func(a dialog.Answer) (tea.Cmd, string) {
			e.shell.Notice(theme.Good, "saved preset "+e.options.Named(a[0]))
			return nil, ""
		},
	}))
	return nil
}

// Twin is the command that lists the same.
func (e *Explore) Twin() shell.Twin {
	t := shell.Twin{Verb: "query", Filter: e.view.filter}
	if e.view.sort.Field != "" || e.view.sort.Desc {
		s := string(e.sortedField())
		if e.view.sort.Desc {
			s = "-" + s
		}
		t.Words = []string{"--sort=" + s}
	}
	return t
}

// showSQL shows the statement behind the list.
func (e *Explore) showSQL() tea.Cmd {
	if e.options.SQL == nil {
		return e.say("this engine has no statement to show")
	}
	lines, err := e.options.SQL(e.view.query(), e.listed())
	if err != nil {
		return e.report("write the statement", err)
	}
	if len(lines) == 0 {
		return e.say("no table can hold such a request: nothing is asked")
	}
	e.shell.Push(dialog.New(e.theme, dialog.Spec{
		Title: "The statement behind the list", Yes: "copies it",
		Says: func(dialog.Answer) []string {
			var out []string
			for _, l := range lines {
				out = append(out, e.theme.Show(safe.New(l).String()))
			}
			return out
		},
		Do: func(dialog.Answer) (tea.Cmd, string) { return e.shell.Copy(strings.Join(lines, "\n")), "" },
	}))
	return nil
}

// why is what an empty list says instead of rows, in h lines of w cells.
func (e *Explore) why(w, h int) []string {
	out := []string{"no request matches: " + e.filterText()}
	if len(e.view.filter.Terms) == 0 {
		out = []string{"the case holds no requests"}
	}
	if c := e.result.coverage; c == nil {
		out = append(out, "asking what the evidence covers"+e.theme.Cut)
	} else {
		out = append(out, shell.CoverageWords(e.theme, *c)...)
		if len(e.view.filter.Terms) > 0 {
			out = append(out, "u takes the last change back, F edits the conditions, 0 clears them")
		}
	}
	var lines []string
	for _, l := range out {
		lines = append(lines, shell.Wrap(l, w)...)
	}
	if more := len(lines) - h + 1; h > 0 && more > 1 {
		lines = append(lines[:h-1], fmt.Sprintf("%d lines more: :cmd is the command that tells them", more))
	}
	return lines
}
