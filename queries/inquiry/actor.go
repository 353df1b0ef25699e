package inquiry

import (
	"cmp"
	"context"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
)

// ActorSource also counts values and lists credentials.
type ActorSource interface {
	Source
	GroupBy(ctx context.Context, q model.Query, fields []model.Field, limit int) ([]model.Group, error)
	Credentials(ctx context.Context, q model.Query, limit int) ([]model.Credential, error)
}

// Limits of one card.
const (
	cardShares = 50
	cardHomes  = 500
	cardSteps  = 500
	cardKeys   = 200
)

var (
	keyID       = regexp.MustCompile(`^A[KS]IA[A-Z0-9]{8,}$`)
	accountID   = regexp.MustCompile(`^\d{12}$`)
	canonicalID = regexp.MustCompile(`^[0-9a-f]{64}$`)
	roleARN     = regexp.MustCompile(`^arn:(aws[a-z-]*):iam::(\d{12}):role/(?:.*/)?([^/]+)$`)
)

// ActorTerm takes a value for what it looks like, ARN, access key, address, account, canonical id or
// else the name of a session, and says which. A role stands for its sessions.
func ActorTerm(value string) (model.Term, string) {
	if m := roleARN.FindStringSubmatch(value); m != nil {
		t := is(model.FieldActor, value)
		sessions := "arn:" + m[1] + ":sts::" + m[2] + ":assumed-role/" + filter.Literal(m[3]) + "/*"
		t.Values = append(t.Values, model.Value{Text: sessions, Glob: true})
		return t, "role"
	}
	_, notAddress := netip.ParseAddr(value)
	_, notBlock := netip.ParsePrefix(value)
	switch {
	case strings.HasPrefix(value, "arn:") && strings.Contains(value, ":assumed-role/"):
		return is(model.FieldActor, value), "session"
	case strings.HasPrefix(value, "arn:"), value == "anonymous":
		return is(model.FieldActor, value), "principal"
	case keyID.MatchString(value):
		return is(model.FieldAccessKey, value), "access key"
	case accountID.MatchString(value):
		return is(model.FieldActorAccount, value), "account"
	case canonicalID.MatchString(value):
		return is(model.FieldActor, value), "canonical id"
	case notAddress == nil || notBlock == nil:
		return is(model.FieldIP, value), "address"
	}
	return is(model.FieldSession, value), "session name"
}

// Actor draws the card of an actor among the requests that f keeps.
func Actor(ctx context.Context, s ActorSource, f model.Filter, value string) (answer.Card, error) {
	return model.Whole(ctx, ActorParts(s, f, value))
}

// drawing is a card that is being drawn. The steps only ever replace what is in it.
type drawing struct {
	s    ActorSource
	f    model.Filter
	q    model.Query
	card answer.Card
}

// ActorParts are the steps to the card of Actor: who it is and the sums but for objects, then part by part
// in the order they stand in. Lists that are not there yet are empty.
func ActorParts(s ActorSource, f model.Filter, value string) []model.Part[answer.Card] {
	d := &drawing{s: s, f: f, card: answer.Card{Value: value, Steps: []answer.Step{}, Lineage: []answer.Link{}, Aliases: []string{}}}
	part := func(doing string, do func(ctx context.Context) error) model.Part[answer.Card] {
		return model.Part[answer.Card]{Doing: doing, Do: func(ctx context.Context) (answer.Card, error) {
			if d.q.Filter.Terms != nil && d.card.Requests == 0 {
				return d.card, nil // there is nothing to tell
			}
			err := do(ctx)
			return d.card, err
		}}
	}
	share := func(f model.Field, into *answer.Shares) func(ctx context.Context) error {
		return func(ctx context.Context) (err error) { *into, err = sharesOf(ctx, s, d.q, f); return err }
	}
	c := &d.card
	return []model.Part[answer.Card]{
		{Doing: "the requests", Peek: true, Do: d.peek},
		part("the sums", d.begin),
		part("other names", func(ctx context.Context) (err error) { c.Aliases, err = aliases(ctx, s, value, c.Kind); return err }),
		part("the sequence", func(ctx context.Context) (err error) {
			c.Steps, c.StepsTruncated, err = steps(ctx, s, d.q, c.Totals)
			return err
		}),
		part("homes", func(ctx context.Context) (err error) { c.Homes, err = homes(ctx, s, d.q); return err }),
		{Doing: "lineage", Do: d.lineage},
		part("actors", share(model.FieldActor, &c.Actors)),
		part("access keys", share(model.FieldAccessKey, &c.AccessKeys)),
		part("addresses", share(model.FieldIP, &c.Addresses)),
		part("agents", share(model.FieldAgent, &c.Agents)),
		part("regions", share(model.FieldRegion, &c.Regions)),
		part("operations", share(model.FieldOp, &c.Operations)),
		part("buckets", share(model.FieldBucket, &c.Buckets)),
		part("objects", func(ctx context.Context) error { return totals(ctx, s, d.q, model.TallyBy{Parts: true}, c) }),
	}
}

// lineage is told of what made no request too: it may have been issued.
func (d *drawing) lineage(ctx context.Context) (_ answer.Card, err error) {
	d.card.Lineage, err = lineage(ctx, d.s, d.q, d.card.Value)
	return d.card, err
}

// peek takes the value for what it is and counts its requests.
func (d *drawing) peek(ctx context.Context) (answer.Card, error) {
	out := d.card
	q, kind, err := d.of(ctx)
	if err != nil {
		return out, err
	}
	out.Kind, out.Filter = kind, filter.Print(q.Filter)
	const n = model.NotYet
	out.Totals = answer.Totals{Denied: n, Failed: n, Objects: n, CloudTrailOut: n, CloudTrailIn: n, AccessOnlyOut: n}
	out.Rows, err = d.s.Count(ctx, q)
	out.Requests = out.Rows
	return out, err
}

// of is what asks for the actor's requests, and what the value was taken for.
func (d *drawing) of(ctx context.Context) (model.Query, string, error) {
	term, kind := ActorTerm(d.card.Value)
	if kind == "session name" {
		n, err := d.s.Count(ctx, query(d.f, term))
		if err != nil {
			return model.Query{}, kind, err
		}
		if n == 0 { // no session; a user or a service may be called so
			value := d.card.Value
			term = model.Term{Field: model.FieldActor, Values: []model.Value{{Text: value}, {Text: "*:user/" + filter.Literal(value), Glob: true}, {Text: "*/" + filter.Literal(value), Glob: true}}}
			kind = "name"
		}
	}
	return query(d.f, term), kind, nil
}

// begin adds up the requests.
func (d *drawing) begin(ctx context.Context) (err error) {
	if d.q, d.card.Kind, err = d.of(ctx); err != nil {
		return err
	}
	if err := d.otherNames(ctx); err != nil {
		return err
	}
	d.card.Filter = filter.Print(d.q.Filter)
	err = totals(ctx, d.s, d.q, model.TallyBy{NoObjects: true, Parts: true}, &d.card)
	if d.card.Requests == 0 {
		d.card.Objects = 0
	}
	return err
}

func totals(ctx context.Context, s Source, q model.Query, by model.TallyBy, out *answer.Card) error {
	lines, err := s.Tally(ctx, q, by)
	for _, t := range lines {
		out.Totals = totalsOf(t)
	}
	return err
}

// sharesOf counts the values of one field, the most requests first. Rows without it are left out.
func sharesOf(ctx context.Context, s Source, q model.Query, f model.Field) (answer.Shares, error) {
	q = query(q.Filter, has(f))
	lines, err := s.Tally(ctx, q, model.TallyBy{Fields: []model.Field{f}, Limit: cardShares + 1, NoObjects: true, Parts: true})
	if err != nil {
		return answer.Shares{}, err
	}
	out := answer.Shares{Values: []answer.Share{}}
	listed := int64(0)
	for _, t := range lines[:min(len(lines), cardShares)] {
		v, _ := t.Values[0].(string)
		out.Values = append(out.Values, answer.Share{Value: v, Requests: t.Calls(), Rows: t.Requests, Denied: t.Denied, First: moment(t.First), Last: moment(t.Last)})
		listed += t.Requests
	}
	if len(lines) > cardShares {
		all, err := s.Count(ctx, q)
		if err != nil {
			return out, err
		}
		out.More = all - listed
	}
	slices.SortStableFunc(out.Values, func(a, b answer.Share) int { return cmp.Compare(b.Requests, a.Requests) })
	return out, nil
}

// homes lists where each access key was used from, in the order of first use, and what was new. A service's own call has no home.
func homes(ctx context.Context, s Source, q model.Query) ([]answer.Home, error) {
	fields := []model.Field{model.FieldAccessKey, model.FieldIP, model.FieldAgent, model.FieldTLS, model.FieldVPCE}
	lines, err := s.Tally(ctx, query(q.Filter, has(model.FieldAccessKey), lacks(model.FieldInvokedBy)), model.TallyBy{Fields: fields, Limit: cardHomes, NoObjects: true, Parts: true})
	if err != nil {
		return nil, err
	}
	out := []answer.Home{}
	for _, t := range lines {
		h := answer.Home{Requests: t.Calls(), First: moment(t.First), Last: moment(t.Last)}
		for i, into := range []*string{&h.AccessKey, &h.IP, &h.Agent, &h.TLS, &h.Endpoint} {
			*into, _ = t.Values[i].(string)
		}
		out = append(out, h)
	}
	slices.SortStableFunc(out, func(a, b answer.Home) int {
		return cmp.Or(cmp.Compare(a.AccessKey, b.AccessKey), compareMoments(a.First, b.First))
	})
	first := 0
	for i := range out {
		if out[i].AccessKey != out[first].AccessKey {
			first = i
		}
		out[i].Changed = moved(out[first:i], out[i])
	}
	inOrderOfKeys(out)
	return out, nil
}

// inOrderOfKeys puts the keys that moved first, then goes by their first use. Another version of TLS alone is
// no move: one client may speak two.
func inOrderOfKeys(all []answer.Home) {
	stayed, began := map[string]int{}, map[string]*time.Time{}
	for _, h := range all {
		if _, known := began[h.AccessKey]; !known {
			stayed[h.AccessKey], began[h.AccessKey] = 1, h.First // the earliest comes first
		}
		if slices.ContainsFunc(h.Changed, func(what string) bool { return what != "tls" }) {
			stayed[h.AccessKey] = 0
		}
	}
	slices.SortStableFunc(all, func(a, b answer.Home) int {
		return cmp.Or(cmp.Compare(stayed[a.AccessKey], stayed[b.AccessKey]), compareMoments(began[a.AccessKey], began[b.AccessKey]), cmp.Compare(a.AccessKey, b.AccessKey))
	})
}

// moved names what of a home none of the same key's earlier ones had. Records that do not tell a
// part say nothing of it, but for the endpoint: calls without one after calls through one left it.
func moved(before []answer.Home, now answer.Home) []string {
	if len(before) == 0 {
		return nil
	}
	var out []string
	for _, part := range []struct {
		name string
		of   func(answer.Home) string
	}{
		{"address", func(h answer.Home) string { return h.IP }}, {"agent", func(h answer.Home) string { return h.Agent }},
		{"tls", func(h answer.Home) string { return h.TLS }}, {"endpoint", func(h answer.Home) string { return h.Endpoint }},
	} {
		value, told := part.of(now), false
		known := slices.ContainsFunc(before, func(h answer.Home) bool {
			told = told || part.of(h) != ""
			return part.of(h) == value
		})
		if !known && told && (value != "" || part.name == "endpoint") {
			out = append(out, part.name)
		}
	}
	return out
}

// aliases joins a canonical id with the account whose buckets it owns: the access log names a bucket's
// owner by canonical id, CloudTrail by account.
func aliases(ctx context.Context, s Source, value, kind string) ([]string, error) {
	out := []string{}
	if kind != "canonical id" && kind != "account" {
		return out, nil
	}
	lines, err := s.Tally(ctx, query(model.Filter{}, has(model.FieldBucketAccount), has(model.FieldBucket)), model.TallyBy{Fields: []model.Field{model.FieldBucket, model.FieldBucketAccount}, NoObjects: true})
	if err != nil {
		return out, err
	}
	for _, t := range lines {
		bucket, _ := t.Values[0].(string)
		account, _ := t.Values[1].(string)
		if kind == "account" && account != value {
			continue
		}
		owner, err := ownerOf(ctx, s, bucket)
		if err != nil {
			return out, err
		}
		name := account
		if kind == "account" {
			name = owner
		} else if owner != value {
			continue
		}
		if text := name + ", owner of bucket " + bucket + " in both logs"; name != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out, nil
}

// ownerOf is the canonical id of a bucket's owner, by the access log.
func ownerOf(ctx context.Context, s Source, bucket string) (string, error) {
	owner := ""
	fields := []model.Field{model.FieldExtra}
	err := s.Stream(ctx, query(model.Filter{}, is(model.FieldLog, model.AccessLog.String()), is(model.FieldBucket, bucket)), fields, 1, func(m model.Row) error {
		owner, _ = row{fields, m.Values}.object(model.FieldExtra)["bucket_owner"].(string)
		return nil
	})
	return owner, err
}
