package safe

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestHostileTextBecomesVisible(t *testing.T) {
	cases := map[string]struct{ in, want string }{
		"plain text is kept":                         {"reports/2026 q1/a.csv", "reports/2026 q1/a.csv"},
		"letters of any script are kept":             {"Résumé Müller 日本 Ж", "Résumé Müller 日本 Ж"},
		"U01 an OSC title is shown":                  {"\x1b]0;pwned\x07x", "␛]0;pwned␇x"},
		"U02 an OSC 8 link is shown":                 {"\x1b]8;;http://x\x1b\\y", "␛]8;;http://x␛\\y"},
		"U03 conceal is shown":                       {"\x1b[8mhidden", "␛[8mhidden"},
		"U04 a C1 control sequence is shown":         {"\u009b2J", "<9B>2J"},
		"U05 a carriage return is shown":             {"a\rb", "a␍b"},
		"U06 backspace, DEL, NUL and tab are shown":  {"\b\x7f\x00\t", "␈␡␀␉"},
		"U07 a newline stays in its row":             {"a\nb", "a␊b"},
		"U08 a bidi override is shown":               {"a\u202egnp.exe", "a<U+202E>gnp.exe"},
		"U08 isolates, zero width and soft hyphen":   {"\u2066\u200b\u00ad\u200d", "<U+2066><U+200B><U+00AD><U+200D>"},
		"U08 tag characters are shown":               {"\U000e0041", "<U+E0041>"},
		"U08 variation selectors are shown":          {"a\ufe0f", "a<U+FE0F>"},
		"U09 the ninth mark and on are cut":          {"a" + strings.Repeat("\u0301", 200) + "b", "a" + strings.Repeat("\u0301", 8) + "<+marks>b"},
		"U09 a mark without a letter is shown":       {"\u0301a", "<U+0301>a"},
		"U09 stacked Hangul vowels are cut":          {"\u1100" + strings.Repeat("\u1161", 20), "\u1100" + strings.Repeat("\u1161", 8) + "<+marks>"},
		"eight marks are kept":                       {"a" + strings.Repeat("\u0301", 8), "a" + strings.Repeat("\u0301", 8)},
		"U17 a bucket name with escapes is shown":    {"b\x1b[31m\x9b", `b␛[31m\x9B`},
		"a mark before plain text counts anew":       {"e\u0301e\u0301", "e\u0301e\u0301"},
		"U10 bytes that are not UTF-8 are shown":     {"a\xe9\x9bb", `a\xE9\x9Bb`},
		"U10 an encoded surrogate is shown by bytes": {"\xed\xa0\x80", `\xED\xA0\x80`},
		"U11 an emoji is kept":                       {"🎉", "🎉"},
		"private use is shown":                       {"\ue000", "<U+E000>"},
		"a no-break space is shown":                  {"a\u00a0b", "a<U+00A0>b"},
		"a line separator is shown":                  {"\u2028", "<U+2028>"},
		"an unassigned character is shown":           {"\U0003ffff", "<U+3FFFF>"},
		"a filler is shown":                          {"\u3164", "<U+3164>"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := New(c.in).String(); got != c.want {
				t.Errorf("New(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestCutTellsWhatItLeftOut(t *testing.T) {
	if got := Cut(strings.Repeat("é", 10), 4).String(); got != "éééé…(+12)" {
		t.Errorf("got %q", got)
	}
	if got := Cut("short", 10).String(); got != "short" {
		t.Errorf("got %q", got)
	}
}

func TestTextThatNeedsNothingIsNotCopied(t *testing.T) {
	for _, s := range []string{strings.Repeat("plain ascii ", 20), "Résumé 日本 e\u0301 \ufffd 🎉"} {
		if n := testing.AllocsPerRun(100, func() { _ = New(s) }); n != 0 {
			t.Errorf("%q: %v allocations", s, n)
		}
		if got := New(s).String(); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
}

func TestU12AHugeTextIsCutWithoutReadingIt(t *testing.T) {
	huge := strings.Repeat("\x1b", 10<<20)
	if got := Cut(huge, 3).String(); got != "␛␛␛…(+10485757)" {
		t.Errorf("got %q", got)
	}
}

func FuzzNew(f *testing.F) {
	for _, s := range []string{"", "a", "\x1b[2J", "a\u202eb", "\xff", "e\u0301", "\u200d\u200d", "👩‍👩‍👧", "\u2800"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := New(s).String()
		if !utf8.ValidString(got) {
			t.Fatalf("%q: not UTF-8", got)
		}
		for _, r := range got {
			if r < 0x20 || r >= 0x7f && r <= 0x9f || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) || unicode.Is(unicode.Co, r) || unicode.Is(unicode.Cs, r) {
				t.Fatalf("%q holds %U", got, r)
			}
		}
		if clean(s, 0) != (got == s) {
			t.Fatalf("clean(%q) is %v, yet it becomes %q", s, clean(s, 0), got)
		}
		if again := New(got).String(); again != got {
			t.Fatalf("not idempotent: %q, then %q", got, again)
		}
	})
}
