package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trailsift/loaders/s3"
	"trailsift/model"
	"trailsift/model/integrity"
	"trailsift/queries/store"
)

func (p *program) fetchKeysCommand() *cobra.Command {
	var remote s3.Options
	c := &cobra.Command{
		Use:   "fetch CASE",
		Short: "Get the public keys of the case's digests from AWS and verify with them",
		Long: "Ask CloudTrail (ListPublicKeys) in each Region the case has digests of for the keys of their time, and keep\n" +
			"them in the case: from then on verification needs no network. Keys that came this way are of trust aws.\n" +
			"This is the only thing asked; nothing is told to AWS but Region and times.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withCase(args[0], func(s *session) error { return p.fetchKeysInto(c.Context(), s, remote) })
		},
	}
	registerIdentity(c, &remote)
	return c
}

func (p *program) fetchKeysInto(ctx context.Context, s *session, remote s3.Options) error {
	client, err := p.connect(ctx, s, remote)
	if err != nil {
		return loadFailure(err)
	}
	defer s.endRequests(p)
	kept, err := p.fetchKeys(ctx, s, client)
	if err != nil {
		return loadFailure(err)
	}
	if kept == 0 {
		fmt.Fprintln(p.stdout, "nothing new: the case has no digests of a Region whose keys it lacks")
	}
	progress := &model.Progress{}
	stop := p.showProgress(progress)
	err = s.conclude(ctx, progress)
	stop()
	if err != nil {
		return caseFailure(s.Dir(), err)
	}
	known, err := s.Verification(ctx)
	if err == nil {
		_, err = fmt.Fprintln(p.stdout, verificationLine(known.Counts))
	}
	return err
}

// trustOf tells by the name of a kept list who brought it.
func trustOf(name string) (integrity.Trust, string) {
	rest, fetched := strings.CutPrefix(name, fetchedPrefix)
	if !fetched {
		return integrity.TrustExaminer, ""
	}
	if at := strings.LastIndexByte(rest, '-'); at > 0 {
		rest = rest[:at]
	}
	return integrity.TrustAWS, rest
}

// keyMargin widens the span whose keys are asked for: a digest is signed after its window's end.
const keyMargin = 2 * time.Hour

// fetchKeys keeps the keys of every Region whose digests name one the case lacks. One Region that
// gives none does not keep the others from being asked; their errors come joined.
func (p *program) fetchKeys(ctx context.Context, s *session, client *s3.Client) (kept int, err error) {
	spans, err := s.lackingKeys(ctx)
	if err != nil {
		return 0, err
	}
	denied, err := s.deniedKeys(ctx)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, region := range slices.Sorted(maps.Keys(spans)) {
		span := spans[region]
		content, err := client.PublicKeys(ctx, region, span.From.Add(-keyMargin), span.To.Add(keyMargin))
		if err != nil {
			errs = append(errs, err)
			denied[region] = whatOf(err)
			continue
		}
		if content == nil {
			none := fmt.Sprintf("CloudTrail knows no public keys of %s from %s to %s", region, utc(span.From), utc(span.To))
			p.warn(none, "")
			denied[region] = none
			continue
		}
		keys, err := integrity.ParseKeys(content, integrity.TrustAWS, region, "AWS")
		if err != nil {
			errs = append(errs, err)
			continue
		}
		sum := sha256.Sum256(content)
		f := keyFile{name: "ListPublicKeys in " + region, content: content, keys: keys, sha256: hex.EncodeToString(sum[:])}
		as, err := s.keepKeys(ctx, f, fetchedPrefix+region, "keys-fetch")
		if err != nil {
			return kept, access(fmt.Errorf("keep the keys of %s: %w", region, err), "check that the case's folder may be written to")
		}
		delete(denied, region)
		if as != "" {
			kept++
			fmt.Fprintf(p.stderr, "trailsift: %d public keys of %s kept as keys/%s\n", len(keys), region, as)
		}
	}
	if ctx.Err() == nil {
		errs = append(errs, s.keepDenied(ctx, denied))
	}
	return kept, errors.Join(errs...)
}

// deniedKeys says by Region why AWS, when it was asked last, gave no public keys.
func (s *session) deniedKeys(ctx context.Context) (map[string]string, error) {
	denied := map[string]string{}
	text, err := s.Fact(ctx, store.FactKeysDenied)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &denied)
	}
	if err != nil {
		return nil, fmt.Errorf("read why AWS gave no public keys: %w", err)
	}
	return denied, nil
}

func (s *session) keepDenied(ctx context.Context, denied map[string]string) error {
	text := ""
	if len(denied) > 0 {
		b, err := json.Marshal(denied)
		if err != nil {
			return err
		}
		text = string(b)
	}
	if was, err := s.Fact(ctx, store.FactKeysDenied); err != nil || was == text {
		return err
	}
	return s.SetFact(ctx, store.FactKeysDenied, text)
}

// bringKeys fetches keys after evidence came from S3: nobody should have to ask for them, and a later
// verification needs no network. Without them the load is as good; it only warns. Another server than
// AWS's has no CloudTrail, unless the environment names one.
func (p *program) bringKeys(ctx context.Context, s *session, remote s3.Options, sources []string) {
	if s.remote.client == nil || !slices.ContainsFunc(sources, isS3) || remote.NoSign || remote.Endpoint != "" && p.getenv("AWS_ENDPOINT_URL_CLOUDTRAIL") == "" {
		return
	}
	_, err := p.fetchKeys(ctx, s, s.remote.client)
	if err == nil || ctx.Err() != nil {
		return
	}
	each := []error{err} // a Region each
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		each = joined.Unwrap()
	}
	for _, err := range each {
		hint := ""
		if known := (*s3.Error)(nil); errors.As(err, &known) {
			hint = known.Hint
		}
		p.warn(err.Error(), hint)
	}
}

// lackingKeys are the Regions with digests that name a key which neither AWS nor an examiner gave, and
// the time those digests span.
func (s *session) lackingKeys(ctx context.Context) (map[string]model.Span, error) {
	members, err := s.engine.Members(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the digests of the case: %w", err)
	}
	known := map[string]bool{}
	kept, _ := s.keptKeys()
	for _, k := range kept {
		known[k.Fingerprint] = true
	}
	spans := map[string]model.Span{}
	for i := range members {
		m := &members[i]
		if m.Kind != model.KindDigest {
			continue
		}
		name, ok := integrity.ParseDigestName(m.Place())
		digest, err := integrity.ParseDigest(m.Body)
		if !ok || err != nil || !s3.IsRegion(name.Chain.Region) || known[digest.Fingerprint] {
			continue // what is wrong with it is the verification's to tell
		}
		region := name.Chain.Region
		span, seen := spans[region]
		if !seen || digest.Start.Before(span.From) {
			span.From = digest.Start
		}
		if !seen || digest.End.After(span.To) {
			span.To = digest.End
		}
		spans[region] = span
	}
	return spans, nil
}
