package s3

import (
	"context"
	"slices"
	"strings"

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
	return abreast(w.out.streams, func(s *stream) error {
		if s.Kind != model.StreamDigests || s.held != nil {
			return nil
		}
		return w.trailsOf(ctx, s)
	})
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
