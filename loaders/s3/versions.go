package s3

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"trailsift/loaders/source"
	"trailsift/model"
)

// Older calls each for every version of the objects whose keys begin with prefix but the one that a key
// holds now: where an object was deleted, for all of them. It ends when each returns an error, or when
// ctx is over.
func (c *Client) Older(ctx context.Context, bucket, prefix string, each func(Object) error) error {
	return c.versions(ctx, c.aged(bucket, prefix, ""), hearer{version: each})
}

// aged is the request for the versions of the keys of a bucket that begin with prefix and come after a key.
func (c *Client) aged(bucket, prefix, after string) *awss3.ListObjectVersionsInput {
	return &awss3.ListObjectVersionsInput{
		Bucket: aws.String(bucket), Prefix: optional(prefix), KeyMarker: optional(after), EncodingType: types.EncodingTypeUrl, RequestPayer: c.payer(),
	}
}

// hearer is told of what a listing of versions meets; what is nil does not hear.
type hearer struct {
	page    func()
	folder  func(prefix string)
	version func(Object) error // its error ends the listing
}

// errEnough ends a listing without an error.
var errEnough = errors.New("nothing further is wanted")

func (c *Client) versions(ctx context.Context, in *awss3.ListObjectVersionsInput, hears hearer) error {
	bucket, prefix := aws.ToString(in.Bucket), aws.ToString(in.Prefix)
	seen := map[string]bool{}
	for page := 1; ; page++ {
		if hears.page != nil {
			hears.page()
		}
		out, err := c.in(bucket).ListObjectVersions(ctx, in)
		if err != nil && c.recovered(ctx, bucket, err) {
			out, err = c.in(bucket).ListObjectVersions(ctx, in)
		}
		if err != nil {
			return c.explainVersions(err, bucket, prefix)
		}
		if err := hears.hear(bucket, out); err != nil {
			if err == errEnough {
				err = nil
			}
			return err
		}
		if !aws.ToBool(out.IsTruncated) {
			return nil
		}
		marker, err := decoded(bucket, aws.ToString(out.NextKeyMarker), out.EncodingType)
		if err != nil {
			return err
		}
		at := marker + "\x00" + aws.ToString(out.NextVersionIdMarker)
		if seen[at] || page >= c.opt.Pages {
			return &Error{Place: place(bucket, prefix), What: errEndless.Error(), Hint: "this is not how S3 answers; check --endpoint-url", Err: errEndless}
		}
		seen[at] = true
		in.KeyMarker, in.VersionIdMarker = aws.String(marker), out.NextVersionIdMarker
	}
}

func (h hearer) hear(bucket string, out *awss3.ListObjectVersionsOutput) error {
	for _, p := range out.CommonPrefixes {
		prefix, err := decoded(bucket, aws.ToString(p.Prefix), out.EncodingType)
		if err != nil {
			return err
		}
		if h.folder != nil {
			h.folder(prefix)
		}
	}
	for i := range out.Versions {
		o := &out.Versions[i]
		key, err := decoded(bucket, aws.ToString(o.Key), out.EncodingType)
		if err != nil {
			return err
		}
		if aws.ToBool(o.IsLatest) || aws.ToString(o.VersionId) == "" {
			continue
		}
		older := Object{
			Bucket: bucket, Key: key, Version: *o.VersionId, ETag: bare(o.ETag), Size: aws.ToInt64(o.Size), LastModified: aws.ToTime(o.LastModified),
		}
		if o.StorageClass != types.ObjectVersionStorageClassStandard {
			older.Class = string(o.StorageClass)
		}
		if err := h.version(older); err != nil {
			return err
		}
	}
	return nil
}

// older adds the older versions of a stream's objects within a span to h. That they cannot be listed is
// told, and keeps nothing else from being taken.
func (l *Layout) older(ctx context.Context, s *stream, span model.Span, h *Haul) error {
	after, stop := bounds(s.dating, s.root, s.Kind, span)
	in := l.c.aged(s.Bucket, s.Prefix, after)
	if !s.any && s.dating == byTouched { // objects that were met in one folder
		in.Delimiter = aws.String("/")
	}
	mine := l.picks(s)
	err := l.c.versions(ctx, in, hearer{page: func() { h.Volume.Lists++ }, version: func(o Object) error {
		switch {
		case stop != "" && o.Key >= stop:
			return errEnough
		case o.Key > after && mine(o) && !outside(s.dating, s.Kind, o, span):
			h.add(o, time.Time{})
			if !o.archived() {
				h.Older++
			}
		}
		return ctx.Err()
	}})
	if err != nil && ctx.Err() == nil {
		h.Closed = append(h.Closed, model.Closed{Bucket: s.Bucket, Prefix: s.Prefix, Why: "older versions of what lies here cannot be listed: " + source.Reason(err)})
	}
	return ctx.Err()
}

// gone adds to what a folder holds now what only older versions tell of: somebody may have deleted all
// that lay in it. Where they cannot be listed, the streams tell so.
func (w *walker) gone(ctx context.Context, l level, e *entries) {
	in := w.c.aged(l.bucket, l.prefix, "")
	in.Delimiter = aws.String("/")
	met := 0
	_ = w.c.versions(ctx, in, hearer{
		page: func() { w.lists.Add(1) },
		folder: func(prefix string) {
			if strings.HasPrefix(prefix, l.prefix) && len(prefix) > len(l.prefix) && !slices.Contains(e.folders, prefix) {
				e.folders = append(e.folders, prefix)
			}
		},
		version: func(o Object) error {
			prefix, _, ok := splitAccess(o.Key)
			switch {
			case met >= mostPages*1000:
				return errEnough
			case !ok:
				e.gone = e.gone || !o.marker()
			case !slices.Contains(e.access, prefix):
				e.access = append(e.access, prefix)
			}
			met++
			return nil
		},
	})
}

func (c *Client) explainVersions(err error, bucket, prefix string) error {
	told := c.explain(err, bucket, prefix)
	if known, ok := told.(*Error); ok && (codeOf(err) == "AccessDenied" || statusOf(err) == 403) {
		known.Hint = "older versions of objects need s3:ListBucketVersions on the bucket and s3:GetObjectVersion on the objects"
	}
	return told
}

// Version is an older version of an object as a candidate that fetches itself into ev.
func (c *Client) Version(o Object, ev *source.Evidence) source.Candidate {
	return c.candidate(o, "", ev)
}
