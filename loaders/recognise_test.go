package loaders

import (
	"strings"
	"testing"

	"trailsift/model"
)

func TestAccessLogsAsJSONAreSkippedByName(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "f", `{"schema_version_id":"V_1_0","request_time":"2026-01-01T00:00:00.000Z","bucket_owner_id":"o"}`)
	sink := newMemory()
	mustLoad(t, request(sink, dir))
	if m := sink.named(t, "f"); m.Kind != model.KindSkipped || !strings.Contains(m.Reason, "JSON form") {
		t.Errorf("%s %q", m.Kind, m.Reason)
	}
}
