package explore

import (
	"strings"
	"time"

	"trailsift/model/filter"
)

// Times as a list prints them, less what all rows share: the day, or the year.
var (
	timesOfDay  = []string{"15:04", "15:04:05", "15:04Z07:00", "15:04:05Z07:00"}
	timesOfYear = []string{"01-02", "01-02 15:04", "01-02 15:04:05", "01-02 15:04Z07:00", "01-02 15:04:05Z07:00"}
)

// moment reads a time that is typed, UTC unless it has a zone of its own. What it leaves out, the day
// or the year, is that of near. -7d counts from the end of the evidence.
func (e *Explore) moment(text string, near time.Time) (time.Time, bool) {
	text = strings.TrimRight(strings.TrimSpace(text), e.theme.Near)
	if at, err := filter.ParseTime(text); err == nil {
		return at, true
	}
	if strings.HasPrefix(text, "-") {
		f, err := e.read("since:" + text)
		return window(f).From, err == nil && !window(f).From.IsZero()
	}
	near, text = near.UTC(), strings.ToUpper(text)
	for _, layout := range timesOfDay {
		if t, err := time.Parse(layout, text); err == nil {
			return onDay(near, near.Month(), near.Day(), t), true
		}
	}
	for _, layout := range timesOfYear {
		if t, err := time.Parse(layout, strings.Replace(text, "T", " ", 1)); err == nil {
			return onDay(near, t.Month(), t.Day(), t), true
		}
	}
	return time.Time{}, false
}

// onDay is the time of day of t on a day of the year of near, in the zone of t.
func onDay(near time.Time, m time.Month, day int, t time.Time) time.Time {
	return time.Date(near.Year(), m, day, t.Hour(), t.Minute(), t.Second(), 0, t.Location()).UTC()
}
