package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"trailsift/loaders"
	"trailsift/loaders/s3"
	"trailsift/loaders/source"
	"trailsift/model"
	"trailsift/queries/store"
)

// loadOptions are the flags that open and load share.
type loadOptions struct {
	caseDir  string
	copying  string
	salvage  bool
	maxSize  string
	maxRatio int64
	noRoom   bool
	remote   s3.Options
	wanted   wanted
	haul     *s3.Haul // what was counted already, for the next load
	format   string
	follow   time.Duration
	versions bool
}

func (o *loadOptions) register(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.caseDir, "case", "", "the case `DIR` to load into (default: one made from the sources' names)")
	f.StringVar(&o.copying, "copy", "auto", "copy evidence into the case: auto (up to 2 GB of local files), always, never")
	f.BoolVar(&o.salvage, "salvage", false, "take the whole records before the break of a cut gzip file, flagged and never verified")
	f.StringVar(&o.maxSize, "max-size", "2GiB", "refuse files that expand beyond this")
	f.Int64Var(&o.maxRatio, "max-ratio", 200, "refuse files that expand more than 64 MiB and by more than this factor")
	f.BoolVar(&o.noRoom, "fill-disk", false, "go on when less than 1 GiB or 5 % of the disk is free")
	f.BoolVar(&o.versions, "versions", false, "of a bucket, take the older versions of objects too, not only of those that are altered or missing")
	o.wanted.register(c)
	registerRemote(c, &o.remote, "bucket-region")
}

// registerRemote adds the flags that say how S3 is reached. region is what the flag for the bucket's
// Region is called: where logs are taken, --region says which.
func registerRemote(c *cobra.Command, o *s3.Options, region string) {
	f := c.Flags()
	f.StringVar(&o.Endpoint, "endpoint-url", "", "S3 endpoint `URL`, for S3-compatible stores")
	f.StringVar(&o.Region, region, "", "AWS `REGION` of the bucket (default: the bucket tells it)")
	registerIdentity(c, o)
	f.BoolVar(&o.NoSign, "no-sign", false, "do not sign requests (public buckets)")
	f.BoolVar(&o.RequesterPays, "requester-pays", false, "accept the charges of a requester-pays bucket")
}

// registerIdentity adds the flags that say who asks AWS.
func registerIdentity(c *cobra.Command, o *s3.Options) {
	f := c.Flags()
	f.StringVar(&o.Profile, "profile", "", "profile of the shared AWS configuration")
	f.StringVar(&o.RoleARN, "role-arn", "", "take this IAM role (`ARN`) with the credentials that are found")
	f.StringVar(&o.ExternalID, "external-id", "", "external `ID` that the role asks for")
}

func (p *program) loadCommand() *cobra.Command {
	var o loadOptions
	c := &cobra.Command{
		Use:   "load [--case CASE] SOURCE...",
		Short: "Load evidence into a case: files, folders, globs, archives, - or s3://bucket/prefix",
		Long: "Load CloudTrail files and S3 server access logs into a case. What a file is, is decided by its content.\n" +
			"Evidence is never written to. Loading the same evidence again changes nothing. From a bucket, only what is\n" +
			"asked for is taken, and what that costs is said first: trailsift help buckets. A case remembers where its\n" +
			"evidence came from: without a SOURCE, what is new there is loaded.",
		Example: "  trailsift load --case acme.case ./logs\n  trailsift load logs.tar.gz s3://acme-logs/AWSLogs/111122223333/\n  zcat *.json.gz | trailsift load --case acme.case -\n" +
			"  trailsift load --follow 5m --case acme.case s3://acme-logs/AWSLogs/\n  trailsift load --case acme.case        what came since, from where it came before",
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.checkFollow(); err != nil {
				return err
			}
			if len(args) == 0 && o.caseDir == "" {
				return usage("name files, folders, archives, s3://bucket/prefix, or - for standard input", "nothing to load")
			}
			if o.format != "text" && o.format != "json" {
				return usage("text or json", "no such format: %s", o.format)
			}
			if err := o.wanted.check(args); err != nil {
				return err
			}
			return p.load(c.Context(), &o, args)
		},
	}
	o.register(c)
	c.Flags().StringVar(&o.format, "format", "text", "summary as text or json")
	c.Flags().DurationVar(&o.follow, "follow", 0, "then look for new evidence every `TIME`, as 5m, until interrupted")
	return c
}

// check turns the flags into the pipeline's options.
func (o *loadOptions) check(p *program, room func() (free, total int64, err error)) (loaders.Options, error) {
	mode := source.CopyMode(o.copying)
	if mode != source.CopyAuto && mode != source.CopyAlways && mode != source.CopyNever {
		return loaders.Options{}, usage("auto, always or never", "--copy %s is not known", o.copying)
	}
	size, err := parseSize(o.maxSize)
	if err != nil || size <= 0 {
		return loaders.Options{}, usage("as 2GiB", "--max-size wants a size, not %q", o.maxSize)
	}
	if o.maxRatio <= 0 {
		return loaders.Options{}, usage("as 200", "--max-ratio wants a positive number")
	}
	opt := loaders.Options{Copy: mode, Salvage: o.salvage, Workers: p.threads, Now: p.now, Limits: source.Limits{Ratio: o.maxRatio, Expanded: size}}
	if !o.noRoom {
		opt.HeadRoom = loaders.Room(room, loaders.KeepFreeBytes, loaders.KeepFreePercent)
	}
	return opt, nil
}

// pipeline is check for a load into the case of s.
func (o *loadOptions) pipeline(p *program, s *session) (loaders.Options, error) {
	return o.check(p, func() (free, total int64, err error) { return source.FreeSpace(s.Dir()) })
}

// prepare resolves the case of some sources, checks it, and opens it.
func (p *program) prepare(o *loadOptions, sources []string) (*session, error) {
	if err := checkSources(o, sources); err != nil {
		return nil, err
	}
	if _, err := o.check(p, nil); err != nil {
		return nil, err
	}
	dir := o.caseDir
	if dir == "" {
		var err error
		if dir, err = p.caseFor(sources); err != nil {
			return nil, err
		}
	}
	if err := refuseInsideEvidence(dir, sources); err != nil {
		return nil, err
	}
	for _, s := range sources {
		if isCase(s) {
			return nil, usage("open it instead: trailsift open "+s, "%s is a case, not evidence", s)
		}
	}
	if o.caseDir != "" && !isCase(dir) {
		if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 && !store.Begun(dir) {
			return nil, usage("give an empty or a new folder", "%s is not empty and no case", dir)
		}
	}
	return p.openSession(dir, true)
}

func (p *program) load(ctx context.Context, o *loadOptions, sources []string) error {
	if len(sources) == 0 && !isCase(o.caseDir) {
		return usage("name files, folders, archives or s3://bucket/prefix", "%s is no case yet, so there is nothing to look for again", o.caseDir)
	}
	s, err := p.prepare(o, sources)
	if err != nil {
		return err
	}
	wishes, err := s.wishes(ctx)
	if err == nil && len(sources) == 0 && len(wishes) == 0 {
		err = usage("name files, folders, archives or s3://bucket/prefix", "the case does not know where its evidence came from")
	}
	if err != nil {
		return errors.Join(err, s.close())
	}
	fmt.Fprintf(p.stderr, "case %s\n", p.printable(s.Dir()))
	if err := p.connectLoad(ctx, s, o, sources); err != nil {
		return errors.Join(loadFailure(err), s.close())
	}
	progress := &model.Progress{}
	stop := p.showProgress(progress)
	err = p.weigh(ctx, s, o, sources, progress)
	stop()
	if err != nil {
		s.endRequests(p)
		return errors.Join(loadFailure(err), s.close())
	}
	progress = &model.Progress{}
	stop = p.showProgress(progress)
	var sum loaders.Summary
	if len(sources) > 0 {
		sum, err = p.loadInto(ctx, s, o, sources, progress, nil)
	} else {
		sum, err = p.loadAgain(ctx, s, wishes, progress, nil)
	}
	stop()
	if err == nil || sum.Members.Seen > 0 {
		if terr := p.tellLoad(s, o.format, sum); terr != nil {
			err = errors.Join(err, terr)
		}
	}
	if err == nil && o.follow > 0 {
		if wishes, err = s.wishes(ctx); err == nil {
			err = p.follow(ctx, s, o, wishes)
		}
	}
	if cerr := s.close(); err == nil {
		err = cerr
	}
	switch {
	case err != nil && sum.Interrupted:
		fmt.Fprintln(p.stderr, "interrupted: what was committed is kept; load again to go on")
		return silent(exitInterrupted)
	case err != nil:
		return loadFailure(err)
	case sum.Nothing():
		if n := sum.Members.Rejected + sum.Members.Unreadable; n > 0 {
			hint := "the summary says why; --salvage takes what is before the break of a cut gzip file, --max-size and --max-ratio allow more"
			if sum.Members.Rejected == 0 {
				hint = "the summary says why: check that you may read it"
			}
			return &failure{code: exitNothing, err: fmt.Errorf("nothing could be loaded: %s", lost(sum)), hint: hint}
		}
		return &failure{code: exitNothing, err: errors.New("nothing was recognised to load"), hint: "CloudTrail files and S3 server access logs are recognised by content; -v lists why each file was skipped"}
	case sum.Incomplete():
		return silent(exitIncomplete)
	}
	return nil
}

// fetchingGC is the GOGC of a load from buckets. An object makes some 50 KB of garbage beside 20 MB that
// live: at 100, a good part of the work is collecting it and growing the stacks that collecting shrank.
const fetchingGC = 300

// loadInto runs one load and settles it. after is told when records were committed; it may be nil.
func (p *program) loadInto(ctx context.Context, s *session, o *loadOptions, sources []string, progress *model.Progress, after func()) (loaders.Summary, error) {
	opt, err := o.pipeline(p, s)
	if err != nil {
		return loaders.Summary{}, err
	}
	if err := p.connectLoad(ctx, s, o, sources); err != nil {
		return loaders.Summary{}, err
	}
	if len(bucketsOf(sources)) > 0 {
		defer debug.SetGCPercent(debug.SetGCPercent(fetchingGC))
	}
	defer s.endRequests(p)
	left := unfinishedOf(o, sources)
	sink, err := s.Case.Load(ctx, map[string]any{"sources": sources})
	if err != nil {
		return loaders.Summary{}, caseFailure(s.Dir(), err)
	}
	// Written while the load holds the database: each alone would open and close it.
	if err := errors.Join(s.rememberTraces(ctx), s.rememberSources(ctx, sources), s.rememberWish(ctx, o, sources), s.remain(ctx, left, false)); err != nil {
		_, cerr := sink.Close(context.WithoutCancel(ctx))
		return loaders.Summary{}, caseFailure(s.Dir(), errors.Join(err, cerr))
	}
	sum, err := p.fill(ctx, s, sink, o, opt, sources, progress)
	// What was committed stays even when the load was interrupted; ending it is no part of the
	// interrupted work.
	ending := context.WithoutCancel(ctx)
	if err != nil {
		left = left.stoppedBy(err, sum)
		sink.Note(map[string]any{"stopped": left.Why, "files": left.Total})
	}
	rerr := s.remain(ending, left, err == nil)
	if _, cerr := sink.Close(ending); cerr != nil {
		return sum, errors.Join(err, cerr, s.remain(ending, left, false))
	}
	if rerr != nil {
		return sum, errors.Join(err, caseFailure(s.Dir(), rerr))
	}
	if after != nil {
		after()
	}
	if sum.Elsewhere > 0 {
		if ferr := s.SetFact(ending, store.FactRawElsewhere, "true"); ferr != nil {
			err = errors.Join(err, ferr)
		}
	}
	if sum.Interrupted {
		return sum, err
	}
	if errors.As(err, new(source.StopError)) {
		s.remote.client = nil // whoever goes on must be known anew
	}
	p.bringKeys(ctx, s, o.remote, sources)
	serr := s.conclude(ctx, progress)
	if serr == nil {
		var older loaders.Summary
		older, serr = p.olderVersions(ctx, s, opt, sources, progress)
		sum.Add(older)
	}
	if serr != nil {
		return sum, errors.Join(err, serr)
	}
	if after != nil {
		after()
	}
	return sum, err
}

func (p *program) fill(ctx context.Context, s *session, sink *store.Sink, o *loadOptions, opt loaders.Options, sources []string, progress *model.Progress) (loaders.Summary, error) {
	evidence, err := source.OpenEvidence(s.Evidence(), p.now, p.identity().Operator)
	if err != nil {
		return loaders.Summary{}, access(err, "check that the case's folder may be written to")
	}
	defer evidence.Close()
	req := loaders.Request{Sink: sink, Evidence: evidence, Stdin: p.stdin, Options: opt}
	for _, src := range sources {
		if !isS3(src) {
			req.Sources = append(req.Sources, src)
		}
	}
	if buckets := bucketsOf(sources); len(buckets) > 0 {
		haul := o.haul
		if o.haul = nil; haul == nil {
			v, err := p.surveyed(ctx, s, o, sources, nil, progress)
			if err != nil {
				return loaders.Summary{}, err
			}
			haul = v.haul
		}
		s.remote.since = haul.Since()
		s.remote.client.Report(progress)
		progress.Stage.Store("reading the first digests")
		if err := s.remote.client.Complete(ctx, haul, evidence); err != nil {
			return loaders.Summary{Interrupted: true}, fmt.Errorf("loading was interrupted: %w", err)
		}
		req.Remote = s.remote.client.Take(haul, buckets, evidence)
	}
	return loaders.Load(ctx, req, progress)
}

// loadFailure adds what to do about the errors a load can end in.
func loadFailure(err error) error {
	var remote *s3.Error
	var f *failure
	var busy *store.BusyError
	switch {
	case errors.As(err, &busy) && busy.PID > 0:
		return access(fmt.Errorf("process %d took the case meanwhile", busy.PID), "what was committed is kept; wait for it, or give --wait a longer time, and load again to go on")
	case errors.As(err, &remote):
		code := exitAccess
		if remote.Usage {
			code = exitUsage
		}
		return &failure{code: code, err: err, hint: remote.Hint}
	case errors.As(err, &f):
		return err
	case errors.Is(err, loaders.ErrNoRoom):
		return access(err, "free some space, put the case on another disk with --case, or use --copy=never")
	case errors.Is(err, os.ErrNotExist):
		return usage("check the name", "%w", err)
	case errors.Is(err, os.ErrPermission):
		return access(err, "check that you may read it")
	}
	return access(fmt.Errorf("load: %w", err), "what was committed is kept; load again to go on")
}
