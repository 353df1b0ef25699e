package integrity

import (
	"crypto/x509"
	"encoding/base64"
	"os"
	"testing"
	"time"

	"trailsift/model"
)

func TestAttacksOnTheVerifier(t *testing.T) {
	for _, sc := range []scenario{
		{"A1", "a request writes the words of a digest into a log", func(s *stage) {
			s.hours[3].logs[0].content = []byte(`{"Records":[{"requestParameters":{"key":"\"digestS3Object\""},"x":"digestS3Object","digestS3Object":1}]}`)
		}, nil, untouched, wantBadge(model.Verified, func(s *stage) string { return s.log(3, 0) })},
		{"A2", "the tail is erased and a broken digest planted beyond the range", nil, func(s *stage) {
			s.remove(s.digest(5), s.digest(6), s.log(5, 0), s.log(5, 1), s.log(6, 0), s.log(6, 1))
			s.raw["acme-trail/"+plainTrail().digestKey(s.until.Add(2*time.Hour), false)] = zip([]byte("{}"))
		}, "incomplete 3 | 5 valid:5 | 8 valid:8 | ?coverage-ends-early", nil},
		{"A3", "a Region's digests are all deleted, its logs kept", func(s *stage) { s.second(func(t *trail) { t.region = "eu-west-1" }) }, func(s *stage) {
			for _, h := range s.more[0] {
				s.remove(h.place())
			}
		}, "incomplete 3 | 7 valid:7 | 24 valid:12 outside:12 | ?region-absent", nil},
	} {
		t.Run(sc.id+" "+sc.name, func(t *testing.T) {
			s, r := run(t, sc.plan, sc.tamper)
			if got := summary(r); got != sc.want {
				t.Errorf("\n got %s\nwant %s", got, sc.want)
			}
			if sc.also != nil {
				sc.also(s, r)
			}
		})
	}
}

func TestADemoKeyIsRecognisedInEveryEncoding(t *testing.T) {
	list, err := os.ReadFile("../../testdata/demo/keys/public-keys.json")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ParseKeys(list, TrustExaminer, "", "demo")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		der, err := x509.MarshalPKIXPublicKey(k.public)
		if err != nil {
			t.Fatal(err)
		}
		other, err := ParseKeys(keyList([2]string{base64.StdEncoding.EncodeToString(der), fingerprintOf(der)}), TrustExaminer, "", "spki")
		if err != nil || other[0].Unusable || !other[0].isDemo() || !k.isDemo() {
			t.Errorf("the demo key %s is not recognised: %+v, %v", k.Fingerprint, other, err)
		}
	}
}
