package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/queries/export"
	"trailsift/queries/preset"
)

// offeredValues bounds the values that a shell is offered for a parameter.
const offeredValues = 200

// completeParam offers the parameters of a preset and, behind the equals sign, the values that the
// case holds in the field that completes one: the most frequent first.
func (p *program) completeParam(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	const keep = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	if len(args) < 2 {
		return nil, keep
	}
	var out []string
	err := p.withCase(args[0], func(s *session) error {
		all, _ := p.readPresets(s)
		for _, q := range all {
			if q.Name == args[1] {
				var err error
				out, err = p.offers(c, s, q, typed)
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return out, keep | cobra.ShellCompDirectiveNoSpace
}

func (p *program) offers(c *cobra.Command, s *session, q preset.Preset, typed string) ([]string, error) {
	name, begun, valued := strings.Cut(typed, "=")
	var out []string
	for _, a := range q.Params {
		switch {
		case !valued && strings.HasPrefix(a.Name, name):
			out = append(out, a.Name+"=\t"+a.Help)
		case valued && a.Name == name && a.Field != "" && a.Field != string(model.FieldObject):
			found, err := s.engine.GroupBy(c.Context(), model.Query{}, []model.Field{model.Field(a.Field)}, offeredValues)
			if err != nil {
				return nil, err
			}
			var have []filter.ValueCount
			for _, g := range found {
				have = append(have, filter.ValueCount{Value: export.Text(g.Values[0]), Count: g.Count})
			}
			for _, o := range a.Complete(begun, have) {
				// What a terminal would have to escape is not offered: it could not be typed back.
				if text := begun[:o.From] + o.Text; strings.HasPrefix(text, begun) && p.printable(text) == text {
					out = append(out, name+"="+text)
				}
			}
		}
	}
	return out, nil
}
