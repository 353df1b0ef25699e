package inquiry

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
)

// Limits of the list of actors.
const (
	actorLines     = 20_000
	namesTied      = 200 // names without an ARN whose owner is looked for
	assumedRole    = ":assumed-role/"
	canonicalTries = 5 // requests of a canonical id that are looked up in CloudTrail
)

// principal is the name of an actor whose record tells no ARN: account and principal id.
var principal = regexp.MustCompile(`^(\d{12}):([A-Z0-9]{16,})(?::(.*))?$`)

// Actors lists who made the requests that f keeps: roles with their sessions below them, and the names
// of one owner joined where the evidence ties them: canonical ids, principal ids and ARNs.
func Actors(ctx context.Context, s ActorSource, f model.Filter) (answer.Actors, error) {
	return model.Whole(ctx, ActorsParts(s, f))
}

// ActorsParts are the steps to the list of Actors: the names with their requests, the other sums but for
// objects, everything.
func ActorsParts(s ActorSource, f model.Filter) []model.Part[answer.Actors] {
	q := model.Query{Filter: f}
	by := model.TallyBy{Fields: []model.Field{model.FieldActor}, Limit: actorLines + 1, Parts: true}
	return []model.Part[answer.Actors]{
		{Doing: "the names", Peek: true, Do: func(ctx context.Context) (answer.Actors, error) {
			groups, err := s.GroupBy(ctx, q, by.Fields, by.Limit)
			var tallies []model.Tally
			for _, g := range groups {
				tallies = append(tallies, model.Tally{Values: g.Values, Requests: g.Count, Denied: model.NotYet, Failed: model.NotYet, Objects: model.NotYet,
					CloudTrailOut: model.NotYet, CloudTrailIn: model.NotYet, AccessOut: model.NotYet})
			}
			return actorsSoFar(f, tallies), err
		}},
		{Doing: "bytes and times", Peek: true, Do: func(ctx context.Context) (answer.Actors, error) {
			by := by
			by.NoObjects = true
			tallies, err := s.Tally(ctx, q, by)
			return actorsSoFar(f, tallies), err
		}},
		{Doing: "objects, and whose names they are", Do: func(ctx context.Context) (answer.Actors, error) {
			tallies, err := s.Tally(ctx, q, by)
			if err != nil {
				return answer.Actors{}, err
			}
			return actorsOf(ctx, s, f, tallies)
		}},
	}
}

// namesIn are the actors among tallies by actor, and the requests without one. The list is cut to what
// is told of.
func namesIn(tallies []model.Tally, out *answer.Actors) ([]model.Tally, []string) {
	if len(tallies) > actorLines {
		out.More, tallies = int64(len(tallies)-actorLines), tallies[:actorLines]
	}
	var names []string
	for _, t := range tallies {
		if name, ok := t.Values[0].(string); ok {
			names = append(names, name)
		} else {
			out.Absent += t.Requests
		}
	}
	return tallies, names
}

// actorsSoFar is the list by what the names alone tell of their owners.
func actorsSoFar(f model.Filter, tallies []model.Tally) answer.Actors {
	out := answer.Actors{Filter: filter.Print(f), Lines: []answer.ActorLine{}}
	tallies, names := namesIn(tallies, &out)
	for _, g := range grouped(f, tallies, ownersByName(names), nil) {
		addUp(f, g)
		if g.Objects == 0 {
			g.Objects = model.NotYet
		}
		for _, n := range []*int64{&g.Denied, &g.Failed, &g.CloudTrailOut, &g.CloudTrailIn, &g.AccessOnlyOut} {
			*n = max(*n, model.NotYet)
		}
		out.Lines = append(out.Lines, *g)
	}
	inOrder(out.Lines)
	return out
}

func inOrder(lines []answer.ActorLine) {
	slices.SortFunc(lines, func(a, b answer.ActorLine) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Name, b.Name))
	})
}

// grouped are the lines of the owners with those of their names below them.
func grouped(f model.Filter, tallies []model.Tally, owners, why map[string]string) map[string]*answer.ActorLine {
	groups := map[string]*answer.ActorLine{}
	for _, t := range tallies {
		name, ok := t.Values[0].(string)
		if !ok {
			continue
		}
		owner := owners[name]
		g := groups[owner]
		if g == nil {
			g = &answer.ActorLine{Name: owner, Card: owner, Kind: kindOf(owner)}
			groups[owner] = g
		}
		if owner != name && (kindOf(owner) == "account" && g.Card == owner || kindOf(name) == "root") {
			g.Card = rootOf(owner, name) // an account's name draws the card of everybody in it
		}
		line := lineOf(t, name, f)
		line.Why = why[name]
		g.Below = append(g.Below, line)
	}
	return groups
}

// rootOf is the ARN of an account's own credentials, which may be the name itself.
func rootOf(account, name string) string {
	if kindOf(name) == "root" {
		return name
	}
	return "arn:aws:iam::" + account + ":root"
}

// actorsOf is the whole list.
func actorsOf(ctx context.Context, s ActorSource, f model.Filter, tallies []model.Tally) (answer.Actors, error) {
	out := answer.Actors{Filter: filter.Print(f), Lines: []answer.ActorLine{}}
	tallies, names := namesIn(tallies, &out)
	owners, why, err := ownersOf(ctx, s, names)
	if err != nil {
		return out, err
	}
	objects, err := roleObjects(ctx, s, f)
	if err != nil {
		return out, err
	}
	for _, g := range grouped(f, tallies, owners, why) {
		if err := sumUp(ctx, s, f, g, objects); err != nil {
			return out, err
		}
		out.Lines = append(out.Lines, *g)
	}
	inOrder(out.Lines)
	return out, nil
}

func lineOf(t model.Tally, name string, f model.Filter) answer.ActorLine {
	return answer.ActorLine{Name: name, Kind: kindOf(name), Card: name, Filter: printed(f, is(model.FieldActor, name)), Totals: totalsOf(t)}
}

func totalsOf(t model.Tally) answer.Totals {
	return answer.Totals{
		Requests: t.Calls(), Rows: t.Requests, Denied: t.Denied, Failed: t.Failed, Objects: t.Objects, CloudTrailOut: t.CloudTrailOut, CloudTrailIn: t.CloudTrailIn,
		AccessOnlyOut: t.AccessOut, First: moment(t.First), Last: moment(t.Last),
	}
}

// roleObjects counts the distinct objects of all sessions of each role.
func roleObjects(ctx context.Context, s Source, f model.Filter) (map[string]int64, error) {
	sessions := model.Term{Field: model.FieldActor, Values: []model.Value{{Text: "arn:*:assumed-role/*", Glob: true}}}
	lines, err := s.Tally(ctx, query(f, sessions), model.TallyBy{Fields: []model.Field{model.FieldRole}})
	out := map[string]int64{}
	for _, t := range lines {
		if name, ok := t.Values[0].(string); ok {
			out[roleOfSession(name)] = t.Objects
		}
	}
	return out, err
}

// sumUp makes the line of an owner out of those below it. Objects are no sum: the parts may share some.
func sumUp(ctx context.Context, s Source, f model.Filter, g *answer.ActorLine, objects map[string]int64) error {
	names, sessions := addUp(f, g)
	switch {
	case names == nil:
		return nil
	case len(g.Below) == 1:
		g.Objects = g.Below[0].Objects
		return nil
	case sessions == len(g.Below):
		g.Objects = objects[g.Name]
		return nil
	}
	lines, err := s.Tally(ctx, query(f, is(model.FieldActor, names...)), model.TallyBy{})
	for _, t := range lines {
		g.Objects = t.Objects
	}
	return err
}

// addUp makes the line of an owner out of those below it, but for the objects, and gives their names and
// how many sessions are among them. An owner under its own name alone becomes that line; it gives none.
func addUp(f model.Filter, g *answer.ActorLine) (names []string, sessions int) {
	if len(g.Below) == 1 && g.Below[0].Name == g.Name {
		*g = g.Below[0]
		return nil, 0
	}
	var span spread
	for _, b := range g.Below {
		names = append(names, b.Name)
		if b.Kind == "session" {
			sessions++
		}
		g.Requests, g.Rows, g.Denied, g.Failed = g.Requests+b.Requests, g.Rows+b.Rows, g.Denied+b.Denied, g.Failed+b.Failed
		g.CloudTrailOut, g.CloudTrailIn, g.AccessOnlyOut = g.CloudTrailOut+b.CloudTrailOut, g.CloudTrailIn+b.CloudTrailIn, g.AccessOnlyOut+b.AccessOnlyOut
		if b.First != nil {
			span.add(0, *b.First, *b.Last)
		}
	}
	g.First, g.Last = moment(span.first), moment(span.last)
	term := is(model.FieldActor, names...)
	if t, kind := ActorTerm(g.Name); kind == "role" {
		term = t
		for _, n := range names {
			if !strings.Contains(n, assumedRole) { // known by its principal id only
				term.Values = append(term.Values, model.Value{Text: n})
			}
		}
	}
	g.Filter = printed(f, term)
	return names, sessions
}

// kindOf says what a name is.
func kindOf(name string) string {
	switch {
	case name == "anonymous":
		return "anonymous"
	case strings.Contains(name, assumedRole):
		return "session"
	case roleARN.MatchString(name):
		return "role"
	case strings.HasPrefix(name, "arn:") && strings.HasSuffix(name, ":root"):
		return "root"
	case strings.HasPrefix(name, "arn:") && strings.Contains(name, ":user/"):
		return "user"
	case accountID.MatchString(name):
		return "account"
	case canonicalID.MatchString(name):
		return "canonical id"
	case strings.HasSuffix(name, ".amazonaws.com") || name == "AmazonS3":
		return "service"
	}
	return "name"
}

// roleOfSession is the role whose session an ARN names. The ARN of a session leaves the role's path out.
func roleOfSession(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	rest, ok := "", false
	if len(parts) == 6 && parts[2] == "sts" {
		rest, ok = strings.CutPrefix(parts[5], "assumed-role/")
	}
	if !ok {
		return ""
	}
	role, _, _ := strings.Cut(rest, "/")
	return "arn:" + parts[1] + ":iam::" + parts[4] + ":role/" + role
}

// ownersByName says for whom each name acts by the name alone: a session for its role.
func ownersByName(names []string) map[string]string {
	owners := map[string]string{}
	for _, n := range names {
		owners[n] = cmp.Or(roleOfSession(n), n)
	}
	return owners
}

// ownersOf says for whom each name acts, and for names that tell it only by other records, why.
func ownersOf(ctx context.Context, s ActorSource, names []string) (owners, why map[string]string, err error) {
	owners, why = ownersByName(names), map[string]string{}
	var bare, canonical []string
	for _, n := range names {
		switch {
		case owners[n] != n:
		case principal.MatchString(n):
			bare = append(bare, n)
		case canonicalID.MatchString(n):
			canonical = append(canonical, n)
		}
	}
	if err := tiePrincipals(ctx, s, bare[:min(len(bare), namesTied)], owners, why); err != nil {
		return nil, nil, err
	}
	for _, id := range canonical[:min(len(canonical), namesTied)] {
		account, reason, err := accountOfCanonical(ctx, s, id)
		if err != nil {
			return nil, nil, err
		}
		if account == "" {
			continue
		}
		// The canonical id of a requester stands for the account's own credentials, which CloudTrail
		// calls root.
		owners[id], why[id] = account, reason
		for _, n := range names {
			if kindOf(n) == "root" && accountOfARN(n) == account {
				owners[n] = account
			}
		}
	}
	return owners, why, nil
}

// tiePrincipals finds the ARNs of principal ids among the credentials that were used with both.
func tiePrincipals(ctx context.Context, s ActorSource, bare []string, owners, why map[string]string) error {
	if len(bare) == 0 {
		return nil
	}
	all, err := s.Credentials(ctx, query(model.Filter{}, model.Term{Field: model.FieldActor, Values: []model.Value{{Text: "arn:*", Glob: true}}}), 0)
	if err != nil {
		return err
	}
	arns := map[string]string{}
	for _, c := range all {
		id, _, _ := strings.Cut(c.PrincipalID, ":")
		if id != "" && arns[id] == "" {
			arns[id] = cmp.Or(roleOfSession(c.Actor), c.Actor)
		}
	}
	for _, n := range bare {
		m := principal.FindStringSubmatch(n)
		if arn := arns[m[2]]; arn != "" {
			owners[n], why[n] = arn, "principal id "+m[2]+" is that of "+arn+" in other records"
		}
	}
	return nil
}

// accountOfCanonical finds the account a canonical id belongs to: that of the CloudTrail records of
// requests that the access log tells of it, else that of a bucket it owns.
func accountOfCanonical(ctx context.Context, s Source, id string) (account, why string, err error) {
	var requests []string
	q := query(model.Filter{}, is(model.FieldLog, model.AccessLog.String()), is(model.FieldActor, id), is(model.FieldWitness, model.WitnessBoth.String()), has(model.FieldRequestID))
	err = s.Stream(ctx, q, []model.Field{model.FieldRequestID}, canonicalTries, func(m model.Row) error {
		if r, ok := m.Values[0].(string); ok {
			requests = append(requests, r)
		}
		return nil
	})
	if err != nil || len(requests) == 0 {
		if err == nil {
			account, err = bucketAccount(ctx, s, id)
			why = "owner of a bucket of account " + account
		}
		return account, why, err
	}
	q = query(model.Filter{}, is(model.FieldLog, model.CloudTrail.String()), is(model.FieldRequestID, requests...), has(model.FieldActorAccount))
	err = s.Stream(ctx, q, []model.Field{model.FieldActorAccount, model.FieldRequestID}, 1, func(m model.Row) error {
		account, _ = m.Values[0].(string)
		request, _ := m.Values[1].(string)
		why = "CloudTrail names account " + account + " for the same request, " + request
		return nil
	})
	return account, why, err
}

// bucketAccount is the account of the buckets that a canonical id owns by the access log.
func bucketAccount(ctx context.Context, s Source, id string) (string, error) {
	lines, err := s.Tally(ctx, query(model.Filter{}, has(model.FieldBucketAccount), has(model.FieldBucket)), model.TallyBy{Fields: []model.Field{model.FieldBucket, model.FieldBucketAccount}, NoObjects: true})
	if err != nil {
		return "", err
	}
	for _, t := range lines {
		bucket, _ := t.Values[0].(string)
		account, _ := t.Values[1].(string)
		owner, err := ownerOf(ctx, s, bucket)
		if err != nil || owner == id {
			return account, err
		}
	}
	return "", nil
}
