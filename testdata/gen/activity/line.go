package activity

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Tail is how many fields an access-log line has: 24 until 2020, 25, 26 since 2022, 27 since 2026.
type Tail int

// Line is one access-log line and where it goes.
type Line struct {
	Bucket   string // whose log it belongs to
	Received time.Time
	Text     string // without line feed
}

// line holds the columns of one line; empty text columns are written as a dash.
type line struct {
	bucket, ip, requester, id, op, key, uri string
	status, error                           string
	sent, size, took, turn                  string
	referer, agent                          string // as they stand in the line, quotes included
	version, hostID, sig, cipher, auth      string
	host, tls, accessPoint, acl, region     string
}

// Owner is the canonical user id of the account that owns every bucket of the corpus.
const Owner = "8f1d5a1c0be94c4db1f1d9f0b4a3f2b6c1e77e0d5c1a4b0f9a3c2d1e0f5b6a79"

func (l line) text(received time.Time, fields Tail) string {
	columns := []string{
		Owner, l.bucket, received.UTC().Format("[02/Jan/2006:15:04:05 +0000]"), l.ip, l.requester, l.id, l.op, l.key, l.uri,
		l.status, l.error, l.sent, l.size, l.took, l.turn, l.referer, l.agent, l.version, l.hostID, l.sig, l.cipher, l.auth,
		l.host, l.tls, l.accessPoint, l.acl, l.region,
	}
	for i, c := range columns {
		if c == "" {
			columns[i] = "-"
		}
	}
	return strings.Join(columns[:fields], " ")
}

func number(n int64) string {
	if n <= 0 {
		return "-"
	}
	return strconv.FormatInt(n, 10)
}

// AccessLog is the request's own line.
func (r *Request) AccessLog(fields Tail) Line {
	c := calls[r.Call]
	received := r.Time.Add(-time.Duration(r.Took) * time.Millisecond).Truncate(time.Second)
	l := line{
		bucket: r.Bucket, ip: r.IP, requester: r.Actor.requester(), id: r.ID, op: c.op, uri: `"` + c.method + " " + r.target(c) + ` HTTP/1.1"`,
		status: strconv.Itoa(r.status()), error: r.Error, sent: number(r.Out), took: strconv.Itoa(r.Took), turn: strconv.Itoa(max(1, r.Took-3)),
		referer: `"-"`, agent: `"` + r.Agent + `"`, version: r.Version, hostID: r.HostID, host: r.host(), region: r.Region,
	}
	l.tls, l.cipher = r.tls()
	if c.object {
		l.key = string(appendColumn(nil, r.Key))
	}
	if r.Error == "" && c.object {
		l.size = number(r.Size)
	}
	if r.Shape.Referer != "" {
		l.referer = `"` + r.Shape.Referer + `"`
	}
	if r.Actor != Anonymous {
		l.sig, l.auth = r.signature(), "AuthHeader"
	}
	if r.Shape.Presigned != "" {
		l.auth = "QueryString"
	}
	if r.Actor.InvokedBy != "" {
		l.ip, l.agent = "", `"-"`
	}
	if r.Shape.ACLRequired {
		l.acl = "Yes"
	}
	if r.Shape.Website {
		l.op = strings.Replace(c.op, "REST", "WEBSITE", 1)
	}
	return Line{r.Bucket, received, l.text(received, fields)}
}

// CopyRead is the line that the source bucket of a copy gets: bare dashes where a request would be.
func (r *Request) CopyRead(fields Tail) Line {
	bucket, key, _ := strings.Cut(r.CopySource, "/")
	received := r.Time.Add(-time.Duration(r.Took) * time.Millisecond).Truncate(time.Second)
	l := line{
		bucket: bucket, ip: r.IP, requester: r.Actor.requester(), id: r.ID, op: "REST.COPY.OBJECT_GET", key: string(appendColumn(nil, key)),
		status: strconv.Itoa(r.status()), size: number(r.Size), hostID: r.HostID, sig: "SigV4", auth: "AuthHeader",
		host: "s3." + r.Region + ".amazonaws.com", region: r.Region,
	}
	l.tls, l.cipher = r.tls()
	return Line{bucket, received, l.text(received, fields)}
}

// BatchDelete is the line of one key of a multi-object delete. Its key is encoded once, with + for
// a space, because it came in an XML body.
func (r *Request) BatchDelete(key, version string, size int64, fields Tail) Line {
	received := r.Time.Add(-time.Duration(r.Took) * time.Millisecond).Truncate(time.Second)
	l := line{
		bucket: r.Bucket, ip: r.IP, requester: r.Actor.requester(), id: r.ID, op: "BATCH.DELETE.OBJECT",
		key: strings.ReplaceAll(string(appendPath(nil, key)), "%20", "+"), status: "204", size: number(size), version: version,
		hostID: r.HostID, sig: "SigV4", auth: "AuthHeader", host: r.host(), region: r.Region,
	}
	l.tls, l.cipher = r.tls()
	return Line{r.Bucket, received, l.text(received, fields)}
}

// Lifecycle is a line about what a lifecycle rule did to one object; no request stands behind it.
func Lifecycle(op, bucket, key, version string, size int64, at time.Time, id, hostID string) Line {
	l := line{
		bucket: bucket, requester: "AmazonS3", id: id, op: op, key: string(appendPath(nil, key)), uri: `"-"`, size: number(size),
		referer: `"-"`, agent: `"-"`, version: version, hostID: hostID,
	}
	return Line{bucket, at, l.text(at, 26)}
}

func (r *Request) target(c call) string {
	b := []byte("/")
	if c.object {
		b = appendPath(b, r.Key)
	}
	var query []string
	if c.sub != "" {
		query = append(query, c.sub)
	}
	if r.Shape.Query != "" {
		query = append(query, r.Shape.Query)
	}
	if r.Version != "" && c.object {
		query = append(query, "versionId="+r.Version)
	}
	if s := r.Shape; s.Presigned != "" {
		query = append(query, fmt.Sprintf("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=%s%%2F%s%%2F%s%%2Fs3%%2Faws4_request&X-Amz-Date=%s&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=%s",
			s.Presigned, s.Signed.Format("20060102"), r.Region, s.Signed.Format("20060102T150405Z"), s.Signature))
	}
	if len(query) == 0 {
		return string(b)
	}
	return string(b) + "?" + strings.Join(query, "&")
}

const hexDigits = "0123456789ABCDEF"

func plain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.~/*", c) >= 0
}

// appendPath percent-encodes s as a client does in a path.
func appendPath(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; plain(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return b
}

// appendColumn encodes s twice, which is how the key column holds names of REST requests.
func appendColumn(b []byte, s string) []byte {
	return []byte(string(b) + strings.ReplaceAll(string(appendPath(nil, s)), "%", "%25"))
}

// Path is s percent-encoded as a client sends it in a path.
func Path(s string) string { return string(appendPath(nil, s)) }
