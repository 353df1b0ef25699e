package cli

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// newChaos makes evidence of some hundred requests.
func newChaos(seed uint64, tidy bool) *chaos {
	c := &chaos{Rand: rand.New(rand.NewPCG(seed, 20260301)), tidy: tidy, records: make([][]string, 5), lines: make([][]string, 6),
		taken: map[string][]stretch{}, unsure: map[string]bool{}}
	scenes := []func(){c.read, c.read, c.read, c.look, c.put, c.put, c.copyObject, c.upload, c.remove, c.remove, c.removeMany, c.expire, c.link, c.link, c.list, c.configure, c.configure, c.configure, c.configure, c.assume, c.bare, c.unlock, c.unlock, c.unlock}
	for range 150 {
		scenes[c.IntN(len(scenes))]()
	}
	return c
}

// sizeOf is the size of an object, which never changes.
func randomSize(bucket, key string) int64 {
	return int64(1000 * (1 + slices.Index(randomBuckets, bucket) + 3*slices.Index(randomKeys, key)))
}

// read is a GET of a whole object or of a range.
func (c *chaos) read() {
	q := c.begin("GetObject", "REST.GET.OBJECT")
	q.readOnly = true
	size := randomSize(q.bucket, q.key)
	s := stretch{0, size}
	if c.chance(2) {
		s.from = c.Int64N(size)
		s.to = s.from + 1 + c.Int64N(size-s.from)
		q.status = "206"
	}
	if c.chance(3) {
		q.version = c.version(q.bucket)
		q.query = "?versionId=" + q.version
	}
	if c.fail(&q) {
		s = stretch{}
	}
	q.sent, q.size = fmt.Sprint(s.to-s.from), fmt.Sprint(size)
	if c.strange(3) {
		q.size = "-"
	}
	told := true
	switch c.IntN(6) {
	case 0:
		q.more["bytesTransferredOut"] = float1(s.to - s.from)
	case 1:
		told = false
	default:
		q.more["bytesTransferredOut"] = s.to - s.from
	}
	where := c.IntN(10)
	if where > 1 {
		c.record(c.event(q))
	}
	if where != 2 && where != 3 {
		c.tell(q)
		if c.strange(20) { // a second line of the request
			q.sent = fmt.Sprint((s.to - s.from) / 2)
			c.tell(q)
		}
	}
	name := q.bucket + "/" + q.key
	if s.to > 0 {
		c.opened = append(c.opened, q)
		c.taken[name] = append(c.taken[name], s)
		c.unsure[name] = c.unsure[name] || !told && (where == 2 || where == 3)
	}
}

// float1 is a number as CloudTrail wrote it until 2021.
type float1 int64

func (f float1) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "%d.0", int64(f)), nil }

func (c *chaos) look() {
	q := c.begin("HeadObject", "REST.HEAD.OBJECT")
	q.readOnly = true
	c.fail(&q)
	q.more["bytesTransferredOut"], q.size = int64(c.IntN(3)), fmt.Sprint(randomSize(q.bucket, q.key))
	c.both(q)
}

// encrypt gives a write one of the ways to be encrypted, or none.
func (c *chaos) encrypt(q *call) {
	if c.fail(q) {
		if c.chance(2) {
			q.params["x-amz-server-side-encryption"] = "aws:kms"
		}
		return
	}
	q.response = map[string]any{}
	switch applied := one(c, "Default_SSE_S3", "SSE_S3", "Default_SSE_KMS", "SSE_KMS", "SSE_C", "SSE_NEW", "DSSE_KMS", "", "response", "customer"); applied {
	case "":
	case "response":
		q.response["x-amz-server-side-encryption"] = one(c, "AES256", "aws:kms")
		if c.chance(2) {
			q.params["x-amz-server-side-encryption"] = q.response["x-amz-server-side-encryption"]
		}
	case "customer":
		q.response["x-amz-server-side-encryption-customer-algorithm"] = "AES256"
	default:
		q.more["SSEApplied"] = applied
		if strings.HasSuffix(applied, "KMS") {
			q.response["x-amz-server-side-encryption-aws-kms-key-id"] = "arn:aws:kms:us-east-1:" + one(c, homeAccount, foreignAccount) + ":key/" + one(c, "k1", "k2")
		}
	}
	if c.chance(3) {
		q.response["x-amz-version-id"] = c.version(q.bucket)
	}
}

// version is one of few, so that later requests name it again; only the first two buckets keep any.
func (c *chaos) version(bucket string) string {
	if bucket == randomBuckets[2] {
		return "null"
	}
	return fmt.Sprintf("v%d", c.IntN(6))
}

func (c *chaos) put() {
	q := c.begin("PutObject", "REST.PUT.OBJECT")
	c.encrypt(&q)
	q.more["bytesTransferredIn"], q.more["bytesTransferredOut"] = randomSize(q.bucket, q.key), int64(c.IntN(2))
	q.size = fmt.Sprint(randomSize(q.bucket, q.key))
	c.both(q)
}

func (c *chaos) copyObject() {
	q := c.begin("CopyObject", "REST.COPY.OBJECT")
	c.encrypt(&q)
	from, key := one(c, randomBuckets...), one(c, randomKeys...)
	if c.chance(3) {
		from, key = q.bucket, q.key
	}
	q.params["x-amz-copy-source"] = one(c, "", "/") + from + "/" + escaped(key, "%20") + one(c, "", "", "?versionId=v1")
	where := c.IntN(10)
	if where > 1 {
		c.record(c.event(q))
	}
	if where != 2 {
		c.tell(q)
	}
	c.opened = append(c.opened, call{at: q.at, who: q.who, bucket: from, key: key})
	if where != 3 {
		q.bucket, q.key, q.line, q.status = from, key, "REST.COPY.OBJECT_GET", one(c, "200", "-")
		c.tell(q)
	}
}

// upload is a multipart upload of which any part may be missing.
func (c *chaos) upload() {
	q := c.begin("CreateMultipartUpload", "REST.POST.UPLOADS")
	id := "up" + c.hex(6)
	c.encrypt(&q)
	if q.code == "" && !c.chance(4) {
		q.response["uploadId"] = id
	}
	q.query = "?uploads"
	if !c.chance(5) {
		c.both(q)
	}
	done := c.begin("CompleteMultipartUpload", "REST.POST.UPLOAD")
	if c.chance(3) {
		done.op, done.line = "AbortMultipartUpload", "REST.DELETE.UPLOAD"
	}
	done.bucket, done.key, done.at = q.bucket, q.key, q.at.Add(time.Duration(c.IntN(600))*time.Second)
	done.query = "?uploadId=" + id
	if !c.chance(4) {
		done.params["uploadId"] = id
	} else {
		done.query = "?uploadId="
	}
	if !c.chance(5) {
		c.fail(&done)
		c.both(done)
	}
}

// remove is a DELETE of one object or one version.
func (c *chaos) remove() {
	q := c.begin("DeleteObject", "REST.DELETE.OBJECT")
	q.status = "204"
	if c.chance(3) && q.bucket != randomBuckets[2] {
		q.version = c.version(q.bucket)
		q.query = "?versionId=" + q.version
	}
	if !c.fail(&q) {
		q.response = map[string]any{}
		switch {
		case q.version != "":
			q.response["x-amz-version-id"] = q.version
			if c.chance(3) {
				q.response["x-amz-delete-marker"] = "true"
			}
		case q.bucket == randomBuckets[0]:
			q.response["x-amz-version-id"], q.response["x-amz-delete-marker"] = c.version(q.bucket), "true"
		}
	}
	c.both(q)
}

// removeMany is a multi-object delete, whose keys the record, events of their own, lines, all of
// these or nothing tells.
func (c *chaos) removeMany() {
	q := c.begin("DeleteObjects", "REST.POST.MULTI_OBJECT_DELETE")
	q.key, q.query = "", "?delete"
	q.params["delete"] = ""
	events, lines, named := c.chance(3), !c.chance(4), []any{}
	if q.status = "200"; c.fail(&q) {
		c.both(q)
		return
	}
	for range 1 + c.IntN(4) {
		k := q
		k.op, k.line, k.key, k.query, k.status = "DeleteObject", "BATCH.DELETE.OBJECT", one(c, randomKeys...), "", "204"
		k.params, k.response = map[string]any{}, map[string]any{}
		name := map[string]any{"key": k.key}
		if c.chance(3) && q.bucket != randomBuckets[2] {
			k.version = c.version(q.bucket)
			name["versionId"] = k.version
		}
		if slices.ContainsFunc(named, func(n any) bool { return fmt.Sprint(n) == fmt.Sprint(name) }) {
			continue
		}
		named = append(named, name)
		if c.chance(6) {
			k.code, k.status, k.response = "AccessDenied", "403", nil
		} else if q.bucket == randomBuckets[0] {
			k.response["x-amz-delete-marker"] = "true"
			if k.version == "" {
				k.response["x-amz-version-id"] = c.version(q.bucket)
			}
		}
		if events && !c.chance(5) {
			c.record(c.event(k))
		}
		if lines && !c.chance(6) {
			c.tell(k)
		}
	}
	switch {
	case c.chance(4):
		q.params["objects"] = named
	case c.chance(6):
		q.params["delete"] = map[string]any{"object": named}
	}
	c.both(q)
}

// expire is what lifecycle rules do; only the access log tells of it.
func (c *chaos) expire() {
	q := c.begin("", one(c, "S3.EXPIRE.OBJECT", "S3.CREATE.DELETEMARKER", "S3.TRANSITION_GDA.OBJECT"))
	q.who, q.ip, q.status = person{requester: "AmazonS3", kind: "AWSService"}, "-", "-"
	if c.chance(2) {
		q.version = c.version(q.bucket)
	}
	c.tell(q)
}

// link is a read by a pre-signed link.
func (c *chaos) link() {
	q := c.begin("GetObject", "REST.GET.OBJECT")
	q.who, q.readOnly = one(c, randomPeople[:4]...), true
	q.ip = one(c, append([]string{"198.51.100.7", "198.51.100.8"}, randomIPs...)...) // the signers were never at the first two
	signed := randomStart.Add(time.Duration(c.IntN(4)) * 13 * time.Minute)
	date, expires := signed.Format("20060102T150405Z"), one(c, "60", "3600")
	q.params["X-Amz-Date"], q.params["X-Amz-Expires"], q.params["X-Amz-Algorithm"] = date, expires, "AWS4-HMAC-SHA256"
	q.query = fmt.Sprintf("?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=%s%%2F20260301%%2Fus-east-1%%2Fs3%%2Faws4_request&X-Amz-Date=%s&X-Amz-Expires=%s&X-Amz-Signature=%064x",
		q.who.accessKey, date, expires, c.IntN(3))
	q.more["AuthenticationMethod"] = "QueryString"
	name, size := q.bucket+"/"+q.key, randomSize(q.bucket, q.key)
	if c.fail(&q) {
		size = 0
	} else {
		c.taken[name] = append(c.taken[name], stretch{0, size})
	}
	q.sent, q.size = fmt.Sprint(size), fmt.Sprint(randomSize(q.bucket, q.key))
	q.more["bytesTransferredOut"] = size
	c.both(q)
}

func (c *chaos) list() {
	q := c.begin("ListObjects", "REST.GET.BUCKET")
	q.key, q.query, q.readOnly = "", "?list-type=2", true
	c.fail(&q)
	sent := int64(c.IntN(900))
	q.more["bytesTransferredOut"], q.sent = sent, fmt.Sprint(sent)
	c.both(q)
}

// bare is a request without a bucket.
func (c *chaos) bare() {
	q := c.begin("ListBuckets", "")
	q.bucket, q.key, q.readOnly, q.management = "", "", true, true
	c.record(c.event(q))
}

var everybody = map[string]any{"Statement": []any{map[string]any{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}}}

// configure changes a bucket or a trail.
func (c *chaos) configure() {
	q := c.begin("", "")
	q.key, q.management, q.response = "", true, map[string]any{}
	if c.chance(2) {
		q.bucket = "web" // whose settings meet
	}
	if c.chance(9) {
		q.code, q.status = "AccessDenied", "403"
	}
	type change struct {
		op, line string
		params   map[string]any
	}
	x := one(c,
		change{"PutBucketVersioning", "REST.PUT.VERSIONING", map[string]any{"VersioningConfiguration": map[string]any{"Status": one(c, "Enabled", "Suspended")}}},
		change{"PutBucketPolicy", "REST.PUT.BUCKETPOLICY", map[string]any{"bucketPolicy": one(c, everybody, map[string]any{"Statement": []any{}})}},
		change{"DeleteBucketPolicy", "REST.DELETE.BUCKETPOLICY", nil},
		change{"PutBucketAcl", "REST.PUT.ACL", map[string]any{"x-amz-acl": []any{one(c, "public-read", "private")}}},
		change{"PutBucketPublicAccessBlock", "REST.PUT.PUBLIC_ACCESS_BLOCK", map[string]any{"PublicAccessBlockConfiguration": map[string]any{"RestrictPublicBuckets": c.chance(2), "IgnorePublicAcls": c.chance(2)}}},
		change{"DeleteBucketPublicAccessBlock", "REST.DELETE.PUBLIC_ACCESS_BLOCK", nil},
		change{"PutBucketLogging", "REST.PUT.LOGGING_STATUS", map[string]any{"BucketLoggingStatus": one(c, map[string]any{}, map[string]any{"LoggingEnabled": map[string]any{"TargetBucket": "arch", "TargetPrefix": ""}})}},
		change{"StopLogging", "", map[string]any{"name": "main"}},
		change{"StartLogging", "", map[string]any{"name": "main"}},
		change{"PutEventSelectors", "", map[string]any{"trailName": "main", "eventSelectors": []any{map[string]any{"readWriteType": one(c, "All", "All", "WriteOnly"), "dataResources": []any{map[string]any{"type": "AWS::S3::Object", "values": []any{one(c, "arn:aws:s3", "arn:aws:s3:::fin/")}}}}}}},
	)
	q.op, q.line = x.op, x.line
	for name, v := range x.params {
		q.params[name] = v
	}
	if q.line == "" {
		q.bucket, q.source = "", "cloudtrail.amazonaws.com"
		c.record(c.event(q))
		return
	}
	c.both(q)
}

// assume begins a session of a role; the answer does not always tell its key.
func (c *chaos) assume() {
	q := c.begin("AssumeRole", "")
	q.bucket, q.key, q.source, q.management, q.who = "", "", "sts.amazonaws.com", true, randomPeople[one(c, 0, 3)]
	session := randomPeople[1+c.IntN(2)]
	q.at = session.created.Add(time.Duration(c.IntN(9)-4) * time.Second)
	q.response = map[string]any{"assumedRoleUser": map[string]any{"assumedRoleId": session.principal, "arn": session.requester}}
	if c.chance(2) {
		q.response["credentials"] = map[string]any{"accessKeyId": session.accessKey}
	}
	c.record(c.event(q))
}
