package cloudtrail

import (
	"strings"

	"trailsift/model"
)

// documentKind tells whether the scanned object, raw, is one that a verification reads: a digest, public
// keys, or metadata of digests. "" when it is none.
func (p *Parser) documentKind(raw []byte) model.MemberKind {
	h := p.e.hints
	switch {
	case h&hintDigest != 0:
		return model.KindDigest
	case h&hintKeyList != 0, h&hintKeyValue != 0 && h&hintFingerprint != 0:
		return model.KindKeys
	case p.isMetadata(raw):
		return model.KindMetadata
	}
	return ""
}

// isMetadata knows the two forms in which the user metadata of objects is kept beside them: one
// object of "bucket/key": {"signature": ...}, and a sidecar of one object, which is our own
// <name>.meta.json or the output of `aws s3api head-object`.
func (p *Parser) isMetadata(raw []byte) bool {
	places, others, signed, size, tag, nested := 0, 0, false, false, false, false
	p.membersOf(raw, func(name string, value []byte) bool {
		switch lower(name) {
		case "etag":
			tag = true
		case "size", "contentlength", "sha256", "source":
			size = true
		case "metadata":
			nested = value[0] == '{'
		default:
			switch {
			case metadataName(name) == "signature" && value[0] == '"':
				signed = true
			case strings.Contains(name, "/") && p.holdsSignature(value):
				places++
			default:
				others++
			}
		}
		return others < 64
	})
	return places > 0 && others == 0 || signed || size && (tag || nested)
}

func (p *Parser) holdsSignature(value []byte) bool {
	found := false
	p.membersOf(value, func(name string, _ []byte) bool {
		found = strings.HasPrefix(metadataName(name), "signature") || metadataName(name) == "backfill-generation-timestamp"
		return !found
	})
	return found
}

// metadataName is a name without the prefix under which S3 sends it as a header.
func metadataName(name string) string { return strings.TrimPrefix(lower(name), "x-amz-meta-") }
