package integrity

import "bytes"

// reportDigests adds the findings about each counted digest and about the links.
func (v *verification) reportDigests() {
	for _, n := range v.nodes {
		v.reportLinks(n)
		if !n.counted {
			continue
		}
		v.report.Digests.count(n.status)
		if n.status.proven() {
			v.report.trusts[n.trust] = true
		}
		v.reportDigest(n)
	}
}

func (v *verification) reportDigest(n *node) {
	add := func(s Severity, code, detail string) { v.report.add(s, code, n.location(), detail) }
	switch {
	case n.file.Unreadable != "":
		add(Incomplete, "digest-unreadable", n.file.Unreadable)
		return
	case n.digest == nil:
		add(Adverse, "digest-format", whyFormat(n.file))
		return
	case n.place == Elsewhere:
		add(Adverse, "digest-moved", "it lies at "+n.file.Path+" and says it was delivered to "+n.digest.Location())
		return
	}
	if n.file.Trailing {
		add(Adverse, "digest-trailing-data", "something follows the digest in its file")
	}
	if n.file.Damaged {
		add(Notice, "container-damaged", "the end of its gzip file is cut or wrong; the content is whole")
	}
	v.reportSignature(n, add)
	if m := n.metadata; m != nil {
		if m.Algorithm != "" && m.Algorithm != signatureAlgorithm {
			add(Notice, "digest-algorithm-unexpected", "its metadata names the algorithm "+m.Algorithm)
		}
		if n.chain.Kind == Backfill && m.BackfillTimestamp == "" {
			add(Notice, "backfill-timestamp-absent", "its metadata lacks the time it was generated")
		}
	}
	if a := n.digest.Algorithm; a != "" && a != signatureAlgorithm {
		add(Notice, "digest-algorithm-unexpected", "it names the algorithm "+a)
	}
}

func whyFormat(f *File) string {
	if f.Gzip && !f.Whole {
		return "its gzip stream is cut or broken"
	}
	if _, err := ParseDigest(f.Body); err != nil {
		return err.Error()
	}
	return "it could not be read as a digest"
}

func (v *verification) reportSignature(n *node, add func(Severity, string, string)) {
	soft := Incomplete
	if n.listing {
		soft = Notice
	}
	switch _, state := v.keyOf(n.digest); state {
	case keyUnknown:
		detail := "no key " + withFingerprint(n.digest.Fingerprint) + " was given"
		if why := v.in.KeysDenied[n.chain.Region]; why != "" {
			detail += "; " + why
		}
		add(soft, "digest-key-unknown", detail)
		n.reportOtherSignature(add)
		return
	case keyUnusable:
		add(soft, "digest-key-unusable", "the key "+withFingerprint(n.digest.Fingerprint)+" is refused: "+v.keys[n.digest.Fingerprint][0].Problem)
		n.reportOtherSignature(add)
		return
	}
	switch {
	case n.own:
	case !n.hasSignature():
		if !n.listing && n.contradicted() {
			add(Adverse, "digest-signature-invalid", "its content is not what its successor vouches for")
			return
		}
		detail := "its signature is kept by S3 beside the object and is not here"
		if len(n.after) == 0 {
			detail += "; no successor is here that repeats it"
		}
		add(soft, "digest-signature-absent", detail)
	case n.listing:
		add(Adverse, "digest-metadata-signature-mismatch", "its successor proves it, but the signature kept beside it is another")
	default:
		add(Adverse, "digest-signature-invalid", "its content does not match its signature")
	}
}

// reportOtherSignature compares, where no key can, the signature kept beside a digest with the copy in
// the successors that prove it. Signatures of this kind have one form only, so another one is wrong.
func (n *node) reportOtherSignature(add func(Severity, string, string)) {
	if !n.listing || !n.hasSignature() {
		return
	}
	kept, err := DecodeSignature(n.metadata.Signature)
	if err != nil {
		add(Adverse, "digest-metadata-signature-mismatch", "its successor proves it, but what is kept beside it is no signature")
		return
	}
	other := false
	for _, l := range n.after {
		if !l.from.listing || !l.hashed || l.from.digest.PreviousSignature == nil {
			continue
		}
		if bytes.Equal(kept, l.from.digest.PreviousSignature) {
			return
		}
		other = true
	}
	if other {
		add(Adverse, "digest-metadata-signature-mismatch", "its successor proves it and repeats another signature than the one kept beside it")
	}
}

// reportDenial tells why an unproven digest cannot be what CloudTrail delivered after its predecessor.
func (v *verification) reportDenial(n *node) {
	l := n.denial
	if l == nil || !n.counted {
		return
	}
	if !l.hashed {
		v.report.add(Adverse, "link-hash-mismatch", n.location(), "the hash it gives for its proven predecessor "+l.to.location()+" is not its hash")
		return
	}
	v.report.add(Adverse, "link-signature-mismatch", n.location(), "the signature it repeats is not that of its proven predecessor "+l.to.location())
}

// reportLinks compares what a proven digest says of its predecessor with the predecessor. The object
// of a finding is whichever of the two is not proven by another way, else the successor; it is
// reported if that one is counted.
func (v *verification) reportLinks(n *node) {
	if !n.listing {
		v.reportDenial(n)
		return
	}
	for i, l := range n.links {
		p := l.to
		if !p.checkable() || p.file.Unreadable != "" || (i > 0 && p.listing) {
			continue
		}
		object := n
		if !p.listing {
			object = p
		}
		if !object.counted {
			continue
		}
		if !l.hashed {
			v.report.add(Adverse, "link-hash-mismatch", object.location(), "the hash that "+n.location()+" gives for "+p.location()+" is not its hash")
		}
		if _, state := v.keyOf(p.digest); state == keyKnown && p.listing && l.signed == nil {
			v.report.add(Adverse, "link-signature-mismatch", object.location(), "the signature that "+n.location()+" repeats is not that of "+p.location())
		}
	}
}
