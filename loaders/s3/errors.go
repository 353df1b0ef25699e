package s3

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// Error is a sentence for the user, what to do about it, and what lies behind it. The sentence holds
// no answer of the server verbatim: such text is foreign and may quote what was sent.
type Error struct {
	Place string // s3://bucket/key, control characters escaped; empty when it concerns none
	What  string
	Hint  string
	Usage bool // the command line is wrong
	Err   error
}

func (e *Error) Error() string {
	if e.Place == "" {
		return e.What
	}
	return e.Place + ": " + e.What
}

// Reason is the sentence without the place, for where that stands already.
func (e *Error) Reason() string { return e.What }

// Unwrap gives the cause; its text is not for people.
func (e *Error) Unwrap() error { return e.Err }

// place writes a bucket and key so that they can stand in a sentence.
func place(bucket, key string) string {
	quoted := strconv.QuoteToGraphic(bucket + "/" + key)
	return "s3://" + quoted[1:len(quoted)-1]
}

// codeOf is S3's error code, or that of the HTTP status where the answer has no body.
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func statusOf(err error) int {
	var response *awshttp.ResponseError
	if errors.As(err, &response) && response.Response != nil {
		return response.HTTPStatusCode()
	}
	return 0
}

// explain makes an Error of what the SDK says about bucket and key.
func (c *Client) explain(err error, bucket, key string) error {
	if err == nil || errors.Is(err, context.Canceled) && !errors.Is(err, errIdle) {
		return err
	}
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	if ended := ssoEnded(err); ended != nil {
		return ended
	}
	e := &Error{Err: err}
	if bucket != "" {
		e.Place = place(bucket, key)
	}
	var dns *net.DNSError
	switch s, ok := sentenceOf(codeOf(err)); {
	case ok:
		e.What, e.Hint = s.what, s.hint
		e.narrow(err)
	case errors.Is(err, errIdle):
		e.What, e.Hint = fmt.Sprintf("%s for %s", errIdle, c.opt.Idle), "check the network and load again: what is there is not fetched twice"
	case errors.Is(err, errDocument):
		e.What, e.Hint = errDocument.Error(), "this is not how S3 answers; check --endpoint-url"
	case mismatched(err):
		e.What, e.Hint = "what arrived does not match the checksum that S3 sent with it", "something on the way changes it; check proxies"
	case codeOf(err) == "BadRequest":
		e.What, e.Hint = "S3 turned the request away and does not say why", "that is how it answers a session token that has expired, and a request for a bucket in another Region: name it with --bucket-region (object verify and doctor: --region)"
	case wrongRegion(err) && (statusOf(err) == 301 || statusOf(err) == 400):
		e.What, e.Hint = "the bucket is in another region", "name it with --bucket-region (object verify and doctor: --region)"
	case errors.As(err, &dns):
		e.What, e.Hint = "the server's name cannot be found", "check the network, --endpoint-url and the Region"
	case statusOf(err) == 403:
		e.What, e.Hint = sentences["AccessDenied"].what, sentences["AccessDenied"].hint
	case statusOf(err) >= 300:
		e.What = fmt.Sprintf("the server answered %d", statusOf(err))
		if code := codeOf(err); keyword(code) {
			e.What += " " + code
		}
	case statusOf(err) >= 200:
		e.What, e.Hint = "the server's answer is not S3's", "check --endpoint-url"
	default:
		e.What, e.Hint = "the server cannot be reached", "check the network and --endpoint-url"
	}
	return e
}

// kmsKey is how the name of a KMS key looks in the message of a denial.
var kmsKey = regexp.MustCompile(`arn:aws[a-z-]{0,16}:kms:[a-z0-9-]{1,32}:[0-9]{12}:(?:key|alias)/[A-Za-z0-9/_-]{1,256}`)

// narrow says more where the answer tells more: which KMS key denies, and by how much the clocks
// differ. Nothing else of a server's message is passed on.
func (e *Error) narrow(err error) {
	var api smithy.APIError
	if errors.As(err, &api) {
		key := kmsKey.FindString(api.ErrorMessage())
		switch {
		case key == "":
		case api.ErrorCode() == "AccessDenied":
			e.What += " to the KMS key " + key
			e.Hint = "it needs kms:Decrypt on that key, in the key's policy or by a grant"
		case strings.HasPrefix(api.ErrorCode(), ofKMS):
			e.What += ": " + key
		}
	}
	if codeOf(err) == "RequestTimeTooSkewed" {
		by, ok := skew(err)
		switch {
		case ok && by > mostSkew:
			e.What = fmt.Sprintf("the clock of this computer differs from S3's by %s", by)
		case ok: // the Date is somebody else's, on the way or in the answer
			e.What = "S3 says that the clock of this computer is wrong; by how much cannot be told from its answer"
		}
	}
}

// mostSkew is how much S3 lets clocks differ: Amazon S3 API Reference, "Error responses",
// RequestTimeTooSkewed.
const mostSkew = 15 * time.Minute

// skew is how far the time a request was signed at lies from the time of its answer.
func skew(err error) (time.Duration, bool) {
	var response *awshttp.ResponseError
	if !errors.As(err, &response) || response.Response == nil || response.Response.Response == nil || response.Response.Request == nil {
		return 0, false
	}
	theirs, err1 := http.ParseTime(response.Response.Header.Get("Date"))
	ours, err2 := time.Parse("20060102T150405Z", response.Response.Request.Header.Get("X-Amz-Date"))
	return ours.Sub(theirs).Abs().Round(time.Second), err1 == nil && err2 == nil
}

// keyword tells that an error code looks like one.
func keyword(s string) bool {
	for i := range len(s) {
		if c := s[i]; !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.') {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// changed tells that an object is not the one that was listed.
func changed(err error) bool {
	return codeOf(err) == "PreconditionFailed" || statusOf(err) == 412 || statusOf(err) == 416 || errors.Is(err, errChanged)
}

// final tells that trying a body again cannot help.
func final(err error) bool {
	var known *Error
	return codeOf(err) != "" || statusOf(err) >= 300 || errors.As(err, &known)
}
