package s3

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"trailsift/loaders/source"
	"trailsift/model"
)

// Object is one object as a listing tells it. Key is foreign text.
type Object struct {
	Bucket, Key  string
	ETag         string // without its quotes
	Size         int64
	LastModified time.Time
	Class        string // of storage; empty: the standard one
	Restored     bool   // a readable copy of an archived object exists for a time
}

// marker tells of the empty object that consoles make for a folder.
func (o Object) marker() bool { return o.Size == 0 && strings.HasSuffix(o.Key, "/") }

// Locator is the name of o among the members of a case.
func (o Object) Locator() string { return "s3://" + o.Bucket + "/" + o.Key }

// bare is an ETag without its quotes.
func bare(etag *string) string { return strings.Trim(aws.ToString(etag), `"`) }

// ParseURL takes s3://bucket/prefix apart. The prefix is taken as it stands: nothing is decoded.
func ParseURL(s string) (bucket, prefix string, err error) {
	rest, ok := strings.CutPrefix(s, "s3://")
	bucket, prefix, _ = strings.Cut(rest, "/")
	if !ok || !bucketName(bucket) {
		return "", "", &Error{What: "not an S3 place", Hint: "write it as s3://bucket/prefix", Usage: true}
	}
	return bucket, prefix, nil
}

// bucketName allows what was ever allowed: "Bucket naming rules" and, for buckets made in us-east-1
// before March 2018, capitals, underscores and up to 255 characters.
func bucketName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte(".-_", c) >= 0) {
			return false
		}
	}
	return len(s) >= 3 && len(s) <= 255 && s[0] != '.' && !strings.Contains(s, "..")
}

// List calls each for every object whose key begins with prefix, in the order the server has, until
// it returns an error.
func (c *Client) List(ctx context.Context, bucket, prefix string, each func(Object) error) error {
	in := c.listing(bucket, prefix, "")
	pages := turner{most: c.opt.Pages}
	for {
		out, err := c.page(ctx, in)
		if err != nil {
			return c.explain(err, bucket, prefix)
		}
		if err := c.objects(bucket, out, each); err != nil {
			return err
		}
		if !aws.ToBool(out.IsTruncated) {
			return nil
		}
		if err := pages.turn(in, out, prefix); err != nil {
			return c.explain(err, bucket, prefix)
		}
	}
}

// Candidates lists places, s3://bucket/prefix each, as candidates of a load that fetch themselves
// into ev. An object that two places name comes once. progress may be nil.
func (c *Client) Candidates(ctx context.Context, places []string, ev *source.Evidence, progress *model.Progress) ([]source.Candidate, error) {
	if ev == nil {
		return nil, errors.New("objects are fetched into a case; there is none here")
	}
	var all []source.Candidate
	seen := map[string]bool{}
	for _, s := range places {
		bucket, prefix, err := ParseURL(s)
		if err != nil {
			return nil, err
		}
		folder := prefix[:strings.LastIndexByte(prefix, '/')+1]
		err = c.List(ctx, bucket, prefix, func(o Object) error {
			if seen[o.Locator()] {
				return nil
			}
			seen[o.Locator()] = true
			all = append(all, c.candidate(o, folder, ev))
			if progress != nil {
				progress.MembersTotal.Store(int64(len(all)))
			}
			return ctx.Err()
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (c *Client) candidate(o Object, folder string, ev *source.Evidence) source.Candidate {
	cand := source.Candidate{
		Locator: o.Locator(), Name: strings.TrimPrefix(o.Key, folder), Size: o.Size, ModTime: o.LastModified,
		Fetch: func(ctx context.Context) (source.Fetched, error) { return c.Fetch(ctx, o, ev) },
	}
	if cand.Name == "" {
		cand.Name = o.Key
	}
	if o.marker() {
		cand.Skip, cand.Fetch = "a folder marker", nil
	}
	return cand
}
