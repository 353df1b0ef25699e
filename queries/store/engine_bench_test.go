package store

import (
	"context"
	"path"
	"testing"
	"time"

	"trailsift/model"
)

// subject is what the questions of the benchmark are about, taken from the case itself.
type subject struct {
	rows                     int64
	bucket, key, folder      string
	ip, block, request, word string
}

func subjectOf(b *testing.B, c *Case) subject {
	b.Helper()
	s := subject{block: "10.0.0.0/9"}
	db, done, err := c.DB(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	defer done()
	if err := db.QueryRow(`select count(*) from ct_events`).Scan(&s.rows); err != nil {
		b.Fatal(err)
	}
	row := db.QueryRow(`select bucket, key, ip, request_id from ct_events where key like '%/%' and request_id is not null limit 1 offset 4321`)
	if err := row.Scan(&s.bucket, &s.key, &s.ip, &s.request); err != nil {
		b.Fatal(err)
	}
	s.folder = path.Dir(s.key)
	s.word = path.Base(s.key)
	return s
}

func glob(text string) []model.Value { return []model.Value{{Text: text, Glob: true}} }

func asking(terms ...model.Term) model.Query { return model.Query{Filter: model.Filter{Terms: terms}} }

type question struct {
	name string
	run  func() error
}

// questions are what a screen asks for.
func questions(e *Engine, s subject) []question {
	ctx := context.Background()
	grid := []model.Field{model.FieldTime, model.FieldOp, model.FieldBucket, model.FieldKey, model.FieldIP, model.FieldActor, model.FieldStatus, model.FieldOutcome, model.FieldMember}
	six := []model.Field{model.FieldOp, model.FieldBucket, model.FieldIP, model.FieldActor, model.FieldAccessKey, model.FieldOutcome}
	page := func(q model.Query, start int64) func() error {
		return func() error { _, err := e.Page(ctx, q, grid, start, 100); return err }
	}
	count := func(q model.Query) func() error { return func() error { _, err := e.Count(ctx, q); return err } }
	facets := func(q model.Query, top int, fields ...model.Field) func() error {
		return func() error { _, err := e.Facets(ctx, q, fields, top); return err }
	}
	by := func(f model.Field, desc bool) model.Query {
		return model.Query{Sort: model.Sort{Field: f, Desc: desc}}
	}
	op := model.Term{Field: model.FieldOp, Values: values("GetObject", "CopyObject")}
	all, newest := model.Query{}, by("", true)
	three := asking(op, model.Term{Field: model.FieldIP, Values: values(s.block)}, model.Term{Field: model.FieldOutcome, Values: values("ok")})
	under := asking(model.Term{Field: model.FieldObject, Values: glob(s.bucket + "/" + s.folder + "/*")})
	prefix := asking(model.Term{Field: model.FieldKey, Values: glob(s.folder + "/*")})
	inside := asking(model.Term{Field: model.FieldKey, Values: glob("*" + s.word + "*")})
	pattern := asking(model.Term{Field: model.FieldKey, Values: glob("*" + s.folder[:len(s.folder)/2] + "*0?*")})
	expr := asking(model.Term{Field: model.FieldKey, Op: model.Matches, Values: values("(?i)PARQUET$")})
	return []question{
		{"first page, oldest first", page(all, 0)}, {"first page, newest first", page(newest, 0)},
		{"page in the middle", page(all, s.rows/2)}, {"page in the middle, newest first", page(newest, s.rows/2)},
		{"page of three terms", page(three, 0)}, {"page of a rare address", page(asking(model.Term{Field: model.FieldIP, Values: values(s.ip)}), 0)},
		{"page by key", page(by(model.FieldKey, false), 0)}, {"page by bytes, most first", page(by(model.FieldBytesOut, true), 0)},
		{"page by ip", page(by(model.FieldIP, false), 0)}, {"page by key, row 1000000", page(by(model.FieldKey, false), 1_000_000)},
		{"page by key of a prefix", page(model.Query{Filter: prefix.Filter, Sort: model.Sort{Field: model.FieldKey}}, 0)},
		{"count", count(all)}, {"count of three terms", count(three)}, {"count of a bucket and prefix", count(under)},
		{"count of a key prefix", count(prefix)}, {"count of a word in keys", count(inside)}, {"count of a key pattern", count(pattern)},
		{"count of a key expression", count(expr)}, {"page of a key prefix", page(prefix, 0)},
		{"six facets", facets(all, 20, six...)}, {"six facets of three terms", facets(three, 20, six...)}, {"six facets of a key prefix", facets(prefix, 20, six...)},
		{"all values of actor", facets(all, 0, model.FieldActor)}, {"all values of key", facets(all, 0, model.FieldKey)},
		{"histogram", func() error { _, err := e.Bars(ctx, all, model.Span{}, 60); return err }},
		{"histogram of a key prefix", func() error { _, err := e.Bars(ctx, prefix, model.Span{}, 60); return err }},
		{"object story", page(asking(model.Term{Field: model.FieldObject, Values: values(s.bucket + "/" + s.key)}), 0)},
		{"request id", page(asking(model.Term{Field: model.FieldRequestID, Values: values(s.request)}), 0)},
		{"count of a bare word", count(asking(model.Term{Op: model.Contains, Values: values(s.word)}))},
		{"overview", func() error { _, err := e.Overview(ctx); return err }},
		{"coverage", func() error { _, err := e.Coverage(ctx, all); return err }},
		{"coverage of a bucket", func() error {
			_, err := e.Coverage(ctx, asking(model.Term{Field: model.FieldBucket, Values: values(s.bucket)}))
			return err
		}},
		{"objects", func() error { _, err := e.Objects(ctx, all, "", 100); return err }},
		{"objects of three terms", func() error { _, err := e.Objects(ctx, three, "", 100); return err }},
	}
}

// BenchmarkAnswers times what a screen asks for, warm: wall time and processor time of the best run.
func BenchmarkAnswers(b *testing.B) {
	c := largeCase(b)
	if fact, err := c.Fact(context.Background(), factHours); err != nil || fact != hoursLayout {
		if err := c.Settle(context.Background(), nil, nil); err != nil {
			b.Fatal(err)
		}
	}
	subject := subjectOf(b, c)
	for i, q := range questions(c.Engine(nil), subject) {
		b.Run(q.name, func(b *testing.B) {
			// An engine of its own: what it remembers of its own questions may help, of others not.
			e := c.Engine(nil)
			e.forgetful = true
			q := questions(e, subject)[i]
			best, cpu := time.Hour, time.Hour
			for b.Loop() {
				begun, used := time.Now(), processorTime()
				if err := q.run(); err != nil {
					b.Fatal(err)
				}
				best, cpu = min(best, time.Since(begun)), min(cpu, processorTime()-used)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(best.Microseconds())/1000, "best-ms")
			b.ReportMetric(float64(cpu.Microseconds())/1000, "cpu-ms")
		})
	}
}

// BenchmarkReopen times a case from closed to the first page and the number of its rows.
func BenchmarkReopen(b *testing.B) {
	c := largeCase(b)
	c.Close()
	best := time.Hour
	for b.Loop() {
		begun := time.Now()
		again, err := Open(c.Dir(), Options{})
		if err != nil {
			b.Fatal(err)
		}
		e := again.Engine(nil)
		if _, err := e.Page(context.Background(), model.Query{Sort: model.Sort{Desc: true}}, model.Columns(), 0, 100); err != nil {
			b.Fatal(err)
		}
		if _, err := e.Count(context.Background(), model.Query{}); err != nil {
			b.Fatal(err)
		}
		best = min(best, time.Since(begun))
		again.Close()
	}
	b.ReportMetric(float64(best.Microseconds())/1000, "best-ms")
}
