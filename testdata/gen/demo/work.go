package demo

import (
	"fmt"
	"time"

	"trailsift/testdata/gen/activity"
	"trailsift/testdata/gen/dice"
)

// Object is the short way to write ordered JSON in scenes.
type object = activity.Object

// work is one caller at one job: whose requests follow each other within seconds.
type work struct {
	w     *world
	d     *dice.Dice
	actor *activity.Actor
	ip    string
	agent string
	shape activity.Shape
	clock time.Time
}

func (j *work) next() time.Time {
	j.clock = j.clock.Add(time.Duration(1+j.d.N(9)) * time.Second)
	return j.clock
}

func (j *work) request(call, bucket, key string) activity.Request {
	return activity.Request{Time: j.next(), Actor: j.actor, IP: j.ip, Agent: j.agent, Shape: j.shape, Call: call, Bucket: bucket, Key: key}
}

func (j *work) tell(r activity.Request) activity.Request { return j.w.tell(j.d, r) }

// get reads one object whole and returns its size.
func (j *work) get(bucket, key string) int64 {
	r := j.request("GetObject", bucket, key)
	r.Out = size(bucket, key)
	r.Size = r.Out
	j.tell(r)
	return r.Out
}

func (j *work) head(bucket, key string) {
	r := j.request("HeadObject", bucket, key)
	r.Size = size(bucket, key)
	j.tell(r)
}

// denied is a request that S3 refuses for want of a permission.
func (j *work) denied(call, bucket, key string) {
	r := j.request(call, bucket, key)
	refuse(&r, call)
	j.tell(r)
}

func refuse(r *activity.Request, action string) {
	who := "anonymous"
	if r.Actor.ARN != "" {
		who = "User: " + r.Actor.ARN
	}
	target := "arn:aws:s3:::" + r.Bucket
	if r.Key != "" {
		target += "/" + r.Key
	}
	r.Error, r.Status, r.Out = "AccessDenied", 403, 243
	r.Message = who + " is not authorized to perform: s3:" + action + ` on resource: "` + target + `" because no identity-based policy allows the s3:` + action + " action"
}

// list lists a prefix.
func (j *work) list(bucket, prefix string) {
	r := j.request("ListObjects", bucket, "")
	r.Params = object{{Name: "list-type", Value: "2"}, {Name: "prefix", Value: prefix}, {Name: "encoding-type", Value: "url"}}
	r.Shape.Query = "list-type=2&encoding-type=url&prefix=" + query(prefix)
	r.Shape.OnlyPrefix = true
	r.Out = int64(j.d.Between(900, 60_000))
	j.tell(r)
}

// query encodes a value of a query string; prefixes of the story hold only these letters.
func query(s string) string {
	var b []byte
	for i := range len(s) {
		switch c := s[i]; c {
		case ' ':
			b = append(b, "%20"...)
		case '/':
			b = append(b, "%2F"...)
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// Encryption of a write: what the request asked for and what the answer says.
type sealing struct {
	applied string // SSEApplied
	header  string // x-amz-server-side-encryption in the request, if asked for
	answer  string
	key     string
}

var (
	byDefault    = sealing{applied: "Default_SSE_S3", answer: "AES256"}
	askedS3      = sealing{applied: "SSE_S3", header: "AES256", answer: "AES256"}
	defaultKMS   = sealing{applied: "Default_SSE_KMS", answer: "aws:kms", key: financeKey}
	askedKMS     = sealing{applied: "SSE_KMS", header: "aws:kms", answer: "aws:kms", key: financeKey}
	askedDSSE    = sealing{applied: "DSSE_KMS", header: "aws:kms:dsse", answer: "aws:kms:dsse", key: lakeKey}
	customer     = sealing{applied: "SSE_C"}
	notMentioned = sealing{}
)

func (s sealing) on(r *activity.Request) {
	const head = "x-amz-server-side-encryption"
	r.SSE = s.applied
	if s.applied == "SSE_C" {
		m := activity.Member{Name: head + "-customer-algorithm", Value: "AES256"}
		r.Params, r.Response = append(r.Params, m), append(r.Response, m)
		return
	}
	if s.header != "" {
		r.Params = append(r.Params, activity.Member{Name: head, Value: s.header})
		if s.key != "" {
			r.Params = append(r.Params, activity.Member{Name: head + "-aws-kms-key-id", Value: s.key})
		}
	}
	if s.answer != "" {
		r.Response = append(r.Response, activity.Member{Name: head, Value: s.answer})
	}
	if s.key != "" {
		r.Response = append(r.Response, activity.Member{Name: head + "-aws-kms-key-id", Value: s.key})
	}
}

// put writes one object.
func (j *work) put(bucket, key string, s sealing) activity.Request {
	r := j.request("PutObject", bucket, key)
	r.In = size(bucket, key)
	r.Size = r.In
	s.on(&r)
	if s.applied == "" {
		j.w.count("enc-not-reported", 1)
	}
	return j.tell(r)
}

// failPut is a write that is refused: it wrote nothing, so no encryption is reported.
func (j *work) failPut(bucket, key string, s sealing) {
	r := j.request("PutObject", bucket, key)
	s.on(&r)
	r.SSE, r.Response = "", nil
	refuse(&r, "PutObject")
	j.w.count("enc-failed-writes", 1)
	j.tell(r)
}

// multipart uploads one large object in parts.
func (j *work) multipart(bucket, key string, parts int, s sealing) {
	upload := activity.Member{Name: "uploadId", Value: j.d.Text(dice.Mixed, 64)}
	r := j.request("CreateMultipartUpload", bucket, key)
	s.on(&r)
	j.tell(r)
	for i := range parts {
		p := j.request("UploadPart", bucket, key)
		p.In, p.Size = 8<<20, 8<<20
		p.Params = object{{Name: "partNumber", Value: fmt.Sprint(i + 1)}, upload}
		p.Shape.Query = fmt.Sprintf("partNumber=%d&uploadId=%s", i+1, upload.Value)
		j.tell(p)
	}
	c := j.request("CompleteMultipartUpload", bucket, key)
	c.Params, c.Out = object{upload}, 480
	c.Size = int64(parts) * 8 << 20
	c.Shape.Query = fmt.Sprintf("uploadId=%s", upload.Value)
	j.tell(c)
}

// call makes a management call of another service.
func (j *work) call(account, region, source, name string, params, response object) activity.Request {
	r := j.request(name, "", "")
	r.Account, r.Region, r.Source, r.Params, r.Response = account, region, source, params, response
	r.Shape = activity.Shape{}
	return j.tell(r)
}

// decrypt is what KMS records when S3 opens an object for the caller.
func (j *work) decrypt(bucket, key string) {
	k := *j
	k.ip, k.agent = "AWS Internal", "AWS Internal"
	k.clock = j.clock.Add(-time.Second)
	a := *j.actor
	a.AccessKey = temporary("kms"+a.ARN, j.clock)
	k.actor = &a
	r := k.request("Decrypt", "", "")
	r.Time, r.Account, r.Region, r.Source, r.Shape = j.clock, buckets[bucket].owner, buckets[bucket].region, "kms.amazonaws.com", activity.Shape{}
	r.Params = object{{Name: "encryptionAlgorithm", Value: "SYMMETRIC_DEFAULT"}, {Name: "encryptionContext", Value: object{{Name: "aws:s3:arn", Value: "arn:aws:s3:::" + bucket + "/" + key}}}}
	j.w.count("kms-decrypts", 1)
	j.tell(r)
}
