package integrity

import (
	"path"
	"slices"
	"strings"
	"time"
)

// unread is a place that nobody could look into: a folder without permission, or a link, which is not
// followed. What should lie below it is not absent: nobody knows.
type unread struct {
	file  *File
	parts []string // of its path
	told  bool     // a finding names it, or what should lie below it
}

// unreads finds the place that hides a file.
type unreads struct {
	all    []*unread
	byLast map[string][]*unread
	byDir  map[string]*unread // what over found, by the folder that was claimed
}

func newUnreads(files []*File) *unreads {
	u := &unreads{byLast: map[string][]*unread{}, byDir: map[string]*unread{}}
	for _, f := range files {
		if f.Unreadable == "" {
			continue
		}
		_, isLog := ParseLogName(f.Path)
		_, isDigest := ParseDigestName(f.Path)
		p := &unread{file: f, parts: strings.Split(strings.Trim(f.Path, "/"), "/")}
		if last := p.parts[len(p.parts)-1]; !isLog && !isDigest && last != "" {
			u.all = append(u.all, p)
			u.byLast[last] = append(u.byLast[last], p)
		}
	}
	return u
}

// over is the place below which bucket/object should lie by the rules of places; nil when none is.
func (u *unreads) over(bucket, object string) *unread {
	if len(u.all) == 0 || object == "" {
		return nil
	}
	dir := bucket + "/" + path.Dir(object)
	found, known := u.byDir[dir]
	if !known {
		found = u.find(strings.Split(dir, "/"))
		u.byDir[dir] = found
	}
	if found != nil {
		found.told = true
	}
	return found
}

// find compares the folders claimed, bucket first, with every place: one that ends in their beginning,
// with or without the bucket, or one that is wholly a run of them.
func (u *unreads) find(claimed []string) *unread {
	for end := len(claimed); end > 0; end-- {
		for _, p := range u.byLast[claimed[end-1]] {
			n := 0
			for n < end && n < len(p.parts) && p.parts[len(p.parts)-1-n] == claimed[end-1-n] {
				n++
			}
			if n == len(p.parts) || end-n <= 1 {
				return p
			}
		}
	}
	return nil
}

// reportUnread names the places of a trail's tree that no other finding tells of.
func (v *verification) reportUnread() {
	for _, p := range v.unread.all {
		code := p.code()
		if p.told || code == "" {
			continue
		}
		if from, to, ok := p.days(); ok && !v.overlaps(from.Add(-time.Hour), to.Add(time.Hour)) {
			continue
		}
		v.report.add(Incomplete, code, p.file.Path, "what lies there is not known: "+p.file.Unreadable)
	}
}

// code is the finding about a place of which nothing more is known; empty when it is no folder that
// CloudTrail delivers to.
func (p *unread) code() string {
	last := p.parts[len(p.parts)-1]
	account := isAccount(last) || strings.HasPrefix(last, "o-")
	level := account || isRegion(last) || strings.Trim(last, "0123456789") == ""
	switch {
	case last == "AWSLogs", last == "CloudTrail-Digest", slices.Contains(p.parts, "CloudTrail-Digest") && level:
		return "digest-unreadable"
	case last == "CloudTrail", slices.Contains(p.parts, "CloudTrail") && level:
		return "log-unreadable"
	case slices.Contains(p.parts, "AWSLogs") && account:
		return "digest-unreadable"
	}
	return ""
}

// days is the time a folder's path ends in: REGION/YYYY[/MM[/DD]].
func (p *unread) days() (from, to time.Time, ok bool) {
	i := slices.IndexFunc(p.parts, isRegion)
	if i < 0 {
		return from, to, false
	}
	rest := strings.Join(p.parts[i+1:], "/")
	for layout, next := range map[string][3]int{"2006": {1, 0, 0}, "2006/01": {0, 1, 0}, "2006/01/02": {0, 0, 1}} {
		if from, err := time.Parse(layout, rest); err == nil {
			return from, from.AddDate(next[0], next[1], next[2]), true
		}
	}
	return from, to, false
}
