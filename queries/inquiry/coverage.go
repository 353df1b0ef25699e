package inquiry

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
)

// maxHours bounds the cells of one strip: ten years.
const maxHours = 10 * 366 * 24

// Chain is what a verification tells of the digests of one account and region: the time they prove to
// be whole, and the gaps in it. A chain that could not be proven is left out.
type Chain struct {
	Account, Region string
	Span            model.Span
	Gaps            []model.Span
}

// lane is one strip that is being filled.
type lane struct {
	answer.Strip
	records []int64
	badges  []byte
}

// coverer fills strips.
type coverer struct {
	span   model.Span
	lanes  []*lane
	byName map[string]*lane
	stops  map[string][]model.Span // account and region: the trail was stopped
	starts map[string][]time.Time  // account and region: a trail was started
	chosen []selection             // in time order
	logged []logging
	out    answer.Coverage
}

// selection is a PutEventSelectors call, an answer that tells a trail's selectors, or one that tells of
// all trails, which has no trail.
type selection struct {
	at      time.Time
	account string
	region  string // of an answer that tells of all trails
	trail   string // by its name
	keeps   func(bucket string) bool
}

// logging is a PutBucketLogging call or an answer.
type logging struct {
	at     time.Time
	bucket string
	on     bool
}

// Coverage tells hour by hour what was recorded in span, and where nothing was, why: as far as the
// evidence and what AWS answered prove it.
func Coverage(ctx context.Context, s Source, span model.Span, chains []Chain, settings []answer.Setting) (answer.Coverage, error) {
	span.From, span.To = span.From.UTC().Truncate(time.Hour), ceilHour(span.To)
	c := coverer{span: span, byName: map[string]*lane{}, stops: map[string][]model.Span{}, starts: map[string][]time.Time{}}
	c.out = answer.Coverage{From: span.From, To: span.To, Strips: []answer.Strip{}, Causes: []answer.Cause{}}
	if !span.From.Before(span.To) {
		return c.out, nil
	}
	if c.hours() > maxHours {
		return c.out, fmt.Errorf("tell the coverage: %s to %s is longer than ten years; set the case's window", span.From.Format(time.RFC3339), span.To.Format(time.RFC3339))
	}
	if err := c.fill(ctx, s); err != nil {
		return c.out, err
	}
	if err := c.changes(ctx, s); err != nil {
		return c.out, err
	}
	c.settle(settings)
	for _, l := range c.lanes {
		l.judge(&c, chains)
		c.out.Strips = append(c.out.Strips, l.Strip)
	}
	slices.SortFunc(c.out.Strips, func(a, b answer.Strip) int {
		return cmp.Or(cmp.Compare(b.Log, a.Log), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region), cmp.Compare(b.Events, a.Events), cmp.Compare(a.Bucket, b.Bucket))
	})
	return c.out, nil
}

func ceilHour(t time.Time) time.Time {
	if h := t.UTC().Truncate(time.Hour); !h.Equal(t) {
		return h.Add(time.Hour)
	}
	return t.UTC()
}

func (c *coverer) hours() int { return int(c.span.To.Sub(c.span.From) / time.Hour) }

// fill counts the records of every hour: CloudTrail's management events by account and region, its
// data events by bucket too, access-log lines by bucket.
func (c *coverer) fill(ctx context.Context, s Source) error {
	between := []model.Term{is(model.FieldSince, c.span.From.Format(time.RFC3339)), is(model.FieldUntil, c.span.To.Format(time.RFC3339))}
	fields := []model.Field{model.FieldCategory, model.FieldAccount, model.FieldRegion, model.FieldBucket, model.FieldIntegrity}
	for _, log := range []model.Log{model.CloudTrail, model.AccessLog} {
		lines, err := s.Tally(ctx, query(model.Filter{}, append(slices.Clone(between), is(model.FieldLog, log.String()))...), model.TallyBy{Fields: fields, Width: time.Hour, NoObjects: true})
		if err != nil {
			return err
		}
		for _, t := range lines {
			if t.Start.IsZero() {
				continue
			}
			strip := answer.Strip{Log: log.String()}
			for i, into := range []*string{&strip.Events, &strip.Account, &strip.Region, &strip.Bucket} {
				*into, _ = t.Values[i].(string)
			}
			if log == model.AccessLog {
				strip.Account, strip.Region = "", ""
			} else if strip.Events == model.Management.String() {
				strip.Bucket = ""
			}
			badge, _ := t.Values[4].(string)
			c.lane(strip).add(int(t.Start.Sub(c.span.From)/time.Hour), t.Requests, badge)
		}
	}
	return nil
}

func (c *coverer) lane(s answer.Strip) *lane {
	name := strings.Join([]string{s.Log, s.Events, s.Account, s.Region, s.Bucket}, "\x00")
	l := c.byName[name]
	if l == nil {
		l = &lane{Strip: s, records: make([]int64, c.hours()), badges: []byte(strings.Repeat(" ", c.hours()))}
		c.byName[name] = l
		c.lanes = append(c.lanes, l)
	}
	return l
}

// add counts records in an hour. The worst badge stands for the hour.
func (l *lane) add(hour int, n int64, badge string) {
	l.Records += n
	l.records[hour] += n
	mark := byte('o')
	switch badge {
	case model.Verified.String():
		mark = 'v'
	case model.Altered.String(), model.Unlisted.String():
		mark = 'x'
	case model.IntegrityNA.String():
		mark = ' '
	}
	if rank := " vox"; strings.IndexByte(rank, mark) > strings.IndexByte(rank, l.badges[hour]) {
		l.badges[hour] = mark
	}
}

// judge gives every hour its state.
func (l *lane) judge(c *coverer, chains []Chain) {
	first, last := -1, -1
	for i, n := range l.records {
		if n > 0 {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	cells := make([]byte, len(l.records))
	l.Counts = map[string]int64{}
	for i := range cells {
		at := c.span.From.Add(time.Duration(i) * time.Hour)
		cells[i] = l.state(c, chains, i, at, first <= i && i <= last)
		l.Counts[answer.HourNames[cells[i]]]++
	}
	l.Hours, l.Proof = string(cells), string(l.badges)
}

// state is what is known of one hour. inside tells that the strip has records before and after it.
func (l *lane) state(c *coverer, chains []Chain, i int, at time.Time, inside bool) byte {
	hour := model.Span{From: at, To: at.Add(time.Hour)}
	if l.Log == model.AccessLog.String() {
		switch {
		case l.records[i] > 0:
			return answer.HourRecorded
		case c.loggingOff(l.Bucket, hour):
			return answer.HourNotSelected
		case inside:
			return answer.HourNothing
		}
		return answer.HourUnknown
	}
	gap := slices.ContainsFunc(c.stops[l.Account+"\x00"+l.Region], func(s model.Span) bool { return meet(s, hour) })
	proven := false
	for _, ch := range chains {
		if ch.Account == l.Account && ch.Region == l.Region {
			gap = gap || slices.ContainsFunc(ch.Gaps, func(s model.Span) bool { return meet(s, hour) })
			proven = proven || !ch.Span.From.After(hour.From) && !ch.Span.To.Before(hour.To)
		}
	}
	ran := l.records[i] > 0 || proven || slices.ContainsFunc(c.lanes, func(o *lane) bool {
		return o.Log == l.Log && o.Account == l.Account && o.Region == l.Region && o.records[i] > 0
	})
	switch {
	case l.records[i] > 0 && !gap:
		return answer.HourRecorded
	case gap:
		return answer.HourGap
	case l.Events == model.Data.String() && c.notSelected(l.Account, l.Region, l.Bucket, hour):
		return answer.HourNotSelected
	case l.Events == model.Data.String() && ran && inside, l.Events != model.Data.String() && ran:
		return answer.HourNothing
	}
	return answer.HourUnknown
}

func meet(a, b model.Span) bool {
	return a.From.Before(b.To) && (a.To.IsZero() || b.From.Before(a.To))
}

// loggingOff tells that the bucket's logging was switched off before the hour and not on again by its end.
func (c *coverer) loggingOff(bucket string, hour model.Span) bool {
	off := false
	for _, l := range c.logged {
		if l.bucket == bucket && l.at.Before(hour.To) && (!l.on && !l.at.After(hour.From) || l.on) {
			off = !l.on
		}
	}
	return off
}

// notSelected tells that the selectors last set in the account leave the bucket out for the whole hour:
// those of the one trail that the evidence names selectors of, or those of all trails that AWS listed.
func (c *coverer) notSelected(account, region, bucket string, hour model.Span) bool {
	out, all := map[string]bool{}, false
	for _, s := range c.chosen {
		before := !s.at.After(hour.From)
		switch {
		case s.account != account || !s.at.Before(hour.To):
		case s.trail == "":
			if before && s.region == region {
				out, all = map[string]bool{}, true
			}
		default:
			if keeps := s.keeps(bucket); keeps || before {
				out[s.trail] = !keeps
			} else if !out[s.trail] {
				out[s.trail] = false
			}
		}
	}
	for _, left := range out {
		if !left {
			return false
		}
	}
	return all || len(out) == 1
}
