package integrity

import (
	"cmp"
	"slices"
	"time"
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
}

// Event is a change of a trail that the evidence records.
type Event struct {
	Time    time.Time
	Account string
	Region  string
	Text    string // "StopLogging by arn:…": foreign text
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
)

func (s Status) proven() bool { return s == ValidSelf || s == ValidBySuccessor || s == HashLinked }

// node is one digest that is present.
type node struct {
	file     *File
	digest   *Digest // nil when the bytes are no digest
	chain    ChainID
	start    time.Time
	end      time.Time
	place    Rank
	status   Status
	listing  bool  // its listings may be believed: proven, or the signed first member of a file with trailing data
	trust    Trust // of the best proof
	before   *node // the present digest its link names
	after    []*node
	counted  bool
	metadata *Metadata
}

func (n *node) location() string {
	if n.digest != nil && n.place != Elsewhere {
		return n.digest.Location()
	}
	return n.file.Path
}

// verification is one run.
type verification struct {
	in     Input
	shelf  *shelf
	keys   map[string][]*Key // by fingerprint, usable ones first, best trust first
	nodes  []*node           // by chain, then end, then path
	byFile map[*File]*node
	chains map[ChainID][]*node
	report *Report
	places map[string][]string // of metadata, by base name
}

// Verify judges every digest and log file of in. It never fails: what cannot be judged is counted
// and said. Equal input gives an equal report.
func Verify(in Input) *Report {
	v := &verification{in: in, byFile: map[*File]*node{}, chains: map[ChainID][]*node{}, report: newReport(in)}
	v.in.Files, v.in.Keys = slices.Clone(in.Files), slices.Clone(in.Keys)
	slices.SortFunc(v.in.Files, func(a, b *File) int { return cmp.Compare(a.Path, b.Path) })
	v.shelf = newShelf(v.in.Files)
	v.chooseKeys()
	v.findDigests()
	v.link()
	v.prove()
	v.selectRange()
	v.reportDigests()
	v.walkChains()
	v.judgeLogs()
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
		if IsDemoKey(k.SHA256) {
			k.Trust = TrustDemo
		}
		v.report.addKey(k)
		if supplied && !given {
			continue
		}
		if k.Mislabeled {
			v.report.add(Notice, "key-mislabelled", k.Origin, "the key named "+k.Fingerprint+" is refused: "+k.Problem)
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

// findDigests makes a node of every file that is a digest by its content or by its place.
func (v *verification) findDigests() {
	for _, f := range v.in.Files {
		if n := v.digestNode(f); n != nil {
			v.byFile[f] = n
			v.nodes = append(v.nodes, n)
		}
	}
	v.adoptLinked()
	v.mergeCopies()
	slices.SortStableFunc(v.nodes, func(a, b *node) int {
		return cmp.Or(a.chain.compare(b.chain), a.end.Compare(b.end), a.start.Compare(b.start), cmp.Compare(a.file.Path, b.file.Path))
	})
	for _, n := range v.nodes {
		v.chains[n.chain] = append(v.chains[n.chain], n)
	}
}

func (v *verification) digestNode(f *File) *node {
	name, named := ParseDigestName(f.Path)
	if !f.Digest && !named {
		return nil
	}
	return v.newNode(f, name, named)
}

func (v *verification) newNode(f *File, name DigestName, named bool) *node {
	n := &node{file: f, status: Unverifiable, chain: name.Chain, end: name.End, start: name.End}
	if f.Unreadable != "" || (f.Gzip && !f.Whole) || f.Body == nil {
		return n
	}
	d, err := ParseDigest(f.Body)
	if err != nil {
		return n
	}
	n.digest, n.place = d, rankOfFile(f, d.Bucket, d.Object)
	if n.place == Elsewhere && named {
		return n // moved: its place says which digest it stands for
	}
	n.start, n.end = d.Start, d.End
	if claimed, ok := ParseDigestName(d.Object); ok {
		n.chain = claimed.Chain
	} else if !named {
		n.chain = ChainID{Account: d.Account, Kind: Standard}
	}
	return n
}

// adoptLinked makes nodes of files that only a link names as digests, until no link names a new one.
func (v *verification) adoptLinked() {
	for i := 0; i < len(v.nodes); i++ {
		d := v.nodes[i].digest
		if d == nil || d.PreviousLocation() == "" {
			continue
		}
		for _, f := range v.shelf.all(d.PreviousBucket, d.PreviousObject) {
			if v.byFile[f] == nil {
				name, named := ParseDigestName(d.PreviousObject)
				n := v.newNode(f, name, named)
				v.byFile[f] = n
				v.nodes = append(v.nodes, n)
			}
		}
	}
}

// mergeCopies keeps one node of files that claim the same place with the same content: the closest.
func (v *verification) mergeCopies() {
	type identity struct {
		location string
		content  [32]byte
		trailing bool
	}
	best := map[identity]*node{}
	kept := v.nodes[:0:0]
	for _, n := range v.nodes {
		if n.digest == nil || n.place == Elsewhere {
			kept = append(kept, n)
			continue
		}
		id := identity{n.digest.Location(), n.file.Content, n.file.Trailing}
		old := best[id]
		switch {
		case old == nil:
			best[id] = n
			kept = append(kept, n)
		case n.place > old.place:
			kept[slices.Index(kept, old)] = n
			best[id] = n
			v.byFile[old.file] = n
		default:
			v.byFile[n.file] = old
		}
	}
	v.nodes = kept
}

func (c ChainID) compare(o ChainID) int {
	return cmp.Or(cmp.Compare(c.Account, o.Account), cmp.Compare(c.Region, o.Region), cmp.Compare(c.Trail, o.Trail),
		cmp.Compare(c.Home, o.Home), cmp.Compare(o.Kind, c.Kind))
}

// link ties every digest to the present one its link names.
func (v *verification) link() {
	for _, n := range v.nodes {
		if n.digest == nil || n.digest.PreviousLocation() == "" {
			continue
		}
		if p := v.nodeAt(n.digest.PreviousBucket, n.digest.PreviousObject); p != nil {
			n.before = p
			p.after = append(p.after, n)
		}
	}
}

// nodeAt is the digest that stands at a place: the one that claims it, else the file that lies there.
func (v *verification) nodeAt(bucket, object string) *node {
	var there *node
	for _, f := range v.shelf.all(bucket, object) {
		p := v.byFile[f]
		if p == nil {
			continue
		}
		if p.digest != nil && p.digest.Bucket == bucket && p.digest.Object == object {
			return p
		}
		if there == nil {
			there = p
		}
	}
	return there
}
