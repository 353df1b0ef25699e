package s3

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"trailsift/model/recording"
)

// TestWhatS3RefusesIsASentence asks for an object that a server refuses with each code it may use.
func TestWhatS3RefusesIsASentence(t *testing.T) {
	const key = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-1111-2222-3333-444455556666"
	for code, want := range map[string]struct {
		status     int
		what, hint string
	}{
		"AccessDenied":                       {403, "access is denied", "s3:GetObject"},
		"AllAccessDisabled":                  {403, "disabled", "owner"},
		"InvalidAccessKeyId":                 {403, "access key is not known", "AWS_PROFILE"},
		"SignatureDoesNotMatch":              {403, "secret key", "AWS_PROFILE"},
		"InvalidToken":                       {400, "session token is not valid", "AWS_SESSION_TOKEN"},
		"RequestTimeTooSkewed":               {403, "clock", "set the clock"},
		"NoSuchBucket":                       {404, "no such bucket", "check the name"},
		"NoSuchKey":                          {404, "deleted after it was listed", ""},
		"MethodNotAllowed":                   {405, "marks a deletion", ""},
		"InvalidObjectState":                 {403, "archived", "restore"},
		"InvalidRequest":                     {400, "cannot give it", "SSE-C"},
		"KMS.DisabledException":              {400, "KMS key it is encrypted with is disabled: " + key, "owner"},
		"KMS.NotFoundException":              {400, "not there any more: " + key, "owner"},
		"KMS.KMSInvalidStateException":       {400, "cannot be used: " + key, "cancel"},
		"KMS.SomethingNew":                   {400, "cannot be used: " + key, "owner"},
		"AuthorizationHeaderMalformed":       {400, "another region", "--bucket-region"},
		"IllegalLocationConstraintException": {400, "another region", "--bucket-region"},
		"PermanentRedirect":                  {301, "another region", "--bucket-region"},
		"TemporaryRedirect":                  {307, "the server answered 307 TemporaryRedirect", ""},
		"InternalError":                      {500, "failed within itself", "again later"},
		"ServiceUnavailable":                 {503, "not available", "again later"},
		"SlowDown":                           {503, "slow down", "again later"},
		"SomethingNew":                       {400, "the server answered 400 SomethingNew", ""},
	} {
		t.Run(code, func(t *testing.T) {
			s := newServer(t)
			s.put(t, "k", "content", nil)
			c := s.client(t, Options{Attempts: 1})
			s.inject(func(w http.ResponseWriter, r *http.Request) bool {
				if !isGet(r) {
					return false
				}
				w.WriteHeader(want.status)
				fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s, says %s</Message></Error>", code, key, testKeyID)
				return true
			})
			if code == "AccessDenied" { // whose message names a key only where the key denies
				s.inject(func(w http.ResponseWriter, r *http.Request) bool { return isGet(r) && deny(w, 403, code) })
			}
			_, err := c.Fetch(t.Context(), Object{Bucket: bucket, Key: "k", Size: 7}, evidence(t))
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(e.What, want.what) || !strings.Contains(e.Hint, want.hint) || strings.Contains(err.Error(), testKeyID) {
				t.Errorf("%v; %+v", err, e)
			}
		})
	}
}

// S3 names a bucket's own Region in a header, or in the message, or only when it is asked for the bucket.
func TestS05TheBucketsRegionIsLearntFromWhateverTellsIt(t *testing.T) {
	for name, c := range map[string]struct {
		status        int
		code, message string
		header, head  string
		region        string // empty: nobody tells
	}{
		"the header":                  {301, "PermanentRedirect", "use the endpoint", "eu-west-1", "", "eu-west-1"},
		"a signature's message":       {400, "AuthorizationHeaderMalformed", "the region 'us-east-1' is wrong; expecting 'eu-central-1'", "", "", "eu-central-1"},
		"a Region of its own":         {400, "IllegalLocationConstraintException", "The af-south-1 location constraint is incompatible for the region specific endpoint this request was sent to.", "", "", "af-south-1"},
		"none specified is us-east-1": {400, "IllegalLocationConstraintException", "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.", "", "", "us-east-1"},
		"only the bucket itself":      {301, "PermanentRedirect", "use the endpoint", "", "ap-southeast-2", "ap-southeast-2"},
		"what is no Region":           {301, "PermanentRedirect", "use the endpoint", "evil.example/x", "evil.example", ""},
		"nobody":                      {301, "PermanentRedirect", "use the endpoint", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.put(t, "k", "content", nil)
			s.inject(func(w http.ResponseWriter, r *http.Request) bool {
				if c.region != "" && strings.Contains(r.Header.Get("Authorization"), "/"+c.region+"/") {
					return false
				}
				if r.Method == http.MethodHead {
					w.Header().Set("X-Amz-Bucket-Region", c.head)
					w.WriteHeader(c.status)
					return true
				}
				w.Header().Set("X-Amz-Bucket-Region", c.header)
				w.WriteHeader(c.status)
				fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", c.code, c.message)
				return true
			})
			n := 0
			err := s.client(t, Options{Attempts: 1, Region: "ca-central-1"}).List(t.Context(), bucket, "", func(Object) error { n++; return nil })
			if c.region != "" && (err != nil || n != 1) || c.region == "" && (err == nil || !strings.Contains(err.Error(), "in another region")) {
				t.Errorf("%d objects, %v", n, err)
			}
		})
	}
}

// An answer to HEAD has no body, so that only its status tells what is wrong.
func TestARefusalWithoutAReasonIsAskedForOne(t *testing.T) {
	s := newServer(t)
	s.put(t, "k", "content", nil)
	c := s.client(t, Options{Attempts: 1})
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodHead {
			w.WriteHeader(400)
			return true
		}
		return deny(w, 400, "ExpiredToken")
	})
	if _, err := c.Attributes(t.Context(), bucket, "k", ""); err == nil || !strings.Contains(err.Error(), "the session token has expired") {
		t.Errorf("%v", err)
	}
	s.inject(func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(400); return true })
	if _, err := c.Attributes(t.Context(), bucket, "k", ""); err == nil || !strings.Contains(err.Error(), "does not say why") {
		t.Errorf("%v", err)
	}
	s.inject(nil)
	if _, err := c.Attributes(t.Context(), bucket, "none", ""); err == nil || !strings.HasPrefix(err.Error(), "s3://acme-logs/none: there is no such object") {
		t.Errorf("%v", err)
	}
}

// Who cannot be told apart from nobody is told so at once, rather than once a setting.
func TestSettingsEndWithTheFirstAnswerThatConcernsWhoAsks(t *testing.T) {
	for code := range whoAsks {
		s := newServer(t)
		s.inject(func(w http.ResponseWriter, _ *http.Request) bool { return deny(w, 403, code) })
		c := s.client(t, Options{Attempts: 1})
		r, err := c.Setting(t.Context(), "GetBucketVersioning", bucket)
		var e *Error
		if !errors.As(err, &e) || e.Hint == "" || r.Error != "" {
			t.Errorf("%s: %v, %+v", code, err, r)
		}
	}
	s := newServer(t)
	s.inject(func(w http.ResponseWriter, _ *http.Request) bool {
		return deny(w, 404, "NoSuchPublicAccessBlockConfiguration")
	})
	r, err := s.client(t, Options{Attempts: 1}).Setting(t.Context(), "GetPublicAccessBlock", bucket)
	if known, _ := recording.Lookup(r.Call); err != nil || r.Error != known.None || r.Unread() {
		t.Errorf("%v, %+v", err, r)
	}
}

// deaf is a server that nobody hears of.
type deaf struct{ asked atomic.Int64 }

func (d *deaf) RoundTrip(*http.Request) (*http.Response, error) {
	d.asked.Add(1)
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

func TestAServerThatWasNeverHeardOfIsGivenUpSooner(t *testing.T) {
	isolate(t)
	d := &deaf{}
	c, err := Open(t.Context(), Options{Endpoint: "https://s3.example", transport: d, backoff: func(int, error) time.Duration { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	err = c.List(t.Context(), bucket, "", func(Object) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "the server cannot be reached") || d.asked.Load() != firstAttempts {
		t.Errorf("%v after %d attempts", err, d.asked.Load())
	}
	c.answered.Store(true)
	d.asked.Store(0)
	if err = c.List(t.Context(), bucket, "", func(Object) error { return nil }); err == nil || d.asked.Load() != defaultAttempts {
		t.Errorf("%v after %d attempts", err, d.asked.Load())
	}
}
