package s3

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// distant is a server that answers after a while, on the clock of its bubble.
type distant struct {
	after time.Duration
	// spoil gives the status of an answer, 0 for a good one, and tells whether its body is cut. It hears how
	// many other requests are on their way.
	spoil func(busy int64) (status int, cut bool)
	asked atomic.Int64
	busy  atomic.Int64
}

func (d *distant) RoundTrip(r *http.Request) (*http.Response, error) {
	d.asked.Add(1)
	d.busy.Add(1)
	time.Sleep(d.after)
	busy := d.busy.Add(-1)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	resp := &http.Response{StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Etag": {`"e"`}}, Request: r}
	text := r.URL.Path
	status, cut := d.spoil(busy)
	if status > 0 {
		resp.StatusCode, text = status, fmt.Sprintf("<Error><Code>%s</Code></Error>", map[int]string{503: "SlowDown", 500: "InternalError"}[status])
	}
	resp.ContentLength = int64(len(text))
	resp.Header.Set("Content-Length", fmt.Sprint(len(text)))
	resp.Body = io.NopCloser(strings.NewReader(text))
	if cut {
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(text[:len(text)/2]), lost{}))
	}
	return resp, nil
}

// lost is a connection that ended.
type lost struct{}

func (lost) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// pace is how long it takes to fetch some objects with the waits that users have.
func pace(t *testing.T, objects int, spoil func(int64) (int, bool)) (took time.Duration, d *distant) {
	t.Helper()
	d = &distant{after: 200 * time.Millisecond, spoil: spoil}
	synctest.Test(t, func(t *testing.T) {
		isolate(t)
		c, err := Open(t.Context(), Options{Endpoint: "http://127.0.0.1:1", transport: d})
		if err != nil {
			t.Fatal(err)
		}
		ev, start := evidence(t), time.Now()
		jobs := make(chan int)
		var wg sync.WaitGroup
		for range 2 * gateMost {
			wg.Go(func() {
				for i := range jobs {
					o := Object{Bucket: bucket, Key: fmt.Sprintf("logs/%04d", i), ETag: "e"}
					o.Size = int64(len("/" + o.Bucket + "/" + o.Key))
					if _, err := c.Fetch(t.Context(), o, ev); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for i := range objects {
			jobs <- i
		}
		close(jobs)
		wg.Wait()
		took = time.Since(start)
		if c.gate.busy != 0 || len(c.gate.waiting) != 0 {
			t.Errorf("%d are still in the gate, %d wait", c.gate.busy, len(c.gate.waiting))
		}
	})
	return took, d
}

func TestALoadUnderFaultsTakesAtMostTwiceItsTime(t *testing.T) {
	const objects = 500
	clean, _ := pace(t, objects, func(int64) (int, bool) { return 0, false })
	for name, fault := range map[string]func(n int) (status int, cut bool){
		"5 % ask to slow down":                            func(n int) (int, bool) { return map[bool]int{true: 503}[n < 5], false },
		"5 % fail within the server":                      func(n int) (int, bool) { return map[bool]int{true: 500}[n < 5], false },
		"2 % ask to slow down, and 3 % of bodies are cut": func(n int) (int, bool) { return map[bool]int{true: 503}[n < 2], n >= 2 && n < 5 },
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			chance := rand.New(rand.NewPCG(9, 9))
			took, d := pace(t, objects, func(int64) (int, bool) {
				mu.Lock()
				defer mu.Unlock()
				return fault(chance.IntN(100))
			})
			t.Logf("clean in %s, with faults in %s, %d requests", clean, took, d.asked.Load())
			if took > 2*clean || d.asked.Load() > objects*11/10 {
				t.Errorf("clean in %s, with faults in %s, %d requests", clean, took, d.asked.Load())
			}
		})
	}
}

func TestAServerThatTurnsMostAwayIsAskedLess(t *testing.T) {
	var answers, most atomic.Int64
	pace(t, 150, func(busy int64) (int, bool) {
		n := answers.Add(1)
		if n > 100 && n < 200 && busy > most.Load() {
			most.Store(busy)
		}
		return map[bool]int{true: 503}[n < 200], false
	})
	if most.Load() > 4 {
		t.Errorf("%d side by side after a hundred refusals", most.Load())
	}
}
