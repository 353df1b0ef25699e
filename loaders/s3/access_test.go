package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeSTS gives a session for AssumeRole in the query protocol and notes what was asked.
type fakeSTS struct {
	*httptest.Server
	mu     sync.Mutex
	asked  []url.Values
	agents []string
	refuse string        // error code
	lives  time.Duration // of the sessions
}

const (
	sessionKeyID  = "ASIAIOSFODNN7SESSION"
	sessionSecret = "SessionSecretWhichNobodyMaySee00000000000"
	sessionToken  = "SessionTokenWhichNobodyMaySee"
	auditRole     = "arn:aws:iam::111122223333:role/ir/audit"
)

func newSTS(t *testing.T) *fakeSTS {
	t.Helper()
	f := &fakeSTS{lives: time.Hour}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		f.mu.Lock()
		defer f.mu.Unlock()
		f.asked, f.agents = append(f.asked, form), append(f.agents, r.UserAgent())
		w.Header().Set("X-Amzn-Requestid", fmt.Sprintf("sts-%d", len(f.asked)))
		if f.refuse != "" {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s may not</Message></Error></ErrorResponse>`, f.refuse, testKeyID)
			return
		}
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><SessionToken>%s</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			sessionKeyID, sessionSecret, sessionToken, time.Now().Add(f.lives).UTC().Format(time.RFC3339))
	}))
	t.Cleanup(f.Close)
	t.Setenv("AWS_ENDPOINT_URL_STS", f.URL)
	return f
}

// sign tells which access key the last request to the server was signed with.
func (s *server) signedBy() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, rest, _ := strings.Cut(s.headers[len(s.headers)-1].Get("Authorization"), "Credential=")
	id, _, _ := strings.Cut(rest, "/")
	return id
}

// profiles writes an AWS configuration; the base credentials stay those of the environment.
func profiles(t *testing.T, text string) {
	t.Helper()
	isolate(t)
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", file)
}

const baseProfile = "[profile base]\naws_access_key_id=" + testKeyID + "\naws_secret_access_key=" + testSecret + "\n"

func TestARoleIsTakenAndSigns(t *testing.T) {
	s, f := newServer(t), newSTS(t)
	s.put(t, "k", "content", nil)
	c := s.client(t, Options{RoleARN: auditRole, ExternalID: "ticket-7", Case: "3f9a1c20"})
	if got := fetchAll(t, c, evidence(t)); got["k"] != "content" || s.signedBy() != sessionKeyID {
		t.Errorf("%q, signed by %s", got, s.signedBy())
	}
	in := f.asked[0]
	if len(f.asked) != 1 || in.Get("RoleArn") != auditRole || in.Get("ExternalId") != "ticket-7" || in.Get("RoleSessionName") != "trailsift-3f9a1c20" || in.Get("SerialNumber") != "" || in.Get("DurationSeconds") != "3600" {
		t.Errorf("asked %v", f.asked)
	}
}

func TestAnMFANumberIsAskedForBeforeAnythingElseAndOnce(t *testing.T) {
	for name, c := range map[string]struct {
		config string
		opt    Options
	}{
		"a role of the command line, with the profile's device": {"[profile base]\nmfa_serial=arn:aws:iam::111122223333:mfa/ir\n" + strings.TrimPrefix(baseProfile, "[profile base]\n"), Options{Profile: "base", RoleARN: auditRole}},
		"a role of the profile":                                 {baseProfile + "[profile ir]\nrole_arn=" + auditRole + "\nsource_profile=base\nmfa_serial=arn:aws:iam::111122223333:mfa/ir\n", Options{Profile: "ir"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newSTS(t)
			profiles(t, c.config)
			t.Setenv("AWS_ACCESS_KEY_ID", "")
			t.Setenv("AWS_SECRET_ACCESS_KEY", "")
			var asked []string
			c.opt.MFA = func(_ context.Context, serial string) (string, error) {
				asked = append(asked, serial)
				return "123456", nil
			}
			client, err := Open(t.Context(), c.opt)
			if err != nil {
				t.Fatal(err)
			}
			if len(asked) != 1 || asked[0] != "arn:aws:iam::111122223333:mfa/ir" || len(f.asked) != 1 || f.asked[0].Get("TokenCode") != "123456" || f.asked[0].Get("DurationSeconds") != "3600" {
				t.Errorf("asked %q, STS %v", asked, f.asked)
			}
			if _, err := client.token(t.Context(), "x")(); err == nil || len(asked) != 1 || !strings.Contains(err.Error(), "session of the role has ended") {
				t.Errorf("asked again after opening: %v", err)
			}
		})
	}
}

func TestWhyThereAreNoCredentialsIsTold(t *testing.T) {
	mfa := "[profile ir]\nrole_arn=" + auditRole + "\nsource_profile=base\nmfa_serial=arn:aws:iam::111122223333:mfa/ir\n"
	for name, c := range map[string]struct {
		config, refuse string
		opt            Options
		what, hint     string
	}{
		"an MFA number and nobody to ask": {baseProfile + mfa, "", Options{Profile: "ir"}, "no terminal", "get-session-token"},
		"a role that is denied":           {baseProfile, "AccessDenied", Options{RoleARN: auditRole}, "may not be taken: AccessDenied", "trust policy"},
		"a role with an ended token":      {baseProfile, "ExpiredToken", Options{RoleARN: auditRole}, "token has expired", "aws sso login"},
		"a profile that is not there":     {baseProfile, "", Options{Profile: "nobody"}, `no AWS profile "nobody"`, "list-profiles"},
		"no ARN of a role":                {baseProfile, "", Options{RoleARN: "audit"}, "no ARN of a role", "arn:aws:iam"},
		"a role without a signature":      {baseProfile, "", Options{RoleARN: auditRole, NoSign: true}, "nobody's", "--no-sign"},
		"an external id without a role":   {baseProfile, "", Options{ExternalID: "x"}, "goes with a role", "--role-arn"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newSTS(t)
			f.refuse = c.refuse
			profiles(t, c.config)
			c.opt.backoff = func(int, error) time.Duration { return 0 }
			_, err := Open(t.Context(), c.opt)
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(e.What, c.what) || !strings.Contains(e.Hint, c.hint) || strings.Contains(e.What+e.Hint, testKeyID) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestARoleWhoseSessionEndsIsTakenAgain(t *testing.T) {
	s, f := newServer(t), newSTS(t)
	s.put(t, "k", "content", nil)
	c := s.client(t, Options{RoleARN: auditRole})
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		s.inject(nil)
		return deny(w, 400, "ExpiredToken")
	})
	if got := fetchAll(t, c, evidence(t)); got["k"] != "content" || len(f.asked) != 2 {
		t.Errorf("%q after %d sessions", got, len(f.asked))
	}
	f.refuse = "ExpiredToken"
	s.inject(func(w http.ResponseWriter, r *http.Request) bool { return isGet(r) && deny(w, 400, "ExpiredToken") })
	if got := fetchAll(t, c, evidence(t))["k"]; !strings.Contains(got, "the session token has expired") {
		t.Errorf("%q", got)
	}
}

func TestEveryRequestCarriesTheFootprintAndIsNoted(t *testing.T) {
	s, f := newServer(t), newSTS(t)
	s.put(t, "k", "content", nil)
	var mu sync.Mutex
	var noted []Request
	at := time.Date(2026, 3, 2, 1, 2, 3, 0, time.UTC)
	c := s.client(t, Options{RoleARN: auditRole, Case: "3f9a1c20", Version: "1.2", Now: func() time.Time { return at }, Note: func(r Request) {
		mu.Lock()
		defer mu.Unlock()
		noted = append(noted, r)
	}})
	fetchAll(t, c, evidence(t))
	want := "trailsift/1.2 case/3f9a1c20"
	for i, h := range s.headers {
		if h.Get("User-Agent") != want {
			t.Errorf("%s was sent by %q", s.requests[i], h.Get("User-Agent"))
		}
	}
	if f.agents[0] != want {
		t.Errorf("STS was asked by %q", f.agents[0])
	}
	var calls []string
	for _, r := range noted {
		calls = append(calls, fmt.Sprintf("%s %d %v", r.Call, r.Status, r.ID != "" && r.Time.Equal(at)))
	}
	if got := strings.Join(calls, ", "); got != "STS:AssumeRole 200 true, S3:ListObjectsV2 200 true, S3:GetObject 200 true" {
		t.Errorf("noted %s", got)
	}
}
