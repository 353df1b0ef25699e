package s3

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"trailsift/model"
)

// Pruning is what of a bucket is wanted. What it leaves out is not listed. The zero value wants all.
type Pruning struct {
	Accounts, Regions []string
	Trail             string // name or ARN
	Versions          bool   // older versions of objects too
}

// wants tells that s may lead to something that is wanted.
func (p Pruning) wants(s spot) bool {
	// Twelve digits before AWSLogs/ are a name that somebody gave.
	named := s.account != "" && (s.delivered || s.step > stepAccount)
	return (!named || len(p.Accounts) == 0 || slices.Contains(p.Accounts, s.account)) &&
		(s.region == "" || len(p.Regions) == 0 || slices.Contains(p.Regions, s.region))
}

// Discovery gives up on folders that say nothing after so many of them, so that a bucket full of other
// things costs next to nothing to look through.
const (
	mostPlain  = 300    // such folders in all
	mostDeep   = 10     // one below the other
	mostLevels = 50_000 // folders of any kind
	mostPages  = 30     // of one folder
	mostAccess = 10_000 // prefixes of access logs in one folder
)

// stream is a model.Stream and how its objects are listed.
type stream struct {
	model.Stream
	dating
	root string   // what its dates follow
	held []Object // the objects themselves, where discovery met them all
	any  bool     // everything with its prefix that no other stream claims
	aged bool     // there are older versions beside held
}

// claims tells that key lies in s rather than in a stream with a shorter prefix.
func (s *stream) claims(key string) bool {
	switch {
	case s.dating == byName:
		return strings.HasPrefix(key, s.Prefix) && key > s.root+"2" && key < s.root+"3"
	case s.held != nil:
		return false // met one by one, and of these none is claimed
	}
	return strings.HasPrefix(key, s.Prefix)
}

// Layout is a bucket as its keys are laid out. It is made by Discover and does not change.
type Layout struct {
	model.Layout
	// Held tells of an object that it lies in the case already, and need not be fetched; nil: none does.
	Held    func(Object) bool
	c       *Client
	streams []*stream
	want    Pruning
}

type level struct {
	bucket, prefix string
	spot           spot
}

// walker looks for streams, wave by wave: all folders of one depth side by side.
type walker struct {
	c      *Client
	want   Pruning
	lists  atomic.Int64
	told   func(lists int64)
	plain  int // folders that say nothing, so far
	levels int
	out    *Layout
}

// Discover finds the streams below places, s3://bucket/prefix each, by listing folders. told hears how
// many requests it took so far; it may be nil.
func (c *Client) Discover(ctx context.Context, places []string, want Pruning, told func(lists int64)) (*Layout, error) {
	w := &walker{c: c, want: want, told: told, out: &Layout{c: c, want: want}}
	var wave []level
	for _, p := range places {
		bucket, prefix, err := ParseURL(p)
		if err != nil {
			return nil, err
		}
		wave = append(wave, level{bucket, prefix, locate(prefix)})
	}
	for first := true; len(wave) > 0; first = false {
		next, err := w.wave(ctx, wave, first)
		if err != nil {
			return nil, err
		}
		wave = next
	}
	if err := w.trails(ctx); err != nil {
		return nil, err
	}
	w.out.finish(w.lists.Load())
	return w.out, nil
}

// found is what looking into one folder gave.
type found struct {
	streams []*stream
	below   []level
	closed  *model.Closed
	pruned  int64
	err     error
}

func (w *walker) wave(ctx context.Context, wave []level, first bool) ([]level, error) {
	results := make([]found, len(wave))
	side := make(chan struct{}, gateMost)
	var wg sync.WaitGroup
	for i, l := range wave {
		if w.levels++; w.tooMuch(l) {
			results[i] = found{streams: []*stream{other(l, "not looked through: too many folders that are no place of logs")}}
			continue
		}
		side <- struct{}{}
		wg.Go(func() {
			defer func() { <-side }()
			results[i] = w.look(ctx, l)
		})
	}
	wg.Wait()
	var next []level
	for i, r := range results {
		if r.closed != nil && first && wave[i].prefix == "" {
			r = w.logsOnly(ctx, r)
		}
		switch {
		case r.err != nil:
			return nil, r.err
		case r.closed != nil && first && r.below == nil:
			return nil, &Error{Place: place(r.closed.Bucket, r.closed.Prefix), What: r.closed.Why, Hint: "it needs s3:ListBucket; a policy may allow it for some prefixes only: name one of them"}
		case r.closed != nil:
			w.out.Closed = append(w.out.Closed, *r.closed)
		}
		w.out.streams = append(w.out.streams, r.streams...)
		w.out.Pruned += r.pruned
		next = append(next, r.below...)
	}
	return next, nil
}

// logsOnly looks into AWSLogs/ where a bucket may not be listed as a whole: a policy may allow that and
// nothing else.
func (w *walker) logsOnly(ctx context.Context, r found) found {
	again := w.look(ctx, level{r.closed.Bucket, "AWSLogs/", locate("AWSLogs/")})
	if again.err != nil || again.closed != nil || len(again.below) == 0 {
		return r
	}
	again.closed = &model.Closed{Bucket: r.closed.Bucket, Why: "only AWSLogs/ may be listed, and nothing else of the bucket"}
	return again
}

// tooMuch keeps discovery within its bounds.
func (w *walker) tooMuch(l level) bool {
	if l.spot.step == stepPlain {
		w.plain++
	}
	return w.levels > mostLevels || l.spot.step == stepPlain && (w.plain > mostPlain || l.spot.plain > mostDeep)
}

const notListed = "it may not be listed: access is denied"

// denied tells that a part of a bucket may not be listed, not that nobody knows who asks.
func denied(err error) bool {
	switch codeOf(err) {
	case "AccessDenied", "AllAccessDisabled":
		return true
	case "", "Forbidden":
		return statusOf(err) == 403
	}
	return false
}

// other is a stream of what lies below l, whatever it is.
func other(l level, remark string) *stream {
	return &stream{Stream: model.Stream{Bucket: l.bucket, Prefix: l.prefix, Kind: model.StreamOther, Account: l.spot.account, Org: l.spot.org, Remark: remark},
		dating: byTouched, root: l.prefix, any: true}
}

// look lists one folder, or makes the stream that it is.
func (w *walker) look(ctx context.Context, l level) found {
	if !w.want.wants(l.spot) {
		return found{pruned: 1}
	}
	switch l.spot.step {
	case stepForeign:
		return found{streams: []*stream{other(l, "")}}
	case stepStream:
		return w.stream(ctx, l)
	}
	e, err := w.entries(ctx, l)
	switch {
	case denied(err):
		return found{closed: &model.Closed{Bucket: l.bucket, Prefix: l.prefix, Why: notListed}}
	case err != nil:
		return found{err: w.c.explain(err, l.bucket, l.prefix)}
	}
	if w.want.Versions {
		w.gone(ctx, l, e)
	}
	return e.found(w, l)
}

// entries is a folder's content as far as it was listed.
type entries struct {
	folders []string
	loose   []Object
	access  []string // prefixes of access logs met among the objects
	wide    bool     // there is more
	gone    bool     // there are older versions of loose objects
}

func (e *entries) found(w *walker, l level) found {
	var f found
	for _, prefix := range e.access {
		f.streams = append(f.streams, &stream{
			Stream: model.Stream{Bucket: l.bucket, Prefix: longer(prefix, l.prefix), Kind: model.StreamAccess}, dating: byName, root: prefix,
		})
	}
	folder := l.prefix[:strings.LastIndexByte(l.prefix, '/')+1]
	for _, p := range e.folders {
		s := l.spot.into(strings.TrimSuffix(p[len(folder):], "/"))
		if s.root = folder; s.step == stepStream {
			s.root = p
		}
		if !w.want.wants(s) {
			f.pruned++
			continue
		}
		f.below = append(f.below, level{l.bucket, p, s})
	}
	switch rest := other(l, ""); {
	case e.wide:
		rest.Remark = "not looked through: too many objects that are no logs by their names"
		f.streams = append(f.streams, rest)
	case len(e.loose) > 0 || e.gone:
		rest.held, rest.any, rest.aged = append([]Object{}, e.loose...), false, e.gone
		f.streams = append(f.streams, rest)
	}
	return f
}

// longer is the prefix that was asked for, where it says more than the stream's own.
func longer(own, asked string) string {
	if strings.HasPrefix(asked, own) {
		return asked
	}
	return own
}

// entries lists a folder. The objects of access logs are passed over a year at a time: there may be
// millions. A name that begins with digits where they have a month is passed over with them, and stays
// the stream's.
func (w *walker) entries(ctx context.Context, l level) (*entries, error) {
	e := &entries{}
	in := w.c.listing(l.bucket, l.prefix, "")
	in.Delimiter = aws.String("/")
	seen := map[string]bool{}
	pages := turner{most: mostPages}
	for jumped := ""; ; {
		out, err := w.page(ctx, in)
		if err != nil {
			return nil, err
		}
		last, jump := "", ""
		folder := func(prefix string) {
			if strings.HasPrefix(prefix, l.prefix) && len(prefix) > len(l.prefix) && !seen[prefix] {
				seen[prefix] = true
				e.folders = append(e.folders, prefix)
			}
		}
		for _, p := range out.CommonPrefixes {
			prefix, err := decoded(l.bucket, aws.ToString(p.Prefix), out.EncodingType)
			if err != nil {
				return nil, err
			}
			last = max(last, prefix)
			folder(prefix)
		}
		err = w.c.objects(l.bucket, out, func(o Object) error {
			last = max(last, o.Key)
			rest, ok := strings.CutPrefix(o.Key, l.prefix)
			if !ok {
				return nil // nobody asked for it
			}
			if i := strings.IndexByte(rest, '/'); i >= 0 {
				folder(o.Key[:len(l.prefix)+i+1]) // some servers list a folder's marker beside it
				return nil
			}
			prefix, year, ok := splitAccess(o.Key)
			if !ok {
				if !o.marker() {
					e.loose = append(e.loose, o)
				}
				return nil
			}
			if !slices.Contains(e.access, prefix) {
				e.access = append(e.access, prefix)
			}
			jump = prefix + year + "-:"
			return nil
		})
		switch {
		case err != nil:
			return nil, err
		case !aws.ToBool(out.IsTruncated):
			return e, nil
		case jump > last && jump > jumped && !directory(l.bucket) && len(e.access) < mostAccess:
			in.StartAfter, in.ContinuationToken = aws.String(jump), nil
			jumped = jump
			continue
		}
		switch err := pages.turn(in, out, l.prefix); {
		case errors.Is(err, errTooMany):
			e.wide, e.loose = true, nil
			return e, nil
		case err != nil:
			return nil, err
		}
	}
}

// stream makes the stream that l is, or lies in. Partitioned access logs are looked at: their names tell
// what time they are partitioned by.
func (w *walker) stream(ctx context.Context, l level) found {
	s := &stream{
		Stream: model.Stream{Bucket: l.bucket, Prefix: l.prefix, Kind: l.spot.kind, Org: l.spot.org, Account: l.spot.account, Region: l.spot.region, Source: l.spot.source},
		dating: byFolder, root: l.spot.root, any: true,
	}
	if s.Kind != model.StreamAccess {
		return found{streams: []*stream{s}}
	}
	in := w.c.listing(l.bucket, l.prefix, "")
	in.MaxKeys = aws.Int32(5)
	out, err := w.page(ctx, in)
	if denied(err) {
		return found{closed: &model.Closed{Bucket: l.bucket, Prefix: l.prefix, Why: notListed}}
	}
	if err != nil {
		return found{err: w.c.explain(err, l.bucket, l.prefix)}
	}
	logs, byEvents := 0, true
	err = w.c.objects(l.bucket, out, func(o Object) error {
		if _, _, ok := splitAccess(o.Key); ok {
			logs++
			byEvents = byEvents && strings.Contains(o.Key[strings.LastIndexByte(o.Key, '/')+1:], "-00-00-00-")
		}
		return nil
	})
	switch {
	case err != nil:
		return found{err: err}
	case logs == 0:
		return found{streams: []*stream{other(l, "")}}
	case byEvents:
		s.dating = byEvent
	}
	return found{streams: []*stream{s}}
}

func (w *walker) page(ctx context.Context, in *awss3.ListObjectsV2Input) (*awss3.ListObjectsV2Output, error) {
	n := w.lists.Add(1)
	if w.told != nil {
		w.told(n)
	}
	return w.c.page(ctx, in)
}

// finish puts the streams in order and numbers them.
func (l *Layout) finish(lists int64) {
	slices.SortFunc(l.streams, func(a, b *stream) int {
		return cmp.Or(cmp.Compare(a.Bucket, b.Bucket), cmp.Compare(a.Prefix, b.Prefix), cmp.Compare(len(a.held), len(b.held)))
	})
	// Two places may overlap, and then tell of one stream twice.
	l.streams = slices.CompactFunc(l.streams, func(a, b *stream) bool {
		return a.Bucket == b.Bucket && a.Prefix == b.Prefix && (a.held == nil) == (b.held == nil) && a.dating == b.dating
	})
	l.disjoin()
	l.Lists = lists
	l.Streams = make([]model.Stream, len(l.streams))
	for i, s := range l.streams {
		s.ID = i
		l.Streams[i] = s.Stream
	}
}

// disjoin takes from the objects that were met one by one those that another stream holds too: places
// may overlap, and a name may lie among the dates of access logs.
func (l *Layout) disjoin() {
	seen := map[string]bool{}
	for _, s := range l.streams {
		s.held = slices.DeleteFunc(s.held, func(o Object) bool {
			twice := seen[o.Locator()] || slices.ContainsFunc(l.streams, func(t *stream) bool { return t != s && t.Bucket == o.Bucket && t.claims(o.Key) })
			seen[o.Locator()] = true
			return twice
		})
	}
	l.streams = slices.DeleteFunc(l.streams, func(s *stream) bool { return s.held != nil && len(s.held) == 0 && !s.aged })
}
