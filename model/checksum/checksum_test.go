package checksum

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func encoded(a Algorithm, pieces ...string) string {
	h := a.hash()
	if len(pieces) == 1 {
		io.WriteString(h, pieces[0])
	} else {
		for _, p := range pieces {
			part := a.hash()
			io.WriteString(part, p)
			h.Write(part.Sum(nil))
		}
	}
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// TestCRCsGiveTheirCheckValues holds the CRCs to the check values of the digits 1 to 9 in the catalogue
// of parametrised CRC algorithms: CRC-32/ISO-HDLC, CRC-32/ISCSI and CRC-64/NVME.
func TestCRCsGiveTheirCheckValues(t *testing.T) {
	for a, want := range map[Algorithm]string{CRC32: "y/Q5Jg==", CRC32C: "4waSgw==", CRC64NVME: "rosUhgp5mIg="} {
		if got := encoded(a, "123456789"); got != want {
			t.Errorf("%s of the digits is %s, want %s", a, got, want)
		}
	}
}

func TestVerify(t *testing.T) {
	parts := func(values ...string) []Part {
		ps := []Part{{Number: 1, Size: 5, Values: map[Algorithm]string{}}, {Number: 2, Size: 3, Values: map[Algorithm]string{}}}
		for i, v := range values {
			ps[i].Values[SHA256] = v
		}
		return ps
	}
	whole := encoded(SHA256, "helloyou")
	composite := encoded(SHA256, "hello", "you")
	cases := map[string]struct {
		content string
		object  Object
		want    []Outcome
		bad     []int // parts
	}{
		"a whole object agrees":                       {"helloyou", Object{Size: 8, Stored: []Stored{{SHA256, whole, false}, {CRC64NVME, encoded(CRC64NVME, "helloyou"), false}}}, []Outcome{Equal, Equal}, nil},
		"one byte differs":                            {"hellOyou", Object{Size: 8, Stored: []Stored{{SHA256, whole, false}}}, []Outcome{Different}, nil},
		"a shorter copy":                              {"helloyo", Object{Size: 8, Stored: []Stored{{SHA256, whole, false}}}, []Outcome{Different}, nil},
		"a longer copy":                               {"helloyou!", Object{Size: 8, Stored: []Stored{{SHA256, whole, false}}}, []Outcome{Different}, nil},
		"an empty object":                             {"", Object{Stored: []Stored{{SHA1, encoded(SHA1, ""), false}}}, []Outcome{Equal}, nil},
		"a composite checksum agrees":                 {"helloyou", Object{Size: 8, Parts: parts(), Stored: []Stored{{SHA256, composite, true}}}, []Outcome{Equal}, nil},
		"a composite checksum with its parts counted": {"helloyou", Object{Size: 8, Parts: parts(), Stored: []Stored{{SHA256, composite + "-2", false}}}, []Outcome{Equal}, nil},
		"a composite checksum of another number":      {"helloyou", Object{Size: 8, Parts: parts(), Stored: []Stored{{SHA256, composite + "-3", true}}}, []Outcome{Different}, nil},
		"the second part differs":                     {"helloYou", Object{Size: 8, Parts: parts(encoded(SHA256, "hello"), encoded(SHA256, "you")), Stored: []Stored{{SHA256, composite, true}}}, []Outcome{Different}, []int{2}},
		"a composite object cut in its first part":    {"hel", Object{Size: 8, Parts: parts(encoded(SHA256, "hello"), encoded(SHA256, "you")), Stored: []Stored{{SHA256, composite, true}}}, []Outcome{Different}, []int{1}},
		"parts of unknown sizes":                      {"helloyou", Object{Size: 8, Stored: []Stored{{SHA256, composite + "-2", true}, {CRC32, encoded(CRC32, "helloyou"), false}}}, []Outcome{Unchecked, Equal}, nil},
		"parts that are not the object":               {"helloyou", Object{Size: 9, Parts: parts(), Stored: []Stored{{SHA256, composite, true}}}, []Outcome{Unchecked}, nil},
		"whole and composite side by side":            {"helloyou", Object{Size: 8, Parts: parts(), Stored: []Stored{{CRC64NVME, encoded(CRC64NVME, "helloyou"), false}, {CRC32C, encoded(CRC32C, "hello", "you"), true}}}, []Outcome{Equal, Equal}, nil},
		"an algorithm of tomorrow":                    {"helloyou", Object{Size: 8, Stored: []Stored{{"XXHASH9", "AAAA", false}}}, []Outcome{Unchecked}, nil},
		"nothing stored":                              {"helloyou", Object{Size: 8}, nil, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for reader, content := range map[string]io.Reader{
				"at once": strings.NewReader(c.content), "byte by byte": iotest.OneByteReader(strings.NewReader(c.content)),
			} {
				results, read, err := Verify(content, c.object)
				if err != nil || read != int64(len(c.content)) {
					t.Fatalf("%s: read %d, %v", reader, read, err)
				}
				var got []Outcome
				for _, r := range results {
					got = append(got, r.Outcome)
					if (r.Outcome == Unchecked) != (r.Computed == "") {
						t.Errorf("%s: %+v", reader, r)
					}
				}
				if !reflect.DeepEqual(got, c.want) {
					t.Errorf("%s: %v, want %v: %+v", reader, got, c.want, results)
				}
				if len(c.bad) > 0 && !reflect.DeepEqual(results[0].DifferentParts[:1], c.bad) {
					t.Errorf("%s: parts %v differ, want %v first", reader, results[0].DifferentParts, c.bad)
				}
			}
		})
	}
}

func TestAContentThatBreaksIsAnErrorAndNoVerdict(t *testing.T) {
	broken := errors.New("cable cut")
	for _, object := range []Object{
		{Size: 8, Stored: []Stored{{SHA256, "x", false}}},
		{Size: 8, Parts: []Part{{Number: 1, Size: 8}}, Stored: []Stored{{SHA256, "x", true}}},
	} {
		content := io.MultiReader(strings.NewReader("hel"), iotest.ErrReader(broken))
		if results, read, err := Verify(content, object); !errors.Is(err, broken) || read != 3 || results != nil {
			t.Errorf("%v after %d bytes, %v", results, read, err)
		}
	}
}

// TestEveryFlippedByteIsNoticed changes each byte of a small object in turn.
func TestEveryFlippedByteIsNoticed(t *testing.T) {
	content := []byte("An object of several parts, small enough to try all of it.")
	var parts []Part
	for i := 0; i < len(content); i += 10 {
		parts = append(parts, Part{Number: i/10 + 1, Size: int64(min(10, len(content)-i))})
	}
	o := Object{Size: int64(len(content)), Parts: parts}
	for _, a := range []Algorithm{SHA256, SHA1, CRC32, CRC32C, CRC64NVME, SHA512, MD5} {
		o.Stored = append(o.Stored, Stored{Algorithm: a, Value: encoded(a, string(content))})
		h := a.hash()
		for i := 0; i < len(content); i += 10 {
			part := a.hash()
			part.Write(content[i:min(i+10, len(content))])
			h.Write(part.Sum(nil))
		}
		o.Stored = append(o.Stored, Stored{Algorithm: a, Value: base64.StdEncoding.EncodeToString(h.Sum(nil)), Composite: true})
	}
	check := func(content []byte, want Outcome) {
		t.Helper()
		results, _, err := Verify(bytes.NewReader(content), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			if r.Outcome != want {
				t.Errorf("%s %s is %s, want %s", r.Algorithm, r.Type, r.Outcome, want)
			}
		}
	}
	check(content, Equal)
	for i := range content {
		flipped := bytes.Clone(content)
		flipped[i] ^= 1
		check(flipped, Different)
	}
}
