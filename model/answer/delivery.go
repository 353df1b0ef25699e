package answer

import "time"

// The states of a file that CloudTrail delivers, as records of the bucket's own writes tell of it.
const (
	DeliveryPresent     = "present"      // its delivery is recorded, and the case holds it in the same size
	DeliveryMissing     = "missing"      // its delivery is recorded, and the case does not hold it
	DeliveryOtherSize   = "other-size"   // the case holds it in another size than was delivered
	DeliveryRefused     = "undelivered"  // every recorded attempt to deliver it failed
	DeliveryNotRecorded = "not-recorded" // the case holds it, and no record of the time tells of its delivery
	DeliveryForeign     = "foreign"      // written by somebody who is not CloudTrail
)

// DeliveryStates are the states in the order they are told.
var DeliveryStates = []string{DeliveryPresent, DeliveryMissing, DeliveryOtherSize, DeliveryRefused, DeliveryNotRecorded, DeliveryForeign}

// Delivered is one file that CloudTrail delivered, or one of the case that it is not known to have.
type Delivered struct {
	State    string     `json:"state"`
	Kind     string     `json:"kind"` // log, digest
	Bucket   string     `json:"bucket,omitempty"`
	Key      string     `json:"key"`
	Time     *time.Time `json:"time"`           // of the last successful write, else of the last attempt
	Size     *int64     `json:"size"`           // as delivered; nil where no record tells it
	Member   string     `json:"member"`         // the file of the case; empty when it holds none
	SizeHere *int64     `json:"size_here"`      // of that file
	Actor    string     `json:"actor"`          // who wrote it
	Record   string     `json:"record"`         // the record that tells of the write
	Note     string     `json:"note,omitempty"` // what the state follows from, where it needs saying
}

// Delivery holds the files of a case against the records of their delivery. Digests are counted apart
// from log files: a copy often leaves them out.
type Delivery struct {
	Filter  string           `json:"filter"`
	Buckets []string         `json:"buckets"` // whose deliveries are recorded
	From    *time.Time       `json:"from"`    // the first and the last recorded delivery
	To      *time.Time       `json:"to"`
	Logs    map[string]int64 `json:"logs"` // by state
	Digests map[string]int64 `json:"digests"`
	Files   []Delivered      `json:"files"` // those that are not present as delivered
}

// KeyUse is a call of KMS that points at an object, and what tells of the read it was made for.
type KeyUse struct {
	Event
	Bucket string `json:"object_bucket"`
	Key    string `json:"object_key"` // empty where a bucket key was used: the object is not told
	Told   string `json:"told"`       // by: cloudtrail, access, kms
	By     string `json:"by,omitempty"`
}

// The logs that tell of a read that a key was used for.
const (
	ToldByCloudTrail = "cloudtrail"
	ToldByAccess     = "access"
	ToldByKMS        = "kms"        // by the use of the key alone
	ToldByBucketKey  = "bucket-key" // a bucket key was used, so the object is not told
)

// KeyReads are the uses of KMS keys for reading objects, held against the reads that the logs tell.
type KeyReads struct {
	Filter  string           `json:"filter"`
	Uses    int64            `json:"uses"`
	Told    map[string]int64 `json:"told"`
	Objects int64            `json:"objects_kms_only"` // distinct objects of the reads that KMS alone tells
	Only    []KeyUse         `json:"kms_only"`
}

// MatchRate is how the requests of a bucket, and of one hour of it where Start is set, are told: by both
// logs, by one although the other demonstrably records the bucket then, or where no pair can be expected.
type MatchRate struct {
	Bucket         string     `json:"bucket"`
	Start          *time.Time `json:"hour,omitempty"`
	Both           int64      `json:"both"`
	CloudTrailOnly int64      `json:"cloudtrail_only"`
	AccessOnly     int64      `json:"access_only"`
	OtherAbsent    int64      `json:"other_log_absent"`
	NotExpected    int64      `json:"not_expected"`
}

// Expected is the number of requests that both logs ought to tell.
func (r MatchRate) Expected() int64 { return r.Both + r.CloudTrailOnly + r.AccessOnly }

// MatchRates are the rates by bucket, and by bucket and hour in the order of time.
type MatchRates struct {
	Buckets []MatchRate `json:"buckets"`
	Hours   []MatchRate `json:"hours"`
}
