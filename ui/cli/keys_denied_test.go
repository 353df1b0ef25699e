package cli

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeysThatAreDeniedAreToldBesideTheScreen(t *testing.T) {
	f := newCloudTrail(t)
	f.deny = true
	b := newBucket(t, demoBucket)
	b.fill(t, "../../testdata/demo/acme-audit-logs/AWSLogs/444455556666/CloudTrail-Digest/us-east-1/2026/03/03")
	work := b.interfaceOf(t, &bytes.Buffer{})
	work.o.wanted.All = true
	load := work.begin()
	if err := <-load.Done; err != nil {
		t.Fatal(err)
	}
	told := strings.Join(load.Warnings(), "\n")
	const why = "the public keys of CloudTrail in us-east-1 cannot be had: AccessDeniedException"
	if !strings.Contains(told, why) || !strings.Contains(told, "cloudtrail:ListPublicKeys") || strings.Contains(told, "\x1b") {
		t.Errorf("it tells %q", told)
	}
	check := func() {
		r := work.s.Verdict()
		if r == nil || r.KeysDenied["us-east-1"] != why {
			t.Fatalf("%+v", r)
		}
		for _, finding := range r.Findings {
			if finding.Code == "digest-key-unknown" && !strings.HasSuffix(finding.Detail, "was given; "+why) {
				t.Errorf("%q", finding.Detail)
			}
		}
	}
	check()
	dir := work.s.Dir()
	if err := work.s.close(); err != nil {
		t.Fatal(err)
	}
	if out, _ := command(t, "verify", dir); !strings.Contains(out, "was given; "+why) {
		t.Errorf("verify says %s", out)
	}
	f.deny = false
	if out, code := command(t, "case", "keys", "fetch", dir); code != 0 {
		t.Fatalf("exit %d: %s", code, out)
	}
	if out, _ := command(t, "verify", dir); strings.Contains(out, why) {
		t.Errorf("with keys verify says %s", out)
	}
}

func TestADenialInAnotherFormIsTold(t *testing.T) {
	newCloudTrail(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("<Error><Code>AccessDenied</Code></Error>"))
	}))
	defer server.Close()
	t.Setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", server.URL)
	dir := filepath.Join(t.TempDir(), "acme.case")
	run(t, "load", "-q", "--copy=never", "--case", dir, "../../testdata/demo/acme-audit-logs/AWSLogs/444455556666/CloudTrail-Digest/us-east-1/2026/03/03")
	if _, errs, code := said(t, "case", "keys", "fetch", dir); code != exitAccess || !strings.Contains(errs, "cannot be had: the server answered 403") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
