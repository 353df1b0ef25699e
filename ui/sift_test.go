package ui

import (
	"strings"
	"testing"
)

func TestKeepDropAndOnlyOnBars(t *testing.T) {
	p := startAt(t, newMemory(600), 160, 50, nil)
	p.press("esc", "shift+tab", "shift+tab", "home", "-")
	p.shows("[1 since:2026-03-01T02:11:00Z]", "599 of 600")
	p.press("end", "-")
	p.shows("[2 until:2026-03-01T03:20:00Z]")
	p.press("home", "right", "-")
	p.shows("a filter leaves out time at either end only")
	p.press("right")
	p.hides("at either end only")
	p.shows("ok", "denied", "failed; enter keeps")
	p.press("+")
	p.shows("[1 since:2026-03-01T02:13:00Z] [2 until:2026-03-01T02:14:00Z]", "enter keeps") // the bars still have the keys
	p.press("-")
	p.hides("-op:", "-integrity:")
}

// Every screen that lists values keeps, drops and keeps only what is under its cursor, and those that
// list none say so.
func TestKeepDropAndOnlyOnEveryScreen(t *testing.T) {
	for name, c := range map[string]struct {
		keys             []string
		keep, drop, only string
	}{
		"buckets":                   {[]string{"l", "l", "+", "3"}, "op:GetObject bucket:acme-finance", "op:GetObject -bucket:acme-finance", "op:GetObject bucket:acme-finance"},
		"groups":                    {[]string{"2", "down", "enter"}, "outcome:denied ip:", "outcome:denied -ip:", "outcome:denied ip:"},
		"groups, the second column": {[]string{"2", "down", "enter", "right"}, "outcome:denied ip:", "outcome:denied -actor:", "outcome:denied actor:"},
	} {
		for key, want := range map[string]string{"+": c.keep, "-": c.drop, "=": c.only} {
			t.Run(name+" "+key, func(t *testing.T) {
				p := startAt(t, newMemory(600), 160, 50, nil)
				p.press(append([]string{"esc"}, c.keys...)...)
				p.press(key)
				if line := strings.Split(p.screen(), "\n")[1]; !strings.HasPrefix(line, " / "+want) {
					t.Errorf("lists %q, want %q", strings.TrimSpace(line), want)
				}
			})
		}
	}
	for _, screen := range []string{"2", "6", "7", "8"} {
		for _, key := range []string{"+", "-", "="} {
			p := startAt(t, newMemory(600), 120, 40, nil)
			p.press("esc", screen, key)
			p.shows("what is listed here is no value of a filter: " + key)
		}
	}
}

// The lines of the inquiries stand for more than one value: what + - and = make of each is told here, and
// held to the counts of a real case by the nightly tests of the commands. No filter: the key says why not.
func TestKeepDropAndOnlyOnTheInquiries(t *testing.T) {
	writes := "enc:* -enc:n/a "
	key := "access_key:" + leakedKey
	const home = " ip:203.0.113.66 agent:aws-cli/1.18.136 tls:TLSv1.2 -vpce:*"
	story := "object:acme-finance/finance/2025/q1/report-0000.xlsx"
	const notCard, cannot, none = "this line cannot be dropped", "cannot be left out by one condition", "what is listed here is no value of a filter"
	for _, c := range []struct {
		name             string
		keys             []string
		keep, drop, only string
	}{
		{"actor", []string{"4"}, "actor:" + strings.ReplaceAll(legacy, ":", "?"), "-actor:" + strings.ReplaceAll(legacy, ":", "?"), "actor:" + strings.ReplaceAll(legacy, ":", "?")},
		{"card, all of it", []string{"4", "enter"}, key, notCard, key},
		{"card, a run of calls", []string{"4", "enter", "j"}, key + " op:(ListBuckets|HeadBucket) since:2026-03-06T12:00:00Z until:2026-03-06T12:01:01Z", notCard, key + " op:(ListBuckets|HeadBucket) since:2026-03-06T12:00:00Z until:2026-03-06T12:01:01Z"},
		{"card, a home", []string{"4", "enter", "tab", "tab", "j"}, key + home, notCard, key + home},
		{"encryption by bucket", []string{"5"}, writes + "bucket:acme-finance", writes + "-bucket:acme-finance", writes + "bucket:acme-finance"},
		{"encryption without a name", []string{"5", "G"}, writes + "-bucket:*", writes + "bucket:*", writes + "-bucket:*"},
		{"encryption by prefix", []string{"5", "o"}, writes + "bucket:acme-finance", writes + "-bucket:acme-finance", writes + "bucket:acme-finance"},
		{"encryption by actor", []string{"5", "o", "o"}, writes + "actor:acme-finance", writes + "-actor:acme-finance", writes + "actor:acme-finance"},
		{"encryption by key", []string{"5", "o", "o", "o"}, writes + "object:acme-finance", writes + "-object:acme-finance", writes + "object:acme-finance"},
		{"a finding", []string{"5", "tab"}, "enc:sse-c bucket:acme-finance", cannot, "enc:sse-c bucket:acme-finance"},
		{"a finding of one condition", []string{"5", "tab", "j"}, "enc:sse-kms", "-enc:sse-kms", "enc:sse-kms"},
		{"story, an event", []string{"O"}, "event_id:e0", story + " -event_id:e0", story + " event_id:e0"},
		{"deletes", []string{":", ":", "d", "e", "l", "e", "t", "e", "s", "enter"}, "bucket:acme-finance key:backups/db-0.dump", "-object:acme-finance/backups/db-0.dump", "bucket:acme-finance key:backups/db-0.dump"},
		{"deletes, keys unknown", []string{":", ":", "d", "e", "l", "e", "t", "e", "s", "enter", "G"}, "request_id:R9", "-request_id:R9", "request_id:R9"},
		{"coverage, a strip", []string{"7", "c"}, "log:cloudtrail category:data account:111122223333 region:eu-west-1 bucket:acme-web since:2026-03-02T00:00:00Z until:2026-03-07T00:00:00Z", none, none},
		{"coverage, an hour", []string{"7", "c", "tab"}, "log:cloudtrail category:data account:111122223333 region:eu-west-1 bucket:acme-web since:2026-03-02T00:00:00Z until:2026-03-02T01:00:00Z", none, none},
	} {
		for key, want := range map[string]string{"+": c.keep, "-": c.drop, "=": c.only} {
			t.Run(c.name+" "+key, func(t *testing.T) {
				p := startAudit(t, 160, 40, &audits{})
				p.press(append([]string{"esc"}, c.keys...)...)
				p.press(key)
				screen := p.screen()
				line := strings.Split(screen, "\n")[1]
				is, _, _ := strings.Cut(strings.TrimPrefix(line, " / "), "    ")
				if refused := want == notCard || want == cannot || want == none; !refused && is != want || refused && !strings.Contains(screen, want) {
					t.Errorf("lists %q, want %q:\n%s", is, want, screen)
				}
			})
		}
	}
}
