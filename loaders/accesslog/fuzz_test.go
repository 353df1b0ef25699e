package accesslog

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"trailsift/model"
)

// FuzzLines feeds anything at all: nothing panics, every line is a record or a reject, windows do
// not matter, and every text is UTF-8.
func FuzzLines(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(s.line+"\n"+s.line, uint16(50))
	}
	f.Add("", uint16(1))
	f.Fuzz(func(t *testing.T, content string, step uint16) {
		records, rejects, result := parseInPieces(t, Limits{Line: 4096}, content, max(1, len(content)))
		if result.Seen != int64(len(records)+len(rejects)) || result.Rejected != int64(len(rejects)) {
			t.Fatalf("%d records, %d rejects, %+v", len(records), len(rejects), result)
		}
		again, againRejects, againResult := parseInPieces(t, Limits{Line: 4096}, content, int(step)+1)
		if !reflect.DeepEqual(records, again) || len(rejects) != len(againRejects) || result != againResult {
			t.Fatalf("windows of %d bytes give other records", int(step)+1)
		}
		for i := range records {
			r := &records[i]
			for name, s := range texts(r) {
				if !utf8.ValidString(*s) {
					t.Errorf("%s is not UTF-8: %q", name, *s)
				}
			}
			if line := content[r.Offset : r.Offset+int64(r.Length)]; strings.Contains(line, "\n") {
				t.Errorf("a record of more than a line: %q", line)
			}
		}
	})
}

// FuzzClientText lets a client write what it likes into its headers: nothing that S3 wrote moves.
func FuzzClientText(f *testing.F) {
	f.Add("-", "curl/8", true)
	f.Add(`x" 200 - 9 9 9 9 "y`, `" - FORGED SigV4 TLS AuthHeader evil TLSv1.3 - -`, true)
	f.Add(`-" "x`, `x";`, false)
	f.Add(`" "" "`, `\"`, true)
	f.Fuzz(func(t *testing.T, referer, agent string, tail bool) {
		if strings.ContainsAny(referer+agent, "\n\r") || len(referer)+len(agent) > 8192 {
			t.Skip("S3 takes no such header")
		}
		line := `o b [06/Feb/2019:00:00:38 +0000] 192.0.2.3 arn:aws:iam::111122223333:user/dev RID REST.GET.OBJECT k "GET /k HTTP/1.1" 403 AccessDenied 1 2 3 4 "` + referer + `" "` + agent + `"`
		if tail {
			line += ` VER HID SigV4 CIPHER QueryString b.s3.amazonaws.com TLSv1.2 arn:ap Yes`
		}
		records, rejects, _ := parse(t, line)
		if len(records) != 1 || len(rejects) != 0 {
			t.Fatalf("%d records, rejects %+v", len(records), rejects)
		}
		r := records[0]
		if r.Status != 403 || r.Error != "AccessDenied" || r.Actor != "arn:aws:iam::111122223333:user/dev" || r.IP != "192.0.2.3" ||
			r.Time != 1549411238 || r.RequestID != "RID" || r.Op != "GetObject" || r.Key != "k" || r.BytesOut != 1 || r.TurnAroundMS != 4 {
			t.Errorf("%+v", r)
		}
		if tail && (r.Version != "VER" || r.HostID != "HID" || r.Sig != "SigV4" || r.Auth != "query" || r.AccessPoint != "arn:ap" || r.FieldCount != 26) {
			t.Errorf("%+v", r)
		}
		if !tail && (r.HostID != "" || r.FieldCount != 17) {
			t.Errorf("%+v", r)
		}
		if strings.Contains(agent, `"`) && r.Flags&model.FlagQuoteAmbiguous == 0 {
			t.Errorf("no flag for %q", agent)
		}
	})
}

// encoded is S3's way to encode names: form-style, slashes kept.
func encoded(s, space string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("*-_./", c) >= 0:
			b.WriteByte(c)
		case c == ' ':
			b.WriteString(space)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func randomText(r *rand.Rand, letters string) string {
	all := []rune(letters)
	out := make([]rune, 1+r.IntN(20))
	for i := range out {
		out[i] = all[r.IntN(len(all))]
	}
	return string(out)
}

func TestALineOfRandomFieldsGivesThemBack(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	const word = "abcXYZ019:/+=.-_"
	for range 5000 {
		at := time.Unix(r.Int64N(2_000_000_000), 0).UTC()
		bucket := "b" + randomText(r, "abc09-.")
		key := randomText(r, "ab/ %+é語*-_.~&=?#\"'\x01")
		space := []string{"%20", "+"}[r.IntN(2)]
		path, host := "/"+encoded(key, "%20"), bucket+".s3.eu-west-1.amazonaws.com"
		if r.IntN(2) == 0 {
			path, host = "/"+bucket+path, "s3.eu-west-1.amazonaws.com"
		}
		ip, requestID, agent := "x"+randomText(r, "0.9:ab"), "r"+randomText(r, "AB09"), "m"+randomText(r, word+" ()")
		status, sent, size := 100+r.IntN(500), r.Int64N(1<<50), r.Int64N(1<<50)
		referer, version, hostID := "https://"+randomText(r, word), "v"+randomText(r, word), "h"+randomText(r, word)
		era := 17 + r.IntN(12)
		tail := []string{version, hostID, "SigV4", "CIPHER", "AuthHeader", host, "TLSv1.3", "arn:ap", "Yes", "eu-west-1", "future"}[:era-17]
		line := fmt.Sprintf(`owner %s [%s] %s arn:aws:iam::111122223333:user/dev %s REST.PUT.OBJECT %s "PUT %s?x-id=1 HTTP/1.1" %d - %d %d 5 6 "%s" "%s" %s`,
			bucket, at.Format("02/Jan/2006:15:04:05 -0700"), ip, requestID, encoded(encoded(key, space), space), path, status, sent, size,
			referer, agent, strings.Join(tail, " "))
		records, rejects, _ := parse(t, line)
		if len(records) != 1 {
			t.Fatalf("%s\n%+v", line, rejects)
		}
		got := records[0]
		if era < 23 { // the host is not logged, so the bucket in a path is told by the key column alone
			host = ""
		}
		want := []any{bucket, at.Unix(), ip, requestID, key, int32(status), sent, size, referer, agent, uint8(era), host, model.Flags(0)}
		have := []any{got.Bucket, got.Time, got.IP, got.RequestID, got.Key, got.Status, got.BytesOut, got.ObjectSize, got.Referer, got.Agent,
			got.FieldCount, got.Host, got.Flags}
		if !reflect.DeepEqual(have, want) {
			t.Fatalf("%s\ngot  %q\nwant %q", line, have, want)
		}
	}
}

func TestOperationsHaveCloudTrailsNames(t *testing.T) {
	for name, c := range map[string]struct {
		raw, key, op string
		reads        model.Tri
	}{
		"a read":                         {"REST.GET.OBJECT", "k", "GetObject", model.True},
		"a read through a website":       {"WEBSITE.HEAD.OBJECT", "k", "HeadObject", model.True},
		"an old SOAP write":              {"SOAP.PUT.OBJECT", "k", "PutObject", model.False},
		"a listing":                      {"REST.GET.BUCKET", "-", "ListObjects", model.True},
		"a listing of versions":          {"REST.GET.BUCKETVERSIONS", "-", "ListObjectVersions", model.True},
		"a copy":                         {"REST.COPY.OBJECT", "k", "CopyObject", model.False},
		"the source side of a copy":      {"REST.COPY.OBJECT_GET", "k", "REST.COPY.OBJECT_GET", model.True},
		"the source side of a part copy": {"REST.COPY.PART_GET", "k", "REST.COPY.PART_GET", model.True},
		"an upload begins":               {"REST.POST.UPLOADS", "k", "CreateMultipartUpload", model.False},
		"an upload ends":                 {"REST.POST.UPLOAD", "k", "CompleteMultipartUpload", model.False},
		"the parts of an upload":         {"REST.GET.UPLOAD", "k", "ListParts", model.True},
		"a multi-object delete":          {"REST.POST.MULTI_OBJECT_DELETE", "-", "DeleteObjects", model.False},
		"one key of it":                  {"BATCH.DELETE.OBJECT", "k", "BATCH.DELETE.OBJECT", model.False},
		"an expiry":                      {"S3.EXPIRE.OBJECT", "k", "S3.EXPIRE.OBJECT", model.False},
		"a policy change":                {"REST.PUT.BUCKETPOLICY", "-", "PutBucketPolicy", model.False},
		"a policy removal":               {"REST.DELETE.BUCKETPOLICY", "-", "DeleteBucketPolicy", model.False},
		"logging turned off":             {"REST.PUT.LOGGING_STATUS", "-", "PutBucketLogging", model.False},
		"a public access block":          {"REST.DELETE.PUBLIC_ACCESS_BLOCK", "-", "DeleteBucketPublicAccessBlock", model.False},
		"a lifecycle":                    {"REST.PUT.LIFECYCLE", "-", "PutBucketLifecycle", model.False},
		"an object's list":               {"REST.GET.ACL", "k", "GetObjectAcl", model.True},
		"a bucket's list":                {"REST.GET.ACL", "-", "GetBucketAcl", model.True},
		"a preflight":                    {"REST.OPTIONS.PREFLIGHT", "k", "PreflightRequest", model.True},
		"an unknown method":              {"REST.BREW.OBJECT", "k", "REST.BREW.OBJECT", 0},
		"an unknown family":              {"FUTURE.GET.OBJECT", "k", "FUTURE.GET.OBJECT", 0},
		"a name without dots":            {"LIST", "k", "LIST", 0},
	} {
		t.Run(name, func(t *testing.T) {
			line := `o b [06/Feb/2019:00:00:38 +0000] - - R ` + c.raw + ` ` + c.key + ` - 200 - - - - - - - -`
			records, _, _ := parse(t, line)
			if len(records) != 1 || records[0].Op != c.op || records[0].OpRaw != c.raw || records[0].ReadOnly != c.reads {
				t.Errorf("%+v", records)
			}
		})
	}
}
