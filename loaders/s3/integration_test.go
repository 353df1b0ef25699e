package s3

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// gateway is versitygw, an S3 server that checks signatures, checksums and conditions, over a folder.
type gateway struct {
	url string
	api *awss3.Client
}

// startGateway runs the program TRAILSIFT_VERSITYGW names, with a bucket that keeps versions.
func startGateway(t *testing.T) *gateway {
	t.Helper()
	program := os.Getenv("TRAILSIFT_VERSITYGW")
	if program == "" {
		t.Skip("SKIPPED: TRAILSIFT_VERSITYGW names no S3 server; make integration builds one")
	}
	isolate(t)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	free.Close()
	versions, objects := t.TempDir(), t.TempDir()
	var said bytes.Buffer
	cmd := exec.Command(program, "--port", addr, "--access", testKeyID, "--secret", testSecret, "--quiet", "--keep-alive", "posix", "--versioning-dir", versions, objects)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	g := &gateway{url: "http://" + addr}
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("us-east-1"))
	if err != nil {
		t.Fatal(err)
	}
	g.api = awss3.NewFromConfig(cfg, func(o *awss3.Options) { o.BaseEndpoint, o.UsePathStyle = aws.String(g.url), true })
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if _, err = http.Get(g.url); err == nil {
			break
		}
		if time.Since(start) > 30*time.Second {
			t.Fatalf("the server does not answer: %v\n%s", err, said.String())
		}
	}
	if _, err := g.api.CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: aws.String(bucket)}); err != nil {
		t.Fatal(err)
	}
	_, err = g.api.PutBucketVersioning(t.Context(), &awss3.PutBucketVersioningInput{
		Bucket: aws.String(bucket), VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *gateway) put(ctx context.Context, key string, content []byte, metadata map[string]string) error {
	_, err := g.api.PutObject(ctx, &awss3.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String(key), Body: bytes.NewReader(content), Metadata: metadata,
	})
	return err
}

// upload puts every file below root, signatures in the metadata of the digests.
func (g *gateway) upload(t *testing.T, root string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "metadata.json"))
	if err != nil {
		t.Fatal(err)
	}
	var signed map[string]map[string]string
	if err := json.Unmarshal(text, &signed); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	slots := make(chan struct{}, 16)
	err = filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "metadata.json" {
			return err
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			content, err := os.ReadFile(p)
			if err == nil {
				key, _ := filepath.Rel(root, p)
				err = g.put(t.Context(), filepath.ToSlash(key), content, signed[filepath.ToSlash(key)])
			}
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
		})
		return nil
	})
	wg.Wait()
	if err := errors.Join(append(errs, err)...); err != nil {
		t.Fatal(err)
	}
}

// trailsift runs the program and reads what it prints as JSON.
func trailsift(t *testing.T, into any, args ...string) (code int, said string) {
	t.Helper()
	program := os.Getenv("TRAILSIFT_BIN")
	if program == "" {
		t.Skip("SKIPPED: TRAILSIFT_BIN names no program; make integration builds one")
	}
	var out, errs bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if e := (*exec.ExitError)(nil); errors.As(err, &e) {
		code, err = e.ExitCode(), nil
	}
	if err == nil && into != nil {
		err = json.Unmarshal(out.Bytes(), into)
	}
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", args, err, out.String(), errs.String())
	}
	return code, errs.String()
}

type loaded struct {
	Members, Records map[string]int
	Requests         int
}

func TestTheDemoComesThroughSignaturesChecksumsAndConditions(t *testing.T) {
	g := startGateway(t)
	const demo = "../../testdata/demo"
	g.upload(t, demo)
	local, remote := filepath.Join(t.TempDir(), "local.case"), filepath.Join(t.TempDir(), "s3.case")
	from := []string{"load", "--all", "--format", "json", "--case", remote, "--endpoint-url", g.url, "s3://" + bucket}
	var here, there, again loaded
	trailsift(t, &here, "load", "--format", "json", "--case", local, demo)
	trailsift(t, &there, from...)
	here.Members["seen"]--
	here.Members["loaded"]-- // metadata.json, which is metadata in the bucket
	if !reflect.DeepEqual(here, there) || there.Requests == 0 {
		t.Errorf("of files %+v, of objects %+v", here, there)
	}
	if trailsift(t, &again, from...); again.Members["loaded"] != 0 || again.Members["already"] == 0 {
		t.Errorf("loading again: %+v", again.Members)
	}
	var a, b map[string]any
	ca, _ := trailsift(t, &a, "verify", "--format", "json", local)
	cb, _ := trailsift(t, &b, "verify", "--format", "json", remote)
	for _, what := range []string{"digests", "logs", "result", "chains", "coverage"} {
		if ca != cb || !reflect.DeepEqual(a[what], b[what]) {
			t.Errorf("%s: %v of files, %v of objects", what, a[what], b[what])
		}
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", "another")
	if code, said := trailsift(t, nil, append(from, "-q")...); code != 5 || !strings.Contains(said, "the secret key does not belong to the access key") {
		t.Errorf("with a wrong secret: exit %d, %s", code, said)
	}
}

func TestS10ARealServerHoldsToTheListedETag(t *testing.T) {
	g := startGateway(t)
	if err := g.put(t.Context(), "k", []byte("old"), nil); err != nil {
		t.Fatal(err)
	}
	c, err := Open(t.Context(), Options{Endpoint: g.url})
	if err != nil {
		t.Fatal(err)
	}
	ev := evidence(t)
	var listed Object
	if err := c.List(t.Context(), bucket, "", func(o Object) error { listed = o; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := g.put(t.Context(), "k", []byte("new"), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.fetch(t.Context(), listed, ev); codeOf(err) != "PreconditionFailed" {
		t.Errorf("%v", err)
	}
	got, err := c.Fetch(t.Context(), listed, ev)
	if text, rerr := os.ReadFile(got.Path); err != nil || rerr != nil || string(text) != "new" {
		t.Errorf("%q, %v", text, errors.Join(err, rerr))
	}
}

func TestS12ARealServerGivesOlderVersions(t *testing.T) {
	g := startGateway(t)
	for _, content := range []string{"first", "second"} {
		if err := g.put(t.Context(), "gone", []byte(content), map[string]string{"signature": content}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := g.api.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: aws.String(bucket), Key: aws.String("gone")}); err != nil {
		t.Fatal(err)
	}
	c, err := Open(t.Context(), Options{Endpoint: g.url})
	if err != nil {
		t.Fatal(err)
	}
	ev, got := evidence(t), map[string]bool{}
	err = c.Older(t.Context(), bucket, "gone", func(o Object) error {
		got[fetched(t.Context(), c.Version(o, ev))] = true
		return nil
	})
	if _, text := readAll(t, ev.Dir()); err != nil || len(got) != 2 || !got["first"] || !got["second"] || !strings.Contains(text, `"signature": "second"`) {
		t.Errorf("%v, %v", got, err)
	}
}
