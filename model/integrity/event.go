package integrity

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Event is a change of a trail that the evidence records.
type Event struct {
	Time    time.Time
	Account string
	Region  string
	Trail   string // name of the trail; empty when the record does not tell
	Text    string // "StopLogging by arn:…": foreign text
}

// TrailOps are the operations that may end, interrupt or narrow what a trail delivers.
var TrailOps = []string{"StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"}

// TrailChange reads a successful request to CloudTrail as an event. Updates that do not switch
// validation off are none. request is requestParameters as JSON.
// Source: AWS CloudTrail API Reference, the operations of TrailOps.
func TrailChange(op, account, region, actor, request string, at time.Time) (Event, bool) {
	if !slices.Contains(TrailOps, op) {
		return Event{}, false
	}
	var asked struct {
		Name       string `json:"name"`
		TrailName  string `json:"trailName"`
		Validation *bool  `json:"enableLogFileValidation"`
	}
	// What cannot be read tells nothing more about the event.
	_ = json.Unmarshal([]byte(request), &asked)
	e := Event{Time: at, Account: account, Region: region, Text: op}
	if op == "UpdateTrail" {
		if asked.Validation == nil || *asked.Validation {
			return Event{}, false
		}
		e.Text += " that switched validation off"
	}
	if e.Trail = asked.Name; e.Trail == "" {
		e.Trail = asked.TrailName
	}
	// An ARN ends in :trail/NAME; its account and Region are the trail's own.
	if parts := strings.SplitN(e.Trail, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		e.Region, e.Account = parts[3], parts[4]
		e.Trail = strings.TrimPrefix(parts[5], "trail/")
	}
	if actor == "" {
		actor = "an actor it does not name"
	}
	e.Text += " by " + actor
	return e, true
}

// near is how long before and after a gap a change may be to be told of: digests are hourly and late.
const near = 2 * time.Hour

// coinciding lists what happened to the trail of c about a gap, in the order of time.
func (v *verification) coinciding(c *Chain, from, to time.Time) []string {
	var found []Event
	for _, e := range v.in.Events {
		when := e.Time.After(from.Add(-near)) && e.Time.Before(to.Add(near))
		where := (e.Account == "" || e.Account == c.Account) && (e.Region == "" || e.Region == c.Region || e.Region == c.Home)
		if when && where && (e.Trail == "" || e.Trail == c.Trail) {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b Event) int {
		if c := a.Time.Compare(b.Time); c != 0 {
			return c
		}
		return strings.Compare(a.Text, b.Text)
	})
	out := []string{}
	for _, e := range found {
		out = append(out, e.Text+" at "+stamp(e.Time))
	}
	return slices.Compact(out)
}
