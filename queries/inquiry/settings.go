package inquiry

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/recording"
)

// settle puts what AWS answered among the changes that the evidence tells of, each from its moment on.
func (c *coverer) settle(settings []answer.Setting) {
	for _, s := range settings {
		switch {
		case s.Bucket != "":
			c.logged = append(c.logged, logging{s.At, s.Bucket, s.Logging})
		case s.Trails:
			c.chosen = append(c.chosen, selection{at: s.At, account: s.Account, region: s.Region})
			if s.Stopped {
				c.stopped(s)
			}
		case s.Trail != "":
			c.chosen = append(c.chosen, chosenBy(s.At, s.Account, s.Region, s.Trail, s.Selectors))
		}
		if s.Text != "" {
			about := strings.Join([]string{"answer", s.Account, s.Region, s.Trail, s.Bucket}, "\x00")
			c.cause(about, answer.Cause{Event: answer.Event{Time: moment(s.At)}, Text: "AWS answered: " + s.Text})
		}
	}
	for _, x := range c.inForce {
		c.out.Causes = append(c.out.Causes, x)
	}
	// An answer about all trails comes before those about each one of them at the same moment.
	slices.SortStableFunc(c.chosen, func(a, b selection) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(min(len(a.trail), 1), min(len(b.trail), 1)))
	})
	slices.SortStableFunc(c.logged, func(a, b logging) int { return a.at.Compare(b.at) })
	slices.SortStableFunc(c.out.Causes, func(a, b answer.Cause) int {
		return cmp.Or(compareMoments(a.Time, b.Time), cmp.Compare(a.Record, b.Record), cmp.Compare(a.Text, b.Text))
	})
}

// cause keeps a change of the span, and the last one before it of what it is about. A change that is about
// nothing is not in force for long.
func (c *coverer) cause(about string, x answer.Cause) {
	switch {
	case !x.Time.Before(c.span.To):
	case !x.Time.Before(c.span.From):
		c.out.Causes = append(c.out.Causes, x)
	case about != "" && (c.inForce[about].Time == nil || !x.Time.Before(*c.inForce[about].Time)):
		x.Before = true
		c.inForce[about] = x
	}
}

// chosenBy is what selectors mean from a moment on.
func chosenBy(at time.Time, account, region, trail string, selectors map[string]any) selection {
	return selection{at: at, account: account, region: region, trail: path.Base(trail), named: recording.Buckets(selectors), keeps: selector(selectors)}
}

// stopped makes a gap from the answer on, until a trail was started.
func (c *coverer) stopped(s answer.Setting) {
	id := s.Account + "\x00" + s.Region
	gap := model.Span{From: s.At}
	for _, at := range c.starts[id] {
		if at.After(s.At) && (gap.To.IsZero() || at.Before(gap.To)) {
			gap.To = at
		}
	}
	c.stops[id] = append(c.stops[id], gap)
}
