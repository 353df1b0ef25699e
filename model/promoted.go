package model

// Form says how a promoted JSON value is rebuilt from its column.
type Form uint8

// The forms.
const (
	FormText      Form = iota + 1 // the string itself
	FormBool                      // true or false
	FormBoolText                  // "true" or "false"
	FormInt                       // a whole number
	FormTime                      // "2006-01-02T15:04:05Z"
	FormService                   // the string followed by ".amazonaws.com"
	FormBracketed                 // the string in square brackets
	FormUUID                      // lower-case UUID
	FormResources                 // resources[] of Bucket, Key and BucketAccount, see Promoted
	FormLastOfARN                 // what follows the last / of the column
	FormAuth                      // header: "AuthHeader", query: "QueryString"
)

// Promotion ties a path of a CloudTrail record to the column that holds its value.
type Promotion struct {
	Path   string // members joined by dots, from the record down
	Column string // column of the store's CloudTrail table
	Form   Form
}

// Promoted lists the paths whose values live in columns. The index is the bit in Record.Lean, part
// of the case format: append, never reorder. At most 64. A bit is set exactly when the record has
// the path once, with a value of the right JSON type that the column gives back; then the member is
// left out of request, response and extra. So a path can be asked of a record without loss:
// the column where the bit is set, else the text.
var Promoted = []Promotion{
	0:  {"eventTime", "time", FormTime},
	1:  {"eventSource", "service", FormService},
	2:  {"eventName", "op", FormText},
	3:  {"awsRegion", "region", FormText},
	4:  {"sourceIPAddress", "ip", FormText},
	5:  {"userAgent", "agent", FormText},
	6:  {"userAgent", "agent", FormBracketed},
	7:  {"errorCode", "error", FormText},
	8:  {"errorMessage", "error_message", FormText},
	9:  {"requestID", "request_id", FormText},
	10: {"eventID", "event_id", FormUUID},
	11: {"sharedEventID", "shared_event_id", FormUUID},
	12: {"readOnly", "read_only", FormBool},
	13: {"recipientAccountId", "account", FormText},
	14: {"vpcEndpointId", "vpce", FormText},
	15: {"userIdentity.type", "actor_type", FormText},
	16: {"userIdentity.principalId", "principal_id", FormText},
	17: {"userIdentity.arn", "actor", FormText},
	18: {"userIdentity.accountId", "actor_account", FormText},
	19: {"userIdentity.accessKeyId", "access_key", FormText},
	20: {"userIdentity.userName", "user_name", FormText},
	21: {"userIdentity.invokedBy", "invoked_by", FormText},
	22: {"userIdentity.sessionContext.sessionIssuer.arn", "issuer", FormText},
	23: {"userIdentity.sessionContext.sessionIssuer.principalId", "issuer_principal", FormText},
	24: {"userIdentity.sessionContext.sessionIssuer.accountId", "issuer_account", FormText},
	25: {"userIdentity.sessionContext.sessionIssuer.userName", "issuer", FormLastOfARN},
	26: {"userIdentity.sessionContext.attributes.creationDate", "session_created", FormTime},
	27: {"userIdentity.sessionContext.attributes.mfaAuthenticated", "mfa", FormBoolText},
	28: {"requestParameters.bucketName", "bucket", FormText},
	29: {"requestParameters.key", "key", FormText},
	30: {"requestParameters.Host", "host", FormText},
	31: {"requestParameters.prefix", "prefix", FormText},
	32: {"requestParameters.versionId", "version", FormText},
	33: {"requestParameters.x-amz-copy-source", "copy_source", FormText},
	34: {"requestParameters.x-amz-server-side-encryption-aws-kms-key-id", "kms_key", FormText},
	35: {"responseElements.x-amz-version-id", "version", FormText},
	36: {"responseElements.x-amz-server-side-encryption-aws-kms-key-id", "kms_key", FormText},
	37: {"additionalEventData.SignatureVersion", "sig", FormText},
	38: {"additionalEventData.CipherSuite", "cipher", FormText},
	39: {"additionalEventData.AuthenticationMethod", "auth", FormAuth},
	40: {"additionalEventData.bytesTransferredIn", "bytes_in", FormInt},
	41: {"additionalEventData.bytesTransferredOut", "bytes_out", FormInt},
	42: {"additionalEventData.x-amz-id-2", "host_id", FormText},
	43: {"tlsDetails.tlsVersion", "tls", FormText},
	44: {"tlsDetails.cipherSuite", "cipher", FormText},
	45: {"tlsDetails.clientProvidedHostHeader", "host", FormText},
	// The array [{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::BUCKET/KEY"},
	// {"accountId":BUCKET_ACCOUNT,"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::BUCKET"}], members in any order.
	46: {"resources", "", FormResources},
}
