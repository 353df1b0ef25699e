package model

import "time"

// FieldPrefix exists in tallies only: the bucket and the key's first folder, "bucket/folder/", or
// "bucket/" for a key without one.
const FieldPrefix Field = "prefix"

// FieldRole exists in tallies only: a session's ARN without the session, "arn:aws:sts::ID:assumed-role/ROLE",
// and every other actor as it is.
const FieldRole Field = "role"

// TallyBy says what a tally adds up by.
type TallyBy struct {
	Fields []Field       // columns, FieldObject (bucket/key), FieldPrefix and FieldRole
	Width  time.Duration // also by stretches of time so wide, counted from 1970; 0: not by time
	Limit  int           // at most so many lines, those of the most rows first; 0: all
	// NoObjects leaves Objects at NotYet: telling objects apart takes many times as long as all the rest.
	NoObjects bool
	// Parts has Parts and Lone told; without it they are 0.
	Parts bool
}

// Tally is the sums over the requests that share the values asked for.
type Tally struct {
	Values                   []any     // of the fields asked for, in order, as in a Row
	Start                    time.Time // of the stretch of time; zero when none was asked or there is no time
	Requests, Denied, Failed int64     // the rows that lists show
	// Parts is how many of the rows tell of a part of a request only: the access log's lines of the keys of
	// a DeleteObjects and of the sources of copies, and CloudTrail's events of such keys. Lone is how many
	// requests have such rows here and none of their own.
	Parts, Lone int64
	Objects     int64 // distinct bucket and key
	// Bytes as the one log tells them that the request is counted from. The two logs are never added
	// together, and a request told by both counts its CloudTrail record's bytes.
	CloudTrailOut, CloudTrailIn, AccessOut, AccessIn int64
	First, Last                                      time.Time // zero when no request has a time
}

// Calls is how many requests the rows tell of.
func (t Tally) Calls() int64 { return t.Requests - t.Parts + t.Lone }

// The sums that a Bound can be of, beside the number of distinct values of a field.
const (
	SumRequests Field = "requests"
	SumObjects  Field = "objects"
	SumBytes    Field = "bytes"
)

// Bound is the least of something that deserves a look. Bytes are those sent to clients, as one log
// tells them.
type Bound struct {
	Of    Field
	Least int64
}

// Sums says which sums of requests answer a question: by the values of fields, by stretches of time
// where Width is not 0, and only those that reach one of the bounds, where there are any.
type Sums struct {
	By    []Field
	Width time.Duration
	Least []Bound
}

// ObjectEnc is a record with what is derived about its object: the encryption that the last
// successful write before it gave the object. It is no part of the evidence.
type ObjectEnc struct {
	Row     Row
	Enc     Enc // 0 when no earlier write of the object is recorded
	KMSKey  string
	Write   RecordID  // the record that tells of the write
	Written time.Time // its time
}

// Overwrite is a write of an object that the same credential read shortly before, and that left the
// object with another encryption than it had.
type Overwrite struct {
	Bucket, Key, Actor, AccessKey string
	Read, Write                   RecordID
	ReadAt, WriteAt               time.Time
	Before, After                 Enc // Before is 0 when no earlier write is recorded
	BeforeKey, AfterKey           string
}

// Credential is one access key as it was used, with what its records say of its session.
type Credential struct {
	AccessKey, Actor, ActorType, Issuer, Session string
	PrincipalID                                  string
	Created                                      time.Time // of the session; zero for a long-term key
	Requests, Denied                             int64
	First, Last                                  time.Time
}

// ObjectReads is what successful reads took of one object, as each log tells it.
type ObjectReads struct {
	Bucket, Key                             string
	CloudTrailReads, CloudTrailBytes        int64
	CloudTrailMost                          int64 // of one read
	AccessReads, AccessBytes, AccessMost    int64
	AccessOnlyReads, AccessOnlyBytes        int64 // lines that no CloudTrail record tells too
	Size                                    int64 // the largest the access log tells; Absent when it does not
	First, Last                             time.Time
	CloudTrailWithoutBytes, AccessWithBytes int64 // reads whose record tells no bytes; lines that do
	Most                                    int64 // sent, with the more of what the two logs tell of a read
	Dark                                    int64 // reads whose record tells no bytes and that no line tells too
}

// Difference is one request that the two logs tell differently.
type Difference struct {
	CloudTrail, Access RecordID
	RequestID, Bucket  string
	Time               time.Time
	Op, Key, Actor     string
	What               []string  // address, bytes, key, outcome
	CloudTrailSays     [4]string // address, bytes, key, outcome; empty where absent
	AccessSays         [4]string
}
