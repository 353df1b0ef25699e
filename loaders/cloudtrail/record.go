package cloudtrail

import (
	"strconv"
	"strings"

	"trailsift/model"
)

// text is the value of a member that is a text, else "".
func (p *Parser) text(s slot) string {
	if !p.e.has(s) {
		return ""
	}
	it := &p.e.items[p.e.at[s]]
	if p.e.b[it.val] != '"' {
		return ""
	}
	raw := p.e.b[it.val+1 : it.end-1]
	if it.escaped {
		return p.arena.unescaped(raw)
	}
	return view(raw)
}

// raw is the JSON of a member, nil when the record has none.
func (p *Parser) raw(s slot) []byte {
	if !p.e.has(s) {
		return nil
	}
	it := &p.e.items[p.e.at[s]]
	return p.e.b[it.val:it.end]
}

// lean says that a promoted member's value is in its column and nowhere else.
func (p *Parser) lean(r *model.Record, s slot) {
	if p.e.once(s) {
		r.Lean |= 1 << s
	}
}

// direct is a promoted text whose column holds it as it is. An empty one cannot be told from an
// absent one by the column, so it stays in the text.
func (p *Parser) direct(r *model.Record, s slot) string {
	v := p.text(s)
	if v != "" {
		p.lean(r, s)
	}
	return v
}

// alike marks s as reproduced if its value is what a column holds for another member already.
func (p *Parser) alike(r *model.Record, s slot, column string) {
	if column != "" && p.text(s) == column {
		p.lean(r, s)
	}
}

// fill reads the scanned event into r.
func (p *Parser) fill(r *model.Record) {
	r.Log = model.CloudTrail
	p.fillTime(r)
	p.fillCall(r)
	p.fillIdentity(r)
	p.fillTransport(r)
	s3 := r.Service == "" || model.S3Family(r.Service)
	if s3 {
		p.fillObject(r)
	}
	p.fillIDs(r)
	r.Category = p.category(r)
	r.Outcome = p.outcome(r)
	p.fillEncryption(r)
	if s3 {
		p.fillKinds(r)
	}
	if p.e.repeated != [2]uint64{} || p.e.doubled ||
		p.e.variant[0]&p.e.seen[0] != 0 || p.e.variant[1]&p.e.seen[1] != 0 {
		r.Flags |= model.FlagDuplicateKey
		if p.e.repeatedObject() {
			r.Lean = 0 // the paths below it stand twice
		}
	}
	p.fillTexts(r)
}

func (p *Parser) fillTime(r *model.Record) {
	var kind how
	if p.e.has(eventTime) {
		r.Time, kind = p.clock.read(p.text(eventTime))
		if kind == exact {
			p.lean(r, eventTime)
		}
	} else {
		r.Time, kind = p.clock.read(p.text(timestamp))
		if kind == fractional {
			kind = exact
		}
		if kind == unreadable && p.e.has(timeWindow) {
			r.Time, kind = p.clock.read(p.within(p.raw(timeWindow), "windowStart"))
		}
	}
	if kind != exact {
		r.Flags |= model.FlagOddTime
	}
	if s := p.text(sessionDate); s != "" {
		if r.SessionCreated, kind = p.clock.read(s); kind == exact {
			p.lean(r, sessionDate)
		}
	}
}

func (p *Parser) fillCall(r *model.Record) {
	source := p.text(eventSource)
	if base, ok := strings.CutSuffix(source, ".amazonaws.com"); ok && base != "" {
		r.Service = base
		p.lean(r, eventSource)
	} else {
		r.Service = source
	}
	r.Op = p.direct(r, eventName)
	if p.e.has(insightDetails) {
		if r.Op == "" {
			r.Op = p.within(p.raw(insightDetails), "eventName")
		}
		if source == "" {
			r.Service = strings.TrimSuffix(p.within(p.raw(insightDetails), "eventSource"), ".amazonaws.com")
		}
	}
	r.Region = p.direct(r, awsRegion)
	r.IP = p.direct(r, sourceIP)
	r.Error = p.direct(r, errorCode)
	r.ErrorMessage = p.direct(r, errorMessage)
	r.ReadOnly = p.truth(r, readOnly)
	if r.Account = p.direct(r, recipientAccount); r.Account == "" {
		r.Account = p.text(topAccount)
	}
	agent := p.text(userAgent)
	if n := len(agent); n >= 2 && agent[0] == '[' && agent[n-1] == ']' && model.S3Family(r.Service) {
		if r.Agent = agent[1 : n-1]; r.Agent != "" && p.e.once(userAgent) {
			r.Lean |= 1 << userAgentBracketed
		}
	} else if r.Agent = agent; agent != "" {
		p.lean(r, userAgent)
	}
}

// truth reads true and false, as JSON or as text; only the first is what the column gives back.
func (p *Parser) truth(r *model.Record, s slot) model.Tri {
	switch string(p.raw(s)) {
	case "true":
		p.lean(r, s)
		return model.True
	case "false":
		p.lean(r, s)
		return model.False
	case `"true"`:
		return model.True
	case `"false"`:
		return model.False
	}
	return 0
}

// count reads a number of bytes: a whole number, written as one or, until 2021, with .0 behind it.
func (p *Parser) count(r *model.Record, s slot) int64 {
	raw := p.raw(s)
	if len(raw) == 0 || raw[0] == '"' || raw[0] == '-' {
		return model.Absent
	}
	digits, fraction, _ := strings.Cut(view(raw), ".")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || strings.Trim(fraction, "0") != "" {
		return model.Absent
	}
	if len(digits) == len(raw) {
		p.lean(r, s)
	}
	return n
}

func (p *Parser) fillIdentity(r *model.Record) {
	r.ActorType = p.direct(r, idType)
	r.PrincipalID = p.direct(r, idPrincipal)
	r.ActorAccount = p.direct(r, idAccount)
	r.AccessKey = p.direct(r, idAccessKey)
	r.UserName = p.direct(r, idUserName)
	r.InvokedBy = p.direct(r, idInvokedBy)
	if r.Actor = p.direct(r, idARN); r.Actor == "" {
		r.Actor = p.actor(r)
		if strings.HasPrefix(r.Actor, "arn:") {
			r.Flags |= model.FlagActorNotARN
		}
	}
	r.Session = session(r)
	if r.Issuer = p.direct(r, issuerARN); r.Issuer != "" {
		if last := r.Issuer[strings.LastIndexByte(r.Issuer, '/')+1:]; len(last) < len(r.Issuer) {
			p.alike(r, issuerUserName, last)
		}
	}
	r.IssuerPrincipal = p.direct(r, issuerPrincipal)
	r.IssuerAccount = p.direct(r, issuerAccount)
	switch string(p.raw(sessionMFA)) {
	case `"true"`:
		r.MFA = model.True
		p.lean(r, sessionMFA)
	case `"false"`:
		r.MFA = model.False
		p.lean(r, sessionMFA)
	case "true":
		r.MFA = model.True
	case "false":
		r.MFA = model.False
	default:
		r.MFA = yes(p.text(addMFAUsed))
	}
}

// anonymous tells an account that stands for nobody; it was written in capitals until about 2022.
func anonymous(account string) bool {
	return strings.EqualFold(account, "anonymous") || strings.EqualFold(account, "ANONYMOUS_PRINCIPAL")
}

// actor names a caller without an ARN.
func (p *Parser) actor(r *model.Record) string {
	switch {
	case anonymous(r.ActorAccount):
		return "anonymous"
	case r.UserName != "":
		return r.UserName
	case r.InvokedBy != "":
		return r.InvokedBy
	case r.ActorAccount != "" && r.PrincipalID != "":
		return p.arena.join(r.ActorAccount, ":", r.PrincipalID)
	case r.ActorAccount != "":
		return r.ActorAccount
	}
	return r.PrincipalID
}

// session is the name of a role's session: the end of its ARN, or, in the copy of another account's
// trail, of its principal id ("AROA...:name").
func session(r *model.Record) string {
	if _, role, ok := strings.Cut(r.Actor, ":assumed-role/"); ok {
		return role[strings.LastIndexByte(role, '/')+1:]
	}
	if strings.HasPrefix(r.PrincipalID, "AROA") {
		_, name, _ := strings.Cut(r.PrincipalID, ":")
		return name
	}
	return ""
}

func yes(s string) model.Tri {
	switch {
	case strings.EqualFold(s, "yes"):
		return model.True
	case strings.EqualFold(s, "no"):
		return model.False
	}
	return 0
}

func (p *Parser) fillTransport(r *model.Record) {
	version := p.text(tlsVersion)
	if version != "" && version[0]-'0' <= 9 {
		r.TLS = p.arena.join("TLSv", version)
	} else if r.TLS = version; version != "" {
		p.lean(r, tlsVersion)
	}
	if r.Cipher = p.direct(r, addCipher); r.Cipher == "" {
		if r.Cipher = p.text(tlsCipher); r.Cipher == "" {
			r.Cipher = p.text(addCipherLower)
		}
	}
	p.alike(r, tlsCipher, r.Cipher)
	r.Sig = p.direct(r, addSignature)
	r.BytesIn = p.count(r, addBytesIn)
	r.BytesOut = p.count(r, addBytesOut)
	r.VPCE = p.direct(r, vpcEndpoint)
	r.ACLRequired = yes(p.text(addACL))
	switch p.text(addAuth) {
	case "AuthHeader":
		r.Auth = "header"
		p.lean(r, addAuth)
	case "QueryString":
		r.Auth = "query"
		p.lean(r, addAuth)
	case "":
		if anonymous(r.ActorAccount) && model.S3Family(r.Service) {
			r.Auth = "none"
		}
	}
	if r.Service == "" || model.S3Family(r.Service) {
		r.Host = p.host(r)
	}
	if r.Host == "" {
		r.Host = p.text(tlsHost)
	}
	p.alike(r, tlsHost, r.Host)
}

// host is the request's Host, which older records write as a list of one.
func (p *Parser) host(r *model.Record) string {
	if h := p.direct(r, reqHost); h != "" {
		return h
	}
	for _, s := range [...]slot{reqHost, reqHostLower} {
		if h := p.text(s); h != "" {
			return h
		}
		if raw := p.raw(s); len(raw) > 0 && raw[0] == '[' {
			if h := p.onlyText(raw); h != "" {
				return h
			}
		}
	}
	return ""
}

func (p *Parser) fillIDs(r *model.Record) {
	if r.RequestID = p.direct(r, requestID); r.RequestID == "" {
		r.RequestID = p.text(respRequestID)
	}
	if r.HostID = p.direct(r, addID2); r.HostID == "" {
		r.HostID = p.text(respID2)
	}
	id := p.text(eventID)
	if r.HasEventID = uuid(&r.EventID, id); r.HasEventID {
		p.lean(r, eventID)
	} else if id != "" {
		r.EventText = id
	} else if id = p.text(lowerEventID); id != "" {
		if r.HasEventID = uuid(&r.EventID, id); !r.HasEventID {
			r.EventText = id
		}
	}
	if r.HasSharedEventID = uuid(&r.SharedEventID, p.text(sharedEventID)); r.HasSharedEventID {
		p.lean(r, sharedEventID)
	}
}

// uuid reads a UUID in its canonical form, lower case, which is the form the column gives back.
func uuid(to *[16]byte, s string) bool {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return false
	}
	n := 0
	for i := 0; i < 36; i += 2 {
		if s[i] == '-' {
			i++
		}
		a, b := nibbles[s[i]], nibbles[s[i+1]]
		if a|b > 15 {
			*to = [16]byte{}
			return false
		}
		to[n] = a<<4 | b
		n++
	}
	return true
}

// nibbles are the values of the digits a canonical UUID may have; 255 marks all other bytes.
var nibbles = func() (t [256]byte) {
	for i := range t {
		t[i] = 255
	}
	for i, c := range "0123456789abcdef" {
		t[c] = byte(i)
	}
	return t
}()

func (p *Parser) category(r *model.Record) model.Category {
	switch p.text(eventCategory) {
	case "Data":
		return model.Data
	case "Management":
		return model.Management
	case "NetworkActivity":
		return model.Network
	case "Insight":
		return model.Insight
	case "Aggregated":
		return model.Aggregated
	}
	switch p.text(eventType) {
	case "AwsCloudTrailInsight":
		return model.Insight
	case "AwsVpceEvent":
		return model.Network
	case "AwsAggregatedEvent":
		return model.Aggregated
	}
	switch string(p.raw(managementEvent)) {
	case "true":
		return model.Management
	case "false":
		return model.Data
	}
	if model.S3Family(r.Service) && dataOperation(r.Op) {
		return model.Data
	}
	return model.Management
}

// dataOperation lists the S3 operations that CloudTrail records as data events ("CloudTrail events",
// Amazon S3 User Guide), for records older than the member that says so.
func dataOperation(op string) bool {
	switch op {
	case "ListObjects", "ListObjectsV2", "ListObjectVersions", "HeadBucket", "ListMultipartUploads", "ListParts",
		"CreateMultipartUpload", "CompleteMultipartUpload", "AbortMultipartUpload", "UploadPart", "UploadPartCopy",
		"PreflightRequest", "CreateSession", "WriteGetObjectResponse":
		return true
	case "PutObjectLockConfiguration", "GetObjectLockConfiguration":
		return false // of buckets
	}
	return strings.Contains(op, "Object") && !strings.HasPrefix(op, "List")
}

func (p *Parser) outcome(r *model.Record) model.Outcome {
	o := model.ClassifyOutcome(r.Error, -1)
	if o == model.OK && (r.ErrorMessage != "" || p.text(respLogin) == "Failure") {
		return model.Failed // a sign-in that fails has no error code
	}
	return o
}
