package integrity

import "slices"

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

// signedBy is the best trusted key whose signature of n sig is, or nil. A digest's own signature and the
// copy in its successor are mostly the same bytes: these are looked at once. Nobody else may work on n.
func (v *verification) signedBy(n *node, sig []byte) *Key {
	if sig == nil {
		return nil
	}
	ks, state := v.keyOf(n.digest)
	if state != keyKnown {
		return nil
	}
	k, known := n.signers[string(sig)]
	if known {
		return k
	}
	if i := slices.IndexFunc(ks, func(k *Key) bool { return k.verifies(n.digest, n.file.Content, sig) }); i >= 0 {
		k = ks[i]
	}
	if n.signers == nil {
		n.signers = map[string]*Key{}
	}
	n.signers[string(sig)] = k
	return k
}

// prove settles the status of every digest: first by its own signature, then by a successor's copy of
// the signature, then by the hash a proven successor gives, which carries on down the chain. The best
// of several proofs decides the trust.
func (v *verification) prove() {
	var proven []*node
	for _, n := range v.nodes {
		v.proveAlone(n)
		if n.listing {
			proven = append(proven, n)
		}
	}
	for len(proven) > 0 {
		n := proven[len(proven)-1]
		proven = proven[:len(proven)-1]
		for _, l := range n.links {
			p := l.to
			switch {
			case !l.hashed:
				continue
			case !p.listing:
				p.believe(HashLinked, n.trust)
			case n.trust.rank() < p.trust.rank():
				p.trust = n.trust
			default:
				continue
			}
			proven = append(proven, p)
		}
	}
	for _, n := range v.nodes {
		v.condemn(n)
	}
}

// believe records a proof. A digest whose signed first gzip member is followed by something is
// invalid all the same; only its listings are believed.
func (n *node) believe(s Status, trust Trust) {
	n.status, n.listing, n.trust = s, true, trust
	if n.file.Trailing {
		n.status = Invalid
	}
}

// proveAlone looks at signatures: the digest's own metadata, then the copies in its successors.
func (v *verification) proveAlone(n *node) {
	if !n.checkable() {
		return
	}
	n.metadata = v.metadataOf(n)
	if n.hasSignature() {
		if sig, err := DecodeSignature(n.metadata.Signature); err == nil {
			if k := v.signedBy(n, sig); k != nil {
				n.own = true
				n.believe(ValidSelf, k.Trust)
			}
		}
	}
	for _, l := range n.after {
		switch {
		case l.signed == nil:
		case !n.listing:
			n.believe(ValidBySuccessor, l.signed.Trust)
		case l.signed.Trust.rank() < n.trust.rank():
			n.trust = l.signed.Trust
		}
	}
}

// condemn decides between invalid and unverifiable for what nothing has proven. A successor's word
// counts only when the successor is proven, so that a forged digest cannot blame an untouched one.
func (v *verification) condemn(n *node) {
	if n.listing || n.file.Unreadable != "" {
		return
	}
	switch {
	case !n.checkable(), n.file.Trailing, n.contradicted():
		n.status = Invalid
	case n.hasSignature():
		if _, state := v.keyOf(n.digest); state == keyKnown {
			n.status = Invalid // a usable key says that this signature is not its own
		}
	}
	if n.status == Unverifiable {
		if n.denial = v.deniedBy(n); n.denial != nil {
			n.status = Invalid
		}
	}
}
