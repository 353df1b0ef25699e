package cli

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trailsift/loaders/s3"
	"trailsift/model"
	"trailsift/model/filter"
)

// wanted is what of a bucket is to be taken, as it was asked for. It can be kept and asked again.
type wanted struct {
	Accounts []string `json:"accounts,omitempty"`
	Regions  []string `json:"regions,omitempty"`
	Trail    string   `json:"trail,omitempty"`
	Since    string   `json:"since,omitempty"`
	Until    string   `json:"until,omitempty"`
	Last     string   `json:"last,omitempty"`
	All      bool     `json:"all,omitempty"`
	// Streams are those that were ticked on the screen; where there are none, the rest tells.
	Streams []string `json:"streams,omitempty"`
}

func (w *wanted) register(c *cobra.Command) {
	f := c.Flags()
	f.StringSliceVar(&w.Accounts, "account", nil, "of a bucket, take the logs of these accounts only (`ID`, repeated or with commas)")
	f.StringSliceVar(&w.Regions, "region", nil, "of a bucket, take the logs of these Regions only (`REGION`, repeated or with commas)")
	f.StringVar(&w.Trail, "trail", "", "of a bucket, take what this trail delivered (`NAME` or ARN), told by its digests")
	f.StringVar(&w.Since, "since", "", "of a bucket, take what was delivered from this `TIME` on (RFC 3339 or a date, UTC)")
	f.StringVar(&w.Until, "until", "", "of a bucket, take what tells of the time before this `TIME`")
	f.StringVar(&w.Last, "last", "", "of a bucket, take so much `TIME` before its newest log, as 7d or 36h")
	f.BoolVar(&w.All, "all", false, "take everything below s3://bucket/prefix, logs by their place or not")
}

// pruning and span check what was typed.
func (w *wanted) pruning() (s3.Pruning, error) {
	for i, a := range w.Accounts {
		a = strings.ReplaceAll(strings.TrimSpace(a), "-", "")
		if len(a) != 12 || strings.Trim(a, "0123456789") != "" {
			return s3.Pruning{}, usage("as 111122223333", "--account wants an account's 12 digits, not %q", w.Accounts[i])
		}
		w.Accounts[i] = a
	}
	for _, r := range w.Regions {
		if !s3.IsRegion(r) {
			return s3.Pruning{}, usage("as us-east-1; where the bucket is, --bucket-region says", "--region wants an AWS Region, not %q", r)
		}
	}
	return s3.Pruning{Accounts: w.Accounts, Regions: w.Regions, Trail: w.Trail}, nil
}

func (w *wanted) span() (span model.Span, last time.Duration, err error) {
	if span.From, err = moment("--since", w.Since); err != nil {
		return span, 0, err
	}
	if span.To, err = moment("--until", w.Until); err != nil {
		return span, 0, err
	}
	if w.Last == "" {
		if !span.From.IsZero() && !span.To.IsZero() && !span.From.Before(span.To) {
			return span, 0, usage("give the earlier time to --since", "--since %s is not before --until %s", w.Since, w.Until)
		}
		return span, 0, nil
	}
	last, ok := filter.ParseLength(w.Last)
	if !ok || last <= 0 {
		return span, 0, usage("as 7d, 36h or 90m", "--last wants a length of time, not %q", w.Last)
	}
	if w.Since != "" {
		return span, 0, usage("give one of them", "--last and --since both say where to begin")
	}
	return span, last, nil
}

// some tells that the flags say what is to be taken, so that nobody has to be asked.
func (w *wanted) some() bool {
	return w.All || w.Since != "" || w.Until != "" || w.Last != "" || len(w.Accounts) > 0 || len(w.Streams) > 0
}

// any tells that a flag was given which means nothing without a bucket.
func (w *wanted) any() bool { return w.some() || len(w.Regions) > 0 || w.Trail != "" }

// check refuses flags that would silently mean nothing, and those that cannot be understood.
func (w *wanted) check(sources []string) error {
	if w.any() && len(sources) > 0 && !slices.ContainsFunc(sources, isS3) {
		return usage("name an s3://bucket/prefix too, or narrow by a filter once the evidence is loaded", "--account, --region, --trail, --since, --until, --last and --all are about buckets, and none is named")
	}
	if _, err := w.pruning(); err != nil {
		return err
	}
	_, _, err := w.span()
	return err
}

// aboutBuckets is the help on finding logs in a bucket.
const aboutBuckets = `Logs in a bucket are found by its folders; nothing is downloaded to find them.

  CloudTrail    [PREFIX/]AWSLogs/[o-ORGANIZATION/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/
                digests, insights and other kinds of events lie beside, as CloudTrail-Digest/ and so on
  access logs   PREFIX YYYY-MM-DD-hh-mm-ss-UNIQUE
                PREFIX ACCOUNT/REGION/BUCKET/YYYY/MM/DD/, by the time of delivery or of the events

Before anything is fetched you are told how many objects and bytes it will be, how many requests, what they
and the retrieval of archived classes cost by list prices, and about how long it takes. trailsift open
s3://BUCKET shows all of it as a tree to tick. trailsift load prints it and goes on when it is told what to
take; otherwise it stops there with exit code 2. What tells it:

  --account 111122223333,...   accounts            --since TIME --until TIME   delivered or telling of then
  --region us-east-1,...       Regions of logs     --last 7d                   before the newest log found
  --trail NAME                 one trail           --all                       everything below the place
  or a place that names an account, a time or one object: s3://BUCKET/AWSLogs/111122223333/

What is left out so is not listed either: each account and Region is listed by itself, from the first day of
the span to the last and one more (two for access logs), since logs may be delivered late. Whole files are
taken, so a case also holds records of shortly before and after; and so are the log files of before the span
that its first digests list, so that all a digest promises is there to be verified.

A trail is told by the names of its digests: taken are the accounts and Regions where they lie, with what other
trails deliver to the same folders, for no name tells whose a log file is. Simple access logs name no account and no Region, and are left out
when one is asked for; the estimate says so. Objects in GLACIER or DEEP_ARCHIVE need a restore first: they are
named and left out, and so is what may not be listed, and the load then exits with 3. --versions takes the older
versions of all that is asked for too, of what was deleted as well; the estimate counts them.

A load that stops early, because a token expires or the disk is full, is gone on with by loading again: nothing
that is there is fetched twice. Until then case info and the briefing say that not all is here, and why.

The bucket's own Region is found by asking it; --bucket-region names it where that is not possible.
`
