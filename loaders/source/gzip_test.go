package source

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

func pack(t testing.TB, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// noise does not compress, so that cutting it in the middle leaves much before the cut.
func noise(n int) string {
	b := make([]byte, n)
	x := uint32(2463534242)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return string(b)
}

type readPart struct {
	content string
	offset  int64
	damage  string
	err     error
}

func readParts(p *Parts) []readPart {
	var out []readPart
	for {
		part, err := p.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			return append(out, readPart{err: err, offset: part.Offset})
		}
		content, err := io.ReadAll(p)
		out = append(out, readPart{string(content), part.Offset, p.Part().Damage, err})
	}
}

func TestGzipFraming(t *testing.T) {
	one, two := pack(t, "first content\n"), pack(t, "second content\n")
	long := pack(t, noise(12000))
	wrongSum := bytes.Clone(one)
	wrongSum[len(wrongSum)-5] ^= 1
	wrongLength := bytes.Clone(one)
	wrongLength[len(wrongLength)-1] ^= 1
	flipped := bytes.Clone(long)
	flipped[10] |= 6 // block type 3 does not exist
	named := append([]byte{0x1f, 0x8b, 8, 4 + 8 + 16, 0, 0, 0, 0, 0, 3, 3, 0, 'a', 'b', 'c'}, []byte("name\x00comment\x00")...)
	named = append(named, one[10:]...)

	tests := map[string]struct {
		stored  []byte
		content []string
		damage  string // of the last part
		broken  string
		offset  int64 // of the last part
	}{
		"I01 a cut body gives what came before and says where":    {stored: long[:9000], content: []string{noise(12000)[:8000]}, broken: "truncated at byte 9000"},
		"I02 a cut trailer leaves the content whole":              {stored: one[:len(one)-3], content: []string{"first content\n"}, damage: "trailer is cut after 5 of 8"},
		"I02 a missing trailer leaves the content whole":          {stored: one[:len(one)-8], content: []string{"first content\n"}, damage: "trailer is cut after 0 of 8"},
		"I03 a wrong checksum is damage of the container":         {stored: wrongSum, content: []string{"first content\n"}, damage: "checksum does not match"},
		"I03 a wrong length is damage of the container":           {stored: wrongLength, content: []string{"first content\n"}, damage: "length does not match"},
		"I04 two members are two parts":                           {stored: slices.Concat(one, two), content: []string{"first content\n", "second content\n"}, offset: int64(len(one))},
		"I05 zero padding is damage of the container":             {stored: slices.Concat(one, make([]byte, 100)), content: []string{"first content\n"}, damage: "100 zero bytes follow"},
		"I05 junk is damage of the container":                     {stored: slices.Concat(one, []byte("junk")), content: []string{"first content\n"}, damage: "4 bytes that are no gzip follow"},
		"I05 the beginning of a header is junk":                   {stored: slices.Concat(one, []byte{0x1f, 0x8b, 8, 0, 0}), content: []string{"first content\n"}, damage: "5 bytes that are no gzip follow"},
		"I06 plain bytes are one part as they stand":              {stored: []byte("plain"), content: []string{"plain"}},
		"I07 an empty file has no part":                           {},
		"I07 empty content is a part":                             {stored: pack(t, ""), content: []string{""}},
		"a name, a comment and an extra field are passed over":    {stored: named, content: []string{"first content\n"}},
		"a corrupt body is broken":                                {stored: flipped, content: []string{""}, broken: "corrupt"},
		"a cut header is broken":                                  {stored: one[:7], content: []string{""}, broken: "truncated"},
		"two magic bytes alone are broken":                        {stored: []byte{0x1f, 0x8b}, content: []string{""}, broken: "truncated"},
		"the second of two members can be cut":                    {stored: slices.Concat(one, two[:20]), content: []string{"first content\n", "sec"}, broken: "truncated", offset: int64(len(one))},
		"a checksum that is wrong and junk are told both":         {stored: slices.Concat(wrongSum, []byte("x")), content: []string{"first content\n"}, damage: "match; 1 bytes that are no gzip"},
		"an empty member between two others is a part of its own": {stored: slices.Concat(one, pack(t, ""), two), content: []string{"first content\n", "", "second content\n"}, offset: int64(len(one) + len(pack(t, "")))},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			p := NewParts(Limits{})
			p.Reset(c.stored)
			fromMemory := readParts(p)
			p.ResetReader(iotestOneByte{bytes.NewReader(c.stored)})
			fromStream := readParts(p)
			if len(fromMemory) != len(fromStream) {
				t.Fatalf("memory gives %d parts, a stream %d", len(fromMemory), len(fromStream))
			}
			for i, m := range fromMemory {
				s := fromStream[i]
				if m.content != s.content || m.offset != s.offset || m.damage != s.damage || (m.err == nil) != (s.err == nil) {
					t.Errorf("part %d: memory gives %.80v, a stream %.80v", i+1, m.content, s.content)
				}
			}
			if len(fromMemory) != len(c.content) {
				t.Fatalf("%d parts, want %d", len(fromMemory), len(c.content))
			}
			for i, want := range c.content {
				if got := fromMemory[i].content; !strings.HasPrefix(got, want) {
					t.Errorf("part %d: %.80q, want %.80q", i+1, got, want)
				}
			}
			if len(c.content) == 0 {
				return
			}
			last := fromMemory[len(fromMemory)-1]
			if last.offset != c.offset {
				t.Errorf("last part at %d, want %d", last.offset, c.offset)
			}
			if !strings.Contains(last.damage, c.damage) || (c.damage == "") != (last.damage == "") {
				t.Errorf("damage %q, want %q", last.damage, c.damage)
			}
			var broken *BrokenError
			if errors.As(last.err, &broken) != (c.broken != "") || c.broken != "" && !strings.Contains(broken.Error(), c.broken) {
				t.Errorf("error %v, want %q", last.err, c.broken)
			}
		})
	}
}

type iotestOneByte struct{ r io.Reader }

func (r iotestOneByte) Read(p []byte) (int, error) { return r.r.Read(p[:min(len(p), 1)]) }

func TestGzipLimits(t *testing.T) {
	bomb := pack(t, strings.Repeat("\x00", 4<<20))
	tests := map[string]struct {
		stored []byte
		limits Limits
		refuse bool
	}{
		"I08 a ratio above the limit is refused once past the floor": {bomb, Limits{RatioFloor: 1 << 20}, true},
		"I08 below the floor any ratio passes":                       {bomb, Limits{RatioFloor: 8 << 20}, false},
		"I08 the expanded size is capped":                            {pack(t, noise(100_000)), Limits{Expanded: 50_000}, true},
		"I08 many small bombs in one file are one bomb":              {bytes.Repeat(pack(t, strings.Repeat("a", 1<<20)), 8), Limits{RatioFloor: 4 << 20}, true},
		"too many members are refused":                               {bytes.Repeat(pack(t, ""), 50), Limits{Parts: 10}, true},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			p := NewParts(c.limits)
			p.Reset(c.stored)
			parts := readParts(p)
			total, err := 0, error(nil)
			for _, r := range parts {
				total += len(r.content)
				err = r.err
			}
			if errors.Is(err, ErrTooLarge) != c.refuse {
				t.Errorf("error %v, want refused: %v", err, c.refuse)
			}
			if c.refuse && c.limits.Expanded > 0 && int64(total) > c.limits.Expanded+64<<10 {
				t.Errorf("%d bytes came out, more than one buffer above %d", total, c.limits.Expanded)
			}
		})
	}
}

// FuzzGzip holds the framing to three promises: memory and stream agree, a file that gzip itself
// accepts as one member gives its bytes, and all parts of a whole file put together are what gunzip
// of the file gives.
func FuzzGzip(f *testing.F) {
	one := pack(f, "first content\n")
	for _, seed := range [][]byte{
		one, one[:len(one)-3], slices.Concat(one, one), slices.Concat(one, []byte("junk")),
		slices.Concat(one, make([]byte, 20)), []byte("plain"), {0x1f, 0x8b, 8}, pack(f, noise(3000))[:2000], {},
		slices.Concat(one, []byte{0x1f, 0x8b, 8, 0xff}),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, stored []byte) {
		limits := Limits{Expanded: 8 << 20, Parts: 100}
		p := NewParts(limits)
		p.Reset(stored)
		memory := readParts(p)
		p.ResetReader(bytes.NewReader(stored))
		stream := readParts(p)
		if len(memory) != len(stream) {
			t.Fatalf("memory gives %d parts, a stream %d", len(memory), len(stream))
		}
		var all []byte
		whole := len(memory) > 0
		for i := range memory {
			if memory[i].content != stream[i].content || memory[i].offset != stream[i].offset || memory[i].damage != stream[i].damage {
				t.Fatalf("part %d differs between memory and stream", i+1)
			}
			all = append(all, memory[i].content...)
			whole = whole && memory[i].err == nil && memory[i].damage == ""
		}
		if !IsGzip(stored) {
			return
		}
		z, err := gzip.NewReader(bytes.NewReader(stored))
		var want []byte
		if err == nil {
			want, err = io.ReadAll(z)
		}
		if whole != (err == nil) && len(memory) < 100 && len(all) < 8<<20 && !oddHeader(stored) {
			t.Fatalf("whole is %v, gzip says %v", whole, err)
		}
		if whole && err == nil && !bytes.Equal(all, want) {
			t.Fatalf("parts give %d bytes, gzip %d", len(all), len(want))
		}
	})
}

// oddHeader tells that the file holds a header text of over 512 bytes, which the gzip package refuses and
// we take.
func oddHeader(stored []byte) bool { return len(stored) > 500 }
