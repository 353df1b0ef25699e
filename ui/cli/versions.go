package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"trailsift/loaders"
	"trailsift/loaders/s3"
	"trailsift/loaders/source"
	"trailsift/model"
	"trailsift/model/integrity"
	"trailsift/queries/store"
)

// Bounds of the search for older versions: of rounds, since what is found may tell of more that is
// missing, and of places in one round.
const (
	versionRounds = 8
	versionPlaces = 2000
)

// olderVersions looks for older versions of what is altered or missing in the buckets among sources, and
// takes them in. CloudTrail writes each key once, so that an older version is what was there before
// somebody wrote or deleted it. What came of it is kept for every verification.
func (p *program) olderVersions(ctx context.Context, s *session, opt loaders.Options, sources []string, progress *model.Progress) (all loaders.Summary, err error) {
	places := bucketsOf(sources)
	if len(places) == 0 || s.remote.client == nil {
		return all, nil
	}
	search := versionSearch{places: places, tried: map[string]bool{}, since: s.remote.since}
	if search.came, err = s.lookedFor(ctx); err != nil {
		return all, err
	}
	for range versionRounds {
		report := s.Verdict()
		if report == nil {
			return all, nil
		}
		found, err := p.findOlder(ctx, s, &search, report.Suspects(), progress)
		if err != nil || !search.fresh {
			return all, err
		}
		if err := s.keepLookedFor(ctx, search.came); err != nil {
			return all, err
		}
		if len(found) > 0 {
			sum, err := p.takeVersions(ctx, s, opt, found, progress)
			all.Add(sum)
			if err != nil {
				return all, err
			}
		}
		// The findings say what came of it.
		if _, err := s.verify(ctx, asking{}, progress); err != nil {
			return all, err
		}
	}
	return all, nil
}

// versionSearch is how far a search for older versions has come.
type versionSearch struct {
	places []string          // that are loaded from
	came   map[string]string // what came of it, by suspect: kept in the case
	tried  map[string]bool   // in this search
	fresh  bool              // the last round came to something new
	since  time.Time         // where what the load asked for begins; zero is nowhere
}

// What may come out differently when it is looked for again begins so.
const (
	unlistable = "older versions of its key cannot be listed: "
	unasked    = "it was not fetched: what was asked for begins with what was delivered "
)

// open tells that nobody looked for the versions of a suspect yet, or that they could not be listed.
func (v *versionSearch) open(suspect string) (bucket, key string, open bool) {
	bucket, key, ok := strings.Cut(suspect, "/")
	came, done := v.came[suspect]
	again := strings.HasPrefix(came, unlistable) || strings.HasPrefix(came, unasked)
	open = ok && !v.tried[suspect] && (!done || again) && len(v.tried) < versionPlaces &&
		slices.ContainsFunc(v.places, func(place string) bool { return covers(place, bucket, key) })
	return bucket, key, open
}

// findOlder looks for the versions of suspects. Where a digest is missing, those before it may be too:
// the versions of all in its folder that is not here are found with it.
func (p *program) findOlder(ctx context.Context, s *session, v *versionSearch, suspects []string, progress *model.Progress) (found []s3.Object, err error) {
	progress.Stage.Store("looking for older versions")
	members, err := s.engine.Members(ctx)
	if err != nil {
		return nil, err
	}
	here, closed := map[string]bool{}, map[string]string{} // by locator, by bucket
	for i := range members {
		here[members[i].Locator] = true
	}
	v.fresh = false
	for _, suspect := range suspects {
		bucket, key, open := v.open(suspect)
		if !open {
			continue
		}
		v.tried[suspect] = true
		if d, digest := integrity.ParseDigestName(key); digest && !d.End.After(v.since.Truncate(time.Minute)) {
			why := unasked + utc(v.since)
			v.fresh = v.fresh || v.came[suspect] != why
			v.came[suspect] = why
			continue
		}
		v.fresh = true
		if why := closed[bucket]; why != "" {
			v.came[suspect] = why
			continue
		}
		prefix := key
		if _, digest := integrity.ParseDigestName(key); digest && !here["s3://"+suspect] {
			prefix = key[:strings.LastIndexByte(key, '/')+1]
		}
		n := 0
		err := s.remote.client.Older(ctx, bucket, prefix, func(o s3.Object) error {
			if o.Key == key {
				n++
			}
			if o.Key == key || prefix != key && !here["s3://"+bucket+"/"+o.Key] {
				if !here[o.Locator()] {
					found, here[o.Locator()] = append(found, o), true
				}
			}
			return ctx.Err()
		})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		switch {
		case err != nil:
			closed[bucket] = unlistable + whatOf(err)
			v.came[suspect] = closed[bucket]
			p.warn("older versions of objects in "+bucket+" cannot be listed: "+whatOf(err), "")
		case n == 0:
			v.came[suspect] = "its key has no older version"
		case n == 1:
			v.came[suspect] = "the older version of its key is not what CloudTrail delivered either"
		default:
			v.came[suspect] = fmt.Sprintf("none of the %d older versions of its key is what CloudTrail delivered", n)
		}
	}
	return found, nil
}

// covers tells that an object lies below a place that is loaded from, or beside it: digests and logs of
// one trail lie in sibling folders.
func covers(place, bucket, key string) bool {
	b, prefix, err := s3.ParseURL(place)
	if err != nil || b != bucket {
		return false
	}
	root, _, found := strings.Cut(prefix, "AWSLogs/")
	return strings.HasPrefix(key, prefix) || found && strings.HasPrefix(key, root)
}

func whatOf(err error) string {
	var known *s3.Error
	if errors.As(err, &known) {
		return known.What
	}
	return err.Error()
}

// takeVersions loads older versions of objects.
func (p *program) takeVersions(ctx context.Context, s *session, opt loaders.Options, found []s3.Object, progress *model.Progress) (loaders.Summary, error) {
	sink, err := s.Case.Load(ctx, map[string]any{"older versions": len(found)})
	if err != nil {
		return loaders.Summary{}, caseFailure(s.Dir(), err)
	}
	evidence, err := source.OpenEvidence(s.Evidence(), p.now, p.identity().Operator)
	if err != nil {
		_, cerr := sink.Close(ctx)
		return loaders.Summary{}, errors.Join(access(err, "check that the case's folder may be written to"), cerr)
	}
	defer evidence.Close()
	req := loaders.Request{Sink: sink, Evidence: evidence, Options: opt}
	for _, o := range found {
		req.Remote = append(req.Remote, s.remote.client.Version(o, evidence))
	}
	sum, err := loaders.Load(ctx, req, progress)
	_, cerr := sink.Close(context.WithoutCancel(ctx))
	return sum, errors.Join(err, cerr)
}

// lookedFor is what came of looking for older versions, by place.
func (s *session) lookedFor(ctx context.Context) (map[string]string, error) {
	looked := map[string]string{}
	text, err := s.Fact(ctx, store.FactVersions)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &looked)
	}
	if err != nil {
		return nil, fmt.Errorf("read what came of looking for older versions: %w", err)
	}
	return looked, nil
}

func (s *session) keepLookedFor(ctx context.Context, looked map[string]string) error {
	text, err := json.Marshal(looked)
	if err != nil {
		return err
	}
	return s.SetFact(ctx, store.FactVersions, string(text))
}
