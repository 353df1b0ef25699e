package accesslog

import (
	"bytes"
	"strings"

	"trailsift/model"
)

// fill makes r the record of f.
func (p *Parser) fill(r *model.Record, f *fields) {
	var odd bool
	if r.Time, odd = p.clock.unix(f.time); odd {
		r.Flags |= model.FlagOddTime
	}
	r.Flags |= f.flags
	r.Log, r.Category, r.Service = model.AccessLog, model.Data, "s3"
	r.FieldCount = uint8(min(f.count, 255))
	r.Owner, r.Bucket, r.IP, r.RequestID = value(f.owner), value(f.bucket), value(f.ip), value(f.requestID)
	r.RequestURI, r.Error, r.Status = value(f.uri), value(f.errorCode), f.status
	r.BytesOut, r.ObjectSize, r.DurationMS, r.TurnAroundMS = f.sent, f.size, f.total, f.turn
	r.Referer, r.Agent = value(f.referer), value(f.agent)
	identity(r, text(f.requester))
	p.object(r, f)
	operation(r, f)
	p.fillTail(r, f)
	p.judge(r)
}

// fillTail sets what stands after the agent.
func (p *Parser) fillTail(r *model.Record, f *fields) {
	t := &f.tail
	r.Version, r.HostID = value(t[tailVersion]), value(t[tailHostID])
	r.Sig, r.Cipher, r.Host = value(t[tailSig]), value(t[tailCipher]), value(t[tailHost])
	r.TLS = p.tls(value(t[tailTLS]))
	r.AccessPoint, r.Region = value(t[tailAccessPoint]), value(t[tailRegion])
	if r.Auth = auth(t[tailAuth]); r.Auth == "none" && r.ActorType == "AWSService" {
		r.Auth = "" // S3 itself acted: there was nothing to sign
	}
	if bytes.EqualFold(t[tailACLRequired], []byte("Yes")) {
		r.ACLRequired = model.True
	}
	r.ExtraFields = text(f.extra)
	if len(f.uri) > 0 {
		r.AccessKey = p.signingKey(f)
	}
}

// judge sets what follows from the other fields.
func (p *Parser) judge(r *model.Record) {
	r.Outcome = model.ClassifyOutcome(r.Error, r.Status)
	r.Enc = model.EncForAccessLog(r.Op, r.Outcome)
	switch {
	case r.Op == "CreateMultipartUpload":
		r.Flags |= model.FlagUploadStarted
	case r.Op == "DeleteObjects" && r.Outcome == model.OK:
		r.Flags |= model.FlagPerKeyUnknown
	}
}

// repair makes every text of a line that is not UTF-8 printable; the line itself is the evidence.
func (p *Parser) repair(r *model.Record) {
	r.Flags |= model.FlagBadUTF8
	for _, s := range [...]*string{
		&r.Owner, &r.Bucket, &r.IP, &r.RequestID, &r.RequestURI, &r.Error, &r.Referer, &r.Agent,
		&r.Actor, &r.ActorAccount, &r.Session, &r.InvokedBy, &r.Key, &r.KeyRaw, &r.Op, &r.OpRaw,
		&r.Version, &r.HostID, &r.Sig, &r.Cipher, &r.Host, &r.TLS, &r.AccessPoint, &r.Region, &r.Auth,
		&r.ExtraFields,
	} {
		*s = p.arena.repaired(*s)
	}
}

// value is a field as text, empty when it is a dash.
func value(b []byte) string {
	if len(b) == 1 && b[0] == '-' {
		return ""
	}
	return text(b)
}

// tls spells versions as CloudTrail does: TLSv1.2, also for TLSV1.2 and 1.2.
func (p *Parser) tls(s string) string {
	switch {
	case s == "" || strings.HasPrefix(s, "TLSv"):
		return s
	case len(s) > 4 && strings.EqualFold(s[:4], "TLSv"):
		return p.arena.join("TLSv", s[4:])
	case s[0] >= '0' && s[0] <= '9':
		return p.arena.join("TLSv", s)
	}
	return s
}

func auth(b []byte) string {
	switch {
	case bytes.Equal(b, []byte("AuthHeader")):
		return "header"
	case bytes.Equal(b, []byte("QueryString")):
		return "query"
	case bytes.Equal(b, []byte("-")):
		return "none"
	}
	return value(b)
}
