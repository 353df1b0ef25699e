package cli

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/queries/inquiry"
)

// testCards holds cards against sums over the raw CloudTrail records.
func testCards(t *testing.T, d *demo) {
	for value, keeps := range map[string]func(e map[string]any) bool{
		"AKIAQ7DEMOLEAKEDKEY1": func(e map[string]any) bool { return at(e, "userIdentity.accessKeyId") == "AKIAQ7DEMOLEAKEDKEY1" },
		"arn:aws:iam::111122223333:role/BackupRole": func(e map[string]any) bool {
			return strings.HasPrefix(at(e, "userIdentity.arn"), "arn:aws:sts::111122223333:assumed-role/BackupRole/")
		},
		"arn:aws:iam::111122223333:user/dana.reyes": func(e map[string]any) bool {
			return at(e, "userIdentity.arn") == "arn:aws:iam::111122223333:user/dana.reyes"
		},
		"198.51.100.23": func(e map[string]any) bool { return at(e, "sourceIPAddress") == "198.51.100.23" },
		"i-0a1b2c3d4e5f60789": func(e map[string]any) bool {
			return strings.HasSuffix(at(e, "userIdentity.arn"), "/i-0a1b2c3d4e5f60789")
		},
		"444455556666": func(e map[string]any) bool { return at(e, "userIdentity.accountId") == "444455556666" },
		"svc-web": func(e map[string]any) bool {
			return at(e, "userIdentity.arn") == "arn:aws:iam::111122223333:user/svc-web"
		},
	} {
		var want struct{ requests, denied, out int64 }
		ops, ips, batches, told := map[string]int64{}, map[string]int64{}, d.batches(), map[string]bool{}
		for _, e := range d.events {
			if !keeps(e) || at(e, "eventCategory") == "Insight" {
				continue
			}
			if id := at(e, "requestID"); at(e, "eventName") == "DeleteObject" && batches[id] {
				if !told[id] {
					ops["DeleteObject"]++ // of one call there are several, and among these operations none of its own
				}
				told[id] = true
				continue
			}
			want.requests++
			if c := at(e, "errorCode"); strings.Contains(c, "Denied") || strings.Contains(c, "Unauthorized") {
				want.denied++
			}
			n, _ := strconv.ParseFloat(at(e, "additionalEventData.bytesTransferredOut"), 64)
			want.out += int64(n)
			ops[at(e, "eventName")]++
			ips[at(e, "sourceIPAddress")]++
		}
		f := model.Filter{Terms: []model.Term{{Field: model.FieldLog, Values: []model.Value{{Text: "cloudtrail"}}}}}
		c, err := inquiry.Actor(context.Background(), d.engine, f, value)
		if err != nil {
			t.Fatal(err)
		}
		if want.requests == 0 || c.Requests != want.requests || c.Denied != want.denied || c.CloudTrailOut != want.out {
			t.Errorf("%s (%s): %d requests, %d denied, %d bytes, want %+v", value, c.Kind, c.Requests, c.Denied, c.CloudTrailOut, want)
		}
		testShares(t, value+" operations", c.Operations, ops)
		testShares(t, value+" addresses", c.Addresses, ips)
		steps := int64(0)
		for _, s := range c.Steps {
			steps += s.Count
		}
		if steps != c.Requests && !c.StepsTruncated {
			t.Errorf("%s: the sequence has %d of %d requests", value, steps, c.Requests)
		}
	}
}

// batches are the request ids of multi-object deletes.
func (d *demo) batches() map[string]bool {
	out := map[string]bool{}
	for _, e := range d.events {
		if at(e, "eventName") == "DeleteObjects" {
			out[at(e, "requestID")] = true
		}
	}
	return out
}

// testShares holds listed values against all of them.
func testShares(t *testing.T, name string, got answer.Shares, want map[string]int64) {
	t.Helper()
	listed, all := int64(0), int64(0)
	for _, s := range got.Values {
		if listed += s.Requests; s.Requests != want[s.Value] {
			t.Errorf("%s: %s has %d requests, want %d", name, s.Value, s.Requests, want[s.Value])
		}
	}
	for _, n := range want {
		all += n
	}
	if listed+got.More != all || got.More == 0 && len(got.Values) != len(want) {
		t.Errorf("%s: %d listed and %d more of %d", name, listed, got.More, all)
	}
}

// testLineage follows the leaked key to the role's session and back.
func testLineage(t *testing.T, d *demo) {
	const leaked, chained = "AKIAQ7DEMOLEAKEDKEY1", "ASIAQ7DEMOCHAINEDKEY"
	c, err := inquiry.Actor(context.Background(), d.engine, model.Filter{}, chained)
	if err != nil || len(c.Lineage) != 1 || c.Lineage[0].From == nil || c.Lineage[0].From.AccessKey != leaked || c.Lineage[0].By != "issued-key" {
		t.Errorf("up: %+v, %v", c.Lineage, err)
	}
	c, err = inquiry.Actor(context.Background(), d.engine, model.Filter{}, leaked)
	if err != nil || len(c.Lineage) != 1 || len(c.Lineage[0].Issues) != 1 || c.Lineage[0].Issues[0].AccessKey != chained {
		t.Errorf("down: %+v, %v", c.Lineage, err)
	}
	// README: the instance's credentials are used away from home.
	c, err = inquiry.Actor(context.Background(), d.engine, model.Filter{}, "i-0a1b2c3d4e5f60789")
	away := false
	for _, h := range c.Homes {
		away = away || h.IP == "198.51.100.23" && strings.Contains(strings.Join(h.Changed, " "), "address")
	}
	if err != nil || !away {
		t.Errorf("the session's new home is not marked: %+v, %v", c.Homes, err)
	}
}

// testActors holds the list of actors against sums over the raw CloudTrail records, and over every
// request that either log tells.
func testActors(t *testing.T, d *demo) {
	only := model.Filter{Terms: []model.Term{{Field: model.FieldLog, Values: []model.Value{{Text: "cloudtrail"}}}}}
	a, err := inquiry.Actors(context.Background(), d.engine, only)
	if err != nil {
		t.Fatal(err)
	}
	type sums struct{ requests, denied, objects int64 }
	want, objects := map[string]*sums{}, map[string]bool{}
	for _, e := range d.events {
		arn := at(e, "userIdentity.arn")
		if arn == "" || at(e, "eventCategory") == "Insight" {
			continue
		}
		names := []string{arn}
		if role, session, ok := strings.Cut(strings.TrimPrefix(arn, "arn:aws:sts::"), ":assumed-role/"); ok {
			name, _, _ := strings.Cut(session, "/")
			names = append(names, "arn:aws:iam::"+role+":role/"+name)
		}
		for _, n := range names {
			if want[n] == nil {
				want[n] = &sums{}
			}
			want[n].requests++
			if c := at(e, "errorCode"); strings.Contains(c, "Denied") || strings.Contains(c, "Unauthorized") {
				want[n].denied++
			}
			id := n + " " + at(e, "requestParameters.bucketName") + "/" + at(e, "requestParameters.key")
			if at(e, "requestParameters.key") != "" && !objects[id] {
				objects[id] = true
				want[n].objects++
			}
		}
	}
	got := map[string]sums{}
	for _, l := range a.Lines {
		for _, b := range append(l.Below, l) {
			if len(l.Below) == 0 || b.Name != l.Name || b.Kind == "role" {
				got[b.Name] = sums{b.Requests, b.Denied, b.Objects}
			}
		}
	}
	for name, w := range want {
		if got[name] != *w && name != "arn:aws:iam::111122223333:user/svc-backup-legacy" {
			t.Errorf("%s: %+v, want %+v", name, got[name], *w)
		}
	}
	testActorLines(t, d)
}

func testActorLines(t *testing.T, d *demo) {
	a, err := inquiry.Actors(context.Background(), d.engine, model.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := d.engine.Count(context.Background(), model.Query{})
	sum := a.Absent
	for _, l := range a.Lines {
		sum += l.Rows
		below, records := int64(0), int64(0)
		for _, b := range l.Below {
			below, records = below+b.Requests, records+b.Rows
		}
		if len(l.Below) > 0 && (below != l.Requests || records != l.Rows) {
			t.Errorf("%s has %d requests and %d rows, those below it %d and %d", l.Name, l.Requests, l.Rows, below, records)
		}
		c, err := inquiry.Actor(context.Background(), d.engine, model.Filter{}, l.Card)
		if err != nil || c.Totals.Requests != l.Requests || c.Rows != l.Rows || c.Denied != l.Denied || c.Objects != l.Objects {
			t.Errorf("the card of %s has %+v, its line %+v, %v", l.Name, c.Totals, l.Totals, err)
		}
		for _, b := range append(l.Below, l) {
			f, err := d.parseFilter(context.Background(), []string{b.Filter})
			if err != nil {
				t.Fatal(err)
			}
			if n, err := d.engine.Count(context.Background(), queryOf(f)); err != nil || n != b.Rows {
				t.Errorf("%s keeps %d rows, want %d, %v", b.Filter, n, b.Rows, err)
			}
		}
	}
	if err != nil || sum != all {
		t.Errorf("the lines have %d rows of %d, %v", sum, all, err)
	}
}

// testRates holds the match rates against the joined request ids of the raw records.
func testRates(t *testing.T, d *demo) {
	rates, err := inquiry.MatchRates(context.Background(), d.engine, model.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	whole, hours := map[string]int64{}, map[string]int64{}
	for _, r := range rates.Buckets {
		whole[r.Bucket] += r.Both
	}
	for _, r := range rates.Hours {
		hours[r.Bucket] += r.Both
	}
	lines := map[string]bool{}
	for _, l := range d.lines {
		lines[l[5]] = true
	}
	want, batches := map[string]int64{}, d.batches()
	for _, e := range d.events {
		if at(e, "eventName") == "DeleteObject" && batches[at(e, "requestID")] {
			continue // an event of one key; the call is told by its own
		}
		if b := at(e, "requestParameters.bucketName"); b != "" && lines[at(e, "requestID")] && at(e, "eventCategory") != "Insight" {
			want[b]++
		}
	}
	for _, b := range []string{"acme-finance", "acme-web", "acme-lake"} {
		if whole[b] != want[b] || hours[b] != want[b] {
			t.Errorf("%s: %d requests told by both logs, by hours %d, want %d", b, whole[b], hours[b], want[b])
		}
	}
}
