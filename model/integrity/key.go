package integrity

import (
	"bytes"
	"crypto"
	"crypto/md5" //nolint:gosec // fingerprints of CloudTrail keys are MD5; nothing is trusted for it
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Trust says why a key may be believed.
type Trust string

// The trusts, best first.
const (
	TrustAWS      Trust = "aws"      // fetched by us over TLS
	TrustExaminer Trust = "examiner" // given by the person who runs the verification
	TrustEvidence Trust = "evidence" // lay among the files: proves only that the pile agrees with itself
	TrustDemo     Trust = "demo"     // our own generator's; the private half is public
)

// Key is one public key with where it came from.
type Key struct {
	Fingerprint string // lower-case hex, as published
	Region      string // empty when the list does not tell
	Trust       Trust
	Origin      string // file or call it came from
	SHA256      string // hex, of the key's bytes as given
	From, To    time.Time

	public     *rsa.PublicKey
	canonical  string // hex SHA-256 of the key's PKCS #1 DER, however it was given
	Mislabeled bool   // it parses, but its fingerprint is not its own
	Unusable   bool   // it does not parse, or is mislabelled: digests naming it cannot be checked
	Problem    string
}

type keyJSON struct {
	Value             string          `json:"Value"`
	Fingerprint       string          `json:"Fingerprint"`
	ValidityStartTime json.RawMessage `json:"ValidityStartTime"`
	ValidityEndTime   json.RawMessage `json:"ValidityEndTime"`
}

// ParseKeys reads a list of public keys in any shape it has been published in: the output of
// `aws cloudtrail list-public-keys` of both CLI versions, the User Guide's, a bare list, one key.
// A key that does not parse is returned as unusable, not as an error.
func ParseKeys(content []byte, trust Trust, region, origin string) ([]Key, error) {
	items, err := keyItems(content)
	if err != nil {
		return nil, fmt.Errorf("read public keys from %s: %w", origin, err)
	}
	keys := make([]Key, 0, len(items))
	for i, item := range items {
		var j keyJSON
		if err := json.Unmarshal(item, &j); err != nil {
			return nil, fmt.Errorf("read public keys from %s: key %d is no object with the texts Value and Fingerprint", origin, i+1)
		}
		k := Key{Fingerprint: strings.ToLower(strings.TrimSpace(j.Fingerprint)), Region: region, Trust: trust, Origin: origin,
			From: keyTime(j.ValidityStartTime), To: keyTime(j.ValidityEndTime)}
		k.load(j.Value)
		keys = append(keys, k)
	}
	return keys, nil
}

func keyItems(content []byte) ([]json.RawMessage, error) {
	content = bytes.TrimSpace(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")))
	if len(content) == 0 {
		return nil, errors.New("the file is empty")
	}
	if content[0] == '[' {
		var items []json.RawMessage
		if err := json.Unmarshal(content, &items); err != nil {
			return nil, fmt.Errorf("it is no JSON list: %w", err)
		}
		return items, nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(content, &object); err != nil {
		return nil, fmt.Errorf("it is no JSON: %w", err)
	}
	names := slices.Sorted(maps.Keys(object))
	for _, name := range names {
		if strings.EqualFold(name, "PublicKeyList") {
			var items []json.RawMessage
			if err := json.Unmarshal(object[name], &items); err != nil {
				return nil, fmt.Errorf("%s is not a list", name)
			}
			return items, nil
		}
	}
	for _, name := range names {
		if strings.EqualFold(name, "Value") {
			return []json.RawMessage{content}, nil
		}
	}
	return nil, errors.New("it holds no PublicKeyList")
}

// keyTime reads a number, a numeric text or ISO 8601; zero when it is none of them.
func keyTime(raw json.RawMessage) time.Time {
	s := strings.Trim(string(raw), `"`)
	if f, err := strconv.ParseFloat(s, 64); err == nil && f > -6e10 && f < 2e11 {
		return time.Unix(int64(f), 0).UTC()
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UTC()
	}
	return time.Time{}
}

func (k *Key) load(value string) {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(value), ""))
	if err != nil {
		k.Unusable, k.Problem = true, "its value is not base64"
		return
	}
	sum := sha256.Sum256(der)
	k.SHA256 = hex.EncodeToString(sum[:])
	if k.public = parsePublic(der); k.public == nil {
		k.Unusable, k.Problem = true, "its value is neither a PKCS #1 nor an X.509 RSA key"
		return
	}
	sum = sha256.Sum256(x509.MarshalPKCS1PublicKey(k.public))
	k.canonical = hex.EncodeToString(sum[:])
	if !slices.Contains(fingerprints(der, k.public), k.Fingerprint) {
		k.Unusable, k.Mislabeled, k.Problem = true, true, "its fingerprint is not the MD5 of the key"
		if k.Fingerprint == "" {
			k.Problem = "nothing tells which digests it is for"
		}
	}
}

func parsePublic(der []byte) *rsa.PublicKey {
	if pub, err := x509.ParsePKCS1PublicKey(der); err == nil {
		return pub
	}
	if any, err := x509.ParsePKIXPublicKey(der); err == nil {
		if pub, ok := any.(*rsa.PublicKey); ok {
			return pub
		}
	}
	return nil
}

// fingerprints are the texts a key may rightly go by: MD5 of the value as given, or of the same
// key's PKCS #1 or SubjectPublicKeyInfo form.
func fingerprints(der []byte, pub *rsa.PublicKey) []string {
	forms := [][]byte{der, x509.MarshalPKCS1PublicKey(pub)}
	if spki, err := x509.MarshalPKIXPublicKey(pub); err == nil {
		forms = append(forms, spki)
	}
	out := make([]string, len(forms))
	for i, f := range forms {
		sum := md5.Sum(f)
		out[i] = hex.EncodeToString(sum[:])
	}
	return out
}

// verifies tells that sig is k's signature of d, whose content hashes to content.
func (k *Key) verifies(d *Digest, content [32]byte, sig []byte) bool {
	if k.Unusable || k.public == nil || len(sig) != k.public.Size() {
		return false
	}
	sum := sha256.Sum256([]byte(StringToSign(d, content)))
	return rsa.VerifyPKCS1v15(k.public, crypto.SHA256, sum[:], sig) == nil
}

// StringToSign is what CloudTrail signs: the end time as written, the claimed location, the hash of
// the digest's content, and the predecessor's signature as written or the word null.
// Source: AWS CloudTrail User Guide, "Custom implementations of CloudTrail log file integrity validation".
func StringToSign(d *Digest, content [32]byte) string {
	return d.EndText + "\n" + d.Location() + "\n" + hex.EncodeToString(content[:]) + "\n" + d.PreviousSignatureText
}

// isDemo recognises the demo evidence's keys in every encoding, never by their fingerprint.
func (k *Key) isDemo() bool { return IsDemoKey(k.SHA256) || IsDemoKey(k.canonical) }

// Summary is what is told of k; a demo key is called one wherever it came from.
func (k *Key) Summary() KeySummary {
	trust := k.Trust
	if k.isDemo() {
		trust = TrustDemo
	}
	return KeySummary{k.Fingerprint, k.Region, trust, k.Origin, k.SHA256}
}

// withFingerprint names a key in a sentence.
func withFingerprint(fingerprint string) string {
	if fingerprint == "" {
		return "without a fingerprint"
	}
	return "with fingerprint " + fingerprint
}

// supplied tells that somebody vouches for k: AWS over TLS, or the examiner.
func (k *Key) supplied() bool { return k.Trust == TrustAWS || k.Trust == TrustExaminer }

// rank orders trusts, best first.
func (t Trust) rank() int {
	switch t {
	case TrustAWS:
		return 0
	case TrustExaminer:
		return 1
	case TrustDemo:
		return 2
	}
	return 3
}
