package integrity

import (
	"cmp"
	"path"
	"slices"
	"time"
)

// node is one digest that is present.
type node struct {
	file     *File
	digest   *Digest // nil when the bytes are no digest
	chain    ChainID
	start    time.Time // equals end when nobody could read it
	end      time.Time
	place    Rank
	status   Status
	listing  bool    // its listings may be believed: proven, or the signed first member of a file with trailing data
	trust    Trust   // of the best proof
	links    []*link // to what lies at the place it names as its predecessor; the likeliest first
	after    []*link // from the digests that name its place
	metadata *Metadata
	signers  map[string]*Key // by a signature that somebody gave of it; only signedBy uses it
	own      bool            // its own signature is good
	counted  bool            // its window overlaps the range
	aside    bool            // lies where no digest of the chain has its place: no neighbour in time
	adopted  bool            // only a link says that it should be a digest
	denial   *link           // to a proven predecessor that contradicts it, where nothing else tells what it is
	second   bool            // another file claims the same place and has the better right to it
}

// link is what one digest says of its predecessor, compared with a file that may be it.
type link struct {
	from, to *node
	hashed   bool // the hash it gives is that of the file
	signed   *Key // whose signature of the file it repeats
}

// checkable tells that n is a digest at its own place whose signature could be looked at.
func (n *node) checkable() bool { return n.digest != nil && n.place != Elsewhere }

// hasSignature tells that something is kept beside n as its signature, whatever it is.
func (n *node) hasSignature() bool { return n.metadata != nil && n.metadata.Signature != "" }

// before is the present predecessor, nil when there is none.
func (n *node) before() *node {
	if len(n.links) == 0 {
		return nil
	}
	return n.links[0].to
}

func (n *node) location() string {
	if n.checkable() && !n.second {
		return n.digest.Location()
	}
	return n.file.Path
}

func (n *node) listed() []string {
	if n.digest == nil {
		return nil
	}
	out := make([]string, len(n.digest.Logs))
	for i, l := range n.digest.Logs {
		out[i] = l.Location()
	}
	return out
}

// window is n as a strip shows it.
func (n *node) window() Window {
	w := Window{From: n.start, To: n.end, Status: n.status, Object: n.location(), File: n.file, Logs: n.listed(), Counted: n.counted}
	if n.digest != nil {
		w.Previous, w.Fingerprint = n.digest.PreviousLocation(), n.digest.Fingerprint
	}
	if n.status.proven() {
		w.Trust = n.trust
	}
	return w
}

// contradicted tells that a proven digest gives another hash for this place.
func (n *node) contradicted() bool {
	return slices.ContainsFunc(n.after, func(l *link) bool {
		return l.from.listing && !l.hashed && l.from.digest.PreviousHash != nil
	})
}

// deniedBy is the link in which a digest contradicts its proven predecessor; nil when a file at that
// place agrees with it, or none is proven.
func (v *verification) deniedBy(n *node) *link {
	var denial *link
	for _, l := range n.links {
		p := l.to
		if !p.listing || !p.checkable() || p.file.Unreadable != "" {
			continue
		}
		_, state := v.keyOf(p.digest)
		switch {
		case !l.hashed && n.digest.PreviousHash != nil, l.hashed && state == keyKnown && l.signed == nil:
			denial = l
		default:
			return nil
		}
	}
	return denial
}

// findDigests makes a node of every file that is a digest by its content or by its place.
func (v *verification) findDigests() {
	nodes := make([]*node, len(v.in.Files))
	abreast(len(nodes), func(i int) { nodes[i] = newNode(v.in.Files[i]) })
	for _, n := range nodes {
		if n != nil {
			v.byFile[n.file] = n
			v.nodes = append(v.nodes, n)
		}
	}
	v.adoptLinked()
	v.mergeCopies()
}

// newNode is nil for a file that is no digest. Anybody who can make a request can have the words of a
// digest written into a log file, so a file that is a digest neither by its name nor by parsing as
// one, or that has a log's name, is none.
func newNode(f *File) *node {
	name, named := ParseDigestName(f.Path)
	n := &node{file: f, status: Unverifiable, chain: name.Chain, start: name.End, end: name.End}
	if !named {
		if _, isLog := ParseLogName(f.Path); isLog || !f.Digest {
			return nil
		}
	}
	n.read()
	switch {
	case n.digest == nil && !named:
		return nil
	case n.digest == nil:
		return n
	case n.place == Elsewhere && named:
		return n // moved: its place says which digest it stands for
	}
	n.aside = n.place == Elsewhere
	n.start, n.end = n.digest.Start, n.digest.End
	if claimed, ok := ParseDigestName(n.digest.Object); ok {
		n.chain = claimed.Chain
	} else if !named {
		n.chain = ChainID{Account: n.digest.Account, Kind: Standard}
	}
	return n
}

func (n *node) read() {
	f := n.file
	if f.Unreadable != "" || (f.Gzip && !f.Whole) || f.Body == nil {
		return
	}
	if d, err := ParseDigest(f.Body); err == nil {
		n.digest, n.place = d, rankOfFile(f, d.Bucket, d.Object)
	}
}

// adoptLinked makes nodes of files that only a link names as digests. They are kept if the link turns
// out to be a proven digest's: a forged one must not turn other files into broken digests.
func (v *verification) adoptLinked() {
	for i := 0; i < len(v.nodes); i++ {
		s := v.nodes[i]
		if s.digest == nil || s.digest.PreviousLocation() == "" {
			continue
		}
		for _, f := range v.shelf.all(s.digest.PreviousBucket, s.digest.PreviousObject) {
			if _, isLog := ParseLogName(f.Path); isLog || v.byFile[f] != nil {
				continue
			}
			n := &node{file: f, status: Unverifiable, adopted: true, chain: s.chain, start: s.start, end: s.start}
			n.read()
			if n.digest != nil && n.place != Elsewhere {
				n.start, n.end = n.digest.Start, n.digest.End
			}
			v.byFile[f] = n
			v.nodes = append(v.nodes, n)
		}
	}
}

// releaseAdopted gives back the files that only unproven digests called digests.
func (v *verification) releaseAdopted() {
	v.nodes = slices.DeleteFunc(v.nodes, func(n *node) bool {
		kept := !n.adopted || n.listing || slices.ContainsFunc(n.after, func(l *link) bool { return l.from.listing })
		if !kept {
			delete(v.byFile, n.file)
			for _, l := range n.after {
				l.from.links = slices.DeleteFunc(l.from.links, func(o *link) bool { return o == l })
			}
		}
		return !kept
	})
}

// mergeCopies keeps one node of files that claim the same place with the same content: the closest.
func (v *verification) mergeCopies() {
	type identity struct {
		location          string
		content           [32]byte
		trailing, damaged bool
	}
	best := map[identity]int{}
	kept := make([]*node, 0, len(v.nodes))
	for _, n := range v.nodes {
		if !n.checkable() {
			kept = append(kept, n)
			continue
		}
		id := identity{n.digest.Location(), n.file.Content, n.file.Trailing, n.file.Damaged}
		at, seen := best[id]
		switch {
		case !seen:
			best[id] = len(kept)
			kept = append(kept, n)
		case n.place > kept[at].place:
			v.byFile[kept[at].file] = n
			kept[at] = n
		default:
			v.byFile[n.file] = kept[at]
		}
	}
	v.nodes = kept
}

// order sorts the nodes, groups them by chain, and settles who has the best right to a claimed place:
// what is proven, then what lies closest.
func (v *verification) order() {
	slices.SortStableFunc(v.nodes, func(a, b *node) int {
		return cmp.Or(a.chain.compare(b.chain), a.end.Compare(b.end), a.start.Compare(b.start), compareFiles(a.file, b.file))
	})
	first := map[string]*node{}
	for _, n := range v.nodes {
		v.chains[n.chain] = append(v.chains[n.chain], n)
		if !n.checkable() {
			continue
		}
		old := first[n.digest.Location()]
		switch {
		case old == nil:
			first[n.digest.Location()] = n
		case (n.listing && !old.listing) || (n.listing == old.listing && n.place > old.place):
			old.second = true
			first[n.digest.Location()] = n
		default:
			n.second = true
		}
	}
}

func (c ChainID) compare(o ChainID) int {
	return cmp.Or(cmp.Compare(c.Account, o.Account), cmp.Compare(c.Region, o.Region), cmp.Compare(c.Trail, o.Trail),
		cmp.Compare(c.Home, o.Home), cmp.Compare(o.Kind, c.Kind))
}

// name is the object of findings about a chain.
func (c ChainID) name() string { return c.Account + " " + c.Region + " " + c.Trail }

// link ties every digest to what lies at the place its link names. Several files may claim that place:
// the one whose hash agrees is the likeliest predecessor, then the closest.
func (v *verification) link() {
	var byContent map[[32]byte][]*node
	for _, n := range v.nodes {
		if n.digest == nil || !n.digest.HasPrevious {
			continue
		}
		var at []*node
		if n.digest.PreviousLocation() != "" {
			at = v.nodesAt(n.digest.PreviousBucket, n.digest.PreviousObject)
		} else if n.digest.PreviousHash != nil {
			if byContent == nil {
				byContent = v.nodesByContent()
			}
			at = byContent[[32]byte(n.digest.PreviousHash)]
		}
		for _, p := range at {
			l := &link{from: n, to: p}
			if p.checkable() {
				l.hashed = n.digest.PreviousHash != nil && [32]byte(n.digest.PreviousHash) == p.file.Content
			}
			n.links = append(n.links, l)
			p.after = append(p.after, l)
		}
		slices.SortStableFunc(n.links, func(a, b *link) int {
			if a.hashed == b.hashed {
				return 0
			}
			if a.hashed {
				return -1
			}
			return 1
		})
	}
	abreast(len(v.nodes), func(i int) {
		if p := v.nodes[i]; p.checkable() {
			for _, l := range p.after {
				l.signed = v.signedBy(p, l.from.digest.PreviousSignature)
			}
		}
	})
}

// nodesByContent finds the digests that a link means which gives a hash and no place.
func (v *verification) nodesByContent() map[[32]byte][]*node {
	out := map[[32]byte][]*node{}
	for _, n := range v.nodes {
		if n.checkable() {
			out[n.file.Content] = append(out[n.file.Content], n)
		}
	}
	return out
}

// nodesAt are the digests that claim a place; without any, the one that lies there.
func (v *verification) nodesAt(bucket, object string) []*node {
	var claim []*node
	var there *node
	for _, f := range v.shelf.all(bucket, object) {
		p := v.byFile[f]
		switch {
		case p == nil:
		case p.checkable() && p.digest.Bucket == bucket && p.digest.Object == object:
			if !slices.Contains(claim, p) {
				claim = append(claim, p)
			}
		case there == nil:
			there = p
		}
	}
	if claim == nil && there != nil {
		return []*node{there}
	}
	return claim
}

// metadataOf finds what S3 kept beside a digest, by the rules of places: the closest one.
func (v *verification) metadataOf(n *node) *Metadata {
	if n.file.Metadata != nil {
		return n.file.Metadata
	}
	if m, ok := v.in.Metadata[n.digest.Location()]; ok {
		return &m
	}
	if m, ok := v.in.Metadata[n.file.Path]; ok {
		return &m
	}
	var best *Metadata
	rank := Elsewhere
	for _, place := range v.metadataPlaces()[path.Base(n.digest.Object)] {
		if r := RankOf(place, n.digest.Bucket, n.digest.Object); r > rank {
			m := v.in.Metadata[place]
			best, rank = &m, r
		}
	}
	return best
}

// metadataPlaces groups the places of the metadata by base name, once a run.
func (v *verification) metadataPlaces() map[string][]string {
	if v.places == nil {
		v.places = make(map[string][]string, len(v.in.Metadata))
		for place := range v.in.Metadata {
			b := path.Base(place)
			v.places[b] = append(v.places[b], place)
		}
		for _, list := range v.places {
			slices.Sort(list)
		}
	}
	return v.places
}
