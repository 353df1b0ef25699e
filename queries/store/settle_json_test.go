package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"trailsift/model"
)

func TestEventsAreComparedByMeaningWithoutLosingAny(t *testing.T) {
	cases := map[string]struct {
		a, b string
		want bool
	}{
		"order and white space do not matter":            {`{"a":1,"b":[1,{"x":null}]}`, ` {"b": [1, {"x":null}], "a":1}`, true},
		"an escaped character is the character":          {`{"a":"A"}`, `{"a":"\u0041"}`, true},
		"an escaped pair is the character":               {`{"a":"😀"}`, `{"a":"\ud83d\ude00"}`, true},
		"escaped markup is the markup":                   {`{"a":"<&>/"}`, `{"a":"\u003c\u0026\u003e\/"}`, true},
		"a number is what it says":                       {`{"a":1}`, `{"a":1.0}`, true},
		"powers of ten do not matter":                    {`{"a":1500}`, `{"a":1.50E+3}`, true},
		"nothing has no sign":                            {`{"a":0}`, `{"a":-0.00e7}`, true},
		"large numbers keep their digits":                {`{"a":9007199254740993}`, `{"a":9007199254740992}`, false},
		"small differences of fractions are seen":        {`{"a":0.1}`, `{"a":0.10000000000000000001}`, false},
		"a sign matters":                                 {`{"a":1}`, `{"a":-1}`, false},
		"a power matters":                                {`{"a":1e2}`, `{"a":1e3}`, false},
		"powers beyond reason are compared as they are":  {`{"a":1e99999999999}`, `{"a":1e99999999998}`, false},
		"a member named twice is not judged":             {`{"a":1,"a":1}`, `{"a":1}`, false},
		"names differ by case":                           {`{"a":1}`, `{"A":1}`, false},
		"a member more is another record":                {`{"a":1}`, `{"a":1,"b":null}`, false},
		"bytes that are not UTF-8 do not merge":          {"{\"a\":\"\xe9\"}", "{\"a\":\"\xe8\"}", false},
		"lone surrogates do not merge":                   {`{"a":"\ud800"}`, `{"a":"\udc00"}`, false},
		"a high surrogate before a text does not merge":  {`{"a":"\ud800x"}`, `{"a":"\ud801x"}`, false},
		"a backslash before u is no escape":              {`{"a":"\\ud800"}`, ` {"a":"\\ud800"}`, true},
		"the replacement character is a character":       {`{"a":"�"}`, `{"a":"\ufffd"}`, true},
		"a text is not the number in it":                 {`{"a":"1"}`, `{"a":1}`, false},
		"what follows the value is not ignored":          {`{"a":1}`, `{"a":1} {"b":2}`, false},
		"order within lists matters":                     {`[1,2]`, `[2,1]`, false},
		"text that is no JSON is never the same":         {`{`, `{`, false},
		"a text that holds no JSON is never the same":    {`{"message":"{"}`, `{"message":"{"}`, false},
		"an event is not taken out of an event":          {`{"eventName":"x","detail":{"eventName":"y"}}`, `{"eventName":"y"}`, false},
		"a text in a text is not opened":                 {`{"message":"{\"message\":\"{\\\"eventName\\\":\\\"y\\\"}\"}"}`, `{"eventName":"y"}`, false},
		"an envelope's own members are not the event's":  {`{"id":"1","detail":{"eventName":"y"}}`, `{"id":"2","detail":{"eventName":"y"}}`, true},
		"an envelope without an event is compared whole": {`{"id":"1","detail":{"state":"y"}}`, `{"id":"2","detail":{"state":"y"}}`, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := sameEvent([]byte(c.a), []byte(c.b)); got != c.want {
				t.Errorf("got %v", got)
			}
			if sameEvent([]byte(c.b), []byte(c.a)) != c.want {
				t.Error("the other way round it is not the same")
			}
		})
	}
}

func FuzzNumbersAreEqualWhenTheirValuesAre(f *testing.F) {
	for _, s := range []string{"0", "-0.0", "1", "10", "1e1", "1.10", "0.011E+2", "-5e-3", "123456789012345678901234567890"} {
		f.Add(s, "1.0")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a) > 40 || len(b) > 40 || !json.Valid([]byte(a)) || !json.Valid([]byte(b)) {
			return
		}
		x, okA := new(big.Rat).SetString(a)
		y, okB := new(big.Rat).SetString(b)
		if !okA || !okB {
			return
		}
		if same := canonicalNumber(a) == canonicalNumber(b); same != (x.Cmp(y) == 0) {
			t.Errorf("%s and %s: same is %v", a, b, same)
		}
		if z, ok := new(big.Rat).SetString(canonicalNumber(a)); !ok || z.Cmp(x) != 0 {
			t.Errorf("%s became %s", a, canonicalNumber(a))
		}
	})
}

// wraps are the forms one event reaches us in, as the loader finds its bytes.
var wraps = map[string]func(event string) string{
	"Records file":   func(e string) string { return e },
	"written pretty": func(e string) string { return strings.ReplaceAll(strings.ReplaceAll(e, ",", ",\n  "), ":", " : ") },
	"other order and escapes": func(e string) string {
		return strings.Replace(strings.Replace(e, `{`, `{"readOnly":true,`, 1), "/", `\/`, 1)
	},
	"EventBridge": func(e string) string {
		return `{"version":"0","id":"7f","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","detail":` + e + `}`
	},
	"Elasticsearch": func(e string) string { return `{"_index":"i","_source":` + e + `}` },
	"lookup-events": func(e string) string {
		return `{"EventId":"x","EventName":"GetObject","Username":"ada","CloudTrailEvent":` + jsonText(e) + `}`
	},
	"CloudWatch Logs export": func(e string) string { return `{"message":` + jsonText(e) + `,"timestamp":1}` },
	"EventBridge in CloudWatch Logs": func(e string) string {
		return `{"timestamp":1,"message":` + jsonText(`{"id":"8e","detail":`+e+`}`) + `}`
	},
}

func jsonText(s string) string {
	out, _ := json.Marshal(s)
	return string(out)
}

func TestOneEventInTwoWrappersIsOneRecord(t *testing.T) {
	const event = `{"eventVersion":"1.11","eventName":"GetObject","eventSource":"s3.amazonaws.com","n":12,"key":"a/b","requestParameters":{"key":"r\u00e9sum\u00e9 <1>.pdf","list":[1,2.50,null]}`
	bodies := map[string]string{}
	for name, wrap := range wraps {
		if name == "other order and escapes" {
			bodies[name] = wrap(event + `}`)
			continue
		}
		bodies[name] = wrap(event + `,"readOnly":true}`)
	}
	for first, a := range bodies {
		for second, b := range bodies {
			if !sameEvent([]byte(a), []byte(b)) {
				t.Errorf("%s and %s: not the same", first, second)
			}
			altered := strings.Replace(b, `12`, `13`, 1)
			if altered == b || sameEvent([]byte(a), []byte(altered)) {
				t.Errorf("%s and %s: a changed number passes as the same", first, second)
			}
		}
	}
}

func TestI18SettlingMergesWrappersAndKeepsTheConflict(t *testing.T) {
	ctx := context.Background()
	for name, wrap := range wraps {
		t.Run(name, func(t *testing.T) {
			c := newTestCase(t)
			evidence := piles{}
			r := rand.New(rand.NewPCG(1, 1))
			var all []*told
			for m, body := range []string{`{"eventName":"G","n":12}`, wrap(`{"eventName":"G","n":12.0}`), wrap(`{"eventName":"H","n":12}`), wrap(`{"eventName":"H","n":13}`)} {
				one := pile(r, m+1, 1)[0]
				one.rec = synthetic(model.CloudTrail, 1<<24, m/2) // an event id for each pair
				one.rec.Number, one.rec.Offset, one.rec.Length, one.rec.Hash = 1, 0, uint32(len(body)), uint64(m)
				one.member, one.bytes = model.MemberID(m+1)<<24, body
				all = append(all, one)
			}
			if name == "other order and escapes" {
				all[0].bytes = wrap(all[0].bytes)
				all[0].rec.Length = uint32(len(all[0].bytes))
			}
			loadRecords(t, c, evidence.take(all))
			if err := c.Settle(ctx, evidence, nil); err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprint(number(t, c, `select count(*) from ct_events where dup = 1`), number(t, c, `select count(*) from ct_events where flags & ? <> 0`, uint32(model.FlagConflict)))
			if got != "1 2" {
				t.Errorf("duplicates and conflicts are %s, want 1 2", got)
			}
		})
	}
}
