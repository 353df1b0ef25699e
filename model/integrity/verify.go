package integrity

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"trailsift/model"
)

// File is one file or object among the evidence, read once by somebody else.
type File struct {
	// Path is the place below the folder that was given, or bucket/key; slashes, foreign text.
	Path string
	// Unreadable says why the bytes could not be had or pass a size limit; empty when they are in hand.
	Unreadable string
	// Gzip: the bytes start 1f 8b. Otherwise Content is the hash of the bytes as they are.
	Gzip bool
	// Whole: the deflate stream of the first gzip member ends, so Content is the hash of all of it.
	Whole bool
	// Damaged: the gzip trailer is cut or wrong. Trailing: something follows the first gzip member.
	Damaged, Trailing bool
	Content           [32]byte
	// Body is the expanded content of files that look like digests or may be ones by their place.
	Body []byte
	// Digest: the content looks like a digest, whatever its name.
	Digest bool
	// Member is the file's number in a case; zero outside of one.
	Member model.MemberID
	// Version is the id of the older version of an object that this is; empty for what its key holds
	// now. Foreign text.
	Version string
	// Metadata is what was kept beside this very file, where that is known.
	Metadata *Metadata
}

// Metadata is what S3 keeps beside a digest and no plain copy does.
type Metadata struct {
	Signature         string // x-amz-meta-signature
	Algorithm         string // x-amz-meta-signature-algorithm
	BackfillTimestamp string // x-amz-meta-backfill-generation-timestamp
}

// Input is everything a verification looks at.
type Input struct {
	Files []*File
	Keys  []Key
	// Metadata is by the place it was given for: bucket/key, or a path as in File.Path.
	Metadata map[string]Metadata
	// Since and Until bound the asked range, half-open; zero means the evidence itself.
	Since, Until time.Time
	// Source is where the range came from: asked, window, or evidence.
	Source string
	// Events are what may coincide with a gap, in any order.
	Events []Event
	// Versions says by place, bucket/key, what came of looking for older versions of what is altered or
	// missing there, where none is among Files.
	Versions map[string]string
	// KeysDenied says by Region why AWS, when it was asked, gave no public keys.
	KeysDenied map[string]string
}

// Status is what was found about one digest.
type Status string

// The statuses of digests. Those from ValidSelf to HashLinked are proven.
const (
	ValidSelf        Status = "valid"
	ValidBySuccessor Status = "valid_by_successor"
	HashLinked       Status = "hash_linked"
	Unverifiable     Status = "unverifiable"
	Invalid          Status = "invalid"
	// Missing is a run of digests that a link names and nobody has; only windows have it.
	Missing Status = "missing"
)

// Proven tells that the digest is what CloudTrail delivered.
func (s Status) Proven() bool { return s.proven() }

func (s Status) proven() bool { return s == ValidSelf || s == ValidBySuccessor || s == HashLinked }

// verification is one run.
type verification struct {
	in     Input
	shelf  *shelf
	keys   map[string][]*Key // by fingerprint, usable ones first, best trust first
	nodes  []*node           // by chain, then end, then path
	byFile map[*File]*node
	chains map[ChainID][]*node
	lines  map[[2]string][]*line // standard ones, by account and region
	report *Report
	places map[string][]string // of metadata, by base name
	unread *unreads
}

// Verify judges every digest and log file of in. It never fails: what cannot be judged is counted
// and said. Equal input gives an equal report.
func Verify(in Input) *Report {
	v := &verification{in: in, byFile: map[*File]*node{}, chains: map[ChainID][]*node{}, lines: map[[2]string][]*line{}, report: newReport(in)}
	v.in.Files, v.in.Keys = slices.Clone(in.Files), slices.Clone(in.Keys)
	slices.SortStableFunc(v.in.Files, compareFiles)
	slices.SortStableFunc(v.in.Keys, compareKeys)
	v.shelf, v.unread = newShelf(v.in.Files), newUnreads(v.in.Files)
	v.chooseKeys()
	v.findDigests()
	v.link()
	v.prove()
	v.releaseAdopted()
	v.order()
	v.selectRange()
	v.reportDigests()
	v.walkChains()
	v.judgeLogs()
	v.reportUnread()
	v.tellVersions()
	v.finish()
	return v.report
}

// chooseKeys decides which keys may prove anything. Keys that lay among the evidence, demo keys
// there included, are used only when nobody supplied better ones.
func (v *verification) chooseKeys() {
	supplied := slices.ContainsFunc(v.in.Keys, func(k Key) bool { return k.supplied() })
	v.keys = map[string][]*Key{}
	for i := range v.in.Keys {
		k := &v.in.Keys[i]
		given := k.supplied()
		if k.isDemo() {
			k.Trust = TrustDemo
		}
		v.report.addKey(k)
		if supplied && !given {
			continue
		}
		if k.Mislabeled {
			v.report.add(Notice, "key-mislabelled", k.Origin, "the key "+withFingerprint(k.Fingerprint)+" is refused: "+k.Problem)
		}
		v.keys[k.Fingerprint] = append(v.keys[k.Fingerprint], k)
	}
	for _, ks := range v.keys {
		slices.SortStableFunc(ks, func(a, b *Key) int {
			if a.Unusable != b.Unusable {
				if b.Unusable {
					return -1
				}
				return 1
			}
			return cmp.Compare(a.Trust.rank(), b.Trust.rank())
		})
	}
}

// compareFiles and compareKeys put input into an order of its own, so that the order it was given in
// shows nowhere.
func compareFiles(a, b *File) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Unreadable, b.Unreadable), bytes.Compare(a.Content[:], b.Content[:]),
		compareBool(a.Gzip, b.Gzip), compareBool(a.Whole, b.Whole), compareBool(a.Damaged, b.Damaged), compareBool(a.Trailing, b.Trailing), cmp.Compare(a.Version, b.Version))
}

func compareKeys(a, b Key) int {
	return cmp.Or(cmp.Compare(a.Trust.rank(), b.Trust.rank()), cmp.Compare(a.Origin, b.Origin), cmp.Compare(a.Region, b.Region),
		cmp.Compare(a.Fingerprint, b.Fingerprint), cmp.Compare(a.SHA256, b.SHA256), a.From.Compare(b.From))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// asked tells that a range was asked for.
func (v *verification) asked() bool { return v.report.Range.Source != sourceEvidence }

// finish gives the report its range and order and draws the conclusion.
func (v *verification) finish() {
	var from, to time.Time
	for i := range v.report.Chains {
		c := &v.report.Chains[i]
		slices.SortStableFunc(c.Windows, func(a, b Window) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) })
		if i == 0 || c.From.Before(from) {
			from = c.From
		}
		to = later(c.To, to)
	}
	if !v.asked() && len(v.report.Chains) > 0 {
		v.report.Range.From, v.report.Range.To = &from, &to
	}
	v.report.conclude()
}
