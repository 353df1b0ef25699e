package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"trailsift/model"
)

// piles is evidence in memory; it implements model.Contents.
type piles map[model.MemberID][]byte

func (p piles) Range(_ context.Context, m model.Member, offset int64, length int) ([]byte, error) {
	return p[m.ID][offset : offset+int64(length)], nil
}

// told is a record with its bytes and, after settling, what the store or the oracle says of it.
type told struct {
	rec     model.Record
	member  model.MemberID
	bytes   string
	dup     bool
	fold    bool
	status  int32
	flags   model.Flags
	witness model.Witness
	joined  joined
}

// joined is what the other log may tell of a record.
type joined struct {
	duration, out, in int64
	enc               model.Enc
	key               string
	done              bool // the first one of the other log has told
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// pile makes a small case in which everything that settling looks at happens often.
func pile(r *rand.Rand, firstMember, members int) []*told {
	var all []*told
	for m := range members {
		log := pick(r, model.CloudTrail, model.AccessLog)
		offset := int64(0)
		for n := range 1 + r.IntN(6) {
			t := &told{member: model.MemberID(firstMember+m) << 24}
			t.rec.Reset()
			t.rec.Log, t.rec.Number, t.rec.Offset = log, uint32(n+1), offset
			t.rec.Category, t.rec.Outcome, t.rec.Service = model.Data, model.OK, "s3"
			t.rec.Bucket = pick(r, "b1", "b2")
			t.rec.Time = 1767225600 + int64(r.IntN(2))*3600
			t.rec.RequestID = fmt.Sprintf("%016X", r.IntN(12))
			t.rec.HostID = pick(r, "", "h1", "h1", "h2")
			t.rec.Op = pick(r, "GetObject", "DeleteObjects")
			t.rec.Key = pick(r, "", "k")
			t.rec.ReadOnly = pick(r, model.True, model.False)
			if log == model.CloudTrail {
				t.rec.Service = pick(r, "s3", "s3", "s3", "iam")
				t.rec.Category = pick(r, model.Data, model.Data, model.Management, model.Insight)
				t.rec.HasEventID = r.IntN(4) > 0
				t.rec.EventID[15] = byte(r.IntN(8))
				if !t.rec.HasEventID && r.IntN(2) == 0 {
					t.rec.EventText = pick(r, "odd", "strange")
				}
				t.bytes = pick(r, `{"a":1,"b":2}`, `{"b":2, "a":1}`, `{"a":1,"b":2.0}`, `{"a":1,"b":2e0 }`, `{"a":1,"b":-2}`, `{"a":1,"b":2,"b":2}`, `{"detail":{"eventName":"x"}}`, `{"message":"{\"eventName\":\"x\"}"}`)
				t.rec.Hash = uint64(len(t.bytes))
				t.rec.BytesOut, t.rec.BytesIn = pick[int64](r, -1, -1, 30), pick[int64](r, -1, -1, 0)
				t.rec.Enc = pick(r, model.EncSSEC, model.EncSSES3, model.EncUnknown, model.EncNA)
				t.rec.AccessKey = pick(r, "", "AKIA1", "AKIA2")
			} else {
				t.rec.Op = pick(r, "GetObject", "DeleteObjects", "REST.NEW.THING")
				t.rec.OpRaw = pick(r, "REST.GET.OBJECT", "REST.GET.OBJECT", "BATCH.DELETE.OBJECT", "REST.COPY.OBJECT_GET", "S3.EXPIRE.OBJECT")
				t.rec.Status = pick[int32](r, 200, 206, -1)
				t.rec.DurationMS, t.rec.BytesOut, t.rec.BytesIn = pick[int64](r, -1, 5, 700), pick[int64](r, -1, 10), pick[int64](r, -1, 20)
				t.rec.Enc = pick(r, model.EncUnknown, model.EncNA)
				t.rec.AccessKey = pick(r, "", "", "AKIAOWN")
				t.bytes = pick(r, "line one", "line two", "line three")
				t.rec.Hash = uint64(len(t.bytes)) // one and two collide
			}
			t.rec.Length = uint32(len(t.bytes))
			offset += int64(len(t.bytes))
			all = append(all, t)
		}
	}
	return all
}

func (p piles) take(all []*told) map[model.MemberID][]model.Record {
	members := map[model.MemberID][]model.Record{}
	for _, t := range all {
		members[t.member] = append(members[t.member], t.rec)
		p[t.member] = append(p[t.member], t.bytes...)
	}
	return members
}

// says tells that two CloudTrail records are one.
func (t *told) says(o *told) bool {
	return t.rec.Hash == o.rec.Hash || sameEvent([]byte(t.bytes), []byte(o.bytes))
}

// oracle settles in plain Go.
func oracle(all []*told, badges map[model.MemberID]model.Integrity) {
	rank := []model.Integrity{model.Verified, model.Pending, model.NotChecked, model.Uncovered, model.Unverifiable, model.IntegrityNA, model.Unlisted, model.Altered}
	rankOf := func(t *told) int {
		badge := model.NotChecked
		if t.rec.Log == model.AccessLog {
			badge = model.IntegrityNA
		}
		if b, ok := badges[t.member]; ok {
			badge = b
		}
		return slices.Index(rank, badge)
	}
	sorted := slices.Clone(all)
	slices.SortFunc(sorted, func(a, b *told) int {
		return cmp.Or(cmp.Compare(rankOf(a), rankOf(b)), cmp.Compare(a.member, b.member), cmp.Compare(a.rec.Number, b.rec.Number))
	})
	groups := map[string][]*told{}
	for _, t := range sorted {
		t.dup, t.fold, t.status, t.flags = false, false, t.rec.Status, 0
		if t.rec.Log == model.CloudTrail {
			t.status = -1
		}
		t.joined = joined{duration: -1, out: t.rec.BytesOut, in: t.rec.BytesIn, enc: t.rec.Enc, key: t.rec.AccessKey}
		if t.rec.Log == model.AccessLog {
			t.joined.duration = t.rec.DurationMS
		}
		switch {
		case t.rec.Log == model.AccessLog:
			key := fmt.Sprint("line", t.rec.Hash, t.rec.Length, t.rec.RequestID)
			groups[key] = append(groups[key], t)
		case t.rec.HasEventID:
			groups[fmt.Sprint("id", t.rec.EventID)] = append(groups[fmt.Sprint("id", t.rec.EventID)], t)
		case t.rec.EventText != "":
			groups["text"+t.rec.EventText] = append(groups["text"+t.rec.EventText], t)
		}
	}
	for _, g := range groups {
		conflict := false
		for _, t := range g[1:] {
			if t.rec.Log == model.AccessLog {
				t.dup = t.bytes == g[0].bytes
				continue
			}
			conflict = conflict || !t.says(g[0])
		}
		for i, t := range g {
			if t.rec.Log == model.CloudTrail {
				t.dup = slices.ContainsFunc(g[:i], func(o *told) bool { return !o.dup && t.says(o) })
			}
		}
		for _, t := range g {
			if conflict {
				t.flags = model.FlagConflict
			}
			if t.dup {
				t.flags |= model.FlagDuplicate
			}
		}
	}
	joinByHand(all)
}

func s3Call(t *told) bool {
	return t.rec.Log == model.CloudTrail && t.rec.Service == "s3" && (t.rec.Category == model.Data || t.rec.Category == model.Management)
}

func joinByHand(all []*told) {
	inOrder := slices.Clone(all)
	slices.SortFunc(inOrder, func(a, b *told) int {
		return cmp.Or(cmp.Compare(a.member, b.member), cmp.Compare(a.rec.Number, b.rec.Number))
	})
	for _, t := range all {
		t.witness = startWitness(&t.rec)
		lifecycle := strings.HasPrefix(t.rec.OpRaw, "S3.")
		if t.rec.Log == model.CloudTrail && !s3Call(t) || lifecycle {
			t.witness = model.WitnessNA
		}
		for _, o := range inOrder {
			if o.rec.Log == t.rec.Log || o.rec.Bucket != t.rec.Bucket || o.rec.Time != t.rec.Time {
				continue
			}
			if s3Call(t) && !strings.HasPrefix(o.rec.OpRaw, "S3.") {
				t.witness = model.WitnessCloudTrailOnly
			}
			category := model.Management
			if t.rec.Key != "" || t.rec.Op == "DeleteObjects" {
				category = model.Data
			}
			if t.rec.Log == model.AccessLog && !lifecycle && s3Call(o) && o.rec.Category == category && o.rec.ReadOnly == t.rec.ReadOnly {
				t.witness = model.WitnessAccessOnly
			}
		}
	}
	for _, c := range inOrder {
		for _, a := range inOrder {
			if !s3Call(c) || a.rec.Log != model.AccessLog || strings.HasPrefix(a.rec.OpRaw, "S3.") || a.rec.RequestID != c.rec.RequestID ||
				a.rec.HostID != "" && c.rec.HostID != "" && a.rec.HostID != c.rec.HostID {
				continue
			}
			a.witness, c.witness = model.WitnessBoth, model.WitnessBoth
			aside := a.rec.OpRaw == "BATCH.DELETE.OBJECT" || a.rec.OpRaw == "REST.COPY.OBJECT_GET"
			if a.dup || c.dup || aside || a.rec.Op != c.rec.Op && a.rec.Op != "REST.NEW.THING" {
				continue
			}
			a.fold = true
			tellEachOther(c, a)
		}
	}
}

// tellEachOther gives a record and its line what only the other one has, unless an earlier one did.
func tellEachOther(c, a *told) {
	if !c.joined.done {
		c.joined.done = true
		c.status, c.joined.duration = a.rec.Status, a.rec.DurationMS
		if c.status >= 0 {
			c.flags |= model.FlagStatusJoined
		}
		if c.rec.BytesOut < 0 && c.rec.BytesIn < 0 && (a.rec.BytesOut >= 0 || a.rec.BytesIn >= 0) {
			c.joined.out, c.joined.in, c.flags = a.rec.BytesOut, a.rec.BytesIn, c.flags|model.FlagBytesJoined
		}
	}
	if !a.joined.done {
		a.joined.done = true
		if a.rec.Enc == model.EncUnknown && c.rec.Enc != model.EncUnknown && c.rec.Enc != model.EncNA {
			a.joined.enc, a.flags = c.rec.Enc, a.flags|model.FlagEncJoined
		}
		if a.rec.AccessKey == "" && c.rec.AccessKey != "" {
			a.joined.key, a.flags = c.rec.AccessKey, a.flags|model.FlagKeyJoined
		}
	}
}

func settled(t *testing.T, c *Case) map[string]string {
	t.Helper()
	db, done, err := c.DB(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	rows, err := db.Query(`select 1 as log, member, record, dup, fold, coalesce(status, -1), flags, witness,
			coalesce(duration_ms, -1), coalesce(bytes_out, -1), coalesce(bytes_in, -1), enc, coalesce(access_key, '') from ct_events
		union all select 2, member, record, dup, fold, coalesce(status, -1), flags, witness,
			coalesce(duration_ms, -1), coalesce(bytes_out, -1), coalesce(bytes_in, -1), enc, coalesce(access_key, '') from al_events`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var log, member, record, dup, fold, status, flags, witness int64
		var j joined
		if err := rows.Scan(&log, &member, &record, &dup, &fold, &status, &flags, &witness, &j.duration, &j.out, &j.in, &j.enc, &j.key); err != nil {
			t.Fatal(err)
		}
		out[fmt.Sprintf("%d/%d/%d", log, member>>24, record)] = fmt.Sprint(dup, fold, status, model.Flags(flags).Names(), model.Witness(witness), j)
	}
	return out
}

func wanted(all []*told) map[string]string {
	bit := map[bool]int64{true: 1}
	out := map[string]string{}
	for _, t := range all {
		t.joined.done = false
		out[fmt.Sprintf("%d/%d/%d", t.rec.Log, t.member>>24, t.rec.Number)] = fmt.Sprint(bit[t.dup], bit[t.fold], t.status, t.flags.Names(), t.witness, t.joined)
	}
	return out
}

func TestSettlingAgreesWithAPlainRecomputation(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 7))
		c := newTestCase(t)
		evidence := piles{}
		all := pile(r, 1, 8)
		check := func(when string, badges map[model.MemberID]model.Integrity) {
			t.Helper()
			oracle(all, badges)
			got, want := settled(t, c), wanted(all)
			for id := range want {
				if got[id] != want[id] {
					t.Errorf("seed %d, %s: record %s is %s, want %s", seed, when, id, got[id], want[id])
				}
			}
			if dups := number(t, c, `select sum(duplicate) from members`); dups != number(t, c, `select (select count(*) from ct_events where dup = 1) + (select count(*) from al_events where dup = 1)`) {
				t.Errorf("seed %d, %s: members count %d duplicates", seed, when, dups)
			}
			if requests := number(t, c, `select sum(requests) from objects`); requests != number(t, c, `select (select count(*) from ct_events where dup = 0 and key is not null and category in (1, 2)) + (select count(*) from al_events where dup = 0 and fold = 0 and key is not null)`) {
				t.Errorf("seed %d, %s: the object list counts %d requests", seed, when, requests)
			}
		}
		loadRecords(t, c, evidence.take(all))
		if err := c.Settle(ctx, evidence, nil); err != nil {
			t.Fatal(err)
		}
		check("settled once", nil)
		if err := c.Settle(ctx, evidence, nil); err != nil {
			t.Fatal(err)
		}
		check("settled twice", nil)
		more := pile(r, 100, 5)
		all = append(all, more...)
		loadRecords(t, c, evidence.take(more))
		if err := c.Settle(ctx, evidence, nil); err != nil {
			t.Fatal(err)
		}
		check("after more members", nil)
		badges := map[model.MemberID]model.Integrity{}
		for _, o := range all {
			if o.rec.Log == model.CloudTrail {
				badges[o.member] = pick(r, model.Verified, model.Altered, model.Pending)
			}
		}
		if err := c.SetIntegrity(ctx, badges, evidence, nil); err != nil {
			t.Fatal(err)
		}
		check("after verification", badges)
		gone := pick(r, model.CloudTrail, model.AccessLog)
		table := map[model.Log]string{model.CloudTrail: cloudTrailTable, model.AccessLog: accessTable}[gone]
		if err := c.write(ctx, func(db *sql.DB) error { _, err := db.Exec(`delete from ` + table); return err }); err != nil {
			t.Fatal(err)
		}
		all = slices.DeleteFunc(all, func(o *told) bool { return o.rec.Log == gone })
		if err := c.Settle(ctx, evidence, nil); err != nil {
			t.Fatal(err)
		}
		check("without one of the two logs", badges)
		if ok, err := c.Settled(ctx); !ok || err != nil {
			t.Errorf("seed %d: settled is %v, %v", seed, ok, err)
		}
	}
}
