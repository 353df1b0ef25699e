package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

func TestS16RequesterPaysIsSentAndWarnedOf(t *testing.T) {
	s := newServer(t)
	s.put(t, "k", "content", nil)
	c := s.client(t, Options{RequesterPays: true})
	fetchAll(t, c, evidence(t))
	for i, h := range s.headers {
		if h.Get("X-Amz-Request-Payer") != "requester" {
			t.Errorf("not in %s", s.requests[i])
		}
	}
	if len(c.Warnings()) != 1 || !strings.Contains(c.Warnings()[0], "billed") {
		t.Errorf("%q", c.Warnings())
	}
}

func TestS17AnonymousRequestsCarryNoSignature(t *testing.T) {
	s := newServer(t)
	s.put(t, "k", "content", nil)
	c := s.client(t, Options{NoSign: true})
	if got := fetchAll(t, c, evidence(t)); got["k"] != "content" {
		t.Errorf("%q", got)
	}
	for i, h := range s.headers {
		if h.Get("Authorization") != "" {
			t.Errorf("signed: %s", s.requests[i])
		}
	}
	if c.CredentialSource() != "none (anonymous)" {
		t.Errorf("%q", c.CredentialSource())
	}
}

func TestNoCredentialsAreToldAtOnce(t *testing.T) {
	isolate(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	_, err := Open(t.Context(), Options{})
	var e *Error
	if !errors.As(err, &e) || e.What != "no AWS credentials were found" || !strings.Contains(e.Hint, "--no-sign") {
		t.Errorf("%v", err)
	}
}

func TestS20PlainHTTPIsWarnedOfUnlessLoopback(t *testing.T) {
	isolate(t)
	for endpoint, want := range map[string]int{
		"http://127.0.0.1:9000": 0, "http://localhost": 0, "http://[::1]:1": 0, "https://minio.example.org": 0, "http://minio.example.org": 1, "http://10.0.0.1": 1,
	} {
		c, err := Open(t.Context(), Options{Endpoint: endpoint})
		if err != nil || len(c.Warnings()) != want {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
	for _, endpoint := range []string{"minio:9000", "ftp://x", "http://user:password@host", "://"} {
		if _, err := Open(t.Context(), Options{Endpoint: endpoint}); err == nil || strings.Contains(err.Error(), "password@") {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

func TestS21HostileServersEnd(t *testing.T) {
	page := func(token string) string {
		return `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>` + token + `</NextContinuationToken>` +
			`<Contents><Key>k` + token + `</Key><Size>1</Size></Contents></ListBucketResult>`
	}
	var n atomic.Int64
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request)
		want   string
	}{
		"the same token for ever": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, page("same")) }, "the server's listing does not end"},
		"a new token for ever":    {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, page(fmt.Sprint(n.Add(1)))) }, "the server's listing does not end"},
		"no token":                {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, page("")) }, "the server's listing does not end"},
		"an answer without end": {func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "<ListBucketResult><Name>")
			for chunk := strings.Repeat("x", 1<<20); r.Context().Err() == nil; {
				if _, err := io.WriteString(w, chunk); err != nil {
					return
				}
			}
		}, "the server's answer is larger than 16 MB"},
		"an error without end": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(400)
			for chunk := strings.Repeat("x", 1<<20); r.Context().Err() == nil; {
				if _, err := io.WriteString(w, chunk); err != nil {
					return
				}
			}
		}, ""},
		"a redirect to the metadata address": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusTemporaryRedirect)
		}, "the server answered 307"},
		"a web page": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html><body>login<br></body></html>") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.inject(func(w http.ResponseWriter, r *http.Request) bool { c.answer(w, r); return true })
			client := s.client(t, Options{Pages: 50, Attempts: 1})
			err := client.List(t.Context(), bucket, "", func(Object) error { return nil })
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestS21ABodyLargerThanListedIsNotTaken(t *testing.T) {
	s := newServer(t)
	s.put(t, "k", "content", nil)
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		if !isGet(r) {
			return false
		}
		w.Header().Set("ETag", `"9a0364b9e99bb480dd25e1f0284c8555"`)
		for chunk := strings.Repeat("x", 1<<16); r.Context().Err() == nil; {
			if _, err := io.WriteString(w, chunk); err != nil {
				return true
			}
		}
		return true
	})
	if got := fetchAll(t, s.client(t, Options{Attempts: 2}), evidence(t))["k"]; !strings.HasPrefix(got, "error: s3://acme-logs/k: ") {
		t.Errorf("%.100q", got)
	}
}

func TestNothingSecretIsStoredOrSaid(t *testing.T) {
	s := newServer(t)
	s.put(t, "ok", "content", nil)
	s.put(t, "denied", "content", nil)
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		return isGet(r) && strings.HasSuffix(r.URL.Path, "denied") && deny(w, 403, "SignatureDoesNotMatch")
	})
	c, ev := s.client(t, Options{}), evidence(t)
	said := fmt.Sprint(fetchAll(t, c, ev), c.Warnings(), c.CredentialSource())
	_, stored := readAll(t, ev.Dir())
	for _, secret := range []string{testKeyID, testSecret, "Authorization", "X-Amz-Signature"} {
		if strings.Contains(said, secret) || strings.Contains(stored, secret) {
			t.Errorf("%s leaked", secret)
		}
	}
}

func TestCancellingEndsAFetch(t *testing.T) {
	s := newServer(t)
	s.put(t, "k", "content", nil)
	c, ev := s.client(t, Options{}), evidence(t)
	all, err := c.Candidates(t.Context(), []string{"s3://" + bucket}, ev, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		cancel()
		<-r.Context().Done()
		return true
	})
	if _, err := all[0].Fetch(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestPlacesAreTakenApart(t *testing.T) {
	for s, want := range map[string]string{
		"s3://acme-logs": "acme-logs|", "s3://acme-logs/": "acme-logs|", "s3://acme-logs/a b%20/": "acme-logs|a b%20/",
		"s3://Old_Bucket/x": "Old_Bucket|x", "s3://": "error", "s3:///x": "error", "s3://../x": "error", "s3://a\x1bbc/x": "error",
		"http://x/y": "error", "s3://a..b/x": "error",
	} {
		bucket, prefix, err := ParseURL(s)
		got := bucket + "|" + prefix
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestACopyThatCannotBeWrittenIsNotTheServersFault(t *testing.T) {
	s := newServer(t)
	s.put(t, "k", "content", nil)
	c, ev := s.client(t, Options{}), evidence(t)
	all, err := c.Candidates(t.Context(), []string{"s3://" + bucket}, ev, nil)
	if err != nil {
		t.Fatal(err)
	}
	ev.Close()
	if got := fetched(t.Context(), all[0]); got != "error: s3://acme-logs/k: the copy cannot be written into the case" {
		t.Errorf("%q", got)
	}
	if n := s.count("GET /" + bucket + "/k"); n != 1 {
		t.Errorf("it was asked for %d times", n)
	}
}
