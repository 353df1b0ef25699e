package recording

import (
	"strings"
	"time"

	"trailsift/model/answer"
)

// Settings are what a report tells coverage: selectors of trails, whether these are all trails of a
// Region, and access logging of buckets. Each is dated by its own reply.
func (r Report) Settings() []answer.Setting {
	var out []answer.Setting
	for _, reply := range r.Replies {
		switch reply.Call {
		case "DescribeTrails":
			if s, ok := r.allTrails(reply); ok {
				out = append(out, s)
			}
		case "GetBucketLogging":
			if !reply.Unread() {
				to := targetOf(reply).TargetBucket
				text := "access logging of " + reply.About + " is off"
				if to != "" {
					text = "access logging of " + reply.About + " goes to " + to
				}
				out = append(out, answer.Setting{At: reply.Asked, Text: text, Bucket: reply.About, Logging: to != ""})
			}
		}
	}
	for _, t := range r.Trails {
		if t.Selectors == nil {
			continue
		}
		_, account, name, _ := ParseTrail(t.ARN)
		out = append(out, answer.Setting{At: t.Asked, Text: "event selectors of " + name, Account: orWord(r.Account, account), Region: t.Region, Trail: t.ARN, Selectors: t.Selectors})
	}
	return out
}

// LogBuckets are the buckets that logs go to by what AWS answered, with the answer in words.
func (r Report) LogBuckets() map[string]string {
	out := map[string]string{}
	for _, reply := range r.Replies {
		at := " (AWS answered at " + reply.Asked.UTC().Format(time.RFC3339) + ")"
		switch reply.Call {
		case "GetBucketLogging":
			if to := targetOf(reply).TargetBucket; to != "" {
				out[to] = "access logs of " + reply.About + " go to it" + at
			}
		case "DescribeTrails", "GetTrail":
			var trails struct {
				TrailList []described
				Trail     described
			}
			reply.into(&trails)
			for _, d := range append(trails.TrailList, trails.Trail) {
				if d.S3BucketName != "" {
					out[d.S3BucketName] = "the trail " + d.Name + " delivers to it" + at
				}
			}
		}
	}
	return out
}

// allTrails holds when the list and the selectors of everything in it could be read: else some trail may
// select what the others leave out. It is dated by the latest of these replies.
func (r Report) allTrails(list Reply) (answer.Setting, bool) {
	s := answer.Setting{At: list.Asked, Account: r.Account, Region: list.About, Trails: true, Stopped: true}
	var names []string
	var out struct {
		TrailList []struct{ TrailARN string }
	}
	if r.Account == "" || !list.into(&out) || len(out.TrailList) > mostTrails {
		return s, false
	}
	for _, d := range out.TrailList {
		t, ok := r.trail(d.TrailARN)
		if !ok || t.Selectors == nil || t.Running == nil {
			return s, false
		}
		if t.Asked.After(s.At) {
			s.At = t.Asked
		}
		s.Stopped = s.Stopped && !*t.Running
		_, _, name, _ := ParseTrail(t.ARN)
		names = append(names, name)
	}
	s.Stopped = s.Stopped && len(names) > 0
	s.Text = "all trails that can record " + list.About + ": " + orWord(strings.Join(names, ", "), "none")
	return s, true
}

func (r Report) trail(arn string) (Trail, bool) {
	for _, t := range r.Trails {
		if t.ARN == arn {
			return t, true
		}
	}
	return Trail{}, false
}
