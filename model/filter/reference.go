package filter

import (
	"fmt"
	"strings"

	"trailsift/model"
)

// example is a line of the reference; a test parses every one.
type example struct{ text, means string }

var basics = []example{
	{"op:GetObject", "the operation is GetObject"},
	{"op:GetObject ip:198.51.100.7", "both hold: a space means and"},
	{"op:(GetObject|HeadObject)", "one of these: alternatives stand in brackets, parted by a bar"},
	{"-op:GetObject", "not this; requests without an operation are kept too"},
	{"error:*", "there is an error code"},
	{"-error:*", "there is none"},
	{"key:reports/*", "the key begins with reports/: * is any text, ? one character, also inside quotes"},
	{`key:"2026 q1/*.csv"`, "a value with spaces stands in quotes"},
	{`key:a\*b`, "the key is a*b: a backslash makes a character literal"},
	{`actor~"role/ci-[0-9]+"`, "the actor matches a regular expression (RE2), anywhere in it unless ^ and $ say otherwise"},
	{"status:>=400", "numbers, sizes and times compare with > >= < <="},
	{"bytes_out:>10MB", "sizes have units in powers of 1024: K, KB and KiB are the same"},
	{"-ip:10.0.0.0/8", "the address lies outside the block, or is no address"},
	{`ip:"AWS Internal"`, "the log holds a text in place of an address"},
	{"enc:sse-kms*", "a pattern over the names of an enum"},
	{`object:"acme-finance/reports/*"`, "the object, as bucket/key, is like this, or the source it was copied from is"},
	{"is:foreign-caller", "the caller is of another account than the bucket"},
	{"-hour:8-18+01:00", "outside these hours of the day, in a zone an hour east of UTC"},
	{"flags:conflict", "the record has this flag"},
	{"json.requestParameters.prefix:x", "a member of the record's JSON, by its path"},
	{`json.requestParameters."odd.name":x`, "a name with a dot or a space stands in quotes"},
	{"rclone", "a bare word: anywhere in any text of the record, ignoring case"},
	{`"access denied"`, "words with a space between them"},
	{"!op:GetObject", "a condition that is switched off: it stays in sight and keeps everything"},
}

var windows = []example{
	{"since:2026-03-01T02:00Z", "from this time on; without a zone UTC is meant, without hours midnight"},
	{"since:2026-03-01T02:00+01:00", "another zone; it is shown as UTC afterwards"},
	{"since:2026-03-01 until:2026-03-02", "a day: since is inclusive, until exclusive"},
	{"since:-7d", "the last seven days of the evidence, not of today; also s, m, h, w and 1d12h"},
	{"since:2026-03-01T02:00Z until:+90m", "ninety minutes from since on"},
	{"time:>=2026-03-01T02:00:05Z", "the same as since, to the second"},
}

var listed = []example{
	{"records:all", "every record: duplicates, and access-log lines of requests that CloudTrail tells too"},
	{"category:insight", "network, insight and aggregated events are listed only when named"},
	{"log:access", "one of the two logs; folded lines are listed then"},
	{"referer:*", "what only one log has is asked of all of its lines, folded ones too"},
}

// Reference is the description of the language and of every field, as Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString("# Filters\n\nThis page is generated from the program's own tables.\n\n" +
		"A filter is a list of conditions; a request is kept when all of them hold.\n\n")
	table(&b, basics)
	b.WriteString("\n## Times\n\n")
	table(&b, windows)
	b.WriteString("\n## What is listed\n\n")
	table(&b, listed)
	b.WriteString("\n## Rules\n\n" +
		"- Text compares exactly and minds case; `op`, the enums and bare words ignore it.\n" +
		"- A condition on a field that a request lacks does not hold; its negation does.\n" +
		"- Names of fields may be written in any case. An unknown one is an error that names the nearest.\n" +
		"- Inside quotes and outside: `\\\"` `\\\\` `\\*` `\\?` stand for the characters, `\\n` `\\r` `\\t` for line feed, carriage return and tab, `\\u{202E}` for a character by its number. Any other sign after a backslash is that sign; a letter is an error.\n" +
		"- In a regular expression a backslash keeps its meaning for the expression, and a quote inside quotes is written twice.\n" +
		"- Outside quotes, characters that cannot be seen are refused.\n" +
		"- An address block is stored with its host bits cleared.\n")
	fmt.Fprintf(&b, "- A filter holds at most %d conditions, %d values and %d KiB of text.\n", MaxTerms, MaxValues, MaxText>>10)
	b.WriteString("\n## Fields\n\nThe names are the same in exports, in `--columns` and in JSON.\n\n| field | type | meaning |\n|---|---|---|\n")
	var only []model.Info
	for _, in := range model.Fields {
		if in.Filter {
			only = append(only, in)
			continue
		}
		fieldRow(&b, in)
	}
	b.WriteString("\nIn filters only:\n\n| field | type | meaning |\n|---|---|---|\n")
	for _, in := range only {
		fieldRow(&b, in)
	}
	b.WriteString("| `json.PATH` | text | a member of the record's JSON |\n")
	b.WriteString("\n## Values\n\n")
	for _, in := range model.Fields {
		if names := fixedNames(in); len(names) > 1 && in.Kind != model.KindBool {
			fmt.Fprintf(&b, "- `%s`: `%s`\n", in.Field, strings.Join(names, "` `"))
		}
	}
	return b.String()
}

func table(b *strings.Builder, rows []example) {
	b.WriteString("| filter | keeps requests where |\n|---|---|\n")
	for _, e := range rows {
		fmt.Fprintf(b, "| `%s` | %s |\n", strings.ReplaceAll(e.text, "|", `\|`), e.means)
	}
}

func fieldRow(b *strings.Builder, in model.Info) {
	fmt.Fprintf(b, "| `%s` | %s | %s |\n", in.Field, kindWords[in.Kind], in.Help)
}

var kindWords = map[model.Kind]string{
	model.KindText: "text", model.KindFold: "text, any case", model.KindEnum: "name", model.KindTime: "time",
	model.KindInt: "number", model.KindSize: "size", model.KindBool: "true or false", model.KindIP: "address",
	model.KindFlags: "names", model.KindJSON: "JSON text",
}
