package integrity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ParseMetadata reads one JSON object of "bucket/key": {"signature", "signature-algorithm",
// "backfill-generation-timestamp"}; the names may carry the x-amz-meta- prefix, in any case. Entries
// of another shape are left out.
func ParseMetadata(content []byte) (map[string]Metadata, error) {
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")), &entries); err != nil {
		return nil, fmt.Errorf("it is no JSON object: %w", err)
	}
	out := make(map[string]Metadata, len(entries))
	for place, raw := range entries {
		if m, ok := parseEntry(raw); ok {
			out[place] = m
		}
	}
	if len(out) == 0 && len(entries) > 0 {
		return nil, errors.New("it names no signature of any object")
	}
	return out, nil
}

// ParseSidecar reads the <name>.meta.json that lies beside a copied object: its user metadata is in
// "metadata", or the object is the metadata itself.
func ParseSidecar(content []byte) (Metadata, bool) {
	var side struct {
		Metadata json.RawMessage `json:"metadata"`
	}
	if json.Unmarshal(content, &side) == nil && len(side.Metadata) > 0 {
		if m, ok := parseEntry(side.Metadata); ok {
			return m, true
		}
	}
	return parseEntry(content)
}

// textOf is the text that raw is, or raw itself when it is no text: what stands there in another form
// is malformed, not absent. null is absent.
func textOf(raw json.RawMessage) string {
	var s *string
	switch {
	case json.Unmarshal(raw, &s) != nil:
		return string(raw)
	case s == nil:
		return ""
	}
	return *s
}

func parseEntry(raw []byte) (Metadata, bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return Metadata{}, false
	}
	var m Metadata
	for _, name := range slices.Sorted(maps.Keys(members)) {
		s := textOf(members[name])
		switch strings.TrimPrefix(strings.ToLower(name), "x-amz-meta-") {
		case "signature":
			m.Signature = s
		case "signature-algorithm":
			m.Algorithm = s
		case "backfill-generation-timestamp":
			m.BackfillTimestamp = s
		}
	}
	return m, m != Metadata{}
}
