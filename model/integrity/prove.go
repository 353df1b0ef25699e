package integrity

import (
	"bytes"
	"path"
	"slices"
)

// keyState is what is known about the key a digest names.
type keyState int

const (
	keyKnown keyState = iota
	keyUnknown
	keyUnusable
)

func (v *verification) keyOf(d *Digest) ([]*Key, keyState) {
	ks := v.keys[d.Fingerprint]
	if len(ks) == 0 {
		return nil, keyUnknown
	}
	if ks[0].Unusable {
		return nil, keyUnusable
	}
	return ks, keyKnown
}

// signedBy is the best trusted key whose signature of n sig is, or nil.
func (v *verification) signedBy(n *node, sig []byte) *Key {
	if sig == nil {
		return nil
	}
	ks, state := v.keyOf(n.digest)
	if state != keyKnown {
		return nil
	}
	for _, k := range ks {
		if k.verifies(n.digest, n.file.Content, sig) {
			return k
		}
	}
	return nil
}

// checkable tells that n is a digest at its own place whose signature could be looked at.
func (n *node) checkable() bool { return n.digest != nil && n.place != Elsewhere }

// prove settles the status of every digest: first by its own signature, then by its successor's copy
// of the signature, then by the hash a proven successor gives, which carries on down the chain.
func (v *verification) prove() {
	for _, n := range v.nodes {
		v.proveAlone(n)
	}
	var proven []*node
	for _, n := range v.nodes {
		if n.listing {
			proven = append(proven, n)
		}
	}
	for len(proven) > 0 {
		n := proven[len(proven)-1]
		proven = proven[:len(proven)-1]
		if p := n.before; p != nil && p.checkable() && !p.listing && v.hashAgrees(n, p) && v.mayHashLink(p) {
			p.listing, p.trust = true, n.trust
			p.status = HashLinked
			v.markTrailing(p)
			proven = append(proven, p)
		}
	}
	for _, n := range v.nodes {
		v.condemn(n)
	}
}

// proveAlone looks at signatures: the digest's own metadata, then the copies in its successors.
func (v *verification) proveAlone(n *node) {
	if !n.checkable() {
		return
	}
	n.metadata = v.metadataOf(n)
	if n.metadata != nil && n.metadata.Signature != "" {
		if sig, err := DecodeSignature(n.metadata.Signature); err == nil {
			if k := v.signedBy(n, sig); k != nil {
				n.status, n.listing, n.trust = ValidSelf, true, k.Trust
			}
		}
	}
	for _, s := range n.after {
		k := v.signedBy(n, s.digest.PreviousSignature)
		if k == nil {
			continue
		}
		if !n.listing {
			n.status, n.listing, n.trust = ValidBySuccessor, true, k.Trust
		} else if k.Trust.rank() < n.trust.rank() {
			n.trust = k.Trust
		}
	}
	v.markTrailing(n)
}

// markTrailing makes a digest invalid whose signed first gzip member is followed by something; the
// signed member's listings are still believed.
func (v *verification) markTrailing(n *node) {
	if n.file.Trailing {
		n.status = Invalid
	}
}

func (v *verification) hashAgrees(successor, n *node) bool {
	return successor.digest.PreviousHash != nil && bytes.Equal(successor.digest.PreviousHash, n.file.Content[:])
}

// mayHashLink keeps a hash from speaking where a usable key and a signature already spoke against it.
func (v *verification) mayHashLink(n *node) bool {
	_, state := v.keyOf(n.digest)
	return state != keyKnown || n.metadata == nil || n.metadata.Signature == "" || n.status == Unverifiable
}

// condemn decides between invalid and unverifiable for what nothing has proven. A successor's word
// counts only when the successor is proven, so that a forged digest cannot blame an untouched one.
func (v *verification) condemn(n *node) {
	if n.listing || n.file.Unreadable != "" {
		return
	}
	if !n.checkable() {
		n.status = Invalid
		return
	}
	if n.file.Trailing {
		n.status = Invalid
		return
	}
	contradicted := false
	for _, s := range n.after {
		contradicted = contradicted || (s.listing && !v.hashAgrees(s, n) && s.digest.PreviousHash != nil)
	}
	_, state := v.keyOf(n.digest)
	switch {
	case contradicted:
		n.status = Invalid
	case state == keyKnown && n.metadata != nil && n.metadata.Signature != "":
		n.status = Invalid // a usable key says that this signature is not its own
	}
}

// metadataOf finds what S3 kept beside a digest, by the rules of places: the closest one.
func (v *verification) metadataOf(n *node) *Metadata {
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
