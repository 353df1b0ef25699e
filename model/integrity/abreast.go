package integrity

import (
	"runtime"
	"sync"
	"sync/atomic"

	"trailsift/model"
)

// abreast does something with each of n things, on every processor. No two may share what they change.
// A panic is the caller's, who may catch it.
func abreast(n int, do func(i int)) {
	var next atomic.Int64
	var bug atomic.Pointer[model.Bug]
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					bug.Store(model.Caught(p))
				}
			}()
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				do(int(i))
			}
		})
	}
	wg.Wait()
	if p := bug.Load(); p != nil {
		panic(p)
	}
}
