package cloudtrail

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"trailsift/model"
)

const s3ARN = "arn:aws:s3:::"

// fillObject finds out what a request to S3 was about.
func (p *Parser) fillObject(r *model.Record) {
	if r.Bucket = p.direct(r, reqBucketName); r.Bucket == "" {
		r.Bucket = p.text(reqBucket)
	}
	if strings.HasPrefix(r.Bucket, "arn:") && strings.Contains(r.Bucket, ":accesspoint/") {
		r.AccessPoint = r.Bucket
	}
	p.fillFromResources(r)
	if key := p.direct(r, reqKey); key != "" {
		r.Key = key
	} else if key = p.text(reqKeyCapital); key != "" {
		r.Key = key
	}
	p.leanResources(r)
	r.Prefix = p.direct(r, reqPrefix)
	if r.Version = p.direct(r, reqVersion); r.Version == "" {
		r.Version = p.text(respVersion)
	}
	p.alike(r, respVersion, r.Version)
	p.fillCopySource(r)
	if r.KMSKey = p.direct(r, respKMSKey); r.KMSKey == "" {
		r.KMSKey = p.text(reqKMSKey)
	}
	p.alike(r, reqKMSKey, r.KMSKey)
}

// fillFromResources takes the bucket's owner, an access point, and a bucket and key that the request
// does not name, from resources[]. An ARNPrefix is no object.
func (p *Parser) fillFromResources(r *model.Record) {
	var only *resource // the only bucket
	buckets := 0
	for i := range p.e.listed {
		res := &p.e.listed[i]
		switch {
		case string(res.kind) == "AWS::S3::Bucket" || string(res.kind) == "AWS::S3Express::DirectoryBucket" || string(res.kind) == "AWS::S3Outposts::Bucket":
			buckets++
			only = res
			if bucket, _ := cutARN(res.arn); r.BucketAccount == "" && bucket != "" && bucket == r.Bucket {
				r.BucketAccount = view(res.account)
			}
		case bytes.HasSuffix(res.kind, []byte("AccessPoint")) && r.AccessPoint == "":
			r.AccessPoint = view(res.arn)
		}
	}
	if buckets == 1 && r.BucketAccount == "" {
		if bucket, _ := cutARN(only.arn); bucket == "" || r.Bucket == "" || r.AccessPoint != "" {
			r.BucketAccount = view(only.account)
		}
	}
	if r.AccessPoint != "" && r.AccessPoint == r.Bucket && buckets == 1 {
		if bucket, _ := cutARN(only.arn); bucket != "" {
			r.Bucket = bucket
			r.Lean &^= 1 << reqBucketName
		}
	}
	if r.Bucket == "" && buckets == 1 {
		r.Bucket, _ = cutARN(only.arn)
	}
	p.keyFromResources(r)
}

func (p *Parser) keyFromResources(r *model.Record) {
	if p.text(reqKey) != "" || p.text(reqKeyCapital) != "" {
		return
	}
	found := 0
	for i := range p.e.listed {
		res := &p.e.listed[i]
		if string(res.kind) != "AWS::S3::Object" {
			continue
		}
		bucket, key := cutARN(res.arn)
		if key == "" || r.Bucket != "" && bucket != r.Bucket {
			continue
		}
		if found++; found == 1 {
			r.Bucket, r.Key = bucket, key
		}
	}
	if found > 1 && r.Op == "DeleteObjects" {
		r.Key = "" // one request, many objects
	}
}

// cutARN takes bucket and key out of arn:PARTITION:s3:::BUCKET/KEY.
func cutARN(arn []byte) (bucket, key string) {
	s, ok := strings.CutPrefix(view(arn), "arn:aws")
	if !ok {
		return "", ""
	}
	if at := strings.IndexByte(s, ':'); at < 0 || !strings.HasPrefix(s[at:], ":s3:::") {
		return "", ""
	} else {
		bucket, key, _ = strings.Cut(s[at+len(":s3:::"):], "/")
	}
	return bucket, key
}

// leanResources leaves resources[] out where it is the pair that follows from bucket, key and the
// bucket's account, see model.FormResources.
func (p *Parser) leanResources(r *model.Record) {
	l := p.e.listed
	if !p.e.allListed || len(l) != 2 || r.Key == "" || r.BucketAccount == "" ||
		l[0].odd || l[0].members != 2 || l[0].account != nil || l[1].odd || l[1].members != 3 ||
		string(l[0].kind) != "AWS::S3::Object" || string(l[1].kind) != "AWS::S3::Bucket" ||
		string(l[1].account) != r.BucketAccount {
		return
	}
	bucket, ok := bytes.CutPrefix(l[1].arn, []byte(s3ARN))
	if !ok || string(bucket) != r.Bucket {
		return
	}
	object, ok := bytes.CutPrefix(l[0].arn, l[1].arn)
	if ok && len(object) > 1 && object[0] == '/' && string(object[1:]) == r.Key {
		p.lean(r, resources)
	}
}

// fillCopySource decodes x-amz-copy-source, which is percent-encoded as the client sent it, to
// bucket/key. What does not decode to that stays as it is.
func (p *Parser) fillCopySource(r *model.Record) {
	raw := p.text(reqCopySource)
	if raw == "" {
		return
	}
	source, _, _ := strings.Cut(raw, "?versionId=")
	source = strings.TrimPrefix(source, "/")
	if strings.HasPrefix(source, "arn:") {
		source = raw
	} else if strings.IndexByte(source, '%') >= 0 {
		if source = p.percent(source); source == "" {
			source = raw
		}
	}
	if r.CopySource = source; source == raw {
		p.lean(r, reqCopySource)
	}
}

// percent decodes s, or gives "" where it cannot be: a broken escape, or bytes that are not UTF-8.
func (p *Parser) percent(s string) string {
	b := p.arena.room(len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if i+2 >= len(s) {
				return ""
			}
			u := hex4([]byte{'0', '0', s[i+1], s[i+2]})
			if u < 0 {
				return ""
			}
			c = byte(u)
			i += 2
		}
		b = append(b, c)
	}
	if !utf8.Valid(b) {
		return ""
	}
	return p.arena.keep(b)
}

func (p *Parser) fillEncryption(r *model.Record) {
	omitted := false
	for _, s := range [...]slot{topOmitted, reqOmitted, respOmitted, addOmitted} {
		omitted = omitted || string(p.raw(s)) == "true"
	}
	if omitted {
		r.Flags |= model.FlagOmitted
	}
	applied := p.text(addSSEApplied)
	if raw := p.raw(addSSEApplied); applied == "" && len(raw) > 0 && raw[0] != '"' && string(raw) != "null" {
		applied = view(raw) // some text we do not know, and no silence
	}
	r.Enc, r.EncReq = model.ClassifyEncryption(model.EncInput{
		Service: r.Service, Op: r.Op, Category: r.Category, ReadOnly: r.ReadOnly, Outcome: r.Outcome,
		Time: r.Time, Omitted: omitted, Applied: applied,
		RequestSSE: p.text(reqSSE), RequestCustomer: p.text(reqCustomer),
		ResponseSSE: p.text(respSSE), ResponseCustomer: p.text(respCustomer),
	})
}

// fillKinds sets what is special about some operations.
func (p *Parser) fillKinds(r *model.Record) {
	switch r.Op {
	case "CreateMultipartUpload":
		if r.Outcome == model.OK {
			r.Flags |= model.FlagUploadStarted
		}
	case "UpdateObjectEncryption":
		if r.Outcome == model.OK {
			r.Flags |= model.FlagReencrypted
		}
		if r.KMSKey == "" {
			p.seekIn(reqObjectEncryption, func(name, value string) {
				if r.KMSKey == "" && strings.EqualFold(name, "KMSKeyArn") {
					r.KMSKey = value
				}
			})
		}
	case "DeleteObjects":
		p.fillDeleted(r)
	}
}

// fillDeleted takes the key of a multi-object delete that names exactly one. One that names several
// keeps them in request; one that names none is flagged.
func (p *Parser) fillDeleted(r *model.Record) {
	named, only := 0, ""
	for _, list := range [...]slot{reqDelete, reqObjects} {
		p.seekIn(list, func(name, value string) {
			if strings.EqualFold(name, "key") && value != "" {
				named++
				only = value
			}
		})
	}
	for i := range p.e.listed {
		if _, key := cutARN(p.e.listed[i].arn); key != "" && named == 0 {
			return // objects are named in resources: keyFromResources has set a single one
		}
	}
	switch {
	case r.Key != "":
	case named == 1:
		r.Key = only
	case named == 0:
		r.Flags |= model.FlagPerKeyUnknown
	}
}

// seekIn calls each for every text member, at any depth, of the value of s.
func (p *Parser) seekIn(s slot, each func(name, value string)) {
	raw := p.raw(s)
	if len(raw) == 0 || raw[0] != '{' && raw[0] != '[' {
		return
	}
	// Every string before a colon is a name: the value has been scanned, so this cannot go wrong.
	name := ""
	for i := 0; i < len(raw); i++ {
		if raw[i] != '"' {
			continue
		}
		end := quoted(raw, i)
		text := p.arena.unescaped(raw[i+1 : end-1])
		next := end
		for next < len(raw) && raw[next] <= ' ' {
			next++
		}
		if next < len(raw) && raw[next] == ':' {
			name = text
		} else if name != "" {
			each(name, text)
			if next < len(raw) && raw[next] == '}' {
				name = ""
			}
		}
		i = end - 1
	}
}

// quoted is the end of the string that begins at b[i], which has been scanned before.
func quoted(b []byte, i int) int {
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// within is a text member of an object that was passed as one value, or "".
func (p *Parser) within(raw []byte, name string) string {
	found := ""
	p.membersOf(raw, func(key string, value []byte) bool {
		if key == name && value[0] == '"' {
			found = p.arena.unescaped(value[1 : len(value)-1])
			return false
		}
		return true
	})
	return found
}

// membersOf calls each for the members of an object that has been scanned, until it returns false.
func (p *Parser) membersOf(raw []byte, each func(name string, value []byte) bool) {
	if len(raw) == 0 || raw[0] != '{' {
		return
	}
	s := scanner{b: raw, limit: p.limits.Depth}
	i := s.space(1)
	for more := i < len(raw) && raw[i] != '}'; more; {
		end, _ := s.text(i)
		if end < 0 {
			return
		}
		name := p.arena.unescaped(raw[i+1 : end-1])
		from := s.colon(end)
		if from < 0 {
			return
		}
		if end = s.value(from, 1); end < 0 || !each(name, raw[from:end]) {
			return
		}
		if i, more = s.next(end, '}'); i < 0 {
			return
		}
	}
}

// onlyText is the text of a list of one text, or "".
func (p *Parser) onlyText(raw []byte) string {
	s := scanner{b: raw, limit: p.limits.Depth}
	i := s.space(1)
	if raw[i] != '"' {
		return ""
	}
	end, _ := s.text(i)
	if end < 0 || raw[s.space(end)] != ']' {
		return ""
	}
	return p.arena.unescaped(raw[i+1 : end-1])
}
