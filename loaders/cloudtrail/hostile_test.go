package cloudtrail

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"trailsift/model"
)

// with puts members in front of those of an event.
func with(members string) string {
	return `{` + members + `,` + event1("k")[1:]
}

// without takes a member out of an event.
func without(text string) string {
	out := strings.Replace(event1("k"), text, "", 1)
	if out == event1("k") {
		panic("the event has no " + text)
	}
	return out
}

func change(old, to string) string {
	return strings.Replace(event1("k"), old, to, 1)
}

// one reads a Records object of a single event.
func one(t *testing.T, event string) *copied {
	t.Helper()
	g := read(t, []byte(`{"Records":[`+event+`]}`))
	if len(g.records) != 1 || len(g.rejects) > 0 {
		t.Fatalf("%d records, rejects %v", len(g.records), g.rejects)
	}
	return &g.records[0]
}

func TestI19RecordsAboveTheLimitAreRejectedWithTheirSize(t *testing.T) {
	limits := Limits{Record: 4000}
	big := change(`"k"`, `"`+strings.Repeat("x", 5000)+`"`)
	for name, content := range map[string]string{
		"in a list":   `{"Records":[` + event1("a") + `,` + big + `,` + event1("b") + `]}`,
		"in lines":    event1("a") + "\n" + big + "\n" + event1("b") + "\n",
		"in a string": `{"Events":[{"CloudTrailEvent":` + inText(event1("a")) + `},{"CloudTrailEvent":` + inText(big) + `},{"CloudTrailEvent":` + inText(event1("b")) + `}]}`,
	} {
		for _, step := range []int{len(content) + 1, 512, 64} {
			g := readIn(t, []byte(content), limits, step)
			if len(g.records) != 2 || g.records[0].Key != "a" || g.records[1].Key != "b" {
				t.Fatalf("%s, windows of %d: %d records, rejects %v", name, step, len(g.records), g.rejects)
			}
			if len(g.rejects) != 1 || g.rejects[0].Length < 5000 || !strings.Contains(g.rejects[0].Reason, fmt.Sprint(g.rejects[0].Length)) || g.rejects[0].Number != 2 {
				t.Errorf("%s, windows of %d: %+v", name, step, g.rejects)
			}
		}
	}
}

func TestI20DeepRecordsAreRejectedWithTheirDepth(t *testing.T) {
	nest := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, c := range map[string]struct {
		depth int
		taken bool
	}{"999 more levels": {999, true}, "1,000 more levels": {1000, false}, "10,001 levels": {10001, false}, "a million levels": {1_000_000, false}} {
		t.Run(name, func(t *testing.T) {
			for _, content := range []string{
				`{"Records":[` + with(`"x":`+nest(c.depth)) + `,` + event1("b") + `]}`,
				with(`"x":`+nest(c.depth)) + "\n" + event1("b"),
				`{"events":[{"message":` + inText(with(`"x":`+nest(c.depth))) + `},{"message":` + inText(event1("b")) + `}]}`,
			} {
				g := read(t, []byte(content))
				if c.taken != (len(g.records) == 2) || g.records[len(g.records)-1].Key != "b" {
					t.Fatalf("%d records, rejects %.300v", len(g.records), g.rejects)
				}
				if !c.taken && !strings.Contains(g.rejects[0].Reason, fmt.Sprintf("nested %d levels", c.depth+1)) {
					t.Errorf("%s", g.rejects[0].Reason)
				}
			}
		})
	}
}

func TestI21BytesThatAreNotUTF8AreReplacedAndFlagged(t *testing.T) {
	for name, content := range map[string]string{
		"in a list": `{"Records":[` + event1("a") + `,` + change(`"k"`, "\"k\xe9\xff\"") + `]}`,
		"in lines":  event1("a") + "\n" + change(`"k"`, "\"k\xe9\xff\"") + "\n",
		"in a text": `{"Events":[{"CloudTrailEvent":` + inText(event1("a")) + `},{"CloudTrailEvent":` + strings.Replace(inText(event1("Q")), "Q", "k\xe9\xff", 1) + `}]}`,
	} {
		g := read(t, []byte(content))
		if len(g.records) != 2 || g.records[0].Flags != 0 {
			t.Fatalf("%s: %+v", name, g.Result)
		}
		r := g.records[1]
		if r.Key != "k\ufffd\ufffd" || r.Flags != model.FlagBadUTF8 || !strings.Contains(string(r.raw), "k\xe9\xff") {
			t.Errorf("%s: key %q, flags %v, bytes %q", name, r.Key, r.Flags.Names(), r.raw)
		}
	}
	r := one(t, with("\"x\xff\":\"\xfe\""))
	if !strings.Contains(r.Extra, `"x�":"�"`) || r.Flags != model.FlagBadUTF8 {
		t.Errorf("extra %q, flags %v", r.Extra, r.Flags.Names())
	}
}

func TestI22LoneSurrogatesAreReplacedAndFlagged(t *testing.T) {
	for escape, want := range map[string]string{
		`\ud800`: "\ufffd", `\udc00`: "\ufffd", `\ud83d\ud83d\ude00`: "\ufffd😀", `\ud83dx`: "\ufffdx", `\uD83D\n`: "\ufffd\n",
		`\\ud800\udfff`: `\ud800` + "\ufffd",
	} {
		r := one(t, change(`"k"`, `"`+escape+`"`))
		if r.Key != want || r.Flags != model.FlagLoneSurrogate {
			t.Errorf("%s: key %q, flags %v", escape, r.Key, r.Flags.Names())
		}
		r = one(t, with(`"x":["`+escape+`"]`))
		if strings.Contains(strings.ReplaceAll(r.Extra, `\\ud800`, ""), `\ud800`) || r.Flags != model.FlagLoneSurrogate {
			t.Errorf("%s: extra %q, flags %v", escape, r.Extra, r.Flags.Names())
		}
		if _, err := decode([]byte(r.Extra)); err != nil {
			t.Error(err)
		}
	}
	if r := one(t, change(`"k"`, `"\ud83d\ude00"`)); r.Key != "😀" || r.Flags != 0 {
		t.Errorf("a pair: %q, %v", r.Key, r.Flags.Names())
	}
	g := read(t, []byte(`{"Events":[{"CloudTrailEvent":`+strings.Replace(inText(event1("Q")), "Q", `\\ud800`, 1)+`}]}`))
	if len(g.records) != 1 || g.records[0].Key != "\ufffd" || g.records[0].Flags != model.FlagLoneSurrogate {
		t.Errorf("in a text: %+v", g)
	}
}

func TestI23NULInATextIsKept(t *testing.T) {
	if r := one(t, change(`"k"`, `"a\u0000b"`)); r.Key != "a\x00b" || r.Flags != 0 {
		t.Errorf("%q, %v", r.Key, r.Flags.Names())
	}
}

func TestI24MembersThatStandTwice(t *testing.T) {
	for name, c := range map[string]struct {
		event string
		flags model.Flags
		op    string
	}{
		"the first counts":                    {with(`"eventName":"DeleteObject"`), model.FlagDuplicateKey, "DeleteObject"},
		"the exact case counts":               {with(`"EventName":"DeleteObject"`), model.FlagDuplicateKey, "GetObject"},
		"an escaped name is the name":         {with(`"event\u004eame":"DeleteObject"`), model.FlagDuplicateKey, "DeleteObject"},
		"unknown members too":                 {with(`"x":1,"y":2,"x":3`), model.FlagDuplicateKey, "GetObject"},
		"many unknown members":                {with(many(40) + `,"x7":1`), model.FlagDuplicateKey, "GetObject"},
		"many different ones":                 {with(many(40)), 0, "GetObject"},
		"an object twice":                     {with(`"requestParameters":{"key":"z"}`), model.FlagDuplicateKey, "GetObject"},
		"the casings in use are not flagged":  {change(`"key":"k"`, `"Key":"k"`), 0, "GetObject"},
		"a name in another object is another": {with(`"x":{"eventName":"z"}`), 0, "GetObject"},
	} {
		t.Run(name, func(t *testing.T) {
			r := one(t, c.event)
			if r.Flags != c.flags || r.Op != c.op {
				t.Errorf("flags %v, op %q", r.Flags.Names(), r.Op)
			}
			if strings.Count(c.event, `"GetObject"`) == 1 && c.op != "GetObject" && !strings.Contains(r.Extra, `"GetObject"`) {
				t.Errorf("the other value is lost: %s", r.Extra)
			}
		})
	}
	r := one(t, with(`"requestParameters":{"key":"first","bucketName":"first"}`))
	if r.Key != "first" || r.Request != `{"key":"first","bucketName":"first"}` || !strings.Contains(r.Extra, `"requestParameters":{"bucketName":"acme","key":"k"}`) {
		t.Errorf("key %q, extra %s", r.Key, r.Extra)
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"x%d":%d,`, i, i)
	}
	return strings.TrimSuffix(b.String(), ",")
}

func TestI25NumbersKeepTheirText(t *testing.T) {
	for number, want := range map[string]struct {
		value int64
		lean  bool
	}{
		"1376": {1376, true}, "0": {0, true}, "1376.0": {1376, false}, "1376.5": {model.Absent, false},
		"9007199254740993": {9007199254740993, true}, "9223372036854775807": {math.MaxInt64, true},
		"9223372036854775808": {model.Absent, false}, "1e400": {model.Absent, false}, "1.10": {model.Absent, false},
		"-5": {model.Absent, false}, "-0": {model.Absent, false}, `"12"`: {model.Absent, false}, "null": {model.Absent, false},
		"12.": {0, false}, "1E2": {model.Absent, false},
	} {
		g := read(t, []byte(`{"Records":[`+with(`"additionalEventData":{"bytesTransferredIn":`+number+`}`)+`]}`))
		if number == "12." {
			if len(g.rejects) != 1 {
				t.Errorf("12. is taken")
			}
			continue
		}
		r := g.records[0]
		lean := r.Lean&(1<<addBytesIn) != 0
		if r.BytesIn != want.value || lean != want.lean || lean == strings.Contains(r.Extra, `"bytesTransferredIn":`+number) {
			t.Errorf("%s: %d, lean %v, extra %s", number, r.BytesIn, lean, r.Extra)
		}
		checkRebuilt(t, number, &r)
	}
}

func TestI27Times(t *testing.T) {
	at := one(t, event1("k")).Time
	for text, want := range map[string]struct {
		time int64
		odd  bool
	}{
		"2026-03-01T10:00:00Z": {at, false}, "2026-03-01T09:59:60Z": {at - 1, true}, "2026-03-01T12:30:00+02:30": {at, true},
		"2026-03-01T09:00:00-0100": {at, true}, "2026-03-01T10:00:00.999Z": {at, true}, "2026-03-01T10:00:00,5Z": {at, true},
		"2026-03-01t10:00:00z": {at, true}, "2026-03-01 10:00:00Z": {at, true},
		"2026-03-01 10:00:00": {model.NoTime, true}, "2026-03-01T10:00:00": {model.NoTime, true}, "2026-02-30T10:00:00Z": {model.NoTime, true},
		"2026-03-01T24:00:00Z": {model.NoTime, true}, "2026-03-01T10:60:00Z": {model.NoTime, true}, "2026-03-01T10:00:61Z": {model.NoTime, true},
		"0000-01-01T00:00:00Z": {model.NoTime, true}, "0001-01-01T00:00:00Z": {firstTime, false}, "9999-12-31T23:59:59Z": {lastTime, false},
		"0001-01-01T00:00:00+01:00": {model.NoTime, true}, "9999-12-31T23:59:59-01:00": {model.NoTime, true},
		"1969-12-31T23:59:59Z": {-1, false}, "": {model.NoTime, true}, "yesterday": {model.NoTime, true}, "2026-03-01T10:00:00.Z": {model.NoTime, true},
		"2026-03-01T10:00:00+24:00": {model.NoTime, true}, "2026-13-01T10:00:00Z": {model.NoTime, true}, "２026-03-01T10:00:00Z": {model.NoTime, true},
	} {
		r := one(t, change("2026-03-01T10:00:00Z", text))
		if r.Time != want.time || (r.Flags&model.FlagOddTime != 0) != want.odd {
			t.Errorf("%q: %d, flags %v; want %+v", text, r.Time, r.Flags.Names(), want)
		}
		checkRebuilt(t, text, r)
	}
	for name, event := range map[string]string{
		"missing":  without(`"eventTime":"2026-03-01T10:00:00Z",`),
		"a number": change(`"2026-03-01T10:00:00Z"`, "1772359200"),
	} {
		if r := one(t, event); r.Time != model.NoTime || r.Flags != model.FlagOddTime {
			t.Errorf("%s: %d, %v", name, r.Time, r.Flags.Names())
		}
	}
}

func TestBrokenRecordsAreRejectedWhereTheyStand(t *testing.T) {
	a, b := event1("a"), event1("b")
	cases := map[string]struct {
		content string
		keys    string
		rejects []string // parts of reasons
	}{
		"a bare word in a record":        {`{"Records":[` + a + `,{"eventName":oops},` + b + `]}`, "a b", []string{"not JSON at byte 13"}},
		"an escape JSON does not have":   {`{"Records":[{"eventName":"\x41"},` + b + `]}`, "b", []string{"escape"}},
		"a control character in a text":  {"{\"Records\":[{\"eventName\":\"a\tb\"}," + b + `]}`, "b", []string{"control character"}},
		"a leading zero":                 {`{"Records":[{"eventName":01},` + b + `]}`, "b", []string{"number"}},
		"a missing colon":                {`{"Records":[{"eventName" 1},` + b + `]}`, "b", []string{"colon"}},
		"a comma too many in a record":   {`{"Records":[{"eventName":"x",},` + b + `]}`, "b", []string{"name of a member"}},
		"a comma missing between":        {`{"Records":[` + a + b + `]}`, "a b", []string{"comma is missing"}},
		"a comma too many at the end":    {`{"Records":[` + a + `,]}`, "a", []string{"without a record after"}},
		"a comma too many at the front":  {`{"Records":[,` + a + `]}`, "a", []string{"without a record before"}},
		"two commas":                     {`{"Records":[` + a + `,,` + b + `]}`, "a b", []string{"without a record before"}},
		"a word among the records":       {`{"Records":[` + a + `,nul,` + b + `]}`, "a b", []string{"not JSON"}},
		"cut in a record":                {`{"Records":[` + a + `,` + b[:100], "a", []string{"ends in the middle"}},
		"cut behind a record":            {`{"Records":[` + a, "a", []string{"before its list of records is closed"}},
		"cut behind the list":            {`{"Records":[` + a + `]`, "a", []string{"before its list of records is closed"}},
		"cut in what follows":            {`{"Records":[` + a + `],"x":[1,`, "a", []string{"what follows"}},
		"no end can be told":             {`{"Records":[` + a + `,{"eventName":"x" "},` + b + `]}`, "a", []string{"all of the rest"}},
		"a broken line":                  {a + "\n" + `{"eventVersion":"1.08",` + "\n" + b + "\n", "a b", []string{"not JSON"}},
		"a line cut inside a text":       {a + "\n" + `{"eventVersion":"1.0` + "\n" + b + "\n", "a b", []string{"control character"}},
		"the last line is cut":           {a + "\n" + b[:100], "a", []string{"ends in the middle"}},
		"text between lines":             {a + "\noops\n" + b + "\n", "a b", []string{"neither JSON nor"}},
		"text behind a delivered file":   {`{"Records":[` + a + `]} oops`, "a", []string{"neither JSON nor"}},
		"zero bytes behind a file":       {`{"Records":[` + a + "]}\x00\x00\x00", "a", []string{"neither JSON nor"}},
		"a broken object on the line":    {`{"eventName":oops}` + a, "a", []string{"not JSON"}},
		"a CloudWatch line is broken":    {"2020-06-16T17:57:50.000Z {\"eventVersion\":\n2020-06-16T17:57:51.000Z " + a, "a", []string{"ends in the middle"}},
		"text behind a CloudWatch event": {"2020-06-16T17:57:50.000Z " + a + " oops", "a", []string{"text behind"}},
		"nothing but a broken delivery":  {`{"Records":[{"eventName":oops}]}`, "", []string{"not JSON"}},
		"a wrong end of a record":        {`{"Records":[{"eventName":"x"],` + b + `]}`, "b", []string{"comma or the end"}},
		"a pretty object that is broken": {pretty(t, a)[:200] + "\n" + pretty(t, b), "b", []string{"not JSON"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			g := read(t, []byte(c.content))
			var keys []string
			for _, r := range g.records {
				keys = append(keys, r.Key)
			}
			if got := strings.Join(keys, " "); got != c.keys || g.Kind != model.KindCloudTrail {
				t.Errorf("%q: records %q, want %q", g.Kind, got, c.keys)
			}
			if len(g.rejects) != len(c.rejects) {
				t.Fatalf("rejects %v, want %q", g.rejects, c.rejects)
			}
			for i, r := range g.rejects {
				if !strings.Contains(r.Reason, c.rejects[i]) {
					t.Errorf("reason %q, want %q in it", r.Reason, c.rejects[i])
				}
				if string(r.Raw) != c.content[r.Offset:r.Offset+r.Length] {
					t.Errorf("the reject's bytes are %q, at its place stand %q", r.Raw, c.content[r.Offset:r.Offset+r.Length])
				}
			}
			checkNothingIsLost(t, c.content, g)
		})
	}
}

// checkNothingIsLost holds that whatever stands outside of records and rejects is the wrapper's.
func checkNothingIsLost(t *testing.T, content string, g got) {
	t.Helper()
	left := []byte(content)
	blank := func(offset, length int64) {
		for i := offset; i < offset+length; i++ {
			left[i] = ' '
		}
	}
	for _, r := range g.records {
		blank(r.Offset, int64(r.Length))
	}
	for _, r := range g.rejects {
		blank(r.Offset, r.Length)
	}
	if rest := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n,[]{}:", r) {
			return -1
		}
		return r
	}, string(left)); rest != "" && rest != `"Records"` && !strings.HasPrefix(rest, "2020-06-16T") {
		t.Errorf("these bytes are in no record and no reject: %q", rest)
	}
}

func TestErrorsOfEmitEndTheFeed(t *testing.T) {
	full := errors.New("full")
	p := NewParser(Limits{}, func([]model.Record) error { return full }, func(model.Reject) {})
	p.Begin()
	if _, err := p.Feed([]byte(`{"Records":[`+event1("a")+`]}`), true); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	p = NewParser(Limits{}, func(r []model.Record) error { return full }, func(model.Reject) {})
	p.Begin()
	if _, err := p.Feed([]byte(strings.Repeat(event1("a")+"\n", 5000)), true); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
}

func TestAParserIsUsedAgain(t *testing.T) {
	var keys []string
	p := NewParser(Limits{}, func(records []model.Record) error {
		for _, r := range records {
			keys = append(keys, strings.Clone(r.Key)+fmt.Sprint(r.Number))
		}
		return nil
	}, func(model.Reject) {})
	for _, content := range []string{`{"Records":[` + event1("a"), event1("b"), `[` + event1("c"), `{"digestS3Object":`, `{"Records":[` + event1("d") + `]}`} {
		p.Begin()
		if _, err := p.Feed([]byte(content), true); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(keys, " "); got != "a1 b1 c1 d1" || p.Result().Seen != 1 || p.Result().Flags != 0 || !p.Result().Delivered {
		t.Errorf("%s, %+v", got, p.Result())
	}
}

func TestManyRecordsKeepTheirTexts(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"Records":[`)
	const n = 5000
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(event1(fmt.Sprintf(`k\u002f%d`, i))) // escaped: lives in the arena
	}
	b.WriteString(`]}`)
	g := read(t, []byte(b.String()))
	if len(g.records) != n {
		t.Fatalf("%d records", len(g.records))
	}
	for i := range g.records {
		if want := fmt.Sprintf("k/%d", i); g.records[i].Key != want || g.records[i].Number != uint32(i+1) {
			t.Fatalf("record %d has key %q", g.records[i].Number, g.records[i].Key)
		}
	}
}

func TestManyBrokenObjectsCostLinearTime(t *testing.T) {
	for name, piece := range map[string]string{
		"objects on one line": `{x}`, "objects in a list": `{x},`, "lists": `[`, "quotes": `{"`, "lines": "{\"eventVersion\n", "words": "x\n", "commas": ",",
		"deep lines": strings.Repeat(`{"x":`, 1001) + "\n",
	} {
		// Were any of them quadratic, this would take hours.
		content := strings.Repeat(piece, 2<<20/len(piece))
		if name == "objects in a list" || name == "commas" {
			content = `{"Records":[` + content
		}
		p := NewParser(Limits{}, func([]model.Record) error { return nil }, func(model.Reject) {})
		p.Begin()
		if _, err := p.Feed([]byte(content), true); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}
