// Package activity holds one request to AWS and writes it the way the two logs tell it: as a
// CloudTrail record and as S3 server access log lines. It must not know which requests are made, by
// whom, or how the logs are delivered.
package activity

import (
	"strings"
	"time"
)

// Request is one call. Fields that the call table knows are filled in by the writers.
type Request struct {
	Time    time.Time // completed, to the second
	Took    int       // milliseconds from first byte in to last byte out
	Account string    // whose trail records it
	Region  string
	Actor   *Actor
	IP      string
	Agent   string
	Source  string // event source; empty means S3
	Call    string // CloudTrail eventName

	Bucket, Key, Version string
	Owner                string // account of the bucket
	Params               Object // beside bucket, host and key
	Response             Object
	Error, Message       string
	Status               int
	In, Out, Size        int64
	SSE                  string // SSEApplied
	CopySource           string // bucket/key
	SourceOwner          string // account of the copy source's bucket
	Shape                Shape

	ID, HostID, EventID string
}

// Shape is how a request was carried.
type Shape struct {
	Presigned      string // access key of the person who made the link
	Signed         time.Time
	Signature      string
	VPCE           string
	Weak           bool // TLS 1.2 in place of 1.3
	Old            bool // TLS 1.1 and SigV2, as clients of long ago have it
	Referer        string
	Website        bool // plain HTTP at the website endpoint
	ACLRequired    bool
	Query          string // further query, as sent, without the question mark
	OnlyPrefix     bool   // names no object: listings and batches
	NamedResources []string
}

type call struct {
	method, op string // of the access log
	sub        string // sub-resource in the query
	readOnly   bool
	management bool
	object     bool
}

var calls = map[string]call{
	"GetObject":                     {method: "GET", op: "REST.GET.OBJECT", readOnly: true, object: true},
	"HeadObject":                    {method: "HEAD", op: "REST.HEAD.OBJECT", readOnly: true, object: true},
	"GetObjectTagging":              {method: "GET", op: "REST.GET.OBJECT_TAGGING", sub: "tagging", readOnly: true, object: true},
	"GetObjectAcl":                  {method: "GET", op: "REST.GET.ACL", sub: "acl", readOnly: true, object: true},
	"PutObject":                     {method: "PUT", op: "REST.PUT.OBJECT", object: true},
	"CopyObject":                    {method: "PUT", op: "REST.COPY.OBJECT", object: true},
	"UpdateObjectEncryption":        {method: "PUT", op: "REST.PUT.OBJECT_ENCRYPTION", sub: "encryption", object: true},
	"CreateMultipartUpload":         {method: "POST", op: "REST.POST.UPLOADS", sub: "uploads", object: true},
	"UploadPart":                    {method: "PUT", op: "REST.PUT.PART", object: true},
	"CompleteMultipartUpload":       {method: "POST", op: "REST.POST.UPLOAD", object: true},
	"AbortMultipartUpload":          {method: "DELETE", op: "REST.DELETE.UPLOAD", object: true},
	"PutObjectTagging":              {method: "PUT", op: "REST.PUT.OBJECT_TAGGING", sub: "tagging", object: true},
	"PutObjectAcl":                  {method: "PUT", op: "REST.PUT.ACL", sub: "acl", object: true},
	"RestoreObject":                 {method: "POST", op: "REST.POST.RESTORE", sub: "restore", object: true},
	"DeleteObject":                  {method: "DELETE", op: "REST.DELETE.OBJECT", object: true},
	"DeleteObjects":                 {method: "POST", op: "REST.POST.MULTI_OBJECT_DELETE", sub: "delete"},
	"ListObjects":                   {method: "GET", op: "REST.GET.BUCKET", readOnly: true},
	"ListObjectVersions":            {method: "GET", op: "REST.GET.BUCKETVERSIONS", sub: "versions", readOnly: true},
	"HeadBucket":                    {method: "HEAD", op: "REST.HEAD.BUCKET", readOnly: true},
	"ListBuckets":                   {method: "GET", readOnly: true, management: true},
	"GetBucketLocation":             {method: "GET", op: "REST.GET.LOCATION", sub: "location", readOnly: true, management: true},
	"GetBucketPolicy":               {method: "GET", op: "REST.GET.BUCKETPOLICY", sub: "policy", readOnly: true, management: true},
	"GetBucketVersioning":           {method: "GET", op: "REST.GET.VERSIONING", sub: "versioning", readOnly: true, management: true},
	"GetBucketLogging":              {method: "GET", op: "REST.GET.LOGGING_STATUS", sub: "logging", readOnly: true, management: true},
	"PutBucketPolicy":               {method: "PUT", op: "REST.PUT.BUCKETPOLICY", sub: "policy", management: true},
	"DeleteBucketPolicy":            {method: "DELETE", op: "REST.DELETE.BUCKETPOLICY", sub: "policy", management: true},
	"PutBucketPublicAccessBlock":    {method: "PUT", op: "REST.PUT.PUBLIC_ACCESS_BLOCK", sub: "publicAccessBlock", management: true},
	"DeleteBucketPublicAccessBlock": {method: "DELETE", op: "REST.DELETE.PUBLIC_ACCESS_BLOCK", sub: "publicAccessBlock", management: true},
	"PutBucketEncryption":           {method: "PUT", op: "REST.PUT.ENCRYPTION", sub: "encryption", management: true},
	"PutBucketVersioning":           {method: "PUT", op: "REST.PUT.VERSIONING", sub: "versioning", management: true},
	"PutBucketLifecycle":            {method: "PUT", op: "REST.PUT.LIFECYCLE", sub: "lifecycle", management: true},
}

// readOnlyCalls of services other than S3.
var readOnlyCalls = map[string]bool{
	"Decrypt": true, "GenerateDataKey": true, "GetCallerIdentity": true, "AssumeRole": true, "DescribeTrails": true,
	"GetTrailStatus": true, "DescribeInstances": true, "ListUsers": true,
}

func (r *Request) s3() bool { return r.Source == "" }

func (r *Request) host() string {
	switch {
	case r.Bucket == "":
		return "s3." + r.Region + ".amazonaws.com"
	case r.Shape.Website:
		return r.Bucket + ".s3-website-" + r.Region + ".amazonaws.com"
	}
	return r.Bucket + ".s3." + r.Region + ".amazonaws.com"
}

func (r *Request) tls() (version, cipher string) {
	switch {
	case r.Shape.Website:
		return "", ""
	case r.Shape.Old:
		return "TLSv1.1", "ECDHE-RSA-AES128-SHA"
	case r.Shape.Weak:
		return "TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"
	}
	return "TLSv1.3", "TLS_AES_128_GCM_SHA256"
}

func (r *Request) signature() string {
	if r.Shape.Old {
		return "SigV2"
	}
	return "SigV4"
}

func (r *Request) status() int {
	switch {
	case r.Status != 0:
		return r.Status
	case calls[r.Call].method == "DELETE":
		return 204
	}
	return 200
}

// CloudTrail appends the request's record.
func (r *Request) CloudTrail(b []byte) []byte {
	c := calls[r.Call]
	source, readOnly, management := "s3.amazonaws.com", c.readOnly, c.management
	agent := "[" + r.Agent + "]"
	if !r.s3() {
		source, readOnly, management, agent = r.Source, readOnlyCalls[r.Call], true, r.Agent
	}
	o := Object{
		{"eventVersion", "1.11"}, {"userIdentity", r.Actor.identity()}, {"eventTime", Stamp(r.Time)},
		{"eventSource", source}, {"eventName", r.Call}, {"awsRegion", r.Region},
		{"sourceIPAddress", r.sourceAddress()}, {"userAgent", agent},
	}
	if r.Error != "" {
		o = append(o, Member{"errorCode", r.Error}, Member{"errorMessage", r.Message})
	}
	o = append(o, Member{"requestParameters", r.parameters(c)}, Member{"responseElements", r.response()})
	if r.s3() {
		o = append(o, Member{"additionalEventData", r.additional()})
	}
	o = append(o, Member{"requestID", r.ID}, Member{"eventID", r.EventID}, Member{"readOnly", readOnly})
	if list := r.resources(c); list != nil {
		o = append(o, Member{"resources", list})
	}
	o = append(o, Member{"eventType", "AwsApiCall"}, Member{"managementEvent", management}, Member{"recipientAccountId", r.Account})
	if r.Shape.VPCE != "" {
		o = append(o, Member{"vpcEndpointId", r.Shape.VPCE}, Member{"vpcEndpointAccountId", r.Account})
	}
	category := "Data"
	if management {
		category = "Management"
	}
	o = append(o, Member{"eventCategory", category})
	if version, cipher := r.tls(); r.s3() && version != "" && r.Actor.InvokedBy == "" {
		o = append(o, Member{"tlsDetails", Object{{"tlsVersion", version}, {"cipherSuite", cipher}, {"clientProvidedHostHeader", r.host()}}})
	}
	if r.Actor.Console {
		o = append(o, Member{"sessionCredentialFromConsole", "true"})
	}
	return o.AppendJSON(b)
}

func (r *Request) sourceAddress() string {
	if r.Actor.InvokedBy != "" {
		return r.Actor.InvokedBy
	}
	return r.IP
}

func (r *Request) parameters(c call) any {
	if !r.s3() {
		if r.Params == nil {
			return nil
		}
		return r.Params
	}
	o := Object{}
	if r.Bucket != "" {
		o = append(o, Member{"bucketName", r.Bucket})
	}
	o = append(o, Member{"Host", r.host()})
	if c.sub != "" {
		o = append(o, Member{c.sub, ""})
	}
	if c.object {
		o = append(o, Member{"key", r.Key})
	}
	if r.Version != "" {
		o = append(o, Member{"versionId", r.Version})
	}
	if r.CopySource != "" {
		o = append(o, Member{"x-amz-copy-source", string(appendPath(nil, r.CopySource))})
	}
	if s := r.Shape; s.Presigned != "" {
		o = append(o, Member{"X-Amz-Algorithm", "AWS4-HMAC-SHA256"}, Member{"X-Amz-Date", s.Signed.Format("20060102T150405Z")},
			Member{"X-Amz-Expires", "3600"}, Member{"X-Amz-SignedHeaders", "host"})
	}
	return append(o, r.Params...)
}

func (r *Request) response() any {
	if r.Response == nil {
		return nil
	}
	return r.Response
}

func (r *Request) additional() Object {
	o := Object{}
	if r.Actor != Anonymous {
		o = append(o, Member{"SignatureVersion", r.signature()})
	}
	if _, cipher := r.tls(); cipher != "" {
		o = append(o, Member{"CipherSuite", cipher})
	}
	o = append(o, Member{"bytesTransferredIn", r.In})
	if r.SSE != "" {
		o = append(o, Member{"SSEApplied", r.SSE})
	}
	switch {
	case r.Shape.Presigned != "":
		o = append(o, Member{"AuthenticationMethod", "QueryString"})
	case r.Actor != Anonymous:
		o = append(o, Member{"AuthenticationMethod", "AuthHeader"})
	}
	o = append(o, Member{"x-amz-id-2", r.HostID}, Member{"bytesTransferredOut", r.Out})
	if r.Shape.ACLRequired {
		o = append(o, Member{"aclRequired", "Yes"})
	}
	return o
}

func (r *Request) resources(c call) []Object {
	if r.Bucket == "" {
		return nil
	}
	var out []Object
	arn := "arn:aws:s3:::" + r.Bucket
	switch {
	case c.object:
		out = append(out, Object{{"type", "AWS::S3::Object"}, {"ARN", arn + "/" + r.Key}})
	case r.Shape.OnlyPrefix && len(r.Shape.NamedResources) == 0:
		out = append(out, Object{{"type", "AWS::S3::Object"}, {"ARNPrefix", arn + "/"}})
	}
	for _, k := range r.Shape.NamedResources {
		out = append(out, Object{{"type", "AWS::S3::Object"}, {"ARN", arn + "/" + k}})
	}
	out = append(out, Object{{"accountId", r.Owner}, {"type", "AWS::S3::Bucket"}, {"ARN", arn}})
	if r.CopySource == "" {
		return out
	}
	out = append(out, Object{{"type", "AWS::S3::Object"}, {"ARN", "arn:aws:s3:::" + r.CopySource}})
	if bucket, _, _ := strings.Cut(r.CopySource, "/"); bucket != r.Bucket {
		out = append(out, Object{{"accountId", r.SourceOwner}, {"type", "AWS::S3::Bucket"}, {"ARN", "arn:aws:s3:::" + bucket}})
	}
	return out
}
