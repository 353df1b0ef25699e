package explore

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
	"trailsift/ui/widget/histogram"
)

// Hours is what is known of every hour of the evidence. It does not depend on a filter, so it is asked
// once for a state of the case.
type Hours struct {
	// Ask tells what was recorded in every hour of a span; nil: this session cannot.
	Ask func(ctx context.Context, span model.Span) (answer.Coverage, error)

	known    bool
	all      answer.Coverage
	requests int64               // of the case then
	judged   *model.Verification // the one then
}

// longest is the longest span whose hours are asked for.
const longest = 10 * 365 * 24 * time.Hour

type coverReady struct {
	id       int
	all      answer.Coverage
	requests int64
	judged   *model.Verification
	err      error
}

// loadCover shows what the evidence covers of what the filter restricts to, below bars like b.
func (e *Explore) loadCover(b model.Bars) tea.Cmd {
	h := e.options.Hours
	span := union(b.Span, e.over.Span)
	if span.To.Sub(span.From) > longest {
		span = b.Span // a record with a time that cannot be right
	}
	why := ""
	switch {
	case len(b.Bars) == 0:
		return nil
	case h.Ask == nil:
		why = "logs: not known"
	case e.loading:
		why = "logs: after the load"
	case span.To.Sub(span.From) > longest:
		why = "logs: span too long"
	case h.known && h.requests == e.over.Requests && same(h.judged, e.over.Verification) && holds(h.all, b.Span):
		e.bars.SetCover(covering(h.all, e.view.filter))
		return nil
	}
	if why != "" {
		e.bars.SetCover(histogram.Cover{Why: why})
		return nil
	}
	e.bars.SetCover(histogram.Cover{Why: "logs: looking" + e.theme.Cut})
	ctx, cancel := begin()
	e.chain(cancel)
	m := coverReady{id: e.result.id, requests: e.over.Requests, judged: e.over.Verification}
	return func() tea.Msg {
		m.all, m.err = h.Ask(ctx, span)
		return m
	}
}

func union(a, b model.Span) model.Span {
	if !b.From.IsZero() && b.From.Before(a.From) {
		a.From = b.From
	}
	if b.To.After(a.To) {
		a.To = b.To
	}
	return a
}

func holds(c answer.Coverage, s model.Span) bool { return !s.From.Before(c.From) && !s.To.After(c.To) }

func same(a, b *model.Verification) bool {
	return a == b || a != nil && b != nil && *a == *b
}

func (e *Explore) receiveCover(m coverReady) tea.Cmd {
	mine := e.answered(m.id)
	if m.err != nil {
		if !mine {
			return nil // the bars it was for are gone; those that follow ask again
		}
		e.bars.SetCover(histogram.Cover{Why: "logs: not known"})
		return e.report("ask what the evidence covers", m.err)
	}
	h := e.options.Hours
	h.known, h.all, h.requests, h.judged = true, m.all, m.requests, m.judged
	if mine {
		e.bars.SetCover(covering(m.all, e.view.filter))
	}
	return nil
}

// covering is what all says of the logs, accounts, regions and buckets that f restricts to: of each
// log the state of every hour that must not be missed.
func covering(all answer.Coverage, f model.Filter) histogram.Cover {
	out := histogram.Cover{From: all.From}
	n := int(all.To.Sub(all.From) / time.Hour)
	for log, into := range map[model.Log]*string{model.CloudTrail: &out.CloudTrail, model.AccessLog: &out.Access} {
		var hours []byte
		for i := range all.Strips {
			s := &all.Strips[i]
			if s.Log != log.String() || !inQuestion(s, f) {
				continue
			}
			if hours == nil {
				hours = slices.Repeat([]byte{answer.HourUnknown}, n)
			}
			for x := range min(n, len(s.Hours)) {
				hours[x] = histogram.Foremost(hours[x], s.Hours[x])
			}
		}
		*into = string(hours)
	}
	return out
}

// inQuestion tells that records of the strip can be kept by f, as far as the conditions on what strips
// are of say so.
func inQuestion(s *answer.Strip, f model.Filter) bool {
	class := slices.ContainsFunc(f.Terms, func(t model.Term) bool { return !t.Off && !t.Not && t.Field == model.FieldCategory })
	for _, t := range f.Terms {
		if t.Off {
			continue
		}
		v := ""
		switch t.Field {
		case model.FieldLog:
			v = s.Log
		case model.FieldCategory:
			v = s.Events
		case model.FieldAccount:
			v = s.Account
		case model.FieldRegion:
			v = s.Region
		case model.FieldBucket, model.FieldObject:
			if class && s.Bucket == "" && s.Log == model.CloudTrail.String() {
				continue // events of the asked kind are not told apart by bucket
			}
			if t.Field == model.FieldObject && (t.Not || t.Op != model.Equals) {
				continue
			}
			v = s.Bucket
		default:
			continue
		}
		if t.Op <= model.Present && fits(t, v) == t.Not {
			return false
		}
	}
	return true
}

// fits tells that a value, empty when it is absent, is one that t names.
func fits(t model.Term, v string) bool {
	if v == "" {
		return false
	}
	if t.Op == model.Present {
		return true
	}
	return slices.ContainsFunc(t.Values, func(want model.Value) bool {
		if t.Field == model.FieldObject {
			want = bucketOf(want)
		}
		switch {
		case t.Op == model.Matches:
			re, err := regexp.Compile(want.Text)
			return err != nil || re.MatchString(v)
		case want.Glob:
			return filter.Glob(want.Text, v)
		}
		return want.Text == v
	})
}

// bucketOf is what a value of object says of the bucket.
func bucketOf(v model.Value) model.Value {
	v.Text = strings.TrimPrefix(v.Text, "s3://")
	if i := strings.Index(v.Text, ":s3:::"); i >= 0 {
		v.Text = v.Text[i+len(":s3:::"):]
	}
	head, _, _ := strings.Cut(v.Text, "/")
	if star := strings.IndexByte(head, '*'); v.Glob && star >= 0 {
		head = head[:star+1] // it may reach over the slash
	}
	v.Text = head
	return v
}
