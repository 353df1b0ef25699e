package cloudtrail

import (
	"encoding/json"
	"os"
	"testing"

	"trailsift/model"
)

// corpus is the content of the files of the corpus that TRAILSIFT_CORPUS names, or of the public
// evidence.
func corpus(b *testing.B) (files [][]byte, size int64) {
	dir := os.Getenv("TRAILSIFT_CORPUS")
	if dir == "" {
		dir = shared(b) + "/evidence/cloudtrail-sans504"
	}
	contents(b, dir, func(_ string, content []byte) {
		files = append(files, content)
		size += int64(len(content))
	})
	return files, size
}

func BenchmarkScan(b *testing.B) {
	files, size := corpus(b)
	records := 0
	p := NewParser(Limits{}, func(r []model.Record) error { records += len(r); return nil },
		func(r model.Reject) { b.Fatal(r.Reason) })
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		records = 0
		for _, f := range files {
			p.Begin()
			if _, err := p.Feed(f, true); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkEncodingJSON is the peer: the same files into a struct of the commonest members, without
// any of the mapping.
func BenchmarkEncodingJSON(b *testing.B) {
	type object = map[string]json.RawMessage
	type event struct {
		EventTime, EventSource, EventName, AwsRegion, SourceIPAddress, UserAgent, ErrorCode, ErrorMessage string
		RequestID, EventID, EventType, EventCategory, RecipientAccountID                                  string
		UserIdentity                                                                                      struct {
			Type, PrincipalID, ARN, AccountID, AccessKeyID, UserName, InvokedBy string
		}
		RequestParameters, ResponseElements, AdditionalEventData object
		Resources                                                []struct{ Type, ARN, AccountID string }
	}
	files, size := corpus(b)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range files {
			var w struct{ Records []event }
			if err := json.Unmarshal(f, &w); err != nil {
				b.Fatal(err)
			}
		}
	}
}
