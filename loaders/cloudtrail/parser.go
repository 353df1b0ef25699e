// Package cloudtrail takes CloudTrail events out of every wrapper they come in and reads them into
// records, in one pass over the bytes. Members that no column reproduces are kept as JSON text. It
// also knows the documents that lie beside logs: digests, public keys, metadata.
//
// It must not know where the bytes come from, how they were packed, or how records are stored, and it
// proves nothing: a digest is told by its looks.
package cloudtrail

import (
	"bytes"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"trailsift/model"
)

// batchSize is the most records one call of emit gets. Records and the text they point to must still
// be in a core's own cache when the store copies them: 64 records and their JSON are some 200 kB.
const batchSize = 64

// Limits bounds what one record may cost.
type Limits struct {
	Depth  int // deepest nesting of a record; 0: DefaultDepth
	Record int // bytes of one record; 0: DefaultRecord
}

// CloudTrail's own events are at most 256 KB and nested a dozen deep.
const (
	DefaultDepth  = 1000
	DefaultRecord = 256 << 20
)

// Result is what a parser says of one member.
type Result struct {
	Kind           model.MemberKind
	Form           string // the wrapper, in words
	Reason         string // why it is skipped
	Delivered      bool   // in the form that CloudTrail delivers
	Seen, Rejected int64
	First, Last    int64       // Unix seconds of the earliest and latest record, NoTime without one
	Flags          model.Flags // of the container
}

// stage is where in the wrapper the next byte stands.
type stage uint8

const (
	between   stage = iota // outside of all values
	inList                 // in a list of records
	afterList              // behind that list, in the object that wraps it
	skipping               // inside a value that is too large to hold
	resting                // behind a place from where nothing can be told apart
	ignoring               // in a form that is not read
)

// Parser reads one member after the other. It is not safe for concurrent use.
type Parser struct {
	limits Limits
	emit   func([]model.Record) error
	reject func(model.Reject)

	batch []model.Record
	n     int
	arena arena
	clock clock
	e     event

	b     []byte // the window
	base  int64  // its offset in the member
	last  bool
	dirty bool // the window is not UTF-8 throughout

	lineAt int // the next line of the window that begins with an object, negative without one

	stage    stage
	outside  stage // where to go on behind a list or a skipped value: between or inList
	form     form
	list     form // of the list that is being read
	after    bool // an element of the list precedes
	comma    bool // a comma precedes
	skip     skipper
	lost     model.Reject // what is being skipped
	number   uint32
	res      Result
	events   int64 // records
	broken   int64 // rejects that may have been records
	brokenAt int64
	values   int64 // outermost values
	hints    hint
	records  bool // a list of records was entered
	document place
}

// place is a document among the outermost values.
type place struct {
	kind           model.MemberKind
	offset, length int64
}

// NewParser makes a parser that hands records to emit, at most batchSize at a time, and what could not be
// one to reject. Strings of records and bytes of rejects are valid until the call returns.
func NewParser(limits Limits, emit func([]model.Record) error, reject func(model.Reject)) *Parser {
	if limits.Depth <= 0 {
		limits.Depth = DefaultDepth
	}
	if limits.Record <= 0 {
		limits.Record = DefaultRecord
	}
	p := &Parser{limits: limits, emit: emit, reject: reject, batch: make([]model.Record, 32)}
	p.e.limit = limits.Depth
	for c := range p.e.follows {
		for s := range p.e.follows[c] {
			p.e.follows[c][s] = unknown
		}
	}
	return p
}

// Begin starts a member.
func (p *Parser) Begin() {
	p.n, p.base, p.number, p.events, p.broken, p.brokenAt, p.values = 0, 0, 0, 0, 0, 0, 0
	p.stage, p.outside, p.form, p.list = between, between, noForm, noForm
	p.after, p.comma, p.records, p.hints, p.document = false, false, false, 0, place{}
	p.lost = model.Reject{}
	p.arena.reset()
	p.res = Result{First: model.NoTime, Last: model.NoTime}
}

// Feed takes the content from where the last call stopped consuming; with last, nothing follows. What
// is not consumed, a record that is not complete yet, must come again at the front of the next,
// longer window. The only errors are those of emit.
func (p *Parser) Feed(window []byte, last bool) (consumed int, err error) {
	if len(window) > math.MaxInt32 {
		window, last = window[:math.MaxInt32], false
	}
	p.b, p.e.b, p.last, p.dirty = window, window, last, !utf8.Valid(window)
	p.lineAt = unsought
	pos := 0
	if p.base == 0 && bytes.HasPrefix(window, mark) {
		pos = len(mark)
	}
	for pos < len(window) {
		next, err := p.step(pos)
		if err != nil {
			return pos, err
		}
		if next < 0 {
			break
		}
		pos = next
	}
	if last {
		p.finish()
		pos = len(window)
	}
	p.base += int64(pos)
	err = p.flush()
	p.b, p.e.b = nil, nil
	return pos, err
}

const unsought = 0 // no line that follows another begins there

// wait is a position that asks for a longer window.
const wait = -1

func (p *Parser) step(i int) (int, error) {
	switch p.stage {
	case between:
		return p.stepBetween(i)
	case inList:
		return p.stepList(i)
	case afterList:
		return p.stepTail(i)
	case skipping:
		end, done := p.skip.run(p.b, i)
		p.lose(i, end)
		if done {
			p.endLost(fmt.Sprintf("a record of %d bytes; the limit is %d", p.lost.Length, p.limits.Record))
			p.stage, p.after = p.outside, true
		}
		return end, nil
	case resting:
		p.lose(i, len(p.b))
	}
	return len(p.b), nil
}

func (p *Parser) stepBetween(i int) (int, error) {
	for i < len(p.b) && (p.b[i] <= ' ' && p.b[i] != 0) {
		i++
	}
	if i == len(p.b) {
		return i, nil
	}
	switch p.b[i] {
	case '{':
		return p.outermost(i)
	case '[':
		p.values++
		p.enter(formArray)
		return i + 1, nil
	}
	return p.line(i)
}

// enter begins a list of records.
func (p *Parser) enter(f form) {
	p.list, p.stage, p.after, p.comma = f, inList, false, false
	p.setForm(f)
	if f == formRecords {
		p.records, p.res.Delivered = true, true
	}
}

// setForm keeps the form of a member by its first value.
func (p *Parser) setForm(f form) {
	if p.form == noForm || f == formRecords {
		p.form = f
	}
}

// outermost reads an object that stands in no list.
func (p *Parser) outermost(i int) (int, error) {
	p.e.outermost = true
	end, err := p.take(i)
	p.e.outermost = false
	switch {
	case p.e.wrapper > 0:
		p.values++
		p.enter(p.e.form)
		p.e.wrapper = 0
		return end + 1, err
	case end >= 0:
		p.values++
		if p.stage == between {
			p.setForm(formObjects)
		}
		return end, err
	case end == short && !p.last:
		return p.grow(i, between), err
	}
	p.values++
	return p.resumeOutside(i, end), err
}

// grow asks for more of a value, unless it is too large already.
func (p *Parser) grow(i int, outside stage) int {
	if len(p.b)-i <= p.limits.Record {
		return wait
	}
	p.startLost(i)
	p.skip, p.stage, p.outside = skipper{}, skipping, outside
	return i
}

func (p *Parser) startLost(i int) { p.lost = model.Reject{Offset: p.base + int64(i)} }

// lose adds a piece of the window to what is being skipped.
func (p *Parser) lose(i, end int) {
	p.lost.Length += int64(end - i)
	if room := model.RejectRawLimit - len(p.lost.Raw); room > 0 {
		p.lost.Raw = append(p.lost.Raw, p.b[i:min(end, i+room)]...)
	}
}

func (p *Parser) endLost(reason string) {
	p.lost.Reason = reason
	p.markBroken(p.lost)
	p.lost = model.Reject{}
}

// stepList reads what stands next in a list of records.
func (p *Parser) stepList(i int) (int, error) {
	if p.b[i] <= ' ' {
		if i = p.e.space(i); i == len(p.b) {
			return i, nil
		}
	}
	switch p.b[i] {
	case ',':
		if !p.after {
			p.note(i, "a comma stands in the list of records without a record before it")
		}
		p.after, p.comma = false, true
		return i + 1, nil
	case ']':
		if p.comma && !p.after {
			p.note(i, "a comma stands in the list of records without a record after it")
		}
		if p.stage = afterList; p.list == formArray {
			p.stage = between
		}
		return i + 1, nil
	}
	if p.after {
		p.note(i, "a comma is missing between two records")
		p.after = false // said once, also when the element has to come again
	}
	end, err := p.element(i)
	if end >= 0 {
		p.after = true
	}
	return end, err
}

// element reads one element of a list.
func (p *Parser) element(i int) (int, error) {
	if p.b[i] == '{' {
		end, err := p.take(i)
		if end >= 0 {
			return end, err
		}
		if end == short && !p.last {
			return p.grow(i, inList), err
		}
		return p.resumeInList(i, end), err
	}
	p.e.lone = false
	end := p.e.value(i, 1)
	switch {
	case end >= 0:
		if p.b[i] == '[' {
			p.hints |= hintLake
		}
		p.foreign(i, end, "an element of the list is no object, so it is no CloudTrail event")
		return end, nil
	case end == short && !p.last:
		return p.grow(i, inList), nil
	}
	return p.resumeInList(i, end), nil
}

// stepTail passes the members that follow the list in the object that wraps it.
func (p *Parser) stepTail(i int) (int, error) {
	if i = p.e.space(i); i == len(p.b) {
		return i, nil
	}
	switch p.b[i] {
	case '}':
		p.stage = between
		return i + 1, nil
	case ',':
	default:
		return p.rest(i, "what follows the list of records is not JSON"), nil
	}
	from := p.e.space(i + 1)
	at := p.e.name(from)
	if at >= 0 && p.b[at] == '[' {
		// The same list once more: some readers take the first, some the last. All of it is read.
		if f := formList(string(p.b[from+1 : quoted(p.b, from)-1])); f != noForm && f == p.list {
			p.res.Flags |= model.FlagDuplicateKey
			p.enter(f)
			return at + 1, nil
		}
	}
	if at >= 0 {
		at = p.e.value(at, 1)
	}
	switch {
	case at >= 0:
		return at, nil
	case at == short && !p.last && len(p.b)-i <= p.limits.Record:
		return wait, nil
	}
	return p.rest(i, "what follows the list of records is not JSON, ends early or is too large"), nil
}

// rest gives up on everything from i on, as one reject.
func (p *Parser) rest(i int, reason string) int {
	p.startLost(i)
	p.lost.Reason = reason
	p.stage = resting
	return i
}

// finish tells what is missing at the end of the content.
func (p *Parser) finish() {
	switch p.stage {
	case inList, afterList:
		p.note(len(p.b), "the content ends before its list of records is closed")
	case skipping:
		p.endLost(fmt.Sprintf("a record of more than %d bytes, which is the limit, does not end", p.limits.Record))
	case resting:
		p.endLost(p.lost.Reason)
	}
}

// flush hands over the records that were read.
func (p *Parser) flush() error {
	if p.n > 0 {
		n := p.n
		p.n = 0
		if err := p.emit(p.batch[:n]); err != nil {
			return err
		}
	}
	p.arena.reset()
	return nil
}

// Result tells of the member after its last Feed.
func (p *Parser) Result() Result {
	r := p.res
	r.Form = formNames[p.form]
	switch {
	case p.events > 0:
		r.Kind = model.KindCloudTrail
	case p.document.kind != "":
		r.Kind, r.Form, r.Delivered = p.document.kind, string(p.document.kind), p.document.kind == model.KindDigest
	case p.records && r.Seen == 0, p.broken > 0:
		r.Kind = model.KindCloudTrail
	default:
		r.Kind = model.KindSkipped
		r.Seen, r.Rejected, r.Delivered = 0, 0, false
		if r.Reason == "" {
			r.Reason = p.whySkipped()
		}
	}
	return r
}

func (p *Parser) whySkipped() string {
	switch {
	case p.res.Seen == 0 && p.form == formObjects:
		return "an empty JSON object"
	case p.res.Seen == 0:
		return "an empty JSON list"
	case p.brokenAt > 0:
		return fmt.Sprintf("JSON that is broken at byte %d, without a CloudTrail event before it", p.brokenAt-1)
	}
	return foreignForm(p.hints)
}

// hashed is xxh3-64, the hash of model.Record.
func hashed(b []byte) uint64 { return xxh3.Hash(b) }
