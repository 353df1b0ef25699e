package ui

import (
	"encoding/base64"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model/safe"
	"trailsift/ui/theme"
)

// copyLimit bounds what is sent at once, in bytes: terminals drop longer sequences in silence.
const copyLimit = 72 << 10

// Copy sends text to the terminal's clipboard by OSC 52. Whether the terminal takes it is not told
// to programs, so it is never claimed. Inside tmux the sequence is sent once as it is, for tmux to
// act on when set-clipboard allows it, and once wrapped, for the terminal around it when
// allow-passthrough does.
func (r *Root) Copy(text string) tea.Cmd {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, l := range lines {
		lines[i] = safe.New(l).String()
	}
	text = strings.Join(lines, "\n")
	if text == "" {
		r.Notice(theme.Warn, "there is nothing to copy")
		return nil
	}
	if len(text) > copyLimit {
		r.Notice(theme.Warn, "too much for a terminal's clipboard; export it instead")
		return nil
	}
	r.Notice(theme.Text, "sent to the terminal's clipboard")
	if !r.options.Tmux {
		return tea.SetClipboard(text)
	}
	return tea.Sequence(tea.SetClipboard(text), tea.Raw(passthrough(text)))
}

// passthrough is the sequence as tmux hands it on: wrapped, its escapes doubled.
func passthrough(text string) string {
	return "\x1bPtmux;\x1b\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(text)) + "\a\x1b\\"
}
