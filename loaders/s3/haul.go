package s3

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"trailsift/model"
)

// Haul is what is to be taken out of a bucket: the objects that lay in some of its streams when they
// were listed.
type Haul struct {
	Volume  model.Volume
	Objects []Object // in the order of the streams, each in the order of its keys
	// Archived need a restore before they can be read; they are left out.
	Archived []Object
	Closed   []model.Closed // what could not be listed, in addition to the layout's
	// Before is how many objects of Volume were delivered before the span: the first digests in it list
	// them. They are not among Objects before Complete.
	Before int
	// Older is how many of Objects are older versions.
	Older int

	held   func(Object) bool
	dating dating
	from   time.Time // where the span begins
	early  []Object  // of shortly before it
	// sources are the streams whose logs digests list, where a span begins somewhere.
	sources []*stream
}

// Since is where the span of h begins; zero is nowhere.
func (h *Haul) Since() time.Time { return h.from }

// archived tells that an object cannot be read as it is ("Amazon S3 storage classes").
func (o Object) archived() bool {
	return !o.Restored && (o.Class == string(types.ObjectStorageClassGlacier) || o.Class == string(types.ObjectStorageClassDeepArchive))
}

// late tells that o came after the listing began.
func (o Object) late(began time.Time) bool {
	return !began.IsZero() && o.LastModified.Truncate(time.Second).After(began)
}

// add takes o in, or tells why not.
func (h *Haul) add(o Object, began time.Time) {
	v := &h.Volume
	switch {
	case o.late(began):
		v.Late++
	case o.archived():
		v.Archived, v.ArchivedBytes = v.Archived+1, v.ArchivedBytes+o.Size
		h.Archived = append(h.Archived, o)
	default:
		h.count(o)
		h.Objects = append(h.Objects, o)
	}
}

// count adds o to the volume that is to be taken.
func (h *Haul) count(o Object) {
	v := &h.Volume
	at := deliveredAt(h.dating, o.Key)
	if at.IsZero() {
		at = o.LastModified
	}
	v.Add(model.Volume{Objects: 1, Bytes: o.Size, First: at, Last: at})
	if o.Class != "" {
		v.AddClass(model.ClassVolume{Class: o.Class, Objects: 1, Bytes: o.Size})
	}
	if h.held != nil && h.held(o) {
		v.Held, v.HeldBytes = v.Held+1, v.HeldBytes+o.Size
	}
}

// Join puts hauls together.
func Join(hauls ...*Haul) *Haul {
	all := &Haul{}
	for _, h := range hauls {
		all.Volume.Add(h.Volume)
		all.Objects = append(all.Objects, h.Objects...)
		all.Archived = append(all.Archived, h.Archived...)
		all.Closed = append(all.Closed, h.Closed...)
		all.early, all.Before = append(all.early, h.early...), all.Before+h.Before
		all.sources = append(all.sources, h.sources...)
		all.Older += h.Older
		if all.from.IsZero() {
			all.from = h.from
		}
	}
	return all
}

// Count lists streams, side by side, each within the span. What may not be listed is closed and keeps
// nothing else from being counted. told hears of objects as they are met, from any goroutine; it may be
// nil. Hauls are in the order of ids.
func (l *Layout) Count(ctx context.Context, ids []int, span model.Span, told func(id int, v model.Volume)) ([]*Haul, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	hauls := make([]*Haul, len(ids))
	all := make([]int, len(ids))
	for i := range ids {
		all[i] = i
	}
	_ = abreast(all, func(i int) (err error) {
		if hauls[i], err = l.count(ctx, l.streams[ids[i]], span, told); err != nil {
			cancel(err)
		}
		return err
	})
	if err := context.Cause(ctx); err != nil {
		return nil, err // what went wrong first, not what that ended
	}
	first := l.firstDigests(ids, hauls)
	for i, id := range ids {
		if at, beside := first[l.streams[id].delivery()]; beside {
			hauls[i].reach(at)
		}
	}
	return hauls, nil
}

func (l *Layout) count(ctx context.Context, s *stream, span model.Span, told func(id int, v model.Volume)) (*Haul, error) {
	h, err := l.list(ctx, s, span, true, told)
	if err == errDisorder {
		h, err = l.list(ctx, s, span, false, told)
	}
	if err == nil && l.want.Versions {
		err = l.older(ctx, s, span, h)
	}
	if denied(err) {
		h.Closed = append(h.Closed, model.Closed{Bucket: s.Bucket, Prefix: s.Prefix, Why: notListed})
		err = nil
	}
	return h, l.c.explain(err, s.Bucket, s.Prefix)
}

// list lists one stream. Bounded, it starts at the first key of the span and ends after the last, which
// only a server that lists in order allows: it stops with errDisorder where the order proves wrong.
func (l *Layout) list(ctx context.Context, s *stream, span model.Span, bounded bool, told func(id int, v model.Volume)) (*Haul, error) {
	h := &Haul{held: l.Held, dating: s.dating, from: span.From}
	if digested(s.Kind) && s.dating == byFolder && !span.From.IsZero() {
		h.sources = []*stream{s}
	}
	mine := l.picks(s)
	for _, o := range s.held {
		if mine(o) && !outside(s.dating, s.Kind, o, span) {
			h.add(o, time.Time{})
		}
	}
	if s.held != nil {
		return h, nil
	}
	after, stop := bounds(s.dating, s.root, s.Kind, span)
	in := l.c.listing(s.Bucket, s.Prefix, earliest(s, span))
	if !bounded || directory(s.Bucket) {
		bounded, in.StartAfter = false, nil
	}
	pages := turner{most: l.c.opt.Pages}
	last, began := "", time.Time{}
	for {
		out, err := l.c.page(ctx, in)
		if err != nil {
			return h, err
		}
		h.Volume.Lists++
		if at, ok := awsmiddleware.GetServerTime(out.ResultMetadata); ok && began.IsZero() {
			began = at
		}
		ended := false
		err = l.c.objects(s.Bucket, out, func(o Object) error {
			if bounded && o.Key <= last {
				return errDisorder
			}
			last = o.Key
			beyond := stop != "" && o.Key >= stop
			ended = ended || beyond
			switch {
			case beyond || !mine(o):
			case o.Key > after && !outside(s.dating, s.Kind, o, span):
				h.add(o, began)
			case early(s, o, span) && !o.late(began):
				h.early = append(h.early, o)
			}
			return nil
		})
		if told != nil {
			told(s.ID, h.Volume)
		}
		if err != nil || bounded && ended || !aws.ToBool(out.IsTruncated) {
			return h, err
		}
		if err := pages.turn(in, out, s.Prefix); err != nil {
			return h, err
		}
	}
}

// picks tells which of the objects with a stream's prefix are the stream's and wanted.
func (l *Layout) picks(s *stream) func(Object) bool {
	var inner []*stream
	for _, t := range l.streams {
		if t != s && t.Bucket == s.Bucket && strings.HasPrefix(t.Prefix, s.Prefix) && (len(t.Prefix) > len(s.Prefix) || t.dating == byName) {
			inner = append(inner, t)
		}
	}
	return func(o Object) bool {
		return !o.marker() && strings.HasPrefix(o.Key, s.Prefix) && !slices.ContainsFunc(inner, func(t *stream) bool { return t.claims(o.Key) })
	}
}
