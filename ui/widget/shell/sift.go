package shell

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
)

// Sift opens the requests that keep, drop and only-this mean on a line which stands for own among the
// rows of base: those with it, all others, or those with it whatever base says of the same fields.
func Sift(sh Shell, a keys.Action, title string, base model.Filter, own []model.Term) tea.Cmd {
	own = slices.DeleteFunc(slices.Clone(own), func(t model.Term) bool {
		return slices.ContainsFunc(base.Terms, func(o model.Term) bool {
			return model.Filter{Terms: []model.Term{o}}.Equal(model.Filter{Terms: []model.Term{t}})
		})
	})
	f := base
	switch a {
	case keys.Drop:
		t, ok := single(own)
		if !ok {
			sh.Notice(theme.Warn, "what this line stands for cannot be left out by one condition; enter lists it, and - leaves values out there")
			return nil
		}
		if t.Field == model.FieldObject && len(own) > 1 {
			sh.Notice(theme.Warn, CopiesToo)
		}
		t.Not = !t.Not
		return sh.ShowFilter("without "+title, base.With(t))
	case keys.Only:
		for _, t := range own {
			f = f.Only(t)
		}
	default:
		for _, t := range own {
			f = f.With(t)
		}
	}
	return sh.ShowFilter(title, f)
}

// CopiesToo is said where a place among the objects is left out by the field object, the only one that
// names a bucket and a key in one condition: it also matches what a copy read.
const CopiesToo = "copies of it are left out too: the field object knows what a copy read"

// single is one condition that says the same as own, if there is one. A bucket with a key is an object.
func single(own []model.Term) (model.Term, bool) {
	switch {
	case len(own) == 1:
		return own[0], true
	case len(own) != 2 || own[0].Field != model.FieldBucket || own[1].Field != model.FieldKey:
		return model.Term{}, false
	}
	b, k := own[0], own[1]
	if b.Op != model.Equals || k.Op != model.Equals || b.Not || k.Not || len(b.Values) != 1 || len(k.Values) != 1 || b.Values[0].Glob {
		return model.Term{}, false
	}
	v := model.Value{Text: b.Values[0].Text + "/" + k.Values[0].Text}
	if k.Values[0].Glob {
		v = model.Value{Text: filter.Literal(b.Values[0].Text) + "/" + k.Values[0].Text, Glob: true}
	}
	return model.Term{Field: model.FieldObject, Values: []model.Value{v}}, true
}
