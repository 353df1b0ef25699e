package integrity

import (
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// signer is a key pair made in the test, as CloudTrail would hold one.
type signer struct {
	private *rsa.PrivateKey
	der     []byte // PKCS #1
	name    string // fingerprint
}

func newSigner() *signer {
	k, err := rsa.GenerateKey(rand.Reader, 1024) // small: tests make thousands of signatures
	if err != nil {
		panic(err)
	}
	der := x509.MarshalPKCS1PublicKey(&k.PublicKey)
	return &signer{k, der, fingerprintOf(der)}
}

func fingerprintOf(der []byte) string {
	sum := md5.Sum(der)
	return hex.EncodeToString(sum[:])
}

// testKeys are made once a test run: the region's key, its successor, another region's, an attacker's.
var testKeys = sync.OnceValue(func() [4]*signer {
	return [4]*signer{newSigner(), newSigner(), newSigner(), newSigner()}
})

// trail says where a trail delivers.
type trail struct {
	account, region, name, home, bucket, prefix, org string
}

func plainTrail() trail {
	return trail{account: "111122223333", region: "us-east-1", name: "org-audit", home: "us-east-1", bucket: "acme-trail"}
}

func (t trail) folder(kind string, at time.Time) string {
	parts := []string{"AWSLogs", t.account, kind, t.region, at.Format("2006/01/02")}
	if t.org != "" {
		parts = slices.Insert(parts, 1, t.org)
	}
	if t.prefix != "" {
		parts = slices.Insert(parts, 0, t.prefix)
	}
	return strings.Join(parts, "/") + "/"
}

func (t trail) logKey(at time.Time, unique string) string {
	return t.folder("CloudTrail", at) + fmt.Sprintf("%s_CloudTrail_%s_%s_%s.json.gz", t.account, t.region, at.Format(logStamp), unique)
}

func (t trail) digestKey(end time.Time, backfill bool) string {
	tail := ""
	if backfill {
		tail = backfillTail
	}
	return t.folder("CloudTrail-Digest", end) + fmt.Sprintf("%s_CloudTrail-Digest_%s_%s_%s_%s%s.json.gz", t.account, t.region, t.name, t.home, end.Format(digestStamp), tail)
}

// logItem is one delivered log file.
type logItem struct {
	bucket, key string
	content     []byte
}

func (l logItem) place() string { return l.bucket + "/" + l.key }

// document is a digest in the documented order of its members.
type document struct {
	AwsAccountID                string    `json:"awsAccountId"`
	DigestStartTime             string    `json:"digestStartTime"`
	DigestEndTime               string    `json:"digestEndTime,omitempty"`
	DigestS3Bucket              string    `json:"digestS3Bucket"`
	DigestS3Object              string    `json:"digestS3Object"`
	DigestPublicKeyFingerprint  string    `json:"digestPublicKeyFingerprint"`
	DigestSignatureAlgorithm    string    `json:"digestSignatureAlgorithm"`
	NewestEventTime             *string   `json:"newestEventTime"`
	OldestEventTime             *string   `json:"oldestEventTime"`
	PreviousDigestS3Bucket      *string   `json:"previousDigestS3Bucket"`
	PreviousDigestS3Object      *string   `json:"previousDigestS3Object"`
	PreviousDigestHashValue     *string   `json:"previousDigestHashValue"`
	PreviousDigestHashAlgorithm *string   `json:"previousDigestHashAlgorithm"`
	PreviousDigestSignature     *string   `json:"previousDigestSignature"`
	LogFiles                    []listDoc `json:"logFiles,omitzero"`
}

type listDoc struct {
	S3Bucket        string `json:"s3Bucket"`
	S3Object        string `json:"s3Object"`
	HashValue       string `json:"hashValue"`
	HashAlgorithm   string `json:"hashAlgorithm"`
	NewestEventTime string `json:"newestEventTime"`
	OldestEventTime string `json:"oldestEventTime"`
}

// text is the document as CloudTrail writes one: compact, every slash escaped.
func (d document) text() []byte {
	b, err := json.Marshal(d)
	if err != nil {
		panic(err)
	}
	return bytes.ReplaceAll(b, []byte("/"), []byte(`\/`))
}

// hour is one digest to be made. edit changes the document before it is signed.
type hour struct {
	start, end time.Time
	trail      trail
	key        *signer
	backfill   bool
	restart    bool
	logs       []logItem
	edit       func(*document)
}

func (h *hour) place() string { return h.trail.bucket + "/" + h.trail.digestKey(h.end, h.backfill) }

// pile is evidence under construction: raw files by place, metadata, keys and what is asked.
type pile struct {
	raw          map[string][]byte
	unreadable   map[string]string
	meta         map[string]Metadata
	keys         []Key
	since, until time.Time
	source       string
}

func newPile() *pile {
	return &pile{raw: map[string][]byte{}, unreadable: map[string]string{}, meta: map[string]Metadata{}, source: "asked"}
}

var chainStart = time.Date(2025, 2, 28, 23, 1, 31, 0, time.UTC)

// defaultHours is the chain most scenarios start from: a starting digest without logs, then six hours
// of two logs each, from 23:01:31 to 06:01:31.
func defaultHours(t trail) []*hour { return hoursOf(t, 7, 2) }

func hoursOf(t trail, n, perHour int) []*hour { return hoursFrom(chainStart, t, n, perHour) }

func hoursFrom(first time.Time, t trail, n, perHour int) []*hour {
	out := make([]*hour, n)
	for i := range out {
		start := first.Add(time.Duration(i) * time.Hour)
		out[i] = &hour{start: start, end: start.Add(time.Hour), trail: t, key: testKeys()[0], restart: i == 0}
		for j := 0; i > 0 && j < perHour; j++ {
			at := start.Add(time.Duration(j+1) * time.Hour / time.Duration(perHour+1)).Truncate(time.Minute)
			out[i].logs = append(out[i].logs, newLog(t, at, fmt.Sprintf("%s%d%c", t.name, i, 'a'+j)))
		}
	}
	return out
}

func newLog(t trail, at time.Time, name string) logItem {
	sum := sha256.Sum256([]byte(name))
	content := fmt.Sprintf(`{"Records":[{"eventID":"%x","eventName":"GetObject","sourceIPAddress":"198.51.100.7"}]}`, sum[:8])
	return logItem{bucket: t.bucket, key: t.logKey(at, strings.ToUpper(hex.EncodeToString(sum[:8]))), content: []byte(content)}
}

// sign writes the digests of one chain, oldest first, and the logs they list, into p.
func (p *pile) sign(hours ...*hour) {
	var before *hour
	var beforeText []byte
	var beforeSignature string
	for _, h := range hours {
		d := document{AwsAccountID: h.trail.account, DigestStartTime: stamp(h.start), DigestEndTime: stamp(h.end), DigestS3Bucket: h.trail.bucket,
			DigestS3Object: h.trail.digestKey(h.end, h.backfill), DigestPublicKeyFingerprint: h.key.name, DigestSignatureAlgorithm: "SHA256withRSA", LogFiles: []listDoc{}}
		if before != nil && !h.restart {
			hash, algorithm, key := hexSum(beforeText), "SHA-256", before.trail.digestKey(before.end, before.backfill)
			signature, bucket := beforeSignature, before.trail.bucket
			d.PreviousDigestS3Bucket, d.PreviousDigestS3Object, d.PreviousDigestHashValue = &bucket, &key, &hash
			d.PreviousDigestHashAlgorithm, d.PreviousDigestSignature = &algorithm, &signature
		}
		for _, l := range h.logs {
			d.LogFiles = append(d.LogFiles, listDoc{l.bucket, l.key, hexSum(l.content), "SHA-256", stamp(h.start), stamp(h.start)})
			p.raw[l.place()] = zip(l.content)
		}
		if h.edit != nil {
			h.edit(&d)
		}
		beforeText = d.text()
		beforeSignature = signText(d, beforeText, h.key)
		p.raw[h.place()] = zip(beforeText)
		m := Metadata{Signature: beforeSignature, Algorithm: "SHA256withRSA"}
		if h.backfill {
			m.BackfillTimestamp = stamp(h.end.Add(24 * time.Hour))
		}
		p.meta[h.place()] = m
		if p.since.IsZero() || h.start.Before(p.since) {
			p.since = h.start
		}
		p.until = later(h.end, p.until)
		before = h
	}
}

// signText signs a digest the way the User Guide describes, by its own words and not by StringToSign.
func signText(d document, content []byte, key *signer) string {
	previous := "null"
	if d.PreviousDigestSignature != nil {
		previous = *d.PreviousDigestSignature
	}
	sum := sha256.Sum256([]byte(d.DigestEndTime + "\n" + d.DigestS3Bucket + "/" + d.DigestS3Object + "\n" + hexSum(content) + "\n" + previous))
	sig, err := rsa.SignPKCS1v15(nil, key.private, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return hex.EncodeToString(sig)
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func zip(content []byte) []byte { return zipLevel(content, gzip.DefaultCompression) }

func zipLevel(content []byte, level int) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		panic(err)
	}
	_, _ = w.Write(content) // a bytes.Buffer takes everything
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func unzip(raw []byte) []byte {
	content, _, _, _ := inflate(raw)
	return content
}

// keyList is what `aws cloudtrail list-public-keys` prints for keys, each in one encoding.
func keyList(entries ...[2]string) []byte {
	var items []map[string]any
	for _, e := range entries {
		items = append(items, map[string]any{"Value": e[0], "Fingerprint": e[1], "ValidityStartTime": 1740700000.0, "ValidityEndTime": 1743292000.0})
	}
	b, err := json.Marshal(map[string]any{"PublicKeyList": items})
	if err != nil {
		panic(err)
	}
	return b
}

func (s *signer) entry() [2]string {
	return [2]string{base64.StdEncoding.EncodeToString(s.der), s.name}
}

func (s *signer) spkiEntry() [2]string {
	der, err := x509.MarshalPKIXPublicKey(&s.private.PublicKey)
	if err != nil {
		panic(err)
	}
	return [2]string{base64.StdEncoding.EncodeToString(der), s.name}
}

// trust replaces the pile's keys.
func (p *pile) trust(trust Trust, entries ...[2]string) {
	keys, err := ParseKeys(keyList(entries...), trust, "us-east-1", "keys.json")
	if err != nil {
		panic(err)
	}
	p.keys = keys
}

func (p *pile) input() Input {
	in := Input{Keys: p.keys, Metadata: p.meta, Source: p.source}
	if p.source != "evidence" {
		in.Since, in.Until = p.since, p.until
	}
	for _, place := range slices.Sorted(maps.Keys(p.raw)) {
		in.Files = append(in.Files, fileOf(place, p.raw[place]))
	}
	for _, place := range slices.Sorted(maps.Keys(p.unreadable)) {
		in.Files = append(in.Files, &File{Path: place, Unreadable: p.unreadable[place]})
	}
	return in
}

// relocate moves every file and its metadata to where to says.
func (p *pile) relocate(to func(string) string) {
	raw, meta := map[string][]byte{}, map[string]Metadata{}
	for place, b := range p.raw {
		raw[to(place)] = b
	}
	for place, m := range p.meta {
		meta[to(place)] = m
	}
	p.raw, p.meta = raw, meta
}

func (p *pile) move(from, to string) {
	p.raw[to] = p.raw[from]
	delete(p.raw, from)
}

// edit replaces the content of a file by what change makes of it.
func (p *pile) edit(t testing.TB, place string, change func(string) string) {
	t.Helper()
	old := string(unzip(p.raw[place]))
	now := change(old)
	if now == old {
		t.Fatalf("the tampering of %s changed nothing", place)
	}
	p.raw[place] = zip([]byte(now))
}
