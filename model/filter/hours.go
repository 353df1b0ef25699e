package filter

import (
	"strconv"
	"strings"

	"trailsift/model"
)

// Hours are the hours of the day that a value of the field hour stands for: from the first up to, and
// not including, the second, in minutes east of UTC. A first after the second reaches over midnight.
type Hours struct{ From, To, East int }

// ParseHours reads 8-18, 22-6 or 8-18+01:00.
func ParseHours(v model.Value) (Hours, bool) {
	var h Hours
	first, rest, ok := strings.Cut(v.Text, "-")
	if v.Glob || !ok {
		return h, false
	}
	last, zone := rest, ""
	if i := strings.IndexAny(rest, "+-"); i >= 0 {
		last, zone = rest[:i], rest[i:]
	}
	if h.From, ok = twoDigits(first, 23); !ok {
		return h, false
	}
	if h.To, ok = twoDigits(last, 24); !ok || h.From == h.To || zone == "" {
		return h, ok && h.From != h.To
	}
	hour, minute, ok := strings.Cut(zone[1:], ":")
	a, okHour := twoDigits(hour, 14)
	b, okMinute := twoDigits(minute, 59)
	if h.East = a*60 + b; zone[0] == '-' {
		h.East = -h.East
	}
	return h, ok && okHour && okMinute
}

func twoDigits(s string, most int) (int, bool) {
	if len(s) == 0 || len(s) > 2 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n <= most
}

// Holds tells that a second of 1970 lies in the hours.
func (h Hours) Holds(unix int64) bool {
	hour := int(((unix+int64(h.East)*60)/3600%24 + 24) % 24)
	if h.From < h.To {
		return h.From <= hour && hour < h.To
	}
	return h.From <= hour || hour < h.To
}

func validHours(v model.Value) bool {
	_, ok := ParseHours(v)
	return ok
}
