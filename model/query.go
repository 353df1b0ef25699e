package model

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Sort orders a list. Rows that tie, and every list without one, are in the total order
// time (absent last), log, member, record; Desc turns the whole order round.
type Sort struct {
	Field Field // empty is time
	Desc  bool
}

// Query is what screens and commands ask: never SQL.
type Query struct {
	Filter Filter
	Sort   Sort
}

// Row is one request as asked for: Values[i] belongs to the i-th field asked for and has the Go
// type of the field's Kind, or is nil.
type Row struct {
	ID     RecordID
	Values []any
}

// Page is consecutive rows of a result; the first one is row Start, from 0.
type Page struct {
	Start int64
	Rows  []Row
}

// FacetValue is one value of a facet with the number of rows that have it.
type FacetValue struct {
	Value any // as in a Row; flags one by one
	Count int64
}

// Facet is the values of one field, count descending, then value. Other counts the rows whose
// values did not fit into the list, Absent the rows without the field.
type Facet struct {
	Field    Field
	Values   []FacetValue
	Distinct int64
	Other    int64
	Absent   int64
}

// Bar is the number of rows of one stretch of time by outcome.
type Bar struct {
	Start              time.Time
	OK, Denied, Failed int64
}

// Bars is a histogram: Width wide bars, adjoining, the first beginning at Span.From.
type Bars struct {
	Span    Span
	Width   time.Duration
	Bars    []Bar
	Undated int64 // rows without a time
}

// Origin is one place where a record was found.
type Origin struct {
	ID        RecordID
	Member    Member
	Offset    int64
	Length    uint32
	Duplicate bool
	Folded    bool    // the access-log line of a request that a CloudTrail record tells too
	Verdict   Verdict // why the member's badge is what it is; its Why is empty when nothing judged it
}

// Detail is one record in full.
type Detail struct {
	Row     Row // every field of Columns
	Origins []Origin
	// Raw is the bytes as they stand in the evidence, of the first origin, but for Redacted secrets,
	// which have marks in their places.
	Raw      []byte
	Redacted int
	RawErr   error // why Raw is not what was loaded; ErrChanged among others
	Other    *Row  // the other log's record of the same request, every field of Columns
}

// CoverageLine tells what the evidence holds of one log and bucket.
type CoverageLine struct {
	Log         Log
	Account     string // of CloudTrail
	Bucket      string // of the access log; empty on a CloudTrail line over all buckets
	Records     int64
	First, Last time.Time
	Hours       int64 // hours with records, inside the asked window
	WindowHours int64 // hours of the asked window; 0 when none was asked
	DataEvents  bool  // CloudTrail data events are among them
}

// Coverage goes with every empty answer: what the evidence could have shown.
type Coverage struct {
	Lines   []CoverageLine
	Missing []string // sentences, our own words with foreign names: "no access logs for bucket B are loaded"
	Blind   []string // sentences too: in which hours a log could not, or may not, have recorded an answer
}

// ObjectSummary is one object over all requests.
type ObjectSummary struct {
	Bucket, Key       string
	Requests, Errors  int64
	BytesOut, BytesIn int64
	First, Last       time.Time
}

// NodeKind says what a node of the tree of objects is.
type NodeKind uint8

// The kinds of node.
const (
	NodeBucket NodeKind = iota + 1
	NodePrefix          // what keys share up to and with a slash
	NodeKey
	NodeNoKey // requests on the bucket itself
)

// Node is one bucket, prefix or key with what the rows say of it. Bytes are of either log, never the
// sum of what both told of one request.
type Node struct {
	Kind              NodeKind
	Bucket            string
	Key               string // the whole prefix or key
	Requests          int64
	Denied, Failed    int64
	BytesOut, BytesIn int64
	Actors            int64
	Last              time.Time // zero when no row has a time
	// Least and Most bound the content that successful reads took; NotYet where nobody asked.
	Least, Most int64
	Unbounded   bool // Most is none: of some read nothing tells the bytes, nor the size of its object
}

// Group is one line of a grouping: the values of the fields asked for, in order, and the count.
type Group struct {
	Values []any
	Count  int64
}

// Caps says what an engine can do; views depend on it and not on the engine's name.
type Caps struct {
	Name        string
	ExactCounts bool
	RawRecords  bool
	Immediate   bool // answers fast enough to ask at every key
}

// Overview is what a case holds, for its first screen.
type Overview struct {
	Requests     int64
	Listed       int64 // the rows that lists without a filter show: more where lines tell of parts of requests
	Seen         int64
	Stored       int64
	Duplicate    int64
	Rejected     int64
	ByLog        map[Log]int64 // stored records
	ByIntegrity  map[Integrity]int64
	Span         Span
	Accounts     []string
	Buckets      []string
	Members      map[MemberKind]int64
	DataEvents   bool
	Provisional  bool          // not settled since the last load
	Window       Span          // the incident window
	RawElsewhere bool          // raw bytes live outside the case
	Unfinished   []Unfinished  // loads that did not come to their end; none while one runs
	Verification *Verification // the last one; nil when there was none
}

// Unfinished is a load that stopped before all it was asked for was taken.
type Unfinished struct {
	Sources []string `json:"sources"` // as they were named, or absolute
	Why     string   `json:"why"`
	Taken   int64    `json:"taken"` // files, of Total
	Total   int64    `json:"total"` // 0: not known
}

// String is a sentence of it, for whoever might take the case for whole.
func (u Unfinished) String() string {
	of := strings.Join(u.Sources, " ")
	if u.Total == 0 {
		return "not all is here: " + of + " was not loaded to its end: " + u.Why
	}
	return fmt.Sprintf("not all is here: %d of %d files of %s were taken: %s", u.Taken, u.Total, of, u.Why)
}

// Verification is what the last verification of a case found, in counts.
type Verification struct {
	Result         string `json:"result"`
	Digests        int    `json:"digests"`
	DigestsValid   int    `json:"digests_valid"` // proven, in whichever way
	DigestsInvalid int    `json:"digests_invalid"`
	DigestsMissing int    `json:"digests_missing"`
	Logs           int    `json:"logs"`
	LogsValid      int    `json:"logs_valid"`
	Altered        int    `json:"altered"`
	Missing        int    `json:"missing"`
	Unlisted       int    `json:"unlisted"`
	Gaps           int    `json:"gaps"`
	Demo           bool   `json:"demo"`               // a proof rests on a demo key
	Evidence       string `json:"evidence,omitempty"` // which evidence it was about
	Stale          bool   `json:"stale"`              // evidence, keys or the window changed since
}

// Engine answers queries over a case. The store's is the default. Every method may be called from
// any goroutine; cancelling the context stops the work, possibly some time after the call returned.
type Engine interface {
	Caps() Caps
	Overview(ctx context.Context) (Overview, error)
	// Page returns up to n rows from row start on (0 is the first).
	Page(ctx context.Context, q Query, fields []Field, start int64, n int) (Page, error)
	Count(ctx context.Context, q Query) (int64, error)
	// Facets counts the values of each field, at most top of each (0: as many as an answer may hold;
	// Other has the rows of the rest).
	Facets(ctx context.Context, q Query, fields []Field, top int) ([]Facet, error)
	// Bars counts rows over span (zero: the rows' own span), in at most n bars of equal, round width.
	Bars(ctx context.Context, q Query, span Span, n int) (Bars, error)
	// Position is the row number of id in q's order, or -1 when q does not keep it.
	Position(ctx context.Context, q Query, id RecordID) (int64, error)
	Record(ctx context.Context, id RecordID) (Detail, error)
	// Find resolves MEMBER:RECORD, an event id or a request id.
	Find(ctx context.Context, text string) ([]RecordID, error)
	// Stream calls each for every row in order until it returns an error.
	Stream(ctx context.Context, q Query, fields []Field, limit int64, each func(Row) error) error
	GroupBy(ctx context.Context, q Query, fields []Field, limit int) ([]Group, error)
	Coverage(ctx context.Context, q Query) (Coverage, error)
	Objects(ctx context.Context, q Query, prefix string, limit int) ([]ObjectSummary, error)
	// Nodes lists what lies directly below a prefix of a bucket's keys, or the buckets when bucket is
	// empty: most requests first, then by name; at most limit of them (0: all).
	Nodes(ctx context.Context, q Query, bucket, prefix string, limit int) ([]Node, error)
	// NodeNames lists the same with their requests only; the other sums are NotYet.
	NodeNames(ctx context.Context, q Query, bucket, prefix string, limit int) ([]Node, error)
	Members(ctx context.Context) ([]Member, error)
}
