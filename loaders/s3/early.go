package s3

import (
	"context"
	"io"
	"os"
	"path"
	"strings"
	"sync"
	"time"

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
	if len(h.early) == 0 {
		return nil
	}
	var mu sync.Mutex
	listed := map[string]bool{} // by base name, which tells a log file wherever it was copied to
	var first []Object
	for _, o := range h.Objects {
		if d, ok := integrity.ParseDigestName(o.Key); ok && !d.End.After(h.from.Add(earlyBy)) {
			first = append(first, o)
		}
	}
	_ = abreast(first, func(o Object) error {
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
	for _, o := range h.early {
		switch {
		case !listed[path.Base(o.Key)]:
		case o.archived():
			h.Archived = append(h.Archived, o)
		default:
			h.Objects = append(h.Objects, o)
		}
	}
	h.early = nil
	return context.Cause(ctx)
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
