package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// documentLimit bounds answers that are parsed: a page of 1,000 keys of 1,024 bytes each, escaped,
// stays below 5 MB.
const documentLimit = 16 << 20

var (
	errIdle     = errors.New("the server stopped sending")
	errDocument = fmt.Errorf("the server's answer is larger than %d MB", documentLimit>>20)
)

// httpClient is what the SDK resolved, proxies and certificates included, behind guard. Redirects
// are not followed: they would carry a signed request to a host nobody chose.
func (c *Client) httpClient(resolved aws.HTTPClient) aws.HTTPClient {
	base := c.opt.transport
	if b, ok := resolved.(*awshttp.BuildableClient); ok && base == nil {
		base = b.GetTransport()
	}
	return &http.Client{
		Transport:     &guard{base: base, idle: c.opt.Idle, gate: c.gate, answered: &c.answered},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// guard bounds how long a server may be silent and how much it may say.
type guard struct {
	base http.RoundTripper
	idle time.Duration
	gate *gate
	// answered is set with the first answer, whatever it says.
	answered *atomic.Bool
}

func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	timer := time.AfterFunc(g.idle, func() { cancel(errIdle) })
	round := g.gate.round()
	resp, err := g.base.RoundTrip(req.WithContext(ctx))
	timer.Stop()
	if err != nil {
		if errors.Is(context.Cause(ctx), errIdle) {
			err = errIdle
		}
		cancel(nil)
		return nil, err
	}
	g.answered.Store(true)
	g.gate.heard(round, slowDown(resp.StatusCode))
	left := int64(-1)
	// Only the content of objects may have any length, and only GetObject asks for that.
	if resp.StatusCode >= 300 || req.URL.Query().Get("x-id") != "GetObject" {
		left = documentLimit
	}
	resp.Body = &body{ReadCloser: resp.Body, ctx: ctx, cancel: cancel, timer: timer, idle: g.idle, left: left}
	return resp, nil
}

// slowDown tells the statuses by which a server asks for fewer requests.
func slowDown(status int) bool {
	return status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests
}

// body is an answer's body under guard.
type body struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	idle   time.Duration
	left   int64 // bytes that may still come; negative: any number
	once   sync.Once
}

func (b *body) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, errDocument
	}
	if b.left > 0 {
		p = p[:min(int64(len(p)), b.left)]
	}
	b.timer.Reset(b.idle)
	n, err := b.ReadCloser.Read(p)
	b.timer.Stop()
	if b.left > 0 {
		b.left -= int64(n)
	}
	if err != nil && err != io.EOF && errors.Is(context.Cause(b.ctx), errIdle) {
		err = errIdle
	}
	return n, err
}

func (b *body) Close() error {
	err := b.ReadCloser.Close()
	b.once.Do(func() {
		b.timer.Stop()
		b.cancel(nil)
	})
	return err
}
