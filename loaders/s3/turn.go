package s3

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// listing is the request for the keys of a bucket that begin with prefix and come after a key.
func (c *Client) listing(bucket, prefix, after string) *awss3.ListObjectsV2Input {
	in := &awss3.ListObjectsV2Input{
		Bucket: aws.String(bucket), EncodingType: types.EncodingTypeUrl, RequestPayer: c.payer(),
		Prefix: optional(prefix), StartAfter: optional(after),
	}
	if directory(bucket) {
		in.StartAfter = nil // neither it nor the attribute is known there, and nothing is in order
		return in
	}
	in.OptionalObjectAttributes = []types.OptionalObjectAttributes{types.OptionalObjectAttributesRestoreStatus}
	return in
}

// directory tells a directory bucket by its name: it does not list in order ("Directory bucket naming
// rules").
func directory(bucket string) bool { return strings.HasSuffix(bucket, "--x-s3") }

// turner turns pages, and notices servers that never end a listing.
type turner struct {
	seen  map[string]bool
	pages int
	empty int
	most  int
}

var (
	errEndless = errors.New("the server's listing does not end")
	errTooMany = errors.New("more pages than are wanted")
	// errDisorder ends a listing that is not in the order of its keys' bytes, as S3's are.
	errDisorder = errors.New("the server does not list in order")
)

func (t *turner) turn(in *awss3.ListObjectsV2Input, out *awss3.ListObjectsV2Output, prefix string) error {
	if t.seen == nil {
		t.seen = map[string]bool{}
	}
	token := aws.ToString(out.NextContinuationToken)
	if t.empty++; len(out.Contents)+len(out.CommonPrefixes) > 0 {
		t.empty = 0
	}
	if t.pages++; token != "" && !t.seen[token] && t.pages >= t.most {
		return endless(in, prefix, errTooMany)
	}
	if token == "" || t.seen[token] || t.empty >= emptyPages {
		return endless(in, prefix, errEndless)
	}
	t.seen[token] = true
	in.ContinuationToken, in.StartAfter = aws.String(token), nil
	return nil
}

func endless(in *awss3.ListObjectsV2Input, prefix string, cause error) error {
	return &Error{Place: place(aws.ToString(in.Bucket), prefix), What: errEndless.Error(), Hint: "this is not how S3 answers; check --endpoint-url", Err: cause}
}

// emptyPages is how many pages without an object a listing may have in a row.
const emptyPages = 1000

// page asks for one page, once more if the first answer told what was wrong.
func (c *Client) page(ctx context.Context, in *awss3.ListObjectsV2Input) (*awss3.ListObjectsV2Output, error) {
	out, err := c.in(*in.Bucket).ListObjectsV2(ctx, in)
	if err != nil && c.recovered(ctx, *in.Bucket, err) {
		out, err = c.in(*in.Bucket).ListObjectsV2(ctx, in)
	}
	if err == nil && out.IsTruncated == nil && out.Name == nil && out.KeyCount == nil {
		return nil, &Error{Place: place(*in.Bucket, aws.ToString(in.Prefix)), What: "the server's answer is not S3's", Hint: "check --endpoint-url"}
	}
	return out, err
}

// decoded is a key or prefix as it is named. The SDK does not decode them, and some servers do not
// encode them though asked to; the answer says which it is.
func decoded(bucket, key string, encoding types.EncodingType) (string, error) {
	if encoding == types.EncodingTypeUrl {
		plain, err := url.QueryUnescape(key) // form-style: a space is +, a plus %2B
		if err != nil {
			return "", &Error{Place: place(bucket, key), What: "the server lists a key that is not encoded as it says", Hint: "check --endpoint-url", Err: err}
		}
		key = plain
	}
	if key == "" || len(key) > 16<<10 {
		return "", &Error{Place: place(bucket, ""), What: "the server lists a key that cannot be one", Hint: "check --endpoint-url"}
	}
	return key, nil
}

// objects reads a page.
func (c *Client) objects(bucket string, out *awss3.ListObjectsV2Output, each func(Object) error) error {
	for i := range out.Contents {
		o := &out.Contents[i]
		key, err := decoded(bucket, aws.ToString(o.Key), out.EncodingType)
		if err != nil {
			return err
		}
		listed := Object{
			Bucket: bucket, Key: key, ETag: bare(o.ETag), Size: aws.ToInt64(o.Size), LastModified: aws.ToTime(o.LastModified),
		}
		if o.StorageClass != types.ObjectStorageClassStandard {
			listed.Class = string(o.StorageClass)
		}
		if r := o.RestoreStatus; r != nil {
			listed.Restored = r.RestoreExpiryDate != nil && !aws.ToBool(r.IsRestoreInProgress)
		}
		if err := each(listed); err != nil {
			return err
		}
	}
	return nil
}
