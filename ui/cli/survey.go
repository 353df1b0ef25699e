package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"trailsift/loaders/s3"
	"trailsift/loaders/source"
	"trailsift/model"
	"trailsift/ui/widget/value"
)

// survey is what lies in some buckets, and what of it is to be taken.
type survey struct {
	layout *s3.Layout
	places []string
	ids    []int
	left   []string
	others int // places of no logs that are left out
	span   model.Span
	haul   *s3.Haul
}

// bucketsOf are the sources that lie in S3.
func bucketsOf(sources []string) (places []string) {
	for _, s := range sources {
		if isS3(s) {
			places = append(places, s)
		}
	}
	return places
}

// discover looks into the buckets and chooses; nothing is counted yet.
func (p *program) discover(ctx context.Context, s *session, o *loadOptions, places []string, told func(lists int64)) (*survey, error) {
	w := &o.wanted
	prune, err := w.pruning()
	if err != nil {
		return nil, err
	}
	prune.Versions = o.versions
	span, last, err := w.span()
	if err != nil {
		return nil, err
	}
	layout, err := s.remote.client.Discover(ctx, places, prune, told)
	if err != nil {
		return nil, err
	}
	v := &survey{layout: layout, places: places, span: span}
	v.ids, v.left, v.others = layout.Choose(places, w.All)
	if len(w.Streams) > 0 {
		v.ids, v.left, v.others = layout.Named(w.Streams), nil, 0
	}
	if last > 0 {
		end := span.To
		if end.IsZero() {
			if end, err = layout.Newest(ctx, v.ids); err != nil {
				return nil, err
			}
		}
		if end.IsZero() && len(v.ids) > 0 {
			return nil, usage("give --since instead", "--last counts from the newest log, and no name in %s tells when one was delivered", strings.Join(places, ", "))
		}
		if !end.IsZero() {
			v.span.From = end.Add(-last)
		}
	}
	return v, nil
}

// count lists what is chosen.
func (v *survey) count(ctx context.Context, ids []int, span model.Span, held *source.Copies, told func(id int, v model.Volume)) ([]*s3.Haul, error) {
	v.layout.Held = nil
	if held != nil {
		v.layout.Held = func(o s3.Object) bool {
			_, ok := held.Find(source.RemotePath(o.Bucket, o.Key), o.ETag, o.Size)
			return ok
		}
	}
	return v.layout.Count(ctx, ids, span, told)
}

// closed adds the folders that the layout could not list to the haul, and gives it.
func (v *survey) closed(hauls []*s3.Haul) *s3.Haul {
	h := s3.Join(hauls...)
	h.Closed = append(h.Closed, v.layout.Closed...)
	return h
}

// surveyed looks into the buckets among sources and counts what is wanted of them.
func (p *program) surveyed(ctx context.Context, s *session, o *loadOptions, sources []string, held *source.Copies, progress *model.Progress) (*survey, error) {
	progress.Stage.Store("listing")
	s.remote.client.Report(progress)
	v, err := p.discover(ctx, s, o, bucketsOf(sources), nil)
	if err != nil {
		return nil, err
	}
	var sum counter
	hauls, err := v.count(ctx, v.ids, v.span, held, func(id int, vol model.Volume) {
		progress.MembersTotal.Store(sum.tell(id, vol).Objects)
	})
	if err != nil {
		return nil, err
	}
	v.haul = v.closed(hauls)
	return v, nil
}

// weigh says what a load from buckets will cost before it begins, and ends it there when nobody said
// what to take. What it counted is kept for the load that follows.
func (p *program) weigh(ctx context.Context, s *session, o *loadOptions, sources []string, progress *model.Progress) error {
	places := bucketsOf(sources)
	if len(places) == 0 {
		return nil
	}
	evidence, err := source.OpenCopies(s.Evidence())
	if err != nil {
		return access(err, "check that the case's folder may be read")
	}
	v, err := p.surveyed(ctx, s, o, sources, evidence, progress)
	if err := errors.Join(err, evidence.Close()); err != nil {
		return err
	}
	specific := o.wanted.some() || !slices.ContainsFunc(places, func(s string) bool { return !v.layout.Specific(s) })
	if !p.quiet || !specific {
		p.tellSurvey(v)
	}
	if len(v.ids) == 0 && len(v.layout.Closed) == 0 {
		hint := "trailsift open " + places[0] + " shows what lies there; --all takes everything and recognises logs by content"
		return &failure{code: exitNothing, err: fmt.Errorf("no logs of what was asked for lie in %s", strings.Join(places, ", ")), hint: hint}
	}
	if !specific {
		return usage("narrow it with --account, --since, --until or --last, or give --all; trailsift open "+places[0]+" lets you tick what to take", "nothing was fetched: what of %s to take is not said", strings.Join(places, ", "))
	}
	o.haul = v.haul
	return nil
}

// tellSurvey writes the estimate.
func (p *program) tellSurvey(v *survey) {
	line := func(format string, args ...any) { fmt.Fprintf(p.stderr, format+"\n", args...) }
	e := s3.Price(v.haul.Volume, 0)
	line("found    %s", v.kinds())
	span := "of all time"
	if !v.span.IsZero() {
		span = "from " + endText(v.span.From, "the first") + " to " + endText(v.span.To, "the last")
	}
	line("to take  %d objects, %s, %s", e.Objects, value.Bytes(e.Bytes), span)
	if v.haul.Before > 0 {
		line("         %d of them of before: the first digests of that time list them", v.haul.Before)
	}
	if v.haul.Older > 0 {
		line("         %d of them older versions", v.haul.Older)
	}
	if e.Held > 0 {
		line("         %d of them, %s, are in the case already", e.Held, value.Bytes(e.HeldBytes))
	}
	line("requests %d LIST (made) + %d GET: %s; retrieval fees of archive classes: %s", e.Lists+v.layout.Lists, e.Gets, value.Dollars(e.Requests), value.Dollars(e.Retrieval))
	line("         transfer out of the bucket's Region: %s at most; list prices of us-east-1", value.Dollars(e.Transfer))
	line("time     about %s", max(time.Second, e.Duration.Round(time.Second)))
	if e.Archived > 0 {
		line("archived %d objects, %s, need a restore and are left out: %s", e.Archived, value.Bytes(e.ArchivedBytes), p.printable(someKeys(v.haul.Archived)))
	}
	if e.Late > 0 {
		line("late     %d objects came while the bucket was listed; load again to take them", e.Late)
	}
	for _, c := range v.haul.Closed {
		line("closed   s3://%s: %s", p.printable(c.Bucket+"/"+c.Prefix), p.printable(c.Why))
	}
	for _, l := range v.left {
		line("note     %s", p.printable(l))
	}
	switch {
	case v.others == 1:
		line("left out 1 place that is none of logs; --all takes what lies there too")
	case v.others > 1:
		line("left out %d places that are none of logs; --all takes what lies there too", v.others)
	}
}

func endText(t time.Time, open string) string {
	if t.IsZero() {
		return open
	}
	return utc(t)
}

func someKeys(objects []s3.Object) string {
	var names []string
	for _, o := range objects[:min(3, len(objects))] {
		names = append(names, o.Locator())
	}
	if n := len(objects) - len(names); n > 0 {
		names = append(names, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(names, ", ")
}

// kinds says in a line what is taken.
func (v *survey) kinds() string {
	var accounts, regions []string
	counts := map[model.StreamKind]int{}
	add := func(list *[]string, s string) {
		if s != "" && !slices.Contains(*list, s) {
			*list = append(*list, s)
		}
	}
	for _, id := range v.ids {
		s := v.layout.Streams[id]
		counts[s.Kind]++
		add(&accounts, s.Account)
		add(&regions, s.Region)
	}
	var parts []string
	for _, k := range []struct {
		kind      model.StreamKind
		one, many string
	}{
		{model.StreamCloudTrail, "stream of CloudTrail logs", "streams of CloudTrail logs"}, {model.StreamDigests, "of digests", "of digests"},
		{model.StreamAccess, "of access logs", "of access logs"}, {model.StreamOther, "of other objects", "of other objects"},
	} {
		if n := counts[k.kind]; n > 0 {
			word := k.many
			if n == 1 {
				word = k.one
			}
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
		delete(counts, k.kind)
	}
	rest := 0
	for _, n := range counts {
		rest += n
	}
	if rest > 0 {
		parts = append(parts, fmt.Sprintf("%d of CloudTrail's other kinds", rest))
	}
	if len(parts) == 0 {
		return "nothing that was asked for"
	}
	return fmt.Sprintf("%s; accounts: %d, Regions: %d", strings.Join(parts, ", "), len(accounts), len(regions))
}

// counter adds up what is met of each stream so far.
type counter struct {
	mu   sync.Mutex
	seen map[int]model.Volume
	sum  model.Volume
}

// tell replaces what was known of a stream, and gives the sum.
func (c *counter) tell(id int, v model.Volume) model.Volume {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = map[int]model.Volume{}
	}
	c.sum.Objects += v.Objects - c.seen[id].Objects
	c.sum.Lists += v.Lists - c.seen[id].Lists
	c.seen[id] = v
	return c.sum
}
