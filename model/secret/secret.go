// Package secret finds the secrets that logs of S3 hold and puts marks in their places: signatures of
// pre-signed links, session tokens, keys. A mark tells two secrets apart and gives neither away. It
// must not know where a text came from or where it goes.
package secret

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// Pattern finds secrets by the name in front of them, in query strings (percent-encoded as often as one
// likes), in JSON and in JSON inside JSON; its one group is the secret. It is RE2, for Go and for
// databases that speak it. Names: Signature Version 2 and 4 with query parameters, AWS STS credentials,
// tokens of federation, and the headers of customer keys (Amazon S3 API Reference).
const Pattern = `(?i)(?:x-amz-signature|signature|x-amz-security-token|security-?token|session-?token|secret-?access-?key|signin-?token|` +
	`samlassertion|web-?identity-?token|server-side-encryption-customer-key)(?:=|%(?:25)*3D|\\*"\s*:\s*\[?\s*\\*")([^&\s"'<>\\\[\]{}]{8,})`

var (
	secrets = regexp.MustCompile(Pattern)
	names   = regexp.MustCompile(`(?i)(?:signature|security-?token|session-?token|secret-?access-?key|signin-?token|samlassertion|web-?identity-?token|server-side-encryption-customer-key)$`)
	marks   = regexp.MustCompile(`\[redacted sha256:[0-9a-f]{8}\]`)
	// hints are in every name above, whatever its case: most texts hold none.
	hints = []string{"ignature", "IGNATURE", "oken", "OKEN", "ssertion", "SSERTION", "ccess", "CCESS", "ustomer", "USTOMER"}
)

// Mark stands for a secret: the first eight hex digits of its SHA-256.
func Mark(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return "[redacted sha256:" + hex.EncodeToString(sum[:4]) + "]"
}

// MarkSQL is Mark as an expression over the SQL text x, for databases with sha256.
func MarkSQL(x string) string { return "'[redacted sha256:' || left(sha256(" + x + "), 8) || ']'" }

// IsMark tells that a text is nothing but a mark.
func IsMark(text string) bool { return marks.FindString(text) == text && text != "" }

// Marks counts the marks in a text.
func Marks(text string) int64 {
	if !strings.Contains(text, "[redacted sha256:") {
		return 0
	}
	return int64(len(marks.FindAllStringIndex(text, -1)))
}

// Around cuts a text at its marks: what lies between them is as it was.
func Around(text string) []string { return marks.Split(text, -1) }

// Hide puts marks in the places of the secrets in text, wherever in it they stand again.
func Hide(text string) string {
	if !mayHold(text) {
		return text
	}
	for _, m := range secrets.FindAllStringSubmatch(text, -1) {
		text = strings.ReplaceAll(text, m[1], Mark(m[1]))
	}
	return text
}

// HideNamed is Hide for a value whose own name may say that it is a secret.
func HideNamed(name, value string) string {
	if len(value) >= 8 && names.MatchString(strings.Trim(name, `"`)) && !IsMark(value) {
		return Mark(value)
	}
	return Hide(value)
}

// Holds counts the secrets in a text.
func Holds(text string) int {
	if !mayHold(text) {
		return 0
	}
	return len(secrets.FindAllStringIndex(text, -1))
}

func mayHold(text string) bool {
	for _, h := range hints {
		if strings.Contains(text, h) {
			return true
		}
	}
	// Mixed case is nobody's habit, and costs a closer look only where a name could stand.
	return strings.ContainsAny(text, "=%:") && loose.MatchString(text)
}

var loose = regexp.MustCompile(`(?i)signature|token|assertion|secret-?access|customer-key`)
