// Package accesslog turns S3 server access logs into records: lines of 17 to 27 fields, and lines
// with fields that did not exist when this was written. It anchors what it reads on the parts of a
// line that no client can write, so a quote smuggled into a header never moves status or identity.
//
// It must not know where the bytes come from, how they were packed, or how records are stored.
package accesslog

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"trailsift/model"
)

// batchSize is the most records one call of emit gets: few enough to stay in a core's own cache.
const batchSize = 128

// Limits bounds what one line may cost.
type Limits struct {
	Line int // bytes of one line, its end not counted; a longer one is rejected. 0: DefaultLine
}

// DefaultLine is far above any line that S3 writes: request targets, referers and agents come from
// HTTP headers, which S3 takes up to 8 KB in all.
const DefaultLine = 1 << 20

// Result is what a parser says of one member.
type Result struct {
	Seen, Rejected int64       // lines that are not blank; those among them that gave no record
	First, Last    int64       // Unix seconds of the earliest and latest record, NoTime without one
	Flags          model.Flags // of the container: a log of lines has none
	Form           string      // "26 fields", "24 to 26 fields"
}

// Parser reads one member after the other. It is not safe for concurrent use.
type Parser struct {
	limits Limits
	emit   func([]model.Record) error
	reject func(model.Reject)

	batch  []model.Record
	n      int
	arena  arena
	clock  clock
	fields fields

	line    uint32 // number of the line that was read last
	base    int64  // offset of the window's first byte in the member
	long    *model.Reject
	res     Result
	fewest  uint8
	largest uint8
}

// NewParser makes a parser that hands records to emit, at most 2,048 at a time, and what could not
// be one to reject. Strings of records and bytes of rejects are valid until the call returns.
func NewParser(limits Limits, emit func([]model.Record) error, reject func(model.Reject)) *Parser {
	if limits.Line <= 0 {
		limits.Line = DefaultLine
	}
	return &Parser{limits: limits, emit: emit, reject: reject, batch: make([]model.Record, 32)}
}

// Begin starts a member.
func (p *Parser) Begin() {
	p.n, p.line, p.base, p.long, p.fewest, p.largest = 0, 0, 0, nil, 0, 0
	p.arena.reset()
	p.res = Result{First: model.NoTime, Last: model.NoTime}
}

// Feed takes the content from where the last call stopped consuming; with last, nothing follows.
// What is not consumed, a line that is not complete yet, must come again at the front of the next,
// longer window. The only errors are those of emit.
func (p *Parser) Feed(window []byte, last bool) (consumed int, err error) {
	pos := p.skipMark(window)
	if p.long != nil {
		pos = p.skipLong(window, last)
	}
	for pos < len(window) {
		length := bytes.IndexByte(window[pos:], '\n')
		if length < 0 && !last {
			if len(window)-pos > p.limits.Line+1 {
				p.startLong(window[pos:], p.base+int64(pos))
				pos = len(window)
			}
			break
		}
		end, next := len(window), len(window)
		if length >= 0 {
			end, next = pos+length, pos+length+1
		}
		if err := p.take(window[pos:end], p.base+int64(pos)); err != nil {
			return pos, err
		}
		pos = next
	}
	p.base += int64(pos)
	return pos, p.flush()
}

// skipMark steps over a byte order mark at the beginning of a member.
func (p *Parser) skipMark(window []byte) int {
	if p.base == 0 && bytes.HasPrefix(window, []byte("\xef\xbb\xbf")) {
		return 3
	}
	return 0
}

// take makes a record or a reject of one line.
func (p *Parser) take(line []byte, offset int64) error {
	p.line++
	line = bytes.TrimSuffix(line, []byte{'\r'})
	if blank(line) {
		return nil
	}
	p.res.Seen++
	if len(line) > p.limits.Line {
		p.refuse(line, offset, p.tooLong(int64(len(line))))
		return nil
	}
	if reason := p.fields.split(line); reason != "" {
		p.refuse(line, offset, reason)
		return nil
	}
	r := &p.batch[p.n]
	r.Reset()
	r.Number, r.Offset, r.Length, r.Hash = p.line, offset, uint32(len(line)), xxh3.Hash(line)
	p.fill(r, &p.fields)
	if !utf8.Valid(line) {
		p.repair(r)
	}
	p.account(r)
	p.n++
	if p.n == batchSize {
		return p.flush()
	}
	if p.n == len(p.batch) { // grown by need: most access logs are a handful of lines
		p.batch = append(p.batch, make([]model.Record, min(3*p.n, batchSize-p.n))...)
	}
	return nil
}

func (p *Parser) account(r *model.Record) {
	if r.Time != model.NoTime {
		if p.res.First == model.NoTime || r.Time < p.res.First {
			p.res.First = r.Time
		}
		p.res.Last = max(p.res.Last, r.Time)
	}
	if p.fewest == 0 || r.FieldCount < p.fewest {
		p.fewest = r.FieldCount
	}
	p.largest = max(p.largest, r.FieldCount)
}

func (p *Parser) flush() error {
	if p.n == 0 {
		return nil
	}
	err := p.emit(p.batch[:p.n])
	p.n = 0
	p.arena.reset()
	return err
}

func (p *Parser) refuse(line []byte, offset int64, reason string) {
	p.res.Rejected++
	p.reject(model.Reject{
		Number: p.line, Offset: offset, Length: int64(len(line)), Reason: reason,
		Raw: line[:min(len(line), model.RejectRawLimit)],
	})
}

func (p *Parser) tooLong(length int64) string {
	return fmt.Sprintf("the line has %d bytes; the limit is %d", length, p.limits.Line)
}

// startLong begins to pass over a line that is longer than a window may grow.
func (p *Parser) startLong(piece []byte, offset int64) {
	p.line++
	p.res.Seen++
	p.long = &model.Reject{
		Number: p.line, Offset: offset, Length: int64(len(piece)),
		Raw: bytes.Clone(piece[:min(len(piece), model.RejectRawLimit)]),
	}
}

// skipLong passes over more of such a line and rejects it when its end is found.
func (p *Parser) skipLong(window []byte, last bool) int {
	length := bytes.IndexByte(window, '\n')
	next := length + 1
	if length < 0 {
		length, next = len(window), len(window)
	}
	p.long.Length += int64(length)
	if next == length && !last {
		return next
	}
	p.long.Reason = p.tooLong(p.long.Length)
	p.res.Rejected++
	p.reject(*p.long)
	p.long = nil
	return next
}

// Result tells what the member held; it is asked after the last Feed.
func (p *Parser) Result() Result {
	res := p.res
	switch {
	case p.largest == 0:
	case p.fewest == p.largest:
		res.Form = fmt.Sprintf("%d fields", p.largest)
	default:
		res.Form = fmt.Sprintf("%d to %d fields", p.fewest, p.largest)
	}
	return res
}

func blank(line []byte) bool {
	return len(line) == 0 || line[0] <= ' ' && len(bytes.TrimSpace(line)) == 0
}
