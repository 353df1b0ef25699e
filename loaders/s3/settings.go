package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"trailsift/model/recording"
)

// Setting asks AWS for one setting. It only reads: no call is known here that changes anything. What AWS
// refuses is a reply with its error code; an error is that AWS could not be asked.
func (c *Client) Setting(ctx context.Context, call, about string) (recording.Reply, error) {
	r := recording.Reply{Call: call, About: about, Origin: recording.OriginAWS, Asked: c.foot.now().UTC()}
	known, ok := recording.Lookup(call)
	if !ok {
		return r, fmt.Errorf("no setting is read by %s", call)
	}
	if known.Kind != recording.OfBucket && c.opt.Endpoint != "" && endpointSet(known.Service) == "" {
		r.Error = recording.NotAWS
		return r, nil
	}
	var out any
	var err error
	switch known.Kind {
	case recording.OfAccount:
		if out, err = sts.NewFromConfig(c.cfg, func(o *sts.Options) { o.Logger = logging.Nop{} }).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}); unreached(err) && ctx.Err() == nil {
			r.Error = recording.Unreached // a network may let S3 through and nothing else
			return r, nil
		}
	case recording.OfKey:
		return c.keySetting(ctx, r)
	case recording.OfBucket:
		for attempt := 0; ; attempt++ {
			if out, err = bucketSetting(ctx, c.in(about), call, aws.String(about)); err == nil || attempt > 0 || !c.recovered(ctx, about, err) {
				break
			}
		}
	default:
		out, err = c.trailSetting(ctx, call, about)
	}
	if err != nil {
		err = c.unanswered(ctx, &r, err)
	} else {
		err = shape(&r, out)
	}
	return r, err
}

// unanswered tells a refusal, which is an answer, from a failure to ask.
func (c *Client) unanswered(ctx context.Context, r *recording.Reply, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var known *Error
	switch code := codeOf(err); {
	case errors.As(err, &known):
		return known
	case unreached(err), whoAsks[code]:
		return c.explain(err, "", "")
	case keyword(code):
		r.Error = code
	default:
		r.Error = fmt.Sprintf("HTTP %d", statusOf(err))
	}
	return nil
}

// unreached tells that nothing came back.
func unreached(err error) bool {
	var api smithy.APIError
	var known *Error
	return err != nil && !errors.As(err, &api) && !errors.As(err, &known) && statusOf(err) == 0
}

func (c *Client) trailSetting(ctx context.Context, call, about string) (any, error) {
	region := about
	if call != "DescribeTrails" {
		region, _, _, _ = recording.ParseTrail(about)
	}
	if !IsRegion(region) {
		return nil, &Error{What: fmt.Sprintf("%.80q names no trail and no Region", about), Hint: "a trail as arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME", Usage: true}
	}
	api := c.cloudTrail(region)
	switch call {
	case "DescribeTrails":
		return api.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: aws.Bool(true)})
	case "GetTrail":
		return api.GetTrail(ctx, &cloudtrail.GetTrailInput{Name: aws.String(about)})
	case "GetTrailStatus":
		return api.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: aws.String(about)})
	}
	return api.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: aws.String(about)})
}

func (c *Client) cloudTrail(region string) *cloudtrail.Client {
	return cloudtrail.NewFromConfig(c.cfg, func(o *cloudtrail.Options) {
		o.Region = region
		o.Logger = logging.Nop{}
	})
}

func bucketSetting(ctx context.Context, api *awss3.Client, call string, bucket *string) (any, error) {
	switch call {
	case "GetBucketLocation":
		return api.GetBucketLocation(ctx, &awss3.GetBucketLocationInput{Bucket: bucket})
	case "GetBucketLogging":
		return api.GetBucketLogging(ctx, &awss3.GetBucketLoggingInput{Bucket: bucket})
	case "GetBucketPolicy":
		return api.GetBucketPolicy(ctx, &awss3.GetBucketPolicyInput{Bucket: bucket})
	case "GetBucketOwnershipControls":
		return api.GetBucketOwnershipControls(ctx, &awss3.GetBucketOwnershipControlsInput{Bucket: bucket})
	case "GetBucketAcl":
		return api.GetBucketAcl(ctx, &awss3.GetBucketAclInput{Bucket: bucket})
	case "GetBucketEncryption":
		return api.GetBucketEncryption(ctx, &awss3.GetBucketEncryptionInput{Bucket: bucket})
	case "GetBucketVersioning":
		return api.GetBucketVersioning(ctx, &awss3.GetBucketVersioningInput{Bucket: bucket})
	case "GetObjectLockConfiguration":
		return api.GetObjectLockConfiguration(ctx, &awss3.GetObjectLockConfigurationInput{Bucket: bucket})
	case "GetPublicAccessBlock":
		return api.GetPublicAccessBlock(ctx, &awss3.GetPublicAccessBlockInput{Bucket: bucket})
	}
	return api.GetBucketPolicyStatus(ctx, &awss3.GetBucketPolicyStatusInput{Bucket: bucket})
}

// shape writes an answer of the SDK as the AWS CLI writes it: the members that are there.
func shape(r *recording.Reply, out any) error {
	if v := reflect.Indirect(reflect.ValueOf(out)).FieldByName("ResultMetadata"); v.IsValid() {
		if m, ok := v.Interface().(middleware.Metadata); ok {
			r.RequestID, _ = awsmiddleware.GetRequestIDMetadata(m)
		}
	}
	text, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("keep the answer to %s: %w", r.Call, err)
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		return fmt.Errorf("keep the answer to %s: %w", r.Call, err)
	}
	delete(members, "ResultMetadata")
	return keep(r, without(members))
}

func keep(r *recording.Reply, members any) error {
	text, err := json.Marshal(members)
	if err != nil {
		return fmt.Errorf("keep the answer to %s: %w", r.Call, err)
	}
	sum := sha256.Sum256(text)
	r.Body, r.SHA256 = text, hex.EncodeToString(sum[:])
	r.RequestID = r.RequestID[:min(len(r.RequestID), idLimit)]
	return nil
}

// without drops what is null or an empty text: the SDK has a place for every member that could be there.
func without(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if value == nil || value == "" {
				delete(v, name)
			} else {
				v[name] = without(value)
			}
		}
	case []any:
		for i := range v {
			v[i] = without(v[i])
		}
	}
	return v
}

// keyTargets are the operations of KMS in its JSON 1.1 protocol. Two calls do not make the SDK's client
// for it worth a dependency.
var keyTargets = map[string]string{"DescribeKey": "TrentService.DescribeKey", "GetKeyPolicy": "TrentService.GetKeyPolicy"}

// mostOfKey bounds what a server may answer about a key; a policy has at most 32 kB.
const mostOfKey = 1 << 20

func (c *Client) keySetting(ctx context.Context, r recording.Reply) (recording.Reply, error) {
	region, ok := recording.ParseKey(r.About)
	if !ok || !IsRegion(region) {
		return r, &Error{What: fmt.Sprintf("%.80q is no ARN of a KMS key", r.About), Usage: true}
	}
	if c.opt.NoSign {
		r.Error = "AccessDenied"
		return r, nil
	}
	in := map[string]string{"KeyId": r.About}
	if r.Call == "GetKeyPolicy" {
		in["PolicyName"] = "default"
	}
	resp, err := c.sign(ctx, "kms", region, keyTargets[r.Call], in)
	if err != nil {
		err = c.unanswered(ctx, &r, err)
		return r, err
	}
	defer resp.Body.Close()
	c.foot.answered("KMS:"+r.Call, resp)
	r.RequestID = resp.Header.Get("X-Amzn-Requestid")
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostOfKey))
	if err != nil {
		return r, c.explain(err, "", "")
	}
	var members map[string]any
	if json.Unmarshal(body, &members) != nil || resp.StatusCode != http.StatusOK {
		kind, _ := members["__type"].(string)
		if r.Error = kind[strings.LastIndexByte(kind, '#')+1:]; !keyword(r.Error) {
			r.Error = fmt.Sprintf("HTTP %d", resp.StatusCode)
		}
		return r, nil
	}
	err = keep(&r, members)
	return r, err
}

// sign sends one signed request of the JSON 1.1 protocol.
func (c *Client) sign(ctx context.Context, service, region, target string, in any) (*http.Response, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpointOf(service, region), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", target)
	creds, err := c.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, c.unidentified(ctx, err)
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, creds, req, hex.EncodeToString(sum[:]), service, region, c.foot.now().UTC()); err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", c.foot.agent)
	return c.cfg.HTTPClient.Do(req)
}

// endpointSet is the server that the environment names for a service.
func endpointSet(service string) string {
	for _, name := range []string{"AWS_ENDPOINT_URL_" + strings.ToUpper(service), "AWS_ENDPOINT_URL"} {
		if url := os.Getenv(name); url != "" {
			return url
		}
	}
	return ""
}

// endpointOf honours the same variables as the SDK's clients do.
func endpointOf(service, region string) string {
	if url := endpointSet(service); url != "" {
		return url
	}
	domain := "amazonaws.com"
	if strings.HasPrefix(region, "cn-") {
		domain += ".cn"
	}
	return "https://" + service + "." + region + "." + domain + "/"
}
