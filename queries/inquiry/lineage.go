package inquiry

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
)

const (
	lineageDepth = 8               // hops followed up and down
	issueSlack   = 2 * time.Second // between the call that issues a session and the session's creation time
)

// issuingOps are the calls whose answers hold new credentials.
var issuingOps = []string{"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "GetSessionToken", "GetFederationToken", "CreateAccessKey"}

// issue is one such call.
type issue struct {
	event       answer.Event
	at          time.Time
	key         string // the issued one; empty where the record does not tell
	principalID string // of the session
	arn         string // the session's own
}

// family knows every issued and every used credential.
type family struct {
	issues []issue
	used   map[string]model.Credential // by access key: the first session it was used in
}

// lineage tells for the credentials that q's requests used where each comes from and what it asked for.
// One that was issued and never used is known by value, its access key or the session's ARN.
func lineage(ctx context.Context, s ActorSource, q model.Query, value string) ([]answer.Link, error) {
	mine, err := s.Credentials(ctx, q, cardKeys)
	if err != nil {
		return []answer.Link{}, err
	}
	f := family{used: map[string]model.Credential{}}
	if err := f.read(ctx, s); err != nil {
		return nil, err
	}
	if len(mine) == 0 {
		mine = f.issued(value)
	}
	if len(mine) == 0 {
		return []answer.Link{}, nil
	}
	if err := f.meet(ctx, s, mine); err != nil {
		return nil, err
	}
	out := []answer.Link{}
	seen := map[string]bool{}
	for _, c := range mine {
		if seen[c.AccessKey] {
			continue
		}
		seen[c.AccessKey] = true
		l := f.link(c.AccessKey)
		f.up(&l, map[string]bool{c.AccessKey: true})
		l.Issues = f.down(c.AccessKey, map[string]bool{c.AccessKey: true})
		out = append(out, l)
	}
	return out, nil
}

// issued are the credentials that calls issued to value.
func (f *family) issued(value string) []model.Credential {
	var out []model.Credential
	for _, i := range f.issues {
		if i.key != "" && (i.key == value || i.arn == value) && len(out) < cardKeys {
			out = append(out, model.Credential{AccessKey: i.key})
		}
	}
	return out
}

// keysAtOnce bounds the access keys of one query.
const keysAtOnce = 500

// meet learns how credentials were used: mine, and those that issuing calls were made with or issued. A
// call whose answer tells no key may have issued any that belongs to a session.
func (f *family) meet(ctx context.Context, s ActorSource, mine []model.Credential) error {
	keys, sessions := map[string]bool{}, false
	for _, c := range mine {
		keys[c.AccessKey] = true
	}
	for _, i := range f.issues {
		keys[i.event.AccessKey], keys[i.key] = true, true
		sessions = sessions || i.key == "" && i.principalID != ""
	}
	delete(keys, "")
	ask := func(q model.Query) error {
		all, err := s.Credentials(ctx, q, 0)
		for _, c := range all {
			if _, ok := f.used[c.AccessKey]; !ok {
				f.used[c.AccessKey] = c
			}
		}
		return err
	}
	if sessions {
		return ask(model.Query{})
	}
	names := slices.Sorted(maps.Keys(keys))
	for chunk := range slices.Chunk(names, keysAtOnce) {
		if err := ask(query(model.Filter{}, is(model.FieldAccessKey, chunk...))); err != nil {
			return err
		}
	}
	return nil
}

func (f *family) read(ctx context.Context, s Source) error {
	q := query(model.Filter{}, is(model.FieldOp, issuingOps...), worked)
	return rows(ctx, s, q, []model.Field{model.FieldResponse}, func(r row) error {
		i := issue{event: r.event(), at: r.time()}
		response := r.object(model.FieldResponse)
		for _, name := range []string{"credentials", "accessKey"} {
			if c, ok := response[name].(map[string]any); ok {
				i.key, _ = c["accessKeyId"].(string)
			}
		}
		for _, name := range []string{"assumedRoleUser", "federatedUser"} {
			if u, ok := response[name].(map[string]any); ok {
				i.arn, _ = u["arn"].(string)
				for _, id := range []string{"assumedRoleId", "federatedUserId"} {
					if v, ok := u[id].(string); ok {
						i.principalID = v
					}
				}
			}
		}
		f.issues = append(f.issues, i)
		return nil
	})
}

func (f *family) link(key string) answer.Link {
	c := f.used[key]
	return answer.Link{AccessKey: key, Actor: c.Actor, Requests: c.Requests, First: moment(c.First), Last: moment(c.Last)}
}

// tell says in l how its key was issued, and that nothing used it where that is so.
func (i issue) tell(l *answer.Link, by string) {
	l.By, l.Via, l.Issued, l.Record = by, i.event.Op, i.event.Time, i.event.Record
	l.Actor = cmp.Or(l.Actor, i.arn)
	if l.Requests == 0 {
		l.Note = "no use of it is in evidence"
	}
}

// origin is the call that issued a key: the one whose answer names it, else the one whose session has
// the same id and was created when it was made.
func (f *family) origin(key string) (issue, string, bool) {
	for _, i := range f.issues {
		if i.key != "" && i.key == key {
			return i, "issued-key", true
		}
	}
	c, ok := f.used[key]
	if !ok || c.PrincipalID == "" || c.Created.IsZero() {
		return issue{}, "", false
	}
	for _, i := range f.issues {
		if i.key == "" && i.principalID == c.PrincipalID && i.at.Sub(c.Created).Abs() <= issueSlack {
			return i, "session-time", true
		}
	}
	return issue{}, "", false
}

// up follows a key to the credential that asked for it, and on.
func (f *family) up(l *answer.Link, seen map[string]bool) {
	i, by, ok := f.origin(l.AccessKey)
	switch {
	case !ok && strings.HasPrefix(l.AccessKey, "ASIA"):
		l.Note = "issuer not in evidence"
		if c := f.used[l.AccessKey]; strings.HasPrefix(c.Session, "i-") {
			l.Note += "; the session is named like an instance, which gets its credentials from EC2"
		}
		return
	case !ok:
		l.Note = "a long-term key; its creation is not in evidence"
		return
	}
	i.tell(l, by)
	parent := i.event.AccessKey
	if parent == "" || seen[parent] || len(seen) > lineageDepth {
		from := answer.Link{AccessKey: parent, Actor: i.event.Actor}
		l.From = &from
		return
	}
	seen[parent] = true
	from := f.link(parent)
	f.up(&from, seen)
	l.From = &from
}

// down lists the credentials that a key asked for, and theirs.
func (f *family) down(key string, seen map[string]bool) []answer.Link {
	var out []answer.Link
	for _, i := range f.issues {
		if i.event.AccessKey != key {
			continue
		}
		child, by := i.key, "issued-key"
		if child == "" {
			if child, by = f.session(i), "session-time"; child == "" {
				out = append(out, answer.Link{Via: i.event.Op, Issued: i.event.Time, Record: i.event.Record, Note: "the record does not tell the key"})
				continue
			}
		}
		l := f.link(child)
		i.tell(&l, by)
		if !seen[child] && len(seen) <= lineageDepth*cardKeys {
			seen[child] = true
			l.Issues = f.down(child, seen)
		}
		out = append(out, l)
	}
	return out
}

// session is the key used in the session that a call began; empty when there is none.
func (f *family) session(i issue) string {
	var keys []string
	for key, c := range f.used {
		if i.principalID != "" && c.PrincipalID == i.principalID && !c.Created.IsZero() && i.at.Sub(c.Created).Abs() <= issueSlack {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	if len(keys) == 0 {
		return ""
	}
	return keys[0]
}
