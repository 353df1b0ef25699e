package cloudtrail

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailsift/model"
)

// shared finds the folder of public evidence, which is not part of the tree.
func shared(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("TRAILSIFT_SHARED"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "shared", "evidence")); err == nil {
			return filepath.Join(dir, "shared")
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Skip("SKIPPED: no folder of shared evidence above this one, and TRAILSIFT_SHARED is not set; real logs are not tested")
		}
		dir = up
	}
}

// contents calls each for the expanded content of every log below dir.
func contents(t testing.TB, dir string, each func(name string, content []byte)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".md") || d.Name() == "LICENSE" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.HasSuffix(path, ".gz") {
			z, err := gzip.NewReader(bytes.NewReader(b))
			if err != nil {
				return err
			}
			if b, err = io.ReadAll(z); err != nil {
				return err
			}
		}
		each(d.Name(), b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRealLogsAreReadWhole(t *testing.T) {
	cases := map[string]struct {
		dir     string
		records int64
		form    string
	}{
		"the SANS lab's delivered files": {"cloudtrail-sans504", 3251, "Records object"},
		"Invictus' plain files":          {"cloudtrail-invictus", 1233, "Records object"},
		"OTRF's lines out of Logstash":   {"cloudtrail-otrf-ec2-proxy-s3", 103, "JSON objects"},
		"Elastic's single events":        {"cloudtrail-elastic", 2, "JSON objects"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(shared(t), "evidence", c.dir)
			var stored int64
			contents(t, dir, func(name string, content []byte) {
				got := read(t, content)
				if strings.Contains(name, "digest") {
					if got.Kind != model.KindDigest {
						t.Errorf("%s is %q, want a digest", name, got.Kind)
					}
					return
				}
				for _, r := range got.rejects {
					t.Errorf("%s: record %d: %s", name, r.Number, r.Reason)
				}
				if got.Kind != model.KindCloudTrail || got.Form != c.form || !Recognise(content) {
					t.Errorf("%s: %q, %q", name, got.Kind, got.Form)
				}
				for i := range got.records {
					checkRebuilt(t, name, &got.records[i])
				}
				stored += int64(len(got.records))
			})
			if stored != c.records {
				t.Errorf("%d records, want %d", stored, c.records)
			}
		})
	}
}

func TestNoSuccessfulWriteOfTheLabIsUnencrypted(t *testing.T) {
	counts := map[model.Enc]int{}
	contents(t, filepath.Join(shared(t), "evidence", "cloudtrail-sans504"), func(_ string, content []byte) {
		for _, r := range read(t, content).records {
			if r.Op == "PutObject" && r.Service == "s3" {
				counts[r.Enc]++
			}
		}
	})
	want := map[model.Enc]int{model.EncSSEKMS: 214, model.EncSSES3: 210, model.EncNotWritten: 793}
	for enc, n := range want {
		if counts[enc] != n {
			t.Errorf("%d writes are %q, want %d", counts[enc], enc, n)
		}
	}
	if len(counts) != len(want) {
		t.Errorf("writes are %v", counts)
	}
}

func TestExfiltrationOfTheProxySetIsRead(t *testing.T) {
	reads := 0
	contents(t, filepath.Join(shared(t), "evidence", "cloudtrail-otrf-ec2-proxy-s3"), func(_ string, content []byte) {
		for _, r := range read(t, content).records {
			if r.Flags&model.FlagOddTime != 0 {
				t.Errorf("record %d: a time of Logstash is not odd", r.Number)
			}
			if r.Op == "GetObject" && r.Key == "ring.txt" && r.Session == "i-0317f6c6b66ae9c40" && r.BytesOut == 89 && r.Category == model.Data {
				reads++
			}
		}
	})
	if reads != 2 {
		t.Errorf("ring.txt was read %d times, want 2", reads)
	}
}
