package filter

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

var end = time.Date(2026, 3, 14, 23, 59, 30, 0, time.UTC)

func parse(t *testing.T, text string) model.Filter {
	t.Helper()
	f, err := Parse(text, Context{End: end})
	if err != nil {
		t.Fatalf("Parse(%s): %v", text, err)
	}
	return f
}

func text(ss ...string) []model.Value {
	var out []model.Value
	for _, s := range ss {
		out = append(out, model.Value{Text: s})
	}
	return out
}

func glob(s string) []model.Value { return []model.Value{{Text: s, Glob: true}} }

func TestReadsTheLanguage(t *testing.T) {
	one := func(f model.Field, op model.Op, vs []model.Value) []model.Term {
		return []model.Term{{Field: f, Op: op, Values: vs}}
	}
	cases := map[string]struct {
		in   string
		want []model.Term
	}{
		"nothing keeps everything":                 {"  \t\n", nil},
		"a field and a value":                      {"op:GetObject", one("op", model.Equals, text("GetObject"))},
		"names of fields ignore case":              {"OP:GetObject", one("op", model.Equals, text("GetObject"))},
		"only the first colon parts":               {"actor:arn:aws:iam::1:user/x", one("actor", model.Equals, text("arn:aws:iam::1:user/x"))},
		"alternatives":                             {"op:(GetObject|HeadObject)", one("op", model.Equals, text("GetObject", "HeadObject"))},
		"alternatives with spaces and quotes":      {`key:( "a b" | c )`, one("key", model.Equals, text("a b", "c"))},
		"a glob":                                   {"key:reports/*.csv", one("key", model.Equals, glob("reports/*.csv"))},
		"a glob in quotes":                         {`key:"reports/2026 q?/*"`, one("key", model.Equals, glob("reports/2026 q?/*"))},
		"an escaped star is literal":               {`key:a\*b`, one("key", model.Equals, text("a*b"))},
		"a literal star within a glob":             {`key:a\*b*`, one("key", model.Equals, glob(`a\*b*`))},
		"escapes in quotes":                        {`agent:"say \"hi\" \\ \n\t\r\u{202E}"`, one("agent", model.Equals, text("say \"hi\" \\ \n\t\r\u202e"))},
		"brackets in the middle are literal":       {"key:file(1).txt", one("key", model.Equals, text("file(1).txt"))},
		"an escaped space":                         {`key:a\ b`, one("key", model.Equals, text("a b"))},
		"present":                                  {"error:*", one("error", model.Present, nil)},
		"absent":                                   {"-error:*", []model.Term{{Field: "error", Op: model.Present, Not: true}}},
		"switched off":                             {"!-op:GetObject", []model.Term{{Field: "op", Values: text("GetObject"), Not: true, Off: true}}},
		"a number with a comparison":               {"status:>=400", one("status", model.AtLeast, text("400"))},
		"a number in its canonical form":           {"status:0404", one("status", model.Equals, text("404"))},
		"at most, less, greater":                   {"status:<=1 status:<2 status:>3", []model.Term{{Field: "status", Op: model.AtMost, Values: text("1")}, {Field: "status", Op: model.Less, Values: text("2")}, {Field: "status", Op: model.Greater, Values: text("3")}}},
		"a size in powers of 1024":                 {"bytes_out:>10MB", one("bytes_out", model.Greater, text("10485760"))},
		"sizes in other spellings":                 {"bytes_out:(1KiB|2k|1.5K|3b|7)", one("bytes_out", model.Equals, text("1024", "2048", "1536", "3", "7"))},
		"an enum ignores case":                     {"outcome:DENIED", one("outcome", model.Equals, text("denied"))},
		"a glob over names":                        {"enc:SSE-kms*", one("enc", model.Equals, glob("sse-kms*"))},
		"another glob over names":                  {"enc:*-default", one("enc", model.Equals, glob("*-default"))},
		"a name with a slash":                      {"integrity:n/a", one("integrity", model.Equals, text("n/a"))},
		"flags":                                    {"flags:duplicate", one("flags", model.Equals, text("duplicate"))},
		"truth":                                    {"mfa:Yes", one("mfa", model.Equals, text("true"))},
		"records:all":                              {"records:all", one("records", model.Equals, text("all"))},
		"category":                                 {"category:insight", one("category", model.Equals, text("insight"))},
		"an address block":                         {"-ip:10.0.0.0/8", []model.Term{{Field: "ip", Values: text("10.0.0.0/8"), Not: true}}},
		"a block of the newer protocol":            {"ip:2001:db8::/32", one("ip", model.Equals, text("2001:db8::/32"))},
		"P08 a mapped block":                       {"ip:::ffff:10.0.0.0/104", one("ip", model.Equals, text("::ffff:10.0.0.0/104"))},
		"P08 a text in place of an address":        {`ip:("AWS Internal"|s3.amazonaws.com)`, one("ip", model.Equals, text("AWS Internal", "s3.amazonaws.com"))},
		"a text with a slash in quotes":            {`ip:"10.0.0.0/33"`, one("ip", model.Equals, text("10.0.0.0/33"))},
		"a regular expression":                     {`actor~"i-[0-9a-f]+"`, one("actor", model.Matches, text("i-[0-9a-f]+"))},
		"a bare one runs to the space":             {`key~(a|b)\.(txt|"x") op:x`, []model.Term{{Field: "key", Op: model.Matches, Values: text(`(a|b)\.(txt|"x")`)}, {Field: "op", Values: text("x")}}},
		"quotes in a quoted one are doubled":       {`key~"a ""b"" \d \"c"`, one("key", model.Matches, text(`a "b" \d \"c`))},
		"an expression on names and numbers":       {"enc~kms status~^4", []model.Term{{Field: "enc", Op: model.Matches, Values: text("kms")}, {Field: "status", Op: model.Matches, Values: text("^4")}}},
		"a block is masked":                        {"ip:10.1.2.3/8", one("ip", model.Equals, text("10.0.0.0/8"))},
		"P01 SQL is a value like any other":        {`key:"'; DROP TABLE events; --"`, one("key", model.Equals, text("'; DROP TABLE events; --"))},
		"an address with colons":                   {"ip:2600:1f18::1", one("ip", model.Equals, text("2600:1f18::1"))},
		"a path":                                   {`json.requestParameters.prefix:"x"`, []model.Term{{Field: "json", Path: "requestParameters.prefix", Values: text("x")}}},
		"a path with quoted names":                 {`json.a."b.c d:".e~x`, []model.Term{{Field: "json", Path: `a."b.c d:".e`, Op: model.Matches, Values: text("x")}}},
		"a bare word":                              {"AKIAIOSFODNN7EXAMPLE", one("", model.Contains, text("AKIAIOSFODNN7EXAMPLE"))},
		"quoted words":                             {`-"bare words"`, []model.Term{{Op: model.Contains, Values: text("bare words"), Not: true}}},
		"alternative words":                        {"(rclone|\"aws cli\")", one("", model.Contains, text("rclone", "aws cli"))},
		"a word with a colon in quotes":            {`"arn:aws"`, one("", model.Contains, text("arn:aws"))},
		"a word with an escaped colon":             {`arn\:aws`, one("", model.Contains, text("arn:aws"))},
		"a word with a glob":                       {"pass*word", one("", model.Contains, glob("pass*word"))},
		"a time without seconds and zone":          {"since:2026-03-01T02:00", one("since", model.Equals, text("2026-03-01T02:00:00Z"))},
		"a date":                                   {"until:2026-03-01", one("until", model.Equals, text("2026-03-01T00:00:00Z"))},
		"P07 an explicit zone becomes UTC":         {"since:2026-03-29T02:30:00+02:00", one("since", model.Equals, text("2026-03-29T00:30:00Z"))},
		"a time as screens print it":               {`time:>="2026-03-01 02:00:05Z"`, one("time", model.AtLeast, text("2026-03-01T02:00:05Z"))},
		"since counts from the end of evidence":    {"since:-7d", one("since", model.Equals, text("2026-03-07T23:59:30Z"))},
		"minutes and combined units":               {"since:-1h30m", one("since", model.Equals, text("2026-03-14T22:29:30Z"))},
		"until counts from since, in either order": {"until:+90m since:2026-03-01T02:00Z", []model.Term{{Field: "until", Values: text("2026-03-01T03:30:00Z")}, {Field: "since", Values: text("2026-03-01T02:00:00Z")}}},
		"a range that is off is not judged":        {"since:2026-03-02 !until:2026-03-01", []model.Term{{Field: "since", Values: text("2026-03-02T00:00:00Z")}, {Field: "until", Values: text("2026-03-01T00:00:00Z"), Off: true}}},
		"object":                                   {`object:"acme-finance/reports/2026 q1/*"`, one("object", model.Equals, glob("acme-finance/reports/2026 q1/*"))},
		"braces are ordinary":                      {"key:{a}", one("key", model.Equals, text("{a}"))},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := parse(t, c.in)
			if !got.Equal(model.Filter{Terms: c.want}) {
				t.Fatalf("Parse(%s)\n got %+v\nwant %+v", c.in, got.Terms, c.want)
			}
			if again := parse(t, Print(got)); !again.Equal(got) {
				t.Errorf("%s, printed %s, is read as %+v", c.in, Print(got), again.Terms)
			}
		})
	}
}

func TestSaysWhatIsWrongAndWhere(t *testing.T) {
	cases := map[string]struct{ in, at, want string }{
		"a slip in a field":               {"op:x stauts:3", "stauts", "unknown field stauts; did you mean status?"},
		"a field of another tool":         {"eventName:x", "eventName", "unknown field eventName; did you mean op?"},
		"no field near":                   {"qqqqqq:x", "qqqqqq", "unknown field qqqqqq; text to search for is put in quotes"},
		"a field cut short":               {"request_:x", "request_", "unknown field request_; did you mean request?"},
		"an expression without a field":   {`~".*(a|b)+.*"`, "~", "a regular expression wants a field, such as actor~ or key~; words without one search every text, and * in them stands for anything"},
		"a colon alone":                   {":x", ":", "a field is wanted before the colon; text to search for is put in quotes"},
		"not a number":                    {"status:abc", "abc", "status wants a number; status:>=400 finds that and all above"},
		"a number pattern":                {"status:4*", "4*", "status wants a number; status:>=400 finds that and all above"},
		"a number too large":              {"duration_ms:99999999999999999999", "99999999999999999999", "duration_ms wants a number"},
		"not a size":                      {"bytes_out:>10XB", "10XB", "bytes_out wants a size such as 4096 or 10MB (powers of 1024)"},
		"a size too large":                {"bytes_out:99999999P", "99999999P", "bytes_out wants a size such as 4096 or 10MB (powers of 1024)"},
		"not a name":                      {"outcome:nix", "nix", "outcome is one of ok, denied, failed"},
		"a slip in a name":                {"enc:sse-kmz", "sse-kmz", "enc has no value sse-kmz; did you mean sse-kms?"},
		"a glob no name fits":             {"outcome:x*", "x*", "no value of outcome is like x*; it is one of ok, denied, failed"},
		"not a truth":                     {"mfa:maybe", "maybe", "mfa is true or false"},
		"P08 a block too narrow":          {"ip:10.0.0.0/33", "10.0.0.0/33", "10.0.0.0/33 is no address block; one is written 10.0.0.0/8 or 2001:db8::/32"},
		"half an address":                 {"ip:10.0.0", "10.0.0", "10.0.0 is no address; a block is written 10.0.0.0/24, a beginning 10.0.0.*"},
		"P05 a regular expression":        {"key~a(", "a(", "no regular expression: missing closing ): `a(`"},
		"P05 nested counts":               {"key~((a{1,100}){1,100}){1,100}", "((a{1,100}){1,100}){1,100}", "no regular expression: "},
		"a trailing backslash":            {`key~a\`, `a\`, "a regular expression cannot end in a single backslash"},
		"a regular expression on a time":  {"time~2026", "time~", "time is no text; regular expressions are for texts"},
		"an unknown flag":                 {"flags:nope", "nope", "flags is one of duplicate, conflict, quote-ambiguous"},
		"an order on a text":              {"actor:>x", ">", "actor has no order; > is for numbers, sizes and times. A value that begins so is put in quotes"},
		"no value":                        {"op:", "op:", "op wants a value; op:* finds what has one, -op:* what has none"},
		"no value before another":         {"op: ip:1.2.3.4", "op:", "op wants a value; op:* finds what has one, -op:* what has none"},
		"an empty value":                  {`op:""`, `""`, "a value is wanted here; field:* finds what has one, -field:* what has none"},
		"an empty alternative":            {"op:(a|)", ")", "a value is wanted here; field:* finds what has one, -field:* what has none"},
		"an empty expression":             {`op~""`, `op~""`, "op~ wants a regular expression"},
		"an open quote":                   {`op:x key:"abc`, `"abc`, "the quote is not closed"},
		"an open bracket":                 {"op:(a|b", "(a|b", "the bracket is not closed"},
		"alternatives without brackets":   {"op:a|b", "|", "alternatives stand in brackets: field:(a|b); a | that is meant is put in quotes"},
		"a quote in the middle":           {`key:a"b`, `"`, `a quote in the middle of a value; put the whole value in quotes and write \" for this one`},
		"text after a quote":              {`key:"a"b`, `"`, `a space is wanted after the quote; a quote inside a value is written \"`},
		"an unknown escape":               {`key:C:\Program`, `\P`, `\P is no escape; write \\ for a backslash`},
		"a bad code point":                {`key:"\u{D800}"`, `\u{D800}"`, `a character by its number is written \u{202E}`},
		"an operator of another language": {"op=GetObject", "=", "a condition is written with a colon, op:value; text to search for is put in quotes"},
		"a sign of a chip":                {"status≥400", "≥", "a condition is written with a colon, status:value or status:>=value; text to search for is put in quotes"},
		"U16 a pasted escape":             {"a\x1b]0;x", "\x1b", "the invisible character ␛ stands here; put the value in quotes if it is meant"},
		"a no-break space":                {"op:x\u00a0ip:y", "\u00a0", "the invisible character <U+00A0> stands here; put the value in quotes if it is meant"},
		"a minus alone":                   {"op:x -", "-", "a condition is wanted after -"},
		"two minuses":                     {"--x", "-x", "a word that begins with - is put in quotes"},
		"a star alone":                    {"*", "*", "* alone says nothing; field:* finds what has the field"},
		"P07 hour 24":                     {"since:2026-03-01T24:00", "2026-03-01T24:00", "since wants a time such as 2026-03-01T02:00Z (hour out of range)"},
		"no time":                         {"since:yesterday", "yesterday", "since wants a time such as 2026-03-01T02:00Z"},
		"a fraction":                      {"since:2026-03-01T00:00:00.5Z", "2026-03-01T00:00:00.5Z", "since wants a time such as 2026-03-01T02:00Z (records have whole seconds)"},
		"a day is no second":              {"time:2026-03-01", "2026-03-01", "time is one second, such as 2026-03-01T02:00:00Z; a span is written since: and until:"},
		"P07 a reversed range":            {"since:2026-03-02 until:2026-03-01", "until:2026-03-01", "the window ends at 2026-03-01T00:00:00Z, not after its beginning 2026-03-02T00:00:00Z"},
		"until without since":             {"until:+90m", "until:+90m", "until:+90m counts from since, and there is no since"},
		"since cannot count from itself":  {"since:+90m", "+90m", "only until counts from since: until:+90m"},
		"not a length":                    {"since:-7x", "-7x", "-7x is no length of time; write -7d, -36h, -90m or +1h30m"},
		"a length without end":            {"since:-99999999999d", "-99999999999d", "-99999999999d is no length of time; write -7d, -36h, -90m or +1h30m"},
		"a negated end":                   {"-since:-7d", "-since:-7d", "since cannot be negated"},
		"two ends":                        {"since:(2026-03-01|2026-03-02)", "since:(2026-03-01|2026-03-02)", "since takes one value"},
		"another records":                 {"records:some", "some", "records is one of all"},
		"json without a path":             {"json:x", "json", "json wants a path, such as json.requestParameters.prefix:x"},
		"an empty name in a path":         {"json.a..b:x", ".b", "a name is wanted in the path"},
		"not UTF-8":                       {"key:\xff", "\xff", "the filter is not UTF-8 text from byte 4 on"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(c.in, Context{End: end})
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("Parse(%q): %v", c.in, err)
			}
			if !strings.HasPrefix(e.Text, c.want) {
				t.Errorf("Parse(%q): %q, want %q", c.in, e.Text, c.want)
			}
			if e.From < 0 || e.To > len(c.in) || e.From > e.To || c.in[e.From:e.To] != c.at {
				t.Errorf("Parse(%q): at %d-%d, want %q", c.in, e.From, e.To, c.at)
			}
		})
	}
}

func TestP06LimitsAreToldNotExceeded(t *testing.T) {
	var values []string
	for i := range 100000 {
		values = append(values, fmt.Sprint("v", i))
	}
	cases := map[string]struct{ in, want string }{
		"100,000 values":      {"key:(" + strings.Join(values[:30000], "|") + ")", "a filter has at most 5000 values"},
		"a long text":         {"key:(" + strings.Join(values, "|") + ")", "the filter is longer than 262144 bytes"},
		"many conditions":     {strings.Repeat("a ", 300), "a filter has at most 256 conditions"},
		"a long expression":   {"key~" + strings.Repeat("a", 5000), "the regular expression is too long"},
		"evidence has no end": {"since:-7d", "-7d counts from the end of the evidence, and there is no record with a time"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse(c.in, Context{}); err == nil || err.Error() != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	if _, err := Parse("key:("+strings.Join(values[:5000], "|")+")", Context{}); err != nil {
		t.Errorf("5000 values: %v", err)
	}
}
