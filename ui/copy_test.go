package ui

import (
	"fmt"
	"strings"
	"testing"
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
