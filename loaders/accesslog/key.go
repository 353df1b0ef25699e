package accesslog

import (
	"bytes"
	"unicode/utf8"

	"trailsift/model"
)

// object sets Key, and KeyRaw where the key column does not decode to it.
//
// The key column is the object's name percent-encoded twice, slashes kept, and with either %20 or +
// for a space in the inner layer; only once for names that came in an XML body (BATCH) or from S3
// itself (S3). The request target is what the client sent. Where both tell a name, the target's is
// taken, because its encoding is known; a column that says otherwise is kept beside it and flagged.
func (p *Parser) object(r *model.Record, f *fields) {
	named := !(len(f.key) == 1 && f.key[0] == '-')
	path, ok := requestPath(f.uri)
	if !named {
		// A key that is a single dash looks like an absent one; the target tells them apart.
		if ok && bytes.Equal(f.withoutBucket(path), []byte("-")) {
			r.Key = "-"
		}
		return
	}
	if !ok {
		p.setKey(r, f.key, p.decodeColumn(f))
		return
	}
	first, second := f.candidates(path)
	for _, name := range [...][]byte{first, second} {
		if key := p.percent(name, false); p.columnSays(f, key) {
			p.setKey(r, f.key, key)
			return
		}
	}
	column := p.decodeColumn(f)
	if f.columnOnly(path, first, column) {
		p.setKey(r, f.key, column)
		return
	}
	p.setKey(r, f.key, p.percent(first, false))
	r.KeyRaw = text(f.key)
	r.Flags |= model.FlagKeyMismatch
}

func (p *Parser) setKey(r *model.Record, raw, key []byte) {
	r.Key = text(key)
	if !utf8.Valid(key) {
		r.Key = p.arena.repaired(r.Key)
		r.KeyRaw = text(raw)
		r.Flags |= model.FlagBadUTF8
	}
}

// candidates are the encoded names that a target's path can mean, the likelier first: below the
// bucket's own host the whole path, else what follows the bucket.
func (f *fields) candidates(path []byte) (first, second []byte) {
	whole, below := path[1:], f.withoutBucket(path)
	if f.virtualHost() {
		return whole, below
	}
	return below, whole
}

// withoutBucket is the path below the bucket if its first part is the bucket, else all of it.
func (f *fields) withoutBucket(path []byte) []byte {
	path = path[1:]
	if rest, ok := bytes.CutPrefix(path, f.bucket); ok {
		if len(rest) == 0 {
			return rest
		}
		if rest[0] == '/' {
			return rest[1:]
		}
	}
	return path
}

// virtualHost tells that the host header names the bucket.
func (f *fields) virtualHost() bool {
	host := f.tail[tailHost]
	n := len(f.bucket)
	return len(host) >= n && bytes.EqualFold(host[:n], f.bucket) && (len(host) == n || host[n] == '.' || host[n] == ':')
}

// columnOnly tells that the target is known not to name the object: a form upload goes to the
// bucket, and a website request for a folder is answered with its index document.
func (f *fields) columnOnly(path, name, column []byte) bool {
	if len(name) == 0 {
		return true
	}
	website := bytes.HasPrefix(f.op, []byte("WEBSITE."))
	return website && path[len(path)-1] == '/' && bytes.HasPrefix(column, name)
}

// onceEncoded tells how often the key column is encoded.
func (f *fields) onceEncoded() bool {
	return bytes.HasPrefix(f.op, []byte("BATCH.")) || bytes.HasPrefix(f.op, []byte("S3."))
}

func (p *Parser) decodeColumn(f *fields) []byte {
	if f.onceEncoded() {
		return p.percent(f.key, true)
	}
	return p.percent(p.percent(f.key, false), true)
}

// columnSays tells that the key column is a way to write key.
func (p *Parser) columnSays(f *fields, key []byte) bool {
	if bytes.Equal(key, f.key) && bytes.IndexByte(key, '%') < 0 {
		return true
	}
	if f.onceEncoded() {
		return bytes.Equal(key, p.percent(f.key, true))
	}
	outer := p.percent(f.key, false)
	return bytes.Equal(key, p.percent(outer, false)) || bytes.Equal(key, p.percent(outer, true))
}

// percent decodes one layer. Sequences that are none stay as they are.
func (p *Parser) percent(b []byte, plusIsSpace bool) []byte {
	if bytes.IndexByte(b, '%') < 0 && !(plusIsSpace && bytes.IndexByte(b, '+') >= 0) {
		return b
	}
	out := p.arena.room(len(b))
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case c == '%' && i+2 < len(b) && hex(b[i+1]) >= 0 && hex(b[i+2]) >= 0:
			c = byte(hex(b[i+1])<<4 | hex(b[i+2]))
			i += 2
		case c == '+' && plusIsSpace:
			c = ' '
		}
		out = append(out, c)
	}
	return p.arena.keep(out)
}

func hex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// target is the request target of a request line: METHOD target HTTP/1.1.
func target(uri []byte) []byte {
	_, rest, ok := token(uri)
	if !ok {
		return nil
	}
	if i := bytes.LastIndexByte(rest, ' '); i >= 0 && bytes.HasPrefix(rest[i+1:], []byte("HTTP/")) {
		rest = rest[:i]
	}
	return rest
}

// requestPath is the path of a request line, from its first slash on, still encoded.
func requestPath(uri []byte) ([]byte, bool) {
	t := target(uri)
	if len(t) > 0 && t[0] != '/' { // RFC 9112 section 3.2.2, absolute-form
		_, after, ok := bytes.Cut(t, []byte("://"))
		slash := bytes.IndexByte(after, '/')
		if !ok || slash < 0 {
			return nil, false
		}
		t = after[slash:]
	}
	if i := bytes.IndexByte(t, '?'); i >= 0 {
		t = t[:i]
	}
	return t, len(t) > 0
}

// query is what follows the question mark of a request line's target.
func query(uri []byte) []byte {
	if bytes.IndexByte(uri, '?') < 0 {
		return nil
	}
	_, q, _ := bytes.Cut(target(uri), []byte{'?'})
	return q
}
