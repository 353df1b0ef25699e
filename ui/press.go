package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
)

// key turns a key press into text or an act: the top overlay first, then the screen.
func (r *Root) key(k tea.KeyPressMsg) tea.Cmd {
	r.notices.read()
	r.keyed = true
	defer func() { r.keyed = false }()
	name := k.String()
	pane, typing := r.top().Pane(), r.top().Typing()
	if o, ok := r.overlay(); ok {
		pane, typing = o.Pane(), o.Typing()
	}
	if typing && k.Text != "" && k.Mod&(tea.ModCtrl|tea.ModAlt) == 0 {
		return r.typed(k)
	}
	if r.prefix != "" {
		name = r.prefix + " " + name
		r.prefix = ""
		act, _ := keys.Lookup(pane, name)
		if act == "" {
			if !strings.HasSuffix(name, " esc") {
				r.Notice(theme.Warn, safe.New(name).String()+" means nothing here")
			}
			return nil
		}
		return r.act(act)
	}
	act, prefix := keys.Lookup(pane, name)
	switch {
	case act != "":
		return r.act(act)
	case prefix:
		r.prefix = name
		return nil
	case len(r.overlays) == 0 && !typing && (name == "+" || name == "-" || name == "="):
		r.Notice(theme.Warn, "what is listed here is no value of a filter: "+name+" has nothing to work on")
		return nil
	case len(r.overlays) == 0 && !typing && k.Text != "":
		r.Notice(theme.Warn, safe.New(name).String()+" does nothing here; ? lists the keys")
		return nil
	}
	return r.typed(k)
}

func (r *Root) typed(k tea.KeyPressMsg) tea.Cmd {
	o, ok := r.overlay()
	if !ok {
		return r.top().Type(k)
	}
	cmd := o.Type(k)
	if o.Done() && o.Pane() == keys.Briefing {
		// The briefing makes way for whoever already knows what to do.
		r.reap()
		return tea.Batch(cmd, r.key(k))
	}
	return cmd
}
