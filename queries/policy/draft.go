package policy

import (
	"errors"
	"strings"

	"trailsift/model"
)

// The condition keys of a write's encryption (Service Authorization Reference, "Condition keys for
// Amazon S3"). They see the headers of the request, never the bucket's default.
const (
	sseHeader      = "s3:x-amz-server-side-encryption"
	customerHeader = "s3:x-amz-server-side-encryption-customer-algorithm"
	keyHeader      = "s3:x-amz-server-side-encryption-aws-kms-key-id"
)

// Statement is one statement of a bucket policy.
type Statement struct {
	Sid       string                    `json:"Sid"`
	Effect    string                    `json:"Effect"`
	Principal string                    `json:"Principal"`
	Action    string                    `json:"Action"`
	Resource  string                    `json:"Resource"`
	Condition map[string]map[string]any `json:"Condition"`

	denies func(Write) bool
}

// ErrLogBucket says that no statement is drafted for a bucket that logs are delivered to: the
// services that deliver send no such headers, so the statement would end the delivery.
var ErrLogBucket = errors.New("logs are delivered to this bucket; a statement on encryption headers would end their delivery")

// ErrPattern says that a rule over several buckets gives no statement.
var ErrPattern = errors.New("the rule is over a pattern of buckets; a bucket policy belongs to one")

// Draft is the statements that would have kept writes within r, for one bucket's policy. They are a
// draft to be read and tried: conditions see only headers, so a write without any is judged by what
// the rule says of the bucket's default.
func (r *Rule) Draft(logBucket bool) ([]Statement, error) {
	if logBucket || r.LogBucket {
		return nil, ErrLogBucket
	}
	if strings.ContainsAny(r.Bucket, `*?\`) {
		return nil, ErrPattern
	}
	var out []Statement
	add := func(sid string, condition map[string]map[string]any, denies func(Write) bool) {
		out = append(out, Statement{Sid: sid, Effect: "Deny", Principal: "*", Action: "s3:PutObject",
			Resource: "arn:aws:s3:::" + r.Bucket + "/" + r.Prefix + "*", Condition: condition, denies: denies})
	}
	defaults := r.allowed[model.EncNone] || r.allowed[model.EncNotReported]
	var headers []string
	for _, m := range methods {
		defaults = defaults || r.allowed[m.byBucket]
		if r.allowed[m.explicit] {
			headers = append(headers, m.header)
		}
	}
	if !defaults {
		// Both headers absent: with the first alone, a write with a customer's key would be denied here too.
		add("DenyWritesThatNameNoEncryption", map[string]map[string]any{"Null": {sseHeader: "true", customerHeader: "true"}},
			func(w Write) bool { return w.EncReq == model.EncReqNone })
	}
	if !r.allowed[model.EncSSEC] {
		add("DenyCustomerProvidedKeys", map[string]map[string]any{"Null": {customerHeader: "false"}},
			func(w Write) bool { return w.EncReq == model.EncReqSSEC })
	}
	if len(headers) < len(methods) {
		add("DenyOtherEncryption", other(headers), func(w Write) bool {
			for _, m := range methods {
				if w.EncReq == m.req {
					return !r.allowed[m.explicit]
				}
			}
			return false
		})
	}
	if len(r.Keys) > 0 && (r.allowed[model.EncSSEKMS] || r.allowed[model.EncDSSEKMS]) {
		add("DenyOtherKMSKeys", map[string]map[string]any{"ArnNotEquals": {keyHeader: r.Keys}, "Null": {keyHeader: "false"}},
			func(w Write) bool { return r.otherKey(w) })
	}
	return out, nil
}

func other(headers []string) map[string]map[string]any {
	c := map[string]map[string]any{"Null": {sseHeader: "false"}}
	if len(headers) > 0 {
		// Negated comparisons hold for an absent key as well; the Null keeps those writes out.
		c["StringNotEquals"] = map[string]any{sseHeader: headers}
	}
	return c
}

func (r *Rule) otherKey(w Write) bool {
	if w.KMSKey == "" || w.EncReq != model.EncReqSSEKMS && w.EncReq != model.EncReqDSSEKMS {
		return false
	}
	for _, k := range r.Keys {
		if sameKey(k, w.KMSKey) {
			return false
		}
	}
	return true
}

// Denies tells what the statements of r's draft would have done to w, by the headers the evidence
// tells of: deny it, let it pass, or that they are not known.
func (r *Rule) Denies(draft []Statement, w Write) Verdict {
	if !r.covers(w.Bucket, w.Key) {
		return NotJudged
	}
	if w.EncReq == 0 {
		return CannotTell
	}
	for _, s := range draft {
		if s.denies(w) {
			return Broken
		}
	}
	return Allowed
}
