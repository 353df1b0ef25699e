package s3

import (
	"context"
	"errors"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// wrongRegion tells that a request went to, or was signed for, another Region than the bucket's.
func wrongRegion(err error) bool {
	switch codeOf(err) {
	case "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "MovedPermanently", "BadRequest":
		return true
	}
	return statusOf(err) == 301
}

// recovered tells that what err says has been put right and the request is worth another try: the
// bucket's own Region was learnt, or expired credentials were dropped.
func (c *Client) recovered(ctx context.Context, bucket string, err error) bool {
	if wrongRegion(err) {
		region := regionIn(err)
		if region == "" {
			region = c.regionOf(ctx, bucket)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		asked := c.regions[bucket]
		if asked == "" {
			asked = c.cfg.Region
		}
		if IsRegion(region) && region != asked {
			c.regions[bucket] = region
			return true
		}
		return false
	}
	if codeOf(err) == "ExpiredToken" {
		if cache, ok := c.cfg.Credentials.(*aws.CredentialsCache); ok {
			cache.Invalidate()
			return true
		}
	}
	return false
}

// What S3 writes of the Region in the message of an error where no header names it. A Region that is not
// specified is us-east-1.
var (
	expecting    = regexp.MustCompile(`expecting '([a-z0-9-]{1,32})'`)
	incompatible = regexp.MustCompile(`^The ([a-z0-9-]{1,32}) location constraint is incompatible`)
)

// regionIn is the Region that an error names as the bucket's.
func regionIn(err error) string {
	if region := headerRegion(err); region != "" {
		return region
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return ""
	}
	for _, names := range []*regexp.Regexp{expecting, incompatible} {
		if m := names.FindStringSubmatch(api.ErrorMessage()); m != nil {
			if m[1] == "unspecified" {
				return homeRegion
			}
			return m[1]
		}
	}
	return ""
}

func headerRegion(err error) string {
	var response *awshttp.ResponseError
	if errors.As(err, &response) && response.Response != nil {
		return response.Response.Header.Get("X-Amz-Bucket-Region")
	}
	return ""
}

// regionOf asks for a bucket's Region: the answer to HeadBucket names it even where it is a refusal.
func (c *Client) regionOf(ctx context.Context, bucket string) string {
	out, err := c.in(bucket).HeadBucket(ctx, &awss3.HeadBucketInput{Bucket: aws.String(bucket)})
	if err != nil {
		return headerRegion(err)
	}
	return aws.ToString(out.BucketRegion)
}
