package accesslog

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"

	"trailsift/model"
)

const oneLine = `79a5 mybucket [12/May/2014:07:54:01 +0000] 10.0.1.2 - 7ACC4BE89EXAMPLE REST.GET.OBJECT a%2520b "GET /a%20b HTTP/1.1" 304 - - 1718 10 - "-" "Mozilla/5.0" -`

func TestWindowsOfAnySizeGiveTheSameRecords(t *testing.T) {
	var content strings.Builder
	for i, s := range samples(t) {
		content.WriteString(s.line + []string{"\n", "\r\n", "\n\n", "\n  \n"}[i%4])
	}
	content.WriteString(oneLine)
	whole, rejects, result := parse(t, content.String())
	for _, step := range []int{1, 7, 100, 1000, 4096} {
		got, gotRejects, gotResult := parseInPieces(t, Limits{}, content.String(), step)
		if !reflect.DeepEqual(got, whole) || !reflect.DeepEqual(gotRejects, rejects) || gotResult != result {
			t.Errorf("windows of %d bytes: %d records, %d rejects, %+v; in one window %d, %d, %+v",
				step, len(got), len(gotRejects), gotResult, len(whole), len(rejects), result)
		}
	}
	if result.Seen != int64(len(whole)+len(rejects)) || result.Rejected != int64(len(rejects)) {
		t.Errorf("%+v does not add up with %d records and %d rejects", result, len(whole), len(rejects))
	}
}

func TestPlacesAndHashesAreThoseOfTheBareLine(t *testing.T) {
	content := "\xef\xbb\xbf" + oneLine + "\r\n\r\n" + oneLine + "\nbroken\n" + oneLine
	records, rejects, result := parse(t, content)
	if len(records) != 3 || len(rejects) != 1 {
		t.Fatalf("%d records, %d rejects", len(records), len(rejects))
	}
	for i, number := range []uint32{1, 3, 5} {
		r := records[i]
		at := content[r.Offset : r.Offset+int64(r.Length)]
		if r.Number != number || at != oneLine || r.Hash != xxh3.HashString(oneLine) {
			t.Errorf("record %d: line %d, %q", i, r.Number, at)
		}
	}
	r := rejects[0]
	if r.Number != 4 || content[r.Offset:r.Offset+r.Length] != "broken" || string(r.Raw) != "broken" {
		t.Errorf("reject %+v", r)
	}
	if result.First != 1399881241 || result.Last != 1399881241 || result.Form != "18 fields" {
		t.Errorf("%+v", result)
	}
}

func TestALineAboveTheLimitIsRejectedAndTheNextIsNot(t *testing.T) {
	long := strings.Repeat("x", 5000)
	content := oneLine + "\n" + long + "\n" + oneLine + "\n" + long
	for _, step := range []int{1, 100, 100_000} {
		records, rejects, result := parseInPieces(t, Limits{Line: 1000}, content, step)
		if len(records) != 2 || len(rejects) != 2 || result.Seen != 4 || result.Rejected != 2 {
			t.Fatalf("step %d: %d records, %d rejects, %+v", step, len(records), len(rejects), result)
		}
		for i, number := range []uint32{2, 4} {
			r := rejects[i]
			if r.Number != number || r.Length != 5000 || content[r.Offset:r.Offset+r.Length] != long ||
				r.Reason != "the line has 5000 bytes; the limit is 1000" {
				t.Errorf("step %d: reject of line %d, %d bytes at %d: %s", step, r.Number, r.Length, r.Offset, r.Reason)
			}
		}
	}
}

func TestAParserIsReusedForTheNextMember(t *testing.T) {
	p := NewParser(Limits{}, func([]model.Record) error { return nil }, func(model.Reject) {})
	p.Begin()
	feed(t, p, "junk\n"+oneLine)
	p.Begin()
	if got := p.Result(); got != (Result{First: model.NoTime, Last: model.NoTime}) {
		t.Errorf("an empty member after another: %+v", got)
	}
	feed(t, p, oneLine)
	if got := p.Result(); got.Seen != 1 || got.Rejected != 0 {
		t.Errorf("%+v", got)
	}
}

func feed(t *testing.T, p *Parser, content string) {
	t.Helper()
	if n, err := p.Feed([]byte(content), true); err != nil || n != len(content) {
		t.Fatalf("fed %d of %d: %v", n, len(content), err)
	}
}

func TestAnErrorOfEmitEndsFeed(t *testing.T) {
	full := errors.New("disk full")
	p := NewParser(Limits{}, func([]model.Record) error { return full }, func(model.Reject) {})
	p.Begin()
	if _, err := p.Feed([]byte(strings.Repeat(oneLine+"\n", 3*batchSize)), true); !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
}

func TestBatchesHoldAtMostAVector(t *testing.T) {
	total := 0
	p := NewParser(Limits{}, func(b []model.Record) error {
		if len(b) == 0 || len(b) > 2048 {
			t.Errorf("a batch of %d", len(b))
		}
		for i := range b {
			if b[i].Key != "a b" {
				t.Fatalf("key %q", b[i].Key)
			}
		}
		total += len(b)
		return nil
	}, func(model.Reject) {})
	p.Begin()
	feed(t, p, strings.Repeat(oneLine+"\n", 5000))
	if total != 5000 {
		t.Errorf("%d records", total)
	}
}

func TestRecogniseByContent(t *testing.T) {
	for name, c := range map[string]struct {
		head string
		want bool
	}{
		"a line":                             {oneLine, true},
		"after blank lines and a mark":       {"\xef\xbb\xbf\r\n\n" + oneLine, true},
		"after a line that was cut in front": {`1" 200 - 1` + "\n" + oneLine, true},
		"only the beginning of a line":       {oneLine[:40], true},
		"a web server's combined log":        {`127.0.0.1 - jo [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 23`, false},
		"an Elastic Load Balancing log":      {`https 2018-07-02T22:23:00.186641Z app/my-lb/50dc6c495c0c9188 192.168.131.39:2817`, false},
		"JSON":                               {`{"Records":[{"eventVersion":"1.08"}]}`, false},
		"an access log's JSON form":          {`{"schema_version_id":"V_1_0","bucket_name":"b"}`, false},
		"nothing":                            {"", false},
		"spaces":                             {"   ", false},
		"zero bytes":                         {"\x00\x00\x00", false},
		"a month in another language":        {"79a5 b [12/Mai/2014:07:54:01 +0000] x", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Recognise([]byte(c.head)); got != c.want {
				t.Errorf("%q: %v", c.head, got)
			}
		})
	}
}

// shared is the folder of real public logs, which is not part of the tree.
func shared(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("TRAILSIFT_SHARED")
	for up := "."; dir == "" && len(up) < 40; up += "/.." {
		if _, err := os.Stat(filepath.Join(up, "../shared/evidence")); err == nil {
			dir = filepath.Join(up, "../shared")
		}
	}
	if dir == "" {
		t.Skip("SKIPPED: no real logs; set TRAILSIFT_SHARED to the folder that holds evidence/")
	}
	return filepath.Join(dir, "evidence", "s3-access-logs")
}

func TestRealLinesAllParseButTheCutOne(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shared(t), "*", "*.log"))
	if len(files) == 0 {
		t.Fatal("no files")
	}
	hashes := map[uint64]int{}
	parsed, duplicates := 0, 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !Recognise(raw) {
			t.Errorf("%s is not recognised", filepath.Base(file))
		}
		records, rejects, _ := parse(t, string(raw))
		if want := strings.Contains(file, "too_few"); want != (len(rejects) == 1) || len(rejects) > 1 {
			t.Errorf("%s: rejects %+v", file, rejects)
		}
		for _, r := range records {
			if hashes[r.Hash]++; hashes[r.Hash] == 2 && strings.Contains(file, "hadoop") {
				duplicates++
			}
			if r.Time == model.NoTime || r.Op == "" || r.Bucket == "" {
				t.Errorf("%s: %+v", file, r)
			}
		}
		parsed += len(records)
	}
	if parsed != 33 || duplicates != 1 {
		t.Errorf("%d records, %d duplicates in one file; want 33 and 1", parsed, duplicates)
	}
}

func BenchmarkParse(b *testing.B) {
	var files []string
	if dir := os.Getenv("TRAILSIFT_CORPUS"); dir != "" {
		files, _ = filepath.Glob(filepath.Join(dir, "access", "*"))
	}
	var corpus [][]byte
	total := int64(0)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		corpus = append(corpus, raw)
		total += int64(len(raw))
	}
	if total == 0 {
		b.Skip("SKIPPED: no corpus; set TRAILSIFT_CORPUS")
	}
	p := NewParser(Limits{}, func([]model.Record) error { return nil }, func(r model.Reject) { b.Fatal(r.Reason) })
	b.SetBytes(total)
	b.ReportAllocs()
	for b.Loop() {
		for _, raw := range corpus {
			p.Begin()
			if _, err := p.Feed(raw, true); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func TestTheJSONFormIsNamed(t *testing.T) {
	head := `{"schema_version_id":"V_1_0","bucket_arn":"arn:aws:s3:::b","request_time":"2026-01-01T00:00:00.000Z","bucket_owner_id":"o"}`
	if reason, ok := Foreign([]byte(head)); !ok || !strings.Contains(reason, "JSON") {
		t.Errorf("%v %q", ok, reason)
	}
	for _, other := range []string{"", oneLine, `{"Records":[]}`} {
		if reason, ok := Foreign([]byte(other)); ok {
			t.Errorf("%q: %s", other, reason)
		}
	}
}
