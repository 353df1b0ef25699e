package model

import "strings"

// Field is the one name of a piece of a record, the same in the filter language, CSV headers,
// --columns and JSON.
type Field string

// The fields of a request, in the order exports write them.
const (
	FieldTime          Field = "time"
	FieldLog           Field = "log"
	FieldCategory      Field = "category"
	FieldService       Field = "service"
	FieldOp            Field = "op"
	FieldOpRaw         Field = "op_raw"
	FieldBucket        Field = "bucket"
	FieldKey           Field = "key"
	FieldVersion       Field = "version"
	FieldBucketAccount Field = "bucket_account"
	FieldIP            Field = "ip"
	FieldActor         Field = "actor"
	FieldActorType     Field = "actor_type"
	FieldActorAccount  Field = "actor_account"
	FieldAccessKey     Field = "access_key"
	FieldSession       Field = "session"
	FieldIssuer        Field = "issuer"
	FieldInvokedBy     Field = "invoked_by"
	FieldMFA           Field = "mfa"
	FieldAccount       Field = "account"
	FieldRegion        Field = "region"
	FieldAgent         Field = "agent"
	FieldReferer       Field = "referer"
	FieldHost          Field = "host"
	FieldStatus        Field = "status"
	FieldOutcome       Field = "outcome"
	FieldError         Field = "error"
	FieldErrorMessage  Field = "error_message"
	FieldBytesOut      Field = "bytes_out"
	FieldBytesIn       Field = "bytes_in"
	FieldObjectSize    Field = "object_size"
	FieldDurationMS    Field = "duration_ms"
	FieldEnc           Field = "enc"
	FieldKMSKey        Field = "kms_key"
	FieldEncReq        Field = "enc_req"
	FieldTLS           Field = "tls"
	FieldCipher        Field = "cipher"
	FieldSig           Field = "sig"
	FieldAuth          Field = "auth"
	FieldVPCE          Field = "vpce"
	FieldAccessPoint   Field = "access_point"
	FieldCopySource    Field = "copy_source"
	FieldACLRequired   Field = "acl_required"
	FieldReadOnly      Field = "read_only"
	FieldRequestID     Field = "request_id"
	FieldHostID        Field = "host_id"
	FieldEventID       Field = "event_id"
	FieldWitness       Field = "witness"
	FieldIntegrity     Field = "integrity"
	FieldMember        Field = "member"
	FieldRecord        Field = "record"
	FieldFlags         Field = "flags"
	FieldRequest       Field = "request"
	FieldResponse      Field = "response"
	FieldExtra         Field = "extra"

	// The rest exist in filters only.

	// FieldObject matches bucket/key or the copy source: what an investigator means by "this object".
	FieldObject Field = "object"
	// FieldSince and FieldUntil bound the time, inclusive and exclusive.
	FieldSince Field = "since"
	FieldUntil Field = "until"
	// FieldIs takes relations between a request's own fields, which no comparison with a value tells.
	FieldIs Field = "is"
	// FieldHour takes hours of the day, as 8-18 or 8-18+01:00.
	FieldHour Field = "hour"
	// FieldRecords takes the value "all": every record, folded and duplicate ones too.
	FieldRecords Field = "records"
	// FieldJSON carries a path in Term.Path: json.requestParameters.prefix:x
	FieldJSON Field = "json"
	// FieldAny is the field of a bare word: every text column.
	FieldAny Field = ""
)

// Kind says how a field's values are typed, compared and printed.
type Kind uint8

// The kinds, with the Go type a Row holds for each (nil when absent).
const (
	KindText  Kind = iota + 1 // string, compared exactly and case-sensitively
	KindFold                  // string, compared ignoring case (op)
	KindEnum                  // string out of Info.Values, ignoring case
	KindTime                  // time.Time in UTC, whole seconds
	KindInt                   // int64
	KindSize                  // int64, bytes; filters accept 10MB
	KindBool                  // bool
	KindIP                    // string as logged; filters accept CIDR blocks
	KindFlags                 // []string
	KindJSON                  // string holding JSON text
)

// Info describes a field.
type Info struct {
	Field  Field
	Kind   Kind
	Values []string // the names of an enum, in code order starting at 1
	Filter bool     // exists in filters only: no column, never exported
	Help   string   // one line for completion and the generated reference
}

// Fields is every field in export order, followed by those that exist in filters only.
var Fields = []Info{
	{FieldTime, KindTime, nil, false, "when: CloudTrail eventTime (completed) or access-log time (received), whole seconds UTC"},
	{FieldLog, KindEnum, LogNames, false, "which log recorded it"},
	{FieldCategory, KindEnum, CategoryNames, false, "CloudTrail event category; network, insight and aggregated are listed only when named"},
	{FieldService, KindText, nil, false, "event source without .amazonaws.com"},
	{FieldOp, KindFold, nil, false, "API operation, CloudTrail's name for both logs"},
	{FieldOpRaw, KindText, nil, false, "operation as logged"},
	{FieldBucket, KindText, nil, false, "bucket name"},
	{FieldKey, KindText, nil, false, "object key, decoded, case-sensitive"},
	{FieldVersion, KindText, nil, false, "object version id"},
	{FieldBucketAccount, KindText, nil, false, "account that owns the bucket"},
	{FieldIP, KindIP, nil, false, "source address as logged; CIDR blocks match addresses"},
	{FieldActor, KindText, nil, false, "ARN, else user name, else invoking service, else account and principal; anonymous"},
	{FieldActorType, KindText, nil, false, "userIdentity type"},
	{FieldActorAccount, KindText, nil, false, "account of the actor"},
	{FieldAccessKey, KindText, nil, false, "access key id that signed"},
	{FieldSession, KindText, nil, false, "role session name"},
	{FieldIssuer, KindText, nil, false, "ARN of the role behind a session"},
	{FieldInvokedBy, KindText, nil, false, "AWS service that made the call"},
	{FieldMFA, KindBool, nil, false, "whether the session was authenticated with MFA"},
	{FieldAccount, KindText, nil, false, "account whose trail recorded it"},
	{FieldRegion, KindText, nil, false, "AWS Region"},
	{FieldAgent, KindText, nil, false, "user agent, written by the client"},
	{FieldReferer, KindText, nil, false, "referer, written by the client; only access-log lines have it"},
	{FieldHost, KindText, nil, false, "host header, written by the client"},
	{FieldStatus, KindInt, nil, false, "HTTP status; on a CloudTrail record the joined access-log line's"},
	{FieldOutcome, KindEnum, OutcomeNames, false, "ok, denied or failed"},
	{FieldError, KindText, nil, false, "error code"},
	{FieldErrorMessage, KindText, nil, false, "error message"},
	{FieldBytesOut, KindSize, nil, false, "bytes sent to the client"},
	{FieldBytesIn, KindSize, nil, false, "bytes received from the client"},
	{FieldObjectSize, KindSize, nil, false, "size of the object"},
	{FieldDurationMS, KindInt, nil, false, "milliseconds from first byte in to last byte out; on a CloudTrail record the joined access-log line's"},
	{FieldEnc, KindEnum, EncNames, false, "server-side encryption an object-creating write got"},
	{FieldKMSKey, KindText, nil, false, "KMS key of the write"},
	{FieldEncReq, KindEnum, EncReqNames, false, "encryption asked for in the request headers"},
	{FieldTLS, KindText, nil, false, "TLS version, normalised"},
	{FieldCipher, KindText, nil, false, "TLS cipher suite"},
	{FieldSig, KindText, nil, false, "signature version"},
	{FieldAuth, KindText, nil, false, "how it was signed: header, query, none"},
	{FieldVPCE, KindText, nil, false, "VPC endpoint"},
	{FieldAccessPoint, KindText, nil, false, "access point ARN"},
	{FieldCopySource, KindText, nil, false, "source object of a copy, bucket/key"},
	{FieldACLRequired, KindBool, nil, false, "whether the request needed an ACL"},
	{FieldReadOnly, KindBool, nil, false, "whether the operation only reads"},
	{FieldRequestID, KindText, nil, false, "request id, the join between the two logs"},
	{FieldHostID, KindText, nil, false, "extended request id (x-amz-id-2)"},
	{FieldEventID, KindText, nil, false, "CloudTrail event id"},
	{FieldWitness, KindEnum, WitnessNames, false, "which of the two logs tells of the request"},
	{FieldIntegrity, KindEnum, IntegrityNames, false, "what is known about the member the record came from"},
	{FieldMember, KindText, nil, false, "the file, object or archive entry it came from"},
	{FieldRecord, KindInt, nil, false, "record number or line in the member, from 1"},
	{FieldFlags, KindFlags, nil, false, "what is odd about the record"},
	{FieldRequest, KindJSON, nil, false, "requestParameters that no other field reproduces"},
	{FieldResponse, KindJSON, nil, false, "responseElements that no other field reproduces"},
	{FieldExtra, KindJSON, nil, false, "everything else of the record that no other field reproduces"},

	{FieldObject, KindText, nil, true, "bucket/key of the object or of the copy source"},
	{FieldSince, KindTime, nil, true, "from this time on, inclusive"},
	{FieldUntil, KindTime, nil, true, "before this time, exclusive; +90m counts from since"},
	{FieldIs, KindEnum, RelationNames, true, "a relation: the caller, bucket or KMS key of another account, a copy onto itself"},
	{FieldHour, KindText, nil, true, "hours of the day, the last not included: 8-18 in UTC, 22-6+01:00 in a zone"},
	{FieldRecords, KindEnum, []string{"all"}, true, "all: every record, duplicates and folded lines too"},
}

var byName = func() map[Field]Info {
	m := make(map[Field]Info, len(Fields))
	for _, in := range Fields {
		m[in.Field] = in
	}
	return m
}()

// JSONField is the field of the value at a JSON path, as pages list it: "json." and the path. It is
// no field of the table above; engines read it in pages only.
func JSONField(path string) Field { return FieldJSON + "." + Field(path) }

// JSONPath is the path of a JSONField.
func JSONPath(f Field) (string, bool) {
	return strings.CutPrefix(string(f), string(FieldJSON)+".")
}

// Lookup describes f. FieldJSON and FieldAny are not in the table; their values are text.
func Lookup(f Field) (Info, bool) {
	in, ok := byName[f]
	return in, ok
}

// Columns is every field an export writes, in order.
func Columns() []Field {
	out := make([]Field, 0, len(Fields))
	for _, in := range Fields {
		if !in.Filter {
			out = append(out, in.Field)
		}
	}
	return out
}
