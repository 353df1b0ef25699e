package demo

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"trailsift/testdata/gen/activity"
	"trailsift/testdata/gen/chain"
	"trailsift/testdata/gen/dice"
)

// Seed of the committed evidence.
const Seed = 20260302

// Build returns the whole tree: slash-separated names below the demo folder, and contents.
func Build(seed uint64) map[string][]byte {
	w := newWorld(seed)
	w.play()
	tree := w.accessFiles()
	keys := newKeyring()
	var meta chain.Metadata
	packed, signed := w.watch(keys)
	for _, t := range trails {
		for _, l := range packed[t.place] {
			w.deliver(tree, l)
		}
		digests := signed[t.place]
		for i, d := range digests {
			tree[auditBucket+"/"+d.Object] = pack(d.Body)
			w.count("digests", 1)
			// The signature of all but the newest digest of a chain stands in its successor too, so
			// only one chain keeps its metadata whole.
			if t.place == (place{prod, useast}) || lastOfChain(digests, i) {
				meta.Add(auditBucket, d)
				w.count("digests-with-metadata", 1)
			}
		}
	}
	w.count("access-log-lines", int64(len(w.lines))+w.facts["duplicate-lines"])
	tree["metadata.json"] = meta.JSON()
	tree["keys/public-keys.json"] = chain.PublicKeys(keys.first, keys.second, keys.europe)
	w.strays(tree)
	w.sums()
	tree["README.md"] = w.readme(keys)
	return tree
}

// sums are the numbers that follow from others.
func (w *world) sums() {
	f := w.facts
	f["log-files-listed"] = f["cloudtrail-files"] - f["log-files-planted"] + f["log-files-missing"]
	f["log-files-proven"] = f["log-files-listed"] - f["log-files-missing"] - f["log-files-altered"]
	f["digests-by-successor"] = f["digests"] - f["digests-with-metadata"]
	f["copy-sources"] = f["copies-to-foreign-account"] + f["sse-c-rewrites"]
	f["gap-seconds"] = int64(stopped.to.Add(50*time.Second).Sub(stopped.from.Add(6*time.Minute+32*time.Second)) / time.Second)
}

// lastOfChain: no successor in the same run of linked digests.
func lastOfChain(digests []*chain.Digest, i int) bool {
	return digests[i].Backfill || i == len(digests)-1 || !digests[i+1].Start.Equal(digests[i].End)
}

func (w *world) play() {
	w.background()
	w.instanceTheft()
	w.hostileUploads()
	w.leakedKey()
	w.copiesAway()
	w.trailStopped()
	w.publicBucket()
	w.ransom()
	w.insider()
	w.expiry()
	w.oddities()
}

// deliver writes one log file, except that one is lost and one is changed on the way.
func (w *world) deliver(tree map[string][]byte, l delivered) {
	content := l.content
	switch l.part {
	case "missing":
		w.count("log-files-missing", 1)
		w.count("log-records-missing", int64(l.records))
		return
	case "altered":
		content = bytes.ReplaceAll(content, []byte(`"sourceIPAddress":"`+intruderIP+`"`), []byte(`"sourceIPAddress":"10.20.3.21"`))
		w.count("log-files-altered", 1)
		w.count("log-records-altered", int64(l.records))
		if len(pack(content)) != len(pack(l.content)) {
			w.count("delivered-logs-other-size", 1)
		}
	case "planted":
		w.count("log-files-planted", 1)
		w.count("logs-never-delivered", 1)
	}
	if l.again {
		w.count("redelivered-records", int64(l.records))
	}
	w.count("cloudtrail-files", 1)
	w.count("cloudtrail-records", int64(l.records))
	tree[auditBucket+"/"+l.Object] = pack(content)
}

// pack compresses as an object is stored: one gzip member without name or time. The compressor is
// the module's pinned one, so that a new Go release does not change the tree.
func pack(content []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err) // a constant level
	}
	_, err = z.Write(content)
	if err != nil {
		panic(err) // memory does not fail
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// strays are the files that lie beside real evidence: an Insights file, which is CloudTrail's own,
// and two that are no evidence of ours.
func (w *world) strays(tree map[string][]byte) {
	d := w.dice("insight")
	shared := d.UUID()
	var records []activity.Object
	for i, state := range []string{"Start", "End"} {
		records = append(records, object{
			{Name: "eventVersion", Value: "1.11"}, {Name: "eventTime", Value: activity.Stamp(at(4, 2, 20+25*i, 0))}, {Name: "awsRegion", Value: useast},
			{Name: "eventID", Value: d.UUID()}, {Name: "eventType", Value: "AwsCloudTrailInsight"}, {Name: "recipientAccountId", Value: prod},
			{Name: "sharedEventID", Value: shared},
			{Name: "insightDetails", Value: object{{Name: "state", Value: state}, {Name: "eventSource", Value: "kms.amazonaws.com"}, {Name: "eventName", Value: "Decrypt"},
				{Name: "insightType", Value: "ApiCallRateInsight"}, {Name: "insightContext", Value: object{{Name: "statistics", Value: object{
					{Name: "baseline", Value: object{{Name: "average", Value: 0}}}, {Name: "insight", Value: object{{Name: "average", Value: 8}}}}}}}}},
			{Name: "eventCategory", Value: "Insight"},
		})
		w.count("insight-records", 1)
	}
	name := auditBucket + "/AWSLogs/" + prod + "/CloudTrail-Insight/" + useast + "/2026/03/06/" + prod + "_CloudTrail-Insight_" + useast + "_20260306T0250Z_" + d.Text(dice.Mixed, 16) + ".json.gz"
	tree[name] = pack(object{{Name: "Records", Value: records}}.AppendJSON(nil))
	tree["acme-access-logs/README.txt"] = []byte("Target of server access logging for acme-finance. Ask the platform team before deleting anything.\n")
	tree["acme-audit-logs/notifications/event-0001.json"] = object{{Name: "Records", Value: []activity.Object{{
		{Name: "eventVersion", Value: "2.1"}, {Name: "eventSource", Value: "aws:s3"}, {Name: "awsRegion", Value: useast}, {Name: "eventTime", Value: "2026-03-06T02:31:07.000Z"},
		{Name: "eventName", Value: "ObjectCreated:Put"}, {Name: "s3", Value: object{{Name: "s3SchemaVersion", Value: "1.0"},
			{Name: "bucket", Value: object{{Name: "name", Value: auditBucket}}}, {Name: "object", Value: object{{Name: "key", Value: "AWSLogs/"}, {Name: "size", Value: 1024}}}}}}}}}.AppendJSON(nil)
}

// Write writes the tree of seed below dir, in place of what a former run left there.
func Write(dir string, seed uint64) error {
	tree := Build(seed)
	for _, old := range []string{auditBucket, "acme-access-logs", "acme-access-logs-eu", "keys"} {
		if err := os.RemoveAll(filepath.Join(dir, old)); err != nil {
			return fmt.Errorf("clearing the former demo: %w", err)
		}
	}
	for name, content := range tree {
		if strings.Contains(name, "..") {
			return fmt.Errorf("demo file %q leaves its folder", name)
		}
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return fmt.Errorf("making the demo: %w", err)
		}
		if err := os.WriteFile(full, content, 0o644); err != nil {
			return fmt.Errorf("writing the demo: %w", err)
		}
	}
	return nil
}
