package s3

import (
	"regexp"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/integrity"
)

// Layouts of log buckets. CloudTrail: [PREFIX/]AWSLogs/[o-ID/]ACCOUNT/CloudTrail[-Digest]/REGION/
// YYYY/MM/DD/ ("Finding your CloudTrail log files"); Control Tower's prefix is the organization's id.
// Access logs: PREFIX YYYY-mm-DD-HH-MM-SS-UNIQUE, or partitioned PREFIX ACCOUNT/REGION/BUCKET/YYYY/mm/DD/
// and the same name, whose hour is 00-00-00 when partitioned by event time ("Amazon S3 server access
// log format", "Log object key format"). No prefix need end in a slash.

// step is how far a folder's path has led into a layout.
type step uint8

const (
	stepPlain   step = iota // nowhere yet
	stepLogs                // below AWSLogs/
	stepOrg                 // below an organization
	stepAccount             // below an account
	stepKind                // below CloudTrail/ or one of its neighbours
	stepSource              // below the account and Region of partitioned access logs
	stepStream              // where objects of one stream lie
	stepForeign             // another service's folder of an account
)

// spot is a folder as its path tells it.
type spot struct {
	step
	kind                         model.StreamKind
	org, account, region, source string
	delivered                    bool // below AWSLogs/
	root                         string
	plain                        int // folders that say nothing
}

var (
	organization = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	// accessName is the last element of an access log's key: the rest of its prefix, its time, and what
	// makes it unique, which AWS writes as 16 hexadecimal digits.
	accessName = regexp.MustCompile(`^(.*?)((20[0-9]{2})-[01][0-9]-[0-3][0-9]-[0-2][0-9]-[0-5][0-9]-[0-6][0-9])-[0-9A-Fa-f]{8,32}$`)
)

func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

// into is the folder name below s. The prefix of access logs may end within the name of the account's
// folder.
func (s spot) into(name string) spot {
	kind, isKind := kindOf(name)
	tail := name[max(0, len(name)-12):]
	switch {
	case s.step == stepStream || s.step == stepForeign:
		return s
	case s.step == stepSource:
		s.step, s.source = stepStream, name
	case s.step == stepAccount && IsRegion(name):
		s.step, s.kind, s.region = stepSource, model.StreamAccess, name
	case s.step == stepKind && IsRegion(name):
		s.step, s.region = stepStream, name
	case s.step == stepKind:
		s.step, s.kind = stepForeign, model.StreamOther
	case isKind:
		s.step, s.kind = stepKind, kind
	case s.step == stepAccount && s.delivered:
		s.step, s.kind = stepForeign, model.StreamOther
	case name == "AWSLogs":
		s = spot{step: stepLogs, delivered: true, plain: s.plain}
	case s.step == stepLogs && organization.MatchString(name):
		s.step, s.org = stepOrg, name
	case s.step >= stepLogs && s.step <= stepOrg && isAccount(name):
		s.step, s.account = stepAccount, name
	case isAccount(tail):
		s = spot{step: stepAccount, account: tail, plain: s.plain + 1}
	default:
		s = spot{plain: s.plain + 1}
	}
	return s
}

// kindOf tells a folder of CloudTrail's.
func kindOf(name string) (model.StreamKind, bool) {
	if name == "CloudTrail" || strings.HasPrefix(name, "CloudTrail-") && len(name) <= 40 {
		return model.StreamKind(strings.ToLower(name)), true
	}
	return "", false
}

// locate tells what the folders of a prefix say; what follows the last slash is no folder yet.
func locate(prefix string) spot {
	s, root := spot{}, 0
	for {
		name, _, ok := strings.Cut(prefix[root:], "/")
		if !ok || s.step == stepStream || s.step == stepForeign {
			s.root = prefix[:root]
			return s
		}
		s = s.into(name)
		root += len(name) + 1
	}
}

// splitAccess takes the key of an access log apart: the stream's prefix and the year.
func splitAccess(key string) (prefix, year string, ok bool) {
	folder := key[:strings.LastIndexByte(key, '/')+1]
	m := accessName.FindStringSubmatch(key[len(folder):])
	if m == nil {
		return "", "", false
	}
	return folder + m[1], m[3], true
}

// folderOfDay is the day that the folders of an object tell.
var folderOfDay = regexp.MustCompile(`/(20[0-9]{2}/[01][0-9]/[0-3][0-9])/[^/]*$`)

// dating says how the keys of a stream tell time.
type dating uint8

const (
	undated   dating = iota
	byFolder         // root YYYY/MM/DD/, of the delivery
	byEvent          // the same, of the events
	byName           // root YYYY-MM-DD-hh-mm-ss-, of the delivery
	byTouched        // not at all, but nothing is older than its last change
)

// Delivery takes its time. CloudTrail usually needs minutes and S3's access logs hours, both without
// promise; what comes later than this is missed by a span, and found by one that ends later.
const (
	trailLag  = 24 * time.Hour
	accessLag = 48 * time.Hour
)

func lagOf(kind model.StreamKind) time.Duration {
	if kind == model.StreamAccess {
		return accessLag
	}
	return trailLag
}

const (
	dayFolder = "2006/01/02"
	nameStamp = "2006-01-02-15-04-05"
)

// bounds are the keys between which the objects of a span lie: after < key < stop, in the order of their
// bytes, which is the order S3 lists in. An empty one does not bound.
func bounds(d dating, root string, kind model.StreamKind, span model.Span) (after, stop string) {
	lag := lagOf(kind)
	from, to := span.From.UTC(), span.To.UTC()
	switch d {
	case byEvent:
		lag = 0
		fallthrough
	case byFolder:
		if !span.From.IsZero() {
			after = root + from.Format(dayFolder)
		}
		if !span.To.IsZero() {
			last := to.Add(lag - 1)
			stop = root + time.Date(last.Year(), last.Month(), last.Day()+1, 0, 0, 0, 0, time.UTC).Format(dayFolder)
		}
	case byName:
		after, stop = root+"2", root+"3"
		if !span.From.IsZero() {
			after = root + from.Format(nameStamp)
		}
		if !span.To.IsZero() {
			stop = root + to.Add(lag).Format(nameStamp)
		}
	}
	return after, stop
}

// deliveredAt is when an object was delivered, by its name; zero where that does not tell. A minute or a
// day is taken to its end.
func deliveredAt(d dating, key string) time.Time {
	at := namedAt(d, key)
	if m := folderOfDay.FindStringSubmatch(key); at.IsZero() && d == byFolder && m != nil {
		if day, err := time.Parse(dayFolder, m[1]); err == nil {
			at = day.Add(24*time.Hour - time.Nanosecond)
		}
	}
	return at
}

// namedAt is deliveredAt where the last element of the key tells it.
func namedAt(d dating, key string) time.Time {
	if d == byFolder {
		if log, ok := integrity.ParseLogName(key); ok && !log.Delivered.IsZero() {
			return log.Delivered.Add(time.Minute)
		}
		if digest, ok := integrity.ParseDigestName(key); ok {
			return digest.End
		}
	}
	m := accessName.FindStringSubmatch(key[strings.LastIndexByte(key, '/')+1:])
	if m == nil || !d.names() {
		return time.Time{}
	}
	at, _ := time.Parse(nameStamp, m[2])
	return at
}

// outside tells by its name or its last change that an object holds nothing of a span: nothing in it is
// younger than its delivery. What bounds cut already is not looked at again. At the end of a span logs are
// given a minute more than digests, since a digest may list one of the minute it ends in; for the same reason
// a digest that ends in the minute in which a span begins is taken.
func outside(d dating, kind model.StreamKind, o Object, span model.Span) bool {
	if span.From.IsZero() && span.To.IsZero() || d == byName || d == byEvent {
		return false
	}
	at := deliveredAt(d, o.Key)
	if d == byTouched {
		at = o.LastModified.Add(time.Second)
	} else if !span.To.IsZero() {
		last := span.To.Add(lagOf(kind)).Add(time.Minute)
		if kind != model.StreamDigests {
			last = last.Add(time.Minute)
		}
		if at.After(last) {
			return true
		}
	}
	from := span.From
	if kind == model.StreamDigests {
		from = from.Truncate(time.Minute)
	}
	return !at.IsZero() && !from.IsZero() && !at.After(from)
}
