package s3

import (
	"context"
	"net/http"
	"regexp"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// product is what our requests call themselves in the logs of those we ask.
const product = "trailsift"

// Request is one request that was answered, as the logs of the account tell of it.
type Request struct {
	Time   time.Time `json:"time"`
	Call   string    `json:"call"` // service and operation, as s3:GetObject
	Status int       `json:"status"`
	ID     string    `json:"request_id"`
}

// footprint is what every request of ours carries, and who is told of each answer.
type footprint struct {
	name  string // the case's id, or "none"
	agent string
	note  func(Request) // may be nil; must be safe for concurrent use
	now   func() time.Time
}

var caseName = regexp.MustCompile(`^[0-9a-z]{1,32}$`)

func newFootprint(opt Options) *footprint {
	f := &footprint{name: "none", note: opt.Note, now: opt.Now}
	if caseName.MatchString(opt.Case) {
		f.name = opt.Case
	}
	if f.now == nil {
		f.now = time.Now
	}
	f.agent = Agent(opt.Version, f.name)
	return f
}

// Agent is the user agent of a case's requests. Nothing of the machine or the SDK is told.
func Agent(version, name string) string {
	if version == "" {
		version = "0"
	}
	return product + "/" + version + " case/" + name
}

// install puts the footprint behind signing, which leaves the user agent out, and before the wire: each
// try of a request passes here.
func (f *footprint) install(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("footprint",
		func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
			if r, ok := in.Request.(*smithyhttp.Request); ok {
				r.Header.Set("User-Agent", f.agent)
			}
			out, metadata, err := next.HandleDeserialize(ctx, in)
			if r, ok := out.RawResponse.(*smithyhttp.Response); ok && r != nil {
				f.answered(awsmiddleware.GetServiceID(ctx)+":"+awsmiddleware.GetOperationName(ctx), r.Response)
			}
			return out, metadata, err
		}), middleware.After)
}

// idLimit bounds what a hostile server can make us keep.
const idLimit = 128

func (f *footprint) answered(call string, r *http.Response) {
	if f.note == nil || r == nil {
		return
	}
	id := ""
	for _, name := range []string{"X-Amz-Request-Id", "X-Amzn-Requestid"} {
		if v := r.Header.Get(name); id == "" {
			id = v[:min(len(v), idLimit)]
		}
	}
	f.note(Request{Time: f.now().UTC().Truncate(time.Millisecond), Call: call, Status: r.StatusCode, ID: id})
}
