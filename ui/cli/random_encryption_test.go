package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/model/answer"
	"trailsift/queries/inquiry"
)

func (p *plain) prefix() string {
	if folder, _, ok := strings.Cut(p.key, "/"); ok {
		return p.bucket + "/" + folder + "/"
	}
	return p.bucket + "/"
}

// encGroupings are how the audit can be grouped, by the raw record.
var encGroupings = map[string]func(p *plain) string{
	"bucket": func(p *plain) string { return p.bucket }, "prefix": (*plain).prefix, "actor": func(p *plain) string { return p.actor },
	"key": func(p *plain) string { return p.bucket + "/" + p.key }, "kms_key": func(p *plain) string { return p.kms }, "access_key": func(p *plain) string { return p.signer() },
}

func encText(name string, start *time.Time, enc string, n int64) string {
	at := ""
	if start != nil {
		at = start.Format(time.RFC3339)
	}
	return fmt.Sprintf("%s %s %s %d", name, at, enc, n)
}

// encTexts are groups line by line; failed writes stand apart.
func encTexts(groups []answer.EncGroup) []string {
	var out []string
	for _, g := range groups {
		for enc, n := range g.Outcomes {
			out = append(out, encText(g.Name, g.Start, enc, n))
		}
		if g.Failed > 0 {
			out = append(out, encText(g.Name, g.Start, "not-written", g.Failed))
		}
	}
	return out
}

// randomEncryption holds the audit against the raw writes, one grouping for each filter.
func randomEncryption(t *testing.T, w *world, f plainFilter) {
	names := []string{"bucket", "prefix", "actor", "key", "kms_key", "access_key"}
	by := names[(slices.IndexFunc(plainFilters, func(o plainFilter) bool { return o.text == f.text })+int(w.chaos.made))%len(names)]
	a, err := inquiry.Encryption(context.Background(), w.engine, w.filter(t, f), by, "hour")
	if err != nil {
		t.Fatal(err)
	}
	counts := [2]map[string]int64{{}, {}}
	writes, failed := int64(0), int64(0)
	lines := map[string]func(n int64) string{}
	for _, p := range w.shown(f) {
		if p.encrypted() == "n/a" {
			continue
		}
		if writes++; p.encrypted() == "not-written" {
			writes--
			failed++
		}
		var hour *time.Time
		if at := p.at.Truncate(time.Hour); !p.at.IsZero() {
			hour = &at
		}
		for i, start := range []*time.Time{nil, hour} {
			name := fmt.Sprint(i) + encText(encGroupings[by](p), start, p.encrypted(), 0)
			counts[i][name]++
			lines[name] = func(n int64) string { return encText(encGroupings[by](p), start, p.encrypted(), n) }
		}
	}
	for i, got := range [][]answer.EncGroup{a.Groups, a.Time} {
		var want []string
		for name, n := range counts[i] {
			want = append(want, lines[name](n))
		}
		differ(t, "encryption by "+by, f, encTexts(got), want)
	}
	if a.Writes != writes || a.Failed != failed {
		t.Errorf("%q: %d writes and %d failed, want %d and %d", f.text, a.Writes, a.Failed, writes, failed)
	}
	if got, want := a.Uploads, w.uploads(f); got.Started != want.Started || got.Completed != want.Completed || got.Aborted != want.Aborted || got.Unfinished != want.Unfinished ||
		got.WithoutStart != want.WithoutStart || len(got.UnfinishedStart) != int(want.Unfinished) {
		t.Errorf("%q: uploads %+v, want %+v", f.text, got, want)
	}
	var got []string
	for _, x := range a.Findings {
		got = append(got, fmt.Sprintf("%s %s %d", x.Code, x.Scope, x.Count))
	}
	differ(t, "findings", f, got, w.encFindings(f))
}

// uploadID is the upload that a record names.
func (p *plain) uploadID() string {
	for _, m := range []map[string]any{p.params, p.response} {
		if id, ok := m["uploadId"].(string); ok {
			return id
		}
	}
	uri, _ := p.params["request_uri"].(string)
	_, id, _ := strings.Cut(uri, "uploadId=")
	id, _, _ = strings.Cut(id, " ")
	return id
}

// uploads pairs starts and ends second by second: an end closes the start with its id, else, where one
// of the two tells none, the oldest that is open.
func (w *world) uploads(f plainFilter) (out answer.Uploads) {
	var open []*plain
	left := slices.DeleteFunc(w.shown(f), func(p *plain) bool {
		return p.outcome != "ok" || !strings.HasSuffix(p.op, "MultipartUpload")
	})
	for len(left) > 0 {
		n := 1
		for n < len(left) && left[n].at.Equal(left[0].at) {
			n++
		}
		for _, p := range left[:n] {
			if p.op == "CreateMultipartUpload" {
				out.Started++
				open = append(open, p)
			}
		}
		for _, p := range left[:n] {
			if p.op == "CreateMultipartUpload" {
				continue
			}
			found := -1
			for _, exact := range []bool{true, false} {
				for i, s := range open {
					same := s.bucket == p.bucket && s.key == p.key
					if fits := s.uploadID() != "" && s.uploadID() == p.uploadID() || !exact && (s.uploadID() == "" || p.uploadID() == ""); found < 0 && same && fits {
						found = i
					}
				}
			}
			switch {
			case found < 0 && p.op == "CompleteMultipartUpload":
				out.WithoutStart++
			case found >= 0 && p.op == "CompleteMultipartUpload":
				out.Completed++
			case found >= 0:
				out.Aborted++
			}
			if found >= 0 {
				open = slices.Delete(open, found, found+1)
			}
		}
		left = left[n:]
	}
	out.Unfinished = int64(len(open))
	return out
}

// gives tells that a write decided how its object is encrypted.
func (p *plain) gives() bool {
	return p.log == "cloudtrail" && !p.dup && p.key != "" && !p.at.IsZero() && p.enc != "n/a" && p.enc != "not-written" && p.enc != "unknown"
}

// encFindings counts what deserves a look: by code, place and number.
func (w *world) encFindings(f plainFilter) []string {
	counts := map[string]int64{} // code, place and what else tells findings of one code apart
	prefixes := map[string][]*plain{}
	for _, p := range w.shown(f) {
		add := func(code, place string, apart ...string) { counts[code+" "+place+"\x00"+strings.Join(apart, "\x00")]++ }
		if p.encrypted() == "not-reported" {
			add("enc-not-reported", p.bucket)
		}
		if p.encrypted() == "sse-c" {
			add("sse-c-writes", p.bucket, p.signer())
		}
		if parts := strings.Split(p.kms, ":"); len(parts) == 6 && p.outcome == "ok" && p.encrypted() != "n/a" && parts[4] != p.recipient {
			add("kms-key-foreign", p.bucket, p.kms)
		}
		if p.op == "CopyObject" && p.outcome == "ok" && p.source == p.bucket+"/"+p.key {
			add("copied-onto-itself", p.bucket, p.encrypted(), p.signer())
		}
		if w.overwrote(p) {
			add("read-then-overwritten", p.bucket, p.signer(), p.encrypted())
		}
		if p.outcome == "ok" && p.encrypted() != "n/a" && p.encrypted() != "unknown" {
			prefixes[p.prefix()] = append(prefixes[p.prefix()], p)
		}
	}
	for prefix, writes := range prefixes {
		first, n := map[string]time.Time{}, map[string]int64{}
		var earliest time.Time
		for _, p := range writes { // in the order of time, undated ones last
			method := strings.TrimSuffix(p.encrypted(), "-default")
			if n[method]++; first[method].IsZero() {
				first[method] = p.at
			}
			if earliest.IsZero() {
				earliest = p.at
			}
		}
		for method, at := range first {
			if at.After(earliest) {
				counts["encryption-drift "+prefix+"\x00"+method] = n[method]
			}
		}
	}
	var out []string
	for name, n := range counts {
		name, _, _ = strings.Cut(name, "\x00")
		out = append(out, fmt.Sprintf("%s %d", name, n))
	}
	return out
}

// overwrote tells that a write left its object encrypted otherwise, or with another key, than the
// write before it, and that its credential had read the object within the hour before.
func (w *world) overwrote(p *plain) bool {
	if p.op != "PutObject" || !p.gives() || p.signer() == "" {
		return false
	}
	var before *plain
	kms, read := "", false
	for _, o := range w.all {
		if o.log != "cloudtrail" || o.dup || o.at.IsZero() || o.bucket != p.bucket || o.key != p.key {
			continue
		}
		if o.op == "GetObject" && o.outcome == "ok" && o.signer() == p.signer() && !o.at.After(p.at) && p.at.Sub(o.at) <= time.Hour {
			read = true
		}
		if o.gives() && o.at.Before(p.at) && (before == nil || comparePlain(before, o) < 0) {
			before = o
		}
	}
	for _, o := range w.all { // of several writes in one second any one may tell the key
		if before != nil && o.gives() && o.bucket == p.bucket && o.key == p.key && o.at.Equal(before.at) && o.kms != "" {
			kms = o.kms
		}
	}
	if before == nil {
		return read && p.enc == "sse-c"
	}
	return read && (before.enc != p.enc || kms != p.kms)
}
