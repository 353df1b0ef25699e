package integrity

import (
	"path"
	"strings"
	"time"
)

// Kind tells the two kinds of digest chains apart.
type Kind string

// The kinds of chains.
const (
	Standard Kind = "standard"
	Backfill Kind = "backfill"
)

// ChainID names one chain: the digests of one account, region, trail, home region and kind.
type ChainID struct {
	Account, Region, Trail, Home string
	Kind                         Kind
}

// DigestName is what the base name of a digest tells.
type DigestName struct {
	Chain ChainID
	End   time.Time
}

// LogName is what the base name of a log file tells.
type LogName struct {
	Account, Region string
	Delivered       time.Time // second :00 of the delivery minute; zero when the name does not tell it
}

const (
	digestMark   = "_CloudTrail-Digest_"
	logMark      = "_CloudTrail_"
	backfillTail = "_backfill"
	digestStamp  = "20060102T150405Z"
	logStamp     = "20060102T1504Z"
)

// trimEnding takes the ending off a base name; plain copies lack the .gz.
func trimEnding(base string) (string, bool) {
	for _, end := range []string{".json.gz", ".json"} {
		if s, ok := strings.CutSuffix(base, end); ok {
			return s, true
		}
	}
	return "", false
}

// ParseDigestName reads ACCOUNT_CloudTrail-Digest_REGION_TRAIL_HOMEREGION_YYYYMMDDTHHMMSSZ[_backfill].json.gz
// out of the last element of p. Trail names may hold underscores and look like a region, so the name
// is anchored at both ends: regions hold none. Source: AWS CloudTrail User Guide, "CloudTrail digest
// file structure".
func ParseDigestName(p string) (DigestName, bool) {
	base, ok := trimEnding(path.Base(p))
	if !ok {
		return DigestName{}, false
	}
	n := DigestName{Chain: ChainID{Kind: Standard}}
	if s, ok := strings.CutSuffix(base, backfillTail); ok {
		base, n.Chain.Kind = s, Backfill
	}
	account, rest, ok := strings.Cut(base, digestMark)
	if !ok || account == "" {
		return DigestName{}, false
	}
	rest, stamp, ok := cutLast(rest, "_")
	if !ok {
		return DigestName{}, false
	}
	end, err := time.Parse(digestStamp, stamp)
	if err != nil {
		return DigestName{}, false
	}
	region, rest, ok := strings.Cut(rest, "_")
	if !ok || !isRegion(region) {
		return DigestName{}, false
	}
	trail, home, ok := cutLast(rest, "_")
	if !ok || trail == "" || !isRegion(home) {
		return DigestName{}, false
	}
	n.Chain.Account, n.Chain.Region, n.Chain.Trail, n.Chain.Home, n.End = account, region, trail, home, end
	return n, true
}

// ParseLogName reads ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_UNIQUE.json.gz out of the last element of p.
// A name that only begins so is a log's all the same, or another ending would hide a planted file; the
// minute is zero when it cannot be read. What we keep beside an object is no log.
func ParseLogName(p string) (LogName, bool) {
	base := path.Base(p)
	account, rest, ok := strings.Cut(base, logMark)
	if !ok || account == "" || strings.HasSuffix(base, sidecarSuffix) {
		return LogName{}, false
	}
	region, rest, ok := strings.Cut(rest, "_")
	if !ok || !isRegion(region) {
		return LogName{}, false
	}
	n := LogName{Account: account, Region: region}
	_, ended := trimEnding(base)
	written, unique, _ := strings.Cut(rest, "_")
	if at, err := time.Parse(logStamp, written); err == nil && ended && unique != "" {
		n.Delivered = at
		return n, true
	}
	if !isAccount(account) {
		return LogName{}, false
	}
	written, _, _ = strings.Cut(written, ".")
	for _, layout := range []string{logStamp, digestStamp} {
		if at, err := time.Parse(layout, written); err == nil {
			n.Delivered = at.Truncate(time.Minute)
		}
	}
	return n, true
}

// isAccount accepts the shape of an account's number.
func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// isRegion accepts the shape of a Region name, not a list of them: lower-case words and a number,
// joined by dashes.
func isRegion(s string) bool {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return strings.Count(s, "-") >= 2
}
