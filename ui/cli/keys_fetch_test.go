package cli

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeCloudTrail answers ListPublicKeys with the demo keys, as AWS's JSON 1.1 protocol has it, and notes
// what was asked.
type fakeCloudTrail struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string // region and span
	deny  bool
}

func newCloudTrail(t *testing.T) *fakeCloudTrail {
	t.Helper()
	content, err := os.ReadFile("../../testdata/demo/keys/public-keys.json")
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ PublicKeyList []map[string]any }
	if err := json.Unmarshal(content, &list); err != nil {
		t.Fatal(err)
	}
	for _, k := range list.PublicKeyList {
		for _, name := range []string{"ValidityStartTime", "ValidityEndTime"} {
			text, _ := k[name].(string)
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				t.Fatal(err)
			}
			k[name] = at.Unix()
		}
	}
	f := &fakeCloudTrail{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var in struct{ StartTime, EndTime float64 }
		_ = json.Unmarshal(body, &in)
		_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		f.mu.Lock()
		defer f.mu.Unlock()
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if f.deny {
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"__type":"AccessDeniedException","message":"\u001b[31mno"}`)
			return
		}
		f.asked = append(f.asked, strings.Split(scope, "/")[2]+" "+time.Unix(int64(in.StartTime), 0).UTC().Format("0102T15")+" "+time.Unix(int64(in.EndTime), 0).UTC().Format("0102T15"))
		if err := json.NewEncoder(w).Encode(map[string]any{"PublicKeyList": list.PublicKeyList}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(f.Close)
	t.Setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", f.URL)
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": filepath.Join(t.TempDir(), "none"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(t.TempDir(), "none"), "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
	return f
}

func TestKeysAreFetchedForTheDigestsOfACase(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: short run")
	}
	f := newCloudTrail(t)
	dir := filepath.Join(t.TempDir(), "acme.case")
	if _, code := command(t, "load", "-q", "--copy=never", "--case", dir, "../../testdata/demo"); code != 0 {
		t.Fatalf("load: exit %d", code)
	}
	out, code := command(t, "case", "keys", "fetch", dir)
	if code != 0 || !strings.Contains(out, "1076/1076 digests valid") {
		t.Fatalf("exit %d: %s", code, out)
	}
	// Two hours before the first digest's window and after the last one's, in each Region.
	if got := strings.Join(f.asked, ", "); got != "eu-west-1 0301T21 0316T03, us-east-1 0301T21 0316T03" {
		t.Errorf("asked %s", got)
	}
	list, _ := command(t, "case", "keys", "list", dir, "--format", "json")
	if !strings.Contains(list, "aws-eu-west-1-") {
		t.Errorf("the keys do not say where they are from: %s", list)
	}
	asked := len(f.asked)
	if out, code := command(t, "case", "keys", "fetch", dir); code != 0 || len(f.asked) != asked {
		t.Errorf("known keys are asked for again: exit %d, %s", code, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "ledger.jsonl")); err != nil {
		t.Error(err)
	}
	ledger, err := os.ReadFile(filepath.Join(dir, "ledger.jsonl"))
	if err != nil || !strings.Contains(string(ledger), `"keys-fetch"`) || strings.Contains(string(ledger), "secret") {
		t.Errorf("the ledger: %v", err)
	}
}

func TestKeysThatAreDeniedAreTold(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: short run")
	}
	f := newCloudTrail(t)
	f.deny = true
	dir := filepath.Join(t.TempDir(), "acme.case")
	if _, code := command(t, "load", "-q", "--copy=never", "--case", dir, "../../testdata/demo/acme-audit-logs/AWSLogs/444455556666"); code != 0 {
		t.Fatalf("load: exit %d", code)
	}
	if out, code := command(t, "case", "keys", "fetch", dir); code != 5 {
		t.Errorf("exit %d: %s", code, out)
	}
}

func TestOnlyFetchedListsAreTrustedAsAWS(t *testing.T) {
	for name, want := range map[string]string{
		"aws-eu-west-1-0a1b2c3d.json": "aws eu-west-1",
		"given-aws-x-0a1b2c3d.json":   "examiner ",
		"keys-0a1b2c3d.json":          "examiner ",
	} {
		if trust, region := trustOf(name); string(trust)+" "+region != want {
			t.Errorf("%s: %s %s, want %s", name, trust, region, want)
		}
	}
	for _, name := range []string{"aws-eu-west-1.json", "../aws-x.json", "aws-.json"} {
		if got := givenName(name); strings.HasPrefix(got, fetchedPrefix) {
			t.Errorf("a file given as %s would be kept as %s", name, got)
		}
	}
}
