package loaders

import (
	"path/filepath"
	"testing"

	"trailsift/loaders/source"
	"trailsift/model"
)

// loadReal loads args with the real parsers.
func loadReal(t *testing.T, sink *memory, args ...string) Summary {
	t.Helper()
	return mustLoad(t, Request{Sources: args, Sink: sink, Options: Options{Workers: 2, Now: clock(), Copy: source.CopyNever}})
}

func demo(parts ...string) string {
	return filepath.Join(append([]string{"..", "testdata", "demo"}, parts...)...)
}

func TestDemoAccessLogs(t *testing.T) {
	sink := newMemory()
	s := loadReal(t, sink, demo("acme-access-logs"), demo("acme-access-logs-eu"))
	// The number of lines is from the demo's README, which is counted without us.
	if s.ByLog[model.AccessLog] != 2587 || s.Records.Rejected != 0 || s.Members.Rejected != 0 {
		t.Errorf("%+v", s)
	}
	t.Logf("%+v, %d skipped: %+v", s.Members, len(s.Skipped), s.Skipped)
}
