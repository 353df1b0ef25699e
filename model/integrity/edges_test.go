package integrity

import (
	"path"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

// edges are what an outside reader of the law asked of it. Their set-up is that of scenarios.
var edges = []scenario{
	{"H01", "metadata of a hash-linked digest is another signature", oldKeyUnknown, func(s *stage) { s.meta[s.digest(2)] = Metadata{Signature: strings.Repeat("12", 256)} },
		"adverse 1 | 7 valid:3 linked:4 | 12 valid:12 | !digest-metadata-signature-mismatch ~digest-key-unknown×4",
		wantObject("digest-metadata-signature-mismatch", func(s *stage) string { return s.digest(2) })},
	{"H01", "metadata of a hash-linked digest is no signature", oldKeyUnknown, func(s *stage) { s.meta[s.digest(2)] = Metadata{Signature: "zz"} },
		"adverse 1 | 7 valid:3 linked:4 | 12 valid:12 | !digest-metadata-signature-mismatch ~digest-key-unknown×4", nil},
	{"H01", "metadata of a hash-linked digest is cut", oldKeyUnknown, func(s *stage) { s.meta[s.digest(2)] = Metadata{Signature: s.meta[s.digest(2)].Signature[:64]} },
		"adverse 1 | 7 valid:3 linked:4 | 12 valid:12 | !digest-metadata-signature-mismatch ~digest-key-unknown×4", nil},
	{"H01", "metadata of a hash-linked digest is absent", oldKeyUnknown, func(s *stage) { delete(s.meta, s.digest(2)) },
		"verified 0 | 7 valid:3 linked:4 | 12 valid:12 | ~digest-key-unknown×4", nil},
	{"H04", "the newest digest has no metadata and gives a wrong hash", func(s *stage) { s.wrongLink(6) }, func(s *stage) { delete(s.meta, s.digest(6)) },
		"adverse 1 | 7 valid:6 invalid:1 | 12 valid:10 unverifiable:2 | !link-hash-mismatch ?digest-signature-absent",
		wantObject("link-hash-mismatch", func(s *stage) string { return s.digest(6) })},
	{"Y05", "the newest digest names an unknown key and gives a wrong hash", func(s *stage) { s.wrongLink(6); s.hours[6].key = testKeys()[3] }, nil,
		"adverse 1 | 7 valid:6 invalid:1 | 12 valid:10 unverifiable:2 | !link-hash-mismatch ?digest-key-unknown",
		wantObject("link-hash-mismatch", func(s *stage) string { return s.digest(6) })},
	{"Y05", "the newest digest names an unknown key and repeats a wrong signature", func(s *stage) {
		s.hours[6].edit = func(d *document) { d.PreviousDigestSignature = text64("cd") }
		s.hours[6].key = testKeys()[3]
	}, nil, "adverse 1 | 7 valid:6 invalid:1 | 12 valid:10 unverifiable:2 | !link-signature-mismatch ?digest-key-unknown", nil},
	{"Y05", "the newest digest names an unknown key and links rightly", func(s *stage) { s.hours[6].key = testKeys()[3] }, nil,
		"incomplete 3 | 7 valid:6 unverifiable:1 | 12 valid:10 unverifiable:2 | ?digest-key-unknown", nil},
	{"X24", "a log is pending in one of two trails", func(s *stage) {
		s.evidenceOnly()
		s.more = append(s.more, hoursOf(other(plainTrail()), 6, 2))
	}, func(s *stage) { s.plantAt(at(4, 30), "new") },
		"incomplete 3 | 13 valid:13 | 23 valid:22 pending:1 | ?coverage-ends-early ~pending",
		wantObject("coverage-ends-early", func(s *stage) string { return "111122223333 us-east-1 other" })},
	{"Y20", "a link gives a hash and no place", func(s *stage) {
		s.hours[3].edit = func(d *document) { d.PreviousDigestS3Bucket, d.PreviousDigestS3Object = nil, nil }
	}, nil, untouched, nil},
	{"Y20", "a link gives a hash of nothing that is here and no place", func(s *stage) {
		s.hours[3].edit = func(d *document) {
			d.PreviousDigestS3Bucket, d.PreviousDigestS3Object, d.PreviousDigestHashValue = nil, nil, text64("ab")
		}
	}, nil, "adverse 1 | 8 valid:7 missing:1 | 12 valid:12 | !digest-missing",
		wantObject("digest-missing", func(s *stage) string { return "111122223333 us-east-1 " + plainTrail().name })},
	{"Y18", "a digest claims to begin in the year 1", func(s *stage) {
		s.evidenceOnly()
		s.hours[3].edit = func(d *document) { d.DigestStartTime = "0001-01-01T00:00:00Z" }
	}, nil, "verified-within 0 | 7 valid:7 | 12 valid:12 | -", wantSpan("0001-01-01T00:00:00Z", "2025-03-01T06:01:31Z")},
	{"Y18", "a digest claims to end in the year 9999", func(s *stage) {
		s.evidenceOnly()
		s.hours[6].edit = func(d *document) { d.DigestEndTime = "9999-12-31T23:59:59Z" }
	}, nil, "verified-within 0 | 7 valid:7 | 12 valid:12 | -", wantSpan("2025-02-28T23:01:31Z", "9999-12-31T23:59:59Z")},
}

func oldKeyUnknown(s *stage) { s.rotate(4); s.trust(TrustExaminer, testKeys()[1].entry()) }

func (s *stage) wrongLink(i int) {
	s.hours[i].edit = func(d *document) { d.PreviousDigestHashValue = text64("ab") }
}

func other(t trail) trail { t.name = "other"; return t }

// wantSpan says what the evidence spans; all of it is covered.
func wantSpan(from, to string) func(*stage, *Report) {
	return func(s *stage, r *Report) {
		s.Helper()
		a, b := must(time.Parse(time.RFC3339, from)), must(time.Parse(time.RFC3339, to))
		if !r.Range.From.Equal(a) || !r.Range.To.Equal(b) || r.Coverage != (Coverage{Covered: b.Unix() - a.Unix()}) {
			s.Errorf("%s to %s, %+v; want %s to %s, all covered", r.Range.From, r.Range.To, r.Coverage, from, to)
		}
	}
}

// TestANameThatBeginsAsALogsIsALogs: whatever follows ACCOUNT_CloudTrail_REGION_ hides nothing.
func TestANameThatBeginsAsALogsIsALogs(t *testing.T) {
	for name, c := range map[string]struct {
		rest  string
		class string
	}{
		"of the delivered form":                {"20250301T0230Z_abcdefghijklmnop.json.gz", classUnlisted},
		"expanded":                             {"20250301T0230Z_abcdefghijklmnop.json", classUnlisted},
		"in capitals":                          {"20250301T0230Z_abcdefghijklmnop.JSON.GZ", classUnlisted},
		"with one ending more":                 {"20250301T0230Z_abcdefghijklmnop.json.gz.bak", classUnlisted},
		"compressed otherwise":                 {"20250301T0230Z_abcdefghijklmnop.json.zst", classUnlisted},
		"with no unique part":                  {"20250301T0230Z.json.gz", classUnlisted},
		"with seconds in its time":             {"20250301T023059Z_abcdefghijklmnop.json.gz", classUnlisted},
		"with a minute there is none of":       {"20250301T0299Z_abcdefghijklmnop.json.gz", classUnverifiable},
		"with no time":                         {"abcdefghijklmnop.json.gz", classUnverifiable},
		"with nothing":                         {"", classUnverifiable},
		"with the ending of what we add to it": {"20250301T0230Z_abcdefghijklmnop.json.gz.meta.json", ""},
	} {
		t.Run(name, func(t *testing.T) {
			planted := ""
			_, r := run(t, nil, func(s *stage) {
				planted = path.Dir(s.log(3, 0)) + "/111122223333_CloudTrail_us-east-1_" + c.rest
				s.raw[planted] = zip([]byte(`{"Records":[]}`))
			})
			v := r.ByPath[planted]
			if v.Class != c.class {
				t.Errorf("%q, want %q: %s", v.Class, c.class, v.Why)
			}
			want := map[string]string{
				classUnlisted:     "adverse 1 | 7 valid:7 | 13 valid:12 unlisted:1 | !log-unlisted",
				classUnverifiable: "incomplete 3 | 7 valid:7 | 13 valid:12 unverifiable:1 | -",
				"":                untouched,
			}[c.class]
			if got := summary(r); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			badge := map[string]model.Integrity{classUnlisted: model.Unlisted, classUnverifiable: model.Unverifiable}[c.class]
			if c.class != "" && v.Badge != badge {
				t.Errorf("badge %v, want %v", v.Badge, badge)
			}
			checkSums(t, r)
		})
	}
}

// TestALinkThatPassesOverADigestSaysSo: the time is covered, and the sentence must not deny it.
func TestALinkThatPassesOverADigestSaysSo(t *testing.T) {
	_, r := run(t, func(s *stage) {
		s.hours[4].edit = func(d *document) {
			place := s.hours[2].trail.digestKey(s.hours[2].end, false)
			content := unzip(s.raw[s.digest(2)])
			hash := hexSum(content)
			sig := s.meta[s.digest(2)].Signature
			d.PreviousDigestS3Object, d.PreviousDigestHashValue, d.PreviousDigestSignature = &place, &hash, &sig
		}
	}, nil)
	for _, f := range r.Findings {
		if f.Code == "time-hole" && strings.Contains(f.Detail, "which other digests cover") {
			return
		}
	}
	t.Errorf("%+v", r.Findings)
}

// TestWhatIsWrongWithAKeyListIsSaidInWords of the person who made it.
func TestWhatIsWrongWithAKeyListIsSaidInWords(t *testing.T) {
	_, err := ParseKeys([]byte(`{"PublicKeyList":[null,5]}`), TrustExaminer, "", "keys.json")
	if err == nil || strings.Contains(err.Error(), "Go ") || !strings.Contains(err.Error(), "key 2 is no object") {
		t.Errorf("%v", err)
	}
	_, r := run(t, func(s *stage) { s.trust(TrustExaminer, [2]string{testKeys()[0].entry()[0], ""}) }, nil)
	for _, f := range r.Findings {
		if f.Code == "key-mislabelled" && f.Detail != "the key without a fingerprint is refused: nothing tells which digests it is for" {
			t.Errorf("%s", f.Detail)
		}
	}
}

// TestWhatShouldLieWhereNobodyCouldLookIsNotCalledAbsent.
func TestWhatShouldLieWhereNobodyCouldLookIsNotCalledAbsent(t *testing.T) {
	const logs = "acme-trail/AWSLogs/111122223333/CloudTrail/us-east-1"
	const digests = "acme-trail/AWSLogs/111122223333/CloudTrail-Digest/us-east-1"
	for name, c := range map[string]struct {
		place string
		gone  func(*stage) []string
		want  string
	}{
		"a log folder":                             {logs + "/2025/03/01/", func(s *stage) []string { return []string{s.log(3, 0), s.log(3, 1)} }, "incomplete 3 | 7 valid:7 | 12 valid:10 unreadable:2 | ?log-unreadable×2"},
		"all of a Region":                          {logs, func(s *stage) []string { return []string{s.log(3, 0), s.log(3, 1)} }, "incomplete 3 | 7 valid:7 | 12 valid:10 unreadable:2 | ?log-unreadable×2"},
		"the bucket":                               {"acme-trail", func(s *stage) []string { return []string{s.log(3, 0)} }, "incomplete 3 | 7 valid:7 | 12 valid:11 unreadable:1 | ?log-unreadable"},
		"a folder below the tree":                  {"2025/03", func(s *stage) []string { return []string{s.log(3, 0)} }, "incomplete 3 | 7 valid:7 | 12 valid:11 unreadable:1 | ?log-unreadable"},
		"another Region":                           {"acme-trail/AWSLogs/111122223333/CloudTrail/eu-west-1/2025/03/01/", func(s *stage) []string { return []string{s.log(3, 0)} }, "adverse 1 | 7 valid:7 | 12 valid:11 missing:1 | !log-missing ?log-unreadable"},
		"a folder of something else":               {"lost+found/", func(s *stage) []string { return []string{s.log(3, 0)} }, "adverse 1 | 7 valid:7 | 12 valid:11 missing:1 | !log-missing"},
		"a folder without anything that is listed": {logs + "/2025/03/01/", func(*stage) []string { return nil }, "incomplete 3 | 7 valid:7 | 12 valid:12 | ?log-unreadable"},
		"a folder of other days than those asked":  {logs + "/2025/03/09/", func(*stage) []string { return nil }, untouched},
		"digests in the middle":                    {digests + "/2025/03/01/", func(s *stage) []string { return []string{s.digest(3), s.digest(4)} }, "incomplete 3 | 7 valid:5 unverifiable:2 | 12 valid:8 unverifiable:4 | ?digest-unreadable"},
		"the digests a chain begins with":          {digests, func(s *stage) []string { return []string{s.digest(0)} }, "incomplete 3 | 7 valid:6 unverifiable:1 | 12 valid:12 | ?coverage-starts-late ?digest-unreadable"},
		"all digests":                              {digests, func(s *stage) []string { return s.digests() }, "nothing 4 | 0 | 12 outside:12 | ?digest-unreadable"},
		"a whole account":                          {"acme-trail/AWSLogs/999900001111/", func(*stage) []string { return nil }, "incomplete 3 | 7 valid:7 | 12 valid:12 | ?digest-unreadable"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := run(t, nil, func(s *stage) { s.remove(c.gone(s)...) })
			in := s.input()
			in.Files = append(in.Files, &File{Path: c.place, Unreadable: "no permission to read it"})
			r := Verify(in)
			if got := summary(r); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
				for _, f := range r.Findings {
					t.Logf("%s %s %s: %s", f.Severity, f.Code, f.Object, f.Detail)
				}
			}
			checkSums(t, r)
		})
	}
}
