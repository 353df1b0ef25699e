// Package chain makes CloudTrail digest files: one signed document an hour that names the log files
// delivered in that hour and its own predecessor. It must not know what the logs say.
// Source: AWS CloudTrail User Guide, "CloudTrail digest file structure" and "Custom implementations
// of CloudTrail log file integrity validation".
package chain

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"trailsift/testdata/gen/activity"
)

// Algorithm is what a digest and its metadata call the signature.
const Algorithm = "SHA256withRSA"

// Trail is one chain of digests.
type Trail struct{ Account, Region, Name, Home, Bucket string }

// Log is one delivered log file.
type Log struct {
	Object    string
	Hash      string // SHA-256 of the uncompressed log, lower-case hex
	Delivered time.Time
	Oldest    time.Time
	Newest    time.Time
}

// Digest is one signed digest.
type Digest struct {
	Object     string
	Body       []byte // uncompressed
	Signature  string // lower-case hex
	Start, End time.Time
	Backfill   bool
}

// Sign makes the digest of a window that follows prev; prev nil starts a chain.
func (t Trail) Sign(start, end time.Time, logs []Log, prev *Digest, key *Key, backfill bool) *Digest {
	suffix := ".json.gz"
	if backfill {
		suffix = "_backfill.json.gz"
	}
	d := &Digest{Start: start, End: end, Backfill: backfill}
	d.Object = "AWSLogs/" + t.Account + "/CloudTrail-Digest/" + t.Region + "/" + end.Format("2006/01/02") + "/" + t.Account +
		"_CloudTrail-Digest_" + t.Region + "_" + t.Name + "_" + t.Home + "_" + end.Format("20060102T150405Z") + suffix
	d.Body = t.body(d, logs, prev, key)
	before := "null"
	if prev != nil {
		before = prev.Signature
	}
	text := strings.Join([]string{activity.Stamp(end), t.Bucket + "/" + d.Object, Sum(d.Body), before}, "\n")
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(nil, key.private, crypto.SHA256, sum[:])
	if err != nil {
		panic("chain: a derived key cannot sign: " + err.Error())
	}
	d.Signature = hex.EncodeToString(sig)
	return d
}

func (t Trail) body(d *Digest, logs []Log, prev *Digest, key *Key) []byte {
	var oldest, newest any
	list := []activity.Object{}
	for _, l := range logs {
		o, n := activity.Stamp(l.Oldest), activity.Stamp(l.Newest)
		if oldest == nil || o < oldest.(string) {
			oldest = o
		}
		if newest == nil || n > newest.(string) {
			newest = n
		}
		list = append(list, activity.Object{
			{Name: "s3Bucket", Value: t.Bucket}, {Name: "s3Object", Value: l.Object}, {Name: "hashValue", Value: l.Hash},
			{Name: "hashAlgorithm", Value: "SHA-256"}, {Name: "newestEventTime", Value: n}, {Name: "oldestEventTime", Value: o},
		})
	}
	var bucket, object, hash, algorithm, signature any
	if prev != nil {
		bucket, object, hash, algorithm, signature = t.Bucket, prev.Object, Sum(prev.Body), "SHA-256", prev.Signature
	}
	body := activity.Object{
		{Name: "awsAccountId", Value: t.Account}, {Name: "digestStartTime", Value: activity.Stamp(d.Start)}, {Name: "digestEndTime", Value: activity.Stamp(d.End)},
		{Name: "digestS3Bucket", Value: t.Bucket}, {Name: "digestS3Object", Value: d.Object},
		{Name: "digestPublicKeyFingerprint", Value: key.Fingerprint}, {Name: "digestSignatureAlgorithm", Value: Algorithm},
		{Name: "newestEventTime", Value: newest}, {Name: "oldestEventTime", Value: oldest},
		{Name: "previousDigestS3Bucket", Value: bucket}, {Name: "previousDigestS3Object", Value: object},
		{Name: "previousDigestHashValue", Value: hash}, {Name: "previousDigestHashAlgorithm", Value: algorithm},
		{Name: "previousDigestSignature", Value: signature}, {Name: "logFiles", Value: list},
	}.AppendJSON(nil)
	// Real digests escape every slash; only the exact bytes are hashed and signed.
	return []byte(strings.ReplaceAll(string(body), "/", `\/`))
}

// Sum is the SHA-256 of b in lower-case hex.
func Sum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Metadata is the object metadata of digests in the form of the --metadata file: one object whose
// members are "bucket/key".
type Metadata struct{ members activity.Object }

// Add takes in the metadata of one digest.
func (m *Metadata) Add(bucket string, d *Digest) {
	o := activity.Object{{Name: "signature", Value: d.Signature}, {Name: "signature-algorithm", Value: Algorithm}}
	if d.Backfill {
		o = append(o, activity.Member{Name: "backfill-generation-timestamp", Value: activity.Stamp(d.End.Add(3 * time.Hour))})
	}
	m.members = append(m.members, activity.Member{Name: bucket + "/" + d.Object, Value: o})
}

// JSON is the file, one digest a line.
func (m *Metadata) JSON() []byte {
	b := []byte("{\n")
	for i, e := range m.members {
		b = activity.AppendString(b, e.Name)
		b = append(b, ": "...)
		b = e.Value.(activity.Object).AppendJSON(b)
		if i < len(m.members)-1 {
			b = append(b, ',')
		}
		b = append(b, '\n')
	}
	return append(b, "}\n"...)
}
