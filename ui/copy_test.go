package ui

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// U19: what evidence says reaches the clipboard in printable signs only: it may be pasted into a shell.
func TestU19EvidenceIsCopiedInPrintableSigns(t *testing.T) {
	cmd := start80(t, newMemory(3), nil).root.Copy("key\x1b]0;pwn\a\r\u202egpj.exe\nnext line")
	if cmd == nil {
		t.Fatal("nothing is copied")
	}
	said := fmt.Sprint(cmd())
	if strings.ContainsAny(said, "\x1b\a\r\u202e") || !strings.Contains(said, "key") || !strings.Contains(said, "\nnext line") {
		t.Errorf("the clipboard gets %q", said)
	}
	if got := passthrough("key"); got != "\x1bPtmux;\x1b\x1b]52;c;a2V5\a\x1b\\" {
		t.Errorf("tmux is handed %q", got)
	}
}

// Everything that is copied goes through one place: in tmux each copy is sent twice.
func TestInTmuxEveryScreenHandsItsCopyOn(t *testing.T) {
	for screen, keys := range map[string][]string{
		"1": {"esc"}, "3": {"esc", "3"}, "6": {"esc", "6"}, "8": {"esc", "space", "8"},
	} {
		p := start80(t, newMemory(30), func(o *Options) { o.Tmux = true })
		p.press(keys...)
		_, cmd := p.root.Update(keyPress("y"))
		if said := fmt.Sprintf("%q", sent(cmd)); !strings.Contains(said, `Ptmux;`) {
			t.Errorf("screen %s sends %s", screen, said)
		}
		p.shows("sent to the terminal's clipboard")
	}
}

// sent is every message of a command, those in sequences too.
func sent(cmd tea.Cmd) []string {
	if cmd == nil {
		return nil
	}
	msg := cmd()
	if v := reflect.ValueOf(msg); v.IsValid() && v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeOf(cmd) {
		var out []string
		for i := range v.Len() {
			out = append(out, sent(v.Index(i).Interface().(tea.Cmd))...)
		}
		return out
	}
	return []string{fmt.Sprint(msg)}
}
