package answer

import "time"

// TakenObject is what reads took of one object: between Least and Most bytes of its content.
type TakenObject struct {
	Bucket          string     `json:"bucket"`
	Key             string     `json:"key"`
	Reads           int64      `json:"reads"`
	Size            *int64     `json:"object_size"`
	CloudTrailBytes int64      `json:"bytes_cloudtrail"`
	AccessBytes     int64      `json:"bytes_access"`
	Least           int64      `json:"least"`
	Most            int64      `json:"most"`
	Partial         bool       `json:"partial"` // no single read took as much as the object's size
	First           *time.Time `json:"first"`
	Last            *time.Time `json:"last"`
}

// Exfiltration is an estimate of what left: traffic as each log tells it, and content between two
// bounds. HEAD requests take nothing and are not counted.
type Exfiltration struct {
	Filter            string        `json:"filter"`
	Objects           int64         `json:"objects"`
	Reads             int64         `json:"reads"`
	CloudTrailReads   int64         `json:"reads_cloudtrail"`
	AccessReads       int64         `json:"reads_access"`
	AccessOnlyReads   int64         `json:"reads_access_only"`
	CloudTrailBytes   int64         `json:"bytes_cloudtrail"`
	AccessBytes       int64         `json:"bytes_access"`
	AccessOnlyBytes   int64         `json:"bytes_access_only"`
	Least             int64         `json:"least"`
	Most              int64         `json:"most"`
	PartialObjects    int64         `json:"partial_objects"`
	SizeUnknown       int64         `json:"size_unknown"`        // objects whose size no line tells
	Unbounded         int64         `json:"unbounded"`           // of them, those with a read of which nothing tells the bytes: Most bounds them not
	ReadsWithoutBytes int64         `json:"reads_without_bytes"` // CloudTrail reads that tell no bytes
	Largest           []TakenObject `json:"largest"`             // every object, the most bytes first
}

// Exposures is when buckets and objects were open to everybody.
type Exposures struct {
	Intervals []Exposure `json:"intervals"`
	// Possible openings and closings: the access log alone tells of them, and not what was set.
	Possible []Cause `json:"possible"`
	// Outside is anonymous requests that worked while nothing recorded had opened their bucket.
	Outside []Unexplained `json:"outside"`
	// MoreObjects is objects with a list of their own that are not told one by one; MoreFilter lists all.
	MoreObjects int64  `json:"more_objects"`
	MoreFilter  string `json:"more_filter,omitempty"`
}

// Unexplained is a bucket's anonymous requests that worked in a stretch of time in which no recorded change
// had it open.
type Unexplained struct {
	Bucket        string     `json:"bucket"`
	From          *time.Time `json:"from"` // nil: no end on this side
	To            *time.Time `json:"to"`
	Requests      int64      `json:"anonymous_ok"`
	OfOpenObjects int64      `json:"of_open_objects"` // of them, those of objects that were open by a list of their own
	Filter        string     `json:"filter"`
}

// Exposure is a stretch of time in which a bucket was open to everybody, or one object by a list of its own.
type Exposure struct {
	Bucket    string     `json:"bucket"`
	Key       string     `json:"key,omitempty"` // empty: the bucket
	From      *time.Time `json:"from"`          // nil: before the evidence begins
	To        *time.Time `json:"to"`            // nil: still open when the evidence ends
	How       string     `json:"how"`
	Opened    *Event     `json:"opened_by"`
	Closed    *Event     `json:"closed_by"`
	Requests  int64      `json:"anonymous_ok"`
	Denied    int64      `json:"anonymous_denied"`
	Objects   int64      `json:"objects"`
	Addresses int64      `json:"addresses"`
	InBucket  int64      `json:"-"` // of an object's, those in an interval of its bucket too
	// Bytes of the anonymous requests, by log; those told by both logs count for CloudTrail.
	CloudTrailOut int64  `json:"bytes_out_cloudtrail"`
	AccessOnlyOut int64  `json:"bytes_out_access_only"`
	Filter        string `json:"filter"`
}

// SignedLink is a pre-signed link, or several made by one key in one second for one object: the log
// does not always tell the signature. Signatures are never told in full.
type SignedLink struct {
	AccessKey  string     `json:"access_key"`
	Bucket     string     `json:"bucket"`
	Key        string     `json:"key"`
	Signed     *time.Time `json:"signed"`
	Expires    *time.Time `json:"expires"`
	Signatures []string   `json:"signatures"` // [redacted sha256:8hex]
	Uses       int64      `json:"uses"`
	Refused    int64      `json:"refused"`
	Addresses  []string   `json:"addresses"`
	Signers    []string   `json:"signer_addresses"` // addresses the key was used from with signed headers
	Bytes      int64      `json:"bytes_out"`
	First      *time.Time `json:"first"`
	Last       *time.Time `json:"last"`
	Stranger   bool       `json:"stranger"` // used from an address that the signer never used
}

// Delta is one value in two windows.
type Delta struct {
	Field  string `json:"field"`
	Value  string `json:"value"`
	Change string `json:"change"` // new, gone, grown, shrunk
	Before int64  `json:"before"`
	After  int64  `json:"after"`
}

// Sum is the requests that share values, and a stretch of time when one was asked for. Bytes are by
// the log that tells of a request; the two are never added.
type Sum struct {
	Values        []any      `json:"values"`
	Start         *time.Time `json:"start,omitempty"`
	Requests      int64      `json:"requests"`
	Rows          int64      `json:"rows"` // the rows that tell of them, as lists show them
	Objects       int64      `json:"objects"`
	CloudTrailOut int64      `json:"bytes_out_cloudtrail"`
	AccessOnlyOut int64      `json:"bytes_out_access_only"`
	Distinct      []int64    `json:"distinct,omitempty"` // values of the fields that bounds count, in their order
	First         *time.Time `json:"first"`
	Last          *time.Time `json:"last"`
}
