package ui

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/integrity"
)

// custodian is one whose report was made by hand, with everything in it that can be found.
type custodian struct {
	report *integrity.Report // nil: never verified
	err    error
	runs   int
	hold   func(ctx context.Context, p *model.Progress) error // nil, or called while a run is under way
}

func (c *custodian) Verdict() *integrity.Report { return c.report }

func (c *custodian) Recheck(ctx context.Context) (*integrity.Report, error) {
	return c.report, ctx.Err()
}

func (c *custodian) Verdicts(context.Context) (map[model.MemberID]model.Verdict, error) {
	out := map[model.MemberID]model.Verdict{}
	if c.report == nil {
		return out, nil
	}
	for f, v := range c.report.ByFile {
		if f.Member != 0 {
			out[f.Member] = model.Verdict{Member: f.Member, Badge: v.Badge, Class: v.Class, Digest: v.Digest, Why: v.Why, Demo: v.Demo}
		}
	}
	return out, nil
}

func (c *custodian) Verify(ctx context.Context, p *model.Progress) (*integrity.Report, error) {
	c.runs++
	if c.hold != nil {
		if err := c.hold(ctx, p); err != nil {
			return nil, err
		}
	}
	if c.err != nil {
		return nil, c.err
	}
	if c.report == nil {
		c.report = newReport()
	}
	again := *c.report
	again.Stale = false
	c.report = &again
	return c.report, nil
}

// pile builds a report and keeps its counts equal to what it lists.
type pile struct{ *integrity.Report }

var firstDigest = time.Date(2026, 3, 1, 0, 7, 31, 0, time.UTC)

func digestObject(account, region, trail string, end time.Time) string {
	return fmt.Sprintf("acme-audit/AWSLogs/%[1]s/CloudTrail-Digest/%[2]s/%[4]s/%[1]s_CloudTrail-Digest_%[2]s_%[3]s_us-east-1_%[5]s.json.gz", account, region, trail, end.Format("2006/01/02"), end.Format("20060102T150405Z"))
}

func logObject(account, region string, at time.Time, unique string) string {
	return fmt.Sprintf("acme-audit/AWSLogs/%[1]s/CloudTrail/%[2]s/%[3]s/%[1]s_CloudTrail_%[2]s_%[4]s_%[5]s.json.gz", account, region, at.Format("2006/01/02"), at.Format("20060102T1504Z"), unique)
}

// chain adds a chain of n hours that are all well.
func (p pile) chain(account, region, trail string, kind integrity.Kind, n int) *integrity.Chain {
	c := integrity.Chain{Account: account, Region: region, Trail: trail, Home: "us-east-1", Kind: kind, From: firstDigest, To: firstDigest.Add(time.Duration(n) * time.Hour), Gaps: []integrity.Gap{}}
	before := ""
	for i := range n {
		w := integrity.Window{From: firstDigest.Add(time.Duration(i) * time.Hour), To: firstDigest.Add(time.Duration(i+1) * time.Hour), Status: integrity.ValidBySuccessor,
			Fingerprint: "052b5a6836103289fc9e849000457e3a", Trust: integrity.TrustExaminer, Counted: true, Previous: before}
		w.Object = digestObject(account, region, trail, w.To)
		if kind == integrity.Backfill {
			w.Object = strings.TrimSuffix(w.Object, ".json.gz") + "_backfill.json.gz"
		}
		w.File = &integrity.File{Path: w.Object}
		before = w.Object
		if i == n-1 {
			w.Status = integrity.ValidSelf
		}
		c.Windows = append(c.Windows, w)
	}
	p.Chains = append(p.Chains, c)
	return &p.Chains[len(p.Chains)-1]
}

// log adds a log file that digest i of c lists, or none when i is negative.
func (p pile) log(c *integrity.Chain, i int, after time.Duration, unique, class, why string, member model.MemberID) {
	at := firstDigest.Add(after).Truncate(time.Minute)
	f := integrity.LogFile{Class: class, Why: why, Account: c.Account, Region: c.Region, Delivered: at, Counted: true, Object: logObject(c.Account, c.Region, at, unique)}
	if i >= 0 {
		f.Digests = []string{c.Windows[i].Object}
		sum := sha256.Sum256([]byte(unique))
		f.Expected = sum[:]
		c.Windows[i].Logs = append(c.Windows[i].Logs, f.Object)
	}
	if class != "missing" {
		f.File = &integrity.File{Path: f.Object, Gzip: true, Whole: true, Content: sha256.Sum256([]byte(unique)), Member: member}
		v := integrity.LogVerdict{Class: class, Badge: map[string]model.Integrity{"valid": model.Verified, "invalid": model.Altered, "unlisted": model.Unlisted,
			"pending": model.Pending, "outside_coverage": model.Uncovered}[class], Why: why}
		if v.Badge == 0 {
			v.Badge = model.Unverifiable
		}
		if class == "invalid" {
			f.File.Content = sha256.Sum256([]byte("re-saved"))
		}
		if i >= 0 {
			v.Digest = f.Digests[0]
		}
		p.ByFile[f.File] = v
	}
	p.LogFiles = append(p.LogFiles, f)
}

// newReport has every state a digest, a log file and an hour can be in.
func newReport() *integrity.Report {
	p := pile{&integrity.Report{Findings: []integrity.Finding{}, ByFile: map[*integrity.File]integrity.LogVerdict{}, ByPath: map[string]integrity.LogVerdict{}}}
	p.Chains = make([]integrity.Chain, 0, 8)
	main := p.chain("111122223333", "eu-west-1", "org-main", integrity.Standard, 72)
	p.chain("111122223333", "us-east-1", "org-main", integrity.Standard, 72)
	late := p.chain("444455556666", "eu-west-1", "evil\x1b[31m\ntrail", integrity.Standard, 30)
	p.chain("111122223333", "eu-west-1", "org-main", integrity.Backfill, 12)
	for i := range main.Windows {
		w := &main.Windows[i]
		switch i {
		case 1, 2:
			w.Status = integrity.ValidSelf
		case 11:
			w.Status = integrity.HashLinked
		case 20:
			w.Status, w.Trust = integrity.Invalid, ""
		case 31, 32:
			w.Status, w.Trust, w.File = integrity.Missing, "", nil
		case 55:
			w.Status, w.Trust = integrity.Unverifiable, ""
		}
	}
	// The trail was stopped for five hours, and one window does not reach the next.
	from, to := main.Windows[39].To, main.Windows[45].From
	main.Windows[45].Previous = ""
	main.Gaps = []integrity.Gap{{From: from, To: to, CoincidesWith: []string{from.Add(-7*time.Minute).Format(time.RFC3339) + " StopLogging by arn:aws:iam::111122223333:user/mal\x1b]0;x\aory"}}}
	hole := main.Windows[60].From
	main.Windows[60].From = hole.Add(20 * time.Minute)
	main.Windows = append(main.Windows[:40], main.Windows[45:]...)

	p.log(main, 2, 2*time.Hour+4*time.Minute, "x1", "valid", "its content is what CloudTrail delivered", 1)
	p.log(main, 2, 2*time.Hour+10*time.Minute, "x2", "valid", "its content is what CloudTrail delivered", 0)
	p.log(main, 6, 6*time.Hour+3*time.Minute, "k3", "invalid", "its content does not match what CloudTrail delivered", 2)
	p.log(main, 6, 6*time.Hour+8*time.Minute, "k4", "valid", "its content is what CloudTrail delivered", 0)
	p.log(main, 14, 14*time.Hour+8*time.Minute, "k5", "missing", "a proven digest lists it, but it is not here", 0)
	p.log(main, -1, 14*time.Hour+9*time.Minute, "stranger\u202e", "unlisted", "no digest lists it, though the digests of its time are proven", 0)
	p.log(main, -1, 41*time.Hour, "k6", "outside_coverage", "it was delivered in a gap of the digest chain", 0)
	p.log(main, 55-5, 55*time.Hour+time.Minute, "k7", "unverifiable", "only digests that are not proven list it", 0)
	p.log(late, 10, 10*time.Hour, "k8", "unreadable", "its bytes could not be read: permission denied", 0)
	p.log(late, -1, 30*time.Hour+5*time.Minute, "k9", "pending", "it was delivered after the newest digest's window, whose digest may be yet to come", 0)

	p.Keys = []integrity.KeySummary{
		{Fingerprint: "052b5a6836103289fc9e849000457e3a", Region: "eu-west-1", Trust: integrity.TrustExaminer, Origin: "keys/keys\x1b[2J.json", SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte("1")))},
		{Fingerprint: "78278fbefffca5057ff58a482c985d15", Trust: integrity.TrustEvidence, Origin: "evidence/keys.json", SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte("2")))},
		{Fingerprint: "f152847e017518bbbaa8df20c492a202", Trust: integrity.TrustDemo, Origin: "keys/public-keys.json", SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte("3")))},
	}
	p.sum()
	return p.Report
}

// sum makes the counts and findings out of what the report lists.
func (p pile) sum() {
	find := func(s integrity.Severity, code, object, detail string) {
		p.Findings = append(p.Findings, integrity.Finding{Severity: s, Code: code, Object: object, Detail: detail})
	}
	at := map[string]*integrity.Chain{}
	for i := range p.Chains {
		c := &p.Chains[i]
		for j := range c.Windows {
			w := &c.Windows[j]
			at[w.Object] = c
			c.Digests.Total++
			switch w.Status {
			case integrity.ValidSelf:
				c.Digests.Valid++
			case integrity.ValidBySuccessor:
				c.Digests.ValidBySuccessor++
			case integrity.HashLinked:
				c.Digests.HashLinked++
			case integrity.Invalid:
				c.Digests.Invalid++
				find(integrity.Adverse, "digest-signature-invalid", w.Object, "its content does not match its signature")
			case integrity.Missing:
				c.Digests.Missing++
				find(integrity.Adverse, "digest-missing", w.Object, "1 missing")
			default:
				c.Digests.Unverifiable++
				find(integrity.Incomplete, "digest-key-unknown", w.Object, "no key with its fingerprint was given")
			}
			if c.Kind == integrity.Standard && w.Status.Proven() {
				p.Coverage.Covered += int64(w.To.Sub(w.From) / time.Second)
			}
		}
		d := c.Digests
		p.Digests.Total, p.Digests.Valid, p.Digests.ValidBySuccessor = p.Digests.Total+d.Total, p.Digests.Valid+d.Valid, p.Digests.ValidBySuccessor+d.ValidBySuccessor
		p.Digests.HashLinked, p.Digests.Invalid, p.Digests.Missing = p.Digests.HashLinked+d.HashLinked, p.Digests.Invalid+d.Invalid, p.Digests.Missing+d.Missing
		p.Digests.Unverifiable += d.Unverifiable
		for _, g := range c.Gaps {
			p.Coverage.Gap += int64(g.To.Sub(g.From) / time.Second)
			find(integrity.Incomplete, "gap", c.Account+" "+c.Region+" "+c.Trail, "the chain restarts")
		}
	}
	p.Coverage.Hole = 20 * 60
	for _, f := range p.LogFiles {
		own := &integrity.ChainLogCounts{}
		if len(f.Digests) > 0 {
			own = &at[f.Digests[0]].Logs
		}
		p.Logs.Total++
		own.Total++
		switch f.Class {
		case "valid":
			p.Logs.Valid++
			own.Valid++
		case "invalid":
			p.Logs.Invalid++
			own.Invalid++
			find(integrity.Adverse, "log-hash-mismatch", f.Object, f.Why)
		case "missing":
			p.Logs.Missing++
			own.Missing++
			find(integrity.Adverse, "log-missing", f.Object, f.Why)
		case "unlisted":
			p.Logs.Unlisted++
			find(integrity.Adverse, "log-unlisted", f.Object, f.Why)
		case "unverifiable":
			p.Logs.Unverifiable++
			own.Unverifiable++
		case "unreadable":
			p.Logs.Unreadable++
			own.Unreadable++
			find(integrity.Incomplete, "log-unreadable", f.Object, f.Why)
		case "pending":
			p.Logs.Pending++
			find(integrity.Notice, "pending", f.Object, f.Why)
		default:
			p.Logs.OutsideCoverage++
		}
	}
	from, to := p.Chains[0].From, p.Chains[0].To
	p.Range = integrity.RangeSummary{From: &from, To: &to, Source: "evidence"}
	p.Result, p.ExitCode = integrity.ResultAdverse, 1
}

// verification is what an overview tells of the report.
func verification(r *integrity.Report) *model.Verification {
	return &model.Verification{Result: string(r.Result), Digests: r.Digests.Total, DigestsValid: r.Digests.Valid + r.Digests.ValidBySuccessor + r.Digests.HashLinked,
		DigestsInvalid: r.Digests.Invalid, DigestsMissing: r.Digests.Missing, Logs: r.Logs.Total, LogsValid: r.Logs.Valid, Altered: r.Logs.Invalid,
		Missing: r.Logs.Missing, Unlisted: r.Logs.Unlisted, Gaps: 1, Demo: r.Demo, Stale: r.Stale}
}
