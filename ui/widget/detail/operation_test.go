package detail

import (
	"testing"
)

// Operations whose names do not tell, or that an investigator meets in every incident.
func TestOperationsAreExplained(t *testing.T) {
	for _, op := range []string{
		"REST.COPY.OBJECT_GET", "BATCH.DELETE.OBJECT", "S3.EXPIRE.OBJECT", "S3.CREATE.DELETEMARKER", "DeleteBucketPublicAccessBlock",
		"DescribeTrails", "PutUserPolicy", "UpdateTrail", "PutBucketCors", "PutBucketWebsite", "GetObject", "DeleteObjects",
	} {
		if explained[op] == "" {
			t.Errorf("%s is not explained", op)
		}
	}
	for op, want := range map[string]string{"GetBucketNoSuchThing": "by its name, it reads", "Get": "", "NoSuchThing": ""} {
		if got := Explain(op); got != want {
			t.Errorf("%s: %q, want %q", op, got, want)
		}
	}
}
