package accesslog

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

var update = flag.Bool("update", false, "rewrite testdata/samples.txt with what the parser gives; read the difference")

const samplesFile = "testdata/samples.txt"

// sample is one stanza of the samples file: "# name", the line, and its parse, indented.
type sample struct {
	name, line, want string
}

func samples(t testing.TB) []sample {
	t.Helper()
	raw, err := os.ReadFile(samplesFile)
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	for l := range strings.Lines(string(raw)) {
		l = strings.TrimSuffix(l, "\n")
		switch name, isName := strings.CutPrefix(l, "# "); {
		case isName:
			all = append(all, sample{name: name})
		case strings.HasPrefix(l, "\t"):
			all[len(all)-1].want += l + "\n"
		case l != "":
			all[len(all)-1].line = l
		}
	}
	return all
}

func TestI28I29SampleLinesGiveTheirFields(t *testing.T) {
	var out strings.Builder
	for _, s := range samples(t) {
		records, rejects, _ := parse(t, s.line)
		got := describe(records, rejects)
		fmt.Fprintf(&out, "# %s\n%s\n%s\n", s.name, s.line, got)
		if *update {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			if got != s.want {
				t.Errorf("%s\ngot\n%swant\n%s", s.line, got, s.want)
			}
		})
	}
	if *update {
		if err := os.WriteFile(samplesFile, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// parse runs a whole member through a parser and copies what comes out.
func parse(t testing.TB, content string) ([]model.Record, []model.Reject, Result) {
	t.Helper()
	return parseInPieces(t, Limits{}, content, len(content))
}

// parseInPieces does so in windows of at most step bytes, each in memory of its own that is
// overwritten afterwards.
func parseInPieces(t testing.TB, limits Limits, content string, step int) ([]model.Record, []model.Reject, Result) {
	t.Helper()
	var records []model.Record
	var rejects []model.Reject
	p := NewParser(limits, func(batch []model.Record) error {
		for _, r := range batch {
			records = append(records, deepCopy(r))
		}
		return nil
	}, func(r model.Reject) {
		r.Raw = []byte(string(r.Raw))
		rejects = append(rejects, r)
	})
	p.Begin()
	done, size := 0, step
	for {
		end := min(done+size, len(content))
		window := []byte(content[done:end])
		last := end == len(content)
		n, err := p.Feed(window, last)
		if err != nil {
			t.Fatal(err)
		}
		for i := range window {
			window[i] = 'X'
		}
		if last && n != len(window) {
			t.Fatalf("the last window was not consumed: %d of %d", n, len(window))
		}
		if done += n; last {
			return records, rejects, p.Result()
		}
		size = len(window) - n + step
	}
}

func texts(r *model.Record) map[string]*string {
	return map[string]*string{
		"service": &r.Service, "op": &r.Op, "op_raw": &r.OpRaw, "bucket": &r.Bucket, "key": &r.Key,
		"version": &r.Version, "copy_source": &r.CopySource, "ip": &r.IP, "agent": &r.Agent,
		"referer": &r.Referer, "host": &r.Host, "actor": &r.Actor, "actor_type": &r.ActorType,
		"actor_account": &r.ActorAccount, "access_key": &r.AccessKey, "session": &r.Session,
		"issuer": &r.Issuer, "invoked_by": &r.InvokedBy, "region": &r.Region, "error": &r.Error,
		"tls": &r.TLS, "cipher": &r.Cipher, "sig": &r.Sig, "auth": &r.Auth,
		"access_point": &r.AccessPoint, "request_id": &r.RequestID, "host_id": &r.HostID,
		"owner": &r.Owner, "request_uri": &r.RequestURI, "key_raw": &r.KeyRaw, "extra_fields": &r.ExtraFields,
	}
}

func deepCopy(r model.Record) model.Record {
	for _, s := range texts(&r) {
		*s = strings.Clone(*s)
	}
	return r
}

// describe prints everything that a record has.
func describe(records []model.Record, rejects []model.Reject) string {
	var b strings.Builder
	put := func(name string, v any) { fmt.Fprintf(&b, "\t%s: %v\n", name, v) }
	for i := range records {
		r := &records[i]
		if r.Time != model.NoTime {
			put("time", time.Unix(r.Time, 0).UTC().Format(time.RFC3339))
		}
		order := []string{
			"owner", "bucket", "ip", "actor", "actor_type", "actor_account", "session", "issuer", "invoked_by", "access_key", "request_id",
			"op", "op_raw", "key", "key_raw", "copy_source", "request_uri", "error", "referer", "agent", "version", "host_id", "sig",
			"cipher", "auth", "host", "tls", "access_point", "region", "extra_fields",
		}
		all := texts(r)
		for _, name := range order {
			if *all[name] != "" {
				put(name, fmt.Sprintf("%q", *all[name]))
			}
		}
		for _, n := range []struct {
			name string
			v    int64
		}{{"status", int64(r.Status)}, {"bytes_out", r.BytesOut}, {"bytes_in", r.BytesIn}, {"object_size", r.ObjectSize},
			{"duration_ms", r.DurationMS}, {"turn_around_ms", r.TurnAroundMS}} {
			if n.v != model.Absent {
				put(n.name, n.v)
			}
		}
		put("outcome", r.Outcome)
		put("enc", r.Enc)
		if r.ReadOnly != 0 {
			put("read_only", r.ReadOnly == model.True)
		}
		if r.ACLRequired != 0 {
			put("acl_required", r.ACLRequired == model.True)
		}
		put("fields", r.FieldCount)
		if r.Flags != 0 {
			put("flags", strings.Join(r.Flags.Names(), "|"))
		}
	}
	for _, r := range rejects {
		put("rejected", r.Reason)
	}
	return b.String()
}
