package inquiry

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/secret"
)

// SignedLinks lists the pre-signed links used among f's requests: who signed them, when and for how
// long, and from where they were used. A link is told apart by its signer, object and signing time. A
// request that f keeps from both logs is one use, with what CloudTrail tells of its bytes.
func SignedLinks(ctx context.Context, s Source, f model.Filter) ([]answer.SignedLink, error) {
	type id struct {
		key, bucket, object string
		signed              time.Time
	}
	found := map[id]*answer.SignedLink{}
	spans := map[id]*spread{}
	uses := map[id]*twice{}
	q := query(f, is(model.FieldAuth, "query"))
	err := rows(ctx, s, q, []model.Field{model.FieldRequest, model.FieldExtra, model.FieldHostID}, func(r row) error {
		signed, expires, signature := signing(r)
		at := id{r.text(model.FieldAccessKey), r.text(model.FieldBucket), r.text(model.FieldKey), signed}
		l := found[at]
		if l == nil {
			l = &answer.SignedLink{AccessKey: at.key, Bucket: at.bucket, Key: at.object, Signed: moment(signed), Expires: moment(expires), Signatures: []string{}, Addresses: []string{}, Signers: []string{}}
			found[at], spans[at], uses[at] = l, &spread{}, &twice{events: map[string][]string{}}
		}
		if u := (use{r.text(model.FieldRequestID), r.text(model.FieldHostID), value(r.number(model.FieldBytesOut)), r.text(model.FieldOutcome) != model.OK.String()}); !uses[at].waits(r, u) {
			u.count(l)
		}
		l.Addresses = once(l.Addresses, r.text(model.FieldIP))
		if signature != "" {
			if !secret.IsMark(signature) {
				signature = secret.Mark(signature)
			}
			l.Signatures = once(l.Signatures, signature)
		}
		spans[at].add(1, r.time(), r.time())
		return nil
	})
	if err != nil {
		return nil, err
	}
	signers, err := signerAddresses(ctx, s)
	if err != nil {
		return nil, err
	}
	out := []answer.SignedLink{}
	for at, l := range found {
		l.First, l.Last = moment(spans[at].first), moment(spans[at].last)
		for _, u := range uses[at].lines {
			if !uses[at].told(u) {
				u.count(l)
			}
		}
		l.Signers = append(l.Signers, signers[l.AccessKey]...)
		l.Stranger = len(l.Signers) > 0 && slices.ContainsFunc(l.Addresses, func(a string) bool { return !slices.Contains(l.Signers, a) })
		out = append(out, *l)
	}
	slices.SortFunc(out, func(a, b answer.SignedLink) int {
		if c := compareMoments(a.First, b.First); c != 0 {
			return c
		}
		return strings.Compare(a.AccessKey+a.Bucket+a.Key, b.AccessKey+b.Bucket+b.Key)
	})
	return out, nil
}

// use is one row that tells of a use of a link.
type use struct {
	id, host string
	bytes    int64
	refused  bool
}

func (u use) count(l *answer.SignedLink) {
	l.Uses++
	l.Bytes += u.bytes
	if u.refused {
		l.Refused++
	}
}

// twice holds the uses of a link that the other log tells of too.
type twice struct {
	events map[string][]string // host ids by request id
	lines  []use               // they wait until all events are known
}

// waits keeps what both logs tell of, and tells that it is not to be counted yet.
func (t *twice) waits(r row, u use) bool {
	switch {
	case u.id == "" || r.text(model.FieldWitness) != model.WitnessBoth.String():
	case r.text(model.FieldLog) == model.CloudTrail.String():
		t.events[u.id] = append(t.events[u.id], u.host)
	default:
		t.lines = append(t.lines, u)
		return true
	}
	return false
}

// told tells that an event tells of the request of a line, as settling pairs them.
func (t *twice) told(u use) bool {
	return slices.ContainsFunc(t.events[u.id], func(host string) bool { return host == "" || u.host == "" || host == u.host })
}

func once(all []string, s string) []string {
	if s == "" || slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}

// signing reads when a link was signed, until when it holds, and its signature, from CloudTrail's
// parameters or the access log's request target ("Authenticating Requests: Using Query Parameters").
func signing(r row) (signed, expires time.Time, signature string) {
	params := map[string]string{}
	for name, v := range r.object(model.FieldRequest) {
		if s, ok := v.(string); ok {
			params[strings.ToLower(name)] = s
		}
	}
	uri, _ := r.object(model.FieldExtra)["request_uri"].(string)
	uri = strings.ReplaceAll(uri, "[redacted ", "[redacted+") // the space of a mark, as a query string has it
	if _, target, ok := strings.Cut(uri, "?"); ok {
		target, _, _ = strings.Cut(target, " ")
		values, _ := url.ParseQuery(target) // what can be read of a broken one is read
		for name := range values {
			params[strings.ToLower(name)] = values.Get(name)
		}
	}
	signature = params["x-amz-signature"]
	if at, err := time.Parse("20060102T150405Z", params["x-amz-date"]); err == nil {
		signed = at
		if n, err := strconv.ParseInt(params["x-amz-expires"], 10, 32); err == nil && n >= 0 {
			expires = at.Add(time.Duration(n) * time.Second)
		}
		return signed, expires, signature
	}
	// Version 2 tells only when it ends, in seconds since 1970.
	if n, err := strconv.ParseInt(params["expires"], 10, 64); err == nil && n > 0 && n < 1<<33 {
		expires = time.Unix(n, 0).UTC()
		signature = params["signature"]
	}
	return signed, expires, signature
}

// signerAddresses are the addresses each key that signed links was used from with signed headers.
func signerAddresses(ctx context.Context, s Source) (map[string][]string, error) {
	out := map[string][]string{}
	keys, err := s.Tally(ctx, query(model.Filter{}, is(model.FieldAuth, "query"), has(model.FieldAccessKey)), model.TallyBy{Fields: []model.Field{model.FieldAccessKey}, NoObjects: true})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, t := range keys {
		if k, ok := t.Values[0].(string); ok {
			names = append(names, k)
		}
	}
	for chunk := range slices.Chunk(names, keysAtOnce) {
		lines, err := s.Tally(ctx, query(model.Filter{}, is(model.FieldAccessKey, chunk...), isNot(model.FieldAuth, "query"), has(model.FieldIP)),
			model.TallyBy{Fields: []model.Field{model.FieldAccessKey, model.FieldIP}, NoObjects: true})
		if err != nil {
			return nil, err
		}
		for _, t := range lines {
			k, _ := t.Values[0].(string)
			ip, _ := t.Values[1].(string)
			out[k] = once(out[k], ip)
		}
	}
	return out, nil
}
