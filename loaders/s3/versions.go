package s3

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"trailsift/loaders/source"
)

// Older calls each for every version of the objects whose keys begin with prefix but the one that a key
// holds now: where an object was deleted, for all of them. It ends when each returns an error, or when
// ctx is over.
func (c *Client) Older(ctx context.Context, bucket, prefix string, each func(Object) error) error {
	in := &awss3.ListObjectVersionsInput{
		Bucket: aws.String(bucket), Prefix: optional(prefix), EncodingType: types.EncodingTypeUrl, RequestPayer: c.payer(),
	}
	seen := map[string]bool{}
	for page := 1; ; page++ {
		out, err := c.in(bucket).ListObjectVersions(ctx, in)
		if err != nil && c.recovered(bucket, err) {
			out, err = c.in(bucket).ListObjectVersions(ctx, in)
		}
		if err != nil {
			return c.explainVersions(err, bucket, prefix)
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
			err = each(Object{
				Bucket: bucket, Key: key, Version: *o.VersionId, ETag: bare(o.ETag), Size: aws.ToInt64(o.Size), LastModified: aws.ToTime(o.LastModified),
			})
			if err != nil {
				return err
			}
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
