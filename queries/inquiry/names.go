package inquiry

import (
	"context"

	"trailsift/model"
	"trailsift/model/filter"
)

// otherNames adds the names of the same owner that the list of actors joins: records that tell no ARN
// name a principal id, which other records tell with the ARN; CloudTrail calls an account's own
// credentials root, the access log tells the canonical id.
func (d *drawing) otherNames(ctx context.Context) error {
	var names []string
	var err error
	terms := d.q.Filter.Terms
	term := terms[len(terms)-1]
	switch {
	case kindOf(d.card.Value) == "root":
		names, err = canonicalsOf(ctx, d.s, accountOfARN(d.card.Value))
	case d.card.Kind == "principal", d.card.Kind == "role", d.card.Kind == "name":
		names, err = principalsOf(ctx, d.s, term, d.card.Kind == "role")
	}
	if err != nil || len(names) == 0 {
		return err
	}
	term.Values = append(term.Values[:len(term.Values):len(term.Values)], is(model.FieldActor, names...).Values...)
	d.q.Filter = d.q.Filter.Replace(len(terms)-1, term)
	return nil
}

// principalsOf are the names, account and principal id, under which records that tell no ARN know the
// actors of term; of a role those of every session.
func principalsOf(ctx context.Context, s ActorSource, term model.Term, role bool) ([]string, error) {
	used, err := s.Credentials(ctx, query(model.Filter{}, term), 0)
	if err != nil {
		return nil, err
	}
	want := model.Term{Field: model.FieldActor}
	seen := map[model.Value]bool{}
	for _, c := range used {
		name := accountOfARN(c.Actor) + ":" + c.PrincipalID
		m := principal.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		v := model.Value{Text: name}
		if role {
			v = model.Value{Text: filter.Literal(m[1]+":"+m[2]) + ":*", Glob: true}
		}
		if !seen[v] {
			seen[v], want.Values = true, append(want.Values, v)
		}
	}
	return namesAmong(ctx, s, want)
}

// namesAmong are the actors that a term keeps, at most namesTied of them.
func namesAmong(ctx context.Context, s ActorSource, want model.Term) ([]string, error) {
	if len(want.Values) == 0 {
		return nil, nil
	}
	groups, err := s.GroupBy(ctx, query(model.Filter{}, want), []model.Field{model.FieldActor}, namesTied)
	var names []string
	for _, g := range groups {
		if name, ok := g.Values[0].(string); ok {
			names = append(names, name)
		}
	}
	return names, err
}

// canonicalsOf are the canonical ids of an account.
func canonicalsOf(ctx context.Context, s ActorSource, account string) ([]string, error) {
	all, err := namesAmong(ctx, s, matches(model.FieldActor, canonicalID.String()))
	var out []string
	for _, id := range all {
		owner, _, tied := accountOfCanonical(ctx, s, id)
		if tied != nil {
			return nil, tied
		}
		if owner == account {
			out = append(out, id)
		}
	}
	return out, err
}
