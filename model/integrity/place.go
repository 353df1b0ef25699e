package integrity

import (
	"path"
	"slices"
	"strings"
)

// Rank says how well a path agrees with a claimed place; higher is closer.
type Rank int

// The ranks. What they leave open is said in the report, never assumed.
const (
	Elsewhere Rank = iota // no agreement: the object was moved, or it is another one
	BaseOnly              // only the base names agree: location not checkable
	KeyOnly               // the keys agree as far as both go: bucket not checkable
	Exact                 // the path ends in bucket and key: location checked
)

// RankOf compares p, a path below the folder that was given, with a claimed bucket/object.
func RankOf(p, bucket, object string) Rank {
	switch {
	case endsIn(p, bucket+"/"+object):
		return Exact
	case endsIn(p, object) || endsIn(object, p):
		return KeyOnly
	case path.Base(p) == path.Base(object):
		return BaseOnly
	}
	return Elsewhere
}

// endsIn tells that s ends in tail at the boundary of a path element.
func endsIn(s, tail string) bool {
	if tail == "" || !strings.HasSuffix(s, tail) {
		return false
	}
	return len(s) == len(tail) || s[len(s)-len(tail)-1] == '/'
}

// shelf finds files by the places digests claim. Plain copies may lack the .gz ending.
type shelf struct {
	byBase map[string][]*File
}

func newShelf(files []*File) *shelf {
	s := &shelf{byBase: make(map[string][]*File, len(files))}
	for _, f := range files {
		b := path.Base(f.Path)
		s.byBase[b] = append(s.byBase[b], f)
	}
	return s
}

// all lists the files that may stand for bucket/object, the closest place first; files at equally
// close places are in the order of their paths.
func (s *shelf) all(bucket, object string) []*File {
	base := path.Base(object)
	found := s.byBase[base]
	if plain, ok := strings.CutSuffix(base, ".gz"); ok {
		if bare := s.byBase[plain]; len(bare) > 0 {
			found = slices.Concat(found, bare)
		}
	}
	var ranks [Exact + 1][]*File
	n := 0
	for _, f := range found {
		if r := rankOfFile(f, bucket, object); r != Elsewhere {
			ranks[r] = append(ranks[r], f)
			n++
		}
	}
	out := make([]*File, 0, n)
	for r := Exact; r > Elsewhere; r-- {
		out = append(out, ranks[r]...)
	}
	return out
}

// rankOfFile is RankOf, blind to a .gz ending that an expanded copy has lost.
func rankOfFile(f *File, bucket, object string) Rank {
	if r := RankOf(f.Path, bucket, object); r != Elsewhere {
		return r
	}
	if plain, ok := strings.CutSuffix(object, ".gz"); ok && strings.HasSuffix(f.Path, ".json") {
		return RankOf(f.Path, bucket, plain)
	}
	return Elsewhere
}
