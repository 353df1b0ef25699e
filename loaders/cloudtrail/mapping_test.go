package cloudtrail

import (
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

// s3Event is an event of S3 with these members; op and time are set unless they are among them.
func s3Event(members string) string {
	for name, value := range map[string]string{"eventName": "PutObject", "eventTime": "2026-03-01T10:00:00Z", "eventSource": "s3.amazonaws.com"} {
		if !strings.Contains(members, `"`+name+`"`) {
			members = strings.TrimSuffix(`"`+name+`":"`+value+`",`+members, ",")
		}
	}
	return "{" + members + "}"
}

func TestMapping(t *testing.T) {
	const bucketAndObject = `"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::acme/dir/k"},{"accountId":"9","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::acme"}]`
	cases := map[string]struct {
		event string
		want  map[string]any
	}{
		"actor is the ARN": {s3Event(`"userIdentity":{"arn":"arn:aws:iam::1:user/ada","userName":"bob"}`),
			map[string]any{"actor": "arn:aws:iam::1:user/ada", "flags": model.Flags(0)}},
		"actor is the user name without one":  {s3Event(`"userIdentity":{"userName":"bob","invokedBy":"x"}`), map[string]any{"actor": "bob"}},
		"actor is the invoker without a name": {s3Event(`"userIdentity":{"invokedBy":"config.amazonaws.com","accountId":"1"}`), map[string]any{"actor": "config.amazonaws.com"}},
		"actor is account and principal at last": {s3Event(`"userIdentity":{"type":"AWSAccount","principalId":"AROAX:s","accountId":"1"}`),
			map[string]any{"actor": "1:AROAX:s", "session": "s"}},
		"a user name that looks like an ARN is flagged": {s3Event(`"userIdentity":{"userName":"arn:aws:iam::1:root"}`),
			map[string]any{"actor": "arn:aws:iam::1:root", "flags": model.FlagActorNotARN}},
		"anonymous": {s3Event(`"userIdentity":{"type":"AWSAccount","principalId":"","accountId":"anonymous"}`),
			map[string]any{"actor": "anonymous", "auth": "none"}},
		"anonymous as it was": {s3Event(`"userIdentity":{"type":"AWSAccount","principalId":"","accountId":"ANONYMOUS_PRINCIPAL"}`), map[string]any{"actor": "anonymous"}},
		"session of a role": {s3Event(`"userIdentity":{"arn":"arn:aws:sts::1:assumed-role/path/Role/i-0317","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::1:role/path/Role","userName":"Role"},"attributes":{"creationDate":"2026-03-01T09:00:00Z","mfaAuthenticated":"false"}}}`),
			map[string]any{"session": "i-0317", "issuer": "arn:aws:iam::1:role/path/Role", "mfa": model.False, "extra": ""}},
		"an empty issuer stays":          {s3Event(`"userIdentity":{"type":"x","sessionContext":{"sessionIssuer":{},"webIdFederationData":{}}}`), map[string]any{"extra": `{"userIdentity":{"sessionContext":{"sessionIssuer":{},"webIdFederationData":{}}}}`}},
		"no identity at all":             {s3Event(`"userIdentity":null`), map[string]any{"actor": "", "extra": `{"userIdentity":null}`}},
		"MFA of a sign-in":               {`{"eventName":"ConsoleLogin","eventTime":"2026-03-01T10:00:00Z","eventSource":"signin.amazonaws.com","additionalEventData":{"MFAUsed":"Yes"},"responseElements":{"ConsoleLogin":"Failure"}}`, map[string]any{"mfa": model.True, "outcome": model.Failed, "category": model.Management}},
		"brackets of S3's agents":        {s3Event(`"userAgent":"[aws-cli/2 [x]]"`), map[string]any{"agent": "aws-cli/2 [x]", "extra": ""}},
		"an empty agent":                 {s3Event(`"userAgent":"[]"`), map[string]any{"agent": "", "extra": `{"userAgent":"[]"}`}},
		"brackets of others stay":        {s3Event(`"eventSource":"kms.amazonaws.com","userAgent":"[x]"`), map[string]any{"agent": "[x]", "extra": ""}},
		"a source that is no service":    {s3Event(`"eventSource":"example"`), map[string]any{"service": "example", "extra": `{"eventSource":"example"}`}},
		"category is told":               {s3Event(`"eventCategory":"NetworkActivity"`), map[string]any{"category": model.Network}},
		"category by type":               {s3Event(`"eventType":"AwsVpceEvent"`), map[string]any{"category": model.Network}},
		"category by managementEvent":    {s3Event(`"managementEvent":true`), map[string]any{"category": model.Management}},
		"category by operation":          {s3Event(``), map[string]any{"category": model.Data}},
		"a listing is a data event":      {s3Event(`"eventName":"ListObjects"`), map[string]any{"category": model.Data}},
		"a lock on a bucket is not":      {s3Event(`"eventName":"PutObjectLockConfiguration"`), map[string]any{"category": model.Management}},
		"a bucket's policy is not":       {s3Event(`"eventName":"PutBucketPolicy"`), map[string]any{"category": model.Management}},
		"an insight has its operation":   {`{"eventType":"AwsCloudTrailInsight","eventTime":"2026-03-01T10:00:00Z","insightDetails":{"eventSource":"s3.amazonaws.com","eventName":"DeleteObject"}}`, map[string]any{"category": model.Insight, "op": "DeleteObject", "service": "s3"}},
		"an aggregate has its id":        {`{"eventType":"AwsAggregatedEvent","eventId":"x","accountId":"7","timeWindow":{"windowStart":"2026-03-01T10:00:00Z"}}`, map[string]any{"category": model.Aggregated, "account": "7", "event_text": "x", "flags": model.Flags(0)}},
		"bucket and key":                 {s3Event(`"requestParameters":{"bucketName":"acme","key":"dir/k"},` + bucketAndObject), map[string]any{"bucket": "acme", "key": "dir/k", "bucket_account": "9", "extra": "", "request": ""}},
		"key of Outposts":                {s3Event(`"eventSource":"s3-outposts.amazonaws.com","requestParameters":{"bucketName":"acme","Key":"k"}`), map[string]any{"key": "k", "request": `{"Key":"k"}`}},
		"key of resources":               {s3Event(`"requestParameters":{"bucketName":"acme"},` + bucketAndObject), map[string]any{"key": "dir/k", "extra": ""}},
		"bucket and key of resources":    {s3Event(bucketAndObject), map[string]any{"bucket": "acme", "key": "dir/k", "bucket_account": "9"}},
		"a prefix is no key":             {s3Event(`"requestParameters":{"bucketName":"acme"},"resources":[{"type":"AWS::S3::Object","ARNPrefix":"arn:aws:s3:::acme/"},{"accountId":"9","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::acme"}]`), map[string]any{"key": "", "bucket_account": "9"}},
		"resources as copies write them": {s3Event(`"requestParameters":{"bucketName":"acme"},"resources":[{"type":"AWS::S3::Object","arn":"arn:aws:s3:::acme/k"},{"accountid":"9","type":"AWS::S3::Bucket","arn":"arn:aws:s3:::acme"}]`), map[string]any{"key": "k", "bucket_account": "9"}},
		"resources of another partition": {s3Event(`"requestParameters":{"bucketName":"acme","key":"k"},"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws-cn:s3:::acme/k"},{"accountId":"9","type":"AWS::S3::Bucket","ARN":"arn:aws-cn:s3:::acme"}]`), map[string]any{"key": "k", "bucket_account": "9", "extra": `{"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws-cn:s3:::acme/k"},{"accountId":"9","type":"AWS::S3::Bucket","ARN":"arn:aws-cn:s3:::acme"}]}`}},
		"the bucket's account in a copy": {s3Event(`"eventName":"CopyObject","requestParameters":{"bucketName":"acme","key":"k"},"resources":[{"accountId":"1","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::foreign"},{"accountId":"9","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::acme"}]`), map[string]any{"bucket_account": "9"}},
		"an access point": {s3Event(`"requestParameters":{"bucketName":"arn:aws:s3:eu-west-1:1:accesspoint/ap","key":"k"},"resources":[{"accountId":"9","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::acme"}]`),
			map[string]any{"bucket": "acme", "access_point": "arn:aws:s3:eu-west-1:1:accesspoint/ap", "request": `{"bucketName":"arn:aws:s3:eu-west-1:1:accesspoint/ap"}`}},
		"an access point among resources":    {s3Event(`"requestParameters":{"bucketName":"acme"},"resources":[{"type":"AWS::S3::AccessPoint","ARN":"arn:x"}]`), map[string]any{"access_point": "arn:x"}},
		"other services' keys are none":      {s3Event(`"eventSource":"ec2.amazonaws.com","requestParameters":{"key":"Name","bucketName":"x"}`), map[string]any{"key": "", "bucket": "", "enc": model.EncNA}},
		"version of the request":             {s3Event(`"requestParameters":{"versionId":"a"},"responseElements":{"x-amz-version-id":"b"}`), map[string]any{"version": "a", "response": `{"x-amz-version-id":"b"}`}},
		"version of the response":            {s3Event(`"responseElements":{"x-amz-version-id":"b"}`), map[string]any{"version": "b", "response": ""}},
		"host as a list":                     {s3Event(`"requestParameters":{"host":["h"]}`), map[string]any{"host": "h", "request": `{"host":["h"]}`}},
		"host of TLS":                        {s3Event(`"tlsDetails":{"tlsVersion":"TLSv1.2","cipherSuite":"c","clientProvidedHostHeader":"h"}`), map[string]any{"host": "h", "tls": "TLSv1.2", "cipher": "c", "extra": ""}},
		"a bare TLS version":                 {s3Event(`"tlsDetails":{"tlsVersion":"1.3"}`), map[string]any{"tls": "TLSv1.3", "extra": `{"tlsDetails":{"tlsVersion":"1.3"}}`}},
		"copy source":                        {s3Event(`"eventName":"CopyObject","requestParameters":{"x-amz-copy-source":"/src/a%20b%2Bc?versionId=v"}`), map[string]any{"copy_source": "src/a b+c", "request": `{"x-amz-copy-source":"/src/a%20b%2Bc?versionId=v"}`}},
		"a plain copy source":                {s3Event(`"eventName":"CopyObject","requestParameters":{"x-amz-copy-source":"src/a+b"}`), map[string]any{"copy_source": "src/a+b", "request": ""}},
		"a copy source that does not decode": {s3Event(`"eventName":"CopyObject","requestParameters":{"x-amz-copy-source":"src/%zz%ff"}`), map[string]any{"copy_source": "src/%zz%ff", "request": ""}},
		"presigned":                          {s3Event(`"additionalEventData":{"AuthenticationMethod":"QueryString","aclRequired":"Yes"}`), map[string]any{"auth": "query", "acl_required": model.True}},
		"denied":                             {s3Event(`"errorCode":"AccessDenied","errorMessage":"Access Denied"`), map[string]any{"outcome": model.Denied, "enc": model.EncNotWritten}},
		"an error without a code":            {s3Event(`"errorMessage":"oops"`), map[string]any{"outcome": model.Failed}},
		"encryption by default":              {s3Event(`"additionalEventData":{"SSEApplied":"Default_SSE_S3"}`), map[string]any{"enc": model.EncSSES3Default, "enc_req": model.EncReqNone}},
		"a customer's key":                   {s3Event(`"requestParameters":{"x-amz-server-side-encryption-customer-algorithm":"AES256"},"responseElements":{"x-amz-server-side-encryption-customer-algorithm":"AES256"}`), map[string]any{"enc": model.EncSSEC, "enc_req": model.EncReqSSEC}},
		"KMS key of the response":            {s3Event(`"requestParameters":{"x-amz-server-side-encryption-aws-kms-key-id":"alias/a"},"responseElements":{"x-amz-server-side-encryption":"aws:kms","x-amz-server-side-encryption-aws-kms-key-id":"arn:k"}`), map[string]any{"kms_key": "arn:k", "enc": model.EncSSEKMSDefault}},
		"SSEApplied that is no text":         {s3Event(`"additionalEventData":{"SSEApplied":{"x":1}}`), map[string]any{"enc": model.EncOther}},
		"nothing about encryption":           {s3Event(``), map[string]any{"enc": model.EncNotReported}},
		"left out by CloudTrail":             {s3Event(`"responseElements":{"omitted":true}`), map[string]any{"enc": model.EncUnknown, "flags": model.FlagOmitted}},
		"encryption changed in place":        {s3Event(`"eventName":"UpdateObjectEncryption","requestParameters":{"bucketName":"acme","key":"k","ObjectEncryption":{"SSEKMS":{"KMSKeyArn":"arn:k","BucketKeyEnabled":true}}}`), map[string]any{"enc": model.EncSSEKMS, "flags": model.FlagReencrypted, "kms_key": "arn:k"}},
		"not changed in place":               {s3Event(`"eventName":"UpdateObjectEncryption","errorCode":"AccessDenied"`), map[string]any{"enc": model.EncNotWritten, "flags": model.Flags(0)}},
		"an upload that was started":         {s3Event(`"eventName":"CreateMultipartUpload","additionalEventData":{"SSEApplied":"SSE_S3"}`), map[string]any{"enc": model.EncSSES3, "flags": model.FlagUploadStarted}},
		"a multi-object delete of one":       {s3Event(`"eventName":"DeleteObjects","requestParameters":{"bucketName":"acme","delete":"","objects":[{"key":"a"}]}`), map[string]any{"key": "a", "flags": model.Flags(0)}},
		"a multi-object delete of two":       {s3Event(`"eventName":"DeleteObjects","requestParameters":{"bucketName":"acme","delete":"","objects":[{"key":"a"},{"key":"b"}]}`), map[string]any{"key": "", "flags": model.Flags(0)}},
		"a multi-object delete":              {s3Event(`"eventName":"DeleteObjects","requestParameters":{"bucketName":"acme","delete":""},"resources":[{"type":"AWS::S3::Object","ARNPrefix":"arn:aws:s3:::acme/"}]`), map[string]any{"key": "", "flags": model.FlagPerKeyUnknown}},
		"one that names its only key":        {s3Event(`"eventName":"DeleteObjects","requestParameters":{"bucketName":"acme","delete":{"objects":[{"key":"a\/b"}]}}`), map[string]any{"key": "a/b", "flags": model.Flags(0), "request": `{"delete":{"objects":[{"key":"a\/b"}]}}`}},
		"one that names its keys":            {s3Event(`"eventName":"DeleteObjects","requestParameters":{"bucketName":"acme","Delete":{"Object":[{"Key":"a"},{"Key":"b","VersionId":"key"}]}}`), map[string]any{"key": "", "flags": model.Flags(0)}},
		"one that names them as resources":   {s3Event(`"eventName":"DeleteObjects","requestParameters":{"bucketName":"acme"},"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::acme/a"},{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::acme/b"}]`), map[string]any{"key": "", "flags": model.Flags(0)}},
		"an id that is no UUID":              {s3Event(`"eventID":"09395FE4-9624-E882-AA93-62CBB8934595"`), map[string]any{"event_text": "09395FE4-9624-E882-AA93-62CBB8934595", "extra": `{"eventID":"09395FE4-9624-E882-AA93-62CBB8934595"}`}},
		"ids of old responses":               {s3Event(`"responseElements":{"x-amz-request-id":"R","x-amz-id-2":"H"}`), map[string]any{"request_id": "R", "host_id": "H"}},
		"empty and null parameters":          {s3Event(`"requestParameters":{},"responseElements":null`), map[string]any{"request": "{}", "response": "", "extra": `{"responseElements":null}`}},
		"parameters that are a text":         {s3Event(`"requestParameters":"{}"`), map[string]any{"request": "", "extra": `{"requestParameters":"{}"}`}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := one(t, c.event)
			checkRebuilt(t, name, r)
			checkSound(t, name, &r.Record)
			have := map[string]any{
				"actor": r.Actor, "session": r.Session, "issuer": r.Issuer, "mfa": r.MFA, "agent": r.Agent, "service": r.Service, "op": r.Op,
				"category": r.Category, "outcome": r.Outcome, "account": r.Account, "event_text": r.EventText, "bucket": r.Bucket, "key": r.Key,
				"bucket_account": r.BucketAccount, "access_point": r.AccessPoint, "version": r.Version, "host": r.Host, "tls": r.TLS, "cipher": r.Cipher,
				"copy_source": r.CopySource, "auth": r.Auth, "acl_required": r.ACLRequired, "enc": r.Enc, "enc_req": r.EncReq, "kms_key": r.KMSKey,
				"flags": r.Flags, "request_id": r.RequestID, "host_id": r.HostID, "request": r.Request, "response": r.Response, "extra": r.Extra,
			}
			for field, want := range c.want {
				if have[field] != want {
					t.Errorf("%s is %#v, want %#v", field, have[field], want)
				}
			}
			if r.Time != time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC).Unix() {
				t.Errorf("time %d", r.Time)
			}
		})
	}
}
