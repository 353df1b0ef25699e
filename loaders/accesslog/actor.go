package accesslog

import (
	"bytes"
	"strings"

	"trailsift/model"
)

// identity sets who asked, from the requester column, which S3 writes. Types are CloudTrail's.
// The issuer stays absent: the ARN of a session leaves out the path of its role, so the role's own
// ARN cannot be told from it.
func identity(r *model.Record, requester string) {
	switch {
	case requester == "-" || requester == "Anonymous":
		r.Actor, r.ActorType = "anonymous", "AWSAccount"
	case strings.HasPrefix(requester, "svc:"):
		r.InvokedBy = requester[len("svc:"):]
		r.Actor, r.ActorType = r.InvokedBy, "AWSService"
	case requester == "AmazonS3": // lifecycle rules
		r.Actor, r.ActorType = requester, "AWSService"
	case strings.HasPrefix(requester, "arn:"):
		r.Actor = requester
		identityOfARN(r, requester)
	default: // a canonical user id: an account's root user, or some principal of another account
		r.Actor = requester
	}
}

// identityOfARN takes apart arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE.
func identityOfARN(r *model.Record, arn string) {
	rest := arn
	var part [5]string
	for i := range part {
		var ok bool
		if part[i], rest, ok = strings.Cut(rest, ":"); !ok {
			return
		}
	}
	r.ActorAccount = part[4]
	kind, name, _ := strings.Cut(rest, "/")
	switch service := part[2]; {
	case rest == "root":
		r.ActorType = "Root"
	case service == "iam" && kind == "user":
		r.ActorType = "IAMUser"
	case service == "iam" && kind == "role":
		r.ActorType = "Role"
	case service == "sts" && kind == "assumed-role":
		r.ActorType = "AssumedRole"
		_, r.Session, _ = strings.Cut(name, "/")
	case service == "sts" && kind == "federated-user":
		r.ActorType = "FederatedUser"
	}
}

// signingKey is the access key id of a request that was signed in its query string: of
// X-Amz-Credential, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)", or
// of AWSAccessKeyId in version 2. Clients may write such parameters into any request, so they count
// only where S3 says the query was what it checked, or, in eras without that column, where it named
// a requester.
func (p *Parser) signingKey(f *fields) string {
	auth := f.tail[tailAuth]
	checked := bytes.Equal(auth, []byte("QueryString")) || auth == nil && !bytes.Equal(f.requester, []byte("-"))
	if !checked {
		return ""
	}
	for q := query(f.uri); len(q) > 0; {
		var pair []byte
		pair, q, _ = bytes.Cut(q, []byte{'&'})
		name, value, _ := bytes.Cut(pair, []byte{'='})
		switch {
		case bytes.EqualFold(name, []byte("X-Amz-Credential")):
			value, _, _ = bytes.Cut(p.percent(value, false), []byte{'/'})
		case bytes.EqualFold(name, []byte("AWSAccessKeyId")):
			value = p.percent(value, false)
		default:
			continue
		}
		if keyID(value) {
			return text(value)
		}
	}
	return ""
}

// keyID tells that b has the form of an access key id: IAM API Reference, AccessKey, 16 to 128 word
// characters.
func keyID(b []byte) bool {
	for _, c := range b {
		if !('0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || c == '_') {
			return false
		}
	}
	return len(b) >= 16 && len(b) <= 128
}
