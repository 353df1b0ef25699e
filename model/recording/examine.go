package recording

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Level says how a setting is to be read.
type Level string

// Levels of a line.
const (
	Good   Level = "good"   // it makes or keeps evidence
	Note   Level = "note"   // to be known
	Bad    Level = "bad"    // evidence is not made, or may be lost
	Unread Level = "unread" // nobody may tell: denied, not asked, not understood
)

// Line is one setting and what it means for the evidence.
type Line struct {
	About string    `json:"about"`
	Topic string    `json:"topic"`
	Level Level     `json:"level"`
	Value string    `json:"value"` // as AWS answered; foreign text
	Means string    `json:"means"`
	Asked time.Time `json:"asked"`
	Call  string    `json:"call"`
}

// Report is what the answers tell.
type Report struct {
	Account string // that asked; empty where nobody could tell
	Caller  string
	Lines   []Line
	Replies []Reply
	Trails  []Trail // that were looked at
}

// Trail is one trail as the answers tell it.
type Trail struct {
	ARN       string
	Region    string // its home
	Running   *bool  // nil where nobody could tell
	Asked     time.Time
	Selectors map[string]any // nil where nobody could tell
	Bucket    string         // that its files go to
}

// Subjects are what a report is about.
type Subjects struct {
	Buckets []string
	Trails  []string // ARNs
}

// Ask gets the reply to one call about something. An error ends the examination.
type Ask func(call, about string) (Reply, error)

// mostTrails bounds the trails of one Region that are looked at.
const mostTrails = 50

// examiner collects lines. The first error of a call is kept and ends all asking.
type examiner struct {
	Report
	ask    Ask
	err    error
	looked map[string]bool // trails, log buckets and keys that have their lines
	listed map[string][]string
}

// Examine asks for the settings of subjects and of what they lead to, and tells what they mean.
func Examine(s Subjects, ask Ask) (Report, error) {
	e := examiner{ask: ask, looked: map[string]bool{}, listed: map[string][]string{}}
	e.caller()
	for _, arn := range s.Trails {
		e.trail(arn, s.Buckets)
	}
	for _, b := range s.Buckets {
		e.bucket(b)
	}
	return e.Report, e.err
}

// get asks and keeps the reply; the same is asked once.
func (e *examiner) get(call, about string) Reply {
	for _, r := range e.Replies {
		if r.Call == call && r.About == about {
			return r
		}
	}
	r := Reply{Call: call, About: about, Error: NotSaved}
	if e.err == nil {
		r, e.err = e.ask(call, about)
	}
	if e.err == nil {
		e.Replies = append(e.Replies, r)
	}
	return r
}

// say adds a line of a reply. A reply that says nothing is a line of its own, whatever it was to tell.
func (e *examiner) say(r Reply, topic string, level Level, value, means string) {
	if e.err != nil {
		return
	}
	l := Line{About: r.About, Topic: topic, Level: level, Value: value, Means: means, Asked: r.Asked, Call: r.Call}
	if r.Unread() {
		c, _ := Lookup(r.Call)
		l.Level, l.Value, l.Means = Unread, r.Error, "nothing is known of it"
		if c.Action != "" && (strings.Contains(r.Error, "Denied") || strings.Contains(r.Error, "Unauthorized") || strings.Contains(r.Error, "Forbidden")) {
			l.Means += "; it needs " + c.Action
		}
	}
	e.Lines = append(e.Lines, l)
}

func (e *examiner) caller() {
	r := e.get("GetCallerIdentity", "")
	var who struct{ Account, Arn string }
	if r.into(&who) {
		e.Account, e.Caller = who.Account, who.Arn
	}
}

// regionOf is where a bucket is; empty where nobody could tell. Nothing is the answer for us-east-1, EU an
// old name (Amazon S3 API Reference, GetBucketLocation).
func (e *examiner) regionOf(bucket string) string {
	var at struct{ LocationConstraint string }
	if r := e.get("GetBucketLocation", bucket); r.Error != "" || len(r.Body) > 0 && !r.into(&at) {
		return ""
	}
	switch at.LocationConstraint {
	case "":
		return "us-east-1"
	case "EU":
		return "eu-west-1"
	}
	return at.LocationConstraint
}

var trailARN = regexp.MustCompile(`^arn:aws[a-z-]{0,16}:cloudtrail:([a-z0-9-]{1,32}):([0-9]{12}):trail/([A-Za-z0-9._-]{3,128})$`)

// ParseTrail takes the ARN of a trail apart.
func ParseTrail(arn string) (region, account, name string, ok bool) {
	m := trailARN.FindStringSubmatch(arn)
	if m == nil {
		return "", "", "", false
	}
	return m[1], m[2], m[3], true
}

// TrailARN puts the ARN of a trail together; empty when that makes none.
func TrailARN(region, account, name string) string {
	partition := "aws"
	switch {
	case strings.HasPrefix(region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		partition = "aws-us-gov"
	}
	arn := "arn:" + partition + ":cloudtrail:" + region + ":" + account + ":trail/" + name
	if !trailARN.MatchString(arn) {
		return ""
	}
	return arn
}

var keyARN = regexp.MustCompile(`^arn:aws[a-z-]{0,16}:kms:([a-z0-9-]{1,32}):([0-9]{12}):(?:key|alias)/[A-Za-z0-9/_-]{1,256}$`)

// ParseKey takes the ARN of a KMS key apart.
func ParseKey(arn string) (region string, ok bool) {
	m := keyARN.FindStringSubmatch(arn)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// trailsOf are the trails that can record a Region: its own, and the shadows of those of all Regions.
func (e *examiner) trailsOf(region string) (arns []string, r Reply) {
	r = e.get("DescribeTrails", region)
	var out struct {
		TrailList []struct{ TrailARN string }
	}
	r.into(&out)
	for _, t := range out.TrailList {
		if _, _, _, ok := ParseTrail(t.TrailARN); ok && !slices.Contains(arns, t.TrailARN) {
			arns = append(arns, t.TrailARN)
		}
	}
	slices.Sort(arns)
	return arns[:min(len(arns), mostTrails)], r
}

// Document is replies as a case keeps them.
type Document struct {
	Format  int       `json:"format"`
	Asked   time.Time `json:"asked"` // when it was put together
	Caller  string    `json:"caller,omitempty"`
	Account string    `json:"account,omitempty"`
	Buckets []string  `json:"buckets"`
	Trails  []string  `json:"trails"`
	Replies []Reply   `json:"replies"`
}

// documentFormat is raised when a kept document is to be read in another way.
const documentFormat = 1

// Encode writes a report's replies with what was asked about.
func Encode(r Report, s Subjects, at time.Time) ([]byte, error) {
	d := Document{Format: documentFormat, Asked: at.UTC(), Caller: r.Caller, Account: r.Account, Buckets: orNone(s.Buckets), Trails: orNone(s.Trails), Replies: r.Replies}
	text, err := json.MarshalIndent(d, "", "  ")
	return append(text, '\n'), err
}

func orNone(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// Decode reads a kept document and examines its replies again.
func Decode(text []byte) (Report, error) {
	var d Document
	if err := json.Unmarshal(text, &d); err != nil {
		return Report{}, fmt.Errorf("read AWS's answers: %w", err)
	}
	if d.Format != documentFormat {
		return Report{}, fmt.Errorf("read AWS's answers: format %d is not known", d.Format)
	}
	return Examine(Subjects{Buckets: d.Buckets, Trails: d.Trails}, Replay(d.Replies))
}

// Replay answers out of replies that are there.
func Replay(replies []Reply) Ask {
	return func(call, about string) (Reply, error) {
		for _, r := range replies {
			if r.Call == call && r.About == about {
				return r, nil
			}
		}
		return Reply{Call: call, About: about, Error: NotSaved}, nil
	}
}
