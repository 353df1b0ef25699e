package demo

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"time"

	"trailsift/testdata/gen/activity"
	"trailsift/testdata/gen/chain"
	"trailsift/testdata/gen/dice"
)

// delivered is one CloudTrail log file as CloudTrail delivered it.
type delivered struct {
	chain.Log
	content []byte // uncompressed
	part    string
	records int
	again   bool // a second copy
}

// window of delivery: CloudTrail files an event some minutes after it happened.
const (
	every = 10 * time.Minute
	lag   = 12 * time.Minute
)

type parcel struct {
	part    string
	slot    time.Time
	entries []entry
}

// pack puts the records of one place into files.
func (w *world) pack(p place) []delivered {
	byName := map[string]*parcel{}
	for _, e := range w.records[p] {
		slot := e.at.Truncate(every).Add(lag)
		name := e.part
		if name == "" {
			name = slot.Format(time.RFC3339)
		}
		if byName[name] == nil {
			byName[name] = &parcel{part: e.part}
		}
		x := byName[name]
		x.entries = append(x.entries, e)
		if slot.After(x.slot) {
			x.slot = slot
		}
	}
	var out []delivered
	for _, x := range sorted(byName) {
		out = append(out, w.wrap(p, x.slot, x.part, x.entries))
		if x.part == "twice" {
			second := w.wrap(p, x.slot.Add(2*every), x.part, x.entries)
			second.again = true
			out = append(out, second)
		}
	}
	return out
}

func sorted(m map[string]*parcel) []*parcel {
	var list []*parcel
	for _, x := range m {
		list = append(list, x)
	}
	sort.Slice(list, func(a, b int) bool {
		if !list[a].slot.Equal(list[b].slot) {
			return list[a].slot.Before(list[b].slot)
		}
		return list[a].part < list[b].part
	})
	return list
}

func (w *world) wrap(p place, slot time.Time, part string, entries []entry) delivered {
	entries = append([]entry(nil), entries...)
	sort.SliceStable(entries, func(a, b int) bool { return entries[a].at.Before(entries[b].at) })
	d := dice.New(w.seed, p.account+p.region+slot.String()+part)
	var b bytes.Buffer
	b.WriteString(`{"Records":[`)
	for i, e := range entries {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(e.json)
	}
	b.WriteString(`]}`)
	name := fmt.Sprintf("AWSLogs/%s/CloudTrail/%s/%s/%s_CloudTrail_%s_%s_%s.json.gz", p.account, p.region, slot.Format("2006/01/02"),
		p.account, p.region, slot.Format("20060102T1504Z"), d.Text(dice.Mixed, 16))
	log := chain.Log{Object: name, Hash: chain.Sum(b.Bytes()), Delivered: slot, Oldest: entries[0].at, Newest: entries[len(entries)-1].at}
	return delivered{Log: log, content: b.Bytes(), part: part, records: len(entries)}
}

// trail is how one chain of digests ticks.
type trail struct {
	place
	name, home string
	first      time.Time // start of the first window
	from       time.Time // when the trail begins to sign, if later
}

var trails = []trail{
	{place{prod, useast}, "acme-main", useast, at(0, -1, 7, 31), time.Time{}},
	{place{prod, euwest}, "acme-eu", euwest, at(0, -1, 41, 55), time.Time{}},
	{place{lake, useast}, "lake-trail", useast, at(0, -1, 19, 4), time.Time{}},
	{place{lake, euwest}, "lake-trail", useast, at(11, 6, 55, 27), time.Time{}},
}

type span struct {
	start, end time.Time
	fresh      bool // begins a chain: no predecessor
}

// windows are the digests' windows: hourly, with the one gap where the trail was stopped.
func (t trail) windows() []span {
	var out []span
	last := at(days, 1, 0, 0)
	fresh := true
	for s := t.first; s.Before(last); s = s.Add(time.Hour) {
		e := s.Add(time.Hour)
		if t.place == (place{prod, euwest}) {
			if s.Before(stopped.from) && e.After(stopped.from) {
				// The final digest of a stopped trail comes some minutes after the stop.
				out = append(out, span{s, stopped.from.Add(6*time.Minute + 32*time.Second), fresh})
				fresh = true
				continue
			}
			if !s.Before(stopped.from) && s.Before(stopped.to) {
				continue
			}
		}
		out = append(out, span{s, e, fresh})
		fresh = false
	}
	return out
}

// keyring holds the keys by region; us-east-1 changes its own in mid-chain, as CloudTrail does every
// few weeks.
type keyring struct{ first, second, europe *chain.Key }

var rotation = at(8, 0, 0, 0)

func newKeyring() keyring {
	return keyring{
		first:  chain.NewKey(chain.KeyNames[0], at(-21, 0, 0, 0)),
		second: chain.NewKey(chain.KeyNames[2], at(7, 0, 0, 0)),
		europe: chain.NewKey(chain.KeyNames[1], at(-10, 0, 0, 0)),
	}
}

func (k keyring) pick(region string, t time.Time) *chain.Key {
	switch {
	case region == euwest:
		return k.europe
	case t.Before(rotation):
		return k.first
	}
	return k.second
}

// sign makes the digests over logs. Files with the part planted are unknown to CloudTrail; the part
// late is listed by a backfill digest.
func (t trail) sign(logs []delivered, keys keyring) []*chain.Digest {
	c := chain.Trail{Account: t.account, Region: t.region, Name: t.name, Home: t.home, Bucket: auditBucket}
	var out []*chain.Digest
	var prev *chain.Digest
	for _, s := range t.windows() {
		var listed, late []chain.Log
		for _, l := range logs {
			switch inside := !l.Delivered.Before(s.start) && l.Delivered.Before(s.end); {
			case !inside || l.part == "planted":
			case l.part == "late":
				late = append(late, l.Log)
			default:
				listed = append(listed, l.Log)
			}
		}
		if s.fresh {
			prev = nil
		}
		key := keys.pick(t.region, s.end)
		prev = c.Sign(s.start, s.end, listed, prev, key, false)
		out = append(out, prev)
		if late != nil {
			out = append(out, c.Sign(s.start, s.end, late, nil, key, true))
		}
	}
	return out
}

// accessFiles groups the lines into delivered objects: best effort, hours late, hardly ordered.
func (w *world) accessFiles() map[string][]byte {
	d := w.dice("access delivery")
	sort.SliceStable(w.lines, func(a, b int) bool { return w.lines[a].Received.Before(w.lines[b].Received) })
	chunks := map[string][]activity.Line{}
	var names []string
	put := func(bucket string, slot time.Time, l activity.Line) {
		name := bucket + " " + slot.Format(time.RFC3339)
		if chunks[name] == nil {
			names = append(names, name)
		}
		chunks[name] = append(chunks[name], l)
	}
	for i, l := range w.lines {
		slot := l.Received.Truncate(3 * time.Hour)
		if d.N(100) < 3 {
			slot = slot.Add(3 * time.Hour) // late
		}
		put(l.Bucket, slot, l)
		if i%900 == 450 {
			put(l.Bucket, slot.Add(6*time.Hour), l) // delivered again
			w.count("duplicate-lines", 1)
		}
	}
	out := map[string][]byte{}
	sort.Strings(names)
	for _, n := range names {
		lines := chunks[n]
		for i := range lines {
			if j := i + d.N(4); j < len(lines) {
				lines[i], lines[j] = lines[j], lines[i]
			}
		}
		bucket, stamp, _ := strings.Cut(n, " ")
		slot, err := time.Parse(time.RFC3339, stamp)
		if err != nil {
			panic(err) // formatted above
		}
		var b strings.Builder
		for _, l := range lines {
			b.WriteString(l.Text)
			b.WriteByte('\n')
		}
		out[accessName(bucket, slot.Add(3*time.Hour+time.Duration(d.Between(1200, 8400))*time.Second), d)] = []byte(b.String())
	}
	return out
}

// accessName is simple for one bucket and partitioned by date for the other.
func accessName(bucket string, delivery time.Time, d *dice.Dice) string {
	name := delivery.Format("2006-01-02-15-04-05-") + d.Text("0123456789ABCDEF", 16)
	if bucket == web {
		return "acme-access-logs-eu/web/" + prod + "/" + euwest + "/" + web + "/" + delivery.Format("2006/01/02/") + name
	}
	return "acme-access-logs/finance/" + name
}
