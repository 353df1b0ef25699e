package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"trailsift/testdata/gen/corpus"
)

func smallCorpus(t *testing.T, change func(*corpus.Options)) (map[string][]byte, corpus.Totals) {
	t.Helper()
	o := corpus.Defaults()
	o.Events, o.Logs, o.Digests, o.Out = 900, 40, 14, t.TempDir()
	change(&o)
	totals, err := corpus.Make(o)
	if err != nil {
		t.Fatal(err)
	}
	return readTree(t, o.Out), totals
}

func TestCorpusIsTheSameWithAnyNumberOfWorkers(t *testing.T) {
	one, _ := smallCorpus(t, func(o *corpus.Options) { o.Workers = 1 })
	many, _ := smallCorpus(t, func(o *corpus.Options) { o.Workers = 5 })
	if len(one) != len(many) {
		t.Fatalf("%d files with one worker, %d with five", len(one), len(many))
	}
	for name, content := range one {
		if !bytes.Equal(content, many[name]) {
			t.Errorf("%s differs", name)
		}
	}
	other, _ := smallCorpus(t, func(o *corpus.Options) { o.Seed, o.Digests = 2, 0 })
	for name := range other {
		if _, ok := one[name]; ok && strings.Contains(name, "/CloudTrail/") {
			t.Errorf("%s is made by two seeds", name)
		}
	}
}

func TestCorpusHoldsWhatWasAskedFor(t *testing.T) {
	tree, totals := smallCorpus(t, func(o *corpus.Options) { o.Digests = 0 })
	events, lines, logs := 0, 0, 0
	ids := map[string]bool{}
	for name, content := range tree {
		switch {
		case strings.Contains(name, "/CloudTrail/"):
			var file struct {
				Records []struct{ RequestID string }
			}
			if err := json.Unmarshal(gunzip(t, name, content), &file); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			logs++
			events += len(file.Records)
			for _, r := range file.Records {
				ids[r.RequestID] = true
			}
		case strings.HasPrefix(name, "access/"):
			lines += bytes.Count(content, []byte("\n"))
		}
	}
	if events != 900 || lines != 900 || logs != 40 || len(ids) != 900 {
		t.Errorf("%d events, %d lines, %d logs, %d request ids; want 900, 900, 40, 900", events, lines, logs, len(ids))
	}
	if totals.Events != 900 || totals.Logs != 40 || totals.Digests != 0 {
		t.Errorf("totals %+v", totals)
	}
}

func TestCorpusDigestsVerifyAndListEveryLog(t *testing.T) {
	for name, digests := range map[string]int{"so many in all": 14, "hourly": -1} {
		t.Run(name, func(t *testing.T) {
			tree, totals := smallCorpus(t, func(o *corpus.Options) { o.Digests, o.Days = digests, 0.5 })
			d := demoEvidence{tree: tree, logs: map[string]int{}}
			signed, keys := d.digests(t), d.publicKeys(t)
			if len(signed) != totals.Digests || digests > 0 && len(signed) != digests {
				t.Errorf("%d digests, totals say %d, asked for %d", len(signed), totals.Digests, digests)
			}
			var metadata map[string]struct{ Signature string }
			if err := json.Unmarshal(tree["metadata.json"], &metadata); err != nil {
				t.Fatal(err)
			}
			listed, n := map[string]string{}, map[string]int64{}
			for object, x := range signed {
				checkSignature(t, x, keys[x.DigestPublicKeyFingerprint], metadata[x.DigestS3Bucket+"/"+object].Signature)
				checkLink(t, x, signed)
				for _, l := range x.LogFiles {
					listed[l.S3Object] = l.HashValue
				}
			}
			d.countHashes(t, "cloudtrail", listed, n)
			if n["log-files-proven"] != 40 || n["log-files-listed"] != 40 {
				t.Errorf("%d logs proven of %d listed, want 40 of 40", n["log-files-proven"], n["log-files-listed"])
			}
		})
	}
}

func TestCorpusRefusesWhatItCannotMake(t *testing.T) {
	cases := map[string]func(*corpus.Options){
		"no events":             func(o *corpus.Options) { o.Events = 0 },
		"more logs than events": func(o *corpus.Options) { o.Logs = o.Events + 1 },
		"a share above one":     func(o *corpus.Options) { o.Access = 1.5 },
		"no time":               func(o *corpus.Options) { o.Days = 0 },
		"a gzip level of 12":    func(o *corpus.Options) { o.Level = 12 },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			o := corpus.Defaults()
			o.Out = t.TempDir()
			change(&o)
			if _, err := corpus.Make(o); err == nil {
				t.Error("want an error")
			}
			if left := readTree(t, o.Out); len(left) > 0 {
				t.Errorf("%d files were written all the same", len(left))
			}
		})
	}
}
