package source

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestI13AndI14OddFilesAreSkippedWithAReason(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "good", "G")
	os.Symlink("/etc/passwd", filepath.Join(dir, "outside"))
	os.Symlink("self", filepath.Join(dir, "self"))
	os.Symlink(".", filepath.Join(dir, "loop"))
	os.Symlink("nowhere", filepath.Join(dir, "dangling"))
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o644); err != nil {
		t.Skip("no pipes here")
	}
	sock, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		defer syscall.Close(sock)
		if err := syscall.Bind(sock, &syscall.SockaddrUnix{Name: filepath.Join(dir, "sock")}); err != nil {
			os.Remove(filepath.Join(dir, "sock"))
		}
	}
	locked := put(t, dir, "locked/inside", "L")
	os.Chmod(put(t, dir, "unreadable", "U"), 0)
	os.Chmod(filepath.Dir(locked), 0)
	t.Cleanup(func() { os.Chmod(filepath.Dir(locked), 0o755) })
	put(t, dir, "old.case/case.duckdb", "DUCK")
	put(t, dir, "old.case/evidence/local/x", "X")
	put(t, dir, "\x1b[2J\xff\n", "odd name")

	got := listed(t, list(t, Options{}, dir))
	want := map[string]string{
		"good": "", "\x1b[2J\xff\n": "",
		"outside": "link", "self": "link", "loop": "link", "dangling": "link",
		"fifo": "a pipe", "old.case/": "a case",
	}
	if err == nil {
		if _, ok := got["sock"]; ok {
			want["sock"] = "a socket"
		}
	}
	if os.Geteuid() == 0 {
		t.Log("running as root: what is unreadable can be read")
		want["unreadable"], want["locked/inside"] = "", ""
	} else {
		want["unreadable"], want["locked/"] = "no permission", "no permission"
	}
	for name, why := range want {
		if have, ok := got[name]; !ok || !strings.Contains(have, why) || (why == "") != (have == "") {
			t.Errorf("%q: %q (listed %v), want %q", name, have, ok, why)
		}
	}
	if len(got) != len(want) {
		t.Errorf("listed %q, want %d", got, len(want))
	}
	t.Run("a device on the command line", func(t *testing.T) {
		if got := listed(t, list(t, Options{}, "/dev/zero")); got["zero"] != "a device" {
			t.Errorf("%q", got)
		}
	})
	t.Run("a file that becomes a pipe after it was listed does not hang", func(t *testing.T) {
		if _, err := Open(Candidate{Path: filepath.Join(dir, "fifo")}); !errors.Is(err, ErrNotFile) {
			t.Errorf("error %v", err)
		}
		if _, err := Open(Candidate{Path: filepath.Join(dir, "outside")}); err == nil {
			t.Errorf("a link was followed")
		}
	})
}

func TestI16EvidenceIsNotWrittenTo(t *testing.T) {
	dir := t.TempDir()
	path := put(t, dir, "f.gz", string(pack(t, "content")))
	put(t, dir, "sub/g", "G")
	long := time.Now().Add(-72 * time.Hour)
	os.Chtimes(path, long, long)
	before := stateOf(t, dir)
	os.Chmod(path, 0o444)
	os.Chmod(filepath.Join(dir, "sub"), 0o555)
	os.Chmod(dir, 0o555)
	t.Cleanup(func() { os.Chmod(dir, 0o755); os.Chmod(filepath.Join(dir, "sub"), 0o755) })
	set := list(t, Options{}, dir)
	read(t, set, "f.gz")
	read(t, set, "sub/g")
	if after := stateOf(t, dir); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	if info, err := os.Stat(path); err == nil {
		if st := info.Sys().(*syscall.Stat_t); time.Unix(st.Atim.Unix()).After(long.Add(time.Hour)) {
			t.Errorf("the access time was changed to %v", time.Unix(st.Atim.Unix()))
		}
	}
}
