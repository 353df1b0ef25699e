package cloudtrail

import (
	"strings"
	"time"

	"trailsift/model"
)

// The times a case can hold: years 0001 to 9999.
var (
	firstTime = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	lastTime  = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
)

// how tells in which form a time was written.
type how uint8

const (
	unreadable how = iota
	generous       // with an offset, a fraction that counts, a leap second
	fractional     // as Elasticsearch writes it: 2006-01-02T15:04:05.000Z
	exact          // 2006-01-02T15:04:05Z
)

// clock reads times. Neighbouring records are of one day, so the last day is remembered.
type clock struct {
	day   string
	start int64
}

// read gives Unix seconds. A time without a zone is not read: nothing says which it was.
func (c *clock) read(s string) (int64, how) {
	if len(s) < len("2006-01-02T15:04:05Z") || s[13] != ':' || s[16] != ':' || s[10]|0x20 != 't' && s[10] != ' ' {
		return model.NoTime, unreadable
	}
	if s[:10] != c.day {
		start, ok := midnight(s)
		if !ok {
			return model.NoTime, unreadable
		}
		c.day, c.start = strings.Clone(s[:10]), start
	}
	h, m, sec := two(s, 11), two(s, 14), two(s, 17)
	if h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 60 {
		return model.NoTime, unreadable
	}
	kind := exact
	if s[10] != 'T' {
		kind = generous
	}
	if sec == 60 {
		sec, kind = 59, generous
	}
	at := c.start + int64(h)*3600 + int64(m)*60 + int64(sec)
	rest := s[19:]
	if rest != "Z" {
		offset, form := zone(rest)
		if form == unreadable {
			return model.NoTime, unreadable
		}
		at, kind = at-offset, min(kind, form)
	}
	if at < firstTime || at > lastTime {
		return model.NoTime, unreadable
	}
	return at, kind
}

// zone reads a fraction of a second, which is dropped, and an offset from UTC in seconds.
func zone(s string) (int64, how) {
	kind := generous
	if s[0] == '.' || s[0] == ',' {
		n := 1
		for n < len(s) && s[n]-'0' <= 9 {
			n++
		}
		if n == 1 {
			return 0, unreadable
		}
		if s[0] == '.' && s[n:] == "Z" {
			kind = fractional
		}
		s = s[n:]
	}
	if s == "Z" || s == "z" {
		return 0, kind
	}
	if len(s) < 5 || s[0] != '+' && s[0] != '-' {
		return 0, unreadable
	}
	at := 3
	if s[3] == ':' {
		at = 4
	}
	if len(s) != at+2 {
		return 0, unreadable
	}
	h, m := two(s, 1), two(s, at)
	if h < 0 || h > 23 || m < 0 || m > 59 {
		return 0, unreadable
	}
	offset := int64(h)*3600 + int64(m)*60
	if s[0] == '-' {
		offset = -offset
	}
	return offset, generous
}

func midnight(s string) (int64, bool) {
	a, b, month, day := two(s, 0), two(s, 2), two(s, 5), two(s, 8)
	if a < 0 || b < 0 || month < 1 || month > 12 || day < 1 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	t := time.Date(a*100+b, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return t.Unix(), t.Day() == day && a*100+b > 0
}

// two is the number of two digits at s[i], or negative.
func two(s string, i int) int {
	a, b := s[i]-'0', s[i+1]-'0'
	if a > 9 || b > 9 {
		return -1
	}
	return int(a)*10 + int(b)
}
