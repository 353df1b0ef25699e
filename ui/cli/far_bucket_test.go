package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
)

// farAsked is where a server in a process of its own lists the paths it was asked for.
const farAsked = "/-asked"

// startFar serves a corpus from another process, until b ends. One answer in so many asks to slow down.
func startFar(b *testing.B, corpus, oneIn string) *bucket {
	standIn(b)
	c := exec.Command("far-bucket", corpus, oneIn)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe() // closed with this process: then it ends
	if err != nil {
		b.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		_ = c.Wait()
	})
	at := ""
	if _, err := fmt.Fscanln(out, &at); err != nil {
		b.Fatal(err)
	}
	return &bucket{name: demoBucket, url: at}
}

// far is that process: far-bucket CORPUS ONE-IN. S3's work is done by other machines than the one that
// asks, so as little of it as can be is done here: each object is answered with the bytes the fake server
// said of it before, and what is asked for is looked at no further than its first line.
type far struct {
	*bucket
	said   map[string][]byte // whole answers, by the request's target
	oneIn  int               // answers of which one asks to slow down; 0 is none
	chance *rand.Rand
}

const slowDown = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"

func farBucket() {
	f := &far{bucket: serve(outside{}, os.Args[1]), said: map[string][]byte{}, chance: rand.New(rand.NewPCG(20, 5))}
	page, err := f.backend.ListBucket(f.name, nil, gofakes3.ListBucketPage{})
	if err == nil {
		f.oneIn, err = strconv.Atoi(os.Args[2])
	}
	if err != nil {
		outside{}.Fatal(err)
	}
	for _, o := range page.Contents {
		path := (&url.URL{Path: "/" + f.name + "/" + o.Key}).EscapedPath()
		f.said[path] = f.answered(httptest.NewRequest(http.MethodGet, path, nil))
	}
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		outside{}.Fatal(err)
	}
	go func() {
		for {
			c, err := door.Accept()
			if err != nil {
				outside{}.Fatal(err)
			}
			go f.talk(c)
		}
	}()
	fmt.Println("http://" + door.Addr().String())
	_, _ = io.Copy(io.Discard, os.Stdin) // until whoever started it is gone
}

// answered is what the fake server says to r, as it goes over the line.
func (f *far) answered(r *http.Request) []byte {
	w := httptest.NewRecorder()
	f.fake.ServeHTTP(w, r)
	said := w.Result()
	said.ContentLength = int64(w.Body.Len())
	if r.Method == http.MethodHead {
		said.ContentLength, _ = strconv.ParseInt(said.Header.Get("Content-Length"), 10, 64)
		said.Request = r
	}
	var line bytes.Buffer
	if err := said.Write(&line); err != nil {
		outside{}.Fatal(err)
	}
	return line.Bytes()
}

// talk answers one connection's requests, each 20 ms after it came. None of them has a body.
func (f *far) talk(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	var head []byte
	for {
		head = head[:0]
		for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
			line, err := in.ReadSlice('\n')
			if err != nil {
				if len(head)+len(line) > 0 || !errors.Is(err, io.EOF) {
					fmt.Fprintln(os.Stderr, "far-bucket:", err)
				}
				return
			}
			head = append(head, line...)
		}
		came := time.Now()
		said, err := f.reply(head)
		time.Sleep(20*time.Millisecond - time.Since(came))
		if err == nil {
			_, err = c.Write(said)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "far-bucket:", err)
			return
		}
	}
}

func (f *far) reply(head []byte) ([]byte, error) {
	target, isGet := bytes.CutPrefix(head[:bytes.IndexByte(head, '\r')], []byte("GET "))
	target = bytes.TrimSuffix(target, []byte(" HTTP/1.1"))
	f.mu.Lock()
	slow := f.oneIn > 0 && f.chance.IntN(f.oneIn) == 0
	path, _, _ := bytes.Cut(target, []byte("?")) // the SDK adds x-id
	known := f.said[string(path)]
	if isGet && known != nil {
		f.gets[string(path)]++
	}
	f.mu.Unlock()
	switch {
	case isGet && string(target) == farAsked:
		var paths bytes.Buffer
		for path := range f.asked() {
			fmt.Fprintln(&paths, path)
		}
		return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", paths.Len(), &paths), nil
	case slow:
		return fmt.Appendf(nil, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: %d\r\n\r\n%s", len(slowDown), slowDown), nil
	case isGet && known != nil:
		return known, nil
	}
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(head)))
	if err != nil {
		return nil, err
	}
	return f.answered(r), nil
}

// outside is a test where there is none.
type outside struct{ testing.TB }

func (outside) Helper()              {}
func (outside) Cleanup(func())       {}
func (outside) Setenv(key, v string) { os.Setenv(key, v) }
func (outside) Fatal(args ...any)    { fmt.Fprintln(os.Stderr, args...); os.Exit(1) }
