package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/ui/screen/bucket"
)

// shelf is a bucket of an organization with access logs and other things beside.
type shelf struct {
	found   bucket.Found
	fail    error
	counted []string
	wait    func(ctx context.Context) // while something is counted
	taken   []int
	span    model.Span
}

func newShelf() *shelf {
	b := &shelf{}
	add := func(s model.Stream, chosen bool) {
		s.Bucket, s.ID = "acme-audit-logs", len(b.found.Layout.Streams)
		b.found.Layout.Streams = append(b.found.Layout.Streams, s)
		if chosen {
			b.found.Chosen = append(b.found.Chosen, s.ID)
		}
	}
	for _, account := range []string{"111122223333", "444455556666"} {
		for _, kind := range []model.StreamKind{model.StreamCloudTrail, model.StreamDigests} {
			for _, region := range []string{"eu-west-1", "us-east-1"} {
				add(model.Stream{Kind: kind, Org: "o-exampleorgid", Account: account, Region: region, Prefix: "AWSLogs/o-exampleorgid/" + account + "/x/" + region + "/"}, true)
			}
		}
	}
	add(model.Stream{Kind: model.StreamAccess, Prefix: "logs/finance/"}, true)
	add(model.Stream{Kind: model.StreamAccess, Account: "111122223333", Region: "us-east-1", Source: "acme-web", Prefix: "part/111122223333/us-east-1/acme-web/"}, true)
	add(model.Stream{Kind: model.StreamOther, Prefix: "back\x1b[31mups/\u202e"}, false)
	b.found.Layout.Lists = 21
	b.found.Layout.Closed = []model.Closed{{Bucket: "acme-audit-logs", Prefix: "private/", Why: "it may not be listed: access is denied"}}
	b.found.Left = []string{"s3://acme-audit-logs/old/: access logs are no trail's and are left out"}
	return b
}

func (b *shelf) Discover(_ context.Context, told func(int64)) (bucket.Found, error) {
	told(7)
	return b.found, b.fail
}

func (b *shelf) Count(ctx context.Context, ids []int, span model.Span, told func(int, model.Volume)) (map[int]model.Volume, error) {
	b.counted = append(b.counted, fmt.Sprint(ids, span.IsZero()))
	out := map[int]model.Volume{}
	for _, id := range ids {
		v := model.Volume{Lists: 2, Objects: int64(1000 + 37*id), Bytes: int64(4_500_000 + 1_000_000*id), First: time.Date(2026, 3, 1, id, 0, 0, 0, time.UTC), Last: time.Date(2026, 3, 14, 23, id, 0, 0, time.UTC)}
		if id == 1 {
			v.Archived, v.ArchivedBytes = 12, 3_000_000
		}
		told(id, v)
		if b.wait != nil {
			b.wait(ctx)
		}
		out[id] = v
	}
	return out, ctx.Err()
}

func (b *shelf) Estimate(v model.Volume) model.Estimate {
	return model.Estimate{Volume: v, Gets: v.Objects, Requests: float64(v.Objects) * 4e-7, Retrieval: 0.25, Transfer: float64(v.Bytes) * 9e-11, Duration: time.Duration(v.Objects) * time.Millisecond}
}

func startBucket(t *testing.T, b *shelf, w, h int, change func(*Options)) *program {
	t.Helper()
	return startAt(t, newMemory(600), w, h, func(o *Options) {
		done := make(chan error, 1)
		done <- nil
		o.Bucket = &Bucket{Name: "s3://acme-audit-logs", Backend: b, Take: func(ids []int, span model.Span) *Load {
			b.taken, b.span = ids, span
			return &Load{Name: "s3://acme-audit-logs", Done: done}
		}}
		if change != nil {
			change(o)
		}
	})
}

func TestTheBucketScreenAtEverySize(t *testing.T) {
	for _, size := range sizes {
		t.Run(size.name, func(t *testing.T) {
			p := startBucket(t, newShelf(), size.w, size.h, nil)
			p.golden("bucket-" + size.name)
			p.press("@")
			p.golden("bucket-time-" + size.name)
		})
	}
	t.Run("ASCII", func(t *testing.T) {
		p := startBucket(t, newShelf(), 80, 24, func(o *Options) { o.ASCII = true })
		for _, r := range p.screen() {
			if r >= 0x7f {
				t.Fatalf("shows %q (U+%04X):\n%s", r, r, p.screen())
			}
		}
		p.golden("bucket-ascii-80x24")
	})
}

func TestWhatIsTickedIsCountedAndTaken(t *testing.T) {
	b := newShelf()
	p := startBucket(t, b, 120, 40, nil)
	p.shows("s3://acme-audit-logs", "111122223333", "of o-exampleorgid", "digests", "us-east-1", "logs/finance/", "other objects", "not listed: s3://acme-audit-logs/private/",
		"12 archived objects need a restore", "enter begins")
	p.hides("\x1b[31m")
	// The first account without its digests, and no access logs.
	p.press("j", "j", "j", "j", "space")
	p.shows("[-]", "[ ]    - digests")
	if all := b.counted; len(all) != 1 {
		t.Errorf("counted %q: a tick taken away asks for nothing", all)
	}
	p.press("G", "space")
	if last := b.counted[len(b.counted)-1]; last != "[10] true" {
		t.Errorf("counted %q: what is ticked in addition is counted alone", b.counted)
	}
	p.press("space", "enter")
	if !slices.Equal(b.taken, []int{0, 1, 4, 5, 6, 7, 8, 9}) {
		t.Errorf("took %v", b.taken)
	}
	p.shows("nothing new was loaded")
	p.hides("ticked")
}

func TestEscLeavesTheBucketAlone(t *testing.T) {
	b := newShelf()
	p := startBucket(t, b, 80, 24, nil)
	p.press("esc")
	p.hides("ticked")
	p.shows("nothing was taken from the bucket")
	p.press("esc")
	p.shows("Events")
	if b.taken != nil {
		t.Errorf("took %v", b.taken)
	}
}

func TestABucketThatWasLeftIsShownAgain(t *testing.T) {
	b := newShelf()
	looked := false
	p := startBucket(t, b, 80, 24, func(o *Options) {
		o.Bucket.Only = true
		o.Look = func() *Load {
			looked = true
			done := make(chan error, 1)
			done <- nil
			return &Load{Name: "new evidence", Done: done}
		}
	})
	p.press("j", "space", "esc")
	p.shows("nothing was taken from the bucket; R shows it again")
	p.press("esc", "R")
	p.shows("111122223333", "enter begins", "[-]")
	if len(b.counted) != 1 || looked {
		t.Errorf("counted %q again; looked for new evidence: %v", b.counted, looked)
	}
	p.press("R", "enter", "esc", "R")
	p.hides("enter begins")
	if b.taken == nil || !looked {
		t.Errorf("took %v; looked for new evidence: %v", b.taken, looked)
	}
}

func TestATimeIsCountedAgain(t *testing.T) {
	b := newShelf()
	p := startBucket(t, b, 80, 24, nil)
	p.shows("41 LIST")
	p.press("@")
	p.typeText("2026-03-08T2")
	p.press("enter")
	p.shows("since: a time is wanted, such as 2026-03-01T02:00Z")
	p.hides("parsing time")
	p.press("backspace")
	p.typeText("02:00Z")
	p.press("tab")
	p.typeText("2026-03-01")
	p.press("enter")
	p.shows("since is not before until")
	for range 10 {
		p.press("backspace")
	}
	p.typeText("2026-03-09")
	p.press("enter")
	p.shows("2026-03-08 02:00:00Z", "61 LIST") // 21 to find the streams, 20 for each count
	if len(b.counted) != 2 || !strings.HasSuffix(b.counted[1], "false") {
		t.Errorf("counted %q", b.counted)
	}
	p.press("enter")
	if b.span.From.Hour() != 2 || b.span.To.Day() != 9 {
		t.Errorf("took %v", b.span)
	}
}

func TestTheTreeFolds(t *testing.T) {
	p := startBucket(t, newShelf(), 120, 40, nil)
	p.press("left")
	p.shows("+ 111122223333")
	p.press("j", "left", "k", "right")
	p.shows("- 111122223333", "+ 444455556666")
}

func TestCountingCanBeStoppedAndGoneOnWith(t *testing.T) {
	p := startBucket(t, &shelf{}, 80, 24, nil)
	p.shows("nothing lies here")
	p.press("enter")
	p.shows("nothing is ticked")

	empty := newShelf()
	empty.found.Chosen = nil
	p = startBucket(t, empty, 80, 24, nil)
	empty.wait = func(context.Context) {
		empty.wait = nil
		p.shows("counting, 1 000 objects in 2 requests", "counting…")
		p.root.peel()
	}
	p.press("space")
	p.shows("not counted; r counts")
	p.press("enter")
	p.shows("counting first")
	if len(empty.counted) != 2 || empty.taken != nil {
		t.Errorf("counted %q, took %v", empty.counted, empty.taken)
	}
	p.press("enter")
	if empty.taken == nil {
		t.Error("nothing was taken")
	}
}

func TestABucketThatCannotBeLookedIntoSaysWhy(t *testing.T) {
	b := newShelf()
	b.fail = errors.New("s3://acme-audit-logs/: access is denied")
	p := startBucket(t, b, 80, 24, nil)
	p.shows("access is denied", "r tries again")
	b.fail = nil
	p.press("r")
	p.shows("111122223333")
	p.press("q")
	p.hides("ticked")
}
