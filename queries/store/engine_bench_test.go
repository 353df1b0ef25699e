package store

import (
	"context"
	"database/sql"
	"os"
	"strconv"
	"testing"
	"time"

	"trailsift/model"
)

// fillBySQL puts n synthetic rows, five CloudTrail records to one access-log line, into a case.
func fillBySQL(b *testing.B, c *Case, n int) {
	b.Helper()
	shared := `(i // 2000) << 24, i % 2000 + 1, i * 1800, 1800, hash(i), hash(i % 400000), hash(i, 1)`
	rest := `, timestamp '2026-01-01' + to_seconds(i // 8), `
	text := `'s3', ['GetObject','PutObject','ListObjects','HeadObject','DeleteObject','CopyObject'][cast(hash(i, 2) % 6 + 1 as int)],
		'bucket-' || (i % 400000) % 12, 'data/' || (i % 400000) % 97 || '/file-' || (i % 400000)`
	err := c.write(context.Background(), func(db *sql.DB) error {
		if _, err := db.Exec(`insert into ct_events (member, record, off, len, rec64, obj64, req64, lean, flags, dup, fold, integrity, witness, time,
			category, outcome, enc, enc_req, ip4, ip, service, op, bucket, key, actor, access_key, agent, account, region, request_id, event_id, extra)
			select `+shared+`, 0, 0, 0, 0, 1 + i % 2, 4`+rest+`1, case when hash(i, 3) % 20 = 0 then 2 else 1 end, 13, 1,
			167772160 + hash(i, 4) % 3000, '10.0.' || (hash(i, 4) % 3000) // 256 || '.' || (hash(i, 4) % 3000) % 256, `+text+`,
			'arn:aws:sts::111122223333:assumed-role/app-' || hash(i, 5) % 60, 'ASIA' || hash(i, 6) % 900, 'agent/' || hash(i, 7) % 40,
			'111122223333', 'eu-west-1', upper(format('{:016x}', hash(i, 1))), uuid(), '{"eventVersion":"1.09","eventType":"AwsApiCall"}'
			from range(?) t(i)`, n*5/6); err != nil {
			return err
		}
		_, err := db.Exec(`insert into al_events (member, record, off, len, rec64, obj64, req64, flags, dup, fold, integrity, witness, time,
			outcome, enc, status, ip4, ip, service, op, bucket, key, op_raw, request_id)
			select `+shared+`, 0, 0, 0, 8, 4`+rest+`1, 13, 200, 167772160, '10.0.0.0', `+text+`, 'REST.GET.OBJECT', upper(format('{:016x}', hash(i, 1)))
			from range(?) t(i)`, n/6)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkAnswers times what a screen asks for, warm. TRAILSIFT_ROWS sets the size of the case.
func BenchmarkAnswers(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("TRAILSIFT_ROWS"))
	if err != nil {
		b.Skip("TRAILSIFT_ROWS is not set; 1000000 and 10000000 are the usual sizes")
	}
	c := newTestCase(b)
	fillBySQL(b, c, n)
	e := c.Engine(nil)
	ctx := context.Background()
	if err := c.write(ctx, func(db *sql.DB) error {
		_, err := db.Exec(`insert into objects select obj64, bucket, key, count(*), 0, 0, 0, min(time), max(time) from ct_events group by all`)
		return err
	}); err != nil {
		b.Fatal(err)
	}
	var all, some model.Query
	some.Filter = model.Filter{Terms: []model.Term{
		{Field: model.FieldOp, Values: values("GetObject", "CopyObject")},
		{Field: model.FieldIP, Values: values("10.0.0.0/23")},
		{Field: model.FieldOutcome, Values: values("denied")},
	}}
	newest := model.Query{Sort: model.Sort{Desc: true}}
	object := model.Query{Filter: model.Filter{Terms: []model.Term{{Field: model.FieldObject, Values: values("bucket-7/data/7/file-7")}}}}
	prefix := model.Query{Filter: model.Filter{Terms: []model.Term{{Field: model.FieldObject, Values: []model.Value{{Text: "bucket-7/data/7/*", Glob: true}}}}}}
	word := model.Query{Filter: model.Filter{Terms: []model.Term{{Op: model.Contains, Values: values("file-77777")}}}}
	request := model.Query{Filter: model.Filter{Terms: []model.Term{{Field: model.FieldRequestID, Values: values("0123456789ABCDEF")}}}}
	grid := []model.Field{model.FieldTime, model.FieldOp, model.FieldBucket, model.FieldKey, model.FieldIP, model.FieldActor, model.FieldStatus, model.FieldOutcome, model.FieldMember}
	page := func(q model.Query, start int64) func() error {
		return func() error { _, err := e.Page(ctx, q, grid, start, 100); return err }
	}
	count := func(q model.Query) func() error { return func() error { _, err := e.Count(ctx, q); return err } }
	facets := func(q model.Query) func() error {
		six := []model.Field{model.FieldOp, model.FieldBucket, model.FieldIP, model.FieldActor, model.FieldAccessKey, model.FieldOutcome}
		return func() error { _, err := e.Facets(ctx, q, six, 20); return err }
	}
	bars := func(q model.Query) func() error {
		return func() error { _, err := e.Bars(ctx, q, model.Span{}, 60); return err }
	}
	for _, x := range []struct {
		name string
		run  func() error
	}{
		{"first page, oldest first", page(all, 0)}, {"first page, newest first", page(newest, 0)},
		{"page in the middle", page(all, int64(n)/2)}, {"page in the middle, newest first", page(newest, int64(n)/2)},
		{"page of three terms", page(some, 0)}, {"page by key", page(model.Query{Sort: model.Sort{Field: model.FieldKey}}, 0)},
		{"count", count(all)}, {"count of three terms", count(some)}, {"six facets", facets(all)}, {"six facets of three terms", facets(some)},
		{"histogram", bars(all)}, {"object story", page(object, 0)}, {"count of a prefix", count(prefix)}, {"request id", page(request, 0)},
		{"count of a bare word", count(word)},
		{"overview", func() error { _, err := e.Overview(ctx); return err }},
		{"coverage", func() error { _, err := e.Coverage(ctx, all); return err }},
		{"objects", func() error { _, err := e.Objects(ctx, all, "", 20); return err }},
	} {
		b.Run(x.name, func(b *testing.B) {
			best := time.Hour
			for b.Loop() {
				begun := time.Now()
				if err := x.run(); err != nil {
					b.Fatal(err)
				}
				best = min(best, time.Since(begun))
			}
			b.ReportMetric(float64(best.Microseconds())/1000, "best-ms")
		})
	}
}
