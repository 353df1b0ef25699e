package cloudtrail

import (
	"unicode/utf8"
	"unsafe"
)

// blockSize holds what a batch of usual records needs; blocks grow up to it.
const blockSize = 1 << 20

// arena holds text that does not stand in the window as it is meant. Its text stays put: a full block
// is left to the records that point into it, and a new one is begun.
type arena struct{ buf []byte }

// reset forgets all text. No record may point to it any more.
func (a *arena) reset() { a.buf = a.buf[:0] }

// room is an empty slice at the end of a block with space for n bytes; what is appended to it, up to
// that, becomes the arena's by keep.
func (a *arena) room(n int) []byte {
	if cap(a.buf)-len(a.buf) < n {
		a.buf = make([]byte, 0, max(n, min(2*cap(a.buf), blockSize), blockSize/32))
	}
	return a.buf[len(a.buf):len(a.buf):cap(a.buf)]
}

func (a *arena) keep(b []byte) string {
	a.buf = a.buf[:len(a.buf)+len(b)]
	return view(b)
}

func (a *arena) join(parts ...string) string {
	n := 0
	for _, s := range parts {
		n += len(s)
	}
	b := a.room(n)
	for _, s := range parts {
		b = append(b, s...)
	}
	return a.keep(b)
}

// unescaped is the value of the text between a string's quotes. The scanner has passed it. A lone
// surrogate becomes U+FFFD.
func (a *arena) unescaped(raw []byte) string {
	return a.keep(unescape(a.room(len(raw)), raw))
}

// unescape appends the value of raw, which never is longer than raw.
func unescape(to, raw []byte) []byte {
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			to = append(to, c)
			i++
			continue
		}
		c = raw[i+1]
		i += 2
		switch c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			u := hex4(raw[i:])
			i += 4
			if u >= 0xd800 && u <= 0xdfff {
				second := low(raw, i)
				if u < 0xdc00 && second >= 0 {
					u = (u-0xd800)<<10 + (second - 0xdc00) + 0x10000
					i += 6
				} else {
					u = utf8.RuneError
				}
			}
			to = utf8.AppendRune(to, u)
			continue
		}
		to = append(to, c)
	}
	return to
}

// repaired is a copy of a record in which every byte that is not UTF-8 is U+FFFD and every lone
// surrogate escape is \ufffd: what encoding/json would read, and what a column can hold.
func (a *arena) repaired(b []byte) []byte {
	to := a.room(3 * len(b))
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			to = append(to, "\uFFFD"...)
		} else {
			to = append(to, b[i:i+n]...)
		}
		i += n
	}
	for i := 0; i < len(to); i++ {
		if to[i] != '\\' {
			continue
		}
		if to[i+1] != 'u' {
			i++
			continue
		}
		u := hex4(to[i+2:])
		switch {
		case u >= 0xd800 && u < 0xdc00 && low(to, i+6) >= 0:
			i += 11
		case u >= 0xd800 && u <= 0xdfff:
			copy(to[i:], `\ufffd`)
			i += 5
		default:
			i += 5
		}
	}
	a.keep(to)
	return to[:len(to):len(to)]
}

// view is b as a string that shares its bytes.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
