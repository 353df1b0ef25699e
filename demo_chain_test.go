package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"sort"
	"strings"
	"testing"
	"time"
)

const auditBucket = "acme-audit-logs"

type signedDigest struct {
	body []byte
	end  string // digestEndTime as written

	DigestStartTime, DigestEndTime time.Time
	DigestS3Bucket, DigestS3Object string
	DigestPublicKeyFingerprint     string
	PreviousDigestS3Object         *string
	PreviousDigestHashValue        *string
	PreviousDigestSignature        *string
	LogFiles                       []struct{ S3Object, HashValue string }
}

func (d demoEvidence) publicKeys(t *testing.T) map[string]*rsa.PublicKey {
	t.Helper()
	var list struct {
		PublicKeyList []struct {
			Value       []byte
			Fingerprint string
		}
	}
	if err := json.Unmarshal(d.tree["keys/public-keys.json"], &list); err != nil {
		t.Fatal(err)
	}
	keys := map[string]*rsa.PublicKey{}
	for _, k := range list.PublicKeyList {
		pub, err := x509.ParsePKCS1PublicKey(k.Value)
		if err != nil {
			t.Fatal(err)
		}
		keys[k.Fingerprint] = pub
		sum := sha256.Sum256(k.Value)
		if readme, ok := d.tree["README.md"]; ok && !strings.Contains(string(readme), hex.EncodeToString(sum[:])) {
			t.Errorf("the README does not name the demo key %x", sum)
		}
	}
	return keys
}

func (d demoEvidence) digests(t *testing.T) map[string]*signedDigest {
	t.Helper()
	out := map[string]*signedDigest{}
	for name, content := range d.tree {
		if !strings.Contains(name, "/CloudTrail-Digest/") {
			continue
		}
		x := &signedDigest{body: gunzip(t, name, content)}
		var end struct{ DigestEndTime string }
		if err := json.Unmarshal(x.body, x); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := json.Unmarshal(x.body, &end); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		x.end = end.DigestEndTime
		if got := x.DigestS3Bucket + "/" + x.DigestS3Object; got != name {
			t.Errorf("%s claims to be %s", name, got)
		}
		out[x.DigestS3Object] = x
	}
	return out
}

// countChain checks every signature and link and counts what the logs' hashes say.
func (d demoEvidence) countChain(t *testing.T, n map[string]int64) {
	t.Helper()
	digests, keys := d.digests(t), d.publicKeys(t)
	var metadata map[string]struct{ Signature string }
	if err := json.Unmarshal(d.tree["metadata.json"], &metadata); err != nil {
		t.Fatal(err)
	}
	signatures := map[string]string{}
	for _, x := range digests {
		if x.PreviousDigestSignature != nil {
			signatures[*x.PreviousDigestS3Object] = *x.PreviousDigestSignature
		}
	}
	listed := map[string]string{}
	for object, x := range digests {
		n["digests"]++
		if own, ok := metadata[auditBucket+"/"+object]; ok {
			n["digests-with-metadata"]++
			if s, ok := signatures[object]; ok && s != own.Signature {
				t.Errorf("%s: metadata and successor disagree about its signature", object)
			}
			signatures[object] = own.Signature
		} else {
			n["digests-by-successor"]++
		}
		checkSignature(t, x, keys[x.DigestPublicKeyFingerprint], signatures[object])
		checkLink(t, x, digests)
		for _, l := range x.LogFiles {
			listed[l.S3Object] = l.HashValue
		}
	}
	d.countHashes(t, auditBucket, listed, n)
	n["gap-seconds"] = gaps(t, digests)
}

// checkSignature is the User Guide's recipe: four lines joined by line feeds, PKCS #1 v1.5.
func checkSignature(t *testing.T, x *signedDigest, key *rsa.PublicKey, signature string) {
	t.Helper()
	raw, err := hex.DecodeString(signature)
	if err != nil || key == nil {
		t.Fatalf("%s: no signature or no key (%v)", x.DigestS3Object, err)
	}
	before := "null"
	if x.PreviousDigestSignature != nil {
		before = *x.PreviousDigestSignature
	}
	body := sha256.Sum256(x.body)
	text := x.end + "\n" + x.DigestS3Bucket + "/" + x.DigestS3Object + "\n" + hex.EncodeToString(body[:]) + "\n" + before
	sum := sha256.Sum256([]byte(text))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw); err != nil {
		t.Errorf("%s: %v", x.DigestS3Object, err)
	}
}

func checkLink(t *testing.T, x *signedDigest, digests map[string]*signedDigest) {
	t.Helper()
	if x.PreviousDigestS3Object == nil {
		return
	}
	prev := digests[*x.PreviousDigestS3Object]
	if prev == nil {
		t.Errorf("%s: its predecessor is absent", x.DigestS3Object)
		return
	}
	if sum := sha256.Sum256(prev.body); hex.EncodeToString(sum[:]) != *x.PreviousDigestHashValue {
		t.Errorf("%s: the predecessor's hash differs", x.DigestS3Object)
	}
	if !prev.DigestEndTime.Equal(x.DigestStartTime) {
		t.Errorf("%s: its window does not follow its predecessor's", x.DigestS3Object)
	}
}

func (d demoEvidence) countHashes(t *testing.T, bucket string, listed map[string]string, n map[string]int64) {
	t.Helper()
	for object, want := range listed {
		n["log-files-listed"]++
		name := bucket + "/" + object
		content, ok := d.tree[name]
		if !ok {
			n["log-files-missing"]++
			continue
		}
		if sum := sha256.Sum256(gunzip(t, name, content)); hex.EncodeToString(sum[:]) == want {
			n["log-files-proven"]++
		} else {
			n["log-files-altered"]++
			n["log-records-altered"] += int64(d.logs[name])
		}
	}
	for name, records := range d.logs {
		if _, ok := listed[strings.TrimPrefix(name, bucket+"/")]; !ok {
			n["log-files-planted"]++
			n["planted-records"] += int64(records)
		}
	}
}

// gaps adds up the time between a digest and a later one of the same folder that names no
// predecessor.
func gaps(t *testing.T, digests map[string]*signedDigest) int64 {
	t.Helper()
	chains := map[string][]*signedDigest{}
	for object, x := range digests {
		if !strings.HasSuffix(object, "_backfill.json.gz") {
			chain := strings.Join(strings.Split(object, "/")[1:4], "/")
			chains[chain] = append(chains[chain], x)
		}
	}
	var total time.Duration
	for name, list := range chains {
		sort.Slice(list, func(a, b int) bool { return list[a].DigestEndTime.Before(list[b].DigestEndTime) })
		for i := 1; i < len(list); i++ {
			if list[i].PreviousDigestS3Object == nil {
				total += list[i].DigestStartTime.Sub(list[i-1].DigestEndTime)
				if !strings.Contains(name, "eu-west-1") {
					t.Errorf("%s: a restart in a chain that never stopped", name)
				}
			}
		}
	}
	return int64(total / time.Second)
}
