package sqlgen

import (
	"math/big"
	"net/netip"
	"strings"
)

// Dialect is how one engine spells what SQL leaves open. The parameters of all of them are ?.
type Dialect struct {
	Name       string
	StartsWith func(expr string) string // one placeholder
	EndsWith   func(expr string) string
	Contains   func(expr string) string
	Like       func(expr string) string // the escape is a backslash
	Regexp     func(expr string) string // RE2, found anywhere
	Fold       func(expr string) string // for comparing without case
	JSONText   func(expr string) string // one placeholder: a JSON pointer; null where expr is no JSON or lacks it
	// ObjectNumber is the obj64 of an object; nil where the store keeps none.
	ObjectNumber func(bucket, key string) uint64
	// Folder is the top16 of a first folder, its slash included, and whether that decides: no other folder, and no
	// key without one, of a row that counts has it. It may be nil.
	Folder func(name string) (number uint16, decides bool)
	// Holds tells that Objects has an object, as far as it is known by now; it may be nil. A condition that
	// need not look there lets the rows be found before their columns are read.
	Holds func(bucket, key string) (held, known bool)
	// Objects is the table that has every object which counts once, under a number of its own
	// (obj64, bucket, key); empty where there is none, or searching it would not pay.
	Objects string
	Wide    string // a placeholder for an unsigned 128-bit number given as decimal text
}

// DuckDB is the dialect of the embedded store.
var DuckDB = Dialect{
	Name:       "duckdb",
	StartsWith: func(e string) string { return "starts_with(" + e + ", ?)" },
	EndsWith:   func(e string) string { return "suffix(" + e + ", ?)" },
	Contains:   func(e string) string { return "contains(" + e + ", ?)" },
	Like:       func(e string) string { return e + ` like ? escape '\'` },
	Regexp:     func(e string) string { return "regexp_matches(" + e + ", ?)" },
	Fold:       func(e string) string { return "lower(" + e + ")" },
	JSONText: func(e string) string {
		return "(case when json_valid(" + e + ") then try(json_extract_string(" + e + ", ?)) end)"
	},
	Wide: "cast(? as uhugeint)",
}

// shown is c as a result column. Time goes out as it is; the reader knows that it is UTC.
func (d Dialect) shown(c column) string { return c.expr }

// likePattern is p in LIKE's language with a backslash as the escape.
func likePattern(p []piece) string {
	var b strings.Builder
	for _, x := range p {
		switch x.wild {
		case '*':
			b.WriteByte('%')
		case '?':
			b.WriteByte('_')
		default:
			for i := range len(x.text) {
				if strings.IndexByte(`%_\`, x.text[i]) >= 0 {
					b.WriteByte('\\')
				}
				b.WriteByte(x.text[i])
			}
		}
	}
	return b.String()
}

// bounds are the first and last address of p as numbers.
func bounds(p netip.Prefix) (first, last *big.Int) {
	p = p.Masked()
	first = new(big.Int).SetBytes(p.Addr().AsSlice())
	size := new(big.Int).Lsh(big.NewInt(1), uint(p.Addr().BitLen()-p.Bits()))
	last = new(big.Int).Add(first, size)
	return first, last.Sub(last, big.NewInt(1))
}
