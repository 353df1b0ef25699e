package s3

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
)

// regions are what AWS calls them. Names of digests are foreign text and a Region becomes part of a
// host name, so nothing else is ever asked.
var regions = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}$`)

// IsRegion tells that name looks like an AWS Region.
func IsRegion(name string) bool { return len(name) <= 32 && regions.MatchString(name) }

// publicKey is a key as `aws cloudtrail list-public-keys` writes it.
type publicKey struct {
	Fingerprint       string    `json:"Fingerprint"`
	ValidityStartTime time.Time `json:"ValidityStartTime"`
	ValidityEndTime   time.Time `json:"ValidityEndTime"`
	Value             string    `json:"Value"` // base64
}

// mostKeyPages bounds a list that a server never ends; today AWS gives one page.
const mostKeyPages = 1000

// PublicKeys asks CloudTrail for the keys of a Region that were valid at any time from from to to
// ("ListPublicKeys", AWS CloudTrail API Reference), and gives them in the shape of the AWS CLI's
// output; nil when there are none. It goes to AWS even where S3 is another server's, unless
// AWS_ENDPOINT_URL_CLOUDTRAIL names one.
func (c *Client) PublicKeys(ctx context.Context, region string, from, to time.Time) ([]byte, error) {
	if !IsRegion(region) {
		return nil, &Error{What: fmt.Sprintf("%.40q is no AWS Region", region), Hint: "name one as us-east-1", Usage: true}
	}
	api := c.cloudTrail(region)
	in := &cloudtrail.ListPublicKeysInput{StartTime: aws.Time(from.UTC()), EndTime: aws.Time(to.UTC())}
	list := []publicKey{}
	for range mostKeyPages {
		out, err := api.ListPublicKeys(ctx, in)
		if err != nil {
			return nil, c.explainKeys(ctx, err, region)
		}
		for _, k := range out.PublicKeyList {
			list = append(list, publicKey{
				Fingerprint: aws.ToString(k.Fingerprint), Value: base64.StdEncoding.EncodeToString(k.Value),
				ValidityStartTime: aws.ToTime(k.ValidityStartTime).UTC(), ValidityEndTime: aws.ToTime(k.ValidityEndTime).UTC(),
			})
		}
		if aws.ToString(out.NextToken) == "" {
			break
		}
		in.NextToken = out.NextToken
	}
	if len(list) == 0 {
		return nil, nil
	}
	return json.MarshalIndent(map[string]any{"PublicKeyList": list}, "", "    ")
}

func (c *Client) explainKeys(ctx context.Context, err error, region string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := &Error{What: "the public keys of CloudTrail in " + region + " cannot be had", Err: err,
		Hint: "it needs cloudtrail:ListPublicKeys; or get them with: aws cloudtrail list-public-keys --region " + region + ", and keep them with: trailsift case keys add"}
	switch code := codeOf(err); {
	case keyword(code) && code != "UnknownError":
		e.What += ": " + code
	case statusOf(err) >= 300:
		e.What += fmt.Sprintf(": the server answered %d", statusOf(err))
	}
	return e
}
