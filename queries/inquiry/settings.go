package inquiry

import (
	"cmp"
	"path"
	"slices"

	"trailsift/model"
	"trailsift/model/answer"
)

// settle puts what AWS answered among the changes that the evidence tells of, each from its moment on.
func (c *coverer) settle(settings []answer.Setting) {
	for _, s := range settings {
		switch {
		case s.Bucket != "":
			c.logged = append(c.logged, logging{s.At, s.Bucket, s.Logging})
			// A bucket that was asked about has its strip, even if no line of its log is here.
			c.lane(answer.Strip{Log: model.AccessLog.String(), Events: model.Data.String(), Bucket: s.Bucket})
		case s.Trails:
			c.chosen = append(c.chosen, selection{at: s.At, account: s.Account, region: s.Region})
			if s.Stopped {
				c.stopped(s)
			}
		case s.Trail != "":
			c.chosen = append(c.chosen, selection{at: s.At, account: s.Account, trail: path.Base(s.Trail), keeps: selector(s.Selectors)})
		}
		if s.Text != "" && !s.At.Before(c.span.From) && s.At.Before(c.span.To) {
			c.out.Causes = append(c.out.Causes, answer.Cause{Event: answer.Event{Time: moment(s.At)}, Text: "AWS answered: " + s.Text})
		}
	}
	// An answer about all trails comes before those about each one of them at the same moment.
	slices.SortStableFunc(c.chosen, func(a, b selection) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(min(len(a.trail), 1), min(len(b.trail), 1)))
	})
	slices.SortStableFunc(c.logged, func(a, b logging) int { return a.at.Compare(b.at) })
	slices.SortStableFunc(c.out.Causes, func(a, b answer.Cause) int { return compareMoments(a.Time, b.Time) })
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
