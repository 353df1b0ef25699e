package s3

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/loaders/s3/accountfake"
	"trailsift/model/recording"
)

// asker opens a client that does not wait between tries.
func asker(t *testing.T, opt Options) *Client {
	t.Helper()
	opt.backoff = func(int, error) time.Duration { return 0 }
	c, err := Open(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// replying makes every AWS client of the test ask one handler.
func replying(t *testing.T, handler http.HandlerFunc) {
	t.Helper()
	isolate(t)
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	t.Setenv("AWS_ENDPOINT_URL", s.URL)
}

const (
	auditTrail = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit"
	auditKey   = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-1111-2222-3333-444455556666"
)

// about is something that a call can be asked about.
func about(c recording.Call) string {
	return map[recording.Kind]string{recording.OfRegion: "eu-west-1", recording.OfTrail: auditTrail, recording.OfBucket: "acme", recording.OfKey: auditKey}[c.Kind]
}

func TestEverySettingIsAskedAndNothingElse(t *testing.T) {
	isolate(t)
	answers := map[string]string{}
	for _, c := range recording.Calls {
		if c.Kind == recording.OfBucket {
			answers[c.Name+" acme"] = "<Answer/>"
		} else if c.Name != "GetCallerIdentity" {
			answers[c.Name+" "+about(c)] = "{}"
		}
	}
	answers["GetBucketPolicy acme"] = `{"Statement":[]}`
	a := accountfake.New(t, answers)
	var noted []string
	client := asker(t, Options{Case: "3f9a1c20", Note: func(r Request) { noted = append(noted, r.Call+" "+r.ID) }})
	for _, c := range recording.Calls {
		r, err := client.Setting(t.Context(), c.Name, about(c))
		if err != nil || r.Error != "" || len(r.Body) == 0 || r.SHA256 == "" || r.Origin != recording.OriginAWS || !json.Valid(r.Body) {
			t.Errorf("%s: %v: %+v", c.Name, err, r)
		}
		if r.RequestID == "" {
			t.Errorf("%s: no request id", c.Name)
		}
	}
	calls, agents := a.Asked()
	for i, c := range recording.Calls {
		if want := strings.TrimSpace(c.Name + " " + about(c)); calls[i] != want || agents[i] != "trailsift/0 case/3f9a1c20" {
			t.Errorf("asked %q by %q, want %q", calls[i], agents[i], want)
		}
	}
	if len(calls) != len(recording.Calls) || len(noted) != len(calls) {
		t.Errorf("%d calls, %d noted, %d settings", len(calls), len(noted), len(recording.Calls))
	}
	if _, err := client.Setting(t.Context(), "PutBucketLogging", "acme"); err == nil {
		t.Error("a call that writes is known")
	}
}

func TestWhatIsAskedOfKMSIsSigned(t *testing.T) {
	var signed, target, body string
	replying(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		signed, target, body = r.Header.Get("Authorization"), r.Header.Get("X-Amz-Target"), string(b)
		io.WriteString(w, `{"Policy":"{}","PolicyName":"default"}`)
	})
	r, err := asker(t, Options{}).Setting(t.Context(), "GetKeyPolicy", auditKey)
	if err != nil || string(r.Body) != `{"Policy":"{}","PolicyName":"default"}` {
		t.Errorf("%v: %+v", err, r)
	}
	if !strings.Contains(signed, "/eu-west-1/kms/aws4_request") || !strings.Contains(signed, testKeyID) || strings.Contains(signed, testSecret) ||
		target != "TrentService.GetKeyPolicy" || body != `{"KeyId":"`+auditKey+`","PolicyName":"default"}` {
		t.Errorf("%s %s %s", signed, target, body)
	}
}

func TestARefusalIsAnAnswerAndAFailureIsNone(t *testing.T) {
	xml := func(code string) string {
		return "<Error><Code>" + code + "</Code><Message>" + testKeyID + "</Message></Error>"
	}
	for name, c := range map[string]struct {
		call, about string
		status      int
		body        string
		want        string // error code, or the sentence of an error
	}{
		"a bucket that is denied":              {"GetBucketLogging", "acme", 403, xml("AccessDenied"), "AccessDenied"},
		"a bucket that is not there":           {"GetBucketLogging", "acme", 404, xml("NoSuchBucket"), "NoSuchBucket"},
		"a refusal without words":              {"GetBucketLogging", "acme", 405, "", "MethodNotAllowed"},
		"a code that is none":                  {"GetBucketLogging", "acme", 400, xml("\x1b[31m; rm"), "HTTP 400"},
		"a trail that is denied":               {"GetTrailStatus", auditTrail, 400, `{"__type":"AccessDeniedException"}`, "AccessDeniedException"},
		"a key that is denied":                 {"DescribeKey", auditKey, 400, `{"__type":"AccessDeniedException"}`, "AccessDeniedException"},
		"a key, by something that is no KMS":   {"DescribeKey", auditKey, 200, `<html>`, "HTTP 200"},
		"a trail, by something that is no AWS": {"GetTrailStatus", auditTrail, 200, `<html>`, "HTTP 200"},
		"a token that has expired":             {"GetBucketLogging", "acme", 400, xml("ExpiredToken"), "the session token has expired"},
		"a token that has expired, of trails":  {"GetTrailStatus", auditTrail, 400, `{"__type":"ExpiredTokenException"}`, "the session token has expired"},
		"no ARN of a trail":                    {"GetTrailStatus", "audit", 200, "", `"audit" names no trail and no Region`},
		"a Region that is a host name":         {"DescribeTrails", "evil.example/", 200, "", `"evil.example/" names no trail and no Region`},
		"a key that is a host name":            {"DescribeKey", "arn:aws:kms:evil.example/:1:key/x", 200, "", `"arn:aws:kms:evil.example/:1:key/x" is no ARN of a KMS key`},
	} {
		t.Run(name, func(t *testing.T) {
			replying(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			})
			r, err := asker(t, Options{Attempts: 1}).Setting(t.Context(), c.call, c.about)
			got := r.Error
			var e *Error
			if err != nil {
				if got = err.Error(); !errors.As(err, &e) {
					t.Errorf("%T", err)
				}
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestASettingOfTenMillionWordsEnds(t *testing.T) {
	replying(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "<BucketLoggingStatus><a>")
		junk := []byte(strings.Repeat("word ", 1<<14))
		for {
			if _, err := w.Write(junk); err != nil {
				return
			}
		}
	})
	r, err := asker(t, Options{Attempts: 1}).Setting(t.Context(), "GetBucketLogging", "acme")
	if err != nil || !r.Unread() {
		t.Errorf("%v: %+v", err, r)
	}
}

func TestAnotherServerThanAWSIsNotAskedWhatOnlyAWSKnows(t *testing.T) {
	s := newServer(t)
	c := s.client(t, Options{})
	t.Setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", "")
	for _, call := range recording.Calls {
		if call.Kind == recording.OfBucket {
			continue
		}
		if r, err := c.Setting(t.Context(), call.Name, about(call)); err != nil || r.Error != recording.NotAWS {
			t.Errorf("%s: %v, %+v", call.Name, err, r)
		}
	}
	if n := len(s.requests); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestABucketOfAnotherRegionIsAskedThere(t *testing.T) {
	var regions []string
	replying(t, func(w http.ResponseWriter, r *http.Request) {
		_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		region := strings.Split(scope, "/")[2]
		if regions = append(regions, region); region != "eu-west-1" {
			w.Header().Set("X-Amz-Bucket-Region", "eu-west-1")
			deny(w, 400, "AuthorizationHeaderMalformed")
			return
		}
		io.WriteString(w, "<BucketLoggingStatus/>")
	})
	r, err := asker(t, Options{}).Setting(t.Context(), "GetBucketLogging", "acme")
	if err != nil || r.Error != "" || !slices.Equal(regions, []string{"us-east-1", "eu-west-1"}) {
		t.Errorf("%v, %+v after %v", err, r, regions)
	}
}
