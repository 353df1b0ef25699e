package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/queries/inquiry"
)

// unlock is the use of a KMS key for reading an object, most often near a read that somebody made.
func (c *chaos) unlock() {
	q := c.begin("Decrypt", "")
	object := q.bucket + "/" + q.key
	if len(c.opened) > 0 && !c.chance(4) {
		r := c.opened[c.IntN(len(c.opened))]
		object, q.at = r.bucket+"/"+r.key, r.at.Add(time.Duration(c.IntN(15)-7)*time.Second)
		if !c.chance(3) {
			q.who = r.who
		}
	}
	if c.chance(12) {
		q.code = "AccessDenied"
	}
	named := one(c, "arn:aws:s3:::"+object, "arn:aws:s3:::"+object, "arn:aws:s3:::"+object, "arn:aws:s3:::"+q.bucket, "arn:aws:dynamodb:::"+object, "no arn")
	q.bucket, q.key, q.source, q.management, q.readOnly = "", "", "kms.amazonaws.com", true, true
	q.params["encryptionContext"] = map[string]any{"aws:s3:arn": named}
	c.record(c.event(q))
}

// unlocked is the object that a use of a key is bound to: key is empty for one of a whole bucket.
func (p *plain) unlocked() (bucket, key string, ok bool) {
	about, _ := p.params["encryptionContext"].(map[string]any)
	named, _ := about["aws:s3:arn"].(string)
	object, ok := strings.CutPrefix(named, "arn:aws:s3:::")
	bucket, key, _ = strings.Cut(object, "/")
	return bucket, key, ok && p.service == "kms" && p.op == "Decrypt" && p.outcome == "ok"
}

// unlocks are the uses of keys among what f keeps. What f says of objects is meant of the object of the use.
func (w *world) unlocks(f plainFilter) []*plain {
	return slices.DeleteFunc(w.shown(plainFilters[0]), func(p *plain) bool {
		bucket, key, ok := p.unlocked()
		if strings.HasPrefix(f.text, "bucket:") || strings.HasPrefix(f.text, "object:") {
			return !ok || !f.keeps(&plain{bucket: bucket, key: key})
		}
		return !ok || !f.keeps(p)
	})
}

// opening are the requests for which S3 opens an object, by the object: a copy opens its source, which both
// logs may tell.
func (w *world) opening(from, to time.Time) map[string][]*plain {
	out, told := map[string][]*plain{}, map[string]bool{}
	rows := slices.DeleteFunc(w.shown(plainFilters[0]), func(p *plain) bool {
		return p.outcome != "ok" || p.at.IsZero() || p.at.Before(from) || !p.at.Before(to)
	})
	for _, p := range rows {
		if p.op == "CopyObject" && p.source != "" {
			out[p.source], told[p.id] = append(out[p.source], p), true
		}
	}
	for _, p := range rows {
		half := p.raw == "REST.COPY.OBJECT_GET"
		if p.op == "GetObject" || p.op == "CompleteMultipartUpload" || half && (p.id == "" || !told[p.id]) {
			out[p.bucket+"/"+p.key] = append(out[p.bucket+"/"+p.key], p)
		}
	}
	for _, all := range out {
		slices.SortFunc(all, func(a, b *plain) int { // of two as near, the earlier; then in the order of the names of records
			return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.log, b.log), cmp.Compare(a.file, b.file), cmp.Compare(fmt.Sprint(a.n), fmt.Sprint(b.n)))
		})
	}
	return out
}

// explained tells of each use which log tells of its read, if any: each read explains one use, the nearest of
// its own actor first.
func (w *world) explained(uses []*plain) map[*plain]string {
	const slack = 5 * time.Second
	var from, to time.Time
	for _, u := range uses {
		if _, key, _ := u.unlocked(); key == "" || u.at.IsZero() {
			continue
		}
		if from.IsZero() || u.at.Before(from) {
			from = u.at
		}
		if u.at.After(to) {
			to = u.at
		}
	}
	opening, taken, by := w.opening(from.Add(-slack), to.Add(slack+time.Second)), map[*plain]bool{}, map[*plain]string{}
	for _, own := range []bool{true, false} {
		for _, u := range uses {
			bucket, key, _ := u.unlocked()
			var best *plain
			for _, r := range opening[bucket+"/"+key] {
				d := r.at.Sub(u.at).Abs()
				if !taken[r] && !u.at.IsZero() && d <= slack && (!own || r.actor == u.actor) && (best == nil || d < best.at.Sub(u.at).Abs()) {
					best = r
				}
			}
			switch {
			case key == "":
				by[u] = "bucket-key"
			case by[u] == "" && best != nil:
				by[u], taken[best] = best.log, true
			case by[u] == "" && !own:
				by[u] = "kms"
			}
		}
	}
	return by
}

// untold are the uses that nothing else tells of.
func (w *world) untold(f plainFilter) []*plain {
	uses := w.unlocks(f)
	by := w.explained(uses)
	return slices.DeleteFunc(uses, func(u *plain) bool { return by[u] != "kms" })
}

// randomKeyReads holds which log tells of the reads that keys were used for against the raw records.
func randomKeyReads(t *testing.T, w *world, f plainFilter) {
	a, err := inquiry.KeyReads(context.Background(), w.engine, w.filter(t, f))
	if err != nil {
		t.Fatal(err)
	}
	uses := w.unlocks(f)
	told, objects := map[string]int64{}, map[string]bool{}
	for _, how := range w.explained(uses) {
		told[how]++
	}
	var got, want []string
	for _, u := range w.untold(f) {
		bucket, key, _ := u.unlocked()
		objects[bucket+"/"+key] = true
		want = append(want, fmt.Sprint(clock(&u.at), " ", bucket, "/", key, " ", u.actor, " ", u.eventID))
	}
	for _, o := range a.Only {
		got = append(got, fmt.Sprint(clock(o.Time), " ", o.Bucket, "/", o.Key, " ", o.Actor, " ", o.EventID))
	}
	differ(t, "reads that only keys tell", f, got, want)
	if a.Uses != int64(len(uses)) || fmt.Sprint(a.Told) != fmt.Sprint(told) || a.Objects != int64(len(objects)) {
		t.Errorf("%q: %d uses, %v, %d objects; want %d, %v, %d", f.text, a.Uses, a.Told, a.Objects, len(uses), told, len(objects))
	}
	chosen := os.Getenv("TRAILSIFT_NIGHTLY") == "" && os.Getenv("TRAILSIFT_SEED") == "" // other evidence may hold little
	if chosen && f.text == "" && !w.chaos.tidy && min(told["kms"], told["cloudtrail"], told["bucket-key"]) == 0 {
		t.Errorf("the evidence holds too little to tell: %v", told)
	}
}
