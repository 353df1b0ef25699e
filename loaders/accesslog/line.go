package accesslog

import (
	"bytes"

	"trailsift/model"
)

// fields is a line taken apart, every piece as it stands in the line and without its quotes.
// Field numbers are those of the AWS page "Amazon S3 server access log format".
type fields struct {
	owner, bucket, time, ip, requester, requestID, op, key []byte // 1 to 8
	uri, errorCode                                         []byte // 9, 11
	status                                                 int32  // 10, -1 when absent
	sent, size, total, turn                                int64  // 12 to 15
	referer, agent                                         []byte // 16, 17
	tail                                                   [tailFields][]byte
	extra                                                  []byte // 28 and on, with the spaces between them
	count                                                  int
	flags                                                  model.Flags
}

// The fields after the agent, by their place in fields.tail.
const (
	tailVersion = iota // 18
	tailHostID
	tailSig
	tailCipher
	tailAuth
	tailHost
	tailTLS
	tailAccessPoint
	tailACLRequired
	tailRegion // 27
	tailFields
)

// Why a line is no record.
const (
	notALine   = "the line does not begin with an owner, a bucket and a time in brackets"
	noHead     = "the line ends before its operation and key"
	noNumbers  = "no status, error code, sizes and times follow the request line"
	noAgent    = "the referer and the user agent are neither quoted nor a dash"
	openQuotes = "a quote is opened and never closed"
)

// split takes a line apart, or says why it cannot be.
//
// Clients write the request target, the referer, the agent and the host header, and S3 escapes no
// quote in them. So the line is read from both ends: fields 1 to 8 hold no space; the request line
// ends at the first quote that the numeric block follows, since a forged block can only stand
// further right; the agent ends at the last quote, since no field after it is quoted.
func (f *fields) split(line []byte) (reason string) {
	*f = fields{}
	line = withoutDamage(line)
	rest, reason := f.head(line)
	if reason != "" {
		return reason
	}
	if rest, reason = f.request(rest); reason != "" {
		return reason
	}
	f.count = 15
	if len(rest) == 0 {
		return ""
	}
	rest, reason = f.clientText(rest)
	if reason != "" {
		return reason
	}
	f.ending(rest)
	return ""
}

// withoutDamage drops what is known to stick to the end of lines: one space, printed in AWS's own
// samples, and the "; that stands at the end of Hadoop's.
func withoutDamage(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte{' '})
	if cut, ok := bytes.CutSuffix(line, []byte(`";`)); ok {
		// Only after a tail; else the quote is the one that ends the agent.
		if q := bytes.LastIndexByte(cut, '"'); q >= 0 && q+1 < len(cut) && cut[q+1] == ' ' {
			return cut
		}
	}
	return line
}

// token is the text up to the next space, and what follows that.
func token(b []byte) (tok, rest []byte, more bool) {
	i := bytes.IndexByte(b, ' ')
	if i < 0 {
		return b, nil, false
	}
	return b[:i], b[i+1:], true
}

// head reads fields 1 to 8.
func (f *fields) head(b []byte) (rest []byte, reason string) {
	var ok bool
	if f.owner, b, ok = token(b); !ok {
		return nil, notALine
	}
	if f.bucket, b, ok = token(b); !ok || len(f.owner) == 0 || len(f.bucket) == 0 {
		return nil, notALine
	}
	if len(b) == 0 || b[0] != '[' {
		return nil, notALine
	}
	end := bytes.IndexByte(b[:min(len(b), 64)], ']')
	if end < 0 || end+1 >= len(b) || b[end+1] != ' ' {
		return nil, notALine
	}
	f.time, b = b[1:end], b[end+2:]
	for _, field := range [...]*[]byte{&f.ip, &f.requester, &f.requestID, &f.op, &f.key} {
		if *field, b, ok = token(b); !ok || len(*field) == 0 {
			return nil, noHead
		}
	}
	return b, ""
}

// request reads fields 9 to 15: the request line and the numeric block after it.
func (f *fields) request(b []byte) (rest []byte, reason string) {
	if bytes.HasPrefix(b, []byte("- ")) {
		if rest, ok := f.numbers(b[2:]); ok {
			return rest, ""
		}
		return nil, noNumbers
	}
	if len(b) == 0 || b[0] != '"' {
		return nil, noNumbers
	}
	for from := 1; ; {
		i := bytes.IndexByte(b[from:], '"')
		if i < 0 {
			return nil, noNumbers
		}
		quote := from + i
		from = quote + 1
		if from < len(b) && b[from] == ' ' {
			if rest, ok := f.numbers(b[from+1:]); ok {
				f.uri = b[1:quote]
				return rest, ""
			}
		}
	}
}

// numbers reads fields 10 to 15. They are followed by a quote, by a dash or by nothing.
func (f *fields) numbers(b []byte) (rest []byte, ok bool) {
	status, b, ok := token(b)
	if !ok {
		return nil, false
	}
	if f.status, ok = statusOf(status); !ok {
		return nil, false
	}
	if f.errorCode, b, ok = token(b); !ok || len(f.errorCode) == 0 {
		return nil, false
	}
	more := true
	for _, n := range [...]*int64{&f.sent, &f.size, &f.total, &f.turn} {
		if !more {
			return nil, false
		}
		var tok []byte
		tok, b, more = token(b)
		if *n, ok = number(tok); !ok {
			return nil, false
		}
	}
	return b, len(b) == 0 || b[0] == '"' || b[0] == '-'
}

// clientText reads fields 16 and 17 and returns what follows the agent, from its space on.
func (f *fields) clientText(b []byte) (tail []byte, reason string) {
	switch {
	case bytes.Equal(b, []byte("-")) || bytes.Equal(b, []byte(`"-"`)):
		f.count = 16
		return nil, ""
	case bytes.HasPrefix(b, []byte("- ")):
		return f.agentText(b[2:])
	case bytes.HasPrefix(b, []byte(`"-" "`)),
		bytes.HasPrefix(b, []byte(`"-" -`)) && lastQuote(b) == 2: // else a client's referer begins with -"
		return f.agentText(b[4:])
	case b[0] != '"':
		return nil, noAgent
	}
	last := lastQuote(b)
	if last == 0 {
		return nil, openQuotes
	}
	between := bytes.Index(b[1:last], []byte(`" "`))
	if between < 0 { // the agent is not quoted, so the last quote ends the referer
		f.referer = b[1:last]
		f.odd(f.referer)
		if last+1 == len(b) {
			f.count = 16
			return nil, ""
		}
		if b[last+1] != ' ' {
			return nil, noAgent
		}
		return f.agentText(b[last+2:])
	}
	f.referer = b[1 : 1+between]
	f.odd(f.referer)
	return f.agentText(b[1+between+2:])
}

// agentText reads field 17 from its first byte on.
func (f *fields) agentText(b []byte) (tail []byte, reason string) {
	f.count = 17
	if bytes.Equal(b, []byte("-")) || bytes.HasPrefix(b, []byte("- ")) {
		f.odd(b)
		return b[1:], ""
	}
	if len(b) == 0 || b[0] != '"' {
		return nil, noAgent
	}
	end := lastQuote(b)
	if end == 0 {
		return nil, openQuotes
	}
	if !plausible(b[end+1:]) {
		end = f.earlierEnd(b, end)
	}
	if f.agent = b[1:end]; end+1 < len(b) && b[end+1] != ' ' {
		return nil, openQuotes
	}
	f.odd(f.agent)
	return b[end+1:], ""
}

// lastQuote is the place of the last quote of b, or -1. Forward, because the standard library
// searches forward with vector instructions and backward byte by byte.
func lastQuote(b []byte) int {
	last := -1
	for {
		i := bytes.IndexByte(b[last+1:], '"')
		if i < 0 {
			return last
		}
		last += 1 + i
	}
}

// earlierEnd looks for the end of the agent further left. Only a forged host header can hold a quote
// right of it.
func (f *fields) earlierEnd(b []byte, last int) int {
	const attempts = 16
	end := last
	for range attempts {
		if end = bytes.LastIndexByte(b[:end], '"'); end <= 0 {
			break
		}
		if plausible(b[end+1:]) {
			f.flags |= model.FlagQuoteAmbiguous
			return end
		}
	}
	return last
}

// plausible tells that b can be what follows the agent: nothing, or fields with the signature
// version at its place.
func plausible(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	if b[0] != ' ' {
		return false
	}
	_, b, more := token(b[1:])
	if more {
		_, b, more = token(b)
	}
	if !more {
		return true
	}
	sig, _, _ := token(b)
	return signature(sig)
}

// odd flags text that holds a quote: where it ends is a guess.
func (f *fields) odd(text []byte) {
	if bytes.IndexByte(text, '"') >= 0 {
		f.flags |= model.FlagQuoteAmbiguous
	}
}

func signature(tok []byte) bool {
	return len(tok) == 1 && tok[0] == '-' || bytes.HasPrefix(tok, []byte("SigV"))
}

// ending reads fields 18 and on. b is empty or begins with the space before field 18.
func (f *fields) ending(b []byte) {
	if len(b) < 2 {
		return
	}
	b = b[1:]
	n, more, named := 0, true, true
	for n < tailFields && more {
		if f.tail[n], b, more = token(b); n == tailSig && !signature(f.tail[n]) {
			if b, more, named = f.shifted(b, more); !named {
				n = tailHostID
				break
			}
		}
		n++
	}
	f.count += n
	if more && len(b) > 0 {
		f.extra = b
		f.count += bytes.Count(b, []byte{' '}) + 1
	}
}

// shifted looks further right for the signature version; lines of the S3 console have been seen
// with one more text before the host id. What stands before it becomes the host id. Without any,
// all of it is left as extra text, since no name can be given to it.
func (f *fields) shifted(b []byte, more bool) (rest []byte, left, named bool) {
	f.flags |= model.FlagTailShifted
	start := f.tail[tailHostID]
	all := start[:len(start)+1+len(f.tail[tailSig])]
	if more {
		all = all[:len(all)+1+len(b)]
	}
	end := len(start) + 1 + len(f.tail[tailSig])
	for more {
		var tok []byte
		if tok, b, more = token(b); signature(tok) {
			f.tail[tailHostID], f.tail[tailSig] = all[:end], tok
			return b, more, true
		}
		end += 1 + len(tok)
	}
	f.tail[tailHostID], f.tail[tailSig] = nil, nil
	return all, true, false
}

func statusOf(tok []byte) (int32, bool) {
	if len(tok) == 1 && tok[0] == '-' {
		return -1, true
	}
	if len(tok) != 3 {
		return 0, false
	}
	n, ok := number(tok)
	return int32(n), ok
}

// number reads digits; a dash is absent.
func number(tok []byte) (int64, bool) {
	if len(tok) == 1 && tok[0] == '-' {
		return model.Absent, true
	}
	if len(tok) == 0 || len(tok) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range tok {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}
