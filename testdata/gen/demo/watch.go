package demo

import (
	"fmt"
	"slices"
	"time"

	"trailsift/testdata/gen/activity"
	"trailsift/testdata/gen/chain"
	"trailsift/testdata/gen/dice"
)

// watched is the hour in which the data events of the trails' own bucket are recorded: each file that
// CloudTrail delivers then stands in a log file that is delivered ten minutes later, and so on.
var watched = struct{ from, to time.Time }{at(9, 2, 50, 0), at(9, 3, 50, 0)}

// uswest is a region whose logs nobody handed over: only the record of their delivery tells of them.
const uswest = "us-west-2"

// arrival is one file as CloudTrail put it into the bucket.
type arrival struct {
	object string
	at     time.Time
	size   int
}

// arrivals are the files among logs and digests that were put while the bucket was watched. Nobody
// at CloudTrail put the planted one.
func arrivals(logs []delivered, digests []*chain.Digest) []arrival {
	var out []arrival
	add := func(object string, put time.Time, content []byte) {
		if put.Before(watched.from) || !put.Before(watched.to) {
			return
		}
		out = append(out, arrival{object, put.Add(time.Duration(dice.New(17, object).Between(9, 50)) * time.Second), len(pack(content))})
	}
	for _, l := range logs {
		if l.part != "planted" {
			add(l.Object, l.Delivered, l.content)
		}
	}
	for _, d := range digests {
		add(d.Object, d.End.Add(19*time.Minute), d.Body)
	}
	slices.SortFunc(out, func(a, b arrival) int { return a.at.Compare(b.at) })
	return out
}

// watch packs and signs every trail. The trail that watches the bucket comes last, because its logs
// tell of all the others'.
func (w *world) watch(keys keyring) (logs map[place][]delivered, digests map[place][]*chain.Digest) {
	logs, digests = map[place][]delivered{}, map[place][]*chain.Digest{}
	watcher := trails[0]
	for _, t := range trails[1:] {
		logs[t.place] = w.pack(t.place)
		digests[t.place] = t.sign(logs[t.place], keys)
		w.noteArrivals(arrivals(logs[t.place], digests[t.place]))
	}
	w.elsewhere()
	told := map[string]bool{}
	// A file tells of earlier ones only, so in order of time each is finished before it is told of.
	own := func(until time.Time) {
		for more := true; more; {
			logs[watcher.place] = w.pack(watcher.place)
			more = false
			for _, a := range arrivals(logs[watcher.place], digests[watcher.place]) {
				if !told[a.object] && a.at.Before(until) {
					told[a.object], more = true, true
					w.noteArrivals([]arrival{a})
					break
				}
			}
		}
	}
	own(at(9, 3, 20, 0)) // before the first of its own digests is put
	digests[watcher.place] = watcher.sign(logs[watcher.place], keys)
	own(watched.to.Add(time.Hour))
	digests[watcher.place] = watcher.sign(logs[watcher.place], keys)
	return logs, digests
}

func (w *world) noteArrivals(list []arrival) {
	for _, a := range list {
		r := w.put(a)
		w.record(&r)
	}
}

// put is CloudTrail's own request for a file.
func (w *world) put(a arrival) activity.Request {
	d := dice.New(w.seed, "put "+a.object)
	const service = "cloudtrail.amazonaws.com"
	r := activity.Request{Time: a.at, Took: d.Between(20, 90), Account: prod, Region: useast, Actor: activity.Service(service), Agent: service, Call: "PutObject",
		Bucket: auditBucket, Owner: prod, Key: a.object, In: int64(a.size), ID: d.Text(dice.Upper, 16), EventID: d.UUID(), HostID: d.Text(dice.Mixed+"+/", 63) + "="}
	byDefault.on(&r)
	w.count("files-put-by-cloudtrail", 1)
	return r
}

// elsewhere is a third region: a log file and its digest, of which the evidence has neither, and a
// log file that CloudTrail failed to put.
func (w *world) elsewhere() {
	d := w.dice("elsewhere")
	folder := func(tree string) string {
		return "AWSLogs/" + prod + "/" + tree + "/" + uswest + "/2026/03/11/" + prod + "_" + tree + "_" + uswest + "_"
	}
	log := func(t time.Time) string {
		return fmt.Sprintf("%s%s_%s.json.gz", folder("CloudTrail"), t.Format("20060102T1504Z"), d.Text(dice.Mixed, 16))
	}
	w.noteArrivals([]arrival{
		{log(at(9, 3, 12, 0)), at(9, 3, 12, 41), 3_418},
		{folder("CloudTrail-Digest") + "acme-west_" + uswest + "_20260311T032733Z.json.gz", at(9, 3, 46, 57), 1_176},
	})
	w.count("delivered-logs-missing", 1)
	w.count("delivered-digests-missing", 1)
	r := w.put(arrival{log(at(9, 3, 32, 0)), at(9, 3, 32, 19), 0})
	r.SSE, r.Response = "", nil
	r.Error, r.Message, r.Status, r.Out = "InternalError", "We encountered an internal error. Please try again.", 500, 0
	w.record(&r)
	w.count("logs-not-delivered", 1)
	w.count("enc-failed-writes", 1)
}
