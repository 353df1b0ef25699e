package s3

import (
	"context"
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
	Version      string // id of an older version; empty: what the key holds now
}

// marker tells of the empty object that consoles make for a folder.
func (o Object) marker() bool { return o.Size == 0 && strings.HasSuffix(o.Key, "/") }

// Locator is the name of o among the members of a case.
func (o Object) Locator() string {
	key := "s3://" + o.Bucket + "/" + o.Key
	if o.Version == "" {
		return key
	}
	return model.VersionLocator(key, o.Version)
}

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

func (c *Client) candidate(o Object, folder string, ev *source.Evidence) source.Candidate {
	cand := source.Candidate{
		Locator: o.Locator(), Name: strings.TrimPrefix(o.Locator(), "s3://"+o.Bucket+"/"+folder), Size: o.Size, ModTime: o.LastModified,
		Fetch: func(ctx context.Context) (source.Fetched, error) { return c.Fetch(ctx, o, ev) },
	}
	if cand.Name == "" {
		cand.Name = o.Key
	}
	return cand
}
