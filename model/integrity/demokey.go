package integrity

import "slices"

// demoKeys are the SHA-256 of the PKCS #1 DER of the keys that sign the demo evidence. Their private
// halves can be derived by anybody, so they prove nothing; they are always labelled DEMO KEY.
var demoKeys = []string{
	"bdc9a1672244e3a1680704c6d6b0ae99b09a60c6b0353fe0cdf14ce19c98745f",
	"cda4ca51aba1b16b65385d13d1ad38d6e0ec89f2dab83c8b08f194ff4f8f6f92",
	"c62c7a781940a93e31069e3f3a7f6d8b6c3209815a1fe1f863d7a9c9c59002ca",
}

// IsDemoKey tells that the key with this SHA-256, in hex, is one of the demo evidence's.
func IsDemoKey(sha256 string) bool { return slices.Contains(demoKeys, sha256) }
