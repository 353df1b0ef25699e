package palette

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sahilm/fuzzy"
)

// How well an entry answers to a text, the best first. A name that is typed in full is never beaten by
// a sentence that merely holds it.
const (
	called = iota // it is the entry's own name
	named         // it is another name of the entry: a word of the hint line, a key
	begun         // a name begins so
	inName        // a word of a name begins so
	inHelp        // a word of the help begins so
	within        // it stands somewhere
	unlike
)

// find lists the entries that answer to want, which is in small letters: the best first, then in the
// order of the table. Where nothing does, those whose names have its letters in this order answer.
func (p *Palette) find(want string) []int {
	type hit struct{ entry, rank int }
	var hits []hit
	for i := range p.Len() {
		if rank := p.rank(i, want); rank < unlike {
			hits = append(hits, hit{i, rank})
		}
	}
	if len(hits) == 0 {
		for i := range p.Len() {
			names, _ := p.names(i)
			if found := fuzzy.Find(want, names); len(found) > 0 { // the best first
				hits = append(hits, hit{i, -found[0].Score})
			}
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.rank, b.rank) })
	out := make([]int, len(hits))
	for i, h := range hits {
		out[i] = h.entry
	}
	return out
}

// rank is how well entry i answers to want. Of several words each is looked for, and the worst counts.
func (p *Palette) rank(i int, want string) int {
	names, help := p.names(i)
	switch at := slices.Index(names, want); {
	case at == 0 || at == 1:
		return called
	case at > 1:
		return named
	}
	rank := called
	for _, w := range strings.Fields(want) {
		rank = max(rank, rankOf(w, names, help))
	}
	return rank
}

func rankOf(w string, names []string, help string) int {
	best := unlike
	for _, n := range names {
		switch {
		case strings.HasPrefix(n, w):
			best = min(best, begun)
		case wordBegins(n, w):
			best = min(best, inName)
		case strings.Contains(n, w):
			best = min(best, within)
		}
	}
	switch {
	case best <= inName:
	case wordBegins(help, w):
		best = min(best, inHelp)
	case strings.Contains(help, w):
		best = min(best, within)
	}
	return best
}

func wordBegins(text, w string) bool {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" -:,;()/.", r) }) {
		if strings.HasPrefix(word, w) {
			return true
		}
	}
	return false
}

// names are what entry i is called, its own name in two spellings first, and help what is said of it;
// all in small letters. A key is a name.
func (p *Palette) names(i int) (names []string, help string) {
	if i >= len(p.acts) {
		x := p.extra[i-len(p.acts)]
		return []string{strings.ToLower(x.Name), strings.ToLower(x.Also)}, ""
	}
	a := p.acts[i]
	names = []string{string(a.Action), strings.ReplaceAll(string(a.Action), "-", " ")}
	if a.Short != "" {
		names = append(names, a.Short)
	}
	for _, k := range a.Keys {
		names = append(names, strings.ToLower(strings.TrimLeft(k, ":")))
	}
	return names, strings.ToLower(a.Help)
}
