package model

// The enums are stored as one byte: 0 is absent, a name's code is its place in the list plus one.
// The order of a list is therefore part of the case format; append, never reorder.

// Log is one of the two logs.
type Log uint8

// The logs.
const (
	CloudTrail Log = iota + 1
	AccessLog
)

// LogNames are the values of the field log.
var LogNames = []string{"cloudtrail", "access"}

// Category is CloudTrail's event category; access-log lines are Data.
type Category uint8

// The categories. The last three are counted as seen and stored but in no list or count unless a
// filter names category.
const (
	Data Category = iota + 1
	Management
	Network
	Insight
	Aggregated
)

// CategoryNames are the values of the field category.
var CategoryNames = []string{"data", "management", "network", "insight", "aggregated"}

// Outcome is how a request ended.
type Outcome uint8

// The outcomes.
const (
	OK Outcome = iota + 1
	Denied
	Failed
)

// OutcomeNames are the values of the field outcome.
var OutcomeNames = []string{"ok", "denied", "failed"}

// RelationNames are the values of the filter field is: a copy of an object onto itself, a caller of
// another account than the bucket's, a bucket of another account than the trail's, and a KMS key of
// another account than the bucket's. They are never stored.
var RelationNames = []string{"self-copy", "foreign-caller", "foreign-bucket", "foreign-kms-key"}

// Enc is the server-side encryption an object-creating write got.
type Enc uint8

// The encryption outcomes of a write.
const (
	EncNone           Enc = iota + 1 // successful before 2023-01-05 with no sign of encryption
	EncSSES3Default                  // SSE-S3 by the bucket's default
	EncSSES3                         // SSE-S3 asked for in the request
	EncSSEKMSDefault                 // SSE-KMS by the bucket's default
	EncSSEKMS                        // SSE-KMS asked for in the request
	EncDSSEKMSDefault                // dual-layer SSE-KMS by the bucket's default
	EncDSSEKMS                       // dual-layer SSE-KMS asked for in the request
	EncSSEC                          // customer-provided key
	EncNotReported                   // successful since 2023-01-05 and names none: an anomaly
	EncNotWritten                    // the write failed
	EncOther                         // SSEApplied holds a text we do not know
	EncUnknown                       // a write seen only in the access log, or one we do not know
	EncNA                            // not an object-creating write
)

// EncNames are the values of the field enc.
var EncNames = []string{
	"none", "sse-s3-default", "sse-s3", "sse-kms-default", "sse-kms", "dsse-kms-default", "dsse-kms",
	"sse-c", "not-reported", "not-written", "other", "unknown", "n/a",
}

// EncReq is the encryption asked for in the request's headers.
type EncReq uint8

// The requested encryptions.
const (
	EncReqNone EncReq = iota + 1
	EncReqSSES3
	EncReqSSEKMS
	EncReqDSSEKMS
	EncReqSSEC
)

// EncReqNames are the values of the field enc_req.
var EncReqNames = []string{"none", "sse-s3", "sse-kms", "dsse-kms", "sse-c"}

// Witness says which of the two logs tells of a request.
type Witness uint8

// The witnesses.
const (
	WitnessBoth Witness = iota + 1
	WitnessCloudTrailOnly
	WitnessAccessOnly
	WitnessOtherLogAbsent
	WitnessNA
)

// WitnessNames are the values of the field witness.
var WitnessNames = []string{"both", "cloudtrail-only", "access-only", "other-log-absent", "n/a"}

// Integrity is the badge: what is known about the member a record came from.
type Integrity uint8

// The badges.
const (
	Verified Integrity = iota + 1
	Altered
	Unlisted
	Unverifiable
	Uncovered
	Pending
	NotChecked
	IntegrityNA
)

// IntegrityNames are the values of the field integrity.
var IntegrityNames = []string{"verified", "altered", "unlisted", "unverifiable", "uncovered", "pending", "not-checked", "n/a"}

func name(names []string, code int) string {
	if code < 1 || code > len(names) {
		return ""
	}
	return names[code-1]
}

// String is the name of l.
func (l Log) String() string { return name(LogNames, int(l)) }

// String is the name of c.
func (c Category) String() string { return name(CategoryNames, int(c)) }

// String is the name of o.
func (o Outcome) String() string { return name(OutcomeNames, int(o)) }

// String is the name of e.
func (e Enc) String() string { return name(EncNames, int(e)) }

// String is the name of e.
func (e EncReq) String() string { return name(EncReqNames, int(e)) }

// String is the name of w.
func (w Witness) String() string { return name(WitnessNames, int(w)) }

// WorstFirst are the badges in the order in which one stands for others: nothing of a file that was changed
// or planted may look like what is only unproven.
var WorstFirst = []Integrity{Altered, Unlisted, Unverifiable, Uncovered, Pending, NotChecked, Verified, IntegrityNA}

// String is the name of i.
func (i Integrity) String() string { return name(IntegrityNames, int(i)) }

// Flags is what is odd about a record, as a bit mask. Bits are part of the case format.
type Flags uint32

// The flags.
const (
	FlagDuplicate        Flags = 1 << iota // settled: told already by another record
	FlagConflict                           // settled: same event id, different content
	FlagQuoteAmbiguous                     // access log: quotes in referer or agent cannot be told apart
	FlagTailShifted                        // access log: the host id was found further right
	FlagKeyMismatch                        // access log: request target and key column disagree; the target won
	FlagBadUTF8                            // bytes that are not UTF-8; the text columns show U+FFFD
	FlagLoneSurrogate                      // a \ud800 that has no partner
	FlagOddTime                            // time missing, or in a form that had to be read generously
	FlagDuplicateKey                       // a JSON member twice, or in two cases
	FlagContainerDamaged                   // gzip trailer cut or wrong, or junk after it
	FlagSalvaged                           // whole records before a break, taken with --salvage
	FlagPerKeyUnknown                      // DeleteObjects that names no keys
	FlagStatusJoined                       // settled: status is the joined access-log line's
	FlagReencrypted                        // UpdateObjectEncryption: rewritten in place
	FlagOmitted                            // CloudTrail marked fields as omitted
	FlagActorNotARN                        // actor looks like an ARN but is not userIdentity.arn
	FlagUploadStarted                      // CreateMultipartUpload: not yet an object
	FlagTrailingData                       // something that is no gzip follows the gzip data
	FlagBytesJoined                        // settled: CloudTrail tells no bytes; these are the joined access-log line's
	FlagEncJoined                          // settled: the access log tells no encryption; it is the joined CloudTrail record's
	FlagKeyJoined                          // settled: the access log tells no access key; it is the joined CloudTrail record's
	FlagPartOfCall                         // settled: CloudTrail tells one key of a DeleteObjects here, the call with its other keys elsewhere
)

// FlagNames are the values of the field flags, lowest bit first.
var FlagNames = []string{
	"duplicate", "conflict", "quote-ambiguous", "tail-shifted", "key-mismatch", "bad-utf8", "lone-surrogate",
	"odd-time", "duplicate-key", "container-damaged", "salvaged", "per-key-unknown", "status-joined",
	"re-encrypted", "omitted", "actor-not-arn", "upload-started",
	"trailing-data", "bytes-joined", "encryption-joined", "access-key-joined", "part-of-call",
}

// Has tells that every one of the flags of g is set.
func (f Flags) Has(g Flags) bool { return f&g == g }

// Names lists the flags that are set, lowest bit first; nil when none is.
func (f Flags) Names() []string {
	var out []string
	for i, n := range FlagNames {
		if f&(1<<i) != 0 {
			out = append(out, n)
		}
	}
	return out
}
