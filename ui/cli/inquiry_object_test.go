package cli

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/queries/inquiry"
)

// plainDeletes are the deleted keys by request id, bucket, key and version, out of the raw records.
func (d *demo) plainDeletes() map[string]bool {
	out := map[string]bool{}
	for _, e := range d.events {
		switch {
		case at(e, "eventName") == "DeleteObject" && at(e, "errorCode") == "":
			out[strings.Join([]string{at(e, "requestID"), at(e, "requestParameters.bucketName"), at(e, "requestParameters.key"), at(e, "requestParameters.versionId")}, " ")] = true
		case at(e, "eventName") == "DeleteObjects":
			list, _ := e["requestParameters"].(map[string]any)["objects"].([]any)
			for _, k := range list {
				out[strings.Join([]string{at(e, "requestID"), at(e, "requestParameters.bucketName"), at(k.(map[string]any), "key"), ""}, " ")] = true
			}
		}
	}
	for _, l := range d.lines {
		if !strings.Contains("REST.DELETE.OBJECT BATCH.DELETE.OBJECT S3.EXPIRE.OBJECT S3.CREATE.DELETEMARKER", l[6]) || l[9][0] == '4' {
			continue
		}
		key := strings.ReplaceAll(l[7], "+", " ")
		for strings.Contains(key, "%") {
			key, _ = url.PathUnescape(key)
		}
		version := l[17]
		if version == "-" {
			version = ""
		}
		out[strings.Join([]string{l[5], l[1], key, version}, " ")] = true
	}
	return out
}

func testDeletes(t *testing.T, d *demo) {
	l, err := inquiry.Deletes(context.Background(), d.engine, model.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	sources := map[string]int{}
	for _, e := range l.Entries {
		id := strings.Join([]string{e.RequestID, e.Bucket, e.Key, e.Version}, " ")
		if got[id] {
			t.Errorf("%s is there twice", id)
		}
		got[id] = true
		sources[e.Op+" "+strings.Join(e.Sources, "+")]++
	}
	want := d.plainDeletes()
	for id := range want {
		if !got[id] {
			t.Errorf("%s is missing", id)
		}
	}
	for id := range got {
		if !want[id] {
			t.Errorf("%s is not in the evidence", id)
		}
	}
	// README: 70 keys in batches, 24 + 7 versions, 40 expired, 10 marked.
	if s := fmt.Sprint(l.Kinds[answer.PlainDelete], l.Kinds[answer.VersionRemoved], l.Kinds[answer.Expired], l.Kinds[answer.DeleteMarker]); s != "70 31 40 10" {
		t.Errorf("kinds: %s", s)
	}
	// The access log tells every key of the six calls; twelve and ten of them CloudTrail tells too.
	batch := 0
	for s, n := range sources {
		if strings.Contains(s, "access+cloudtrail-call") {
			batch += n
		}
	}
	if l.Calls != 6 || len(l.UnknownKeys) != 0 || batch != 12 {
		t.Errorf("%d calls, %d unknown, sources %v", l.Calls, len(l.UnknownKeys), sources)
	}
}

func testObjectStories(t *testing.T, d *demo) {
	ctx := context.Background()
	for _, name := range []string{"acme-finance/reports/2026 q1/statement-002.xlsx", "acme-finance/backups/*", "acme-web/img/product-0017.jpg"} {
		o, err := inquiry.Object(ctx, d.engine, name, 0)
		if err != nil {
			t.Fatal(err)
		}
		n, err := d.engine.Count(ctx, model.Query{Filter: model.Filter{Terms: []model.Term{inquiry.ObjectTerm(name)}}})
		if err != nil || o.Total == 0 || int64(len(o.Lines)) != o.Total || o.Total > n {
			t.Errorf("%s: %d lines, %d events of %d requests, %v", name, len(o.Lines), o.Total, n, err)
		}
		if !slices.IsSortedFunc(o.Lines, func(a, b answer.StoryLine) int { return a.Time.Compare(*b.Time) }) {
			t.Errorf("%s: not in order", name)
		}
		reads := map[string]int64{}
		for _, e := range d.events {
			full := at(e, "requestParameters.bucketName") + "/" + at(e, "requestParameters.key")
			if at(e, "eventName") == "GetObject" && at(e, "errorCode") == "" && (full == name || strings.HasSuffix(name, "*") && strings.HasPrefix(full, name[:len(name)-1])) {
				reads[at(e, "userIdentity.arn")]++
			}
		}
		got := map[string]int64{}
		for _, r := range o.Readers {
			if r.CloudTrailOut > 0 {
				got[r.Actor] += r.Requests
			}
		}
		if !maps.Equal(got, reads) {
			t.Errorf("%s: readers %v, want %v", name, got, reads)
		}
	}
}

// testDeletesOfOneObject holds the ledgers of single objects and folders, which take a shorter way,
// against the ledger of everything.
func testDeletesOfOneObject(t *testing.T, d *demo) {
	all, err := inquiry.Deletes(context.Background(), d.engine, model.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	line := func(e answer.Delete) string {
		slices.Sort(e.Sources)
		return fmt.Sprint(e.RequestID, e.Bucket, e.Key, e.Version, e.Kind, e.Fate, e.Why, e.Sources)
	}
	names := map[string]bool{"acme-finance/backups/*": true, "acme-web/img/*": true, "acme-finance/*": true}
	for i, e := range all.Entries {
		if i%23 == 0 {
			names[e.Bucket+"/"+e.Key] = true
		}
	}
	for name := range names {
		want := map[string]bool{}
		prefix, folder := strings.CutSuffix(name, "*")
		for _, e := range all.Entries {
			if at := e.Bucket + "/" + e.Key; at == name || folder && strings.HasPrefix(at, prefix) {
				want[line(e)] = true
			}
		}
		got, err := inquiry.Deletes(context.Background(), d.engine, model.Filter{Terms: []model.Term{inquiry.ObjectTerm(name)}})
		if err != nil || len(got.Entries) != len(want) {
			t.Errorf("%s: %d deletes, want %d, %v", name, len(got.Entries), len(want), err)
		}
		for _, e := range got.Entries {
			if !want[line(e)] {
				t.Errorf("%s: %s is not in the ledger of everything", name, line(e))
			}
		}
	}
}
