package s3

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"trailsift/loaders/source"
)

// flaky is a server that ends every answer with an object after so many bytes of it. spoil changes an answer
// before that; it may be nil. It counts the bytes that were sent.
func flaky(s *server, most int, content []byte, spoil func(h http.Header, body []byte, asked int64) []byte) (fault, *atomic.Int64) {
	var sent, asked atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !isGet(r) {
			return false
		}
		rec := s.said(w, r)
		if rec.Code == http.StatusOK { // S3 tells the checksum of the whole with the whole only
			sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(content))
			w.Header().Set("X-Amz-Checksum-Crc32", base64.StdEncoding.EncodeToString(sum))
		}
		body := rec.Body.Bytes()
		if spoil != nil {
			body = spoil(w.Header(), body, asked.Add(1))
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.WriteHeader(rec.Code)
		part := body[:min(most, len(body))]
		w.Write(part)
		sent.Add(int64(len(part)))
		if len(part) < len(body) {
			panic(http.ErrAbortHandler)
		}
		return true
	}, &sent
}

// long is content of many pieces of what is worth keeping, no two alike.
func long() []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < 8*worthKeeping+worthKeeping/2; i++ {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.Bytes()
}

func TestS07ALongBodyOverALineThatBreaksIsGoneOnWith(t *testing.T) {
	content := long()
	fetchLong := func(t *testing.T, most int, spoil func(http.Header, []byte, int64) []byte) (got []byte, sent int64, ev *source.Evidence, err error) {
		s := newServer(t)
		s.put(t, "k", string(content), nil)
		f, n := flaky(s, most, content, spoil)
		s.inject(f)
		var o Object
		c := s.client(t, Options{Attempts: 3})
		if err := c.List(t.Context(), bucket, "", func(listed Object) error { o = listed; return nil }); err != nil {
			t.Fatal(err)
		}
		ev = evidence(t)
		found, err := c.Fetch(t.Context(), o, ev)
		if err == nil {
			got, err = os.ReadFile(found.Path)
		}
		return got, n.Load(), ev, err
	}
	t.Run("in more pieces than there are attempts", func(t *testing.T) {
		got, sent, _, err := fetchLong(t, worthKeeping+worthKeeping/8, nil)
		if err != nil || !bytes.Equal(got, content) || sent != int64(len(content)) {
			t.Errorf("%d of %d bytes after %d were sent: %v", len(got), len(content), sent, err)
		}
	})
	t.Run("pieces that are not worth keeping are given up", func(t *testing.T) {
		_, _, ev, err := fetchLong(t, worthKeeping/2, nil)
		if err == nil || len(filesIn(t, ev)) > 0 {
			t.Errorf("%v, %q is left", err, filesIn(t, ev))
		}
	})
	t.Run("a byte that is changed in a piece is noticed", func(t *testing.T) {
		_, _, ev, err := fetchLong(t, 4*worthKeeping, func(h http.Header, body []byte, _ int64) []byte {
			if h.Get("Content-Range") != "" {
				body[0] ^= 1
			}
			return body
		})
		if err == nil || !strings.Contains(err.Error(), "does not match the checksum") || len(filesIn(t, ev)) > 0 {
			t.Errorf("%v, %q is left", err, filesIn(t, ev))
		}
	})
	t.Run("a piece that is changed once is read again", func(t *testing.T) {
		got, _, _, err := fetchLong(t, 8*worthKeeping, func(h http.Header, body []byte, asked int64) []byte {
			if asked == 2 {
				body[0] ^= 1
			}
			return body
		})
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%v", err)
		}
	})
	t.Run("a server that begins anew where it should go on", func(t *testing.T) {
		got, _, _, err := fetchLong(t, 8*worthKeeping, func(h http.Header, body []byte, asked int64) []byte {
			if asked == 2 {
				h.Del("Content-Range")
				h.Set("X-Amz-Checksum-Crc32", "AAAAAA==")
				return bytes.Clone(content)
			}
			return body
		})
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	})
	t.Run("an object that changes in the middle is fetched as it is now", func(t *testing.T) {
		s := newServer(t)
		s.put(t, "k", string(content), nil)
		other := bytes.Repeat([]byte("x"), len(content))
		f, _ := flaky(s, 8*worthKeeping, content, func(h http.Header, body []byte, asked int64) []byte {
			if asked == 1 {
				s.put(t, "k", string(other), nil)
			} else {
				h.Del("X-Amz-Checksum-Crc32")
			}
			return body
		})
		s.inject(f)
		got := fetchAll(t, s.client(t, Options{Attempts: 3}), evidence(t))
		if got["k"] != string(other) {
			t.Errorf("%.80q", got["k"])
		}
	})
}

// filesIn are the files of an evidence folder.
func filesIn(t *testing.T, ev *source.Evidence) (names []string) {
	t.Helper()
	err := filepath.WalkDir(ev.Dir(), func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
