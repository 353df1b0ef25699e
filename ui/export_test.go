package ui

import (
	"context"
	"errors"
	"strings"
	"testing"

	"trailsift/ui/screen/explore"
)

const longPath = "/srv/cases/2026/acme-finance/exports/that/were/agreed/upon/out.csv"

func TestAnExportThatCannotBeWrittenKeepsItsDialogAndSaysWhy(t *testing.T) {
	free := false
	p := start80(t, newMemory(600), func(o *Options) {
		o.ExportCheck = func(_ context.Context, path string) error {
			if path != longPath {
				t.Errorf("asked about %q", path)
			}
			if !free {
				return errors.New("there is no folder /srv/cases/2026/acme-finance/exports/that/were/agreed/upon")
			}
			return nil
		}
	})
	p.press("esc", "x", "ctrl+u")
	p.typeText(longPath)
	p.press("enter")
	p.shows("there is no folder /srv/cases", "agreed/upon", "─ Export ", "out.csv")
	free = true
	p.press("enter")
	p.shows("wrote " + longPath)
	p.hides("─ Export ")
}

func TestKeysWaitWhileAnExportIsTriedAndEscGivesUp(t *testing.T) {
	p := start80(t, newMemory(600), func(o *Options) {
		o.ExportCheck = func(ctx context.Context, _ string) error { return ctx.Err() }
		o.Export = func(context.Context, explore.ExportRequest) (string, error) {
			t.Error("it was exported")
			return "", nil
		}
	})
	p.press("esc", "x")
	_, cmd := p.root.Update(keyPress("enter"))
	p.shows("looking whether it can be written")
	p.press("z", "enter")
	p.shows("export.csv ")
	p.press("esc")
	p.hides("─ Export ")
	p.run(cmd)
	p.hides("─ Export ")
}

func TestAFailureIsReadInFull(t *testing.T) {
	p := start80(t, newMemory(600), func(o *Options) {
		o.Export = func(_ context.Context, r explore.ExportRequest) (string, error) {
			return "", errors.New("no space is left on the disk that holds " + longPath + "; THE-END")
		}
	})
	p.press("esc", "x", "enter")
	p.shows("export to export.csv failed: no space is left", "M tells all")
	p.press("M")
	if s := p.screen(); !strings.Contains(s, "THE-END") {
		t.Errorf("the end of the message is not on\n%s", s)
	}
	p.press("esc", "J")
	p.shows("THE-END")
}

func TestANotebookThatCannotBeWrittenKeepsItsDialog(t *testing.T) {
	fail := errors.New("the file exists already; choose another name")
	p := start80(t, newMemory(600), func(o *Options) {
		o.ExportNotebook = func(_ context.Context, path, _ string) (string, error) { return "written to " + path, fail }
	})
	p.press("esc", "8", "x", "enter")
	p.shows("the file exists already", "notebook.md")
	fail = nil
	p.press("enter")
	p.shows("written to notebook.md")
}
