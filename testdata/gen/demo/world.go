// Package demo makes the demonstration evidence: fourteen days of two accounts in which eight
// incidents happen among ordinary work, told by CloudTrail, by access logs and by a signed digest
// chain that three changes to the files break. Every number its README states is counted while the
// scenes play. It must not know how trailsift reads any of it.
package demo

import (
	"fmt"
	"strings"
	"time"

	"trailsift/testdata/gen/activity"
	"trailsift/testdata/gen/dice"
)

// The accounts, regions and buckets of the story.
const (
	prod     = "111122223333"
	lake     = "444455556666"
	stranger = "999900001111"

	useast = "us-east-1"
	euwest = "eu-west-1"

	finance   = "acme-finance"
	web       = "acme-web"
	lakeStore = "acme-lake"

	auditBucket = "acme-audit-logs"
)

const days = 14

// start is midnight of the first day, a Monday.
var start = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

type bucket struct {
	owner, region string
	logged        bool // has server access logging
}

var buckets = map[string]bucket{
	finance:   {prod, useast, true},
	web:       {prod, euwest, true},
	lakeStore: {lake, useast, false},
}

// place is where CloudTrail delivers: one folder an account and region.
type place struct{ account, region string }

// entry is one record on its way into a log file. Entries with a part are delivered in a file of
// their own, which the scenes then alter, lose or deliver twice.
type entry struct {
	at   time.Time
	part string
	json []byte
}

type world struct {
	seed    uint64
	records map[place][]entry
	lines   []activity.Line
	facts   map[string]int64
	serial  int
	part    string // of the records being told
	// noTrail and noLine keep a request out of one of the logs.
	noTrail, noLine bool
}

func newWorld(seed uint64) *world {
	return &world{seed: seed, records: map[place][]entry{}, facts: map[string]int64{}}
}

func (w *world) dice(scene string) *dice.Dice { return dice.New(w.seed, scene) }

func (w *world) count(fact string, n int64) { w.facts[fact] += n }

// at is a moment of the story, days from 0.
func at(day, hour, minute, second int) time.Time {
	return start.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second)
}

func weekday(day int) bool { return day%7 < 5 }

// stopped is when the trail of eu-west-1 recorded nothing.
var stopped = struct{ from, to time.Time }{at(6, 1, 26, 40), at(6, 6, 41, 5)}

func recorded(p place, t time.Time) bool {
	return p != (place{prod, euwest}) || t.Before(stopped.from) || !t.Before(stopped.to)
}

// tell fills in what follows from the bucket and the call, and puts the request into the logs that
// would have it. It returns the request as told.
func (w *world) tell(d *dice.Dice, r activity.Request) activity.Request {
	b, own := buckets[r.Bucket]
	if own {
		if r.Account == "" {
			r.Account = b.owner
		}
		r.Region, r.Owner = b.region, b.owner
	}
	if r.Took == 0 {
		r.Took = d.Between(7, 60) + int((r.In+r.Out)/40000)
	}
	r.ID, r.EventID = d.Text(dice.Upper, 16), d.UUID()
	r.HostID = d.Text(dice.Mixed+"+/", 63) + "="
	if r.Actor.InvokedBy == "" && r.Shape.VPCE == "" {
		r.Shape.Weak = d.N(5) == 0
	}
	w.record(&r)
	if own && b.logged && !w.noLine && !accountLevel(r) {
		w.lines = append(w.lines, r.AccessLog(tail(d, r.Time)))
	}
	if source, _, _ := strings.Cut(r.CopySource, "/"); buckets[source].logged && r.Error == "" {
		w.lines = append(w.lines, r.CopyRead(tail(d, r.Time)))
	}
	return r
}

func accountLevel(r activity.Request) bool { return r.Source != "" || r.Bucket == "" }

// record puts r into CloudTrail only.
func (w *world) record(r *activity.Request) {
	p := place{r.Account, r.Region}
	if w.noTrail || !recorded(p, r.Time) {
		return
	}
	w.records[p] = append(w.records[p], entry{r.Time, w.part, r.CloudTrail(nil)})
}

// tail is how many columns a line has. S3 adds columns over the years, never in one day everywhere.
func tail(d *dice.Dice, t time.Time) activity.Tail {
	n := d.N(100)
	switch late := !t.Before(at(7, 0, 0, 0)); {
	case late && n < 80:
		return 27
	case !late && n < 2:
		return 24
	case !late && n < 6:
		return 25
	}
	return 26
}

// size of an object: the same for every request that touches it.
func size(bucket, key string) int64 {
	return int64(dice.New(7, bucket+"/"+key).Between(2_000, 900_000))
}

func kmsKey(account, region, id string) string {
	return fmt.Sprintf("arn:aws:kms:%s:%s:key/%s", region, account, id)
}

// The KMS keys of the story; the last one belongs to nobody at Acme.
var (
	financeKey  = kmsKey(prod, useast, "5b1f9c3e-6a57-4c1e-9b7d-0e6f5a1c2d3e")
	lakeKey     = kmsKey(lake, useast, "c0ffee11-2233-4455-8677-8899aabbccdd")
	intruderKey = kmsKey(stranger, useast, "deadbeef-0bad-4000-8bad-feedfacecafe")
)
