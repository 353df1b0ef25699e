package s3

import (
	"cmp"
	"context"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"trailsift/loaders/source"
	"trailsift/model"
	"trailsift/model/integrity"
)

// The digests of a span list log files of before it: a digest ends an hour's window, and what was
// delivered late may stand in the next. Without them a load would miss what its own digests promise.
const (
	digestWindow = time.Hour
	earlyBy      = 2 * digestWindow
)

// digested tells the streams whose objects digests list.
func digested(kind model.StreamKind) bool {
	return kind != model.StreamDigests && strings.HasPrefix(string(kind), string(model.StreamCloudTrail))
}

// early tells of an object that lies before a span that the first digests in the span may list it.
func early(s *stream, o Object, span model.Span) bool {
	at := deliveredAt(s.dating, o.Key)
	return digested(s.Kind) && !span.From.IsZero() && !at.IsZero() && !at.After(span.From) && at.After(span.From.Add(-earlyBy))
}

// earliest is the key that the listing of a stream begins after, so that early ones are met.
func earliest(s *stream, span model.Span) string {
	if digested(s.Kind) && !span.From.IsZero() {
		span.From = span.From.Add(-earlyBy)
	}
	after, _ := bounds(s.dating, s.root, s.Kind, span)
	return after
}

// firstDigests is when the first digest ends that was listed of each place of delivery; zero where there are
// streams of digests and none of them was listed, or held one.
func (l *Layout) firstDigests(ids []int, hauls []*Haul) map[string]time.Time {
	first := map[string]time.Time{}
	for _, s := range l.streams {
		if s.Kind == model.StreamDigests {
			first[s.delivery()] = time.Time{}
		}
	}
	for i, id := range ids {
		place := l.streams[id].delivery()
		if l.streams[id].Kind != model.StreamDigests {
			continue
		}
		for _, o := range hauls[i].Objects {
			if d, ok := integrity.ParseDigestName(o.Key); ok && (first[place].IsZero() || d.End.Before(first[place])) {
				first[place] = d.End
			}
		}
	}
	return first
}

// reach counts what lies before the span in the window of the first digest that lists logs of h: as their
// names tell, or a whole hour of it where no digest was listed yet.
func (h *Haul) reach(first time.Time) {
	start := h.from.Add(-digestWindow)
	if !first.IsZero() {
		start = first.Add(-digestWindow)
	}
	for _, o := range h.early {
		if log, ok := integrity.ParseLogName(o.Key); ok && !log.Delivered.Before(start.Truncate(time.Minute)) && !o.archived() {
			h.count(o)
			h.Before++
		}
	}
}

// Complete adds to h the log files of before its span that the first digests in it list. Those digests
// are fetched for it, into ev, where the load finds them. What cannot be had or read is told by the load.
func (c *Client) Complete(ctx context.Context, h *Haul, ev *source.Evidence) error {
	if len(h.sources) == 0 {
		return nil
	}
	var mu sync.Mutex
	listed := map[string]bool{} // by base name, which tells a log file wherever it was copied to
	_ = abreast(h.firstOfChains(), func(o Object) error {
		d, err := c.digest(ctx, o, ev)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		for _, log := range d.Logs {
			listed[path.Base(log.Object)] = true
		}
		return nil
	})
	before := append(h.early, h.farther(ctx, c, listed)...)
	for _, o := range before {
		switch {
		case !listed[path.Base(o.Key)]:
		case o.archived():
			h.Archived = append(h.Archived, o)
		default:
			h.Objects = append(h.Objects, o)
		}
	}
	h.early, h.sources = nil, nil
	return context.Cause(ctx)
}

// firstOfChains are the digests of h that may list logs of before its span: the first of each chain, in
// whose window the span begins, and those that end soon after, for what came late.
func (h *Haul) firstOfChains() (first []Object) {
	ends := map[integrity.ChainID][]time.Time{}
	digests := map[string]integrity.DigestName{}
	for _, o := range h.Objects {
		if d, ok := integrity.ParseDigestName(o.Key); ok {
			digests[o.Locator()] = d
			ends[d.Chain] = append(ends[d.Chain], d.End)
		}
	}
	for _, all := range ends {
		slices.SortFunc(all, time.Time.Compare)
	}
	for _, o := range h.Objects {
		d, ok := digests[o.Locator()]
		if !ok {
			continue
		}
		if all := ends[d.Chain]; !d.End.After(all[min(1, len(all)-1)]) || !d.End.After(h.from.Add(earlyBy)) {
			first = append(first, o)
		}
	}
	return first
}

// mostDays bounds the folders that digests make us list: what they say is foreign until it is verified.
const mostDays = 400

// farther finds what digests with longer windows list of before what the listing of the span met: in the
// folders of h's own streams, day by day. Where that is too much, or not allowed, h tells so.
func (h *Haul) farther(ctx context.Context, c *Client, listed map[string]bool) (found []Object) {
	type day struct {
		s      *stream
		folder string
	}
	wanted := map[day][]string{}
	for name := range listed {
		log, ok := integrity.ParseLogName(name)
		if !ok || log.Delivered.IsZero() || log.Delivered.Add(time.Minute).After(h.from.Add(-earlyBy)) {
			continue
		}
		for _, s := range h.sources {
			at := day{s, s.root + log.Delivered.UTC().Format(dayFolder) + "/"}
			if s.Account == log.Account && s.Region == log.Region && strings.HasPrefix(at.folder, s.Prefix) {
				wanted[at] = append(wanted[at], name)
			}
		}
	}
	days := slices.Collect(maps.Keys(wanted))
	slices.SortFunc(days, func(a, b day) int { return cmp.Compare(b.folder, a.folder) })
	left := days[min(len(days), mostDays):]
	for _, d := range left {
		h.close(d.s, d.folder, "digests list logs of longer before than is looked for")
	}
	var mu sync.Mutex
	_ = abreast(days[:len(days)-len(left)], func(d day) error {
		objects, lists, err := c.named(ctx, d.s, d.folder, wanted[d])
		mu.Lock()
		defer mu.Unlock()
		found, h.Volume.Lists = append(found, objects...), h.Volume.Lists+lists
		if err != nil && ctx.Err() == nil {
			h.close(d.s, d.folder, "it could not be listed: "+source.Reason(c.explain(err, d.s.Bucket, d.folder)))
		}
		return nil
	})
	return found
}

func (h *Haul) close(s *stream, prefix, why string) {
	h.Closed = append(h.Closed, model.Closed{Bucket: s.Bucket, Prefix: prefix, Why: why})
}

// named lists some names of a folder of s.
func (c *Client) named(ctx context.Context, s *stream, folder string, names []string) (found []Object, lists int64, err error) {
	slices.Sort(names)
	first, last := names[0], names[len(names)-1]
	in := c.listing(s.Bucket, folder, folder+first[:len(first)-1])
	pages := turner{most: c.opt.Pages}
	for {
		out, err := c.page(ctx, in)
		if err != nil {
			return found, lists, err
		}
		lists++
		beyond := false
		err = c.objects(s.Bucket, out, func(o Object) error {
			name, ok := strings.CutPrefix(o.Key, folder)
			beyond = beyond || name > last && !directory(s.Bucket)
			if _, wanted := slices.BinarySearch(names, name); ok && wanted {
				found = append(found, o)
			}
			return nil
		})
		if err != nil || beyond || !aws.ToBool(out.IsTruncated) {
			return found, lists, err
		}
		if err := pages.turn(in, out, folder); err != nil {
			return found, lists, err
		}
	}
}

// digest fetches a digest and reads it.
func (c *Client) digest(ctx context.Context, o Object, ev *source.Evidence) (*integrity.Digest, error) {
	fetched, err := c.Fetch(ctx, o, ev)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(fetched.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	parts := source.NewParts(source.Limits{Expanded: documentLimit})
	parts.ResetReader(f)
	if _, err := parts.Next(); err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(parts, documentLimit))
	if err != nil {
		return nil, err
	}
	return integrity.ParseDigest(content)
}
