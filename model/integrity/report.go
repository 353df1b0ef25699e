package integrity

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"trailsift/model"
)

// Severity says what a finding means for the result.
type Severity string

// The severities.
const (
	Adverse    Severity = "adverse"
	Incomplete Severity = "incomplete"
	Notice     Severity = "notice"
)

// Result is the answer of a whole run.
type Result string

// The results, with the exit codes Report.ExitCode gives.
const (
	ResultVerified       Result = "verified"
	ResultVerifiedWithin Result = "verified-within"
	ResultSelfConsistent Result = "self-consistent"
	ResultIncomplete     Result = "incomplete"
	ResultAdverse        Result = "adverse"
	ResultNothing        Result = "nothing"
)

// Finding is one thing worth telling.
type Finding struct {
	Severity Severity `json:"severity"`
	Code     string   `json:"code"`
	Object   string   `json:"object"` // foreign text
	Detail   string   `json:"detail"` // our words; may quote foreign text
	// Records are those it touches, in a case: of each gzip member of the files it is about.
	Records []Records `json:"records,omitempty"`
}

// Records are the records of one member that a finding touches.
type Records struct {
	Member string `json:"member"` // foreign text
	Count  int64  `json:"count"`
	Filter string `json:"filter"` // that shows them
}

// told is what makes a finding one of its own.
type told struct {
	severity             Severity
	code, object, detail string
}

// DigestCounts counts digests; Total is the sum of the others.
type DigestCounts struct {
	Total            int `json:"total"`
	Valid            int `json:"valid"`
	ValidBySuccessor int `json:"valid_by_successor"`
	HashLinked       int `json:"hash_linked"`
	Unverifiable     int `json:"unverifiable"`
	Invalid          int `json:"invalid"`
	Missing          int `json:"missing"`
}

// LogCounts counts log files; Total is the sum of the others.
type LogCounts struct {
	Total           int `json:"total"`
	Valid           int `json:"valid"`
	Invalid         int `json:"invalid"`
	Missing         int `json:"missing"`
	Unlisted        int `json:"unlisted"`
	Unverifiable    int `json:"unverifiable"`
	Unreadable      int `json:"unreadable"`
	Pending         int `json:"pending"`
	OutsideCoverage int `json:"outside_coverage"`
}

// ChainLogCounts counts the log files the digests of one chain list.
type ChainLogCounts struct {
	Total        int `json:"total"`
	Valid        int `json:"valid"`
	Invalid      int `json:"invalid"`
	Missing      int `json:"missing"`
	Unverifiable int `json:"unverifiable"`
	Unreadable   int `json:"unreadable"`
}

// Coverage is time of standard chains, in seconds, clipped to the range.
type Coverage struct {
	Covered int64 `json:"covered_seconds"`
	Gap     int64 `json:"gap_seconds"`
	Hole    int64 `json:"hole_seconds"`
}

// Gap is a restart of a chain: time that no digest vouches for.
type Gap struct {
	From          time.Time `json:"from"`
	To            time.Time `json:"to"`
	CoincidesWith []string  `json:"coincides_with"`
}

// Window is one digest of a chain as a strip shows it.
type Window struct {
	From, To time.Time
	Status   Status
	Object   string
	File     *File // nil for a missing digest
	Logs     []string
	Previous string // where it says its predecessor lies; empty at the start of a chain
	// Fingerprint names the key it was signed with, Trust is that of its best proof; both are empty
	// when they are not known.
	Fingerprint string
	Trust       Trust
	Counted     bool // it overlaps the range
}

// LogFile is one log file as the run judged it, be it present or only listed.
type LogFile struct {
	Object    string   // bucket/key as listed, else the path it lies at; foreign text
	Class     string   // a member of LogCounts
	Why       string   // one sentence; may quote foreign text
	Digests   []string // the places of the digests that list it, those that are believed first
	Expected  []byte   // the hash they give; nil when there is none
	File      *File    // nil when it is not here
	Account   string   // account, Region and minute of delivery as its name tells them
	Region    string
	Delivered time.Time
	Counted   bool // it is in the counts
}

// Chain is the summary of one chain.
type Chain struct {
	Account string         `json:"account"`
	Region  string         `json:"region"`
	Trail   string         `json:"trail"`
	Home    string         `json:"home_region"`
	Kind    Kind           `json:"kind"`
	From    time.Time      `json:"from"`
	To      time.Time      `json:"to"`
	Digests DigestCounts   `json:"digests"`
	Logs    ChainLogCounts `json:"logs"`
	Gaps    []Gap          `json:"gaps"`
	Windows []Window       `json:"-"`
}

func (c *Chain) id() ChainID { return ChainID{c.Account, c.Region, c.Trail, c.Home, c.Kind} }

// KeySummary is one key that was offered.
type KeySummary struct {
	Fingerprint string `json:"fingerprint"`
	Region      string `json:"region"`
	Trust       Trust  `json:"trust"`
	Origin      string `json:"origin"`
	SHA256      string `json:"sha256"`
}

// RangeSummary is the range that was judged.
type RangeSummary struct {
	From   *time.Time `json:"from"`
	To     *time.Time `json:"to"`
	Source string     `json:"source"`
}

// LogVerdict is what was found about one log file, by the path it lies at.
type LogVerdict struct {
	Class  string // a member of LogCounts
	Badge  model.Integrity
	Demo   bool   // the proof rests on a demo key
	Digest string // the digest that lists it, as claimed; empty when none does
	Object string // what findings about it name
	Why    string // one sentence
}

// sourceEvidence says that nobody asked for a range.
const sourceEvidence = "evidence"

// Report is the outcome of Verify.
type Report struct {
	Result   Result       `json:"result"`
	ExitCode int          `json:"exit_code"`
	Range    RangeSummary `json:"range"`
	Digests  DigestCounts `json:"digests"`
	Logs     LogCounts    `json:"logs"`
	Coverage Coverage     `json:"coverage"`
	Chains   []Chain      `json:"chains"`
	Keys     []KeySummary `json:"keys"`
	Findings []Finding    `json:"findings"`

	// ByPath is the verdict of every log file that is present, in range or not; of several at one
	// path the worst. ByFile tells them apart.
	ByPath map[string]LogVerdict `json:"-"`
	ByFile map[*File]LogVerdict  `json:"-"`
	// LogFiles is every log file that was judged; those that are Counted sum to Logs.
	LogFiles []LogFile `json:"-"`
	// Stale says that evidence, keys or the window changed since the report of a case was made.
	Stale bool `json:"-"`
	// Demo says that a counted proof rests on a demo key.
	Demo bool `json:"-"`
	// KeysDenied says by Region why AWS gave no public keys.
	KeysDenied map[string]string `json:"-"`

	trusts map[Trust]bool
	said   map[told]bool // what stands in Findings already
}

func newReport(in Input) *Report {
	r := &Report{Chains: []Chain{}, Keys: []KeySummary{}, Findings: []Finding{}, ByPath: map[string]LogVerdict{}, ByFile: map[*File]LogVerdict{}, trusts: map[Trust]bool{}, said: map[told]bool{}, KeysDenied: in.KeysDenied}
	r.Range.Source = cmp.Or(in.Source, sourceEvidence)
	if in.Since.IsZero() && in.Until.IsZero() {
		r.Range.Source = sourceEvidence
	}
	if !in.Since.IsZero() {
		from := in.Since.UTC()
		r.Range.From = &from
	}
	if !in.Until.IsZero() {
		to := in.Until.UTC()
		r.Range.To = &to
	}
	return r
}

func (r *Report) add(s Severity, code, object, detail string) {
	once := told{s, code, object, detail}
	if strings.HasPrefix(code, "coverage-") {
		once.detail = "" // the first reason is enough for one chain
	}
	if !r.said[once] {
		r.said[once] = true
		r.Findings = append(r.Findings, Finding{Severity: s, Code: code, Object: object, Detail: detail})
	}
}

func (r *Report) addKey(k *Key) {
	s := k.Summary()
	if !slices.Contains(r.Keys, s) {
		r.Keys = append(r.Keys, s)
	}
}

func (c *DigestCounts) count(s Status) {
	c.Total++
	switch s {
	case ValidSelf:
		c.Valid++
	case ValidBySuccessor:
		c.ValidBySuccessor++
	case HashLinked:
		c.HashLinked++
	case Invalid:
		c.Invalid++
	default:
		c.Unverifiable++
	}
}

// The classes a log file can fall in, by the names of their counts.
const (
	classValid           = "valid"
	classInvalid         = "invalid"
	classMissing         = "missing"
	classUnlisted        = "unlisted"
	classUnverifiable    = "unverifiable"
	classUnreadable      = "unreadable"
	classPending         = "pending"
	classOutsideCoverage = "outside_coverage"
)

func (c *LogCounts) count(class string) {
	c.Total++
	switch class {
	case classValid:
		c.Valid++
	case classInvalid:
		c.Invalid++
	case classMissing:
		c.Missing++
	case classUnlisted:
		c.Unlisted++
	case classUnreadable:
		c.Unreadable++
	case classPending:
		c.Pending++
	case classOutsideCoverage:
		c.OutsideCoverage++
	default:
		c.Unverifiable++
	}
}

func (c *ChainLogCounts) count(class string) {
	c.Total++
	switch class {
	case classValid:
		c.Valid++
	case classInvalid:
		c.Invalid++
	case classMissing:
		c.Missing++
	case classUnreadable:
		c.Unreadable++
	default:
		c.Unverifiable++
	}
}

func (c DigestCounts) proven() int { return c.Valid + c.ValidBySuccessor + c.HashLinked }

// has tells that a finding of severity s is there; onlyDigests restricts it to findings about digests.
func (r *Report) has(s Severity, onlyDigests bool) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool {
		return f.Severity == s && (!onlyDigests || aboutDigest(f.Code))
	})
}

// unsettled tells that something was counted that nothing proves: no such run is verified, whether or
// not a finding says why.
func (r *Report) unsettled() bool {
	return r.Digests.Unverifiable+r.Digests.Missing > 0 || r.Logs.Unverifiable+r.Logs.Unreadable+r.Logs.Pending+r.Logs.OutsideCoverage > 0
}

func aboutDigest(code string) bool {
	switch code {
	case "log-hash-mismatch", "log-missing", "log-unlisted", "log-format", "log-trailing-data", "listing-conflict":
		return false
	}
	return true
}

// conclude derives the result and the exit code.
func (r *Report) conclude() {
	order := map[Severity]int{Adverse: 0, Incomplete: 1, Notice: 2}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(order[a.Severity]-order[b.Severity], cmp.Compare(a.Code, b.Code), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Detail, b.Detail))
	})
	r.Demo = r.trusts[TrustDemo]
	weak := r.trusts[TrustEvidence] || r.trusts[TrustDemo]
	switch {
	case r.Digests.proven() == 0 && !r.has(Adverse, true):
		r.Result, r.ExitCode = ResultNothing, 4
	case r.has(Adverse, false):
		r.Result, r.ExitCode = ResultAdverse, 1
	case weak:
		r.Result, r.ExitCode = ResultSelfConsistent, 3
	case r.has(Incomplete, false) || r.unsettled():
		r.Result, r.ExitCode = ResultIncomplete, 3
	case r.Range.Source == sourceEvidence || r.Range.From == nil || r.Range.To == nil:
		r.Result = ResultVerifiedWithin
	default:
		r.Result = ResultVerified
	}
}
