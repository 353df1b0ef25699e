package integrity

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func FuzzParseDigest(f *testing.F) {
	p := newPile()
	hours := hoursOf(plainTrail(), 2, 1)
	p.sign(hours...)
	f.Add(unzip(p.raw[hours[0].place()]))
	f.Add(unzip(p.raw[hours[1].place()]))
	f.Add([]byte(`{"logFiles":[{}]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		d, err := ParseDigest(content)
		again, errAgain := ParseDigest(content)
		if (err == nil) != (errAgain == nil) || (err != nil && err.Error() != errAgain.Error()) || !reflect.DeepEqual(d, again) {
			t.Errorf("read once as %v (%v), then as %v (%v)", d, err, again, errAgain)
		}
		if err != nil {
			return
		}
		if d.End.Before(d.Start) || (d.PreviousHash != nil && len(d.PreviousHash) != 32) {
			t.Errorf("an impossible digest %+v", d)
		}
		for _, l := range d.Logs {
			if l.Hash != nil && len(l.Hash) != 32 {
				t.Errorf("a hash of %d bytes", len(l.Hash))
			}
		}
	})
}

func FuzzParseKeys(f *testing.F) {
	f.Add(keyList(testKeys()[0].entry(), testKeys()[1].spkiEntry()))
	f.Add([]byte(`[{"Value":"AAAA","Fingerprint":"00","ValidityStartTime":"1e300"}]`))
	f.Add([]byte(`{"publicKeyList":[],"PublicKeyList":[{}]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		keys, err := ParseKeys(content, TrustExaminer, "", "fuzz")
		if err != nil {
			return
		}
		for _, k := range keys {
			if (k.public == nil && !k.Unusable) || (k.Mislabeled && !k.Unusable) || (k.Unusable && k.Problem == "") {
				t.Errorf("an inconsistent key %+v", k)
			}
		}
	})
}

func FuzzParseMetadata(f *testing.F) {
	f.Add([]byte(`{"b/k":{"signature":"ab","X-Amz-Meta-Signature-Algorithm":"SHA256withRSA"}}`))
	f.Add([]byte(`{"metadata":{"signature":"ab","backfill-generation-timestamp":"2025-01-01T00:00:00Z"},"etag":"x"}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		a, errA := ParseMetadata(content)
		b, errB := ParseMetadata(content)
		if !maps.Equal(a, b) || (errA == nil) != (errB == nil) {
			t.Errorf("read once as %v, then as %v", a, b)
		}
		m, ok := ParseSidecar(content)
		if ok != (m != Metadata{}) {
			t.Errorf("sidecar %+v, %v", m, ok)
		}
	})
}

func FuzzNames(f *testing.F) {
	t := plainTrail()
	f.Add(t.digestKey(chainStart, false))
	f.Add(t.digestKey(chainStart, true))
	f.Add(t.logKey(chainStart, "ABC"))
	f.Add("1_CloudTrail-Digest_us-east-1_a_us-east-1_b_us-east-1_20250101T000000Z.json")
	f.Add(`AWSLogs/1/CloudTrail/us-east-1/2025/02/28/1_CloudTrail_us-east-1_20"50228T2301Z_ABC.json.gz`)
	f.Fuzz(func(t *testing.T, name string) {
		d, isDigest := ParseDigestName(name)
		l, isLog := ParseLogName(name)
		if isDigest && (d.Chain.Account == "" || d.Chain.Trail == "" || !strings.Contains(name, d.Chain.Account+digestMark+d.Chain.Region+"_"+d.Chain.Trail+"_"+d.Chain.Home+"_"+d.End.Format(digestStamp))) {
			t.Errorf("%q was read as the digest %+v", name, d)
		}
		stamp := "" // a name that only begins like a log's tells no minute
		if !l.Delivered.IsZero() {
			stamp = l.Delivered.Format(logStamp) + "_"
		}
		if isLog && !strings.Contains(name, l.Account+logMark+l.Region+"_"+stamp) {
			t.Errorf("%q was read as the log %+v", name, l)
		}
	})
}

// FuzzVerify damages a small pile at places the fuzzer chooses, puts its bytes into a file of its own,
// and gives the files in two orders.
func FuzzVerify(f *testing.F) {
	f.Add([]byte("{}"), "AWSLogs/x.json.gz", uint64(1), uint8(0))
	f.Add([]byte(`{"logFiles":[]}`), plainTrail().digestKey(chainStart.Add(1000), false), uint64(99), uint8(7))
	f.Add([]byte("x"), plainTrail().logKey(chainStart, "F"), uint64(3), uint8(255))
	f.Fuzz(func(t *testing.T, content []byte, place string, where uint64, how uint8) {
		g := newGround(where)
		for range how % 5 {
			g.tamper()
		}
		g.raw[place] = content
		if how&8 != 0 {
			g.raw[place] = zip(content)
		}
		if how&16 != 0 {
			g.source = "evidence"
		}
		in := g.input()
		r := Verify(in)
		checkSums(t, r)
		shuffled := in
		shuffled.Files, shuffled.Keys = slices.Clone(in.Files), slices.Clone(in.Keys)
		order := rand.New(rand.NewPCG(where, 1))
		order.Shuffle(len(shuffled.Files), func(i, j int) {
			shuffled.Files[i], shuffled.Files[j] = shuffled.Files[j], shuffled.Files[i]
		})
		slices.Reverse(shuffled.Keys)
		if again := Verify(shuffled); !reflect.DeepEqual(r, again) {
			t.Errorf("the order of the input shows: %s and %s", summary(r), summary(again))
		}
		if bytes.Contains([]byte(summary(r)), []byte("verified 0")) && r.ExitCode != 0 {
			t.Errorf("result %s with exit code %d", r.Result, r.ExitCode)
		}
	})
}
