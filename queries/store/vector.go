package store

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"
	"unsafe"

	"trailsift/model"
)

// inlined is how many bytes of a string stand in DuckDB's 16-byte string_t itself (duckdb.h,
// duckdb_string_t: length, then either the bytes or four of them and a pointer).
const inlined = 12

// vector is one column of a data chunk while it is being filled. data and valid are DuckDB's memory,
// good until the chunk is reset.
type vector struct {
	data  unsafe.Pointer
	valid unsafe.Pointer // bit row%64 of word row/64 is clear for NULL
	keep  *arena
	odd   []model.Flags // what filling found out about each row
}

func (v *vector) null(row int) {
	word := (*uint64)(unsafe.Add(v.valid, row/64*8))
	*word &^= 1 << (row % 64)
}

func put[T any](v *vector, row int, value T) {
	*(*T)(unsafe.Add(v.data, uintptr(row)*unsafe.Sizeof(value))) = value
}

// absent stores value, or NULL for a negative one.
func (v *vector) absent(row int, value int64) {
	if value < 0 {
		v.null(row)
		return
	}
	put(v, row, value)
}

func (v *vector) tri(row int, value model.Tri) {
	if value == 0 {
		v.null(row)
		return
	}
	put(v, row, value == model.True)
}

// The years DuckDB and everything behind it can print: 0001 to 9999.
var (
	minTime = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	maxTime = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
)

// seconds stores Unix seconds as a TIMESTAMP, NULL for none and for what no calendar has.
func (v *vector) seconds(row int, at int64) {
	switch {
	case at == model.NoTime:
		v.null(row)
	case at < minTime || at > maxTime:
		v.odd[row] |= model.FlagOddTime
		v.null(row)
	default:
		put(v, row, at*1_000_000)
	}
}

// uuid stores an id the way DuckDB keeps it: a 128-bit number with its highest bit turned over.
func (v *vector) uuid(row int, has bool, id *[16]byte) {
	if !has {
		v.null(row)
		return
	}
	put(v, row, [2]uint64{binary.BigEndian.Uint64(id[8:]), binary.BigEndian.Uint64(id[:8]) ^ 1<<63})
}

// text stores s, NULL for "". DuckDB would store NULL for text that is not UTF-8 without a word, so
// that is repaired and flagged here.
func (v *vector) text(row int, s string) {
	if s == "" {
		v.null(row)
		return
	}
	if !utf8.ValidString(s) {
		v.odd[row] |= model.FlagBadUTF8
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	v.bytes(row, s)
}

// bytes stores s as it is, empty or not. Longer strings are copied into pinned memory, which stays
// put until the chunk has been appended.
func (v *vector) bytes(row int, s string) {
	cell := unsafe.Add(v.data, row*16)
	*(*[2]uint64)(cell) = [2]uint64{}
	*(*uint32)(cell) = uint32(len(s))
	if len(s) <= inlined {
		copy(unsafe.Slice((*byte)(unsafe.Add(cell, 4)), inlined), s)
		return
	}
	copy(unsafe.Slice((*byte)(unsafe.Add(cell, 4)), 4), s[:4])
	*(*uintptr)(unsafe.Add(cell, 8)) = v.keep.copy(s)
}

// arena holds the strings of one chunk in pinned Go memory: DuckDB's cells point into it.
type arena struct {
	blocks  [][]byte // all of blockSize
	large   [][]byte
	pinned  runtime.Pinner // blocks
	extra   runtime.Pinner // large
	block   int
	used    int // in the current block
	total   int
	scratch []byte // for hashing
}

const blockSize = 1 << 20

func (a *arena) copy(s string) uintptr {
	a.total += len(s)
	if len(s) > blockSize/4 {
		b := []byte(s)
		a.extra.Pin(&b[0])
		a.large = append(a.large, b)
		return uintptr(unsafe.Pointer(&b[0]))
	}
	if a.used+len(s) > blockSize && a.block < len(a.blocks) {
		a.block, a.used = a.block+1, 0
	}
	if a.block == len(a.blocks) {
		b := make([]byte, blockSize)
		a.pinned.Pin(&b[0])
		a.blocks = append(a.blocks, b)
	}
	to := a.blocks[a.block][a.used:]
	copy(to, s)
	a.used += len(s)
	return uintptr(unsafe.Pointer(&to[0]))
}

// reset forgets the strings; nothing may point to them any more.
func (a *arena) reset() {
	a.block, a.used, a.total = 0, 0, 0
	a.extra.Unpin()
	a.large = nil
}

func (a *arena) free() {
	a.reset()
	a.pinned.Unpin()
	a.blocks = nil
}

// address splits a source address into what ip4 and ip6 hold. Only clean addresses count: no zone,
// no port, no name. An IPv4 address in IPv6 clothes is the IPv4 address.
func address(s string) (ip4 uint32, ip6 [2]uint64, width int) {
	if s == "" || (s[0] > '9' && !strings.Contains(s, ":")) {
		return 0, ip6, 0
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return 0, ip6, 0
	}
	a = a.Unmap()
	if a.Is4() {
		b := a.As4()
		return binary.BigEndian.Uint32(b[:]), ip6, 4
	}
	b := a.As16()
	return 0, [2]uint64{binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[:8])}, 6
}
