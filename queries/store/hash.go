package store

import (
	"strings"

	"github.com/zeebo/xxh3"
)

// obj64 is the number under which the object bucket/key is found fast. It is part of the case
// format. A hit must be checked against bucket and key: two objects may share a number.
func obj64(bucket, key string, scratch []byte) (uint64, []byte) {
	scratch = append(append(append(scratch[:0], bucket...), 0), key...)
	return xxh3.Hash(scratch), scratch
}

// top16 is the number of a key's first folder, which is what it has up to its first slash and with it, or of the
// whole of a key without a slash: most conditions on many keys name that, and the number is read ten times as
// fast as the key. It is part of the case format. Two folders may share a number.
func top16(key string) uint16 {
	if i := strings.IndexByte(key, '/'); i >= 0 {
		key = key[:i+1]
	}
	return uint16(xxh3.HashString(key))
}

// host32 tells host ids apart of records whose request ids are the same. It is part of the case
// format.
func host32(id string) uint32 { return uint32(xxh3.HashString(id)) }

// req64 is the number under which a request id is found fast: what its 16 upper-case hexadecimal
// digits say, else a hash. It is part of the case format.
func req64(id string) uint64 {
	if len(id) != 16 {
		return xxh3.HashString(id)
	}
	var n uint64
	for i := range len(id) {
		switch b := id[i]; {
		case '0' <= b && b <= '9':
			n = n<<4 | uint64(b-'0')
		case 'A' <= b && b <= 'F':
			n = n<<4 | uint64(b-'A'+10)
		default:
			return xxh3.HashString(id)
		}
	}
	return n
}
