package loaders

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"trailsift/loaders/source"
)

// body is the stored bytes of one file: in memory, or to be read a second time from disk.
type body struct {
	c       source.Candidate
	f       *source.File
	stored  []byte
	whole   bool             // stored is all of it
	copying *source.Incoming // a copy being written
	path    string           // of the copy, once it is there
	again   *hashing         // the second pass
	want    [32]byte
	looks   *pending // the first part is read again: what it was at the first look
	opened  []*source.File
}

// begin lets parts read the body.
func (b *body) begin(parts *source.Parts, want [32]byte, progressed func(n, size int64)) error {
	if b.whole {
		parts.Reset(b.stored)
		return nil
	}
	r, err := b.reopen()
	if err != nil {
		return err
	}
	b.want, b.again = want, &hashing{r: r, sum: sha256.New(), progressed: func(n int64) { progressed(n, b.c.Size) }}
	parts.ResetReader(b.again)
	return nil
}

// reopen reads the file from its beginning: the copy where there is one.
func (b *body) reopen() (io.Reader, error) {
	c := b.c
	if b.path != "" {
		c = source.Candidate{Path: b.path}
	}
	f, err := source.Open(c)
	if err != nil {
		return nil, err
	}
	b.opened = append(b.opened, f)
	return f, nil
}

// from gives the parts that begin at offset once more, apart from the pass that is under way.
func (b *body) from(offset int64, limits source.Limits) (*source.Parts, error) {
	parts := source.NewParts(limits)
	if b.whole {
		parts.Reset(b.stored[offset:])
	} else {
		r, err := b.reopen()
		if err != nil {
			return nil, err
		}
		if _, err := io.CopyN(io.Discard, r, offset); err != nil {
			return nil, err
		}
		parts.ResetReader(r)
	}
	_, err := parts.Next()
	return parts, err
}

// plain is the content of a file in memory that is no gzip.
func (b *body) plain(gzip bool) ([]byte, bool) { return b.stored, b.whole && !gzip }

// same tells, when the last part has been read, whether the second pass saw the bytes of the first.
func (b *body) same() error {
	if b.again == nil || b.again.r == nil {
		return nil
	}
	if _, err := io.Copy(io.Discard, b.again); err != nil {
		return err
	}
	if !bytes.Equal(b.again.sum.Sum(nil), b.want[:]) {
		return fmt.Errorf("its hash is another at the second look: %w", source.ErrUnstable)
	}
	return nil
}

func (b *body) close() {
	if b.copying != nil {
		b.copying.Abort()
	}
	for _, f := range b.opened {
		f.Close()
	}
}

// hashing hashes what passes and counts it as progress.
type hashing struct {
	r          io.Reader
	sum        hash.Hash
	progressed func(n int64)
}

func (h *hashing) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	h.sum.Write(p[:n])
	h.progressed(int64(n))
	return n, err
}
