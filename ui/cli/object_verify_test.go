package cli

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// serveObject is a server with one object, backups/db.dump, that stores checksum with it.
func serveObject(t *testing.T, content, checksum string) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/acme/backups/db.dump":
			w.WriteHeader(http.StatusNotFound)
		case r.URL.Query().Has("attributes"):
			w.WriteHeader(http.StatusNotImplemented)
			io.WriteString(w, `<Error><Code>NotImplemented</Code></Error>`)
		case r.Method == http.MethodHead:
			w.Header().Set("ETag", `"9a0364b9e99bb480dd25e1f0284c8555-1"`)
			w.Header().Set("Content-Length", strconv.Itoa(len(content)))
			if checksum != "" {
				w.Header().Set("X-Amz-Checksum-Sha256", checksum)
			}
		default:
			w.Header().Set("ETag", `"9a0364b9e99bb480dd25e1f0284c8555-1"`)
			http.ServeContent(w, r, "", time.Time{}, strings.NewReader(content))
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestObjectVerify(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": filepath.Join(t.TempDir(), "none"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(t.TempDir(), "none"), "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
	const content = "what was uploaded"
	sum := sha256.Sum256([]byte(content))
	good := base64.StdEncoding.EncodeToString(sum[:])
	dir := t.TempDir()
	same, other := filepath.Join(dir, "same"), filepath.Join(dir, "other")
	for path, text := range map[string]string{same: content, other: "what was uploadeD"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cases := map[string]struct {
		content, checksum string
		args              []string
		code              int
		result, says      string
	}{
		"the object is what was uploaded":         {content, good, nil, 0, "equal", "equal"},
		"the object is another one":               {"what was uploadeD", good, nil, 1, "different", "different"},
		"the local copy is what was uploaded":     {content, good, []string{"--file", same}, 0, "equal", "equal"},
		"the local copy differs in one letter":    {content, good, []string{"--file", other}, 1, "different", "computed"},
		"no checksum is stored, and no ETag used": {content, "", []string{"--file", same}, 4, "none", "none stored"},
		"a checksum nobody can compute":           {content, good + "-3", nil, 3, "unchecked", "parts"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			url := serveObject(t, c.content, c.checksum)
			args := append([]string{"object", "verify", "--endpoint-url", url, "s3://acme/backups/db.dump"}, c.args...)
			text, code := command(t, args...)
			if code != c.code {
				t.Fatalf("exit %d, want %d: %s", code, c.code, text)
			}
			if !strings.Contains(text, c.says) {
				t.Errorf("%q is not said: %s", c.says, text)
			}
			if local := len(c.args) > 0; strings.Contains(text, "local file") != local || local && !strings.Contains(text, ", 17 bytes\n") {
				t.Errorf("the size of the local copy: %s", text)
			}
			out, _ := command(t, append(args, "--format", "json")...)
			var r objectReport
			if err := json.Unmarshal([]byte(out), &r); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if r.Result != c.result || r.ExitCode != c.code || r.Size != int64(len(c.content)) || !strings.Contains(r.ETag, "-1") {
				t.Errorf("%+v", r)
			}
		})
	}
	t.Run("an object that is not there", func(t *testing.T) {
		if out, code := command(t, "object", "verify", "--endpoint-url", serveObject(t, content, good), "s3://acme/nothing"); code != 5 {
			t.Errorf("exit %d: %s", code, out)
		}
	})
	t.Run("a name that is no object", func(t *testing.T) {
		for _, name := range []string{"s3://acme", "s3://acme/", "backups/db.dump", "s3:///x"} {
			if out, code := command(t, "object", "verify", name); code != 2 {
				t.Errorf("%s: exit %d: %s", name, code, out)
			}
		}
	})
}
