// Package recording reads what AWS answers about what it records: trails, selectors, access logging, and
// the settings of buckets that decide what evidence there can be and how long it lasts. An answer is one
// of a moment; nothing here says anything about the time before it. Everything is computed from the
// answers' bytes.
//
// It must not know how AWS is asked, where answers are kept, or how they are drawn.
package recording

import (
	"encoding/json"
	"strings"
	"time"
)

// Kind is what a call is about.
type Kind string

// Kinds of calls.
const (
	OfAccount Kind = "account"
	OfRegion  Kind = "region"
	OfTrail   Kind = "trail"
	OfBucket  Kind = "bucket"
	OfKey     Kind = "key"
)

// Call is one call that reads a setting. No other call is ever sent.
type Call struct {
	Name    string // of the API operation
	Service string // as the AWS CLI calls it
	Kind    Kind
	Option  string // of the AWS CLI, that names what it is about
	Action  string // that IAM must allow; empty where none is needed
	None    string // error code that only says that nothing is set
}

// Calls are all there are, in the order they are told of.
var Calls = []Call{
	{"GetCallerIdentity", "sts", OfAccount, "", "", ""},
	{"DescribeTrails", "cloudtrail", OfRegion, "--region", "cloudtrail:DescribeTrails", ""},
	{"GetTrail", "cloudtrail", OfTrail, "--name", "cloudtrail:GetTrail", ""},
	{"GetTrailStatus", "cloudtrail", OfTrail, "--name", "cloudtrail:GetTrailStatus", ""},
	{"GetEventSelectors", "cloudtrail", OfTrail, "--trail-name", "cloudtrail:GetEventSelectors", ""},
	{"GetBucketLocation", "s3api", OfBucket, "--bucket", "s3:GetBucketLocation", ""},
	{"GetBucketLogging", "s3api", OfBucket, "--bucket", "s3:GetBucketLogging", ""},
	{"GetBucketPolicy", "s3api", OfBucket, "--bucket", "s3:GetBucketPolicy", "NoSuchBucketPolicy"},
	{"GetBucketOwnershipControls", "s3api", OfBucket, "--bucket", "s3:GetBucketOwnershipControls", "OwnershipControlsNotFoundError"},
	{"GetBucketAcl", "s3api", OfBucket, "--bucket", "s3:GetBucketAcl", ""},
	{"GetBucketEncryption", "s3api", OfBucket, "--bucket", "s3:GetEncryptionConfiguration", "ServerSideEncryptionConfigurationNotFoundError"},
	{"GetBucketVersioning", "s3api", OfBucket, "--bucket", "s3:GetBucketVersioning", ""},
	{"GetObjectLockConfiguration", "s3api", OfBucket, "--bucket", "s3:GetBucketObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"},
	{"GetPublicAccessBlock", "s3api", OfBucket, "--bucket", "s3:GetBucketPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration"},
	{"GetBucketPolicyStatus", "s3api", OfBucket, "--bucket", "s3:GetBucketPolicyStatus", "NoSuchBucketPolicy"},
	{"DescribeKey", "kms", OfKey, "--key-id", "kms:DescribeKey", ""},
	{"GetKeyPolicy", "kms", OfKey, "--key-id", "kms:GetKeyPolicy", ""},
}

// Lookup finds a call by the name of its operation.
func Lookup(name string) (Call, bool) {
	for _, c := range Calls {
		if c.Name == name {
			return c, true
		}
	}
	return Call{}, false
}

// Verb is the call as the AWS CLI writes it: get-trail-status.
func (c Call) Verb() string {
	var b strings.Builder
	for i, r := range c.Name {
		if 'A' <= r && r <= 'Z' {
			if i > 0 {
				b.WriteByte('-')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Reply is what AWS answered to one call, or that it did not. Body has the shape in which the AWS CLI
// writes it.
type Reply struct {
	Call      string          `json:"call"`
	About     string          `json:"about,omitempty"` // bucket, ARN of a trail or key, or region
	Asked     time.Time       `json:"asked"`
	Origin    string          `json:"origin"` // aws, or the name of the file it was read from
	RequestID string          `json:"request_id,omitempty"`
	Error     string          `json:"error,omitempty"` // the code; a body is absent then
	SHA256    string          `json:"sha256,omitempty"`
	Body      json.RawMessage `json:"body,omitempty"`
}

// OriginAWS is the origin of replies that we got ourselves.
const OriginAWS = "aws"

// What stands in the place of an error code where nothing was answered.
const (
	NotSaved  = "not among the saved answers"
	NotAWS    = "not asked of a server that is not AWS's"
	Unreached = "cannot be reached"
)

// Unread tells that the reply says nothing about the setting.
func (r Reply) Unread() bool {
	c, _ := Lookup(r.Call)
	return r.Error != "" && r.Error != c.None
}

// into reads the body; what is absent in it stays as it is.
func (r Reply) into(v any) bool {
	return r.Error == "" && len(r.Body) > 0 && json.Unmarshal(r.Body, v) == nil
}

// Moment is a time as AWS CLIs write it: ISO 8601, or seconds since 1970.
type Moment struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler. What is no time is the zero time.
func (m *Moment) UnmarshalJSON(text []byte) error {
	var seconds float64
	if json.Unmarshal(text, &seconds) == nil && seconds > 0 && seconds < 1e11 {
		m.Time = time.Unix(int64(seconds), 0).UTC()
		return nil
	}
	var s string
	if json.Unmarshal(text, &s) == nil {
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			m.Time = t.UTC()
		}
	}
	return nil
}

func (m Moment) text() string {
	if m.IsZero() {
		return "an unknown time"
	}
	return m.Format(time.RFC3339)
}
