// Package policy holds encryption policies: which encryption the writes of a bucket or prefix may
// get, with which KMS keys, since when. It reads policy files, judges single writes, drafts bucket
// policy statements and tells which writes a draft would deny. It must not know cases, SQL or screens.
package policy

import (
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/filter"
)

// Rule is what the writes of one bucket or prefix may get. The first rule of a policy that a write
// falls under judges it.
type Rule struct {
	Name      string   `yaml:"name" json:"name"`
	Bucket    string   `yaml:"bucket" json:"bucket"`                   // * and ? are wild
	Prefix    string   `yaml:"prefix,omitempty" json:"prefix"`         // of the key, literal
	Allow     []string `yaml:"allow" json:"allow"`                     // encryption outcomes; sse-kms* takes both origins
	Keys      []string `yaml:"keys,omitempty" json:"keys"`             // ARNs of the KMS keys that writes with KMS may use; none: any
	Since     string   `yaml:"since,omitempty" json:"since,omitempty"` // earlier writes are not judged
	Threshold int64    `yaml:"threshold,omitempty" json:"threshold"`   // an alarm when more writes than this break the rule
	LogBucket bool     `yaml:"log_bucket,omitempty" json:"log_bucket"` // logs are delivered here: no statement is drafted

	since   time.Time
	allowed map[model.Enc]bool
}

// Policy is the rules of one file.
type Policy struct {
	Rules []Rule `yaml:"rules" json:"rules"`
}

// Write is one object-creating write as the evidence tells of it.
type Write struct {
	Bucket, Key string
	Time        time.Time // zero when unknown
	Enc         model.Enc
	EncReq      model.EncReq // what its headers asked for; 0 when unknown
	KMSKey      string
}

// Verdict says what a policy makes of a write.
type Verdict uint8

// The verdicts.
const (
	NotJudged  Verdict = iota // no rule, before the rule's time, or nothing was written
	Allowed                   // as the rule wants it
	Broken                    // not as the rule wants it
	CannotTell                // the evidence does not tell how the write was encrypted, or when
)

// Judge finds the rule that w falls under, -1 for none, what it makes of w, and why.
func (p Policy) Judge(w Write) (rule int, v Verdict, why string) {
	for i := range p.Rules {
		if p.Rules[i].covers(w.Bucket, w.Key) {
			v, why = p.Rules[i].judge(w)
			return i, v, why
		}
	}
	return -1, NotJudged, ""
}

func (r *Rule) covers(bucket, key string) bool {
	return filter.Glob(r.Bucket, bucket) && strings.HasPrefix(key, r.Prefix)
}

// SinceTime is when the rule begins to judge; zero: always.
func (r *Rule) SinceTime() time.Time { return r.since }

// Allows tells that the rule takes an outcome, whatever the key.
func (r *Rule) Allows(e model.Enc) bool { return r.allowed[e] }

func (r *Rule) judge(w Write) (Verdict, string) {
	switch {
	case w.Enc == model.EncNotWritten || w.Enc == model.EncNA || w.Enc == 0:
		return NotJudged, ""
	case !r.since.IsZero() && w.Time.IsZero():
		return CannotTell, "the write has no time"
	case w.Time.Before(r.since) && !r.since.IsZero():
		return NotJudged, ""
	case w.Enc == model.EncUnknown:
		return CannotTell, "only the access log tells of the write, and it does not tell of encryption"
	case !r.allowed[w.Enc]:
		return Broken, w.Enc.String() + " is not allowed"
	case len(r.Keys) == 0 || !usesKMS(w.Enc):
		return Allowed, ""
	case w.KMSKey == "":
		return CannotTell, "the record names no KMS key"
	}
	for _, k := range r.Keys {
		if sameKey(k, w.KMSKey) {
			return Allowed, ""
		}
	}
	return Broken, "KMS key " + w.KMSKey + " is not allowed"
}

func usesKMS(e model.Enc) bool { return e >= model.EncSSEKMSDefault && e <= model.EncDSSEKMS }

// sameKey compares an allowed ARN with a key as logged, which may be the bare id of a key. A bare id
// is the id of a key in the bucket's region and the caller's account; the ARN's own id has to do.
func sameKey(arn, logged string) bool {
	if arn == logged {
		return true
	}
	_, id, ok := strings.Cut(arn, ":key/")
	return ok && logged == id
}

// methods are the header values of x-amz-server-side-encryption, with the outcomes they lead to.
var methods = []struct {
	header   string
	req      model.EncReq
	explicit model.Enc
	byBucket model.Enc
}{
	{"AES256", model.EncReqSSES3, model.EncSSES3, model.EncSSES3Default},
	{"aws:kms", model.EncReqSSEKMS, model.EncSSEKMS, model.EncSSEKMSDefault},
	{"aws:kms:dsse", model.EncReqDSSEKMS, model.EncDSSEKMS, model.EncDSSEKMSDefault},
}
