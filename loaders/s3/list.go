package s3

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"trailsift/loaders/source"
	"trailsift/model"
)

// Object is one object as a listing tells it. Key is foreign text.
type Object struct {
	Bucket, Key  string
	ETag         string // without its quotes
	Size         int64
	LastModified time.Time
}

// Locator is the name of o among the members of a case.
func (o Object) Locator() string { return "s3://" + o.Bucket + "/" + o.Key }

// bare is an ETag without its quotes.
func bare(etag *string) string { return strings.Trim(aws.ToString(etag), `"`) }

// ParseURL takes s3://bucket/prefix apart. The prefix is taken as it stands: nothing is decoded.
func ParseURL(s string) (bucket, prefix string, err error) {
	rest, ok := strings.CutPrefix(s, "s3://")
	bucket, prefix, _ = strings.Cut(rest, "/")
	if !ok || !bucketName(bucket) {
		return "", "", &Error{What: "not an S3 place", Hint: "write it as s3://bucket/prefix", Usage: true}
	}
	return bucket, prefix, nil
}

// bucketName allows what was ever allowed: "Bucket naming rules" and, for buckets made in us-east-1
// before March 2018, capitals, underscores and up to 255 characters.
func bucketName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte(".-_", c) >= 0) {
			return false
		}
	}
	return len(s) >= 3 && len(s) <= 255 && s[0] != '.' && !strings.Contains(s, "..")
}

// emptyPages is how many pages without an object a listing may have in a row.
const emptyPages = 1000

// List calls each for every object whose key begins with prefix, in the order the server has, until
// it returns an error.
func (c *Client) List(ctx context.Context, bucket, prefix string, each func(Object) error) error {
	in := &awss3.ListObjectsV2Input{
		Bucket: aws.String(bucket), EncodingType: types.EncodingTypeUrl, RequestPayer: c.payer(),
	}
	if prefix != "" {
		in.Prefix = aws.String(prefix)
	}
	seen := map[string]bool{}
	empty := 0
	for page := 1; ; page++ {
		out, err := c.page(ctx, in)
		if err != nil {
			return c.explain(err, bucket, prefix)
		}
		if err := c.objects(bucket, out, each); err != nil {
			return err
		}
		token := aws.ToString(out.NextContinuationToken)
		if !aws.ToBool(out.IsTruncated) {
			return nil
		}
		if empty++; len(out.Contents) > 0 {
			empty = 0
		}
		if token == "" || seen[token] || page >= c.opt.Pages || empty >= emptyPages {
			return &Error{Place: place(bucket, prefix), What: "the server's listing does not end", Hint: "this is not how S3 answers; check --endpoint-url"}
		}
		seen[token] = true
		in.ContinuationToken = aws.String(token)
	}
}

// page asks for one page, once more if the first answer told what was wrong.
func (c *Client) page(ctx context.Context, in *awss3.ListObjectsV2Input) (*awss3.ListObjectsV2Output, error) {
	out, err := c.in(*in.Bucket).ListObjectsV2(ctx, in)
	if err != nil && c.recovered(*in.Bucket, err) {
		out, err = c.in(*in.Bucket).ListObjectsV2(ctx, in)
	}
	return out, err
}

// objects reads a page. The SDK does not decode keys, and some servers do not encode them though
// asked to; the answer says which it is.
func (c *Client) objects(bucket string, out *awss3.ListObjectsV2Output, each func(Object) error) error {
	for i := range out.Contents {
		o := &out.Contents[i]
		key := aws.ToString(o.Key)
		if out.EncodingType == types.EncodingTypeUrl {
			decoded, err := url.QueryUnescape(key) // form-style: a space is +, a plus %2B
			if err != nil {
				return &Error{Place: place(bucket, key), What: "the server lists a key that is not encoded as it says", Hint: "check --endpoint-url", Err: err}
			}
			key = decoded
		}
		if key == "" || len(key) > 16<<10 {
			return &Error{Place: place(bucket, ""), What: "the server lists a key that cannot be one", Hint: "check --endpoint-url"}
		}
		err := each(Object{
			Bucket: bucket, Key: key, ETag: bare(o.ETag), Size: aws.ToInt64(o.Size), LastModified: aws.ToTime(o.LastModified),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Candidates lists places, s3://bucket/prefix each, as candidates of a load that fetch themselves
// into ev. An object that two places name comes once. progress may be nil.
func (c *Client) Candidates(ctx context.Context, places []string, ev *source.Evidence, progress *model.Progress) ([]source.Candidate, error) {
	if ev == nil {
		return nil, errors.New("objects are fetched into a case; there is none here")
	}
	var all []source.Candidate
	seen := map[string]bool{}
	for _, s := range places {
		bucket, prefix, err := ParseURL(s)
		if err != nil {
			return nil, err
		}
		folder := prefix[:strings.LastIndexByte(prefix, '/')+1]
		err = c.List(ctx, bucket, prefix, func(o Object) error {
			if seen[o.Locator()] {
				return nil
			}
			seen[o.Locator()] = true
			all = append(all, c.candidate(o, folder, ev))
			if progress != nil {
				progress.MembersTotal.Store(int64(len(all)))
			}
			return ctx.Err()
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (c *Client) candidate(o Object, folder string, ev *source.Evidence) source.Candidate {
	cand := source.Candidate{
		Locator: o.Locator(), Name: strings.TrimPrefix(o.Key, folder), Size: o.Size, ModTime: o.LastModified,
		Fetch: func(ctx context.Context) (string, error) { return c.Fetch(ctx, o, ev) },
	}
	if cand.Name == "" {
		cand.Name = o.Key
	}
	if o.Size == 0 && strings.HasSuffix(o.Key, "/") {
		cand.Skip, cand.Fetch = "a folder marker", nil
	}
	return cand
}
