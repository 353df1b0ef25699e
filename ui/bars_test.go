package ui

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/ui/widget/value"
)

var chipEnds = regexp.MustCompile(`\[1 since:(\S+)\] \[2 until:(\S+)\]`)

func TestAStretchOfTimeIsBrushed(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "v", "right", "right")
	p.shows("enter, esc")
	said := p.screen()
	p.press("enter")
	ends := chipEnds.FindStringSubmatch(p.screen())
	if ends == nil {
		t.Fatalf("no window:\n%s", p.screen())
	}
	for _, e := range ends[1:] {
		at, err := time.Parse(time.RFC3339, e)
		if err != nil || !strings.Contains(said, at.Format("15:04:05Z")) {
			t.Errorf("the brush did not name %s:\n%s", e, said)
		}
	}
	p.press("u")
	p.shows("no filter", "600 of 600")
	p.press("v", "right", "esc")
	p.shows("no filter")
	p.hides("enter, esc")
}

func TestTheSumOfTheBarsIsTheCount(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "shift+tab")
	p.shows("enter keeps")
	p.press("home", "v", "end")
	p.shows("514 ok 55 denied 31 failed")
}

func TestBarsTellDeniedAndFailedBySigns(t *testing.T) {
	m := newMemory(600)
	for i := range m.rows {
		m.rows[i][model.FieldOutcome] = "ok"
	}
	m.rows[2][model.FieldOutcome], m.rows[595][model.FieldOutcome] = "denied", "failed"
	for i := 300; i < 350; i++ {
		m.rows[i][model.FieldOutcome] = "denied"
	}
	m.summarise()
	for _, size := range [][2]int{{80, 24}, {160, 50}} {
		p := startAt(t, m, size[0], size[1], nil)
		p.press("esc")
		if !regexp.MustCompile(`(?m)^[ │]+!+ +!*D+!* +x+\b`).MatchString(p.screen()) {
			t.Errorf("at %v:\n%s", size, p.screen())
		}
	}
	p := startAt(t, m, 160, 50, nil)
	p.press("esc")
	// Two lines of each bar are full, and of those that were denied, shaded.
	if lines := strings.Split(p.screen(), "\n"); strings.Count(lines[6], "▒") < 4 || strings.ContainsAny(lines[6][:40], "▒░") {
		t.Errorf("the bars are not split:\n%s", p.screen())
	}
	p.shows("! denied x failed * both D F B most")
}

// logRow is what stands in the row of logs.
func logRow(t *testing.T, p *program) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^ +logs [ │]*([^ \n]+)( |$)`).FindStringSubmatch(p.screen())
	if m == nil {
		t.Fatalf("no row of logs:\n%s", p.screen())
	}
	return m[1]
}

func TestTheRowOfLogsIsAboutWhatTheFilterRestrictsTo(t *testing.T) {
	m := newMemory(600) // from 02:10:58 to 03:20 of one day
	m.rows[599][model.FieldTime] = start.Add(8 * time.Hour)
	m.summarise()
	hour := func(log, region, bucket, hours string) answer.Strip {
		return answer.Strip{Log: log, Events: "data", Account: "111122223333", Region: region, Bucket: bucket, Hours: hours}
	}
	access := hour("access", "", "acme-web", "??####..?")
	access.Account = ""
	audits := &audits{hours: answer.Coverage{From: start.Truncate(time.Hour), To: start.Truncate(time.Hour).Add(9 * time.Hour), Strips: []answer.Strip{
		hour("cloudtrail", "eu-west-1", "acme-web", "##.!!.###"), hour("cloudtrail", "eu-west-1", "acme-lake", "##.!!...."), hour("cloudtrail", "us-east-1", "acme-us", "#-#-----#"), access,
	}}}
	for name, c := range map[string]struct{ filter, want string }{
		"no filter":                  {"", `^c+─+g+─+c+$`},
		"a bucket without its log":   {"bucket:acme-lake", `^c+·+g+·+$`},
		"a bucket with its log":      {"bucket:acme-web", `^c+─+g+─+c+$`},
		"an object":                  {"object:acme-lake/x/*", `^c+·+g+·+$`},
		"a region":                   {"region:us-east-1", `^c+s+c+s+c+$`},
		"not a region":               {"-region:eu-west-1", `^c+s+─+a+·+c+$`},
		"an account nobody knows":    {"account:999999999999", `^\?+$`},
		"one log":                    {"log:access", `^\?+a+·+\?+$`},
		"a condition that is off":    {"bucket:acme-lake off", `^c+─+g+─+c+$`},
		"something else":             {"op:PutObject", `^c+─+g+─+c+$`},
		"bars of less than an hour":  {"bucket:acme-lake since:2026-03-01T03:00:00Z until:2026-03-01T06:00:00Z", `^c+·+g+$`},
		"a pattern, a bucket less":   {"bucket:acme-* -bucket:acme-web", `^c+g+·+c+$`},
		"what the trail never holds": {"log:cloudtrail bucket:other", `^\?+$`},
	} {
		t.Run(name, func(t *testing.T) {
			f := model.Filter{}
			for _, text := range strings.Fields(strings.TrimSuffix(c.filter, " off")) {
				field, v, _ := strings.Cut(strings.TrimPrefix(text, "-"), ":")
				f = f.With(model.Term{Field: model.Field(field), Values: []model.Value{{Text: v, Glob: strings.Contains(v, "*")}},
					Not: strings.HasPrefix(text, "-"), Off: strings.HasSuffix(c.filter, " off")})
			}
			if !strings.Contains(c.filter, "since") {
				f = f.With(value.Term(model.FieldSince, start.Truncate(time.Hour), false)).With(value.Term(model.FieldUntil, start.Truncate(time.Hour).Add(9*time.Hour), false))
			}
			for _, w := range [][2]int{{80, 24}, {160, 50}} {
				p := startAt(t, m, w[0], w[1], func(o *Options) { o.Auditor, o.Filter = audits, f })
				p.press("esc")
				if got := logRow(t, p); !regexp.MustCompile(c.want).MatchString(got) {
					t.Errorf("at %v: %q does not match %s", w, got, c.want)
				}
				p.press("v", "v", "end")
				if got := logRow(t, p); strings.HasSuffix(got, "c") {
					p.shows("0 failed; CloudTrail only;")
				}
			}
		})
	}
}

func TestTheHoursAreAskedForOnceAndNotDuringALoad(t *testing.T) {
	audits := &audits{}
	p := startAt(t, newMemory(600), 80, 24, func(o *Options) {
		o.Auditor = audits
		done := make(chan error, 1)
		done <- nil
		o.Load = &Load{Name: "evidence", Progress: &model.Progress{}, Done: done}
	})
	p.press("esc", "+", "u", "enter", "q")
	if audits.askedHours != 1 {
		t.Errorf("asked %d times", audits.askedHours)
	}
}
