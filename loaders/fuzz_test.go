package loaders

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"trailsift/loaders/source"
	"trailsift/model"
)

const accessLine = `79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be 3E57427F3EXAMPLE REST.GET.OBJECT key "GET /bucket/key HTTP/1.1" 200 - 113 - 7 - "-" "agent" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader bucket.s3.amazonaws.com TLSV1.2 - -`

// FuzzLoad holds the whole pipeline to one promise: whatever the bytes, a load in one piece and one
// through small windows tell the same, and neither panics.
func FuzzLoad(f *testing.F) {
	event := `{"Records":[{"eventVersion":"1.08","eventTime":"2026-03-01T00:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","requestParameters":{"bucketName":"b","key":"k"},"eventID":"0f0e0d0c-0b0a-0908-0706-050403020100"},{"eventName":"x"}]}`
	for _, seed := range []string{
		accessLine + "\n" + accessLine + "\nnot a line\n", gz(accessLine + "\n"), gz(accessLine) + gz(accessLine), gz(accessLine)[:150] + "junk",
		event, gz(event), event[:200], gz(event)[:100], "{}", `{"Records":[]}`, "", "\xff\xfe{\x00",
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte, salvage bool) {
		if len(content) > 1<<16 {
			return
		}
		path := filepath.Join(dir, "f")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		var sinks [2]*memory
		var told [2]Summary
		for i, whole := range []int64{1 << 20, 512} {
			sinks[i] = newMemory()
			told[i] = mustLoad(t, Request{Sources: []string{path}, Sink: sinks[i], Options: Options{
				Workers: 1, Now: clock(), Copy: source.CopyNever, Salvage: salvage,
				Sizes: Sizes{Whole: whole}, Limits: source.Limits{Expanded: 1 << 20},
			}})
		}
		if !reflect.DeepEqual(sinks[0].records, sinks[1].records) {
			t.Errorf("in one piece %d records, in windows %d", len(sinks[0].texts()), len(sinks[1].texts()))
		}
		byID := func(a, b model.Member) int { return int(a.ID - b.ID) }
		slices.SortFunc(sinks[0].members, byID)
		slices.SortFunc(sinks[1].members, byID)
		if len(sinks[0].members) != len(sinks[1].members) {
			t.Fatalf("in one piece %+v, in windows %+v", told[0], told[1])
		}
		for i, a := range sinks[0].members {
			b := sinks[1].members[i]
			if a.Kind != b.Kind || a.Seen != b.Seen || a.Rejected != b.Rejected || a.Flags != b.Flags || a.Form != b.Form || a.SHA256Content != b.SHA256Content {
				t.Errorf("in one piece\n%+v\nin windows\n%+v", a, b)
			}
		}
	})
}
