package cli

import (
	"context"
	"fmt"
	"strings"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/queries/inquiry"
)

// differencesTold bounds the differences that are listed.
const differencesTold = 10_000

func (p *program) witnesses(ctx context.Context, s *session, f model.Filter) (reply, error) {
	all, err := s.engine.Differences(ctx, queryOf(f), differencesTold)
	if err != nil {
		return reply{}, err
	}
	rates, err := inquiry.MatchRates(ctx, s.engine, f)
	if err != nil {
		return reply{}, err
	}
	type told struct {
		Differences []model.Difference `json:"differences"`
		answer.MatchRates
	}
	r := reply{value: told{Differences: all, MatchRates: rates}, n: int64(len(rates.Buckets))}
	r.names = strings.Split("time,op,bucket,key,actor,request_id,differs,cloudtrail_ip,access_ip,cloudtrail_bytes,access_bytes,cloudtrail_key,access_key,cloudtrail_outcome,access_outcome", ",")
	for _, d := range all {
		line := []string{utc(d.Time), d.Op, d.Bucket, d.Key, d.Actor, d.RequestID, strings.Join(d.What, "|")}
		for i := range d.CloudTrailSays {
			line = append(line, d.CloudTrailSays[i], d.AccessSays[i])
		}
		r.lines = append(r.lines, line)
	}
	r.text = func() { p.witnessText(rates, all) }
	return r, nil
}

// hoursTold bounds the hours with requests that one log lacks; JSON tells all.
const hoursTold = 100

func (p *program) witnessText(rates answer.MatchRates, all []model.Difference) {
	lines := [][]string{{"BUCKET", "MATCHED", "BOTH", "CLOUDTRAIL ONLY", "ACCESS LOG ONLY", "OTHER LOG ABSENT", "NOT EXPECTED"}}
	for _, r := range rates.Buckets {
		lines = append(lines, append([]string{orDefault(r.Bucket, "(none)")}, rateCells(r)...))
	}
	p.columns(lines)
	lines = [][]string{{"HOUR", "BUCKET", "MATCHED", "BOTH", "CLOUDTRAIL ONLY", "ACCESS LOG ONLY"}}
	more := 0
	for _, r := range rates.Hours {
		switch {
		case r.CloudTrailOnly+r.AccessOnly == 0:
		case len(lines) > hoursTold:
			more++
		default:
			lines = append(lines, append([]string{stamp(r.Start), orDefault(r.Bucket, "(none)")}, rateCells(r)[:4]...))
		}
	}
	if len(lines) > 1 {
		fmt.Fprintln(p.stdout, "\nhours in which a log lacks requests that the other tells, though it records the bucket then")
		p.columns(lines)
	}
	if more > 0 {
		fmt.Fprintf(p.stdout, "and %d more hours; --format json tells them\n", more)
	}
	fmt.Fprintf(p.stdout, "\n%d requests that the two logs tell differently\n", len(all))
	for _, d := range all {
		text := fmt.Sprintf("%s %s %s/%s by %s, request %s:", utc(d.Time), d.Op, d.Bucket, d.Key, d.Actor, d.RequestID)
		for i, name := range []string{"address", "bytes", "key", "outcome"} {
			if strings.Contains(strings.Join(d.What, " "), name) {
				text += fmt.Sprintf(" %s %s in CloudTrail, %s in the access log;", name, orDefault(d.CloudTrailSays[i], "none"), orDefault(d.AccessSays[i], "none"))
			}
		}
		fmt.Fprintln(p.stdout, p.printable(strings.TrimSuffix(text, ";")))
	}
}

func rateCells(r answer.MatchRate) []string {
	matched := "no pair to expect"
	if r.Expected() > 0 {
		matched = fmt.Sprintf("%.1f %%", 100*float64(r.Both)/float64(r.Expected()))
	}
	return []string{matched, fmt.Sprint(r.Both), fmt.Sprint(r.CloudTrailOnly), fmt.Sprint(r.AccessOnly), fmt.Sprint(r.OtherAbsent), fmt.Sprint(r.NotExpected)}
}

func (p *program) delivery(ctx context.Context, s *session, f model.Filter) (reply, error) {
	a, err := inquiry.Deliveries(ctx, s.engine, f)
	r := reply{value: a, n: int64(len(a.Buckets)), names: strings.Split("state,kind,bucket,key,time,size,member,size_here,actor,record,note", ",")}
	r.adverse = a.Logs[answer.DeliveryMissing]+a.Logs[answer.DeliveryOtherSize]+a.Logs[answer.DeliveryForeign] > 0
	for _, d := range a.Files {
		r.lines = append(r.lines, []string{d.State, d.Kind, d.Bucket, d.Key, csvTime(d.Time), numberText(d.Size), d.Member, numberText(d.SizeHere), d.Actor, d.Record, d.Note})
	}
	r.text = func() {
		if len(a.Buckets) == 0 {
			fmt.Fprintln(p.stdout, "no write of CloudTrail's into the bucket of a trail is recorded, so there is nothing to hold the files against")
			return
		}
		fmt.Fprintf(p.stdout, "deliveries into %s are recorded from %s to %s\n", p.printable(strings.Join(a.Buckets, ", ")), stamp(a.From), stamp(a.To))
		fmt.Fprintf(p.stdout, "log files: %s\ndigests:   %s\n", countsText(a.Logs, answer.DeliveryStates...), countsText(a.Digests, answer.DeliveryStates...))
		lines := [][]string{}
		for _, d := range a.Files {
			var size []string
			if d.Size != nil {
				size = append(size, numberText(d.Size)+" bytes")
			}
			if d.SizeHere != nil {
				size = append(size, numberText(d.SizeHere)+" bytes here")
			}
			lines = append(lines, []string{d.State, d.Kind, stamp(d.Time), strings.TrimPrefix(d.Bucket+"/"+d.Key, "/"), strings.Join(size, ", "), d.Note})
		}
		p.columns(lines)
	}
	return r, err
}

func (p *program) keyReads(ctx context.Context, s *session, f model.Filter) (reply, error) {
	a, err := inquiry.KeyReads(ctx, s.engine, f)
	r := reply{value: a, n: a.Uses, names: strings.Split("time,object_bucket,object_key,actor,access_key,ip,event_id,record", ",")}
	for _, u := range a.Only {
		r.lines = append(r.lines, []string{csvTime(u.Time), u.Bucket, u.Key, u.Actor, u.AccessKey, u.IP, u.EventID, u.Record})
	}
	r.text = func() {
		fmt.Fprintf(p.stdout, "%d uses of KMS keys for reading objects: the read is told by CloudTrail for %d, by the access log alone for %d, by nothing else for %d (%s)\n",
			a.Uses, a.Told[answer.ToldByCloudTrail], a.Told[answer.ToldByAccess], a.Told[answer.ToldByKMS], plural(a.Objects, "object", "objects"))
		if n := a.Told[answer.ToldByBucketKey]; n > 0 {
			fmt.Fprintf(p.stdout, "%d uses name a bucket and no object: a bucket key was used\n", n)
		}
		lines := [][]string{}
		for _, u := range a.Only {
			lines = append(lines, []string{stamp(u.Time), u.Bucket + "/" + u.Key, u.Actor, u.IP, u.Record})
		}
		p.columns(lines)
	}
	return r, err
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
