package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

// plainTally adds rows up one by one, by the words of model.Tally.
func plainTally(rows []oracleRow, by model.TallyBy) map[string]model.Tally {
	out, objects := map[string]model.Tally{}, map[string]map[string]bool{}
	for _, o := range rows {
		name, start := "", time.Time{}
		for _, f := range by.Fields {
			name += fmt.Sprint(plainValue(o, f)) + "\x00"
		}
		at, dated := o.get(model.FieldTime).(time.Time)
		if by.Width > 0 && dated {
			start = at.Truncate(by.Width)
		}
		name += start.String()
		t := out[name]
		t.Start = start
		t.Requests++
		switch o.get(model.FieldOutcome) {
		case "denied":
			t.Denied++
		case "failed":
			t.Failed++
		}
		bytesOut, _ := o.get(model.FieldBytesOut).(int64)
		bytesIn, _ := o.get(model.FieldBytesIn).(int64)
		if o.row.ID.Log == model.CloudTrail {
			t.CloudTrailOut, t.CloudTrailIn = t.CloudTrailOut+bytesOut, t.CloudTrailIn+bytesIn
		} else {
			t.AccessOut, t.AccessIn = t.AccessOut+bytesOut, t.AccessIn+bytesIn
		}
		if key, ok := o.get(model.FieldKey).(string); ok {
			if objects[name] == nil {
				objects[name] = map[string]bool{}
			}
			objects[name][fmt.Sprint(o.get(model.FieldBucket))+"\x00"+key] = true
			t.Objects = int64(len(objects[name]))
		}
		if dated {
			if t.First.IsZero() || at.Before(t.First) {
				t.First = at
			}
			if at.After(t.Last) {
				t.Last = at
			}
		}
		out[name] = t
	}
	return out
}

func plainValue(o oracleRow, f model.Field) any {
	bucket, hasBucket := o.get(model.FieldBucket).(string)
	key, hasKey := o.get(model.FieldKey).(string)
	switch {
	case f == model.FieldRole:
		actor, ok := o.get(model.FieldActor).(string)
		if parts := strings.SplitN(actor, "/", 3); len(parts) == 3 && strings.HasSuffix(parts[0], ":assumed-role") {
			return parts[0] + "/" + parts[1]
		} else if !ok {
			return nil
		}
		return actor
	case f != model.FieldObject && f != model.FieldPrefix:
		return o.get(f)
	case !hasBucket:
		return nil
	case f == model.FieldObject && !hasKey:
		return bucket
	case f == model.FieldObject:
		return bucket + "/" + key
	}
	if folder, _, ok := strings.Cut(key, "/"); ok {
		return bucket + "/" + folder + "/"
	}
	return bucket + "/"
}

func TestATallyIsTheSumOfItsRows(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	c, all := randomCase(t, r)
	e := c.Engine(nil)
	groups := [][]model.Field{nil, {model.FieldBucket, model.FieldEnc}, {model.FieldPrefix}, {model.FieldObject, model.FieldOutcome},
		{model.FieldActor, model.FieldMember}, {model.FieldLog, model.FieldIP}, {model.FieldMFA}, {model.FieldRole}}
	for i := range 60 {
		q := model.Query{Filter: randomFilter(r)}
		by := model.TallyBy{Fields: pick(r, groups...), Width: pick(r, 0, time.Hour, 24*time.Hour)}
		var kept []oracleRow
		for _, o := range all {
			if o.keeps(q.Filter) {
				kept = append(kept, o)
			}
		}
		got, err := e.Tally(context.Background(), q, by)
		if err != nil {
			t.Fatal(err)
		}
		want := plainTally(kept, by)
		if len(by.Fields) == 0 && by.Width == 0 && len(kept) == 0 {
			continue // one line of zeros, or none
		}
		if len(got) != len(want) {
			t.Errorf("tally %d of %+v by %+v: %d lines, want %d", i, q.Filter, by, len(got), len(want))
		}
		for _, g := range got {
			name := ""
			for _, v := range g.Values {
				name += fmt.Sprint(v) + "\x00"
			}
			name += g.Start.String()
			g.Values = nil
			w := want[name]
			w.Values = nil
			if fmt.Sprint(g) != fmt.Sprint(w) {
				t.Errorf("tally %d of %+v by %+v, %q:\n got %+v\nwant %+v", i, q.Filter, by, name, g, w)
			}
		}
		if !slices.IsSortedFunc(got, func(a, b model.Tally) int { return int(b.Requests - a.Requests) }) {
			t.Errorf("tally %d is not in the order of requests", i)
		}
	}
}

// givingEnc are the outcomes after which an object has an encryption.
func givingEnc(v any) bool {
	s, _ := v.(string)
	return s != "" && s != "not-written" && s != "unknown" && s != "n/a"
}

func laterRow(a, b oracleRow) bool {
	at, bt := a.get(model.FieldTime).(time.Time), b.get(model.FieldTime).(time.Time)
	if !at.Equal(bt) {
		return at.After(bt)
	}
	if a.row.ID.Member != b.row.ID.Member {
		return a.row.ID.Member > b.row.ID.Member
	}
	return a.row.ID.Number > b.row.ID.Number
}

func sameObject(a, b oracleRow) bool {
	return a.get(model.FieldKey) != nil && a.get(model.FieldBucket) == b.get(model.FieldBucket) && a.get(model.FieldKey) == b.get(model.FieldKey)
}

// plainEncryption is the write that decided o's object at o's time.
func plainEncryption(all []oracleRow, o oracleRow) (oracleRow, bool) {
	if o.row.ID.Log == model.CloudTrail && givingEnc(o.get(model.FieldEnc)) {
		return o, true
	}
	var best, versioned oracleRow
	var found, foundVersion bool
	for _, w := range all {
		at, ok := w.get(model.FieldTime).(time.Time)
		if w.dup || w.row.ID.Log != model.CloudTrail || !ok || !givingEnc(w.get(model.FieldEnc)) || !sameObject(o, w) || at.After(o.get(model.FieldTime).(time.Time)) {
			continue
		}
		if !found || laterRow(w, best) {
			best, found = w, true
		}
		if v := w.get(model.FieldVersion); v != nil && v == o.get(model.FieldVersion) && (!foundVersion || laterRow(w, versioned)) {
			versioned, foundVersion = w, true
		}
	}
	if foundVersion {
		return versioned, true
	}
	return best, found
}

func TestTheEncryptionOfAnObjectIsItsLastWrites(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 44))
	c, all := randomCase(t, r)
	e := c.Engine(nil)
	byID := map[model.RecordID]oracleRow{}
	for _, o := range all {
		byID[o.row.ID] = o
	}
	for range 20 {
		q := model.Query{Filter: randomFilter(r)}
		got, err := e.ObjectEncryption(context.Background(), q, 0)
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, o := range all {
			if o.keeps(q.Filter) && o.get(model.FieldKey) != nil && o.get(model.FieldTime) != nil {
				want++
			}
		}
		if len(got) != want {
			t.Fatalf("%+v: %d records, want %d", q.Filter, len(got), want)
		}
		for _, g := range got {
			w, ok := plainEncryption(all, byID[g.Row.ID])
			switch {
			case !ok && g.Enc != 0:
				t.Errorf("%v: %v by %v, want none", g.Row.ID, g.Enc, g.Write)
			case ok && (g.Enc.String() != w.get(model.FieldEnc) || g.Write != w.row.ID || !g.Written.Equal(w.get(model.FieldTime).(time.Time))):
				t.Errorf("%v: %v by %v at %v, want %v by %v", g.Row.ID, g.Enc, g.Write, g.Written, w.get(model.FieldEnc), w.row.ID)
			}
		}
	}
}
