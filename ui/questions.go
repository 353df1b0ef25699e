package ui

import (
	tea "charm.land/bubbletea/v2"

	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/screen/presets"
	"trailsift/ui/theme"
	"trailsift/ui/widget/palette"
)

// questions are the standard questions as the palette names them; those that the evidence cannot
// answer are dim and say why.
func (r *Root) questions() []palette.Extra {
	var out []palette.Extra
	for _, s := range r.bases[keys.GoPresets].(*presets.Presets).List() {
		why := s.Reason(r.summary.over, r.jobs.loading() || !r.summary.known)
		out = append(out, palette.Extra{Kind: "question", Name: r.theme.Show(safe.New(s.Title).String()), Also: s.Name, Dim: why != "", Do: func() tea.Cmd {
			if why != "" {
				r.Notice(theme.Warn, "this case cannot answer it: "+safe.New(why).String())
				return nil
			}
			return presets.Answer(r, r.options.Backend, r.covers, s)
		}})
	}
	return out
}
