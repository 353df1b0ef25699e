package answer

import "time"

// The states of one hour of one log.
const (
	HourRecorded    = '#' // at least one record
	HourNothing     = '.' // none, while the log demonstrably ran
	HourNotSelected = '-' // none, and a selector or setting proves that none was to be recorded
	HourUnknown     = '?' // none, and nothing tells whether any was to be recorded
	HourGap         = '!' // the trail was stopped, or its digests have a gap; records may be lost
)

// HourNames are the states in words.
var HourNames = map[byte]string{HourRecorded: "recorded", HourNothing: "nothing recorded", HourNotSelected: "not selected", HourUnknown: "unknown", HourGap: "gap"}

// EventsNamed is the kind of events of a strip in words: data, or data reads.
func (s Strip) EventsNamed() string {
	if s.Only == "" {
		return s.Events
	}
	return s.Events + " " + s.Only
}

// Strip is the hours of one account, region, bucket and log. Hours and Proof hold one byte an hour.
type Strip struct {
	Log     string           `json:"log"`
	Events  string           `json:"events"` // data or management
	Account string           `json:"account,omitempty"`
	Region  string           `json:"region,omitempty"`
	Bucket  string           `json:"bucket,omitempty"`
	Only    string           `json:"only,omitempty"` // reads or writes, where selectors keep the one and leave the other out
	Records int64            `json:"records"`
	Hours   string           `json:"hours"`
	Proof   string           `json:"proof"` // v: all verified; x: altered or unlisted records; o: not all are proven; blank: no records
	Counts  map[string]int64 `json:"counts"`
	Partly  int64            `json:"partly_selected,omitempty"` // hours whose selectors keep some of the events alone: a prefix, an operation
}

// Setting is what AWS answered at a moment about what it records. It says nothing of the time before.
type Setting struct {
	At      time.Time
	Text    string // in a sentence
	Account string // whose trail it is
	Region  string

	// Trails tells that every trail of the account which can record the region was asked for: those that
	// other settings of the same moment do not name are not there. Stopped: none of them runs.
	Trails, Stopped bool
	// Trail has these selectors, as GetEventSelectors tells them; empty: it is about no trail's selectors.
	Trail     string
	Selectors map[string]any
	// Bucket has its access logging on or off; empty: it is about no bucket.
	Bucket  string
	Logging bool
}

// Cause is a recorded change or answer that hours without records coincide with.
type Cause struct {
	Event
	Text string `json:"text"`
	// Before tells that the change lies before the span, and still counted when it began.
	Before bool `json:"before,omitempty"`
}

// Outside is what was asked for and lies outside the hours that are told, when the span is too long to be
// told hour by hour.
type Outside struct {
	From    time.Time  `json:"from"` // of the span asked for
	To      time.Time  `json:"to"`
	Records int64      `json:"records"`
	First   *time.Time `json:"first"` // of these records
	Last    *time.Time `json:"last"`
}

// Coverage is what could have been recorded.
type Coverage struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Strips []Strip   `json:"strips"`
	Causes []Cause   `json:"causes"` // changes of trails, selectors and logging in the span or in force when it begins, and what AWS answered
	// Outside is nil when every hour asked for is told.
	Outside *Outside `json:"outside,omitempty"`
}

// Recording is what could have been recorded, with everything that changed it, and the delivered files.
type Recording struct {
	Coverage
	Delivery Delivery `json:"delivery"`
}
