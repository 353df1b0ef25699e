package e2e

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// bucketOf serves the demo's log bucket as S3 does, with the signatures in the metadata of the digests,
// and returns the address.
func bucketOf(t *testing.T, name string) string {
	t.Helper()
	root := filepath.Join(moduleRoot(t), demo)
	signed := map[string]map[string]string{}
	text, err := os.ReadFile(filepath.Join(root, "metadata.json"))
	if err == nil {
		err = json.Unmarshal(text, &signed)
	}
	backend := s3mem.New()
	if err == nil {
		err = backend.CreateBucket(name)
	}
	if err != nil {
		t.Fatal(err)
	}
	logs := os.DirFS(filepath.Join(root, name))
	err = fs.WalkDir(logs, ".", func(key string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := fs.ReadFile(logs, key)
		if err != nil {
			return err
		}
		meta := map[string]string{}
		for field, value := range signed[name+"/"+key] {
			meta["X-Amz-Meta-"+field] = value
		}
		_, err = backend.PutObject(name, key, meta, bytes.NewReader(content), int64(len(content)), nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	return server.URL
}

// From a bucket's name to proven rows: what lies there and what it costs, one account's logs, the chain.
func TestABucketIsLookedAtBeforeItIsTaken(t *testing.T) {
	t.Parallel()
	binary(t)
	env := []string{"AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret", "AWS_REGION=eu-west-1", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true"}
	m := start(t, 80, 24, env, "open", "--endpoint-url", bucketOf(t, "acme-audit-logs"), "s3://acme-audit-logs")
	m.until("reading s3://acme-audit-logs leaves traces", "enter to go on")
	m.now("Enter")
	m.until("▸ [x]  - 111122223333                       1 020", "444455556666                         601", "1 621 objects, 1.8 MB, < $0.01", "enter begins")
	m.keys("Space")
	m.until("▸ [ ]  - 111122223333", " 601 objects")
	m.keys("Enter")
	m.until("1 346 of 1 346", "accounts: 444455556666", "? 1 346 unverifiable", "loaded 1 352 records")
	m.keys("6")
	m.until("no public key is here", "digests 0/405 proven", "2 chains")
	m.leave()
	m.until("open it again with: trailsift open acme-audit-logs-")
}
