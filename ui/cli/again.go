package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"trailsift/loaders"
	"trailsift/loaders/s3"
	"trailsift/loaders/source"
	"trailsift/model"
	"trailsift/queries/store"
)

// wish is what a case was once asked to load, and how. A case remembers its wishes, so that what came
// meanwhile can be looked for without naming anything again. Nothing in it is secret.
type wish struct {
	Sources  []string `json:"sources"`
	Copying  string   `json:"copy,omitempty"`
	Salvage  bool     `json:"salvage,omitempty"`
	Versions bool     `json:"versions,omitempty"`
	MaxSize  string   `json:"max_size,omitempty"`
	MaxRatio int64    `json:"max_ratio,omitempty"`
	Way      way      `json:"s3,omitzero"`
	Wanted   wanted   `json:"wanted,omitzero"`
}

// way is how a bucket is reached: the part of s3.Options that flags say.
type way struct {
	Endpoint      string `json:"endpoint,omitempty"`
	Profile       string `json:"profile,omitempty"`
	Region        string `json:"region,omitempty"`
	RoleARN       string `json:"role_arn,omitempty"`
	ExternalID    string `json:"external_id,omitempty"`
	NoSign        bool   `json:"no_sign,omitempty"`
	RequesterPays bool   `json:"requester_pays,omitempty"`
}

func wayOf(o s3.Options) way {
	return way{o.Endpoint, o.Profile, o.Region, o.RoleARN, o.ExternalID, o.NoSign, o.RequesterPays}
}

func (w way) options() s3.Options {
	return s3.Options{
		Endpoint: w.Endpoint, Profile: w.Profile, Region: w.Region, RoleARN: w.RoleARN, ExternalID: w.ExternalID,
		NoSign: w.NoSign, RequesterPays: w.RequesterPays,
	}
}

// options are the flags of a wish.
func (w wish) options() *loadOptions {
	return &loadOptions{copying: w.Copying, salvage: w.Salvage, versions: w.Versions, maxSize: w.MaxSize, maxRatio: w.MaxRatio, remote: w.Way.options(), wanted: w.Wanted}
}

// wishes are what the case was asked to load, in that order.
func (s *session) wishes(ctx context.Context) ([]wish, error) {
	text, err := s.Fact(ctx, store.FactWishes)
	if err != nil || text == "" {
		return nil, err
	}
	var list []wish
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("read what the case was asked to load: %w", err)
	}
	return list, nil
}

// rememberWish adds what is being loaded to what the case will look for again. Standard input is read
// once and gone.
func (s *session) rememberWish(ctx context.Context, o *loadOptions, sources []string) error {
	w := wish{Copying: o.copying, Salvage: o.salvage, Versions: o.versions, MaxSize: o.maxSize, MaxRatio: o.maxRatio}
	for _, src := range sources {
		switch {
		case isS3(src):
			w.Sources, w.Way, w.Wanted = append(w.Sources, src), wayOf(o.remote), o.wanted
		case src != source.Stdin:
			w.Sources = append(w.Sources, absolute(src))
		}
	}
	known, err := s.wishes(ctx)
	if err != nil || len(w.Sources) == 0 {
		return err
	}
	if slices.ContainsFunc(known, func(k wish) bool { return reflect.DeepEqual(k, w) }) {
		return nil
	}
	known = slices.DeleteFunc(known, func(k wish) bool {
		return reflect.DeepEqual(k.Sources, w.Sources) && reflect.DeepEqual(k.Wanted, w.Wanted)
	})
	text, err := json.Marshal(append(known, w))
	if err != nil {
		return fmt.Errorf("remember what is loaded: %w", err)
	}
	return s.SetFact(ctx, store.FactWishes, string(text))
}

// loadAgain looks for what came to the places of some wishes since they were loaded.
func (p *program) loadAgain(ctx context.Context, s *session, wishes []wish, progress *model.Progress, after func()) (loaders.Summary, error) {
	var all loaders.Summary
	var errs []error
	for _, w := range wishes {
		sum, err := p.loadInto(ctx, s, w.options(), w.Sources, progress, after)
		all.Add(sum)
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	return all, errors.Join(errs...)
}

// follow looks for new evidence every so often until it is interrupted. A round that fails is told, and
// does not end it: what it missed comes with the next.
func (p *program) follow(ctx context.Context, s *session, o *loadOptions, wishes []wish) error {
	for {
		select {
		case <-p.after(o.follow):
		case <-ctx.Done():
			return ctx.Err()
		}
		progress := &model.Progress{}
		stop := p.showProgress(progress)
		sum, err := p.loadAgain(ctx, s, wishes, progress, nil)
		stop()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			p.warn(fmt.Sprintf("%s; looking again in %s", err, o.follow), "")
		case sum.Members.Loaded+sum.Members.Rejected+sum.Members.Unreadable > 0 && o.format == "json":
			if err := p.tellLoad(s, o.format, sum); err != nil {
				return err
			}
		case sum.Members.Loaded+sum.Members.Rejected+sum.Members.Unreadable > 0 && !p.quiet:
			line := fmt.Sprintf("%s  %d files more, %d records", utc(p.now()), sum.Members.Loaded, sum.Records.Seen)
			if left := sum.Members.Rejected + sum.Members.Unreadable; left > 0 {
				line += fmt.Sprintf("; %d could not be taken", left)
			}
			fmt.Fprintln(p.stdout, line)
		}
	}
}

// checkFollow refuses what would ask a server without a pause.
func (o *loadOptions) checkFollow() error {
	if o.follow < 0 || o.follow > 0 && o.follow < time.Second {
		return usage("as 5m", "--follow wants a second or more, not %s", o.follow)
	}
	return nil
}
