package source

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
)

// Parts reads one stored file as the gzip members it is made of; anything that does not begin like
// gzip is one part as it stands. Each part is its own content: what follows the first is never its
// continuation, because CloudTrail delivers exactly one member a file and digests hash only that.
// A Parts may be reused and is not safe for concurrent use.
type Parts struct {
	limits Limits

	mem     *bytes.Reader
	buf     *bufio.Reader
	stream  bool // buf is read, not mem
	counted countingReader
	br      flate.Reader // mem or buf
	inflate io.ReadCloser

	part     Part
	more     bool  // the header of a further part, at nextAt, has been read
	nextAt   int64 // in the stored bytes
	finished bool  // the present part has been read to its end
	crc      uint32
	out      int64 // bytes of the present part
	total    int64 // expanded bytes of all parts
}

// Part is one gzip member, or the whole of a file that is none.
type Part struct {
	Number int   // from 1
	Offset int64 // where it begins in the stored bytes
	Gzip   bool
	// Damage says what is wrong with the container of a part whose content is whole: its trailer, or
	// what follows it. It is known once Read has returned io.EOF.
	Damage string
	// Trailing is how many stored bytes follow that are no gzip member; they are told in Damage too.
	Trailing int64
}

// BrokenError says that a compressed body ends or goes wrong before its end. What was read before it
// is as it was written.
type BrokenError struct {
	Offset int64 // in the stored bytes
	Err    error
}

func (e *BrokenError) Error() string {
	what := "is corrupt"
	if errors.Is(e.Err, io.ErrUnexpectedEOF) {
		what = "is truncated"
	}
	return fmt.Sprintf("the gzip data %s at byte %d", what, e.Offset)
}

func (e *BrokenError) Unwrap() error { return e.Err }

var errHeader = errors.New("not a gzip header")

// NewParts makes a Parts that has nothing to read yet.
func NewParts(limits Limits) *Parts { return &Parts{limits: limits.withDefaults()} }

// Reset begins with bytes in memory.
func (p *Parts) Reset(stored []byte) {
	if p.mem == nil {
		p.mem = bytes.NewReader(nil)
	}
	p.mem.Reset(stored)
	p.stream = false
	p.begin(p.mem)
}

// ResetReader begins with a stream.
func (p *Parts) ResetReader(r io.Reader) {
	p.counted = countingReader{r: r}
	if p.buf == nil {
		p.buf = bufio.NewReaderSize(nil, 1<<20)
	}
	p.buf.Reset(&p.counted)
	p.stream = true
	p.begin(p.buf)
}

func (p *Parts) begin(br flate.Reader) {
	p.br, p.part, p.more, p.finished, p.total = br, Part{}, false, true, 0
}

// offset is how many stored bytes have been taken.
func (p *Parts) offset() int64 {
	if !p.stream {
		return p.mem.Size() - int64(p.mem.Len())
	}
	return p.counted.n - int64(p.buf.Buffered())
}

// Next goes to the next part; io.EOF after the last. The present one must have been read to its end.
func (p *Parts) Next() (Part, error) {
	switch {
	case p.part.Number == 0:
		return p.first()
	case !p.finished || !p.more:
		return Part{}, io.EOF
	case p.part.Number >= p.limits.Parts:
		return Part{}, fmt.Errorf("more than %d gzip members: %w", p.limits.Parts, ErrTooLarge)
	}
	p.start(p.part.Number+1, p.nextAt)
	return p.part, nil
}

func (p *Parts) first() (Part, error) {
	head, err := p.peek(3)
	if err != nil {
		return Part{}, err
	}
	if !bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		p.part, p.finished, p.out = Part{Number: 1}, false, 0
		return p.part, nil
	}
	if err := p.readHeader(); err != nil {
		return Part{Number: 1, Gzip: true}, &BrokenError{Offset: p.offset(), Err: err}
	}
	p.start(1, 0)
	return p.part, nil
}

func (p *Parts) start(number int, offset int64) {
	p.part = Part{Number: number, Offset: offset, Gzip: true}
	p.more, p.finished, p.crc, p.out = false, false, 0, 0
	if p.inflate == nil {
		p.inflate = flate.NewReader(p.br)
		return
	}
	// Resetting a decompressor without a dictionary cannot fail.
	_ = p.inflate.(flate.Resetter).Reset(p.br, nil)
}

// Read gives expanded bytes of the present part. Its end is io.EOF, or a *BrokenError.
func (p *Parts) Read(b []byte) (int, error) {
	if p.finished {
		return 0, io.EOF
	}
	if !p.part.Gzip {
		n, err := p.br.Read(b)
		p.finished = err == io.EOF
		return n, err
	}
	n, err := p.inflate.Read(b)
	p.crc = crc32.Update(p.crc, crc32.IEEETable, b[:n])
	p.out += int64(n)
	p.total += int64(n)
	if bomb := p.limits.check(p.total, p.offset()); bomb != nil {
		return n, bomb
	}
	switch {
	case err == io.EOF:
		p.finished = true
		return n, p.trailer()
	case err != nil:
		if p.stream && p.counted.err != nil {
			return n, p.counted.err // the medium, not the data
		}
		return n, &BrokenError{Offset: p.offset(), Err: err}
	}
	return n, nil
}

// Part is the present part with what has been learnt of it.
func (p *Parts) Part() Part { return p.part }

// More tells, once the present part was read to its end, that another follows.
func (p *Parts) More() bool { return p.more || !p.finished }

// peek looks at up to n bytes without taking them; an empty input is io.EOF.
func (p *Parts) peek(n int) ([]byte, error) {
	if p.stream {
		b, err := p.buf.Peek(n)
		if len(b) > 0 || err == nil {
			return b, nil
		}
		return nil, err
	}
	b := make([]byte, n)
	got, _ := p.mem.Read(b)
	if got == 0 {
		return nil, io.EOF
	}
	_, err := p.mem.Seek(int64(-got), io.SeekCurrent)
	return b[:got], err
}

// trailer reads the eight bytes after the deflate stream and looks at what follows. It always ends
// in io.EOF: the content is whole, only its container may be damaged.
func (p *Parts) trailer() error {
	var t [8]byte
	if n, err := io.ReadFull(p.br, t[:]); err != nil {
		if p.stream && p.counted.err != nil {
			return p.counted.err
		}
		p.damage(fmt.Sprintf("the gzip trailer is cut after %d of 8 bytes", n))
		return io.EOF
	}
	if binary.LittleEndian.Uint32(t[:4]) != p.crc {
		p.damage("the gzip checksum does not match")
	} else if binary.LittleEndian.Uint32(t[4:]) != uint32(p.out) {
		p.damage("the gzip length does not match")
	}
	return p.lookAhead()
}

// lookAhead finds the next gzip member, the end, or junk.
func (p *Parts) lookAhead() error {
	at := p.offset()
	head, err := p.peek(3)
	if err != nil {
		return err // io.EOF: the end
	}
	gzip := IsGzip(head)
	if gzip && p.readHeader() == nil {
		p.more, p.nextAt = true, at
		return io.EOF
	}
	return p.junk(at, !gzip)
}

// junk measures what follows the last gzip member; zero says whether it can be all zeros.
func (p *Parts) junk(at int64, zero bool) error {
	var chunk [4096]byte
	for {
		n, err := p.br.Read(chunk[:])
		zero = zero && len(bytes.Trim(chunk[:n], "\x00")) == 0
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	what := "bytes that are no gzip"
	if zero {
		what = "zero bytes"
	}
	p.part.Trailing = p.offset() - at
	p.damage(fmt.Sprintf("%d %s follow the gzip data at byte %d", p.part.Trailing, what, at))
	return io.EOF
}

func (p *Parts) damage(what string) {
	if p.part.Damage != "" {
		what = p.part.Damage + "; " + what
	}
	p.part.Damage = what
}

// readHeader takes one gzip header (RFC 1952 section 2.3).
func (p *Parts) readHeader() error {
	var h [10]byte
	if _, err := io.ReadFull(p.br, h[:]); err != nil {
		return unexpected(err)
	}
	if !IsGzip(h[:]) || h[3]>>5 != 0 {
		return errHeader
	}
	sum := crc32.NewIEEE()
	sum.Write(h[:])
	if h[3]&4 != 0 { // FEXTRA
		var n [2]byte
		if _, err := io.ReadFull(p.br, n[:]); err != nil {
			return unexpected(err)
		}
		sum.Write(n[:])
		if _, err := io.CopyN(sum, p.br, int64(binary.LittleEndian.Uint16(n[:]))); err != nil {
			return unexpected(err)
		}
	}
	for _, bit := range []byte{8, 16} { // FNAME, FCOMMENT
		if h[3]&bit == 0 {
			continue
		}
		if err := p.skipText(sum); err != nil {
			return err
		}
	}
	if h[3]&2 != 0 { // FHCRC
		var n [2]byte
		if _, err := io.ReadFull(p.br, n[:]); err != nil {
			return unexpected(err)
		}
		if binary.LittleEndian.Uint16(n[:]) != uint16(sum.Sum32()) {
			return errHeader
		}
	}
	return nil
}

// skipText takes a text that a zero byte ends. Names are not bounded by the RFC; here they are.
func (p *Parts) skipText(sum io.Writer) error {
	for range 64 << 10 {
		c, err := p.br.ReadByte()
		if err != nil {
			return unexpected(err)
		}
		sum.Write([]byte{c})
		if c == 0 {
			return nil
		}
	}
	return errHeader
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// IsGzip tells that head begins like a gzip member.
func IsGzip(head []byte) bool {
	return len(head) >= 3 && head[0] == 0x1f && head[1] == 0x8b && head[2] == 8
}

// countingReader counts, and remembers an error of the medium.
type countingReader struct {
	r   io.Reader
	n   int64
	err error
}

func (c *countingReader) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}
