package s3

import (
	"strings"
	"testing"

	"trailsift/model"
)

func TestWhatCannotBeReadIsAmongTheCandidates(t *testing.T) {
	s := newServer(t)
	h := &Haul{
		Objects:  []Object{{Bucket: bucket, Key: "logs/a/1", Size: 1}, {Bucket: bucket, Key: "logs/b/2", Size: 1}},
		Archived: []Object{{Bucket: bucket, Key: "logs/a/old", Size: 9, Class: "DEEP_ARCHIVE"}},
		Closed:   []model.Closed{{Bucket: bucket, Prefix: "logs/c/", Why: notListed}},
	}
	got := s.client(t, Options{}).Take(h, []string{"s3://acme-logs/logs/a/", "s3://acme-logs/logs/"}, evidence(t))
	if len(got) != 4 || got[0].Name != "1" || got[1].Name != "b/2" || got[0].Fetch == nil || got[0].Skip != "" {
		t.Fatalf("%+v", got)
	}
	if a := got[2]; a.Name != "old" || !a.Unreadable || a.Fetch != nil || !strings.Contains(a.Skip, "DEEP_ARCHIVE") || a.Size != 9 {
		t.Errorf("%+v", a)
	}
	if c := got[3]; c.Locator != "s3://acme-logs/logs/c/" || !c.Unreadable || !c.Folder || c.Skip != notListed {
		t.Errorf("%+v", c)
	}
}

func TestADirectoryBucketIsAskedForNothingItLacks(t *testing.T) {
	c := newServer(t).client(t, Options{})
	if in := c.listing("logs--use1-az4--x-s3", "a/", "a/b"); in.StartAfter != nil || in.OptionalObjectAttributes != nil || *in.Prefix != "a/" {
		t.Errorf("%+v", in)
	}
	if in := c.listing(bucket, "a/", "a/b"); *in.StartAfter != "a/b" || len(in.OptionalObjectAttributes) != 1 {
		t.Errorf("%+v", in)
	}
}
