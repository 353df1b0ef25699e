package s3

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"trailsift/loaders/source"
	"trailsift/model/checksum"
)

// worthKeeping is how much of a body must have come for the next try to go on with it. Log files are mostly
// shorter, and reading one again costs less than a second look at what was put together.
const worthKeeping = 1 << 20

var (
	errNoRange = errors.New("the server does not go on in the middle of an object")
	errPieced  = errors.New("what came in pieces is not what S3 has a checksum of")
)

// partial is a copy that is under way over several tries. The zero value has nothing yet.
type partial struct {
	copied *source.Incoming
	size   int64
	pieces int
	told   []checksum.Stored // of the whole, when it was begun
}

// drop forgets what came.
func (p *partial) drop() {
	if p.copied != nil {
		p.copied.Abort()
	}
	*p = partial{}
}

// rest is the range that is lacking; nil is all.
func (p *partial) rest() *string {
	if p.size == 0 {
		return nil
	}
	return aws.String(fmt.Sprintf("bytes=%d-", p.size))
}

// goesOn tells that an answer begins where p ends.
func (p *partial) goesOn(out *awss3.GetObjectOutput) bool {
	return strings.HasPrefix(aws.ToString(out.ContentRange), fmt.Sprintf("bytes %d-", p.size))
}

// toldOf are the checksums of a whole object that came with it.
func toldOf(out *awss3.GetObjectOutput) []checksum.Stored {
	return stored(values{out.ChecksumSHA256, out.ChecksumSHA1, out.ChecksumCRC64NVME, out.ChecksumCRC32C, out.ChecksumCRC32, out.ChecksumSHA512, out.ChecksumMD5, out.ChecksumXXHASH64, out.ChecksumXXHASH3, out.ChecksumXXHASH128}, out.ChecksumType)
}

// fill takes the rest of o from body. When that breaks, p keeps what came where it is worth it.
func (p *partial) fill(body io.Reader, o Object) error {
	sink := &watched{w: p.copied}
	n, err := io.Copy(sink, io.LimitReader(body, o.Size-p.size+1))
	p.size, p.pieces = p.size+n, p.pieces+1
	switch {
	case sink.err != nil:
		err = o.unwritten(sink.err)
	case err == nil && p.size != o.Size:
		err = fmt.Errorf("%d of %d bytes came: %w", p.size, o.Size, io.ErrUnexpectedEOF)
	case err == nil && p.pieces > 1:
		err = p.check(o) // the SDK checks a body that came whole
	}
	broken := err != nil && sink.err == nil && !mismatched(err) && p.size < o.Size
	if err != nil && (!broken || p.size < worthKeeping) {
		p.drop()
	}
	return err
}

// check holds what came in pieces to the checksums of the whole.
func (p *partial) check(o Object) error {
	content, err := p.copied.Reread()
	if err != nil {
		return o.unwritten(err)
	}
	defer content.Close()
	results, _, err := checksum.Verify(content, checksum.Object{Size: o.Size, Stored: p.told})
	if err != nil {
		return o.unwritten(err)
	}
	for _, r := range results {
		if r.Outcome == checksum.Different {
			return errPieced
		}
	}
	return nil
}

// mismatched tells that a body is not what its checksum says: found by the SDK or, of pieces, by us.
func mismatched(err error) bool {
	return errors.Is(err, errPieced) || strings.Contains(err.Error(), "checksum did not match")
}
