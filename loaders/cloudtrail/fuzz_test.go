package cloudtrail

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"trailsift/model"
)

// FuzzParser feeds any bytes, in one window and in many, and holds the parser to encoding/json.
func FuzzParser(f *testing.F) {
	a := event1("a")
	for _, s := range []string{
		`{"Records":[` + a + `,` + a + `],"x":1}`, `[` + a + `]`, a + "\n" + a, pretty(f, a) + pretty(f, a), "\xef\xbb\xbf{\r\n}",
		`{"detail-type":"x","detail":` + a + `}`, `{"events":[{"message":` + inText(a) + `}]}`, `{"logEvents":[{"message":"x"}]}`,
		"2020-06-16T17:57:50.000Z " + a + "\n", `{"Events":[{"CloudTrailEvent":` + inText(a) + `}]}`, `{"_source":` + a + `}`,
		`{"digestS3Object":"x"}`, `{"PublicKeyList":[]}`, `[{"Value":"x","Fingerprint":"y"}]`, `{"b/k":{"signature":"x"}}`, notification,
		`[[{"eventTime":"x"}]]`, "eventtime,eventsource,eventname\n", `{"Records":[{"eventName":"\ud800"},{"eventName":"x","eventName":"y"}]}`,
		"{\"Records\":[{\"eventName\":\"\xff\"}]}", `{"Records":[{"eventName":"x","a":[[[[[[[[[[]]]]]]]]]]}]}`, `{"Records":[,{"eventName":1e400},7,{"eventName":"x"}`,
		`{"eventName":"x","insightDetails":{},"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::b/k"},{}]}`,
	} {
		f.Add([]byte(s), uint8(3))
	}
	f.Fuzz(func(t *testing.T, content []byte, step uint8) {
		Recognise(content)
		limits := Limits{Depth: 8, Record: 2000}
		g := readIn(t, content, limits, len(content)+1)
		for i := range g.records {
			checkRecord(t, &g.records[i])
		}
		checkCounts(t, content, g)
		if g.Kind != model.KindCloudTrail {
			return
		}
		w := readIn(t, content, limits, int(step)+1)
		if w.Result != g.Result || len(w.records) != len(g.records) || len(w.rejects) != len(g.rejects) {
			t.Fatalf("in windows of %d: %+v %v, in one %+v %v", int(step)+1, w.Result, w.rejects, g.Result, g.rejects)
		}
		for i := range g.records {
			if w.records[i].Record != g.records[i].Record {
				t.Errorf("in windows of %d: record %d differs", int(step)+1, i+1)
			}
		}
	})
}

// checkCounts holds the identity of a load, and that rejects and records do not overlap.
func checkCounts(t *testing.T, content []byte, g got) {
	t.Helper()
	if g.Kind == model.KindCloudTrail && (g.Seen != int64(len(g.records)+len(g.rejects)) || g.Rejected != int64(len(g.rejects))) {
		t.Errorf("%d seen, %d rejected, but %d records and %d rejects", g.Seen, g.Rejected, len(g.records), len(g.rejects))
	}
	if g.Kind != model.KindCloudTrail && len(g.records) > 0 {
		t.Errorf("%q has %d records", g.Kind, len(g.records))
	}
	if g.Kind == "" || g.Kind == model.KindSkipped && g.Reason == "" {
		t.Errorf("no reason: %+v", g.Result)
	}
	taken := make([]bool, len(content))
	mark := func(offset, length int64) {
		for i := offset; i < offset+length; i++ {
			if taken[i] {
				t.Fatalf("byte %d is in two records or rejects", i)
			}
			taken[i] = true
		}
	}
	for _, r := range g.records {
		mark(r.Offset, int64(r.Length))
	}
	for _, r := range g.rejects {
		mark(r.Offset, r.Length)
		if r.Reason == "" || r.Number == 0 {
			t.Errorf("reject %+v", r)
		}
	}
}

// checkRecord compares a record with what encoding/json reads in its bytes, in the envelope that it
// has in lookup-events and CloudWatch Logs.
func checkRecord(t *testing.T, r *copied) {
	t.Helper()
	checkSound(t, string(r.raw), &r.Record)
	have, err := rebuild(&r.Record)
	if err != nil {
		if r.Flags&model.FlagDuplicateKey == 0 {
			t.Error(err)
		}
		return
	}
	want, err := decode(r.raw)
	if err != nil {
		t.Fatalf("%q is a record, and to encoding/json: %v", r.raw, err)
	}
	if r.Flags&model.FlagDuplicateKey != 0 || reflect.DeepEqual(any(have), want) {
		return
	}
	for range 3 {
		inner := open(want)
		if inner == nil {
			break
		}
		if want = inner; reflect.DeepEqual(any(have), want) {
			return
		}
	}
	a, _ := json.Marshal(have)
	t.Errorf("have %s of %q", a, r.raw)
}

func open(v any) any {
	object, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	for _, name := range []string{"detail", "_source"} {
		if inner, ok := object[name].(map[string]any); ok {
			return inner
		}
	}
	for _, name := range []string{"CloudTrailEvent", "message"} {
		if text, ok := object[name].(string); ok && strings.Contains(text, "{") {
			if inner, err := decode(bytes.ToValidUTF8([]byte(text), []byte("\ufffd"))); err == nil {
				return inner
			}
		}
	}
	return nil
}
