package demo

import (
	_ "embed"
	"fmt"
	"strings"

	"trailsift/testdata/gen/chain"
)

//go:embed readme.md
var story string

// readme fills the story's numbers in: {fact} becomes the count of that fact.
func (w *world) readme(keys keyring) []byte {
	text := story
	for name, n := range w.facts {
		text = strings.ReplaceAll(text, "{"+name+"}", fmt.Sprint(n))
	}
	for name, k := range map[string]*chain.Key{"key-a": keys.first, "key-b": keys.second, "key-eu": keys.europe} {
		text = strings.ReplaceAll(text, "{"+name+"}", k.SHA256())
		text = strings.ReplaceAll(text, "{"+name+"-fp}", k.Fingerprint)
	}
	return []byte(text)
}
