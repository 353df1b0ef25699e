package model

// MemberID numbers a member within a case. Candidates are numbered in the order of the time in
// their names before any is read; the gzip members after the first of one file take the numbers
// that follow it: id = candidate<<24 | part. Smaller is earlier evidence, also across loads.
type MemberID int64

// RecordID names one record: the Number-th of its member, from 1.
type RecordID struct {
	Log    Log
	Member MemberID
	Number uint32
}

// Tri is a truth value that may be absent.
type Tri int8

// The truth values. The zero value is absent.
const (
	False Tri = -1
	True  Tri = 1
)

// Absent marks an integer of a Record that the record does not have.
const Absent = int64(-1)

// Record is one event or line as a loader hands it to a Sink. Strings may point into the buffer the
// member was read into: they are valid only until Writer.Write returns. An empty string is an
// absent value. CloudTrail values that a column reproduces exactly are named in Lean and left out
// of Request, Response and Extra; everything else stays in those texts.
type Record struct {
	Number uint32 // from 1; the line number in an access log
	Length uint32 // bytes of the record in the member's content
	Offset int64  // where it begins there
	Hash   uint64 // xxh3-64 of the bytes as found: the record's, or the line's without its end
	Time   int64  // Unix seconds, or NoTime
	Lean   uint64 // bit i: Promoted[i] was present and is reproduced by its column (CloudTrail only)
	Flags  Flags

	Log      Log
	Category Category
	Outcome  Outcome
	Enc      Enc
	EncReq   EncReq // 0 for the access log

	MFA, ACLRequired, ReadOnly Tri

	Status                       int32 // HTTP status, -1 when absent
	BytesOut, BytesIn            int64
	ObjectSize                   int64
	DurationMS, TurnAroundMS     int64
	SessionCreated               int64 // Unix seconds, or NoTime
	EventID, SharedEventID       [16]byte
	HasEventID, HasSharedEventID bool // the id is a canonical lower-case UUID; any other text is in EventText
	Service, Op, OpRaw           string
	Bucket, Key, Version         string
	BucketAccount, CopySource    string
	Prefix                       string // requestParameters.prefix of a listing
	IP, Agent, Referer, Host     string
	Actor, ActorType             string
	ActorAccount, AccessKey      string
	PrincipalID, UserName        string
	Session, InvokedBy           string
	Issuer, IssuerPrincipal      string
	IssuerAccount                string
	Account, Region              string
	Error, ErrorMessage          string
	KMSKey, TLS, Cipher, Sig     string
	Auth, VPCE, AccessPoint      string
	RequestID, HostID, EventText string
	Request, Response, Extra     string // JSON objects, CloudTrail only
	Owner, RequestURI, KeyRaw    string // access log only; KeyRaw only where Key does not follow from it
	ExtraFields                  string // access log only: the 28th field and on, verbatim
	FieldCount                   uint8  // access log only
}

// Reset makes r an empty record in which every integer is absent.
func (r *Record) Reset() {
	*r = Record{
		Time: NoTime, SessionCreated: NoTime, Status: -1, BytesOut: Absent, BytesIn: Absent,
		ObjectSize: Absent, DurationMS: Absent, TurnAroundMS: Absent,
	}
}

// Reject is a piece of a member that could not become a record. Its bytes are kept.
type Reject struct {
	Number uint32 // record number or line, from 1
	Offset int64
	Length int64
	Reason string // one sentence, our own words
	Raw    []byte // at most RejectRawLimit bytes of it
}

// RejectRawLimit bounds the bytes kept of one reject; the rest stays in the evidence, by offset.
const RejectRawLimit = 64 << 10

// Batch is some consecutive records of one member, all of one log.
type Batch struct {
	Member  MemberID
	Records []Record
}
