package integrity

import (
	"fmt"
	"testing"
)

// BenchmarkVerify measures what a case costs whose files are hashed already: the target is under
// 0.2 s for 200 digests and 2,000 logs on two cores, growing with the size and not with its square.
func BenchmarkVerify(b *testing.B) {
	for _, size := range [][2]int{{200, 10}, {1000, 10}, {1000, 100}} {
		b.Run(fmt.Sprintf("digests=%d/logs=%d", size[0], size[0]*size[1]), func(b *testing.B) {
			p := newPile()
			p.trust(TrustExaminer, testKeys()[0].entry())
			p.sign(hoursOf(plainTrail(), size[0]+1, size[1])...)
			in := p.input()
			for b.Loop() {
				if r := Verify(in); r.Result != ResultVerified {
					b.Fatal(summary(r))
				}
			}
		})
	}
}

// BenchmarkVerifyUnlisted is the worst case for time: every log looks for its window.
func BenchmarkVerifyUnlisted(b *testing.B) {
	for _, logs := range []int{1000, 10000} {
		b.Run(fmt.Sprintf("logs=%d", logs), func(b *testing.B) {
			p := newPile()
			p.trust(TrustExaminer, testKeys()[0].entry())
			hours := hoursOf(plainTrail(), 1000, 0)
			p.sign(hours...)
			for i := range logs {
				l := newLog(plainTrail(), hours[i%1000].start, fmt.Sprint("loose", i))
				p.raw[l.place()] = zip(l.content)
			}
			in := p.input()
			for b.Loop() {
				if r := Verify(in); r.Logs.Total < logs-logs/1000 {
					b.Fatal(summary(r))
				}
			}
		})
	}
}
