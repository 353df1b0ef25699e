package s3

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"

	"trailsift/model"
	"trailsift/model/integrity"
)

// trailName is a trail's name, which an ARN ends in.
func trailName(s string) string {
	if _, name, ok := strings.Cut(s, ":trail/"); ok {
		return name
	}
	return s
}

// trails looks at a page of each stream of digests when a trail is wanted: only their names tell which
// trail delivers there. Digests sort by trail within their day.
func (w *walker) trails(ctx context.Context) error {
	if w.want.Trail == "" {
		return nil
	}
	var wg sync.WaitGroup
	side := make(chan struct{}, gateMost)
	errs := make([]error, len(w.out.streams))
	for i, s := range w.out.streams {
		if s.Kind != model.StreamDigests || s.held != nil {
			continue
		}
		side <- struct{}{}
		wg.Go(func() {
			defer func() { <-side }()
			errs[i] = w.trailsOf(ctx, s)
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) trailsOf(ctx context.Context, s *stream) error {
	newest, err := w.newestDay(ctx, s)
	if err != nil {
		return err
	}
	for _, after := range []string{"", newest} {
		out, err := w.page(ctx, w.c.listing(s.Bucket, s.Prefix, after))
		if denied(err) {
			return nil // it will be closed when it is listed
		}
		if err != nil {
			return w.c.explain(err, s.Bucket, s.Prefix)
		}
		err = w.c.objects(s.Bucket, out, func(o Object) error {
			if d, ok := integrity.ParseDigestName(o.Key); ok && !slices.Contains(s.Trails, d.Chain.Trail) {
				s.Trails = append(s.Trails, d.Chain.Trail)
			}
			return nil
		})
		if err != nil || !aws.ToBool(out.IsTruncated) && after == "" {
			return err
		}
	}
	return nil
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
			if name, ok := strings.CutPrefix(prefix, at); ok && dated(name) {
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
