package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/queries/inquiry"
)

// plainDelete is one deleted object or version, put together of everything that tells of it.
type plainDelete struct {
	id, bucket, key, version, kind, fate string
	at, again, read                      time.Time
	sources                              map[string]bool
}

// removal is one record that tells of a delete.
type removal struct {
	p            *plain
	key, version string // the version that was asked for
	source       []string
}

var removals = []string{"DeleteObject", "BATCH.DELETE.OBJECT", "S3.EXPIRE.OBJECT", "S3.CREATE.DELETEMARKER"}

func (p *plain) removal() removal {
	r := removal{p: p, key: p.key, version: p.named, source: []string{p.log}}
	if slices.ContainsFunc(p.own, func(l *plain) bool { return l.op == p.op }) {
		r.source = []string{"cloudtrail", "access"}
	}
	return r
}

// removals are what tells of the deletes that f keeps: their own records, and for multi-object deletes
// those of the same request and the record itself. unknown are calls of which nothing tells a key.
func (w *world) removals(f plainFilter) (all []removal, calls, unknown, refused int64) {
	seen := map[*plain]bool{}
	take := func(p *plain) {
		if !seen[p] && p.outcome == "ok" {
			seen[p] = true
			all = append(all, p.removal())
		}
	}
	for _, p := range w.shown(f) {
		isRemoval := slices.Contains(removals, p.op)
		if isRemoval && p.key != "" {
			take(p)
		}
		if (isRemoval || p.op == "DeleteObjects") && p.outcome != "ok" {
			refused++
		}
	}
	for _, call := range w.shown(f) {
		if call.op != "DeleteObjects" || call.outcome != "ok" {
			continue
		}
		calls++
		told := len(call.deleted()) > 0
		for _, p := range w.shown(plainFilters[0]) {
			if slices.Contains(removals, p.op) && p.key != "" && p.bucket == call.bucket && oneRequest(call, p) {
				told = true
				take(p)
			}
		}
		for _, k := range call.deleted() {
			all = append(all, removal{call, k[0], k[1], []string{"cloudtrail-call"}})
		}
		if !told {
			unknown++
		}
	}
	return all, calls, unknown, refused
}

// deletes puts together what is of one request, object and version.
func (w *world) deletes(f plainFilter) (out []*plainDelete, calls, unknown, refused int64) {
	all, calls, unknown, refused := w.removals(f)
	byName, made := map[string]*plainDelete{}, map[string]bool{}
	for i, r := range all {
		name := strings.Join([]string{r.p.id, r.p.bucket, r.key, r.version}, "\x00")
		switch {
		case r.p.id == "":
			name = fmt.Sprint(i)
		case strings.HasPrefix(r.p.raw, "S3."):
			name += r.p.raw
		}
		d := byName[name]
		if d == nil {
			d = &plainDelete{id: r.p.id, bucket: r.p.bucket, key: r.key, version: r.version, kind: "deleted", sources: map[string]bool{}}
			if r.version != "" {
				d.kind = "version-removed"
			}
			byName[name] = d
			out = append(out, d)
		}
		for _, s := range r.source {
			d.sources[s] = true
		}
		if !r.p.at.IsZero() && (d.at.IsZero() || r.p.at.Before(d.at) && r.p.op != "DeleteObjects") {
			d.at = r.p.at
		}
		switch {
		case r.p.raw == "S3.EXPIRE.OBJECT":
			d.kind = "expired"
		case r.p.raw == "S3.CREATE.DELETEMARKER":
			d.kind = "delete-marker"
		case r.p.marker && r.version != "":
			d.kind = "marker-removed"
		case r.p.marker:
			d.kind, d.version = "delete-marker", r.p.version
		case r.version == "" && r.p.op == "DeleteObject" && d.version == "":
			d.version = r.p.version
		}
	}
	for _, d := range out {
		if d.kind == "delete-marker" && d.version != "" {
			made[d.bucket+"\x00"+d.key+"\x00"+d.version] = true
		}
	}
	for _, d := range out {
		if d.kind == "version-removed" && made[d.bucket+"\x00"+d.key+"\x00"+d.version] {
			d.kind = "marker-removed"
		}
	}
	for _, d := range out {
		w.tellFate(d, out)
	}
	return out, calls, unknown, refused
}

// tellFate says whether what was deleted can be had back, by what the whole evidence tells of the
// bucket and the object.
func (w *world) tellFate(d *plainDelete, all []*plainDelete) {
	status, since, kept := "", time.Time{}, false
	var writes []time.Time
	for _, p := range w.shown(plainFilters[0]) {
		if p.bucket != d.bucket || p.outcome != "ok" {
			continue
		}
		kept = kept || p.version != "" && p.version != "null"
		configuration, _ := p.params["VersioningConfiguration"].(map[string]any)
		if p.op == "PutBucketVersioning" && configuration != nil && !p.at.IsZero() && p.at.Before(d.at) {
			status, since = configuration["Status"].(string), p.at
		}
		if slices.Contains([]string{"PutObject", "CopyObject", "CompleteMultipartUpload"}, p.op) && p.key == d.key && !p.at.IsZero() {
			writes = append(writes, p.at)
		}
	}
	next := func(times []time.Time) (first time.Time) {
		for _, t := range times {
			if !d.at.IsZero() && t.After(d.at) && (first.IsZero() || t.Before(first)) {
				first = t
			}
		}
		return first
	}
	d.again = next(writes)
	meanwhile := slices.ContainsFunc(writes, func(t time.Time) bool { return !t.Before(since) && !t.After(d.at) })
	switch {
	case d.kind == "expired", d.kind == "version-removed":
		d.fate = "lost"
	case d.kind == "marker-removed":
		d.fate = "restored"
	case d.kind == "delete-marker":
		d.fate = "restorable"
	case d.at.IsZero():
		d.fate = "cannot-tell"
	case status == "Suspended" && meanwhile:
		d.fate = "lost"
	case status != "", kept:
		d.fate = "restorable"
	default:
		d.fate = "cannot-tell"
	}
	var shows []time.Time
	for _, o := range all {
		if o.kind == "marker-removed" && o.bucket == d.bucket && o.key == d.key {
			shows = append(shows, o.at)
		}
	}
	if d.fate == "restorable" && !next(shows).IsZero() {
		d.fate = "restored"
	}
	if d.fate == "restorable" || d.fate == "cannot-tell" {
		for _, p := range w.shown(plainFilters[0]) {
			asked, _ := p.params["x-amz-copy-source"].(string)
			if p.op == "CopyObject" && p.outcome == "ok" && p.bucket == d.bucket && p.key == d.key && p.source == d.bucket+"/"+d.key && strings.Contains(asked, "?versionId=") && !d.at.IsZero() && p.at.After(d.at) {
				d.fate = "restored"
			}
		}
	}
	if d.fate != "lost" || d.at.IsZero() {
		return
	}
	named := ""
	if d.version != "null" && (d.kind == "version-removed" || d.kind == "expired") {
		named = d.version
	}
	for _, p := range w.shown(plainFilters[0]) {
		isRead := p.op == "GetObject" && p.outcome == "ok" || p.raw == "REST.COPY.OBJECT_GET" && p.outcome == "ok"
		if !isRead || p.bucket != d.bucket || p.key != d.key || !p.at.After(d.at) || !d.read.IsZero() && !p.at.Before(d.read) {
			continue
		}
		between := slices.ContainsFunc(writes, func(t time.Time) bool { return !t.Before(d.at) && !t.After(p.at) })
		if named != "" && p.version == named || !between && (p.version == "" || named == "" && p.version == "null") {
			d.read, d.fate = p.at, "contradicted"
		}
	}
}

func (d *plainDelete) String() string {
	var sources []string
	for s := range d.sources {
		sources = append(sources, s)
	}
	slices.Sort(sources)
	return deleteText(d.id, d.bucket, d.key, d.version, d.kind, d.fate, &d.at, &d.again, &d.read, sources)
}

func deleteText(id, bucket, key, version, kind, fate string, at, again, read *time.Time, sources []string) string {
	when := func(t *time.Time) string {
		if t == nil || t.IsZero() {
			return "-"
		}
		return t.Format("15:04:05")
	}
	return fmt.Sprintf("%s %s/%s %q %s %s at %s, again %s, read %s, by %v", id, bucket, key, version, kind, fate, when(at), when(again), when(read), sources)
}

// randomDeletes holds the ledger of deletes against the raw records, and the ledgers of single objects
// against the whole one.
func randomDeletes(t *testing.T, w *world, f plainFilter) {
	ask := func(f model.Filter) (answer.Deletes, []string) {
		l, err := inquiry.Deletes(context.Background(), w.engine, f)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, e := range l.Entries {
			slices.Sort(e.Sources)
			lines = append(lines, deleteText(e.RequestID, e.Bucket, e.Key, e.Version, e.Kind, e.Fate, e.Time, e.Again, e.Read, e.Sources))
		}
		return l, lines
	}
	if strings.HasPrefix(f.text, "object:") {
		return // held against the whole ledger, below
	}
	l, got := ask(w.filter(t, f))
	all, calls, unknown, refused := w.deletes(f)
	var want []string
	for _, d := range all {
		want = append(want, d.String())
	}
	differ(t, "deletes", f, got, want)
	fates, keys, versions, objects := map[string]int64{}, map[string]int64{}, map[string]int64{}, map[string]bool{}
	counted := map[string]bool{}
	for _, d := range all {
		fates[d.fate]++
		name := d.bucket + "/" + d.key
		objects[name] = true
		switch {
		case d.kind == "version-removed" || d.kind == "expired" && d.version != "":
			versions[d.fate]++
		case !counted[name+" "+d.fate]:
			counted[name+" "+d.fate] = true
			keys[d.fate]++
		}
	}
	if !maps.Equal(l.Fates, fates) || !maps.Equal(l.KeyFates, keys) || !maps.Equal(l.VersionFates, versions) || l.Objects != int64(len(objects)) {
		t.Errorf("%q: fates %v of %v keys and %v versions of %d objects, want %v of %v and %v of %d", f.text, l.Fates, l.KeyFates, l.VersionFates, l.Objects, fates, keys, versions, len(objects))
	}
	if l.Calls != calls || int64(len(l.UnknownKeys)) != unknown || l.Refused != refused {
		t.Errorf("%q: %d calls, %d of unknown keys, %d refused; want %d, %d, %d", f.text, l.Calls, len(l.UnknownKeys), l.Refused, calls, unknown, refused)
	}
	if f.text != "" {
		return
	}
	for _, name := range []string{"fin/a.txt", "web/*"} {
		want = nil
		for _, d := range all {
			if prefix, folder := strings.CutSuffix(name, "*"); d.bucket+"/"+d.key == name || folder && strings.HasPrefix(d.bucket+"/"+d.key, prefix) {
				want = append(want, d.String())
			}
		}
		_, got = ask(model.Filter{Terms: []model.Term{inquiry.ObjectTerm(name)}})
		differ(t, "deletes", plainFilter{text: "object:" + name}, got, want)
	}
}
