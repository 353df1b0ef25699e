package integrity

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

// ground is a random untampered pile and what the tamperings did to it.
type ground struct {
	*pile
	*rand.Rand
	hours   []*hour
	twins   bool            // two trails of one account and Region
	touched map[string]bool // places whose file was changed, removed or planted
	told    []string
}

func newGround(seed uint64) *ground {
	g := &ground{pile: newPile(), Rand: rand.New(rand.NewPCG(seed, 7)), touched: map[string]bool{}}
	g.trust(TrustExaminer, testKeys()[0].entry(), testKeys()[1].entry())
	t := plainTrail()
	for chain := range 1 + g.IntN(2) {
		if chain == 1 {
			if g.IntN(2) == 0 {
				t.region = "eu-west-1"
			} else {
				t.name, g.twins = "second_trail", true
			}
		}
		hours := hoursFrom(chainStart.Add(time.Duration(g.IntN(3600))*time.Second), t, 2+g.IntN(6), g.IntN(4))
		for i, h := range slices.Backward(hours) {
			if g.IntN(4) == 0 {
				h.key = testKeys()[1]
			}
			if i > 0 && len(h.logs) > 0 && g.IntN(3) == 0 { // listed an hour late
				late := h.logs[len(h.logs)-1]
				h.logs = h.logs[:len(h.logs)-1]
				if i+1 < len(hours) {
					hours[i+1].logs = append(hours[i+1].logs, late)
				}
			}
		}
		g.sign(hours...)
		g.hours = append(g.hours, hours...)
	}
	// What every chain spans is asked for, so that no chain falls short by itself.
	for _, h := range g.hours {
		if h.restart {
			g.since = later(h.start, g.since)
		}
	}
	g.until = time.Time{}
	for i, h := range g.hours {
		if i+1 == len(g.hours) || g.hours[i+1].restart {
			g.until = earlier(h.end, g.until)
		}
	}
	if g.until.IsZero() || !g.until.After(g.since.Add(time.Hour)) {
		return newGround(seed + 1<<32)
	}
	return g
}

// asked tells that a file counts in the range: its digest's window, its delivery, or its listing.
func (g *ground) asked(h *hour) bool { return h.start.Before(g.until) && h.end.After(g.since) }

func (g *ground) touch(what string, places ...string) {
	g.told = append(g.told, what+" "+strings.Join(places, " and "))
}

// settle finds what is not as it was: two tamperings may undo each other.
func (g *ground) settle(raw map[string][]byte, meta map[string]Metadata) {
	for place := range maps.Keys(raw) {
		if now, there := g.raw[place]; !there || !bytes.Equal(now, raw[place]) || g.meta[place] != meta[place] {
			g.touched[place] = true
		}
	}
	for place := range g.raw {
		if _, old := raw[place]; !old {
			g.touched[place] = true
		}
	}
}

// pick is the place of a digest or a log of an hour in the range.
func (g *ground) pick() (place string, h *hour, isLog bool) {
	for {
		h = g.hours[g.IntN(len(g.hours))]
		if !g.asked(h) {
			continue
		}
		if len(h.logs) > 0 && g.IntN(3) > 0 {
			return h.logs[g.IntN(len(h.logs))].place(), h, true
		}
		return h.place(), h, false
	}
}

// tamper does one random thing; false when it found nothing to do it to.
func (g *ground) tamper() bool {
	place, h, isLog := g.pick()
	raw, there := g.raw[place]
	if !there {
		return false
	}
	switch g.IntN(8) {
	case 0:
		content := bytes.Clone(unzip(raw))
		if len(content) == 0 {
			return false
		}
		content[g.IntN(len(content))] ^= byte(1 + g.IntN(255))
		g.raw[place] = zip(content)
		g.touch("changed", place)
	case 1:
		if isLog {
			return false
		}
		m := g.meta[place]
		sig := []byte(m.Signature)
		i := g.IntN(len(sig))
		sig[i] = "0123456789abcdef"[(strings.IndexByte("0123456789abcdef", sig[i])+1+g.IntN(15))%16]
		m.Signature = string(sig)
		g.meta[place] = m
		g.touch("resigned", place)
	case 2:
		to := path.Dir(place) + "/moved-" + path.Base(place)
		g.move(place, to)
		g.touch("moved", place, to)
	case 3:
		delete(g.raw, place)
		g.touch("removed", place)
	case 4:
		other, _, _ := g.pick()
		if _, ok := g.raw[other]; !ok || bytes.Equal(unzip(g.raw[other]), unzip(raw)) {
			return false
		}
		g.raw[place], g.raw[other] = g.raw[other], raw
		g.touch("exchanged", place, other)
	case 5:
		span := int(g.until.Sub(g.since) / time.Minute)
		l := newLog(h.trail, g.since.Add(time.Minute).Truncate(time.Minute).Add(time.Duration(g.IntN(span-1))*time.Minute), fmt.Sprint("plant", g.Uint64()))
		g.raw[l.place()] = zip(l.content)
		g.touch("planted", l.place())
	case 6:
		g.plantDigest(h)
	case 7:
		g.raw[place] = append(bytes.Clone(raw), zip([]byte("more"))...)
		g.touch("appended to", place)
	}
	return true
}

// plantDigest puts a forged digest into the range, with a right or a wrong signature, that links to
// and lists whatever an attacker may think of.
func (g *ground) plantDigest(like *hour) {
	forged := *like
	forged.end = like.end.Add(-time.Duration(1+g.IntN(1800)) * time.Second)
	forged.key = testKeys()[3]
	target, _, _ := g.pick()
	bucket, object, _ := strings.Cut(target, "/")
	forged.edit = func(d *document) {
		if g.IntN(2) == 0 {
			d.DigestPublicKeyFingerprint = testKeys()[0].name
		}
		if g.IntN(2) == 0 {
			d.PreviousDigestS3Bucket, d.PreviousDigestS3Object = &bucket, &object
			d.PreviousDigestHashValue, d.PreviousDigestSignature = text64("ab"), text64("cd")
		}
		if g.IntN(2) == 0 {
			for i := range d.LogFiles {
				d.LogFiles[i].HashValue = hexSum([]byte("forged"))
			}
			d.LogFiles = append(d.LogFiles, listDoc{S3Bucket: "else", S3Object: "where/" + path.Base(target), HashValue: hexSum(nil)})
		}
	}
	aside := newPile()
	aside.sign(&forged)
	place := forged.place()
	// One whose window ends before what is asked for counts for nothing, as a genuine one would.
	if _, there := g.raw[place]; there || !g.asked(&forged) {
		return
	}
	g.raw[place] = aside.raw[place]
	if g.IntN(2) == 0 {
		g.meta[place] = aside.meta[place]
	}
	g.touch("planted digest", place)
	if g.IntN(3) == 0 { // elsewhere, in the name of a genuine one
		to := "elsewhere/" + path.Base(like.place())
		g.raw[to] = g.raw[place]
		g.touch("planted digest", to)
	}
}

func TestNoTamperingIsVerifiedAndNoUntouchedFileIsBlamed(t *testing.T) {
	runs := 300
	if os.Getenv("TRAILSIFT_NIGHTLY") != "" {
		runs = 5000
	}
	for seed := range uint64(runs) {
		g := newGround(seed)
		raw, meta := maps.Clone(g.raw), maps.Clone(g.meta)
		before := Verify(g.input())
		if before.Result != ResultVerified {
			t.Fatalf("seed %d: untampered: %s", seed, summary(before))
		}
		for range 1 + g.IntN(4) {
			g.tamper()
		}
		g.settle(raw, meta)
		if len(g.touched) == 0 {
			continue
		}
		in := g.input()
		r := Verify(in)
		checkSums(t, r)
		problem := blamed(g, r)
		if r.ExitCode == 0 {
			problem = "it is verified"
		}
		if problem != "" || t.Failed() {
			for _, f := range r.Findings {
				t.Logf("%s %s %s: %s", f.Severity, f.Code, f.Object, f.Detail)
			}
			t.Fatalf("seed %d: %s\n%s\n%s", seed, problem, strings.Join(g.told, "\n"), summary(r))
		}
	}
}

// excused tells that a log was touched; or that the digests that list it were and another trail spans
// its time: whose log it was cannot be told then, and no digest of that other trail lists it.
func (g *ground) excused(place string) bool {
	if g.touched[place] || !g.twins {
		return g.touched[place]
	}
	return slices.ContainsFunc(g.hours, func(h *hour) bool {
		return g.touched[h.place()] && slices.ContainsFunc(h.logs, func(l logItem) bool { return l.place() == place })
	})
}

// blamed finds an accusation of a file that nobody touched. A planted or changed digest may be the
// only one that is not proven, so findings may always point at those.
func blamed(g *ground, r *Report) string {
	for _, f := range r.Findings {
		if f.Severity == Adverse && !g.touched[f.Object] {
			if _, present := g.raw[f.Object]; present && !(f.Code == "log-unlisted" && g.excused(f.Object)) {
				return "blames " + f.Object + " for " + f.Code
			}
		}
	}
	for _, place := range slices.Sorted(maps.Keys(g.raw)) {
		v, judged := r.ByPath[place]
		if judged && !g.excused(place) && (v.Badge == model.Altered || v.Badge == model.Unlisted) {
			return fmt.Sprintf("%s is %v: %s", place, v.Badge, v.Why)
		}
	}
	return ""
}

func TestEveryFlippedByteOfADigestIsNoticed(t *testing.T) {
	p := newPile()
	hours := hoursOf(plainTrail(), 3, 1)
	p.trust(TrustExaminer, testKeys()[0].entry())
	p.sign(hours...)
	place := hours[1].place()
	content := unzip(p.raw[place])
	everyFlip(content, func(i int, mask byte, flipped []byte) {
		p.raw[place] = flipped
		if r := Verify(p.input()); r.ExitCode == 0 || r.Digests.Valid == 3 {
			t.Errorf("byte %d (%q) flipped by %#x: %s", i, content[i], mask, summary(r))
		}
	})
}

func TestEveryFlippedByteOfALogIsNoticed(t *testing.T) {
	p := newPile()
	hours := hoursOf(plainTrail(), 3, 1)
	p.trust(TrustExaminer, testKeys()[0].entry())
	p.sign(hours...)
	place := hours[1].logs[0].place()
	content := unzip(p.raw[place])
	everyFlip(content, func(i int, mask byte, flipped []byte) {
		p.raw[place] = flipped
		if r := Verify(p.input()); r.Result != ResultAdverse || r.Logs.Invalid != 1 || r.ByPath[place].Badge != model.Altered {
			t.Errorf("byte %d (%q) flipped by %#x: %s", i, content[i], mask, summary(r))
		}
	})
}

// A flip in the container is noticed or harmless: what is called valid has the content that was signed.
func TestEveryFlippedByteOfAGzipContainerIsNoticedOrHarmless(t *testing.T) {
	p := newPile()
	hours := hoursOf(plainTrail(), 3, 1)
	p.trust(TrustExaminer, testKeys()[0].entry())
	p.sign(hours...)
	for _, place := range []string{hours[1].logs[0].place(), hours[1].place()} {
		raw := p.raw[place]
		content := unzip(raw)
		everyFlip(raw, func(i int, mask byte, flipped []byte) {
			p.raw[place] = flipped
			r := Verify(p.input())
			if r.ExitCode == 0 && !bytes.Equal(unzip(flipped), content) {
				t.Errorf("%s: byte %d flipped by %#x changes the content: %s", path.Base(place), i, mask, summary(r))
			}
		})
		p.raw[place] = raw
	}
}

func everyFlip(content []byte, try func(i int, mask byte, flipped []byte)) {
	for i := range content {
		for _, mask := range []byte{0x01, 0x20, 0x80, 0xff} {
			flipped := bytes.Clone(content)
			flipped[i] ^= mask
			try(i, mask, flipped)
		}
	}
}
