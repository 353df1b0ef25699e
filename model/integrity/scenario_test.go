package integrity

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

// stage is what a scenario is set up on: the hours of the default chain, unsigned while plan runs,
// and the pile they have become when tamper runs.
type stage struct {
	*testing.T
	*pile
	hours []*hour
	more  [][]*hour // further chains to be signed
}

// digest is the place of the digest of an hour; 0 is the starting one. log is one of its logs.
func (s *stage) digest(i int) string { return s.hours[i].place() }
func (s *stage) log(i, j int) string { return s.hours[i].logs[j].place() }

func (s *stage) remove(places ...string) {
	for _, place := range places {
		if _, ok := s.raw[place]; !ok {
			s.Fatalf("%s is not there to be removed", place)
		}
		delete(s.raw, place)
	}
}

func (s *stage) resign(i int, key *signer, claim string, change func(string) string) {
	s.edit(s, s.digest(i), func(text string) string {
		return change(strings.Replace(text, s.hours[i].key.name, claim, 1))
	})
	content := unzip(s.raw[s.digest(i)])
	d, err := ParseDigest(content)
	if err != nil {
		s.Fatal(err)
	}
	previous := d.PreviousSignatureText
	doc := document{DigestEndTime: d.EndText, DigestS3Bucket: d.Bucket, DigestS3Object: d.Object, PreviousDigestSignature: &previous}
	s.meta[s.digest(i)] = Metadata{Signature: signText(doc, content, key), Algorithm: "SHA256withRSA"}
}

func (s *stage) evidenceOnly() { s.source = "evidence" }

// lateLogs makes two backfill digests, an hour apart, of one log each.
func (s *stage) lateLogs(linked bool) []*hour {
	var out []*hour
	for i := 2; i < 4; i++ {
		h := s.hours[i]
		out = append(out, &hour{start: h.start, end: h.end, trail: h.trail, key: h.key, backfill: true, restart: !linked || i == 2,
			logs: []logItem{newLog(h.trail, h.start.Add(50*time.Minute).Truncate(time.Minute), fmt.Sprint("late", i))}})
	}
	s.more = append(s.more, out)
	return out
}

// stop leaves two hours without digests and logs after the third digest.
func (s *stage) stop() {
	s.hours = slices.Delete(s.hours, 3, 5)
	s.hours[3].restart = true
}

func swapIP(text string) string { return strings.Replace(text, "198.51.100.7", "203.0.113.66", 1) }

// dropListing takes the first listing out of a digest's text.
func dropListing(text string) string {
	from := strings.Index(text, `{"s3Bucket"`)
	to := from + strings.Index(text[from:], "},") + 2
	return text[:from] + text[to:]
}

func run(t *testing.T, plan, tamper func(*stage)) (*stage, *Report) {
	t.Helper()
	s := &stage{T: t, pile: newPile(), hours: defaultHours(plainTrail())}
	s.trust(TrustExaminer, testKeys()[0].entry(), testKeys()[1].entry())
	if plan != nil {
		plan(s)
	}
	s.sign(s.hours...)
	for _, chain := range s.more {
		s.sign(chain...)
	}
	if tamper != nil {
		tamper(s)
	}
	return s, Verify(s.input())
}

// summary puts a report into one line: result and exit code; digests and logs with their parts that are
// not zero; findings, "!" adverse, "?" incomplete, "~" notice, with how many.
func summary(r *Report) string {
	return fmt.Sprintf("%s %d | %s | %s | %s", r.Result, r.ExitCode, digestLine(r.Digests), logLine(r.Logs), findingLine(r.Findings))
}

func parts(total int, names []string, counts []int) string {
	out := fmt.Sprint(total)
	sum := 0
	for i, n := range counts {
		sum += n
		if n != 0 {
			out += fmt.Sprintf(" %s:%d", names[i], n)
		}
	}
	if sum != total {
		out += " (the parts are not the total)"
	}
	return out
}

func digestLine(c DigestCounts) string {
	return parts(c.Total, []string{"valid", "successor", "linked", "unverifiable", "invalid", "missing"},
		[]int{c.Valid, c.ValidBySuccessor, c.HashLinked, c.Unverifiable, c.Invalid, c.Missing})
}

func logLine(c LogCounts) string {
	return parts(c.Total, []string{"valid", "invalid", "missing", "unlisted", "unverifiable", "unreadable", "pending", "outside"},
		[]int{c.Valid, c.Invalid, c.Missing, c.Unlisted, c.Unverifiable, c.Unreadable, c.Pending, c.OutsideCoverage})
}

func findingLine(findings []Finding) string {
	mark := map[Severity]string{Adverse: "!", Incomplete: "?", Notice: "~"}
	var codes []string
	count := map[string]int{}
	for _, f := range findings {
		code := mark[f.Severity] + f.Code
		if count[code] == 0 {
			codes = append(codes, code)
		}
		count[code]++
	}
	for i, code := range codes {
		if count[code] > 1 {
			codes[i] = fmt.Sprintf("%s×%d", code, count[code])
		}
	}
	if len(codes) == 0 {
		return "-"
	}
	return strings.Join(codes, " ")
}

func TestScenarios(t *testing.T) {
	for _, sc := range slices.Concat(scenarios, edges) {
		t.Run(sc.id+" "+sc.name, func(t *testing.T) {
			s, r := run(t, sc.plan, sc.tamper)
			if got := summary(r); got != sc.want {
				t.Errorf("\n got %s\nwant %s", got, sc.want)
				for _, f := range r.Findings {
					t.Logf("%s %s %s: %s", f.Severity, f.Code, f.Object, f.Detail)
				}
			}
			if sc.also != nil {
				sc.also(s, r)
			}
			checkSums(t, r)
		})
	}
}

// checkSums checks what holds of every report.
func checkSums(t testing.TB, r *Report) {
	t.Helper()
	if strings.Contains(summary(r), "not the total") {
		t.Errorf("totals are not the sums of their parts: %s", summary(r))
	}
	var sum DigestCounts
	for _, c := range r.Chains {
		sum.Total += c.Digests.Total
		sum.Valid += c.Digests.Valid
		sum.ValidBySuccessor += c.Digests.ValidBySuccessor
		sum.HashLinked += c.Digests.HashLinked
		sum.Unverifiable += c.Digests.Unverifiable
		sum.Invalid += c.Digests.Invalid
		sum.Missing += c.Digests.Missing
		l := c.Logs
		if l.Total != l.Valid+l.Invalid+l.Missing+l.Unverifiable+l.Unreadable {
			t.Errorf("the logs of chain %s are not the sum of their parts: %+v", c.id().name(), l)
		}
	}
	if sum != r.Digests {
		t.Errorf("chains hold %+v digests, the whole %+v", sum, r.Digests)
	}
	var logs LogCounts
	for _, f := range r.LogFiles {
		if f.Counted {
			logs.count(f.Class)
		}
	}
	if logs != r.Logs {
		t.Errorf("the log files told of are %+v, the counts %+v", logs, r.Logs)
	}
	if r.Coverage.Covered < 0 || r.Coverage.Gap < 0 || r.Coverage.Hole < 0 {
		t.Errorf("negative coverage %+v", r.Coverage)
	}
}

// wantObject says where a finding must point.
func wantObject(code string, place func(*stage) string) func(*stage, *Report) {
	return func(s *stage, r *Report) {
		s.Helper()
		for _, f := range r.Findings {
			if f.Code == code && f.Object != place(s) {
				s.Errorf("%s points at %s, want %s", code, f.Object, place(s))
			}
		}
	}
}

func wantCoverage(covered, gap, hole int64) func(*stage, *Report) {
	return func(s *stage, r *Report) {
		s.Helper()
		if want := (Coverage{covered, gap, hole}); r.Coverage != want {
			s.Errorf("coverage %+v, want %+v", r.Coverage, want)
		}
	}
}

func wantBadge(badge model.Integrity, place func(*stage) string) func(*stage, *Report) {
	return func(s *stage, r *Report) {
		s.Helper()
		if got, ok := r.ByPath[place(s)]; !ok || got.Badge != badge {
			s.Errorf("badge of %s is %v (%v), want %v", place(s), got.Badge, got.Why, badge)
		}
	}
}

func all(checks ...func(*stage, *Report)) func(*stage, *Report) {
	return func(s *stage, r *Report) {
		s.Helper()
		for _, c := range checks {
			c(s, r)
		}
	}
}

func flat(place string) string { return path.Base(place) }
