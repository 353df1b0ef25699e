// Package checksum recomputes the checksums that S3 stores with objects ("Checking object integrity in
// Amazon S3", Amazon S3 User Guide) over a stream of bytes: of the whole object, or composite, which is
// the checksum of the checksums of its parts.
//
// It must not know where the bytes or the stored values come from. An ETag is no checksum: for
// multipart uploads and most kinds of encryption it is no hash of the content, so it never gets here.
package checksum

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"strings"
)

// Algorithm is named as S3 names it.
type Algorithm string

// The algorithms that can be recomputed.
const (
	SHA256    Algorithm = "SHA256"
	SHA1      Algorithm = "SHA1"
	CRC32     Algorithm = "CRC32"
	CRC32C    Algorithm = "CRC32C"
	CRC64NVME Algorithm = "CRC64NVME"
	SHA512    Algorithm = "SHA512"
	MD5       Algorithm = "MD5"
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	// NVM Express Base Specification 2.0, section "64b CRC": polynomial AD93D23594C93659, reflected.
	nvme = crc64.MakeTable(0x9a6c9329ac4bc9b5)
)

func (a Algorithm) hash() hash.Hash {
	switch a {
	case SHA256:
		return sha256.New()
	case SHA1:
		return sha1.New()
	case SHA512:
		return sha512.New()
	case MD5:
		return md5.New()
	case CRC32:
		return crc32.NewIEEE()
	case CRC32C:
		return crc32.New(castagnoli)
	case CRC64NVME:
		return crc64.New(nvme)
	}
	return nil
}

// Stored is a checksum that S3 keeps: base64 of the big-endian bytes. A composite one may end in
// -PARTS.
type Stored struct {
	Algorithm Algorithm
	Value     string
	Composite bool
}

// Part is one part of a multipart upload, in order.
type Part struct {
	Number int
	Size   int64
	Values map[Algorithm]string // base64; may lack the algorithm
}

// Object is what S3 says of an object's content.
type Object struct {
	Size   int64 // bytes
	Stored []Stored
	Parts  []Part // none: not uploaded in parts, or not known
}

// Outcome is what a comparison came to.
type Outcome string

// The outcomes.
const (
	Equal     Outcome = "equal"
	Different Outcome = "different"
	Unchecked Outcome = "unchecked" // stored, but it could not be recomputed
)

// Result is one stored checksum beside the recomputed one.
type Result struct {
	Algorithm Algorithm `json:"algorithm"`
	Type      string    `json:"type"` // FULL_OBJECT or COMPOSITE
	Stored    string    `json:"stored"`
	Computed  string    `json:"computed"` // empty when unchecked
	Outcome   Outcome   `json:"result"`
	Detail    string    `json:"detail"` // one sentence, may be empty
	// DifferentParts are the numbers of the parts whose own stored checksums differ.
	DifferentParts []int `json:"different_parts"`
}

// running is one stored checksum while bytes go through.
type running struct {
	Result
	hash  hash.Hash
	parts hash.Hash // of the parts' digests; nil for a whole object
}

// Verify reads content to its end and compares it with what o says was stored. read is the number of
// bytes; when it is not o.Size every checksum that could be computed is Different. The only errors are
// those of content.
func Verify(content io.Reader, o Object) (results []Result, read int64, err error) {
	all := make([]*running, len(o.Stored))
	var sinks []io.Writer
	for i, s := range o.Stored {
		all[i] = begin(s, o)
		if all[i].hash != nil {
			sinks = append(sinks, all[i].hash)
		}
	}
	to := io.MultiWriter(sinks...)
	composite := false
	for _, r := range all {
		composite = composite || r.parts != nil
	}
	if composite {
		for _, p := range o.Parts {
			n, err := io.CopyN(to, content, p.Size)
			read += n
			if err != nil && !errors.Is(err, io.EOF) {
				return nil, read, err
			}
			for _, r := range all {
				r.endPart(p)
			}
			if err != nil {
				break
			}
		}
	}
	n, err := io.Copy(to, content)
	read += n
	if err != nil {
		return nil, read, err
	}
	for _, r := range all {
		results = append(results, r.end(read, o))
	}
	return results, read, nil
}

func begin(s Stored, o Object) *running {
	r := &running{Result: Result{Algorithm: s.Algorithm, Type: "FULL_OBJECT", Stored: s.Value, Outcome: Unchecked, DifferentParts: []int{}}}
	if s.Composite || strings.Contains(s.Value, "-") {
		r.Type = "COMPOSITE"
	}
	h := s.Algorithm.hash()
	switch {
	case h == nil:
		r.Detail = "this program does not know the algorithm"
		return r
	case r.Type == "COMPOSITE" && len(o.Parts) == 0:
		r.Detail = "it is composed of the checksums of parts, and the sizes of the parts are not known"
		return r
	case r.Type == "COMPOSITE" && sizeOf(o.Parts) != o.Size:
		r.Detail = fmt.Sprintf("its parts are %d bytes together, the object has %d", sizeOf(o.Parts), o.Size)
		return r
	}
	r.hash = h
	if r.Type == "COMPOSITE" {
		r.parts = s.Algorithm.hash()
	}
	return r
}

func sizeOf(parts []Part) (n int64) {
	for _, p := range parts {
		n += p.Size
	}
	return n
}

// endPart ends a part of a composite checksum.
func (r *running) endPart(p Part) {
	if r.parts == nil {
		return
	}
	sum := r.hash.Sum(nil)
	r.hash.Reset()
	r.parts.Write(sum)
	if want := p.Values[r.Algorithm]; want != "" && want != base64.StdEncoding.EncodeToString(sum) {
		r.DifferentParts = append(r.DifferentParts, p.Number)
	}
}

func (r *running) end(read int64, o Object) Result {
	if r.hash == nil {
		return r.Result
	}
	h := r.hash
	if r.parts != nil {
		h = r.parts
	}
	r.Computed = base64.StdEncoding.EncodeToString(h.Sum(nil))
	want, count, _ := strings.Cut(r.Stored, "-")
	if count != "" || r.parts != nil && strings.Contains(r.Stored, "-") {
		r.Computed = fmt.Sprintf("%s-%d", r.Computed, len(o.Parts))
	}
	computed, _, _ := strings.Cut(r.Computed, "-")
	r.Outcome = Equal
	switch {
	case read != o.Size:
		r.Outcome = Different
		r.Detail = fmt.Sprintf("%d bytes were read, the object has %d", read, o.Size)
	case computed != want:
		r.Outcome = Different
		if n := len(r.DifferentParts); n > 0 {
			r.Detail = fmt.Sprintf("%d of %d parts differ, the first is part %d", n, len(o.Parts), r.DifferentParts[0])
		}
	case count != "" && count != fmt.Sprint(len(o.Parts)):
		r.Outcome = Different
		r.Detail = fmt.Sprintf("it was made of %s parts, the object has %d", count, len(o.Parts))
	case len(r.DifferentParts) > 0:
		r.Outcome = Different
		r.Detail = fmt.Sprintf("the whole agrees, but the checksum stored for part %d does not", r.DifferentParts[0])
	}
	return r.Result
}
