package cli

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// plain is one raw record of either log as the specification reads it, straight out of its text.
type plain struct {
	log, op, raw, service, category      string // raw is the access log's operation
	file, n                              int
	at                                   time.Time // zero: none
	bucket, key, version                 string
	named                                string // the version that the request names
	marker                               bool   // the answer says that a delete marker was made, or removed
	actor, account, accessKey, session   string
	principal, ip, agent, tls, invokedBy string
	created                              time.Time
	id, host, code, outcome              string
	status                               int // 0: none
	out, in, size                        int64
	enc, kms, source                     string // source is bucket/key of a copy
	auth, region, recipient, eventID     string
	reads                                bool
	params, response                     map[string]any
	canonical                            string // of an event, or the line
	dup, fold                            bool
	piece                                bool     // an event of one key of a multi-object delete
	own                                  []*plain // of an event: the lines that are folded into it
	teller                               *plain   // of a line: the first event that it is folded into
	witness                              string
}

// atLeast0 is a number of which an absent one is nothing.
func atLeast0(n int64) int64 { return max(n, 0) }

// readPlain reads evidence in the order in which its files were delivered.
func readPlain(t *testing.T, dir string) []*plain {
	t.Helper()
	var all []*plain
	for _, pattern := range []string{"trail/AWSLogs/*/CloudTrail/*/*/*/*/*.gz", "access/*"} {
		names, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(names), err)
		}
		slices.Sort(names) // the name begins with the time
		for i, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, ".gz") {
				all = append(all, plainEvents(t, i, text)...)
				continue
			}
			for n, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
				p := plainLine(t, line)
				p.file, p.n = i, n+1
				all = append(all, p)
			}
		}
	}
	settlePlain(all)
	return all
}

func plainEvents(t *testing.T, file int, packed []byte) []*plain {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	var content struct{ Records []map[string]any }
	if err := json.NewDecoder(z).Decode(&content); err != nil {
		t.Fatal(err)
	}
	var out []*plain
	for n, e := range content.Records {
		p := plainEvent(e)
		p.file, p.n = file, n+1
		out = append(out, p)
	}
	return out
}

func plainEvent(e map[string]any) *plain {
	canonical, _ := json.Marshal(e) // the members of a map come sorted
	p := &plain{log: "cloudtrail", op: at(e, "eventName"), service: strings.TrimSuffix(at(e, "eventSource"), ".amazonaws.com"), category: strings.ToLower(at(e, "eventCategory")),
		actor: at(e, "userIdentity.arn"), account: at(e, "userIdentity.accountId"), accessKey: at(e, "userIdentity.accessKeyId"), principal: at(e, "userIdentity.principalId"),
		invokedBy: at(e, "userIdentity.invokedBy"), ip: at(e, "sourceIPAddress"), agent: at(e, "userAgent"), id: at(e, "requestID"), code: at(e, "errorCode"), outcome: "ok",
		region: at(e, "awsRegion"), recipient: at(e, "recipientAccountId"), eventID: at(e, "eventID"), reads: e["readOnly"] == true, canonical: string(canonical), out: -1, in: -1, size: -1}
	if p.service == "s3" {
		p.agent = strings.Trim(p.agent, "[]")
	}
	p.params, _ = e["requestParameters"].(map[string]any)
	p.response, _ = e["responseElements"].(map[string]any)
	more, _ := e["additionalEventData"].(map[string]any)
	text := func(m map[string]any, name string) string { s, _ := m[name].(string); return s }
	p.bucket, p.key, p.named, p.host = text(p.params, "bucketName"), text(p.params, "key"), text(p.params, "versionId"), text(more, "x-amz-id-2")
	if p.version = p.named; p.version == "" {
		p.version = text(p.response, "x-amz-version-id")
	}
	p.marker = text(p.response, "x-amz-delete-marker") == "true"
	p.at, _ = time.Parse(time.RFC3339, at(e, "eventTime"))
	p.created, _ = time.Parse(time.RFC3339, at(e, "userIdentity.sessionContext.attributes.creationDate"))
	switch {
	case p.account == "anonymous":
		p.actor = "anonymous"
	case p.actor == "":
		p.actor = p.invokedBy
	}
	if _, session, ok := strings.Cut(p.actor, ":assumed-role/"); ok {
		_, p.session, _ = strings.Cut(session, "/")
	}
	if n, ok := more["bytesTransferredOut"].(float64); ok {
		p.out = int64(n)
	}
	if n, ok := more["bytesTransferredIn"].(float64); ok {
		p.in = int64(n)
	}
	p.auth = map[string]string{"AuthHeader": "header", "QueryString": "query"}[text(more, "AuthenticationMethod")]
	if p.code != "" {
		if p.outcome = "failed"; p.code == "AccessDenied" {
			p.outcome = "denied"
		}
	}
	source, _, _ := strings.Cut(strings.TrimPrefix(text(p.params, "x-amz-copy-source"), "/"), "?versionId=")
	p.source, _ = url.PathUnescape(source)
	if p.kms = text(p.response, "x-amz-server-side-encryption-aws-kms-key-id"); p.service != "s3" {
		p.kms = ""
	}
	p.enc = plainEncryption(p, text(more, "SSEApplied"))
	if list := p.deleted(); len(list) == 1 {
		p.key = list[0][0]
	}
	return p
}

// deleted are the keys and versions that the record of a multi-object delete names.
func (p *plain) deleted() [][2]string {
	if p.op != "DeleteObjects" || p.log != "cloudtrail" {
		return nil
	}
	list, _ := p.params["objects"].([]any)
	if element, ok := p.params["delete"].(map[string]any); ok {
		list, _ = element["object"].([]any)
	}
	var out [][2]string
	for _, v := range list {
		o := v.(map[string]any)
		version, _ := o["versionId"].(string)
		out = append(out, [2]string{o["key"].(string), version})
	}
	return out
}

// plainEncryption classifies by the rules of the specification, in their order.
func plainEncryption(p *plain, applied string) string {
	creates := slices.Contains([]string{"PutObject", "CopyObject", "CreateMultipartUpload"}, p.op)
	response, _ := p.response["x-amz-server-side-encryption"].(string)
	request, _ := p.params["x-amz-server-side-encryption"].(string)
	names := map[string]string{"Default_SSE_S3": "sse-s3-default", "SSE_S3": "sse-s3", "Default_SSE_KMS": "sse-kms-default", "SSE_KMS": "sse-kms", "SSE_C": "sse-c", "DSSE_KMS": "dsse-kms"}
	switch {
	case !creates:
		return "n/a"
	case p.outcome != "ok":
		return "not-written"
	case p.log == "access":
		return "unknown"
	case names[applied] != "":
		return names[applied]
	case applied != "":
		return "other"
	case p.response["x-amz-server-side-encryption-customer-algorithm"] != nil:
		return "sse-c"
	case response != "":
		method := map[string]string{"AES256": "sse-s3", "aws:kms": "sse-kms"}[response]
		if request != response {
			method += "-default"
		}
		return method
	case p.at.IsZero():
		return "unknown" // whether S3 encrypted by default then cannot be told
	}
	return "not-reported"
}

// lineOps are the calls behind the operations that the evidence holds; others keep their names.
var lineOps = map[string]string{
	"REST.GET.OBJECT": "GetObject", "REST.HEAD.OBJECT": "HeadObject", "REST.PUT.OBJECT": "PutObject", "REST.COPY.OBJECT": "CopyObject", "REST.POST.UPLOADS": "CreateMultipartUpload",
	"REST.POST.UPLOAD": "CompleteMultipartUpload", "REST.DELETE.UPLOAD": "AbortMultipartUpload", "REST.DELETE.OBJECT": "DeleteObject", "REST.POST.MULTI_OBJECT_DELETE": "DeleteObjects",
	"REST.GET.BUCKET": "ListObjects", "REST.PUT.VERSIONING": "PutBucketVersioning", "REST.PUT.BUCKETPOLICY": "PutBucketPolicy", "REST.DELETE.BUCKETPOLICY": "DeleteBucketPolicy",
	"REST.PUT.ACL": "PutBucketAcl", "REST.PUT.PUBLIC_ACCESS_BLOCK": "PutBucketPublicAccessBlock", "REST.DELETE.PUBLIC_ACCESS_BLOCK": "DeleteBucketPublicAccessBlock",
	"REST.PUT.LOGGING_STATUS": "PutBucketLogging",
}

func plainLine(t *testing.T, line string) *plain {
	t.Helper()
	f := splitLine(line)
	if len(f) != 26 {
		t.Fatalf("%d fields: %s", len(f), line)
	}
	for i := range f {
		if f[i] == "-" || f[i] == `"-"` {
			f[i] = ""
		}
	}
	number := func(s string) int64 {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return -1
		}
		return n
	}
	p := &plain{log: "access", raw: f[6], op: f[6], service: "s3", category: "data", bucket: f[1], ip: f[3], id: f[5], code: f[10], version: f[17], host: f[18], outcome: "ok", canonical: line,
		agent: strings.Trim(f[16], `"`), out: number(f[11]), in: -1, size: number(f[12]), status: int(atLeast0(number(f[9]))), tls: "TLSv1.2"}
	if name, ok := lineOps[f[6]]; ok {
		p.op = name
	}
	when, err := time.Parse("[02/Jan/2006:15:04:05 -0700]", f[2])
	if err != nil {
		t.Fatal(err)
	}
	p.at = when.UTC()
	if strings.HasPrefix(f[6], "REST.") {
		p.key, _ = url.PathUnescape(f[7])
		p.key, _ = url.PathUnescape(p.key)
	} else {
		p.key, _ = url.QueryUnescape(f[7])
	}
	_, p.named, _ = strings.Cut(f[8], "versionId=")
	p.named, _, _ = strings.Cut(p.named, " ")
	if !strings.HasPrefix(f[6], "REST.") {
		p.named = p.version
	}
	who := f[4]
	switch {
	case who == "":
		p.actor = "anonymous"
	case strings.HasPrefix(who, "svc:"):
		p.actor, p.invokedBy = who[4:], who[4:]
	default:
		p.actor = who
	}
	if parts := strings.Split(who, ":"); parts[0] == "arn" {
		p.account = parts[4]
	}
	if _, session, ok := strings.Cut(who, ":assumed-role/"); ok {
		_, p.session, _ = strings.Cut(session, "/")
	}
	p.auth = map[string]string{"AuthHeader": "header", "QueryString": "query", "": "none"}[f[21]]
	if _, credential, ok := strings.Cut(f[8], "X-Amz-Credential="); ok && p.auth == "query" {
		p.accessKey, _, _ = strings.Cut(credential, "%2F")
	}
	switch {
	case p.status == 403 || p.code == "AccessDenied":
		p.outcome = "denied"
	case p.status >= 400 || p.code != "":
		p.outcome = "failed"
	}
	p.reads = strings.HasPrefix(f[6], "REST.GET.") || strings.HasPrefix(f[6], "REST.HEAD.") || strings.HasSuffix(f[6], "_GET")
	p.params = map[string]any{"request_uri": f[8]}
	p.enc = plainEncryption(p, "")
	return p
}

// aside tells a line that has a request's id without being its own line.
func (p *plain) aside() bool {
	return strings.HasPrefix(p.raw, "BATCH.") || strings.HasSuffix(p.raw, "_GET") && strings.HasPrefix(p.raw, "REST.COPY.")
}

// part tells a record that tells of a part of its request only.
func (p *plain) part() bool { return p.aside() || p.piece }

// oneRequest tells that two records are of one request: by the request id, and by the host id where
// both tell it. What S3 does by itself is no request.
func oneRequest(a, b *plain) bool {
	if strings.HasPrefix(a.raw, "S3.") || strings.HasPrefix(b.raw, "S3.") {
		return false
	}
	return a.id != "" && a.id == b.id && (a.host == "" || b.host == "" || a.host == b.host)
}

// settlePlain marks what is told twice and what each log witnesses.
func settlePlain(all []*plain) {
	for i, p := range all {
		for _, before := range all[:i] {
			p.dup = p.dup || !before.dup && before.log == p.log && before.canonical == p.canonical
		}
	}
	for _, p := range all {
		if p.log == "access" {
			p.meet(all)
		}
		p.piece = p.log == "cloudtrail" && p.service == "s3" && p.op == "DeleteObject" && p.id != "" && slices.ContainsFunc(all, func(o *plain) bool {
			other := o.log == "cloudtrail" && o.op == "DeleteObject" && p.key != "" && o.key != "" && p.bucket+"/"+p.key != o.bucket+"/"+o.key
			return !o.dup && o.service == "s3" && o.id == p.id && (o.op == "DeleteObjects" || o.raw == "BATCH.DELETE.OBJECT" || other)
		})
	}
	for _, p := range all {
		if p.log != "cloudtrail" {
			continue
		}
		p.witness = "other-log-absent"
		if p.service != "s3" || p.bucket == "" {
			p.witness = "n/a"
		}
		for _, l := range all {
			if l.log == "access" && !strings.HasPrefix(l.raw, "S3.") && p.witness == "other-log-absent" && sameHour(p, l) {
				p.witness = "cloudtrail-only"
			}
		}
		for _, l := range all {
			if l.log == "access" && p.service == "s3" && oneRequest(p, l) {
				p.witness = "both"
			}
		}
	}
}

// meet finds what the events say of a line.
func (p *plain) meet(all []*plain) {
	p.witness = "other-log-absent"
	category := "management"
	if p.key != "" || slices.Contains([]string{"ListObjects", "DeleteObjects"}, p.op) {
		category = "data"
	}
	for _, e := range all {
		if e.log != "cloudtrail" || e.service != "s3" {
			continue
		}
		if sameHour(p, e) && e.category == category && e.reads == p.reads {
			p.witness = "access-only"
		}
	}
	if strings.HasPrefix(p.raw, "S3.") {
		p.witness = "n/a"
	}
	for _, e := range all {
		if e.log != "cloudtrail" || e.service != "s3" || !oneRequest(p, e) {
			continue
		}
		p.witness = "both"
		unnamed := p.op == p.raw // an operation that has no name of CloudTrail's
		if !p.dup && !e.dup && !p.aside() && (unnamed || p.op == e.op) {
			p.fold = true
			if p.teller == nil {
				p.teller = e
			}
			e.own = append(e.own, p)
		}
	}
}

// sent is the bytes out that are shown: an event that tells no bytes has those of its line.
func (p *plain) sent() int64 {
	if p.log == "cloudtrail" && p.out < 0 && p.in < 0 && len(p.own) > 0 {
		return p.own[0].out
	}
	return p.out
}

// received is the same of the bytes in.
func (p *plain) received() int64 {
	if p.log == "cloudtrail" && p.out < 0 && p.in < 0 && len(p.own) > 0 {
		return p.own[0].in
	}
	return p.in
}

// signer is the access key that is shown: a line that tells none has its event's.
func (p *plain) signer() string {
	if p.accessKey == "" && p.teller != nil {
		return p.teller.accessKey
	}
	return p.accessKey
}

// encrypted is the same of the encryption.
func (p *plain) encrypted() string {
	if p.teller != nil && p.enc == "unknown" && p.teller.enc != "n/a" {
		return p.teller.enc
	}
	return p.enc
}

func sameHour(a, b *plain) bool {
	return a.bucket != "" && a.bucket == b.bucket && !a.at.IsZero() && !b.at.IsZero() && a.at.Truncate(time.Hour).Equal(b.at.Truncate(time.Hour))
}

// isAddress tells an address from the name of a service.
func isAddress(s string) bool { _, err := netip.ParseAddr(s); return err == nil }

// comparePlain is the order in which requests are listed.
func comparePlain(a, b *plain) int {
	switch {
	case a.at.IsZero() != b.at.IsZero():
		if a.at.IsZero() {
			return 1
		}
		return -1
	case !a.at.Equal(b.at):
		return a.at.Compare(b.at)
	case a.log != b.log:
		return -strings.Compare(a.log, b.log) // cloudtrail before access
	case a.file != b.file:
		return a.file - b.file
	}
	return a.n - b.n
}
