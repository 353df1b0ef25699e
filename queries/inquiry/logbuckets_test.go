package inquiry

import (
	"context"
	"maps"
	"slices"
	"testing"

	"trailsift/model"
)

// silent is a case whose records tell of no log bucket.
type silent struct {
	Source
	members []model.Member
}

func (silent) Tally(context.Context, model.Query, model.TallyBy) ([]model.Tally, error) {
	return nil, nil
}
func (silent) Stream(context.Context, model.Query, []model.Field, int64, func(model.Row) error) error {
	return nil
}
func (s silent) Members(context.Context) ([]model.Member, error) { return s.members, nil }

func TestLogBucketsAreKnownWithoutARecordOfThem(t *testing.T) {
	s := silent{members: []model.Member{
		{Kind: model.KindCloudTrail, Locator: "s3://trail-logs/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/a.json.gz"},
		{Kind: model.KindAccess, Locator: "s3://access-logs/2026-03-02-00-00-00-A"},
		{Kind: model.KindSkipped, Locator: "s3://holiday-pictures/cat.jpg"},
		{Kind: model.KindAccess, Locator: "/evidence/acme-web/2026-03-02-00-00-00-B", Path: "acme-web/2026-03-02-00-00-00-B"},
		{Kind: model.KindDigest, Locator: "/evidence/d.json.gz", Body: []byte(`{"awsAccountId":"111122223333","digestStartTime":"2026-03-02T00:00:00Z","digestEndTime":"2026-03-02T01:00:00Z",` +
			`"digestPublicKeyFingerprint":"f","previousDigestSignature":null,"digestS3Bucket":"digests","digestS3Object":"AWSLogs/d.json.gz","logFiles":[{"s3Bucket":"older-logs","s3Object":"x.json.gz","hashValue":"00","hashAlgorithm":"SHA-256"}]}`)},
		{Kind: model.KindDigest, Locator: "/evidence/broken.json.gz", Body: []byte("{")},
	}}
	found, err := touchableLogBuckets(context.Background(), s, map[string]string{"kept": "an answer names it"})
	if got, want := slices.Sorted(maps.Keys(found)), []string{"access-logs", "digests", "kept", "older-logs", "trail-logs"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}
