package accesslog

import (
	"unicode/utf8"
	"unsafe"
)

// arena holds text that does not stand in the window: decoded keys and repaired fields. It is
// emptied after each batch, and never moves text while a record may point to it.
type arena struct {
	buf []byte
}

const arenaSize = 256 << 10

func (a *arena) reset() { a.buf = a.buf[:0] }

// room returns an empty slice with space for n bytes, at the arena's end.
func (a *arena) room(n int) []byte {
	if cap(a.buf)-len(a.buf) < n {
		// The old block stays alive for as long as records point into it.
		a.buf = make([]byte, 0, max(n, arenaSize, min(2*cap(a.buf), 16<<20)))
	}
	return a.buf[len(a.buf):len(a.buf)]
}

// keep makes what was written into room a part of the arena.
func (a *arena) keep(b []byte) []byte {
	a.buf = a.buf[:len(a.buf)+len(b)]
	return b[:len(b):len(b)]
}

// join keeps the concatenation of parts.
func (a *arena) join(parts ...string) string {
	n := 0
	for _, s := range parts {
		n += len(s)
	}
	b := a.room(n)
	for _, s := range parts {
		b = append(b, s...)
	}
	return text(a.keep(b))
}

// repaired gives s with each byte that is not UTF-8 as U+FFFD.
func (a *arena) repaired(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	b := a.room(3 * len(s))
	for _, r := range s {
		b = utf8.AppendRune(b, r)
	}
	return text(a.keep(b))
}

// text is b as a string that shares its bytes.
func text(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b))
}
