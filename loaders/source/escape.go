package source

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strings"
)

const (
	hexDigits = "0123456789ABCDEF"
	// longest is the longest escaped component; room for suffixes is left below the usual 255 bytes.
	longest = 200
	// sidecarSuffix belongs to our own files; a foreign name that ends so is escaped.
	sidecarSuffix = ".meta.json"
)

// EscapePath turns a foreign name with slashes into a relative path that stays below where it is put
// and that no other name gets: every component is escaped by itself, "..", empty ones and drive
// letters included.
func EscapePath(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = escapeComponent(p)
	}
	return filepath.Join(parts...)
}

// escapeComponent is injective: '%' never stands for itself, and '~', which begins what replaces
// overlong names, does neither. '!' is kept for the folders of archives.
func escapeComponent(s string) string {
	if s == "" {
		return "%_"
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; plain(c) && !hidden(s, i) {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	out := b.String()
	if len(out) <= longest {
		return out
	}
	// A cut name never ends within an escape: the hash tells names apart, the rest is for people.
	cut := out[:longest-40]
	if i := strings.LastIndexByte(cut, '%'); i > len(cut)-3 {
		cut = cut[:i]
	}
	return cut + "~" + digest(s)
}

// plain bytes mean the same on every file system.
func plain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("._-+=@, ()", c) >= 0
}

// hidden tells that a plain byte has a meaning in its place: dots that walk or hide, an end that
// Windows drops, the device names of Windows, the name of a sidecar.
func hidden(s string, i int) bool {
	last := len(s) - 1
	switch c := s[i]; {
	case c == '.' && i == 0, (c == '.' || c == ' ') && i == last, c == ' ' && i == 0:
		return true
	case c == '.' && i == len(s)-len(sidecarSuffix):
		return strings.EqualFold(s[i:], sidecarSuffix)
	case i == 0:
		return device(s)
	}
	return false
}

func device(s string) bool {
	stem, _, _ := strings.Cut(s, ".")
	switch up := strings.ToUpper(strings.TrimRight(stem, " ")); {
	case up == "CON", up == "PRN", up == "AUX", up == "NUL":
		return true
	case len(up) == 4 && (strings.HasPrefix(up, "COM") || strings.HasPrefix(up, "LPT")):
		return up[3] >= '0' && up[3] <= '9'
	}
	return false
}

// digest is a short name for s: 128 bits are more than accidents and attackers can collide in a case.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}
