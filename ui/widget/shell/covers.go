package shell

import (
	"fmt"
	"strings"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/theme"
	"trailsift/ui/widget/value"
)

// CoverageWords says what the evidence could have shown: an empty answer is worth as much as that.
func CoverageWords(th *theme.Theme, c model.Coverage) []string {
	var out []string
	say := func(all []string) {
		for _, s := range all {
			out = append(out, th.Show(safe.New(s).String()))
		}
	}
	say(c.Missing)
	for _, l := range c.Lines {
		name := l.Bucket
		if l.Log == model.CloudTrail {
			name = strings.TrimSpace(l.Account + " " + l.Bucket)
		}
		s := fmt.Sprintf("%s %s: %s, %s to %s", l.Log, safe.New(name), value.Of(l.Records, "record", "records"), value.Time(l.First), value.Time(l.Last))
		if l.WindowHours > 0 {
			s += fmt.Sprintf(", records in %d of %d hours of the window", l.Hours, l.WindowHours)
		}
		if l.Log == model.CloudTrail && !l.DataEvents {
			s += ", no data events"
		}
		out = append(out, th.Show(s))
	}
	say(c.Blind) // last: there may be one for each region
	if len(out) == 0 {
		out = append(out, "the evidence holds nothing that could have matched")
	}
	return out
}
