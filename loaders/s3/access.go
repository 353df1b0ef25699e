package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// roleARN is how the ARN of an IAM role looks; a role's path may have any printable character.
var roleARN = regexp.MustCompile(`^arn:aws[a-z-]{0,16}:iam::[0-9]{12}:role/[!-~]{1,576}$`)

// sessionLength is what every role allows, and the most that a role taken with another's session does
// (AWS STS API Reference, AssumeRole). The SDK would ask for a quarter of it, and a load whose session needs
// another MFA number then ends.
const sessionLength = time.Hour

// Check refuses options that cannot be meant, or not together.
func (o Options) Check() error {
	if _, err := checkEndpoint(o.Endpoint); err != nil {
		return err
	}
	switch {
	case o.RoleARN != "" && o.NoSign:
		return &Error{What: "anonymous requests are nobody's: a role cannot be taken for them", Hint: "give --role-arn or --no-sign", Usage: true}
	case o.RoleARN != "" && !roleARN.MatchString(o.RoleARN):
		return &Error{What: "this is no ARN of a role", Hint: "write it as arn:aws:iam::111122223333:role/NAME", Usage: true}
	case o.ExternalID != "" && o.RoleARN == "":
		return &Error{What: "an external id goes with a role", Hint: "give --role-arn too", Usage: true}
	}
	return nil
}

// configure reads the AWS configuration as the SDK does and puts our footprint on whatever is sent,
// requests for credentials included.
func (c *Client) configure(ctx context.Context) error {
	load := []func(*config.LoadOptions) error{
		config.WithLogger(logging.Nop{}),
		config.WithRetryer(c.retryer),
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(tune)),
		config.WithAPIOptions([]func(*middleware.Stack) error{c.foot.install}),
		config.WithEC2RoleCredentialOptions(func(o *ec2rolecreds.Options) {
			o.Client = imds.New(imds.Options{HTTPClient: &http.Client{Timeout: metadataWait}, Retryer: aws.NopRetryer{}})
		}),
		config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) {
			o.TokenProvider = c.token(ctx, aws.ToString(o.SerialNumber))
			if o.Duration == 0 {
				o.Duration = sessionLength
			}
		}),
	}
	if c.opt.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(c.opt.Profile))
	}
	if c.opt.Region != "" {
		load = append(load, config.WithRegion(c.opt.Region))
	}
	if c.opt.NoSign {
		load = append(load, config.WithCredentialsProvider(aws.AnonymousCredentials{}))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return unconfigured(err)
	}
	if cfg.Region == "" {
		cfg.Region = homeRegion
	}
	c.cfg = cfg
	c.cfg.HTTPClient = c.httpClient(cfg.HTTPClient)
	if c.opt.RoleARN != "" {
		c.cfg.Credentials = c.assume(ctx, c.cfg)
	}
	return nil
}

func unconfigured(err error) error {
	var absent config.SharedConfigProfileNotExistError
	if errors.As(err, &absent) {
		return &Error{What: fmt.Sprintf("there is no AWS profile %.80q", absent.Profile), Hint: "aws configure list-profiles tells their names", Err: err}
	}
	return &Error{What: "the AWS configuration cannot be read", Hint: "check --profile and the files in ~/.aws", Err: err}
}

// assume takes the role for whatever is asked afterwards. The session is named after the case, so that
// the logs of the account tell whose it was.
func (c *Client) assume(ctx context.Context, cfg aws.Config) aws.CredentialsProvider {
	api := sts.NewFromConfig(cfg, func(o *sts.Options) { o.Logger = logging.Nop{} })
	serial := mfaSerial(cfg)
	return aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(api, c.opt.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName, o.Duration = product+"-"+c.foot.name, sessionLength
		if c.opt.ExternalID != "" {
			o.ExternalID = aws.String(c.opt.ExternalID)
		}
		if serial != "" {
			o.SerialNumber, o.TokenProvider = aws.String(serial), c.token(ctx, serial)
		}
	}))
}

// mfaSerial is the MFA device that the profile names; empty when the profile's own role has used it,
// since a device's number is good for one call.
func mfaSerial(cfg aws.Config) string {
	for _, source := range cfg.ConfigSources {
		if shared, ok := source.(config.SharedConfig); ok && shared.RoleARN == "" {
			return shared.MFASerial
		}
	}
	return ""
}

// token asks for the number of an MFA device while the client is being opened, and never again: later
// a screen owns the terminal.
func (c *Client) token(ctx context.Context, serial string) func() (string, error) {
	return func() (string, error) {
		switch {
		case c.opened.Load():
			return "", &Error{What: "the session of the role has ended, and a new one needs another MFA number", Hint: "run it again: what is there is not fetched twice"}
		case c.opt.MFA == nil:
			return "", &Error{What: "the profile wants an MFA number, and there is no terminal to ask for it", Hint: "run it on a terminal, or bring a session: aws sts get-session-token, aws sso login"}
		}
		return c.opt.MFA(ctx, serial)
	}
}

// identify makes sure that there are credentials, so that a load does not fail object by object.
func (c *Client) identify(ctx context.Context) error {
	defer c.opened.Store(true)
	if c.opt.NoSign {
		c.source = "none (anonymous)"
		return nil
	}
	creds, err := c.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return c.unidentified(ctx, err)
	}
	c.source = creds.Source
	return nil
}

// unidentified says why there are no credentials. What STS or a helper program answered is not quoted.
func (c *Client) unidentified(ctx context.Context, err error) error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if ended := ssoEnded(err); ended != nil {
		return ended
	}
	code := codeOf(err)
	if s, ok := sentences[code]; ok && code != "AccessDenied" {
		return &Error{What: s.what, Hint: s.hint, Err: err}
	}
	if code != "" {
		what := "the role may not be taken"
		if keyword(code) {
			what += ": " + code
		}
		return &Error{What: what, Hint: "check the role's trust policy, sts:AssumeRole, --external-id and the MFA number", Err: err}
	}
	return &Error{What: "no AWS credentials were found",
		Hint: "set AWS_PROFILE or AWS_ACCESS_KEY_ID, run aws sso login, or use --no-sign for a public bucket", Err: err}
}

// ssoEnded tells that a session of IAM Identity Center has ended; nil when it is something else.
func ssoEnded(err error) *Error {
	var invalid *ssocreds.InvalidTokenError
	if !errors.As(err, &invalid) {
		return nil
	}
	return &Error{What: "the SSO session has ended", Hint: "run aws sso login, with the same --profile, and run this again: what is there is not fetched twice", Err: err}
}
