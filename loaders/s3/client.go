// Package s3 lists and fetches log objects. It is the only package that knows AWS: what it gives
// out are candidates for the load pipeline, fetched once each into the case's evidence folder.
//
// It must not know what a log record is, and it keeps no secret: credentials live in the SDK's
// memory, and no error text, sidecar or warning holds a key, a token or a signed URL.
package s3

import (
	"context"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/logging"

	"trailsift/model"
)

// Options says how S3 is reached. Credentials come from where the AWS SDK finds them: environment,
// profile, SSO, process, web identity, container, instance.
type Options struct {
	Endpoint      string // URL of another server than AWS's; addressed by path
	Profile       string
	Region        string
	NoSign        bool // anonymous requests
	RequesterPays bool
	RoleARN       string // taken with the credentials that were found
	ExternalID    string // which the role's trust policy may ask for

	// MFA asks somebody for the number that the MFA device called serial shows. It is called while Open
	// runs and never afterwards; nil: there is nobody to ask.
	MFA func(ctx context.Context, serial string) (string, error)

	// Case and Version become part of the user agent. Note is told of each answered request.
	Case, Version string
	Note          func(Request)
	Now           func() time.Time // nil: the host's clock

	// Idle ends a request that gives no byte for so long; 0: DefaultIdle.
	Idle time.Duration
	// Attempts is how often a request, and a body that broke, is tried; 0: 9.
	Attempts int
	// Pages bounds one listing against servers that never end it; 0: 100,000 (of 1,000 keys).
	Pages int
	// HeadRoom refuses to fetch need more bytes; nil allows all.
	HeadRoom func(need int64) error

	backoff   func(attempt int, err error) time.Duration
	transport http.RoundTripper
}

// DefaultIdle is how long a silent server is waited for. The SDK itself would wait for ever.
const DefaultIdle = 30 * time.Second

const (
	defaultAttempts = 9
	firstAttempts   = 5 // while nothing was ever heard of the server
	defaultPages    = 100_000
	maxBackoff      = 20 * time.Second
	metadataWait    = time.Second // outside EC2 nothing answers, and the SDK would ask for long
	homeRegion      = "us-east-1" // asked first when no region is set; it names a bucket's own
)

func (o Options) withDefaults() Options {
	if o.Idle <= 0 {
		o.Idle = DefaultIdle
	}
	if o.Attempts <= 0 {
		o.Attempts = defaultAttempts
	}
	if o.Pages <= 0 {
		o.Pages = defaultPages
	}
	if o.backoff == nil {
		o.backoff = backoff
	}
	return o
}

// Client reads buckets. It is safe for concurrent use.
type Client struct {
	opt      Options
	cfg      aws.Config
	gate     *gate
	foot     *footprint
	opened   atomic.Bool // credentials were found once
	answered atomic.Bool // some server answered once
	progress atomic.Pointer[model.Progress]
	source   string
	warnings []string

	mu      sync.Mutex
	regions map[string]string // bucket to the region it turned out to be in
	clients map[string]*awss3.Client
}

// Open finds credentials and makes a client. It sends nothing to S3.
func Open(ctx context.Context, opt Options) (*Client, error) {
	opt = opt.withDefaults()
	if err := opt.Check(); err != nil {
		return nil, err
	}
	c := &Client{opt: opt, foot: newFootprint(opt), gate: newGate(), regions: map[string]string{}, clients: map[string]*awss3.Client{}}
	if warning, _ := checkEndpoint(opt.Endpoint); warning != "" {
		c.warnings = append(c.warnings, warning)
	}
	if err := c.configure(ctx); err != nil {
		return nil, err
	}
	return c, c.identify(ctx)
}

// tune shapes connections: TLS 1.2 or newer, as many kept as the gate lets through.
func tune(t *http.Transport) {
	t.MaxIdleConnsPerHost = gateMost
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = &tls.Config{}
	}
	t.TLSClientConfig.MinVersion = tls.VersionTLS12
}

// checkEndpoint refuses endpoints that are none and warns of those that anyone on the way can read.
func checkEndpoint(endpoint string) (warning string, err error) {
	if endpoint == "" {
		return "", nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", &Error{What: "the endpoint is no URL of an S3 server", Hint: "give it as https://host[:port]", Usage: true}
	}
	if u.User != nil {
		return "", &Error{What: "the endpoint URL holds a user name or password", Hint: "credentials come from the environment or a profile", Usage: true}
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		warning = fmt.Sprintf("%s is plain http: evidence and signatures can be read and changed on the way", u.Host)
	}
	return warning, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// Report counts in progress what has to be asked for again from now on; nil: nowhere.
func (c *Client) Report(progress *model.Progress) { c.progress.Store(progress) }

// Warnings are sentences to show before anything is fetched.
func (c *Client) Warnings() []string {
	if c.opt.RequesterPays {
		return append(c.warnings[:len(c.warnings):len(c.warnings)], "requester pays: requests and transfer are billed to your account")
	}
	return c.warnings
}

// CredentialSource says where the credentials came from, never what they are.
func (c *Client) CredentialSource() string { return c.source }

func (c *Client) retryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = c.opt.Attempts
		o.MaxBackoff = maxBackoff
		o.RateLimiter = ratelimit.None // a long SlowDown must not use up a quota; the gate slows us
		o.Backoff = retry.BackoffDelayerFunc(func(attempt int, err error) (time.Duration, error) {
			if attempt >= firstAttempts && unreached(err) && !c.answered.Load() {
				return 0, err // mostly a wrong name, for which nobody should wait a minute
			}
			return c.again(attempt, err), nil
		})
	})
}

// again counts a retry and tells how long to wait before it; attempts count from 1.
func (c *Client) again(attempt int, err error) time.Duration {
	if p := c.progress.Load(); p != nil {
		p.Retries.Add(1)
	}
	return c.opt.backoff(attempt, err)
}

// backoff doubles with every attempt and is spread over its upper half. What broke once mostly comes at
// the next try, so that the first waits are short; a server that asks to slow down is given time, and so
// is one that cannot be reached: all attempts together take about a minute.
func backoff(attempt int, err error) time.Duration {
	base := 100 * time.Millisecond
	switch {
	case attempt > 3:
		base = 500 * time.Millisecond
	case slowDown(statusOf(err)):
		base = 250 * time.Millisecond
	}
	d := min(base<<min(attempt-1, 10), maxBackoff)
	return d/2 + rand.N(d/2)
}

// in gives the client for the region that bucket is known to be in.
func (c *Client) in(bucket string) *awss3.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	region := c.regions[bucket]
	if region == "" {
		region = c.cfg.Region
	}
	if c.clients[region] == nil {
		c.clients[region] = awss3.NewFromConfig(c.cfg, func(o *awss3.Options) {
			o.Region = region
			if c.opt.Endpoint != "" {
				o.BaseEndpoint = aws.String(c.opt.Endpoint)
			}
			o.UsePathStyle = o.BaseEndpoint != nil
			o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenSupported
			o.DisableLogOutputChecksumValidationSkipped = true
			o.Logger = logging.Nop{}
		})
	}
	return c.clients[region]
}

func (c *Client) payer() types.RequestPayer {
	if c.opt.RequesterPays {
		return types.RequestPayerRequester
	}
	return ""
}
