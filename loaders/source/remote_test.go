package source

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
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

// Two may count what a bucket holds while a third loads from it.
func TestLookingAtCopiesLeavesThoseThatAreUnderWay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "evidence")
	none, err := OpenCopies(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := none.Find(RemotePath("b", "k"), "etag", 1); ok {
		t.Errorf("a folder that is not there holds a copy")
	}
	if _, err := os.Lstat(dir); err == nil {
		t.Errorf("looking made a folder")
	}
	ev, err := OpenEvidence(dir, func() time.Time { return time.Unix(0, 0) }, "examiner")
	if err != nil {
		t.Fatal(err)
	}
	defer ev.Close()
	rel := RemotePath("b", "k")
	in, err := ev.Create(false)
	if err != nil {
		t.Fatal(err)
	}
	content := bytes.Repeat([]byte("x"), heldBytes+1) // too much to be held in memory
	if _, err := in.Write(content); err != nil {
		t.Fatal(err)
	}
	looks, err := OpenCopies(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := looks.Find(rel, "etag", int64(len(content))); ok {
		t.Errorf("a copy that is under way is taken for one")
	}
	if err := errors.Join(none.Close(), looks.Close()); err != nil {
		t.Fatal(err)
	}
	path, _, err := in.Commit(rel, Sidecar{ETag: "etag"})
	if err != nil {
		t.Fatal(err)
	}
	if looks, err = OpenCopies(dir); err != nil {
		t.Fatal(err)
	}
	defer looks.Close()
	if found, ok := looks.Find(rel, "etag", int64(len(content))); !ok || found.Path != path {
		t.Errorf("%+v", found)
	}
}
