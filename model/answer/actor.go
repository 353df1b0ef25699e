package answer

import "time"

// Share is one value and the requests that have it.
type Share struct {
	Value    string     `json:"value"`
	Requests int64      `json:"requests"`
	Rows     int64      `json:"rows"`   // the rows that tell of them, as lists show them
	Denied   int64      `json:"denied"` // of the rows
	First    *time.Time `json:"first"`
	Last     *time.Time `json:"last"`
}

// Shares are the values of one field with the most requests.
type Shares struct {
	Values []Share `json:"values"`
	More   int64   `json:"more"` // rows with values that are not listed
}

// Home is where a credential was used from: an address, a client, its TLS and its endpoint. Changed
// names what no earlier home of the same key had.
type Home struct {
	AccessKey string     `json:"access_key"`
	IP        string     `json:"ip"`
	Agent     string     `json:"agent"`
	TLS       string     `json:"tls"`
	Endpoint  string     `json:"vpce"`
	Requests  int64      `json:"requests"`
	First     *time.Time `json:"first"`
	Last      *time.Time `json:"last"`
	Changed   []string   `json:"changed,omitempty"`
}

// Step is a run of calls of one kind, in the order they came.
type Step struct {
	Kind   string     `json:"kind"` // recon, read, write, delete, permissions, logging, identity, keys, other
	Ops    []string   `json:"ops"`
	Count  int64      `json:"count"`  // requests
	Denied int64      `json:"denied"` // those of them that were, or a part of which was
	First  *time.Time `json:"first"`
	Last   *time.Time `json:"last"`
}

// Link is one credential in a lineage.
type Link struct {
	AccessKey string     `json:"access_key"`
	Actor     string     `json:"actor"`
	Issued    *time.Time `json:"issued,omitempty"`
	By        string     `json:"by,omitempty"`  // how it is known: issued-key, session-time
	Via       string     `json:"via,omitempty"` // the call that issued it
	Record    string     `json:"record,omitempty"`
	Requests  int64      `json:"requests"`
	First     *time.Time `json:"first"`
	Last      *time.Time `json:"last"`
	Note      string     `json:"note,omitempty"`
	From      *Link      `json:"from,omitempty"`   // the credential that asked for it
	Issues    []Link     `json:"issues,omitempty"` // the credentials it asked for
}

// RowsOfCalls says why there are more rows than requests.
const RowsOfCalls = "a DeleteObjects may have a row for each of its keys too, a copy for its source"

// Totals are the sums over some requests. Bytes are by log, each on its own; objects are distinct.
type Totals struct {
	Requests      int64      `json:"requests"`
	Rows          int64      `json:"rows"`   // the rows that tell of them, as lists show them
	Denied        int64      `json:"denied"` // of the rows, as Failed
	Failed        int64      `json:"failed"`
	Objects       int64      `json:"objects"`
	CloudTrailOut int64      `json:"bytes_out_cloudtrail"`
	CloudTrailIn  int64      `json:"bytes_in_cloudtrail"`
	AccessOnlyOut int64      `json:"bytes_out_access_only"` // of requests that only the access log tells
	First         *time.Time `json:"first"`
	Last          *time.Time `json:"last"`
}

// Card is what the evidence tells of an actor.
type Card struct {
	Value  string `json:"value"`
	Kind   string `json:"kind"` // what the value was taken for
	Filter string `json:"filter"`
	Totals
	Actors         Shares   `json:"actors"`
	AccessKeys     Shares   `json:"access_keys"`
	Addresses      Shares   `json:"addresses"`
	Agents         Shares   `json:"agents"`
	Regions        Shares   `json:"regions"`
	Operations     Shares   `json:"operations"`
	Buckets        Shares   `json:"buckets"`
	Homes          []Home   `json:"homes"`
	Steps          []Step   `json:"steps"`
	StepsTruncated bool     `json:"steps_truncated"` // more runs than are told
	Lineage        []Link   `json:"lineage"`
	Aliases        []string `json:"aliases"` // other names of the same owner, with what they follow from
}

// ActorLine is what one actor did, or everybody who acts for one owner: a role's sessions, the names of
// one account.
type ActorLine struct {
	Name string `json:"name"`
	Kind string `json:"kind"` // role, user, root, account, service, anonymous, session, name
	Totals
	Card   string      `json:"card"`   // the value that draws its card
	Filter string      `json:"filter"` // keeps its requests
	Why    string      `json:"why,omitempty"`
	Below  []ActorLine `json:"below,omitempty"` // sessions of a role, names of one owner
}

// Actors lists who made the requests, the most requests first; Below holds the parts of a line.
type Actors struct {
	Filter string      `json:"filter"`
	Lines  []ActorLine `json:"actors"`
	Absent int64       `json:"absent"` // rows that name nobody
	More   int64       `json:"more"`   // actors that are not listed
}
