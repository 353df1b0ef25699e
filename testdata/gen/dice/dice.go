// Package dice draws the same numbers for the same seed on every machine and with every Go release.
// It knows nothing of logs; the standard generators are not used because how they turn bits into
// numbers is not promised to stay.
package dice

import (
	"fmt"
	"math/bits"
)

// Alphabets for Text.
const (
	Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	Upper  = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	Hex    = "0123456789abcdef"
	Mixed  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// Dice is a SplitMix64 stream.
type Dice struct{ state uint64 }

// New starts the stream that belongs to seed and name, so that one scene's draws never shift another's.
func New(seed uint64, name string) *Dice {
	h := uint64(0xcbf29ce484222325)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 0x100000001b3
	}
	return &Dice{state: Mix(seed) ^ h}
}

// Mix scrambles x; equal inputs give equal outputs.
func Mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Uint64 is the next 64 bits.
func (d *Dice) Uint64() uint64 {
	d.state += 0x9e3779b97f4a7c15
	return Mix(d.state)
}

// N is a number in [0, n).
func (d *Dice) N(n int) int {
	hi, _ := bits.Mul64(d.Uint64(), uint64(n))
	return int(hi)
}

// Between is a number in [lo, hi].
func (d *Dice) Between(lo, hi int) int { return lo + d.N(hi-lo+1) }

// Text is n letters of alphabet.
func (d *Dice) Text(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[d.N(len(alphabet))]
	}
	return string(b)
}

// Bytes is n bytes.
func (d *Dice) Bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(d.Uint64() >> 56)
	}
	return b
}

// UUID is a version 4 identifier as CloudTrail prints it.
func (d *Dice) UUID() string {
	a, b := d.Uint64(), d.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff)
}

// Pick draws one of list.
func Pick[T any](d *Dice, list []T) T { return list[d.N(len(list))] }
