package store

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"

	"trailsift/model"
)

// smallDisk mounts a file system of that many megabytes; it needs root and is skipped aloud without.
func smallDisk(t *testing.T, megabytes string) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+megabytes+"m,mode=700", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: a full disk cannot be tried without the right to mount one: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return dir
}

// B11, B12, F4: the load fails with a reason, the case opens and holds whole members only, and with
// room again loading completes it.
func TestAFullDiskLeavesACaseOfWholeMembers(t *testing.T) {
	dir := filepath.Join(smallDisk(t, "64"), "t.case")
	c, err := Create(dir, testOptions())
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	s, err := c.Load(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.Writer(ctx)
	if err != nil {
		t.Fatal(err)
	}
	failed := false
	for i := 1; i <= 60 && !failed; i++ {
		failed = loadMember(ctx, w, model.CloudTrail, model.MemberID(i)<<24, 20_000) != nil
	}
	if err := w.Close(ctx); err != nil {
		failed = true
	}
	_, err = s.Close(ctx)
	if !failed || err == nil {
		t.Errorf("a full disk was not noticed: failed %v, close %v", failed, err)
	}
	t.Logf("the load ended with: %v", err)
	if err := c.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if kept := checkWhole(t, dir, "after the disk was full"); kept >= 60 {
		t.Errorf("%d members were kept, the disk cannot hold them", kept)
	} else {
		t.Logf("%d members were kept", kept)
	}
}
