package integrity

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"trailsift/model"
)

// The table of expectations. The default chain is a starting digest without logs and six hourly ones
// of two logs each: 7 digests, 12 logs; its true span, 23:01:31 to 06:01:31, is asked for unless the
// scenario says otherwise. Ids are those of the verification specification.
type scenario struct {
	id, name string
	plan     func(*stage) // before anything is signed
	tamper   func(*stage) // afterwards
	want     string       // see summary
	also     func(*stage, *Report)
}

const untouched = "verified 0 | 7 valid:7 | 12 valid:12 | -"

var scenarios = []scenario{
	{"S01", "an untampered chain", nil, nil, untouched, all(wantCoverage(7*3600, 0, 0),
		wantBadge(model.Verified, func(s *stage) string { return s.log(3, 0) }))},
	{"S01", "without a range", func(s *stage) { s.evidenceOnly() }, nil, "verified-within 0 | 7 valid:7 | 12 valid:12 | -", nil},
	{"S02", "a log is modified", nil, func(s *stage) { s.edit(s, s.log(3, 0), swapIP) },
		"adverse 1 | 7 valid:7 | 12 valid:11 invalid:1 | !log-hash-mismatch", all(wantObject("log-hash-mismatch", func(s *stage) string { return s.log(3, 0) }),
			wantBadge(model.Altered, func(s *stage) string { return s.log(3, 0) }))},
	{"S03", "a log is deleted", nil, func(s *stage) { s.remove(s.log(3, 0)) },
		"adverse 1 | 7 valid:7 | 12 valid:11 missing:1 | !log-missing", nil},
	{"S04", "a log's gzip stream is cut in half", nil, func(s *stage) { s.raw[s.log(3, 0)] = half(s.raw[s.log(3, 0)]) },
		"adverse 1 | 7 valid:7 | 12 valid:11 invalid:1 | !log-format", nil},
	{"S05", "only a log's gzip trailer is cut off", nil, func(s *stage) { s.raw[s.log(3, 0)] = cut(s.raw[s.log(3, 0)], 8) },
		"verified 0 | 7 valid:7 | 12 valid:12 | ~container-damaged", nil},
	{"S06", "a log's gzip CRC is wrong", nil, func(s *stage) { flip(s.raw[s.log(3, 0)], -8) },
		"verified 0 | 7 valid:7 | 12 valid:12 | ~container-damaged", nil},
	{"S07", "a log is stored uncompressed", nil, func(s *stage) { s.raw[s.log(3, 0)] = unzip(s.raw[s.log(3, 0)]) }, untouched, nil},
	{"S08", "a log is replaced by garbage", nil, func(s *stage) { s.raw[s.log(3, 0)] = []byte("no gzip at all") },
		"adverse 1 | 7 valid:7 | 12 valid:11 invalid:1 | !log-hash-mismatch", nil},
	{"S09", "a log is emptied", nil, func(s *stage) { s.raw[s.log(3, 0)] = []byte{} },
		"adverse 1 | 7 valid:7 | 12 valid:11 invalid:1 | !log-hash-mismatch", nil},
	{"S10", "a second gzip member is appended to a log", nil, func(s *stage) { s.raw[s.log(3, 0)] = append(s.raw[s.log(3, 0)], zip([]byte(`{"Records":[]}`))...) },
		"adverse 1 | 7 valid:7 | 12 valid:11 invalid:1 | !log-trailing-data", wantBadge(model.Altered, func(s *stage) string { return s.log(3, 0) })},
	{"S11", "garbage is appended to a log", nil, func(s *stage) { s.raw[s.log(3, 0)] = append(s.raw[s.log(3, 0)], "garbage"...) },
		"adverse 1 | 7 valid:7 | 12 valid:11 invalid:1 | !log-trailing-data", nil},
	{"S12", "a log is recompressed", nil, func(s *stage) { s.recompress(s.log(3, 0)) }, untouched, nil},
	{"S13", "two logs are exchanged", nil, func(s *stage) {
		a, b := s.log(3, 0), s.log(4, 1)
		s.raw[a], s.raw[b] = s.raw[b], s.raw[a]
	}, "adverse 1 | 7 valid:7 | 12 valid:10 invalid:2 | !log-hash-mismatch×2", nil},
	{"S14", "a log is injected", nil, func(s *stage) { s.plant(3, "planted") },
		"adverse 1 | 7 valid:7 | 13 valid:12 unlisted:1 | !log-unlisted", nil},
	{"S15", "a log is copied under a second name", nil, func(s *stage) { s.raw[s.plant(3, "copy")] = s.raw[s.log(3, 0)] },
		"adverse 1 | 7 valid:7 | 13 valid:12 unlisted:1 | !log-unlisted", detailSays("log-unlisted", func(s *stage) string { return s.log(3, 0) })},
	{"S16", "a log and its hash in the digest are changed", nil, func(s *stage) {
		old := hexSum(unzip(s.raw[s.log(3, 0)]))
		s.edit(s, s.log(3, 0), swapIP)
		s.edit(s, s.digest(3), func(d string) string { return strings.Replace(d, old, hexSum(unzip(s.raw[s.log(3, 0)])), 1) })
	}, "adverse 1 | 7 valid:6 invalid:1 | 12 valid:10 unverifiable:2 | !digest-signature-invalid !link-hash-mismatch",
		wantObject("link-hash-mismatch", func(s *stage) string { return s.digest(3) })},
	{"S17", "a listing is dropped from a digest", nil, func(s *stage) { s.edit(s, s.digest(3), dropListing) },
		"adverse 1 | 7 valid:6 invalid:1 | 12 valid:10 unverifiable:2 | !digest-signature-invalid !link-hash-mismatch", nil},
	{"S18", "a digest is reformatted", nil, func(s *stage) { s.edit(s, s.digest(3), indent) },
		"adverse 1 | 7 valid:6 invalid:1 | 12 valid:10 unverifiable:2 | !digest-signature-invalid !link-hash-mismatch", nil},
	{"S19", "a digest is recompressed", nil, func(s *stage) { s.recompress(s.digest(3)) }, untouched, nil},
	{"S20", "a digest in the middle is deleted", nil, func(s *stage) { s.remove(s.digest(3)) },
		"adverse 1 | 7 valid:6 missing:1 | 12 valid:10 unverifiable:2 | !digest-missing", all(wantCoverage(6*3600, 0, 3600),
			wantObject("digest-missing", func(s *stage) string { return s.digest(3) }))},
	{"S21", "two digests in a row are deleted", nil, func(s *stage) { s.remove(s.digest(3), s.digest(4)) },
		"adverse 1 | 7 valid:5 missing:2 | 12 valid:8 unverifiable:4 | !digest-missing", nil},
	{"S22", "the two newest digests are deleted, their logs kept", nil, func(s *stage) { s.remove(s.digest(5), s.digest(6)) },
		"incomplete 3 | 5 valid:5 | 12 valid:8 pending:4 | ?coverage-ends-early ~pending×4", nil},
	{"S22", "the same without a range", func(s *stage) { s.evidenceOnly() }, func(s *stage) { s.remove(s.digest(5), s.digest(6)) },
		"incomplete 3 | 5 valid:5 | 12 valid:8 pending:4 | ?coverage-ends-early ~pending×4", nil},
	{"S23", "the starting digest is deleted", nil, func(s *stage) { s.remove(s.digest(0)) },
		"incomplete 3 | 7 valid:6 missing:1 | 12 valid:12 | ?coverage-starts-late ?digest-missing", nil},
	{"S23", "the same without a range", func(s *stage) { s.evidenceOnly() }, func(s *stage) { s.remove(s.digest(0)) },
		"incomplete 3 | 7 valid:6 missing:1 | 12 valid:12 | ?coverage-starts-late ?digest-missing", nil},
	{"S24", "every digest is deleted", nil, func(s *stage) { s.remove(s.digests()...) },
		"nothing 4 | 0 | 12 outside:12 | -", nil},
	{"S25", "the newest digest lost its metadata", nil, func(s *stage) { delete(s.meta, s.digest(6)) },
		"incomplete 3 | 7 valid:6 unverifiable:1 | 12 valid:10 unverifiable:2 | ?digest-signature-absent", nil},
	{"S26", "every digest lost its metadata", nil, func(s *stage) { clear(s.meta) },
		"incomplete 3 | 7 successor:6 unverifiable:1 | 12 valid:10 unverifiable:2 | ?digest-signature-absent ~digest-signature-absent×6", nil},
	{"S27", "a middle digest lost its metadata", nil, func(s *stage) { delete(s.meta, s.digest(3)) },
		"verified 0 | 7 valid:6 successor:1 | 12 valid:12 | ~digest-signature-absent", nil},
	{"S28", "a digest has another one's signature", nil, func(s *stage) { s.meta[s.digest(3)] = s.meta[s.digest(2)] },
		"adverse 1 | 7 valid:6 successor:1 | 12 valid:12 | !digest-metadata-signature-mismatch", nil},
	{"S29", "a signature is not hexadecimal", nil, func(s *stage) { s.meta[s.digest(3)] = Metadata{Signature: "zz" + s.meta[s.digest(3)].Signature[2:]} },
		"adverse 1 | 7 valid:6 successor:1 | 12 valid:12 | !digest-metadata-signature-mismatch", nil},
	{"S29", "that of the newest", nil, func(s *stage) { s.meta[s.digest(6)] = Metadata{Signature: "zz" + s.meta[s.digest(6)].Signature[2:]} },
		"adverse 1 | 7 valid:6 invalid:1 | 12 valid:10 unverifiable:2 | !digest-signature-invalid", nil},
	{"S30", "a signature is cut to half its length", nil, func(s *stage) {
		sig := s.meta[s.digest(3)].Signature
		s.meta[s.digest(3)] = Metadata{Signature: sig[:len(sig)/2]}
	}, "adverse 1 | 7 valid:6 successor:1 | 12 valid:12 | !digest-metadata-signature-mismatch", nil},
	{"S31", "the metadata names another algorithm", nil, func(s *stage) {
		s.meta[s.digest(3)] = Metadata{Signature: s.meta[s.digest(3)].Signature, Algorithm: "SHA1withRSA"}
	}, "verified 0 | 7 valid:7 | 12 valid:12 | ~digest-algorithm-unexpected", nil},
	{"S32", "a digest is forged with an unknown key", nil, func(s *stage) { s.resign(3, testKeys()[3], testKeys()[3].name, dropListing) },
		"adverse 1 | 7 valid:6 invalid:1 | 12 valid:10 unverifiable:2 | !link-hash-mismatch ?digest-key-unknown", nil},
	{"S33", "a digest is forged under the real fingerprint", nil, func(s *stage) { s.resign(3, testKeys()[3], testKeys()[0].name, dropListing) },
		"adverse 1 | 7 valid:6 invalid:1 | 12 valid:10 unverifiable:2 | !digest-signature-invalid !link-hash-mismatch", nil},
	{"S34", "an older digest is stored over a newer one", nil, func(s *stage) {
		s.raw[s.digest(4)], s.meta[s.digest(4)] = s.raw[s.digest(2)], s.meta[s.digest(2)]
	}, "adverse 1 | 7 valid:6 invalid:1 | 12 valid:10 unverifiable:2 | !digest-moved", wantObject("digest-moved", func(s *stage) string { return s.digest(4) })},
	{"S35", "another account's digest is stored over one", nil, func(s *stage) { s.foreignDigest("444455556666", "us-east-1") },
		"adverse 1 | 7 valid:6 invalid:1 | 12 valid:10 unverifiable:2 | !digest-moved", nil},
	{"S36", "another Region's digest is stored over one", nil, func(s *stage) { s.foreignDigest("111122223333", "eu-west-1") },
		"adverse 1 | 7 valid:6 invalid:1 | 12 valid:10 unverifiable:2 | !digest-moved", nil},
	{"S37", "a digest is replaced by garbage", nil, func(s *stage) { s.raw[s.digest(3)] = []byte("no gzip at all") },
		"adverse 1 | 7 valid:6 invalid:1 | 12 valid:10 unverifiable:2 | !digest-format", wantCoverage(6*3600, 0, 3600)},
	{"S38", "a digest is stored uncompressed", nil, func(s *stage) { s.raw[s.digest(3)] = unzip(s.raw[s.digest(3)]) }, untouched, nil},
	{"S39", "a digest is gzip of no JSON", nil, func(s *stage) { s.raw[s.digest(3)] = zip([]byte("hello")) },
		"adverse 1 | 7 valid:6 invalid:1 | 12 valid:10 unverifiable:2 | !digest-format", nil},
	{"S40", "a digest is a JSON list", nil, func(s *stage) { s.raw[s.digest(3)] = zip([]byte("[1,2]")) },
		"adverse 1 | 7 valid:6 invalid:1 | 12 valid:10 unverifiable:2 | !digest-format", nil},
	{"S41", "a digest's gzip stream is cut in half", nil, func(s *stage) { s.raw[s.digest(3)] = half(s.raw[s.digest(3)]) },
		"adverse 1 | 7 valid:6 invalid:1 | 12 valid:10 unverifiable:2 | !digest-format", nil},
	{"S42", "a second gzip member is appended to a digest", nil, func(s *stage) { s.raw[s.digest(3)] = append(s.raw[s.digest(3)], zip([]byte("{}"))...) },
		"adverse 1 | 7 valid:6 invalid:1 | 12 valid:12 | !digest-trailing-data", nil},
	{"S43", "digestEndTime is removed from a digest", nil, func(s *stage) {
		s.edit(s, s.digest(3), func(d string) string { return strings.Replace(d, `"digestEndTime"`, `"digestEnd"`, 1) })
	}, "adverse 1 | 7 valid:6 invalid:1 | 12 valid:10 unverifiable:2 | !digest-format", nil},
	{"S44", "the trail was stopped for two hours", func(s *stage) { s.stop() }, nil,
		"incomplete 3 | 5 valid:5 | 8 valid:8 | ?gap", wantCoverage(5*3600, 7200, 0)},
	{"S45", "the same with logs inside the gap", func(s *stage) { s.stop() }, func(s *stage) { s.plantAt(at(3, 10), "a"); s.plantAt(at(3, 50), "b") },
		"incomplete 3 | 5 valid:5 | 10 valid:8 outside:2 | ?gap", nil},
	{"S46", "two hours without deliveries", func(s *stage) { s.hours[2].logs, s.hours[3].logs = nil, nil }, nil,
		"verified 0 | 7 valid:7 | 8 valid:8 | -", nil},
	{"S47", "the signing key changes", func(s *stage) { s.rotate(4) }, nil, untouched, nil},
	{"S48", "the old key is not supplied", func(s *stage) { s.rotate(4); s.trust(TrustExaminer, testKeys()[1].entry()) }, nil,
		"verified 0 | 7 valid:3 linked:4 | 12 valid:12 | ~digest-key-unknown×4", nil},
	{"S49", "the key cannot be decoded", nil, func(s *stage) { s.trust(TrustExaminer, [2]string{"AAAA", testKeys()[0].name}) },
		"nothing 4 | 7 unverifiable:7 | 12 unverifiable:12 | ?digest-key-unusable×7", nil},
	{"S50", "the key is a SubjectPublicKeyInfo", nil, func(s *stage) { s.trust(TrustExaminer, testKeys()[0].spkiEntry()) }, untouched, nil},
	{"S51", "the key list is empty", nil, func(s *stage) { s.trust(TrustExaminer) },
		"nothing 4 | 7 unverifiable:7 | 12 unverifiable:12 | ?digest-key-unknown×7", nil},
	{"S52", "two linked backfill digests", func(s *stage) { s.lateLogs(true) }, nil, "verified 0 | 9 valid:9 | 14 valid:14 | -", wantCoverage(7*3600, 0, 0)},
	{"S52", "two backfill digests without links", func(s *stage) { s.lateLogs(false) }, nil, "verified 0 | 9 valid:9 | 14 valid:14 | -", nil},
	{"S53", "a backfill digest lost its timestamp", func(s *stage) { s.lateLogs(true) }, func(s *stage) {
		place := s.more[0][0].place()
		s.meta[place] = Metadata{Signature: s.meta[place].Signature, Algorithm: "SHA256withRSA"}
	}, "verified 0 | 9 valid:9 | 14 valid:14 | ~backfill-timestamp-absent", nil},
	{"S54", "a log of a backfill digest is modified", func(s *stage) { s.lateLogs(true) }, func(s *stage) { s.edit(s, s.more[0][0].logs[0].place(), swapIP) },
		"adverse 1 | 9 valid:9 | 14 valid:13 invalid:1 | !log-hash-mismatch", nil},
	{"S55", "the trail moved to another bucket", func(s *stage) { s.trailFrom(4, func(t *trail) { t.bucket = "acme-trail-new" }) }, nil, untouched, nil},
	{"S56", "a key prefix", func(s *stage) { s.trailFrom(0, func(t *trail) { t.prefix = "logs/audit" }) }, nil, untouched, nil},
	{"S57", "an organization trail", func(s *stage) { s.trailFrom(0, func(t *trail) { t.org = "o-exampleorgid" }) }, nil, untouched, nil},
	{"S58", "an organization trail, whose id nobody gave", func(s *stage) { s.trailFrom(0, func(t *trail) { t.org = "o-exampleorgid" }) }, nil, untouched, nil},
	{"S59", "two Regions", func(s *stage) { s.second(func(t *trail) { t.region = "eu-west-1" }) }, nil, "verified 0 | 14 valid:14 | 24 valid:24 | -", nil},
	{"S60", "a digest lists one log twice", func(s *stage) { s.hours[3].logs = append(s.hours[3].logs, s.hours[3].logs[0]) }, nil, untouched, nil},
	{"S61", "a hash in upper case", func(s *stage) {
		s.hours[3].edit = func(d *document) { d.LogFiles[0].HashValue = strings.ToUpper(d.LogFiles[0].HashValue) }
	}, nil, untouched, nil},
	{"S62", "a link gives another hash", func(s *stage) { s.hours[3].edit = func(d *document) { d.PreviousDigestHashValue = text64("ab") } }, nil,
		"adverse 1 | 7 valid:7 | 12 valid:12 | !link-hash-mismatch", wantObject("link-hash-mismatch", func(s *stage) string { return s.digest(3) })},
	{"S63", "a link's hash lost its leading zeroes", func(s *stage) { s.shortHash(3) }, nil, untouched, nil},
	{"S64", "a link repeats another signature", func(s *stage) { s.hours[3].edit = func(d *document) { d.PreviousDigestSignature = text64("cd") } }, nil,
		"adverse 1 | 7 valid:7 | 12 valid:12 | !link-signature-mismatch", wantObject("link-signature-mismatch", func(s *stage) string { return s.digest(3) })},
	{"S65", "windows of linked digests leave 20 minutes", func(s *stage) { s.hours[3].start = s.hours[3].start.Add(20 * time.Minute) }, nil,
		"incomplete 3 | 7 valid:7 | 12 valid:12 | ?time-hole", wantCoverage(7*3600-1200, 0, 1200)},
	{"S66", "a signed digest without logFiles", func(s *stage) { s.hours[3].edit = func(d *document) { d.LogFiles = nil } }, nil,
		"adverse 1 | 7 valid:6 invalid:1 | 12 valid:10 unverifiable:2 | !digest-format", nil},
	{"S67", "hours 3 and 4 are asked for", nil, func(s *stage) { s.since, s.until = s.hours[3].start, s.hours[4].end },
		"verified 0 | 2 valid:2 | 4 valid:4 | -", wantCoverage(7200, 0, 0)},
	{"S68", "a range before the first digest", nil, func(s *stage) { s.since, s.until = chainStart.Add(-9*time.Hour), chainStart.Add(-4*time.Hour) },
		"nothing 4 | 0 | 0 | ?coverage-starts-late", nil},
	{"S69", "a log is renamed", nil, func(s *stage) { s.move(s.log(3, 0), s.plant(3, "renamed")) },
		"adverse 1 | 7 valid:7 | 13 valid:11 missing:1 unlisted:1 | !log-missing !log-unlisted", detailSays("log-unlisted", func(s *stage) string { return s.log(3, 0) })},
	{"S70", "an hour is erased", nil, func(s *stage) { s.remove(s.digest(3), s.log(3, 0), s.log(3, 1)) },
		"adverse 1 | 7 valid:6 missing:1 | 10 valid:10 | !digest-missing", nil},
	{"S71", "the tail is erased", nil, func(s *stage) {
		s.remove(s.digest(5), s.digest(6), s.log(5, 0), s.log(5, 1), s.log(6, 0), s.log(6, 1))
	}, "incomplete 3 | 5 valid:5 | 8 valid:8 | ?coverage-ends-early", nil},
	{"S72", "two trails share a bucket, a log of the second is modified", func(s *stage) { s.second(func(t *trail) { t.name = "second" }) },
		func(s *stage) { s.edit(s, s.more[0][2].logs[0].place(), swapIP) }, "adverse 1 | 14 valid:14 | 24 valid:23 invalid:1 | !log-hash-mismatch", nil},

	{"X01", "a log may not be read", nil, func(s *stage) { s.lock(s.log(3, 0), "AccessDenied") },
		"incomplete 3 | 7 valid:7 | 12 valid:11 unreadable:1 | ?log-unreadable", wantBadge(model.Unverifiable, func(s *stage) string { return s.log(3, 0) })},
	{"X02", "a log is archived", nil, func(s *stage) { s.lock(s.log(3, 0), "InvalidObjectState") },
		"incomplete 3 | 7 valid:7 | 12 valid:11 unreadable:1 | ?log-unreadable", nil},
	{"X03", "a digest may not be read", nil, func(s *stage) { s.lock(s.digest(3), "AccessDenied") },
		"incomplete 3 | 7 valid:6 unverifiable:1 | 12 valid:10 unverifiable:2 | ?digest-unreadable", nil},
	{"X04", "a replica under another bucket, metadata kept", nil, func(s *stage) {
		s.relocate(func(p string) string { return strings.Replace(p, "acme-trail/", "replica/", 1) })
	}, untouched, nil},
	{"X05", "a copy without the bucket", nil, func(s *stage) { s.relocate(func(p string) string { return strings.TrimPrefix(p, "acme-trail/") }) }, untouched, nil},
	{"X05", "a copy that starts below AWSLogs", nil, func(s *stage) {
		s.relocate(func(p string) string { return strings.TrimPrefix(p, "acme-trail/AWSLogs/") })
	}, untouched, nil},
	{"X06", "a flattened copy", nil, func(s *stage) { s.relocate(flat) }, untouched, nil},
	{"X07", "a digest lists a place outside", func(s *stage) {
		s.hours[3].edit = func(d *document) { d.LogFiles[0].S3Object = "../../../etc/passwd" }
	}, nil, "adverse 1 | 7 valid:7 | 13 valid:11 missing:1 unlisted:1 | !log-missing !log-unlisted", nil},
	{"X09", "a log passes the size limit", nil, func(s *stage) { s.lock(s.log(3, 0), "expands to more than the limit") },
		"incomplete 3 | 7 valid:7 | 12 valid:11 unreadable:1 | ?log-unreadable", nil},
	{"X10", "a listed key holds escape sequences", func(s *stage) {
		s.hours[3].edit = func(d *document) {
			d.LogFiles = append(d.LogFiles, listDoc{S3Bucket: "b", S3Object: "\x1b]0;x\a.gz", HashValue: hexSum(nil)})
		}
	}, nil, "adverse 1 | 7 valid:7 | 13 valid:12 missing:1 | !log-missing", nil},
	{"X11", "digests link in a circle", func(s *stage) {
		s.hours[2].edit = func(d *document) {
			key := s.hours[5].trail.digestKey(s.hours[5].end, false)
			d.PreviousDigestS3Object = &key
		}
	}, nil, "adverse 1 | 7 valid:7 | 12 valid:12 | !link-hash-mismatch !link-signature-mismatch", nil},
	{"X11", "a digest links to itself", func(s *stage) {
		s.hours[2].edit = func(d *document) { key := d.DigestS3Object; d.PreviousDigestS3Object = &key }
	}, nil, "adverse 1 | 7 valid:7 | 12 valid:12 | !link-hash-mismatch !link-signature-mismatch", nil},
	{"X12", "windows overlap", func(s *stage) { s.hours[3].start = s.hours[3].start.Add(-20 * time.Minute) }, nil, untouched, wantCoverage(7*3600, 0, 0)},
	{"X13", "a log is listed by a standard and a backfill digest", func(s *stage) {
		late := s.lateLogs(true)
		late[0].logs = append(late[0].logs, s.hours[2].logs[0])
	}, nil, "verified 0 | 9 valid:9 | 14 valid:14 | -", nil},
	{"X14", "a log is listed twice with different hashes", func(s *stage) {
		s.hours[4].edit = func(d *document) {
			l := s.hours[3].logs[0]
			d.LogFiles = append(d.LogFiles, listDoc{l.bucket, l.key, hexSum([]byte("other")), "SHA-256", "", ""})
		}
	}, nil, "adverse 1 | 7 valid:7 | 12 valid:11 invalid:1 | !listing-conflict", nil},
	{"X15", "the range ends in the future", nil, func(s *stage) { s.until = s.until.Add(48 * time.Hour) },
		"incomplete 3 | 7 valid:7 | 12 valid:12 | ?coverage-ends-early", nil},
	{"X18", "the key list is in another shape", nil, func(s *stage) { s.keysInOtherShape() }, untouched, nil},
	{"X19", "a key is not its fingerprint's", nil, func(s *stage) {
		s.trust(TrustExaminer, [2]string{testKeys()[2].entry()[0], testKeys()[0].name})
	}, "nothing 4 | 7 unverifiable:7 | 12 unverifiable:12 | ?digest-key-unusable×7 ~key-mislabelled", nil},
	{"X20", "only another Region's key is supplied", nil, func(s *stage) { s.trust(TrustExaminer, testKeys()[2].entry()) },
		"nothing 4 | 7 unverifiable:7 | 12 unverifiable:12 | ?digest-key-unknown×7", nil},
	{"X21", "only the newest digest's key is known", func(s *stage) { s.rotate(6); s.trust(TrustExaminer, testKeys()[1].entry()) },
		func(s *stage) { s.meta = map[string]Metadata{s.digest(6): s.meta[s.digest(6)]} },
		"verified 0 | 7 valid:1 linked:6 | 12 valid:12 | ~digest-key-unknown×6", nil},
	{"X22", "a trail named like a Region", func(s *stage) { s.trailFrom(0, func(t *trail) { t.name = "my_trail_us-east-1" }) }, nil, untouched,
		func(s *stage, r *Report) {
			if len(r.Chains) != 1 || r.Chains[0].Trail != "my_trail_us-east-1" {
				s.Errorf("chains %+v", r.Chains)
			}
		}},
	{"X23", "a log is listed an hour late", func(s *stage) {
		s.hours[4].logs = append(s.hours[4].logs, s.hours[3].logs[0])
		s.hours[3].logs = s.hours[3].logs[1:]
	}, nil, untouched, nil},
	{"X24", "a log is newer than the newest digest", func(s *stage) { s.evidenceOnly() }, func(s *stage) { s.plantAt(at(6, 30), "new") },
		"incomplete 3 | 7 valid:7 | 13 valid:12 pending:1 | ?coverage-ends-early ~pending", nil},
	{"X24", "and one much newer", func(s *stage) { s.evidenceOnly() }, func(s *stage) { s.plantAt(at(16, 30), "new") },
		"incomplete 3 | 7 valid:7 | 13 valid:12 outside:1 | ?coverage-ends-early", nil},
	{"X25", "a log is older than the first digest", func(s *stage) { s.evidenceOnly() }, func(s *stage) { s.plantAt(at(-5, 30), "old") },
		"incomplete 3 | 7 valid:7 | 13 valid:12 outside:1 | ?coverage-starts-late", wantBadge(model.Uncovered, func(s *stage) string { return s.plantAt(at(-5, 30), "old") })},
	{"X26", "a digest of 10,000 logs", func(s *stage) {
		for i := range 9988 {
			s.hours[3].logs = append(s.hours[3].logs, newLog(s.hours[3].trail, s.hours[3].start.Add(30*time.Minute), fmt.Sprint("many", i)))
		}
	}, nil, "verified 0 | 7 valid:7 | 10000 valid:10000 | -", nil},
	{"X27", "the same tree twice", nil, func(s *stage) {
		for place, raw := range maps.Clone(s.raw) {
			s.raw["copy/"+place] = raw
		}
	}, untouched, wantBadge(model.Verified, func(s *stage) string { return "copy/" + s.log(3, 0) })},
	{"X29", "metadata of another tree", nil, func(s *stage) {
		other := map[string]Metadata{}
		for place, m := range s.meta {
			other[strings.ReplaceAll(place, "org-audit", "other")] = m
		}
		s.meta = other
	}, "incomplete 3 | 7 successor:6 unverifiable:1 | 12 valid:10 unverifiable:2 | ?digest-signature-absent ~digest-signature-absent×6", nil},
	{"X30", "signatures in upper case with white space", nil, func(s *stage) {
		for place, m := range s.meta {
			s.meta[place] = Metadata{Signature: " " + strings.ToUpper(m.Signature) + "\n", Algorithm: m.Algorithm}
		}
	}, untouched, nil},
	{"X31", "an attacker signs everything anew and leaves his key", func(s *stage) {
		for _, h := range s.hours {
			h.key = testKeys()[3]
		}
		s.trust(TrustEvidence, testKeys()[3].entry())
	}, nil, "self-consistent 3 | 7 valid:7 | 12 valid:12 | -", wantBadge(model.Unverifiable, func(s *stage) string { return s.log(3, 0) })},
	{"X31", "the same when the examiner has the right key", func(s *stage) {
		s.keys = slices.Concat(s.keys, must(ParseKeys(keyList(testKeys()[3].entry()), TrustEvidence, "", "left.json")))
		for _, h := range s.hours {
			h.key = testKeys()[3]
		}
	}, nil, "nothing 4 | 7 unverifiable:7 | 12 unverifiable:12 | ?digest-key-unknown×7", nil},
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func half(raw []byte) []byte       { return raw[:len(raw)/2] }
func cut(raw []byte, n int) []byte { return raw[:len(raw)-n] }
func flip(raw []byte, i int)       { raw[len(raw)+i] ^= 0xff }
func at(hours, minutes int) time.Time {
	return time.Date(2025, 3, 1, hours, minutes, 0, 0, time.UTC)
}

func text64(pair string) *string {
	s := strings.Repeat(pair, 32)
	return &s
}

func indent(text string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		panic(err)
	}
	return b.String()
}

func detailSays(code string, what func(*stage) string) func(*stage, *Report) {
	return func(s *stage, r *Report) {
		s.Helper()
		for _, f := range r.Findings {
			if f.Code == code && !strings.Contains(f.Detail, what(s)) {
				s.Errorf("%s does not mention %s: %s", code, what(s), f.Detail)
			}
		}
	}
}

func (s *stage) recompress(place string) {
	s.raw[place] = zipLevel(unzip(s.raw[place]), gzip.BestSpeed)
}

func (s *stage) lock(place, why string) {
	s.remove(place)
	s.unreadable[place] = why
}

// plant puts a forged log into an hour and returns its place.
func (s *stage) plant(i int, name string) string {
	return s.plantAt(s.hours[i].start.Add(30*time.Minute).Truncate(time.Minute), name)
}

func (s *stage) plantAt(at time.Time, name string) string {
	l := newLog(plainTrail(), at, name)
	s.raw[l.place()] = zip(l.content)
	return l.place()
}

func (s *stage) digests() []string {
	var out []string
	for _, h := range s.hours {
		out = append(out, h.place())
	}
	return out
}

// rotate lets the second key sign from hour i on.
func (s *stage) rotate(i int) {
	for _, h := range s.hours[i:] {
		h.key = testKeys()[1]
	}
}

// trailFrom changes the trail from hour i on.
func (s *stage) trailFrom(i int, change func(*trail)) {
	fresh := plainTrail()
	change(&fresh)
	copy(s.hours[i:], defaultHours(fresh)[i:])
}

// second adds a chain of another trail.
func (s *stage) second(change func(*trail)) {
	other := plainTrail()
	change(&other)
	s.more = append(s.more, defaultHours(other))
}

// foreignDigest stores the digest of the same hour of another chain over this one's.
func (s *stage) foreignDigest(account, region string) {
	other := plainTrail()
	other.account, other.region = account, region
	there := newPile()
	hours := defaultHours(other)
	there.sign(hours...)
	s.raw[s.digest(3)], s.meta[s.digest(3)] = there.raw[hours[3].place()], there.meta[hours[3].place()]
}

// shortHash searches a content of the digest before hour i whose hash begins with a zero, and drops it.
func (s *stage) shortHash(i int) {
	for n := 0; ; n++ {
		s.hours[i-1].logs[0].content = fmt.Appendf(nil, `{"Records":[],"n":%d}`, n)
		trial := newPile()
		trial.sign(s.hours[:i]...)
		if hexSum(unzip(trial.raw[s.digest(i-1)]))[0] == '0' {
			break
		}
	}
	s.hours[i].edit = func(d *document) {
		short := strings.TrimLeft(*d.PreviousDigestHashValue, "0")
		d.PreviousDigestHashValue = &short
	}
}

// keysInOtherShape gives the keys the way the User Guide prints them, one as SubjectPublicKeyInfo.
func (s *stage) keysInOtherShape() {
	first, second := testKeys()[0].spkiEntry(), testKeys()[1].entry()
	der, err := base64.StdEncoding.DecodeString(first[0])
	if err != nil {
		s.Fatal(err)
	}
	list := fmt.Sprintf(`{"publicKeyList":[{"value":%q,"fingerprint":%q,"validityStartTime":"1740700000","validityEndTime":"1743292000.5"},
		{"Value":%q,"Fingerprint":%q,"ValidityStartTime":"2025-02-01T00:00:00+02:00"}]}`, first[0], fingerprintOf(der), second[0], second[1])
	keys, err := ParseKeys([]byte(list), TrustExaminer, "", "guide.json")
	if err != nil {
		s.Fatal(err)
	}
	if keys[0].Unusable || keys[1].Unusable || keys[0].From.Unix() != 1740700000 || keys[1].From.Hour() != 22 {
		s.Errorf("keys were read as %+v", keys)
	}
	s.keys = []Key{must(ParseKeys(keyList(testKeys()[0].spkiEntry()), TrustExaminer, "", "spki.json"))[0], keys[1]}
}
