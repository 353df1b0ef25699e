// Package corpus makes bodies of logs of any size with the statistics of a busy S3 estate: skewed
// keys and principals, a daily rhythm, failures, a rare intruder. It serves benchmarks. It must not
// know what is measured with it.
package corpus

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"trailsift/testdata/gen/chain"
	"trailsift/testdata/gen/dice"
)

// Options say what to make. Workers changes the speed only, never a byte.
type Options struct {
	Events     int
	Logs       int // CloudTrail files; 0: as many as PerFile asks for
	PerFile    int
	Out        string
	Seed       uint64
	Access     float64 // share of events that get an access-log line too
	Start      time.Time
	Days       float64
	Buckets    int
	Principals int
	Level      int // gzip
	Digests    int // digest files over the logs: 0 none, -1 hourly
	Workers    int
}

// Defaults are the options of a corpus nobody asked anything special of.
func Defaults() Options {
	return Options{
		Events: 100_000, PerFile: 3500, Out: "corpus", Seed: 1, Access: 1, Start: time.Date(2024, 6, 3, 0, 0, 0, 0, time.UTC), Days: 7,
		Buckets: 40, Principals: 400, Level: 6, Workers: runtime.GOMAXPROCS(0),
	}
}

// Check refuses options that make no corpus.
func (o Options) Check() error {
	switch {
	case o.Events < 1 || o.PerFile < 1 || o.Logs < 0:
		return fmt.Errorf("a corpus needs at least one event and one event a file")
	case o.Logs > o.Events:
		return fmt.Errorf("%d logs cannot hold %d events: a log has at least one", o.Logs, o.Events)
	case o.Access < 0 || o.Access > 1:
		return fmt.Errorf("access is a share between 0 and 1, not %v", o.Access)
	case o.Days <= 0 || o.Buckets < 1 || o.Principals < 1 || o.Workers < 1:
		return fmt.Errorf("days, buckets, principals and workers must be positive")
	case o.Level < 1 || o.Level > 9:
		return fmt.Errorf("gzip level %d is not between 1 and 9", o.Level)
	}
	return nil
}

// Totals are what was made.
type Totals struct {
	Events, Logs, Digests          int
	JSONBytes, LogBytes, LineBytes int64
}

// plan is one file to make: how many events, of which stretch of time.
type plan struct {
	index, events int
	from, to      time.Time
}

func (o Options) plans() []plan {
	files := o.Logs
	if files == 0 {
		files = max(1, (o.Events+o.PerFile-1)/o.PerFile)
	}
	// The files' windows follow a daily rhythm: the busier the hour, the shorter the window.
	edge := make([]float64, files+1)
	for i := range files {
		hour := float64(i) / float64(files) * o.Days * 24
		edge[i+1] = edge[i] + 1/(1.15+math.Sin((hour-8)/24*2*math.Pi))
	}
	r := rand.New(dice.New(o.Seed, "plans"))
	span := o.Days * 24 * float64(time.Hour)
	mean := float64(o.Events) / float64(files)
	left := o.Events
	out := make([]plan, files)
	for i := range out {
		n := max(1, int(mean*(0.6+0.8*r.Float64())))
		n = min(n, left-(files-i-1)) // one for each that follows
		if i == files-1 {
			n = left
		}
		left -= n
		out[i] = plan{i, n, o.Start.Add(time.Duration(span * edge[i] / edge[files])), o.Start.Add(time.Duration(span * edge[i+1] / edge[files]))}
	}
	return out
}

// Make writes the corpus.
func Make(o Options) (Totals, error) {
	if err := o.Check(); err != nil {
		return Totals{}, err
	}
	w := newEstate(o)
	plans := o.plans()
	logs := make([]made, len(plans))
	errs := make([]error, o.Workers)
	var group sync.WaitGroup
	queue := make(chan plan)
	for i := range o.Workers {
		group.Go(func() {
			for p := range queue {
				if errs[i] == nil {
					logs[p.index], errs[i] = w.file(p)
				}
			}
		})
	}
	for _, p := range plans {
		queue <- p
	}
	close(queue)
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return Totals{}, err
		}
	}
	var t Totals
	for _, l := range logs {
		t.Events += l.events
		t.Logs++
		t.JSONBytes += l.json
		t.LogBytes += l.packed
		t.LineBytes += l.lines
	}
	if o.Digests == 0 {
		return t, nil
	}
	n, err := w.sign(logs)
	t.Digests = n
	return t, err
}

// sign puts a chain of digests over the logs of every region.
func (w *estate) sign(logs []made) (int, error) {
	var meta chain.Metadata
	var keys []*chain.Key
	total := 0
	end := w.Start.Add(time.Duration(w.Days*24*float64(time.Hour)) + 15*time.Minute).Truncate(time.Second)
	for i, region := range regions {
		t := chain.Trail{Account: accounts[0], Region: region, Name: "corpus-trail", Home: regions[0], Bucket: trailBucket}
		key := chain.NewKey(chain.KeyNames[i], w.Start.AddDate(0, 0, -1))
		keys = append(keys, key)
		count := w.Digests/len(regions) + min(1, max(0, w.Digests%len(regions)-i))
		if w.Digests < 0 {
			count = int(end.Sub(w.Start)/time.Hour) + 1
		}
		var prev *chain.Digest
		rest := inRegion(logs, region)
		from := w.Start
		for j := range count {
			to := w.Start.Add(end.Sub(w.Start) * time.Duration(j+1) / time.Duration(count)).Truncate(time.Second)
			if w.Digests < 0 {
				to = w.Start.Add(time.Duration(j+1) * time.Hour)
			}
			cut := 0
			for cut < len(rest) && rest[cut].Delivered.Before(to) {
				cut++
			}
			prev = t.Sign(from, to, rest[:cut], prev, key, false)
			rest, from = rest[cut:], to
			meta.Add(trailBucket, prev)
			if err := w.write(filepath.Join(trailBucket, filepath.FromSlash(prev.Object)), pack(prev.Body, w.Level)); err != nil {
				return total, err
			}
			total++
		}
	}
	if err := w.write("metadata.json", meta.JSON()); err != nil {
		return total, err
	}
	return total, w.write(filepath.Join("keys", "public-keys.json"), chain.PublicKeys(keys...))
}

func (w *estate) write(name string, content []byte) error {
	full := filepath.Join(w.Out, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return fmt.Errorf("making the corpus: %w", err)
	}
	if err := os.WriteFile(full, content, 0o644); err != nil {
		return fmt.Errorf("writing the corpus: %w", err)
	}
	return nil
}
