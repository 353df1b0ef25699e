package s3

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trailsift/loaders/source"
)

func TestS04AWrongClockIsToldWithItsDifference(t *testing.T) {
	s := newServer(t)
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Date", signed.Add(-time.Hour).Format(http.TimeFormat))
		return deny(w, 403, "RequestTimeTooSkewed")
	})
	err := s.client(t, Options{Attempts: 1}).List(t.Context(), bucket, "", func(Object) error { return nil })
	if err == nil || !strings.HasSuffix(err.Error(), "the clock of this computer differs from S3's by 1h0m0s") {
		t.Errorf("%v", err)
	}
}

// The answer's Date may be a cache's, or the request may have been signed by it.
func TestS04AWrongClockWithoutADifferenceInventsNone(t *testing.T) {
	s := newServer(t)
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		if signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date")); err == nil {
			w.Header().Set("Date", signed.Format(http.TimeFormat))
		}
		return deny(w, 403, "RequestTimeTooSkewed")
	})
	err := s.client(t, Options{Attempts: 1}).List(t.Context(), bucket, "", func(Object) error { return nil })
	if err == nil || !strings.HasSuffix(err.Error(), "the clock of this computer is wrong; by how much cannot be told from its answer") {
		t.Errorf("%v", err)
	}
}

func TestS12TheVersionIsKeptBesideTheCopy(t *testing.T) {
	s := newServer(t)
	s.put(t, "k", "content", nil)
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		if isGet(r) {
			w.Header().Set("X-Amz-Version-Id", "3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY")
		}
		return false
	})
	ev := evidence(t)
	fetchAll(t, s.client(t, Options{}), ev)
	text, err := os.ReadFile(filepath.Join(ev.Dir(), source.RemotePath(bucket, "k")+".meta.json"))
	if err != nil || !strings.Contains(string(text), "3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY") {
		t.Errorf("%v %s", err, text)
	}
}

func TestS14WhatCameAfterTheListingComesWithTheNext(t *testing.T) {
	s := newServer(t)
	s.put(t, "2026/03/01", "one", nil)
	s.put(t, "2026/03/03", "three", nil)
	c, ev := s.client(t, Options{}), evidence(t)
	all, err := c.Candidates(t.Context(), []string{"s3://" + bucket}, ev, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.put(t, "2026/03/02", "late", nil) // sorts before what is known: no high-water mark would find it
	for _, cand := range all {
		fetched(t.Context(), cand)
	}
	before := s.count("GET /" + bucket + "/2026")
	got := fetchAll(t, c, ev)
	if len(all) != 2 || before != 2 || got["2026/03/02"] != "late" || s.count("GET /"+bucket+"/2026") != 3 {
		t.Errorf("%d listed at first, %d and then %d fetched, %q", len(all), before, s.count("GET /"+bucket+"/2026"), got)
	}
}

func TestS15ADeniedKMSKeyNamesItself(t *testing.T) {
	const key = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-1111-2222-3333-444455556666"
	s := newServer(t)
	s.put(t, "k", "content", nil)
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		if !isGet(r) {
			return false
		}
		w.WriteHeader(403)
		fmt.Fprintf(w, "<Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt on resource: %s because no policy allows it</Message></Error>", key)
		return true
	})
	if got := fetchAll(t, s.client(t, Options{}), evidence(t))["k"]; got != "error: s3://acme-logs/k: access is denied to the KMS key "+key {
		t.Errorf("%q", got)
	}
}

func TestS18TheSourceOfCredentialsIsToldNotTheirValue(t *testing.T) {
	isolate(t)
	c, err := Open(t.Context(), Options{})
	if err != nil || c.CredentialSource() != "EnvConfigCredentials" {
		t.Errorf("environment: %v", err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	file := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(file, []byte("[ir]\naws_access_key_id="+testKeyID+"\naws_secret_access_key="+testSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	c, err = Open(t.Context(), Options{Profile: "ir"})
	if err != nil || !strings.HasPrefix(c.CredentialSource(), "SharedConfigCredentials") || strings.Contains(c.CredentialSource(), testKeyID) {
		t.Errorf("profile: %v", err)
	}
}

func TestS19InstanceMetadataIsNotAskedWhenTurnedOff(t *testing.T) {
	isolate(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	var asked atomic.Int64
	metadata := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer metadata.Close()
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.URL)
	if _, err := Open(t.Context(), Options{}); err == nil || asked.Load() != 0 {
		t.Errorf("%v, asked %d times", err, asked.Load())
	}
}

func TestS22ACustomAuthorityIsHonouredAndOldTLSRefused(t *testing.T) {
	for name, c := range map[string]struct {
		newest uint16
		ok     bool
	}{"TLS 1.2": {tls.VersionTLS12, true}, "TLS 1.1": {tls.VersionTLS11, false}} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.put(t, "k", "content", nil)
			secure := httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
			secure.Config.ErrorLog = log.New(io.Discard, "", 0)
			secure.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: c.newest}
			secure.StartTLS()
			defer secure.Close()
			isolate(t)
			bundle := filepath.Join(t.TempDir(), "ca.pem")
			text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
			if err := os.WriteFile(bundle, text, 0o600); err != nil {
				t.Fatal(err)
			}
			t.Setenv("AWS_CA_BUNDLE", bundle)
			client, err := Open(t.Context(), Options{Endpoint: secure.URL, Attempts: 1})
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			err = client.List(t.Context(), bucket, "", func(Object) error { n++; return nil })
			if (err == nil) != c.ok || c.ok && n != 1 {
				t.Errorf("%d objects, %v", n, err)
			}
		})
	}
}

// oneIn20 spoils every twentieth answer, each in another way.
func oneIn20(s *server) fault {
	var asked, spoilt atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) bool {
		if asked.Add(1)%20 != 0 {
			return false
		}
		switch spoilt.Add(1) % 4 {
		case 0:
			return deny(w, 503, "SlowDown")
		case 1:
			panic(http.ErrAbortHandler)
		}
		rec := s.said(w, r)
		if isGet(r) && spoilt.Load()%4 == 2 {
			w.Header().Set("X-Amz-Checksum-Crc32", "AAAAAA==")
			w.Write(rec.Body.Bytes())
			return true
		}
		w.Header().Set("Content-Length", fmt.Sprint(rec.Body.Len()))
		io.WriteString(w, rec.Body.String()[:rec.Body.Len()/2])
		panic(http.ErrAbortHandler)
	}
}

func TestALoadUnderFaultsBringsWhatACleanOneBrings(t *testing.T) {
	s := newServer(t)
	for i := range 400 {
		s.put(t, fmt.Sprintf("logs/%03d", i), strings.Repeat(fmt.Sprint(i, " "), 100+i), nil)
	}
	clean := fetchAll(t, s.client(t, Options{}), evidence(t))
	c := s.client(t, Options{})
	s.inject(oneIn20(s))
	ev := evidence(t)
	spoilt := fetchAll(t, c, ev)
	for key, want := range clean {
		if spoilt[key] != want {
			t.Errorf("%s: %.80q", key, spoilt[key])
		}
	}
	if names, _ := readAll(t, ev.Dir()); len(names) != 2*len(clean) {
		t.Errorf("%d files for %d objects", len(names), len(clean))
	}
	s.inject(nil)
	before := s.count("GET /" + bucket + "/logs/")
	fetchAll(t, c, ev)
	if again := s.count("GET /"+bucket+"/logs/") - before; again != 0 {
		t.Errorf("%d objects were fetched again", again)
	}
}
