package s3

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"trailsift/model"
)

// Newest is when the newest log of some streams was delivered, as names tell: what the last days of a
// bucket are counted from. Digests come every hour even where nothing is logged, and count only where no
// logs are among the streams. Zero where no name tells.
func (l *Layout) Newest(ctx context.Context, ids []int) (newest time.Time, err error) {
	w := &walker{c: l.c, out: l}
	defer func() { l.Lists += w.lists.Load() }()
	digest := func(id int) bool { return l.streams[id].Kind == model.StreamDigests }
	if slices.ContainsFunc(ids, func(id int) bool { return !digest(id) && l.streams[id].dating.names() }) {
		ids = slices.DeleteFunc(slices.Clone(ids), digest)
	}
	var mu sync.Mutex
	err = abreast(ids, func(id int) error {
		at, err := w.newestOf(ctx, l.streams[id], l.picks(l.streams[id]))
		if denied(err) {
			return nil // it will be closed when it is listed
		}
		mu.Lock()
		defer mu.Unlock()
		if at.After(newest) {
			newest = at
		}
		return l.c.explain(err, l.streams[id].Bucket, l.streams[id].Prefix)
	})
	return newest, err
}

// names tells that keys tell time.
func (d dating) names() bool { return d == byFolder || d == byEvent || d == byName }

// newestOf is when the newest object of a stream was delivered.
func (w *walker) newestOf(ctx context.Context, s *stream, mine func(Object) bool) (time.Time, error) {
	switch {
	case s.held != nil || !s.dating.names():
		return time.Time{}, nil
	case directory(s.Bucket): // which does not list in order
		return w.newestAfter(ctx, s, s.Prefix, "", mine)
	case s.dating == byName:
		hour, err := w.newestHour(ctx, s)
		if err != nil || hour.IsZero() {
			return time.Time{}, err
		}
		return w.newestAfter(ctx, s, longer(s.root+"2", s.Prefix), s.root+hour.Format(hourStamp), mine)
	}
	folder, err := w.newestDay(ctx, s)
	if err != nil {
		return time.Time{}, err
	}
	day, err := time.Parse(dayFolder+"/", strings.TrimPrefix(folder, s.root))
	if err != nil {
		return time.Time{}, nil
	}
	at, err := w.newestAfter(ctx, s, longer(folder, s.Prefix), "", mine)
	if at.IsZero() {
		at = day // an empty folder: what there is was delivered before
	}
	return at, err
}

// newestAfter is when the newest of the objects with a prefix was delivered that come after a key.
func (w *walker) newestAfter(ctx context.Context, s *stream, prefix, after string, mine func(Object) bool) (newest time.Time, err error) {
	in := w.c.listing(s.Bucket, prefix, after)
	pages := turner{most: w.c.opt.Pages}
	for {
		out, err := w.page(ctx, in)
		if err != nil {
			return newest, err
		}
		err = w.c.objects(s.Bucket, out, func(o Object) error {
			if at := latest(s.dating, o); mine(o) && at.After(newest) {
				newest = at
			}
			return nil
		})
		if err != nil || !aws.ToBool(out.IsTruncated) {
			return newest, err
		}
		if err := pages.turn(in, out, prefix); err != nil {
			return newest, err
		}
	}
}

// latest is when an object was delivered at the latest. Where its name tells the day only, it came no later
// than its last change.
func latest(d dating, o Object) time.Time {
	at := deliveredAt(d, o.Key)
	if d == byEvent && !at.IsZero() {
		at = at.Add(24*time.Hour - time.Nanosecond)
	}
	day := d == byEvent || namedAt(d, o.Key).IsZero()
	if day && !o.LastModified.IsZero() && o.LastModified.Before(at) {
		return o.LastModified
	}
	return at
}

const hourStamp = "2006-01-02-15"

// newestHour finds the hour of the newest of a stream whose names tell the time by halving: about twenty
// requests for a hundred years.
func (w *walker) newestHour(ctx context.Context, s *stream) (time.Time, error) {
	begin := func(n int) time.Time { return time.Date(2006, 1, 1, n, 0, 0, 0, time.UTC) }
	low, high := 0, 366*94*24 // S3 began in 2006, and the names say 20..
	for low < high {
		mid := (low + high) / 2
		in := w.c.listing(s.Bucket, longer(s.root+"2", s.Prefix), s.root+begin(mid+1).Format(hourStamp))
		in.MaxKeys = aws.Int32(10)
		out, err := w.page(ctx, in)
		if err != nil {
			return time.Time{}, err
		}
		later := false
		err = w.c.objects(s.Bucket, out, func(o Object) error {
			prefix, _, ok := splitAccess(o.Key)
			later = later || ok && prefix == s.root
			return nil
		})
		if err != nil {
			return time.Time{}, err
		}
		if later {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low == 0 {
		return time.Time{}, nil
	}
	return begin(low), nil
}

// newestDay is the last of a stream's YYYY/MM/DD folders, or as much of it as there is.
func (w *walker) newestDay(ctx context.Context, s *stream) (string, error) {
	at := s.root
	for range strings.Count(dayFolder, "/") + 1 {
		in := w.c.listing(s.Bucket, at, "")
		in.Delimiter = aws.String("/")
		out, err := w.page(ctx, in)
		if err != nil {
			if denied(err) {
				return at, nil
			}
			return "", w.c.explain(err, s.Bucket, at)
		}
		last := ""
		for _, p := range out.CommonPrefixes {
			prefix, err := decoded(s.Bucket, aws.ToString(p.Prefix), out.EncodingType)
			if err != nil {
				return "", err
			}
			inside := strings.HasPrefix(prefix, s.Prefix) || strings.HasPrefix(s.Prefix, prefix)
			if name, ok := strings.CutPrefix(prefix, at); ok && dated(name) && inside {
				last = max(last, prefix)
			}
		}
		if last == "" {
			return at, nil
		}
		at = last
	}
	return at, nil
}

// dated tells a folder of a year, month or day.
func dated(name string) bool {
	digits, ok := strings.CutSuffix(name, "/")
	return ok && (len(digits) == 4 || len(digits) == 2) && strings.Trim(digits, "0123456789") == ""
}
