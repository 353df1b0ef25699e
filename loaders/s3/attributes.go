package s3

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"trailsift/model/checksum"
)

// Attributes is what S3 says of one version of an object without giving its content.
type Attributes struct {
	Bucket, Key  string
	Version      string // empty in a bucket without versions
	ETag         string // no checksum: it names this state of the object, nothing more
	LastModified time.Time
	Content      checksum.Object
	// Source is the call that told the checksums: GetObjectAttributes or HeadObject.
	Source string
}

// mostParts is how many parts a multipart upload can have ("Amazon S3 multipart upload limits").
const mostParts = 10_000

// Attributes asks for the checksums that S3 stores with an object, and for the sizes of its parts where
// a checksum is composed of theirs. GetObjectAttributes needs a permission of its own and is not known
// to every server: HeadObject in checksum mode is asked where it gives nothing.
func (c *Client) Attributes(ctx context.Context, bucket, key, version string) (Attributes, error) {
	a := Attributes{Bucket: bucket, Key: key, Version: version}
	for attempt := 0; ; attempt++ {
		err := c.head(ctx, &a)
		if err == nil {
			break
		}
		if attempt > 0 || !c.recovered(ctx, bucket, err) {
			if told := c.attributes(ctx, &Attributes{Bucket: bucket, Key: key, Version: version}); statusOf(err) == 400 && codeOf(told) != "" {
				err = told // an answer to HEAD has no body, and does not say why
			}
			return a, c.explain(absent(err, bucket, key), bucket, key)
		}
	}
	if err := c.attributes(ctx, &a); err != nil && ctx.Err() != nil {
		return a, ctx.Err()
	}
	if composite(a.Content) && len(a.Content.Parts) == 0 {
		if err := c.partsByHead(ctx, &a); err != nil {
			return a, c.explain(err, bucket, key)
		}
	}
	return a, nil
}

// absent tells a name that was given from one that was listed.
func absent(err error, bucket, key string) error {
	switch codeOf(err) {
	case "NoSuchKey", "NotFound", "NoSuchVersion":
		return &Error{Place: place(bucket, key), What: "there is no such object, or no such version of it", Hint: "check the name; without s3:ListBucket a missing object may also look denied", Err: err}
	}
	return err
}

func composite(o checksum.Object) bool {
	for _, s := range o.Stored {
		if s.Composite {
			return true
		}
	}
	return false
}

// algorithms are the checksums an answer may hold, in the order values lists them.
var algorithms = [...]checksum.Algorithm{
	checksum.SHA256, checksum.SHA1, checksum.CRC64NVME, checksum.CRC32C, checksum.CRC32, checksum.SHA512, checksum.MD5,
	"XXHASH64", "XXHASH3", "XXHASH128",
}

// values are the checksums of one answer, by algorithms.
type values [len(algorithms)]*string

func stored(v values, kind types.ChecksumType) (all []checksum.Stored) {
	for i, x := range v {
		if value := aws.ToString(x); value != "" {
			all = append(all, checksum.Stored{
				Algorithm: algorithms[i], Value: value,
				Composite: kind == types.ChecksumTypeComposite || strings.Contains(value, "-"),
			})
		}
	}
	return all
}

func (c *Client) head(ctx context.Context, a *Attributes) error {
	out, err := c.in(a.Bucket).HeadObject(ctx, &awss3.HeadObjectInput{
		Bucket: aws.String(a.Bucket), Key: aws.String(a.Key), VersionId: optional(a.Version),
		ChecksumMode: types.ChecksumModeEnabled, RequestPayer: c.payer(),
	})
	if err != nil {
		return err
	}
	a.ETag, a.LastModified = bare(out.ETag), aws.ToTime(out.LastModified)
	if v := aws.ToString(out.VersionId); v != "" {
		a.Version = v
	}
	a.Source, a.Content.Size = "HeadObject", aws.ToInt64(out.ContentLength)
	a.Content.Stored = stored(values{out.ChecksumSHA256, out.ChecksumSHA1, out.ChecksumCRC64NVME, out.ChecksumCRC32C, out.ChecksumCRC32, out.ChecksumSHA512, out.ChecksumMD5, out.ChecksumXXHASH64, out.ChecksumXXHASH3, out.ChecksumXXHASH128}, out.ChecksumType)
	return nil
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return aws.String(s)
}

// attributes replaces what HeadObject said by what GetObjectAttributes says, if it says anything.
func (c *Client) attributes(ctx context.Context, a *Attributes) error {
	var marker *string
	var parts []checksum.Part
	for first := true; ; first = false {
		out, err := c.in(a.Bucket).GetObjectAttributes(ctx, &awss3.GetObjectAttributesInput{
			Bucket: aws.String(a.Bucket), Key: aws.String(a.Key), VersionId: optional(a.Version), RequestPayer: c.payer(), PartNumberMarker: marker,
			ObjectAttributes: []types.ObjectAttributes{types.ObjectAttributesChecksum, types.ObjectAttributesObjectParts, types.ObjectAttributesObjectSize, types.ObjectAttributesEtag},
		})
		if err != nil {
			return err
		}
		if first {
			if out.Checksum == nil || out.ObjectSize == nil || *out.ObjectSize != a.Content.Size || out.ETag != nil && bare(out.ETag) != a.ETag {
				return nil // it says nothing, or speaks of another state of the object
			}
			k := out.Checksum
			told := stored(values{k.ChecksumSHA256, k.ChecksumSHA1, k.ChecksumCRC64NVME, k.ChecksumCRC32C, k.ChecksumCRC32, k.ChecksumSHA512, k.ChecksumMD5, k.ChecksumXXHASH64, k.ChecksumXXHASH3, k.ChecksumXXHASH128}, k.ChecksumType)
			if len(told) == 0 {
				return nil
			}
			a.Content.Stored, a.Source = told, "GetObjectAttributes"
		}
		if out.ObjectParts == nil {
			return nil
		}
		for _, p := range out.ObjectParts.Parts {
			parts = append(parts, checksum.Part{Number: int(aws.ToInt32(p.PartNumber)), Size: aws.ToInt64(p.Size), Values: valuesOf(values{p.ChecksumSHA256, p.ChecksumSHA1, p.ChecksumCRC64NVME, p.ChecksumCRC32C, p.ChecksumCRC32, p.ChecksumSHA512, p.ChecksumMD5, p.ChecksumXXHASH64, p.ChecksumXXHASH3, p.ChecksumXXHASH128})})
		}
		next := out.ObjectParts.NextPartNumberMarker
		if !aws.ToBool(out.ObjectParts.IsTruncated) || len(out.ObjectParts.Parts) == 0 || len(parts) > mostParts || aws.ToString(next) == aws.ToString(marker) {
			break
		}
		marker = next
	}
	a.Content.Parts = parts
	return nil
}

func valuesOf(v values) map[checksum.Algorithm]string {
	m := map[checksum.Algorithm]string{}
	for i, x := range v {
		if value := aws.ToString(x); value != "" {
			m[algorithms[i]] = value
		}
	}
	return m
}

// partsByHead asks for the size and checksums of part after part.
func (c *Client) partsByHead(ctx context.Context, a *Attributes) error {
	count := 0
	for _, s := range a.Content.Stored {
		if _, n, ok := strings.Cut(s.Value, "-"); ok {
			if k, err := strconv.Atoi(n); err == nil {
				count = k
			}
		}
	}
	var parts []checksum.Part
	for n := 1; n <= max(count, 1) && n <= mostParts; n++ {
		out, err := c.in(a.Bucket).HeadObject(ctx, &awss3.HeadObjectInput{
			Bucket: aws.String(a.Bucket), Key: aws.String(a.Key), VersionId: optional(a.Version), PartNumber: aws.Int32(int32(n)),
			ChecksumMode: types.ChecksumModeEnabled, RequestPayer: c.payer(), IfMatch: optional(quotedTag(a.ETag)),
		})
		if err != nil {
			return err
		}
		if k := int(aws.ToInt32(out.PartsCount)); count == 0 {
			count = k
		}
		parts = append(parts, checksum.Part{Number: n, Size: aws.ToInt64(out.ContentLength), Values: valuesOf(values{out.ChecksumSHA256, out.ChecksumSHA1, out.ChecksumCRC64NVME, out.ChecksumCRC32C, out.ChecksumCRC32, out.ChecksumSHA512, out.ChecksumMD5, out.ChecksumXXHASH64, out.ChecksumXXHASH3, out.ChecksumXXHASH128})})
	}
	a.Content.Parts = parts
	return nil
}

func quotedTag(etag string) string {
	if etag == "" {
		return ""
	}
	return `"` + etag + `"`
}

// Content gives the bytes of the version that Attributes looked at, as they are stored: what the SDK
// would say of their checksum is left to the caller. A body that breaks is gone on with where it broke.
// When the object is another one by then, reading ends in an error.
func (c *Client) Content(ctx context.Context, a Attributes) io.ReadCloser {
	return &content{ctx: ctx, c: c, a: a}
}

type content struct {
	ctx   context.Context
	c     *Client
	a     Attributes
	body  io.ReadCloser
	at    int64
	from  int64 // where body began
	tries int   // without a byte in between
}

func (r *content) Read(p []byte) (int, error) {
	for {
		if r.body == nil {
			if r.at == r.a.Content.Size && r.at > 0 {
				return 0, io.EOF
			}
			if err := r.open(); err != nil {
				return 0, r.c.explain(err, r.a.Bucket, r.a.Key)
			}
		}
		n, err := r.body.Read(p)
		r.at += int64(n)
		switch {
		case err == nil, err == io.EOF && r.at >= r.a.Content.Size:
			return n, err
		case err == io.EOF:
			err = fmt.Errorf("%d of %d bytes came: %w", r.at, r.a.Content.Size, io.ErrUnexpectedEOF)
		}
		r.body.Close()
		r.body = nil
		if r.at > r.from {
			r.tries = 0
		}
		if r.tries++; r.tries >= r.c.opt.Attempts || r.ctx.Err() != nil {
			return n, r.c.explain(err, r.a.Bucket, r.a.Key)
		}
		if n > 0 {
			return n, nil
		}
		if err := pause(r.ctx, r.c.again(r.tries, err)); err != nil {
			return n, err
		}
	}
}

func (r *content) open() error {
	in := &awss3.GetObjectInput{
		Bucket: aws.String(r.a.Bucket), Key: aws.String(r.a.Key), VersionId: optional(r.a.Version),
		RequestPayer: r.c.payer(), IfMatch: optional(quotedTag(r.a.ETag)),
	}
	if r.at > 0 {
		in.Range = aws.String(fmt.Sprintf("bytes=%d-", r.at))
	}
	out, err := r.c.in(r.a.Bucket).GetObject(r.ctx, in, func(o *awss3.Options) {
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	})
	if err != nil {
		return err
	}
	if r.a.ETag != "" && bare(out.ETag) != r.a.ETag {
		out.Body.Close()
		return errChanged
	}
	if r.at > 0 && out.ContentRange == nil {
		out.Body.Close()
		return errNoRange
	}
	r.body, r.from = out.Body, r.at
	return nil
}

func (r *content) Close() error {
	if r.body == nil {
		return nil
	}
	return r.body.Close()
}
