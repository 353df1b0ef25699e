package s3

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"trailsift/model"
)

// Choose picks the streams that are wanted. Logs are; what lies elsewhere is only with all, or when a
// place names its object. left says in sentences which logs were found and are left out, and what could
// not be told apart; others is how many places of no logs are left out.
func (l *Layout) Choose(places []string, all bool) (ids []int, left []string, others int) {
	trail := trailName(l.want.Trail)
	delivered := l.deliveries(trail)
	var bare []string // where the trail delivers to, without a digest of it
	for _, s := range l.streams {
		switch {
		case s.Kind == model.StreamOther:
			if s.named(places) || all && l.want.sure(s.Stream) {
				ids = append(ids, s.ID)
			} else {
				others++
			}
		case !l.want.sure(s.Stream):
			left = append(left, place(s.Bucket, s.Prefix)+": access logs whose names tell no account or Region are left out; load them by their own prefix")
		case trail == "":
			ids = append(ids, s.ID)
		case s.Kind == model.StreamAccess:
			left = append(left, place(s.Bucket, s.Prefix)+": access logs are no trail's and are left out")
		case slices.Contains(delivered, s.delivery()):
			ids = append(ids, s.ID)
		case digested(s.Kind) && slices.ContainsFunc(delivered, func(d string) bool { return strings.HasPrefix(d, trailRoot(s)+" ") }):
			if name := strings.TrimSpace(s.Account + " " + s.Region); !slices.Contains(bare, name) {
				bare = append(bare, name)
			}
		}
	}
	if trail != "" {
		left = append(left, l.sharing(trail, delivered)...)
	}
	if len(bare) > 0 {
		left = append(left, fmt.Sprintf("log files of %s are left out: no digest of trail %.128q lies beside them", someOf(bare, 4), trail))
	}
	return ids, left, others
}

// Named are the streams with some places, as Place tells them.
func (l *Layout) Named(places []string) (ids []int) {
	for _, s := range l.streams {
		if slices.Contains(places, Place(s.Stream)) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// Place tells a stream from all others, now and when its bucket is looked into again.
func Place(s model.Stream) string { return string(s.Kind) + " s3://" + s.Bucket + "/" + s.Prefix }

// named tells that a place is the key of an object of s.
func (s *stream) named(places []string) bool {
	return slices.ContainsFunc(s.held, func(o Object) bool { return slices.Contains(places, o.Locator()) })
}

// sure tells that a stream is of the accounts and Regions that are wanted.
func (p Pruning) sure(s model.Stream) bool {
	return (len(p.Accounts) == 0 || slices.Contains(p.Accounts, s.Account)) && (len(p.Regions) == 0 || slices.Contains(p.Regions, s.Region))
}

// trailRoot is where a trail delivers to: what comes before the account.
func trailRoot(s *stream) string {
	at := strings.LastIndex(s.root, "AWSLogs/")
	return s.Bucket + "/" + s.root[:max(0, at)] + s.Org
}

// delivery is the place of logs and their digests: an account and Region where a trail delivers to, which
// others may share.
func (s *stream) delivery() string { return trailRoot(s) + " " + s.Account + " " + s.Region }

// deliveries are the places where digests of a trail lie: a trail of one Region or account shares its folders
// up to there with others.
func (l *Layout) deliveries(trail string) (places []string) {
	for _, s := range l.streams {
		if trail != "" && s.Kind == model.StreamDigests && slices.Contains(s.Trails, trail) && !slices.Contains(places, s.delivery()) {
			places = append(places, s.delivery())
		}
	}
	return places
}

// sharing says what --trail cannot tell apart.
func (l *Layout) sharing(trail string, delivered []string) []string {
	var with []string
	for _, s := range l.streams {
		for _, t := range s.Trails {
			if t != trail && slices.Contains(delivered, s.delivery()) && !slices.Contains(with, t) {
				with = append(with, t)
			}
		}
	}
	switch {
	case len(delivered) == 0:
		return []string{fmt.Sprintf("no digest of trail %.128q was found; only their names tell where a trail delivers to", trail)}
	case len(with) > 0:
		slices.Sort(with)
		return []string{fmt.Sprintf("log files of trail %q lie in the same folders, and no name tells which is whose: they are taken too, with their digests", strings.Join(with, ", "))}
	}
	return nil
}

// someOf lists some of many.
func someOf(list []string, most int) string {
	if n := len(list) - most; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), n)
	}
	return strings.Join(list, ", ")
}

// datedPlace finds a year and a month in a prefix.
var datedPlace = regexp.MustCompile(`(^|[^0-9])20[0-9]{2}[-/][01][0-9]`)

// Specific tells that a place names an account, a time or one object by itself, so that all of it may be
// meant.
func (l *Layout) Specific(s string) bool {
	bucket, prefix, err := ParseURL(s)
	if err != nil {
		return false
	}
	at := locate(prefix)
	named := slices.ContainsFunc(l.streams, func(t *stream) bool { return t.Bucket == bucket && t.named([]string{s}) })
	return named || at.account != "" && at.step != stepPlain || datedPlace.MatchString(prefix)
}
