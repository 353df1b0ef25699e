package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/queries/inquiry"
)

// trailFolder is where the random trail delivers to, below its bucket.
const trailFolder = "AWSLogs/" + homeAccount + "/CloudTrail/us-east-1/2026/03/01/"

// logFile is the name of a log file delivered some minutes after ten.
func (c *chaos) logFile(minute int) string {
	return fmt.Sprintf("%s_CloudTrail_us-east-1_20260301T1%d%02dZ_%s.json.gz", homeAccount, minute/60, minute%60, c.hex(16))
}

// deliveries are the records of how files were put into the trail's bucket: as they are, with another size,
// in vain, by somebody else, or not at all; and of files that are not here.
func (c *chaos) deliveries(files map[string][]byte) (out []string) {
	put := func(name string, size int, code string, who person) {
		q := c.begin("PutObject", "")
		q.bucket, q.key, q.who, q.code = "arch", trailFolder+name, who, code
		q.at = randomStart.Add(time.Duration(c.IntN(45*60)) * time.Second)
		if _, at, ok := strings.Cut(name, "_20260301T"); ok && c.chance(2) {
			minute, err := time.Parse("1504", at[:4])
			if err != nil {
				panic(err)
			}
			q.at = randomStart.Truncate(24 * time.Hour).Add(time.Duration(minute.Hour()*60+minute.Minute()) * time.Minute)
		}
		q.more["SSEApplied"] = "Default_SSE_S3"
		if code != "" {
			delete(q.more, "SSEApplied")
		}
		if size > 0 && !c.chance(6) {
			q.more["bytesTransferredIn"] = size
		}
		text, err := json.Marshal(c.event(q))
		if err != nil {
			panic(err)
		}
		if out = append(out, string(text)); c.chance(8) {
			out = append(out, string(text))
		}
	}
	service := person{requester: "svc:cloudtrail.amazonaws.com", kind: "AWSService"}
	names := []string{c.logFile(c.IntN(9)), c.logFile(40), homeAccount + "_CloudTrail-Digest_us-east-1_main_us-east-1_20260301T105958Z.json.gz", "notes.json"}
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		size := len(files[name])
		if size == 0 {
			size = 512
		}
		switch c.IntN(8) {
		case 0:
		case 1:
			put(name, size+one(c, -7, 7), "", service)
		case 2:
			put(name, 0, "InternalError", service)
		case 3:
			put(name, 0, "InternalError", service)
			put(name, size, "", service)
		case 4:
			put(name, size, "", randomPeople[0])
		default:
			put(name, size, "", service)
		}
	}
	return out
}

// randomDeliveries holds the files of the case against CloudTrail's own writes of them, by the raw records.
func randomDeliveries(t *testing.T, w *world, f plainFilter) {
	a, err := inquiry.Deliveries(context.Background(), w.engine, w.filter(t, f))
	if err != nil {
		t.Fatal(err)
	}
	here := map[string]int64{}
	files, err := filepath.Glob(filepath.Join(w.dir, "trail", filepath.FromSlash(trailFolder), "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		here[filepath.Base(name)] = info.Size()
	}
	writes := group(slices.DeleteFunc(w.shown(f), func(p *plain) bool { return p.op != "PutObject" || !strings.Contains(p.key, "_CloudTrail") }), func(p *plain) string { return path.Base(p.key) })
	var first, last time.Time
	delivered := false
	for _, rows := range writes {
		for _, p := range rows {
			if p.outcome != "ok" || p.actor != "cloudtrail.amazonaws.com" {
				continue
			}
			if delivered = true; p.at.IsZero() {
				continue
			}
			if first.IsZero() || p.at.Before(first) {
				first = p.at
			}
			if p.at.After(last) {
				last = p.at
			}
		}
	}
	want := map[string]map[string]int64{"log": {}, "digest": {}}
	for name, rows := range writes {
		counts := want["log"]
		if strings.Contains(name, "-Digest") {
			counts = want["digest"]
		}
		var done, tried *plain
		for _, p := range rows {
			switch own := p.actor == "cloudtrail.amazonaws.com"; {
			case own && p.outcome == "ok":
				done = p
			case own:
				tried = p
			case p.outcome == "ok":
				counts["foreign"]++
			}
		}
		size, present := here[name]
		switch {
		case done == nil && tried == nil:
		case done == nil && !present:
			counts["undelivered"]++
		case !present:
			counts["missing"]++
		case done != nil && done.in >= 0 && done.in != size:
			counts["other-size"]++
		default:
			counts["present"]++
		}
	}
	for name := range here {
		at, err := time.Parse("20060102T1504Z", strings.Split(name, "_")[3])
		if err != nil {
			t.Fatal(err)
		}
		if writes[name] == nil && !first.IsZero() && !at.Before(first) && !at.Add(15*time.Minute).After(last) {
			want["log"]["not-recorded"]++
		}
	}
	if !delivered {
		want = map[string]map[string]int64{"log": {}, "digest": {}}
	}
	if fmt.Sprint(a.Logs) != fmt.Sprint(want["log"]) || fmt.Sprint(a.Digests) != fmt.Sprint(want["digest"]) {
		t.Errorf("%q: logs %v and digests %v, want %v", f.text, a.Logs, a.Digests, want)
	}
	total := int64(0)
	for _, counts := range want {
		for state, n := range counts {
			if state != "present" {
				total += n
			}
		}
	}
	if int64(len(a.Files)) != total {
		t.Errorf("%q: %d files are told, want %d", f.text, len(a.Files), total)
	}
}
