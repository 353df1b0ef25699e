package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailsift/loaders/s3"
	"trailsift/model"
)

func TestWhatIsTickedOnTheScreenIsLoaded(t *testing.T) {
	b := serve(t, "../../testdata/demo")
	var errs bytes.Buffer
	p := &program{args: []string{"open"}, stdin: strings.NewReader(""), stdout: &errs, stderr: &errs, now: fixedNow, getenv: os.Getenv}
	o := &loadOptions{remote: s3.Options{Endpoint: b.url}, caseDir: filepath.Join(t.TempDir(), "x.case"), copying: "auto", maxSize: "1MB", maxRatio: 200}
	sources := []string{"s3://demo-logs/acme-audit-logs/"}
	s, err := p.prepare(o, sources)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if err := p.connectLoad(t.Context(), s, o, sources); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	work := &beside{p: p, s: s, o: o, sources: sources, ctx: ctx}
	shown := work.bucket()
	found, err := shown.Backend.Discover(ctx, func(int64) {})
	if err != nil || len(found.Chosen) == 0 {
		t.Fatalf("%v, %+v", err, found)
	}
	var one []int
	for _, x := range found.Layout.Streams {
		if x.Kind == model.StreamCloudTrail && x.Account == "111122223333" && x.Region == "eu-west-1" {
			one = append(one, x.ID)
		}
	}
	volumes, err := shown.Backend.Count(ctx, one, found.Span, func(int, model.Volume) {})
	if err != nil || len(one) != 1 || volumes[one[0]].Objects == 0 {
		t.Fatalf("%v, %v", err, volumes)
	}
	if e := shown.Backend.Estimate(volumes[one[0]]); e.Gets != e.Objects || b.fetched() != 0 {
		t.Errorf("%+v; %d fetched before anybody said so", e, b.fetched())
	}
	lists := b.other
	if err := <-shown.Take(one, found.Span).Done; err != nil {
		t.Fatal(err)
	}
	if int64(b.fetched()) != volumes[one[0]].Objects || b.other != lists {
		t.Errorf("%d fetched of %d, and %d more listings", b.fetched(), volumes[one[0]].Objects, b.other-lists)
	}
	want := []string{"cloudtrail s3://demo-logs/acme-audit-logs/AWSLogs/111122223333/CloudTrail/eu-west-1/"}
	if !slices.Equal(o.wanted.Streams, want) {
		t.Errorf("remembers %q", o.wanted.Streams)
	}
	again := &loadOptions{remote: o.remote, wanted: o.wanted, copying: "auto", maxSize: "1MB", maxRatio: 200}
	sum, err := p.loadInto(ctx, s, again, sources, &model.Progress{}, nil)
	if err != nil || sum.Members.Loaded != 0 || sum.Members.Seen != volumes[one[0]].Objects {
		t.Errorf("again: %v, %+v", err, sum.Members)
	}
	if found, err = shown.Backend.Discover(ctx, func(int64) {}); err != nil || !slices.Equal(found.Chosen, one) {
		t.Errorf("looking again chooses %v: %v", found.Chosen, err)
	}
}
