package model

import "time"

// StreamKind says what the objects of a stream are by where they lie. What they really are, their
// content tells when they are loaded.
type StreamKind string

// The kinds. A folder of an account that begins with CloudTrail- and is none of these has its name as
// kind, in lower case.
const (
	StreamCloudTrail StreamKind = "cloudtrail"
	StreamDigests    StreamKind = "cloudtrail-digest"
	StreamInsights   StreamKind = "cloudtrail-insight"
	StreamAccess     StreamKind = "access"
	StreamOther      StreamKind = "other" // no place where logs are delivered to
)

// Stream is one sequence of objects in a bucket, as the layout of its keys tells: the log files of one
// account and Region, the access logs of one source, or what lies together and is neither. All its
// texts are foreign. The streams of a bucket share no object.
type Stream struct {
	ID      int
	Bucket  string
	Prefix  string // of the keys of all its objects
	Kind    StreamKind
	Org     string // of an organization's trail
	Account string // empty when the layout names none
	Region  string
	Source  string   // the bucket that access logs tell of, where the layout names it
	Trails  []string // of digests: the trails that were seen; asked for only when a trail is wanted
	Remark  string   // what is to be known about it, one sentence; may be empty
}

// Volume is what a listing found in a stream.
type Volume struct {
	Lists   int64 // requests it took
	Objects int64 // to be taken
	Bytes   int64
	Classes []ClassVolume // where they are not all of the standard class
	// Left out: archived objects need a restore first, late ones came while the listing ran.
	Archived, ArchivedBytes int64
	Late                    int64
	Held, HeldBytes         int64     // the part that lies in the case already
	First, Last             time.Time // when the first and the last to be taken were delivered
}

// ClassVolume is the part of a volume that lies in one storage class.
type ClassVolume struct {
	Class          string
	Objects, Bytes int64
}

// Add adds another volume.
func (v *Volume) Add(o Volume) {
	v.Lists, v.Objects, v.Bytes = v.Lists+o.Lists, v.Objects+o.Objects, v.Bytes+o.Bytes
	v.Archived, v.ArchivedBytes, v.Late = v.Archived+o.Archived, v.ArchivedBytes+o.ArchivedBytes, v.Late+o.Late
	v.Held, v.HeldBytes = v.Held+o.Held, v.HeldBytes+o.HeldBytes
	for _, c := range o.Classes {
		v.AddClass(c)
	}
	if !o.First.IsZero() && (v.First.IsZero() || o.First.Before(v.First)) {
		v.First = o.First
	}
	if o.Last.After(v.Last) {
		v.Last = o.Last
	}
}

// AddClass adds to the part of one class.
func (v *Volume) AddClass(c ClassVolume) {
	for i := range v.Classes {
		if v.Classes[i].Class == c.Class {
			v.Classes[i].Objects += c.Objects
			v.Classes[i].Bytes += c.Bytes
			return
		}
	}
	v.Classes = append(v.Classes[:len(v.Classes):len(v.Classes)], c)
}

// Estimate is what taking a volume will cost, before it is begun. Prices are list prices in US dollars.
type Estimate struct {
	Volume
	Gets      int64
	Requests  float64 // LIST and GET
	Retrieval float64 // of classes that charge for reading
	Transfer  float64 // at most: nothing within the bucket's Region
	Duration  time.Duration
}

// Layout is what discovery found below the places of a bucket, nothing fetched.
type Layout struct {
	Streams []Stream // by bucket and prefix; ID is the index
	Closed  []Closed // what could not be listed
	Pruned  int64    // folders of accounts and Regions that nobody asked for
	Lists   int64    // requests it took
}

// Closed is a folder that could not be listed.
type Closed struct {
	Bucket, Prefix, Why string
}
