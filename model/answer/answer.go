// Package answer holds the nouns of what the standard questions of an S3 incident are answered with:
// events, findings, and one report a question. Everything in it is data; the texts that come from
// evidence are not yet made printable. It must not know how an answer is found or drawn.
package answer

import "time"

// Event is one request as the reports show it. Absent texts are empty, absent numbers nil.
type Event struct {
	Time      *time.Time `json:"time"`
	Log       string     `json:"log"`
	Op        string     `json:"op"`
	Outcome   string     `json:"outcome"`
	Error     string     `json:"error,omitempty"`
	Bucket    string     `json:"bucket,omitempty"`
	Key       string     `json:"key,omitempty"`
	Version   string     `json:"version,omitempty"`
	Source    string     `json:"copy_source,omitempty"`
	Actor     string     `json:"actor,omitempty"`
	AccessKey string     `json:"access_key,omitempty"`
	IP        string     `json:"ip,omitempty"`
	Agent     string     `json:"agent,omitempty"`
	Enc       string     `json:"enc,omitempty"`
	EncReq    string     `json:"enc_req,omitempty"`
	KMSKey    string     `json:"kms_key,omitempty"`
	BytesOut  *int64     `json:"bytes_out,omitempty"`
	BytesIn   *int64     `json:"bytes_in,omitempty"`
	Size      *int64     `json:"object_size,omitempty"`
	RequestID string     `json:"request_id,omitempty"`
	EventID   string     `json:"event_id,omitempty"`
	Integrity string     `json:"integrity,omitempty"`
	Witness   string     `json:"witness,omitempty"`
	Record    string     `json:"record"` // MEMBER:RECORD, as show takes it
}

// Finding is something that deserves a look, with the filter that lists its requests.
type Finding struct {
	Code   string     `json:"code"`
	Text   string     `json:"text"`
	Scope  string     `json:"scope,omitempty"` // the bucket, prefix, credential or trail it is about
	Count  int64      `json:"count"`
	First  *time.Time `json:"first,omitempty"`
	Last   *time.Time `json:"last,omitempty"`
	Filter string     `json:"filter,omitempty"`
	// What its requests tell: the worst of their badges, and who made them, at most three and the most
	// requests first. Empty where nobody looked.
	Integrity string   `json:"integrity,omitempty"`
	Actors    []string `json:"actors,omitempty"`
}

// Counts are numbers of writes by encryption outcome.
type Counts map[string]int64

// EncGroup is the object-creating writes of one group. Outcomes hold the successful ones and those
// that cannot be told; what failed stands apart, since nothing was written.
type EncGroup struct {
	Name     string     `json:"name"`
	Start    *time.Time `json:"start,omitempty"` // of the stretch of time; nil where time is not asked or absent
	Outcomes Counts     `json:"outcomes"`
	Failed   int64      `json:"failed"`
	First    *time.Time `json:"first"`
	Last     *time.Time `json:"last"`
}

// Uploads are multipart uploads: what was started, and what became of it.
type Uploads struct {
	Started         int64   `json:"started"`
	Completed       int64   `json:"completed"`
	Aborted         int64   `json:"aborted"`
	Unfinished      int64   `json:"unfinished"`       // started, neither completed nor aborted in the requests asked for
	WithoutStart    int64   `json:"without_start"`    // completed, and the start is not among them
	UnfinishedStart []Event `json:"unfinished_start"` // the first of them
}

// Encryption is the audit of the encryption of object-creating writes.
type Encryption struct {
	By       string     `json:"by"`
	Over     string     `json:"over,omitempty"`
	Filter   string     `json:"filter"`
	Writes   int64      `json:"writes"` // successful ones, those only the access log tells of included
	Failed   int64      `json:"failed"`
	Total    Counts     `json:"total"`
	Groups   []EncGroup `json:"groups"`
	Time     []EncGroup `json:"time,omitempty"` // the same by stretches of time, every group together
	Uploads  Uploads    `json:"uploads"`
	Findings []Finding  `json:"findings"`
}
