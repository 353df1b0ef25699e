package store

import (
	"context"
	"testing"
	"time"

	"trailsift/model"
)

// object makes the records of one object's small history.
func objectRecord(n int, at int64, op, key string, enc model.Enc, kms string) model.Record {
	r := synthetic(model.CloudTrail, 1<<24, n)
	r.Time, r.Op, r.Bucket, r.Key, r.Enc, r.KMSKey, r.AccessKey = at, op, "b", key, enc, kms, "AKIA1"
	r.Category, r.Outcome, r.Lean, r.Version = model.Data, model.OK, 0, ""
	return r
}

func TestAnOverwriteIsAReadAndAChangedWriteByOneCredential(t *testing.T) {
	const t0 = 1767225600
	other := objectRecord(7, t0+200, "PutObject", "another-key-id", model.EncSSEC, "")
	other.AccessKey = "AKIA2"
	failed := objectRecord(10, t0+150, "GetObject", "refused-read", model.EncNA, "")
	failed.Outcome = model.Denied
	c := newTestCase(t)
	loadRecords(t, c, map[model.MemberID][]model.Record{1 << 24: {
		objectRecord(0, t0, "PutObject", "taken", model.EncSSEKMS, "arn:mine"),
		objectRecord(1, t0+100, "GetObject", "taken", model.EncNA, ""),
		objectRecord(2, t0+160, "PutObject", "taken", model.EncSSEC, ""),
		objectRecord(3, t0, "PutObject", "edited", model.EncSSEKMS, "arn:mine"),
		objectRecord(4, t0+100, "GetObject", "edited", model.EncNA, ""),
		objectRecord(5, t0+160, "PutObject", "edited", model.EncSSEKMS, "arn:mine"), // an ordinary edit
		objectRecord(6, t0+100, "GetObject", "another-key-id", model.EncNA, ""),
		other,
		objectRecord(8, t0, "GetObject", "long-ago", model.EncNA, ""),
		objectRecord(9, t0+9000, "PutObject", "long-ago", model.EncSSEC, ""),
		failed,
		objectRecord(11, t0+160, "PutObject", "refused-read", model.EncSSEC, ""),
		objectRecord(12, t0, "PutObject", "rekeyed", model.EncSSEKMS, "arn:mine"),
		objectRecord(13, t0+100, "GetObject", "rekeyed", model.EncNA, ""),
		objectRecord(14, t0+130, "PutObject", "rekeyed", model.EncSSEKMS, "arn:theirs"),
	}})
	got, err := c.Engine(nil).Overwrites(context.Background(), model.Query{}, time.Hour)
	if err != nil || len(got) != 2 {
		t.Fatalf("%d pairs, %v: %+v", len(got), err, got)
	}
	a, b := got[1], got[0]
	if a.Key != "taken" || a.Before != model.EncSSEKMS || a.After != model.EncSSEC || a.Read.Number != 2 || a.Write.Number != 3 {
		t.Errorf("first pair: %+v", a)
	}
	if b.Key != "rekeyed" || b.BeforeKey != "arn:mine" || b.AfterKey != "arn:theirs" || b.WriteAt.Sub(b.ReadAt) != 30*time.Second {
		t.Errorf("second pair: %+v", b)
	}
}
