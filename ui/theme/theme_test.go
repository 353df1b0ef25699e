package theme

import (
	"testing"

	"trailsift/model"
)

func TestEveryBadgeHasItsOwnGlyphAndWord(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		th := New(ascii)
		glyphs, words := map[string]bool{}, map[string]bool{}
		for i, name := range model.IntegrityNames {
			s := th.Badge(model.Integrity(i + 1))
			if s.Word != name {
				t.Errorf("badge %d: word %q, want %q", i+1, s.Word, name)
			}
			if glyphs[s.Glyph] || words[s.Word] {
				t.Errorf("badge %s shares its glyph %q or word", name, s.Glyph)
			}
			glyphs[s.Glyph], words[s.Word] = true, true
			if ascii && !isASCII(s.Glyph) {
				t.Errorf("badge %s: glyph %q is not ASCII", name, s.Glyph)
			}
			if th.BadgeOf(name) != s {
				t.Errorf("BadgeOf(%s) differs from Badge", name)
			}
		}
	}
}

func TestASCIIShowsEveryOtherCharacterByItsCode(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"plain text stays":             {"a/b c", "a/b c"},
		"a letter becomes its code":    {"é", "<U+00E9>"},
		"an emoji becomes its code":    {"🙂", "<U+1F642>"},
		"a visible escape is spelt":    {"␛[2J", "<U+241B>[2J"},
		"nothing is cut from the tail": {"x→y", "x<U+2192>y"},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			if got := New(true).Show(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if got := New(false).Show(c.in); got != c.in {
				t.Errorf("with Unicode: got %q, want it unchanged", got)
			}
		})
	}
}
