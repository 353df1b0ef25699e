package accesslog

import (
	"time"

	"trailsift/model"
)

// clock reads times such as 06/Feb/2019:00:00:38 +0000. It remembers the last day, because
// neighbouring lines share it.
type clock struct {
	day     [11]byte
	dayUnix int64
}

const timeLength = len("06/Feb/2019:00:00:38 +0000")

// unix is the time in Unix seconds. It is NoTime for what is no time, and odd tells that it is that
// or a leap second, which is taken as the second before it: nothing is guessed.
func (c *clock) unix(b []byte) (seconds int64, odd bool) {
	if len(b) != timeLength || b[11] != ':' || b[14] != ':' || b[17] != ':' || b[20] != ' ' {
		return model.NoTime, true
	}
	hour, minute, second := digits(b[12:14]), digits(b[15:17]), digits(b[18:20])
	zoneHour, zoneMinute := digits(b[22:24]), digits(b[24:26])
	if min(hour, minute, second, zoneHour, zoneMinute) < 0 || hour > 23 || minute > 59 || second > 60 || zoneMinute > 59 {
		return model.NoTime, true
	}
	zone := int64(zoneHour)*3600 + int64(zoneMinute)*60
	switch b[21] {
	case '+':
	case '-':
		zone = -zone
	default:
		return model.NoTime, true
	}
	if !c.sameDay(b[:11]) {
		return model.NoTime, true
	}
	if second == 60 {
		second, odd = 59, true
	}
	return c.dayUnix + int64(hour)*3600 + int64(minute)*60 + int64(second) - zone, odd
}

// sameDay makes dayUnix the midnight of day, dd/Mon/yyyy, if there is such a day.
func (c *clock) sameDay(day []byte) bool {
	if string(day) == string(c.day[:]) {
		return true
	}
	d, year := digits(day[:2]), digits(day[7:11])
	month := months[[3]byte(day[3:6])]
	if day[2] != '/' || day[6] != '/' || d < 1 || year < 1 || month == 0 {
		return false
	}
	t := time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
	if t.Day() != d {
		return false
	}
	copy(c.day[:], day)
	c.dayUnix = t.Unix()
	return true
}

// months are English in every locale.
var months = map[[3]byte]time.Month{
	{'J', 'a', 'n'}: time.January, {'F', 'e', 'b'}: time.February, {'M', 'a', 'r'}: time.March,
	{'A', 'p', 'r'}: time.April, {'M', 'a', 'y'}: time.May, {'J', 'u', 'n'}: time.June,
	{'J', 'u', 'l'}: time.July, {'A', 'u', 'g'}: time.August, {'S', 'e', 'p'}: time.September,
	{'O', 'c', 't'}: time.October, {'N', 'o', 'v'}: time.November, {'D', 'e', 'c'}: time.December,
}

// digits is the number that b spells, or -1.
func digits(b []byte) int {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}
