package answer

import "time"

// Delete is one deletion of one object or version.
type Delete struct {
	Time      *time.Time `json:"time"`
	Bucket    string     `json:"bucket"`
	Key       string     `json:"key"`
	Version   string     `json:"version,omitempty"` // the version removed, or the marker made
	Kind      string     `json:"kind"`
	Fate      string     `json:"fate"`
	Why       string     `json:"why"`                     // what Fate follows from
	If        string     `json:"if,omitempty"`            // what Fate hangs on and nothing tells
	Again     *time.Time `json:"written_again,omitempty"` // the next recorded write of the object
	Read      *time.Time `json:"read_again,omitempty"`    // of what is contradicted: the next recorded read of it
	Op        string     `json:"op"`
	Actor     string     `json:"actor"`
	AccessKey string     `json:"access_key,omitempty"`
	IP        string     `json:"ip,omitempty"`
	Sources   []string   `json:"sources"` // where the key is told: cloudtrail, cloudtrail-call, access
	RequestID string     `json:"request_id,omitempty"`
	Record    string     `json:"record"`
}

// The kinds of deletes.
const (
	DeleteMarker   = "delete-marker"   // versions stay, a marker hides them
	VersionRemoved = "version-removed" // this version is gone
	MarkerRemoved  = "marker-removed"  // the object shows again
	PlainDelete    = "deleted"         // without a version; the record does not tell whether a marker was made
	Expired        = "expired"         // by a lifecycle rule, for good
)

// The fates of what was deleted.
const (
	Restorable = "restorable"
	Lost       = "lost"
	Restored   = "restored"
	CannotTell = "cannot-tell"
	// Contradicted is what would be lost, but was read again and not written before that.
	Contradicted = "contradicted"
)

// Deletes is the ledger of deletes.
type Deletes struct {
	Filter  string           `json:"filter"`
	Entries []Delete         `json:"entries"`
	Kinds   map[string]int64 `json:"kinds"`
	Fates   map[string]int64 `json:"fates"` // of the entries
	// Objects are the distinct ones among the entries. KeyFates counts those whose current version was
	// deleted, of each object once for a fate; VersionFates counts versions that were removed by name.
	Objects      int64            `json:"objects"`
	KeyFates     map[string]int64 `json:"key_fates"`
	VersionFates map[string]int64 `json:"version_fates"`
	Hanging      int64            `json:"restorable_if"` // of the restorable keys, those that hang on IfVersionsWereKept
	Calls        int64            `json:"multi_object_calls"`
	UnknownKeys  []Event          `json:"unknown_keys"` // multi-object calls whose keys neither log tells
	Refused      int64            `json:"refused"`      // deletes that were denied or failed
}

// IfVersionsWereKept is what a delete in a bucket with suspended versioning hangs on: what was written
// while versions were kept stays as a version, what was written before that is gone.
const IfVersionsWereKept = "versions were kept then"

// OfVersion tells that d removed a version by its name, and not what the key led to.
func (d *Delete) OfVersion() bool {
	return d.Kind == VersionRemoved || d.Kind == Expired && d.Version != ""
}

// FateNames are the fates in the order that they are told in, the worst first.
var FateNames = []string{Lost, Contradicted, CannotTell, Restorable, Restored}

// Party is somebody's share in an object's story. Bytes are by the log that tells of them; the two
// are never added.
type Party struct {
	Actor         string     `json:"actor"`
	AccessKey     string     `json:"access_key,omitempty"`
	IP            string     `json:"ip,omitempty"`
	Requests      int64      `json:"requests"`
	CloudTrailOut int64      `json:"bytes_out_cloudtrail"`
	AccessOut     int64      `json:"bytes_out_access_only"`
	First         *time.Time `json:"first"`
	Last          *time.Time `json:"last"`
}

// StoryLine is one event of an object's story.
type StoryLine struct {
	Event
	Act       string `json:"act"` // what the event did to the object
	Note      string `json:"note,omitempty"`
	ObjectEnc string `json:"object_enc,omitempty"` // derived: the object's encryption by its last write
}

// ObjectStory is what the evidence tells of one object or prefix.
type ObjectStory struct {
	Object  string      `json:"object"`
	Total   int64       `json:"total"`          // events, before any limit
	KMSOnly int64       `json:"reads_kms_only"` // of them, reads that only a use of the object's key tells of
	Lines   []StoryLine `json:"lines"`
	Readers []Party     `json:"readers"`
	Writers []Party     `json:"writers"`
	Deletes Deletes     `json:"deletes"`
}
