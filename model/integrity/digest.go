// Package integrity verifies CloudTrail log file integrity: digests, their signatures and links,
// the log files they list, and the time nothing vouches for. It is pure functions over bytes and
// keys: it must not open files, read clocks or know how a case stores anything.
//
// Sources: AWS CloudTrail User Guide, "CloudTrail digest file structure" and "Custom implementations
// of CloudTrail log file integrity validation".
package integrity

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// signatureAlgorithm is what every digest known so far is signed with.
const signatureAlgorithm = "SHA256withRSA"

// Digest is the content of one digest. Texts that are signed are kept exactly as written.
type Digest struct {
	Account     string
	Start, End  time.Time
	EndText     string // digestEndTime as written: part of what is signed
	Bucket      string
	Object      string
	Fingerprint string // lower-case hex, as the digest names its key
	Algorithm   string

	PreviousBucket, PreviousObject string
	PreviousHash                   []byte // 32 bytes, nil when null
	PreviousSignature              []byte // nil when null or not hex
	PreviousSignatureText          string // as written, "null" when null: part of what is signed
	HasPrevious                    bool   // any of the link's members is not null
	Logs                           []Listing
}

// Listing is one log file as a digest lists it.
type Listing struct {
	Bucket, Object string
	Hash           []byte // 32 bytes; nil when it cannot be read
	Algorithm      string
}

// Location is bucket/object.
func (l Listing) Location() string { return l.Bucket + "/" + l.Object }

// Location is where the digest claims to have been delivered, bucket/object.
func (d *Digest) Location() string { return d.Bucket + "/" + d.Object }

// PreviousLocation is the predecessor's place, empty at the start of a chain.
func (d *Digest) PreviousLocation() string {
	if d.PreviousBucket == "" && d.PreviousObject == "" {
		return ""
	}
	return d.PreviousBucket + "/" + d.PreviousObject
}

// digestJSON holds the members of a digest that are texts or null.
type digestJSON struct {
	account, start, end, bucket, object, fingerprint, algorithm     *string
	previousBucket, previousObject, previousHash, previousSignature *string
}

type textMember struct {
	name string
	into **string
}

// readTexts reads members that are texts or null, in the order given, so that equal input gives an
// equal error.
func readTexts(members map[string]json.RawMessage, wanted []textMember) error {
	for _, w := range wanted {
		if raw, ok := members[w.name]; ok {
			if err := json.Unmarshal(raw, w.into); err != nil {
				return fmt.Errorf("%s is not a text", w.name)
			}
		}
	}
	return nil
}

var errNotObject = errors.New("it is not one JSON object")

// ParseDigest reads the expanded content of a digest. It survives any JSON; the error says which
// member is missing or of the wrong kind.
func ParseDigest(content []byte) (*Digest, error) {
	trimmed := bytes.TrimLeft(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(trimmed) == 0 || trimmed[0] != '{' {
		return nil, errNotObject
	}
	members, err := exactMembers(trimmed)
	if err != nil {
		return nil, err
	}
	var j digestJSON
	err = readTexts(members, []textMember{
		{"awsAccountId", &j.account}, {"digestStartTime", &j.start}, {"digestEndTime", &j.end},
		{"digestS3Bucket", &j.bucket}, {"digestS3Object", &j.object},
		{"digestPublicKeyFingerprint", &j.fingerprint}, {"digestSignatureAlgorithm", &j.algorithm},
		{"previousDigestS3Bucket", &j.previousBucket}, {"previousDigestS3Object", &j.previousObject},
		{"previousDigestHashValue", &j.previousHash}, {"previousDigestSignature", &j.previousSignature},
	})
	if err != nil {
		return nil, err
	}
	return j.digest(members)
}

// exactMembers decodes one object without folding the case of its member names, the way every other
// validator reads it; a member that stands twice is refused, for two readers would disagree on it.
func exactMembers(content []byte) (map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(content))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errNotObject
	}
	members := make(map[string]json.RawMessage)
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("its JSON is broken: %w", err)
		}
		name, ok := t.(string)
		if !ok {
			return nil, errNotObject
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, fmt.Errorf("its JSON is broken at %q: %w", name, err)
		}
		if _, twice := members[name]; twice {
			return nil, fmt.Errorf("member %q stands twice", name)
		}
		members[name] = raw
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("its JSON is broken: %w", err)
	}
	if dec.More() {
		return nil, errors.New("something follows its JSON object")
	}
	return members, nil
}

func (j *digestJSON) digest(members map[string]json.RawMessage) (*Digest, error) {
	for _, w := range []textMember{{"digestStartTime", &j.start}, {"digestEndTime", &j.end}, {"digestS3Bucket", &j.bucket},
		{"digestS3Object", &j.object}, {"digestPublicKeyFingerprint", &j.fingerprint}} {
		if *w.into == nil {
			return nil, fmt.Errorf("%s is missing", w.name)
		}
	}
	if _, ok := members["previousDigestSignature"]; !ok {
		return nil, errors.New("previousDigestSignature is missing")
	}
	logs := members["logFiles"]
	if len(logs) == 0 || string(logs) == "null" {
		return nil, errors.New("logFiles is missing")
	}
	d := &Digest{
		Account: text(j.account), EndText: *j.end, Bucket: *j.bucket, Object: *j.object,
		Fingerprint: strings.ToLower(*j.fingerprint), Algorithm: text(j.algorithm),
		PreviousBucket: text(j.previousBucket), PreviousObject: text(j.previousObject),
		PreviousSignatureText: "null",
	}
	var err error
	if d.Start, err = time.Parse(time.RFC3339, *j.start); err != nil {
		return nil, errors.New("digestStartTime is not a time")
	}
	if d.End, err = time.Parse(time.RFC3339, d.EndText); err != nil {
		return nil, errors.New("digestEndTime is not a time")
	}
	d.Start, d.End = d.Start.UTC(), d.End.UTC()
	if d.End.Before(d.Start) {
		return nil, errors.New("digestEndTime is before digestStartTime")
	}
	if j.previousHash != nil {
		d.PreviousHash = hash256(*j.previousHash)
	}
	if s := j.previousSignature; s != nil {
		d.PreviousSignatureText = *s
		d.PreviousSignature, _ = DecodeSignature(*s)
	}
	d.HasPrevious = d.PreviousLocation() != "" || j.previousHash != nil || j.previousSignature != nil
	if d.Logs, err = parseListings(logs); err != nil {
		return nil, err
	}
	return d, nil
}

func parseListings(raw json.RawMessage) ([]Listing, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, errors.New("logFiles is not a list")
	}
	out := make([]Listing, 0, len(items))
	for i, item := range items {
		members, err := exactMembers(item)
		if err != nil {
			return nil, fmt.Errorf("logFiles[%d]: %w", i, err)
		}
		var bucket, object, hash, algorithm *string
		err = readTexts(members, []textMember{{"s3Bucket", &bucket}, {"s3Object", &object}, {"hashValue", &hash}, {"hashAlgorithm", &algorithm}})
		if err != nil {
			return nil, fmt.Errorf("logFiles[%d]: %w", i, err)
		}
		if object == nil || hash == nil {
			return nil, fmt.Errorf("logFiles[%d] names no object or no hash", i)
		}
		out = append(out, Listing{Bucket: text(bucket), Object: *object, Hash: hash256(*hash), Algorithm: text(algorithm)})
	}
	return out, nil
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// hash256 decodes a SHA-256 in hex. Published samples have lost leading zeroes, so a short text is
// padded on the left; case does not matter. Anything else is nil.
func hash256(s string) []byte {
	s = strings.TrimSpace(s)
	if len(s) > 64 || s == "" {
		return nil
	}
	b, err := hex.DecodeString(strings.Repeat("0", 64-len(s)) + s)
	if err != nil {
		return nil
	}
	return b
}

// DecodeSignature reads a signature in hex, in either case and with white space around or inside it.
func DecodeSignature(s string) ([]byte, error) {
	clean := strings.Join(strings.Fields(s), "")
	if len(clean)%2 == 1 {
		clean = "0" + clean
	}
	b, err := hex.DecodeString(clean)
	if err != nil {
		return nil, errors.New("the signature is not hexadecimal")
	}
	if len(b) == 0 {
		return nil, errors.New("the signature is empty")
	}
	return b, nil
}
