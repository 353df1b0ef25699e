package source

import (
	"crypto/sha256"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRemotePathsStayApartAndInside(t *testing.T) {
	seen := map[string]string{}
	for _, o := range [][2]string{
		{"b", "k"}, {"b", "k/"}, {"b", "/k"}, {"b", "../k"}, {"b", "..%2Fk"}, {"b", "k.meta.json"}, {"b", "k%"}, {"b", "k%25"},
		{"local", "k"}, {"%6Cocal", "k"}, {".incoming", "k"}, {"b", strings.Repeat("k", 1024)}, {"b", strings.Repeat("k", 1023) + "l"},
	} {
		rel := RemotePath(o[0], o[1])
		if !filepath.IsLocal(rel) || strings.HasPrefix(rel, incoming) || strings.HasPrefix(rel, localPart+"/") {
			t.Errorf("%.40q is put at %q", o, rel)
		}
		if other, ok := seen[rel]; ok {
			t.Errorf("%.40q and %.40q share %q", o, other, rel)
		}
		seen[rel] = o[0] + "/" + o[1]
	}
}

func TestFindKnowsEveryVersionOfAnObject(t *testing.T) {
	ev, err := OpenEvidence(t.TempDir(), func() time.Time { return time.Unix(0, 0) }, "examiner")
	if err != nil {
		t.Fatal(err)
	}
	defer ev.Close()
	rel := RemotePath("b", "k")
	for _, content := range []string{"one", "other"} {
		if _, ok := ev.Find(rel, "etag of "+content, int64(len(content))); ok {
			t.Errorf("%s is found before it is there", content)
		}
		in, err := ev.Create(false)
		if err != nil {
			t.Fatal(err)
		}
		in.Write([]byte(content))
		want, _, err := in.Commit(rel, Sidecar{ETag: "etag of " + content})
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := ev.Find(rel, "etag of "+content, int64(len(content))); !ok || got.Path != want || got.SHA256 != sha256.Sum256([]byte(content)) {
			t.Errorf("%s: %+v, want %q", content, got, want)
		}
	}
	if _, ok := ev.Find(rel, "etag of one", 4); ok {
		t.Errorf("another size is taken for the same object")
	}
	if _, ok := ev.Find(rel, "", 3); ok {
		t.Errorf("an object without ETag is taken for known")
	}
}
