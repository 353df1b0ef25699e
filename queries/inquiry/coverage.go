package inquiry

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/recording"
)

// mostHours bounds the cells of one strip: ten years. mostCells bounds those of all strips.
const (
	mostHours = 10 * 366 * 24
	mostCells = 1 << 25
)

// Chain is what a verification tells of the digests of one account and region: the time they prove to
// be whole, and the gaps in it. A chain that could not be proven has neither.
type Chain struct {
	Account, Region string
	Span            model.Span
	Gaps            []model.Span
}

// lane is one strip that is being filled.
type lane struct {
	answer.Strip
	cells       []byte    // an hour's place in marks; nil: no hour has records
	first, last time.Time // hours of the first and last record, in the whole case
}

// marks are what the records of an hour prove, the worst last. The first is no record at all.
const marks = "\x00 vox"

// coverer fills strips.
type coverer struct {
	span     model.Span
	evidence model.Span // of all records
	lanes    []*lane
	byName   map[string]*lane
	stops    map[string][]model.Span // account and region: the trail was stopped
	starts   map[string][]time.Time  // account and region: a trail was started
	chosen   []selection             // in time order
	logged   []logging
	inForce  map[string]answer.Cause // the last change before the span, by what it is about
	out      answer.Coverage
}

// selection is a PutEventSelectors call, an answer that tells a trail's selectors, or one that tells of
// all trails, which has no trail.
type selection struct {
	at      time.Time
	account string
	region  string
	trail   string // by its name
	named   []string
	keeps   func(l *lane) recording.Kept
}

// logging is a PutBucketLogging call or an answer.
type logging struct {
	at     time.Time
	bucket string
	on     bool
}

// counted is the records of one strip in one hour.
type counted struct {
	strip       answer.Strip
	hour        time.Time
	first, last time.Time
	n           int64
	badge       string
}

// Coverage tells hour by hour what was recorded in span, and where nothing was, why: as far as the
// evidence and what AWS answered prove it. Every log, bucket and account of the whole case has its strip,
// and what was set before the span counts in it. evidence is the span of all records. Of a span with more
// hours than can be told, those with the most records are.
func Coverage(ctx context.Context, s Source, span, evidence model.Span, chains []Chain, settings []answer.Setting) (answer.Coverage, error) {
	span.From, span.To = span.From.UTC().Truncate(time.Hour), ceilHour(span.To)
	c := newCoverer(span, evidence)
	if !span.From.Before(span.To) {
		return c.out, nil
	}
	records, err := c.read(ctx, s)
	if err != nil {
		return c.out, err
	}
	c.near(records)
	if err := c.changes(ctx, s); err != nil {
		return c.out, err
	}
	c.settle(settings)
	c.subjects(chains)
	for _, r := range records {
		c.lane(r.strip).add(c.hourOf(r.hour), c.hours(), r)
	}
	sites := c.sites(chains)
	if err := c.split(ctx, s); err != nil {
		return c.out, err
	}
	for _, l := range c.lanes {
		l.judge(c, sites[l.site()])
		c.out.Strips = append(c.out.Strips, l.Strip)
	}
	slices.SortFunc(c.out.Strips, func(a, b answer.Strip) int {
		return cmp.Or(cmp.Compare(b.Log, a.Log), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region), cmp.Compare(b.Events, a.Events), cmp.Compare(a.Bucket, b.Bucket), cmp.Compare(a.Only, b.Only))
	})
	return c.out, nil
}

func newCoverer(span, evidence model.Span) *coverer {
	c := coverer{span: span, evidence: evidence, byName: map[string]*lane{}, stops: map[string][]model.Span{}, starts: map[string][]time.Time{}, inForce: map[string]answer.Cause{}}
	c.out = answer.Coverage{From: span.From, To: span.To, Strips: []answer.Strip{}, Causes: []answer.Cause{}}
	return &c
}

func ceilHour(t time.Time) time.Time {
	if h := t.UTC().Truncate(time.Hour); !h.Equal(t) {
		return h.Add(time.Hour)
	}
	return t.UTC()
}

func (c *coverer) hours() int { return int(c.span.To.Sub(c.span.From) / time.Hour) }

// hourOf is the number of an hour in the span; negative or too large outside it.
func (c *coverer) hourOf(at time.Time) int {
	return int(at.Sub(c.span.From) / time.Hour)
}

// laneFields tell one strip from another: CloudTrail's management events by account and region, its data
// events by bucket too, access-log lines by bucket.
var laneFields = []model.Field{model.FieldCategory, model.FieldAccount, model.FieldRegion, model.FieldBucket}

func laneOf(log model.Log, values []any) answer.Strip {
	strip := answer.Strip{Log: log.String()}
	for i, into := range []*string{&strip.Events, &strip.Account, &strip.Region, &strip.Bucket} {
		*into, _ = values[i].(string)
	}
	if log == model.AccessLog {
		strip.Account, strip.Region = "", ""
	} else if strip.Events == model.Management.String() {
		strip.Bucket = ""
	}
	return strip
}

// read makes the strips of the whole case, and counts the records of the span by the hour. A span that
// holds all records tells of every strip itself.
func (c *coverer) read(ctx context.Context, s Source) ([]counted, error) {
	whole := !c.evidence.IsZero() && !c.span.From.After(c.evidence.From) && !c.span.To.Before(c.evidence.To)
	var out []counted
	for _, log := range []model.Log{model.CloudTrail, model.AccessLog} {
		terms := []model.Term{is(model.FieldLog, log.String())}
		if !whole {
			lines, err := s.Tally(ctx, query(model.Filter{}, terms...), model.TallyBy{Fields: laneFields, NoObjects: true})
			if err != nil {
				return nil, err
			}
			for _, t := range lines {
				c.lane(laneOf(log, t.Values)).reach(t.First, t.Last)
			}
			terms = append(terms, within(&c.span.From, &c.span.To)...)
		}
		lines, err := s.Tally(ctx, query(model.Filter{}, terms...), model.TallyBy{Fields: append(slices.Clone(laneFields), model.FieldIntegrity), Width: time.Hour, NoObjects: true})
		if err != nil {
			return nil, err
		}
		for _, t := range lines {
			strip := laneOf(log, t.Values)
			c.lane(strip).reach(t.First, t.Last)
			if !t.Start.IsZero() {
				badge, _ := t.Values[len(laneFields)].(string)
				out = append(out, counted{strip, t.Start, t.First, t.Last, t.Requests, badge})
			}
		}
	}
	return out, nil
}

// near narrows a span of more hours than can be told to those in which the most records lie, and says
// what is left out.
func (c *coverer) near(records []counted) {
	limit := max(24, min(mostHours, mostCells/max(1, len(c.lanes))))
	if c.hours() <= limit {
		return
	}
	out := answer.Outside{From: c.span.From, To: c.span.To}
	records = slices.Clone(records)
	slices.SortFunc(records, func(a, b counted) int { return a.hour.Compare(b.hour) })
	length := time.Duration(limit) * time.Hour
	best, most, in, from := model.Span{From: c.span.From, To: c.span.From.Add(length)}, int64(0), int64(0), 0
	if len(records) == 0 && c.evidence.From.After(best.To) {
		best = model.Span{From: c.span.To.Add(-length), To: c.span.To}
	}
	for _, r := range records {
		in += r.n
		for !r.hour.Before(records[from].hour.Add(length)) {
			in -= records[from].n
			from++
		}
		if in > most {
			most, best = in, model.Span{From: records[from].hour, To: r.hour.Add(time.Hour)}
		}
	}
	for _, l := range c.lanes {
		l.first, l.last = time.Time{}, time.Time{}
	}
	for _, r := range records {
		if !r.hour.Before(best.From) && r.hour.Before(best.To) {
			c.lane(r.strip).reach(r.first, r.last) // what lies years apart does not tell of the time between
			continue
		}
		out.Records += r.n
		if out.First == nil || r.first.Before(*out.First) {
			out.First = moment(r.first)
		}
		if out.Last == nil || r.last.After(*out.Last) {
			out.Last = moment(r.last)
		}
	}
	c.span, c.out.From, c.out.To, c.out.Outside = best, best.From, best.To, &out
}

// subjects gives those a strip that the evidence speaks of without a record: accounts and regions with
// digests, buckets that selectors name, and buckets whose logging was set.
func (c *coverer) subjects(chains []Chain) {
	for _, ch := range chains {
		if ch.Account != "" {
			c.lane(answer.Strip{Log: model.CloudTrail.String(), Events: model.Management.String(), Account: ch.Account, Region: ch.Region})
		}
	}
	for _, l := range c.logged {
		c.lane(answer.Strip{Log: model.AccessLog.String(), Events: model.Data.String(), Bucket: l.bucket})
	}
	for _, s := range c.chosen {
		for _, b := range s.named {
			if !slices.ContainsFunc(c.lanes, func(l *lane) bool {
				return l.Events == model.Data.String() && l.Account == s.account && l.Bucket == b
			}) {
				c.lane(answer.Strip{Log: model.CloudTrail.String(), Events: model.Data.String(), Account: s.account, Region: s.region, Bucket: b})
			}
		}
	}
}

func laneName(s answer.Strip) string {
	return strings.Join([]string{s.Log, s.Events, s.Account, s.Region, s.Bucket, s.Only}, "\x00")
}

func (c *coverer) lane(s answer.Strip) *lane {
	name := laneName(s)
	l := c.byName[name]
	if l == nil {
		l = &lane{Strip: s}
		c.byName[name] = l
		c.lanes = append(c.lanes, l)
	}
	return l
}

// reach widens the time between the lane's first and last record.
func (l *lane) reach(first, last time.Time) {
	if first.IsZero() {
		return
	}
	if first = first.Truncate(time.Hour); l.first.IsZero() || first.Before(l.first) {
		l.first = first
	}
	if last = last.Truncate(time.Hour); last.After(l.last) {
		l.last = last
	}
}

// inside tells that the lane has records before and after an hour, or in it.
func (l *lane) inside(at time.Time) bool {
	return !l.first.IsZero() && !at.Before(l.first) && !at.After(l.last)
}

// add counts records in one of the span's hours. The worst badge stands for the hour.
func (l *lane) add(hour, hours int, r counted) {
	if hour < 0 || hour >= hours {
		return
	}
	if l.cells == nil {
		l.cells = make([]byte, hours)
	}
	mark := byte('o')
	switch r.badge {
	case model.Verified.String():
		mark = 'v'
	case model.Altered.String(), model.Unlisted.String():
		mark = 'x'
	case model.IntegrityNA.String():
		mark = ' '
	}
	l.Records += r.n
	l.cells[hour] = max(l.cells[hour], byte(strings.IndexByte(marks, mark)))
}

// recorded tells that an hour of the span has records.
func (l *lane) recorded(hour int) bool { return l.cells != nil && l.cells[hour] > 0 }
